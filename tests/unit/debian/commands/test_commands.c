// SPDX-License-Identifier: Apache-2.0
/* Models of Debian's commands: what is left out of an image, what only some uses are known of. */
#include "debian/commands/commands.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct machine {
	struct pl_tree tree;
	struct pl_effect_input in;
	struct pl_debian_world world;
	struct pl_debian_package package;
	char output[4096];
	struct pl_err err;
};

static void begin(struct machine *m, const char *const *files, size_t n)
{
	*m = (struct machine){
		.in = {.platform = pl_platform_of_debian(PL_STR("amd64")), .epoch = 9},
		.package = {.name = PL_STR("p")}};
	pl_tree_init(&m->tree);
	assert_int_equal(pl_debian_world_init(&m->world, &m->tree, &m->in, 0, NULL, &m->err), 0);
	m->world.current = &m->package;
	m->world.script = "postinst";
	for (size_t i = 0; i + 1 < n; i += 2)
		assert_true(pl_tree_file(&m->tree, pl_str_of(files[i]), pl_str_of(files[i + 1]),
					 0755, 0, 0, 1, NULL, &m->err) >= 0);
}

/* A package's file, whose bytes are its name. */
static int read_body(void *ctx, const struct pl_node *n, struct pl_buf *ret, struct pl_err *err)
{
	(void)ctx;
	pl_buf_clear(ret);
	pl_buf_addstr(ret, n->name);
	return pl_buf_check(ret, n->name.p, err);
}

static void note_secret(void *ctx, const char *script, unsigned line, const char *path)
{
	struct machine *m = ctx;
	(void)script, (void)line, (void)path;
	m->world.secrets = true;
}

static int run(struct machine *m, const char *text)
{
	const struct pl_shell_world world = {.tree = &m->tree,
					     .epoch = 9,
					     .commands = m->world.commands,
					     .n_commands = m->world.n_commands,
					     .read = read_body,
					     .secret = note_secret,
					     .secret_ctx = m,
					     .own = &m->world};
	int status = -1;
	PL_AUTO_FREE(shell) sh = pl_shell_new(&world);
	pl_shell_export(sh, "PATH", "/usr/sbin:/usr/bin");
	m->err = (struct pl_err){0};
	int rc = pl_shell_run(sh, "p", pl_str_of(text), false, NULL, 0, &status, &m->err);
	struct pl_str out = pl_shell_output(sh);
	snprintf(m->output, sizeof(m->output), PL_STR_FMT, PL_STR_ARG(out));
	return rc < 0 ? rc : status;
}

static void done(struct machine *m)
{
	pl_debian_world_done(&m->world);
	pl_tree_done(&m->tree);
}

/* What such a command would print is not known, nor what it would answer. */
static void test_left(void **state)
{
	static const char *const files[] = {
		"usr/bin/systemctl",  "elf",  "usr/bin/udevadm",          "elf",
		"usr/bin/journalctl", "elf",  "usr/sbin/apparmor_parser", "elf",
		"usr/sbin/sysctl",    "elf",  "usr/bin/dbus-uuidgen",     "elf",
		"usr/bin/ss",         "elf",  "usr/bin/setpriv",          "elf",
		"usr/bin/mandb",      "elf",  "usr/sbin/invoke-rc.d",     "elf",
		"etc/init.d/x",       "rm /", "usr/bin/busctl",           "elf",
		"usr/sbin/rc-update", "elf",
	};
	static const struct {
		const char *text;
		int status; /* negative: refused */
	} cases[] = {
		{"systemctl daemon-reload", 0},
		{"systemctl is-active x", 1},
		{"[ $(systemctl is-system-running) = offline ]", 0},
		{"systemctl show x", -1},
		{"systemctl is-enabled x", -1},
		{"systemctl --version", -1},
		{"udevadm trigger", 0},
		{"udevadm info /dev/x", -1},
		{"udevadm --version >/dev/null", 0},
		{"[ \"$(udevadm --version)\" -gt 5 ]", -1},
		{"[ -z \"$(busctl status x)\" ]", 0},
		{"rc-update add x default", 0},
		{"/etc/init.d/x start && sh /etc/init.d/x stop", 0},
		{"/etc/init.d/x status", -1},
		{"/etc/init.d/nothere start", 127},
		{"perl -e 'print 1'", -1},
		{"journalctl --update-catalog", 0},
		{"journalctl -u x", -1},
		{"apparmor_parser -r -W /etc/x", 0},
		{"apparmor_parser -r x >/dev/null 2>&1", 0},
		{"x=$(apparmor_parser -r x)", -1},
		{"apparmor_parser -r x | cat", -1},
		{"apparmor_parser --features-abi=x", -1},
		{"sysctl -p /etc/x", 0},
		{"sysctl -n kernel.x", -1},
		{"dbus-uuidgen --ensure=/etc/machine-id", 0},
		{"dbus-uuidgen --get", -1},
		{"invoke-rc.d --quiet x upgrade", 0},
		{"invoke-rc.d --quiet x status", 4},
		{"invoke-rc.d --force x stop", 0},
		{"invoke-rc.d --disclose-deny x start", 101},
		{"invoke-rc.d --query x start", -1},
		{"setpriv --reuid man --regid man --init-groups -- /usr/bin/mandb -pq", 0},
		{"setpriv --reuid man touch /x", -1},
		{"ss -x", -1},
		{"ss -nlt", -1}, /* of no package */
		{"[ -z \"$(ss -Hnlt 'sport = 80')\" ]", 0},
		{"dpkg --assert-multi-arch", 0},
		{"dpkg --assert-nothing", -1},
	};
	for (size_t i = 0; i < PL_COUNT(cases); i++) {
		struct machine m;
		begin(&m, files, PL_COUNT(files));
		int got = run(&m, cases[i].text);
		if (cases[i].status < 0 ? got != -PL_SCRIPTS : got != cases[i].status)
			fail_msg("%s: %d: %s", cases[i].text, got, m.err.msg);
		done(&m);
	}
}

/* As the real one says of these names. */
static void test_run_parts(void **state)
{
	static const char *const files[] = {
		"d/a",          "#!/bin/sh\necho ran $0\n",
		"d/b.sh",       "",
		"d/10-x",       "#!/bin/sh\n",
		"d/_y",         "",
		"d/c~",         "",
		"d/e_f",        "",
		"d/lsb",        "#!/bin/sh\n",
		"d/name.x-y",   "",
		"d/x.dpkg-old", "",
		"d/s/in",       "",
	};
	struct machine m;
	begin(&m, files, PL_COUNT(files));
	assert_int_equal(run(&m, "run-parts --list /d; echo; run-parts --lsbsysinit --list /d"), 0);
	assert_string_equal(m.output, "/d/10-x\n/d/_y\n/d/a\n/d/e_f\n/d/lsb\n\n"
				      "/d/10-x\n/d/a\n/d/lsb\n/d/name.x-y\n");
	assert_int_equal(run(&m, "rm /d/_y /d/e_f /d/lsb; run-parts /d"), 0);
	assert_string_equal(m.output, "ran /d/a\n");
	assert_int_equal(run(&m, "run-parts --test /none || echo $?"), 0);
	assert_string_equal(m.output, "1\n");
	assert_int_equal(run(&m, "run-parts --regex x /d"), -PL_SCRIPTS);
	done(&m);
}

static void test_essential(void **state)
{
	static const char *const files[] = {"x", ""};
	struct machine m;
	begin(&m, files, PL_COUNT(files));
	assert_int_equal(run(&m, "perl -e '' && echo yes"), 0);
	assert_string_equal(m.output, "yes\n");
	assert_int_equal(run(&m, "perl -e 'print 1'"), -PL_SCRIPTS);
	assert_int_equal(run(&m, "tar -x < /x || true"), -PL_SCRIPTS);
	done(&m);
}

static void test_ucf(void **state)
{
	static const char *const files[] = {"new", "one\n", "etc/own", "mine\n", "usr/bin/ucf", ""};
	struct machine m;
	begin(&m, files, PL_COUNT(files));
	assert_int_equal(run(&m, "ucf /new /etc/f; cat /etc/f; echo two > /new;"
				 "ucf --sum-file /sums /new /etc/f; cat /etc/f"),
			 0);
	assert_string_equal(m.output, "one\ntwo\n");
	assert_int_equal(run(&m, "echo mine > /etc/f; ucf /new /etc/f; ucf /new /etc/own;"
				 "cat /etc/f /etc/own"),
			 0);
	assert_string_equal(m.output, "mine\nmine\n");
	done(&m);
}

/* --update goes through a link, as chown(2) and chmod(2) do. */
static void test_statoverride(void **state)
{
	static const char *const files[] = {"etc/passwd",    "root:x:0:0::/:/bin/sh\n",
					    "etc/group",     "root:x:0:\ng:x:6:\n",
					    "usr/sbin/real", "elf"};
	struct machine m;
	(void)state;
	begin(&m, files, PL_COUNT(files));
	assert_int_equal(run(&m, "ln -s real /usr/sbin/l;"
				 "dpkg-statoverride --update --add root g 4711 /usr/sbin/l"),
			 0);
	assert_int_equal(pl_tree_get(&m.tree, PL_STR("usr/sbin/l"))->gid, 0);
	assert_int_equal(pl_tree_get(&m.tree, PL_STR("usr/sbin/real"))->gid, 6);
	assert_int_equal(pl_tree_get(&m.tree, PL_STR("usr/sbin/real"))->mode, 04711);
	done(&m);
}

/* As update-mime of mailcap 3.70 and 3.74. */
static void test_mime(void **state)
{
	static const char *const files[] = {
		"usr/sbin/update-mime",
		"perl",
		"usr/lib/mime/mailcap",
		"# head\n# ----- User Section Begins ----- #\nmine\n"
		"# -----  User Section Ends  ----- #\nrest\n",
		"usr/lib/mime/packages/b",
		"# said\n\ntext/*; b '%s'; priority=7 ; x\n*/*; any %s ;\n",
		"usr/lib/mime/packages/a",
		"text/plain; a %s; priority=9\nimage/png; a %s\n",
		"usr/lib/mime/packages/.n",
		"text/none; n %s\n",
		"usr/share/applications/d/v.desktop",
		"[Desktop Entry]\nTryExec=v\nName=View\nExec=v %F --%c\nMimeType=a/b;; c/d;\n"
		"[Other]\nExec=other\n",
		"usr/share/applications/t.desktop",
		"[Desktop Entry]\nTerminal=true\nExec=t\nMimeType=t/t\n",
		"usr/share/applications/a.desktop",
		"[Desktop Entry]\nExec=a\nMimeType=q/q\n",
		"etc/mailcap.order",
		"# none\n",
	};
	struct machine m;
	(void)state;
	begin(&m, files, PL_COUNT(files));
	assert_int_equal(run(&m, "update-mime; [ ! -e /etc/mailcap ] && update-mime --triggered;"
				 "update-mime --triggered; sed '/^#####/d' /etc/mailcap"),
			 0);
	assert_string_equal(m.output, "# head\n# ----- User Section Begins ----- #\nmine\n"
				      "# -----  User Section Ends  ----- #\n\n\n"
				      "text/plain; a %s\ntext/*; b '%s'; x\nimage/png; a %s\n"
				      "a/b; v %s --View; test=test -n \"$DISPLAY\"\n"
				      "c/d; v %s --View; test=test -n \"$DISPLAY\"\n"
				      "t/t; t %s; needsterminal\n*/*; any %s\n");
	assert_int_equal(run(&m, "echo a:b/c >>/etc/mailcap.order; update-mime --triggered"),
			 -PL_SCRIPTS);
	assert_int_equal(run(&m, "update-mime --local"), -PL_SCRIPTS);
	done(&m);
}

/* As update-inetd 4.51 of the same file. */
static void test_inetd(void **state)
{
	static const char *const files[] = {
		"usr/sbin/update-inetd", "perl", "etc/inetd.conf",
		"#:STANDARD: first\nftp\tstream tcp x\n\n#:OTHER: rest\n#<off># pop stream tcp x\n"
		"# imap stream tcp x\ntwo stream tcp a\ntwo dgram udp b\n"};
	static const struct {
		const char *text;
		int status; /* negative: refused */
		const char *changes;
	} cases[] = {
		{"--disable ftp", 0, "-ftp\tstream tcp x\n+#<off># ftp\tstream tcp x\n"},
		{"--disable ftp,none", 0, "-ftp\tstream tcp x\n+#<off># ftp\tstream tcp x\n"},
		{"--disable two", 0, ""},
		{"--multi --disable two", 0,
		 "-two stream tcp a\n-two dgram udp b\n+#<off># two stream tcp a\n+#<off># two "
		 "dgram udp "
		 "b\n"},
		{"--pattern udp --multi --disable two", 0,
		 "-two dgram udp b\n+#<off># two dgram udp b\n"},
		{"--enable pop", 0, "-#<off># pop stream tcp x\n+pop stream tcp x\n"},
		{"--remove pop", 0, "-#<off># pop stream tcp x\n"},
		{"--remove '^ft.'", 0, "-ftp\tstream tcp x\n"},
		{"--remove '(ftp)'", -1, ""},
		{"--add 'ftp\\tstream tcp new'", 0, ""},
		{"--add 'imap stream tcp new'", 0, ""},
		{"--add 'pop stream tcp new'", 0, "-#<off># pop stream tcp x\n+pop stream tcp x\n"},
		{"--group STANDARD --add 'new\\tdgram udp'", 0, "+new\tdgram udp\n"},
		{"--group standard --add '#<off># new\\tdgram udp'", 0,
		 "+#<off># new\tdgram udp\n"},
		{"--add 'none'", -1, ""},
		{"--file /none --disable x", 0, ""},
		{"--file /none --add 'x stream'", 0, ""},
		{"--debug --add 'x stream'", -1, ""},
	};
	(void)state;
	for (size_t i = 0; i < PL_COUNT(cases); i++) {
		struct machine m;
		PL_AUTOFREE char *text =
			pl_xprintf("cp /etc/inetd.conf /old; update-inetd %s || exit\n"
				   "grep -vxFf /etc/inetd.conf /old | sed 's/^/-/'\n"
				   "grep -vxFf /old /etc/inetd.conf | sed 's/^/+/'",
				   cases[i].text);
		begin(&m, files, PL_COUNT(files));
		int rc = run(&m, text);
		if (rc != (cases[i].status < 0 ? -PL_SCRIPTS : cases[i].status))
			fail_msg("%s: %d: %s", cases[i].text, rc, m.err.msg);
		if (rc >= 0)
			assert_string_equal(m.output, cases[i].changes);
		done(&m);
	}
}

/* What is made of chance is in no image, however it was made. */
static void test_secrets(void **state)
{
	static const char *const files[] = {"usr/bin/openssl",  "elf", "usr/bin/uuidgen", "elf",
					    "usr/bin/certtool", "elf", "etc/x/empty",     ""};
	static const char *const makes[] = {
		"tr -dc A-Za-z0-9 </dev/urandom | head -c 12 >/etc/x/s",
		"tr -dc 0-9 </dev/urandom | head -c 12 >/etc/x/s",
		"p=$(head -c 16 /dev/urandom | base64); echo \"password = '$p'\" >/etc/x/s",
		"p=$(dd if=/dev/urandom bs=16 count=1 2>/dev/null | md5sum | cut -d' ' -f1);"
		"printf 'a\\nb %s\\n' $p >/tmp-s; mv /tmp-s /etc/x/s",
		"[ -r /proc/sys/kernel/random/uuid ] && [ ! -c /proc/sys/kernel/random/uuid ] &&"
		"read -r id </proc/sys/kernel/random/uuid; echo \"$id\" >/etc/x/s",
		"cut -c1-8 /proc/sys/kernel/random/uuid >/etc/x/s",
		"uuidgen >/etc/x/s",
		"install -m 600 /proc/sys/kernel/random/uuid /etc/x/s",
		"cp /proc/sys/kernel/random/uuid /etc/x/s",
		"head -c 4 /dev/urandom >/etc/x/s",
		"uuidgen | tail -c 5 | cut -c 2-3 >/etc/x/s",
		"dd bs=1 count=3 </dev/urandom >/etc/x/s",
		"openssl rand -hex 16 | sha256sum >/etc/x/s",
		"mv /etc/x/empty /etc/x/s; certtool --generate-privkey --outfile /etc/x/s",
		"certtool --generate-dh-params --bits 9 >/etc/x/s",
	};
	struct machine m;
	(void)state;
	for (size_t i = 0; i < PL_COUNT(makes); i++) {
		begin(&m, files, PL_COUNT(files));
		if (run(&m, makes[i]) != 0)
			fail_msg("%s: %s", makes[i], m.err.msg);
		assert_non_null(pl_tree_get(&m.tree, PL_STR("etc/x/s")));
		assert_int_equal(pl_debian_secrets_find(&m.world, &m.err), 0);
		pl_debian_absent_remove(&m.world);
		if (pl_tree_get(&m.tree, PL_STR("etc/x/s")))
			fail_msg("%s", makes[i]);
		done(&m);
	}
	begin(&m, files, PL_COUNT(files));
	assert_int_equal(run(&m, "echo \"u:$(uuidgen):1::::::\" >/etc/shadow"), 0);
	assert_int_equal(pl_debian_secrets_find(&m.world, &m.err), -PL_SCRIPTS);
	assert_non_null(strstr(m.err.msg, "writes a secret into /etc/shadow"));
	assert_int_equal(run(&m, "certtool --key-info"), -PL_SCRIPTS);
	assert_int_equal(run(&m, ": </dev/zero"), -PL_SCRIPTS);
	assert_true(run(&m, "echo $(($(head -c 2 /dev/urandom) % 60)) >/etc/x/s") != 0);
	done(&m);
}

static void test_lighttpd(void **state)
{
	static const char *const files[] = {
		"usr/sbin/lighty-enable-mod",
		"perl",
		"etc/lighttpd/conf-available/99-unconfigured.conf",
		"x",
		"etc/lighttpd/conf-available/10-cgi.conf",
		"# -*- depends: setenv -*-\n",
		"etc/lighttpd/conf-enabled/README",
		"",
	};
	struct machine m;
	begin(&m, files, PL_COUNT(files));
	assert_int_equal(run(&m, "lighty-enable-mod unconfigured"), 0);
	assert_string_equal(m.output, "Enabling unconfigured: ok\n"
				      "Run \"service lighttpd force-reload\" to enable changes\n");
	const struct pl_node *n =
		pl_tree_get(&m.tree, PL_STR("etc/lighttpd/conf-enabled/99-unconfigured.conf"));
	assert_true(n && pl_str_is(n->link, "../conf-available/99-unconfigured.conf"));
	assert_int_equal(run(&m, "lighty-enable-mod unconfigured"), 2);
	assert_int_equal(run(&m, "lighty-enable-mod nothing"), 2);
	assert_int_equal(run(&m, "lighty-enable-mod cgi"), -PL_SCRIPTS);
	done(&m);
}

static void test_sgml(void **state)
{
	static const char *const files[] = {
		"usr/sbin/update-catalog",
		"perl",
		"usr/share/sgml-base/catalog.centralized",
		"-- \n## CATALOG : one\n--\n",
		"usr/share/sgml/dtd/a",
		"",
		"var/lib/sgml-base/old",
		"",
		"etc/sgml/gone.cat",
		"CATALOG /usr/share/sgml/nothing\n",
	};
	struct machine m;
	begin(&m, files, PL_COUNT(files));
	assert_int_equal(run(&m, "update-catalog --quiet --add /etc/sgml/a.cat "
				 "/usr/share/sgml/dtd/a && "
				 "update-catalog --quiet --update-super && cat /etc/sgml/a.cat && "
				 "tail -n +5 /var/lib/sgml-base/supercatalog"),
			 0);
	assert_string_equal(m.output, "-- \n## /etc/sgml/a.cat : one\n--\n"
				      "CATALOG /usr/share/sgml/dtd/a\n"
				      "CATALOG /etc/sgml/a.cat\n");
	assert_int_equal(run(&m, "update-catalog --quiet --remove /etc/sgml/a.cat x"), -PL_SCRIPTS);
	done(&m);
}

/* Several files of packages in one output. */
static void test_bodies(void **state)
{
	static const char *const files[] = {"one", "x", "two", "y"};
	struct machine m;
	begin(&m, files, PL_COUNT(files));
	pl_tree_get(&m.tree, PL_STR("one"))->body = PL_BODY_PACKAGE;
	pl_tree_get(&m.tree, PL_STR("two"))->body = PL_BODY_PACKAGE;
	assert_int_equal(run(&m, "cat /one /two; echo; cat /one | cat - /two"), 0);
	assert_string_equal(m.output, "onetwo\nonetwo");
	done(&m);
}

/* Whose a file is can be asked as somebody else, and nothing more. */
static void test_su(void **state)
{
	static const char *const files[] = {
		"etc/passwd", "u:x:5:6::/:/bin/sh\n", "etc/group", "g:x:6:\n", "var/lib/x/y",
		"",           "usr/bin/su",           "elf"};
	struct machine m;
	begin(&m, files, PL_COUNT(files));
	assert_int_equal(run(&m, "su -s /bin/sh u -c 'test -O /var/lib/x'"), 1);
	assert_int_equal(run(&m,
			     "chown u:g /var/lib/x; su -s /bin/sh u -c "
			     "'test -O /var/lib/x && test -G /var/lib/x' && test ! -O /var/lib/x"),
			 0);
	assert_int_equal(run(&m, "su -s /bin/sh u -c 'test -w /etc/passwd'"), -PL_SCRIPTS);
	assert_int_equal(run(&m, "su -s /bin/sh u -c 'echo x > /tmp/x'"), -PL_SCRIPTS);
	assert_int_equal(run(&m, "su -s /bin/sh u -c 'touch /tmp/x'"), -PL_SCRIPTS);
	assert_int_equal(run(&m, "su u -c true"), -PL_SCRIPTS);
	done(&m);
}

/* postconf(1): lines are changed where they are, with those that continue them, or added. */
static void test_postconf(void **state)
{
	static const char *const files[] = {
		"usr/sbin/postconf", "elf", "etc/postfix/main.cf",
		"# a = 0\na = 1,\n  2\n# said\n\tstill\nab = $c\nrelayhost = old\n"};
	static const struct {
		const char *text;
		int status; /* negative: refused */
		const char *output;
	} cases[] = {
		{"postconf -h relayhost; postconf -hx default_transport", 0, "old\nsmtp\n"},
		{"postconf -e a=\" x y \" relayhost= new=z; cat /etc/postfix/main.cf", 0,
		 "# a = 0\na = x y\n# said\nab = $c\nrelayhost = \nnew = z\n"},
		{"postconf -h relayhost", 0, "\n"},
		{"postconf -h ab", 0, "$c\n"},
		{"postconf -hx ab", -1, ""},
		{"postconf -h myhostname", -1, ""},
		{"postconf -e one=1 two=2", -1, ""},
		{"postconf -n", -1, ""},
		{"rm /etc/postfix/main.cf; postconf -h a", 1, ""},
	};
	struct machine m;
	(void)state;
	begin(&m, files, PL_COUNT(files));
	for (size_t i = 0; i < PL_COUNT(cases); i++) {
		int rc = run(&m, cases[i].text);
		if (rc != (cases[i].status < 0 ? -PL_SCRIPTS : cases[i].status))
			fail_msg("%s: %d: %s", cases[i].text, rc, m.err.msg);
		if (rc >= 0)
			assert_string_equal(m.output, cases[i].output);
	}
	done(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_left),         cmocka_unit_test(test_run_parts),
		cmocka_unit_test(test_postconf),     cmocka_unit_test(test_lighttpd),
		cmocka_unit_test(test_sgml),         cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_su),           cmocka_unit_test(test_ucf),
		cmocka_unit_test(test_essential),    cmocka_unit_test(test_inetd),
		cmocka_unit_test(test_secrets),      cmocka_unit_test(test_mime),
		cmocka_unit_test(test_statoverride),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
