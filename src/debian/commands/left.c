// SPDX-License-Identifier: Apache-2.0
/*
 * Commands that do nothing in an image: those that concern a running system or the package
 * manager's own state, those that make caches which are made at run time or not needed, and those
 * that make keys and identities. All are findings. They are there where the tree has the program,
 * so that "command -v" answers as it would in an installation. What such a command would print is
 * not known: where a script reads it, that is refused.
 */
#include "debian/commands/commands_int.h"

static const struct left {
	const char *name;
	enum pl_install_event_kind kind;
	int status;
	bool silent;      /* prints nothing, so a script may read that */
	bool always;      /* of an essential package, which scripts take for granted */
	const char *uses; /* one of these words is an argument; behind "!": none; NULL: any use */
} left[] = {
	{"aa-enabled", PL_INSTALL_RUNNING, 1, false, false, NULL},
	{"aa-remove-unknown", PL_INSTALL_RUNNING, 0, false, false, NULL},
	{"aa-status", PL_INSTALL_RUNNING, 1, false, false, "--enabled"},
	{"apparmor_parser", PL_INSTALL_RUNNING, 0, false, false,
	 "-r -a -R --replace --add --remove"},
	{"busctl", PL_INSTALL_RUNNING, 1, true, false, NULL},
	{"dbus-send", PL_INSTALL_RUNNING, 1, true, false, NULL},
	{"dbus-uuidgen", PL_INSTALL_DEFERRED, 0, true, false, "--ensure"},
	{"deb-systemd-invoke", PL_INSTALL_RUNNING, 0, true, true, "! is-active"},
	{"depmod", PL_INSTALL_RUNNING, 0, true, false, NULL},
	{"fc-cache", PL_INSTALL_RUN_TIME, 0, false, false, NULL},
	{"gconf-schemas", PL_INSTALL_RUN_TIME, 0, true, false, NULL},
	{"gio-querymodules", PL_INSTALL_RUN_TIME, 0, true, false, NULL},
	{"glib-compile-schemas", PL_INSTALL_RUN_TIME, 0, true, false, NULL},
	{"gtk-update-icon-cache", PL_INSTALL_RUN_TIME, 0, true, false, NULL},
	{"insserv", PL_INSTALL_RUNNING, 0, false, false, NULL},
	{"install-docs", PL_INSTALL_RUNNING, 0, false, false, NULL},
	{"install-info", PL_INSTALL_RUN_TIME, 0, true, false, NULL},
	{"journalctl", PL_INSTALL_RUNNING, 0, true, false,
	 "--update-catalog --flush --rotate --sync"},
	{"ldconfig", PL_INSTALL_RUNNING, 0, false, true, NULL},
	{"mandb", PL_INSTALL_RUN_TIME, 0, false, false, NULL},
	{"py3clean", PL_INSTALL_RUN_TIME, 0, true, false, NULL},
	{"py3compile", PL_INSTALL_RUN_TIME, 0, true, false, NULL},
	{"pycompile", PL_INSTALL_RUN_TIME, 0, true, false, NULL},
	{"pypy3clean", PL_INSTALL_RUN_TIME, 0, true, false, NULL},
	{"pypy3compile", PL_INSTALL_RUN_TIME, 0, true, false, NULL},
	{"rc-update", PL_INSTALL_RUNNING, 0, false, false, NULL},
	{"restorecon", PL_INSTALL_RUNNING, 0, true, false, NULL},
	{"service", PL_INSTALL_RUNNING, 0, false, true, "! status --status-all"},
	{"start-stop-daemon", PL_INSTALL_RUNNING, 0, false, true, "-S --start -K --stop"},
	{"sv", PL_INSTALL_RUNNING, 1, false, false, NULL},
	{"sysctl", PL_INSTALL_RUNNING, 0, false, false, "-p --load --system -w --write"},
	{"systemd-hwdb", PL_INSTALL_RUN_TIME, 0, true, false, "update"},
	{"systemd-machine-id-setup", PL_INSTALL_DEFERRED, 0, false, false, NULL},
	{"ucfq", PL_INSTALL_RUNNING, 0, false, false, NULL},
	{"ucfr", PL_INSTALL_RUNNING, 0, true, false, NULL},
	{"udevadm", PL_INSTALL_RUNNING, 0, true, false, "control trigger settle hwdb"},
	{"udevadm", PL_INSTALL_RUNNING, 0, false, false, "--version"},
	{"update-binfmts", PL_INSTALL_RUNNING, 0, true, false,
	 "--install --import --remove --unimport --enable --disable"},
	{"update-desktop-database", PL_INSTALL_RUN_TIME, 0, true, false, NULL},
	{"update-fonts-alias", PL_INSTALL_RUN_TIME, 0, true, false, NULL},
	{"update-fonts-dir", PL_INSTALL_RUN_TIME, 0, true, false, NULL},
	{"update-fonts-scale", PL_INSTALL_RUN_TIME, 0, true, false, NULL},
	{"update-icon-caches", PL_INSTALL_RUN_TIME, 0, true, false, NULL},
	{"update-gsfontmap", PL_INSTALL_RUN_TIME, 0, true, false, NULL},
	{"update-initramfs", PL_INSTALL_RUNNING, 0, false, false, NULL},
	{"update-menus", PL_INSTALL_RUN_TIME, 0, true, false, NULL},
	{"update-mime-database", PL_INSTALL_RUN_TIME, 0, true, false, NULL},
	{"update-rc.d", PL_INSTALL_RUNNING, 0, true, true, NULL},
};

size_t pl_deb_left_commands(struct pl_shell_command *ret)
{
	for (size_t i = 0; ret && i < PL_COUNT(left); i++)
		ret[i] = (struct pl_shell_command){.name = left[i].name,
						   .run = pl_deb_left,
						   .always = left[i].always,
						   .anywhere = true};
	return PL_COUNT(left);
}

/* The size of paper that /etc/papersize names. */
int pl_deb_paperconf(struct pl_shell_call *call, struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = 1 << 16};
	const struct pl_node *n = pl_shell_node(call->shell, "/etc/papersize", true);
	/* libpaper 2 asks the locale, and C has A4; libpaper 1 does not. */
	const char *usual = pl_shell_node(call->shell, "/etc/paperspecs", true) ? "a4" : "letter";
	int rc = n ? pl_shell_file_read(call->shell, n, &text, err) : 0;
	struct pl_str rest = pl_buf_str(&text);
	if (rc < 0 || call->argc > 1)
		return rc < 0 ? rc : pl_shell_unknown(call, err, call->argv[1]);
	while (rest.p && rest.n) {
		struct pl_str line = pl_str_trim(pl_str_cut(&rest, '\n'));
		if (line.n && line.p[0] != '#')
			return pl_deb_print(call, err, PL_STR_FMT "\n", PL_STR_ARG(line));
	}
	return pl_deb_print(call, err, "%s\n", usual);
}

/* ss(8): nobody listens, nobody is connected. Its heading is another one in each suite. */
int pl_deb_ss(struct pl_shell_call *call, struct pl_err *err)
{
	const struct pl_debian_package *p = pl_debian_find(pl_deb_world(call), PL_STR("iproute2"));
	bool heading = true;
	for (int i = 1; i < call->argc; i++) {
		const char *word = call->argv[i];
		if (word[0] == '-' && word[1 + strspn(word + 1, "Hlntu46")])
			return pl_shell_unknown(call, err, word);
		heading = heading && !(word[0] == '-' && strchr(word, 'H'));
	}
	bool old = p && pl_str_starts(p->version, "6.1.0-");
	if (heading && !old && !(p && pl_str_starts(p->version, "6.15.0-")))
		return pl_shell_unknown(call, err, "the heading of this version");
	pl_deb_find(call, PL_INSTALL_MACHINE, NULL);
	return !heading ? 0
			: pl_deb_print(
				  call, err,
				  "State Recv-Q Send-Q Local Address:Port Peer Address:Port%s\n",
				  old ? "Process" : "");
}

/* pg_updatedicts(8) where there are no dictionaries to convert. */
int pl_deb_pg_updatedicts(struct pl_shell_call *call, struct pl_err *err)
{
	static const char *const sources[] = {"usr/share/hunspell", "usr/share/myspell/dicts"};
	struct pl_debian_world *w = pl_deb_world(call);
	for (size_t i = 0; i < PL_COUNT(sources); i++) {
		const struct pl_node *n = pl_tree_resolve(w->tree, pl_str_of(sources[i]), true);
		if (n && n->n_children)
			return pl_shell_unknown(call, err, "converting dictionaries");
	}
	return pl_tree_mkdir(w->tree, PL_STR("var/cache/postgresql/dicts"), 0755, 0, 0,
			     w->in->epoch, NULL, err);
}

/* Byte-compilation is all that is known of an interpreter. */
int pl_deb_python(struct pl_shell_call *call, struct pl_err *err)
{
	for (int i = 1; i < call->argc; i++) {
		struct pl_str word = pl_str_of(call->argv[i]);
		if (pl_str_ends(word, "/py_compile.py") || pl_str_is(word, "py_compile") ||
		    pl_str_ends(word, "/compileall.py") || pl_str_is(word, "compileall")) {
			pl_deb_find(call, PL_INSTALL_RUN_TIME, "byte-compilation of Python");
			return 0;
		}
	}
	return pl_shell_unknown(call, err, "anything but byte-compilation");
}

static bool is_known_use(const struct pl_shell_call *call, const char *uses)
{
	struct pl_str rest = pl_str_of(uses ? uses : "! ");
	bool but = pl_str_starts(rest, "! ");
	while (rest.p && rest.n) {
		struct pl_str word = pl_str_cut(&rest, ' ');
		for (int i = 1; i < call->argc; i++) {
			struct pl_str given = pl_str_of(call->argv[i]);
			if (pl_str_eq(pl_str_cut(&given, '='), word))
				return !but;
		}
	}
	return but;
}

int pl_deb_left(struct pl_shell_call *call, struct pl_err *err)
{
	const char *slash = strrchr(call->argv[0], '/');
	const char *name = slash ? slash + 1 : call->argv[0];
	for (size_t i = 0; i < PL_COUNT(left); i++) {
		if (strcmp(left[i].name, name) != 0 || !is_known_use(call, left[i].uses))
			continue;
		if (!left[i].silent && pl_shell_is_read(call->shell, 1))
			return pl_shell_unknown(call, err, "what it prints");
		pl_deb_find(call, left[i].kind, NULL);
		call->status = left[i].status;
		return 0;
	}
	return pl_shell_unknown(call, err, call->argc > 1 ? call->argv[1] : "this use");
}

/* An empty program asks only whether perl can be run; what another one does, a recipe says. */
int pl_deb_perl(struct pl_shell_call *call, struct pl_err *err)
{
	if (call->argc == 3 && strcmp(call->argv[1], "-e") == 0 && !call->argv[2][0])
		return 0;
	return pl_shell_unknown(call, err, "a program of Perl");
}

/* What every Debian has, whether the image holds it or not, and what has no model: that it is not
 * there would be no true answer. */
int pl_deb_essential(struct pl_shell_call *call, struct pl_err *err)
{
	return pl_shell_unknown(call, err, "what this essential program does");
}

/* setpriv(1) before a command that does nothing in an image, whoever would do it. */
int pl_deb_setpriv(struct pl_shell_call *call, struct pl_err *err)
{
	static const char *const with_value[] = {"--reuid", "--regid"};
	static const char *const alone[] = {"--init-groups", "--clear-groups"};
	int at = 1;
	for (; at < call->argc && call->argv[at][0] == '-'; at++) {
		const char *o = call->argv[at];
		bool value = false, known = strcmp(o, "--") == 0;
		for (size_t k = 0; k < PL_COUNT(with_value); k++) {
			value = value || strcmp(o, with_value[k]) == 0;
			known = known || value || strcmp(o, alone[k]) == 0;
		}
		if (!known)
			return pl_shell_unknown(call, err, o);
		at += value;
	}
	const char *command = at < call->argc ? call->argv[at] : "";
	const char *slash = strrchr(command, '/');
	for (size_t i = 0; i < PL_COUNT(left); i++)
		if (strcmp(left[i].name, slash ? slash + 1 : command) == 0)
			return pl_shell_external(call, call->argc - at, call->argv + at, NULL, 0,
						 err);
	return pl_shell_unknown(call, err, *command ? command : "no command");
}
