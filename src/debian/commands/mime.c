// SPDX-License-Identifier: Apache-2.0
/*
 * update-mime(8), which is Perl: /etc/mailcap of the lines that packages bring and of the programs
 * of desktops. Called by a package itself it does nothing, only in mailcap's trigger.
 */
#include "debian/commands/commands_int.h"

#include <regex.h>
#include <stdlib.h>
#include <strings.h>

#define BAR                                                                                        \
	"#######################################"                                                  \
	"########################################\n"
#define USUAL_PRIORITY 5

struct mailcap_entry {
	const char *text;
	unsigned priority, wild; /* wild: how much its type leaves open */
	size_t number;
};
struct mime {
	struct pl_shell_call *call;
	struct pl_arena arena;
	PL_VEC(struct mailcap_entry) entries;
	PL_VEC(const char *) packages; /* names that have brought some */
};

/* Is there a match, and where. */
static bool match_text(const char *pattern, int flags, const char *text, regmatch_t m[2])
{
	regex_t re;
	if (regcomp(&re, pattern, REG_EXTENDED | flags) != 0)
		return false;
	bool is = regexec(&re, text, 2, m, 0) == 0;
	regfree(&re);
	return is;
}

static void add_entry(struct mime *c, const char *text, unsigned priority)
{
	regmatch_t m[2];
	unsigned wild = match_text("^[^[:space:]]+/\\*", 0, text, m);
	wild += match_text("^\\*/", 0, text, m) ? 2 : 0;
	*pl_vec_push(&c->entries) = (struct mailcap_entry){text, priority, wild, c->entries.n};
}

static bool is_skipped(struct pl_str name)
{
	return name.p[0] == '.' || name.p[0] == '#' || pl_str_ends(name, "~");
}

static int read_text(struct mime *c, const struct pl_node *n, struct pl_str *ret,
		     struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = 1 << 20};
	int rc = pl_shell_file_read(c->call->shell, n, &text, err);
	if (rc == 0)
		rc = pl_buf_check(&text, n->name.p, err);
	*ret = pl_arena_str(&c->arena, pl_buf_str(&text));
	return rc;
}

/* Lines of /usr/lib/mime/packages, as they are. */
static int add_package(struct mime *c, const struct pl_node *n, struct pl_err *err)
{
	struct pl_str rest;
	int rc = read_text(c, n, &rest, err);
	*pl_vec_push(&c->packages) = n->name.p;
	while (rc == 0 && rest.p && rest.n) {
		const char *line = pl_arena_cstr(&c->arena, pl_str_cut(&rest, '\n'));
		unsigned priority = USUAL_PRIORITY;
		regmatch_t m[2];
		if (match_text("^[[:space:]]*($|#)", 0, line, m))
			continue;
		if (match_text("priority[[:space:]]*=[[:space:]]*([0-9]+)[[:space:]]*($|;)",
			       REG_ICASE, line, m) &&
		    m[1].rm_eo - m[1].rm_so == 1)
			priority = (unsigned)(line[m[1].rm_so] - '0');
		add_entry(c, line, priority);
	}
	return rc;
}

/* -- programs of desktops -- */

struct desktop {
	const char *exec, *icon, *name, *terminal, *types;
};

static const char *value_of(const char *line, const char *key, bool anywhere)
{
	size_t n = strlen(key);
	for (const char *s = line; *s && (anywhere || s == line); s++)
		if (strncasecmp(s, key, n) == 0 && (anywhere || s[n]))
			return s + n;
	return NULL;
}

static void read_line(struct desktop *d, const char *line)
{
	const char *v;
	if ((v = value_of(line, "Terminal=", false)))
		d->terminal = strcmp(v, "true") == 0 ? "needsterminal" : d->terminal;
	else if ((v = value_of(line, "Name=", false)))
		d->name = v;
	else if ((v = value_of(line, "Icon=", false)))
		d->icon = v;
	else if ((v = value_of(line, "Exec=", true))) /* TryExec's too */
		d->exec = v;
	else if ((v = value_of(line, "MimeType=", true)))
		d->types = v;
}

/* %f and its like are %s, which is added where there is none. */
static const char *command_of(struct mime *c, const struct desktop *d)
{
	PL_AUTO(buf) out = {.max = 1 << 16};
	bool has = false;
	for (const char *s = d->exec; *s; s++) {
		const char *what = s[0] == '%' && s[1] ? &s[1] : "";
		bool file = *what && strchr("fFuUs", *what);
		has = has || file;
		if (file)
			pl_buf_adds(&out, "%s");
		else if (*what == 'c')
			pl_buf_adds(&out, d->name);
		else if (*what == 'i')
			pl_buf_addf(&out, "--icon %s", d->icon ? d->icon : "");
		else
			pl_buf_addc(&out, *s);
		s += file || *what == 'c' || *what == 'i';
	}
	if (!has)
		pl_buf_adds(&out, " %s");
	return pl_arena_cstr(&c->arena, pl_buf_str(&out));
}

static int add_desktop(struct mime *c, const struct pl_node *n, struct pl_err *err)
{
	struct pl_str rest, stem = pl_str_sub(n->name, 0, n->name.n - strlen(".desktop"));
	const char *name = pl_arena_cstr(&c->arena, stem);
	struct desktop d = {.name = name, .terminal = "test=test -n \"$DISPLAY\""};
	bool inside = false;
	for (size_t i = 0; i < c->packages.n; i++)
		if (strcmp(c->packages.v[i], name) == 0)
			return 0;
	*pl_vec_push(&c->packages) = name;
	int rc = read_text(c, n, &rest, err);
	while (rc == 0 && rest.p && rest.n) {
		const char *line = pl_arena_cstr(&c->arena, pl_str_cut(&rest, '\n'));
		size_t len = strlen(line);
		if (len && line[0] == '[' && line[len - 1] == ']')
			inside = strcmp(line, "[Desktop Entry]") == 0;
		else if (inside && line[strspn(line, " \t\r")] != '#')
			read_line(&d, line);
	}
	struct pl_str types = pl_str_of(d.exec && d.types ? d.types : "");
	while (rc == 0 && types.p && types.n) {
		struct pl_str type = pl_str_trim(pl_str_cut(&types, ';'));
		if (type.n)
			add_entry(c,
				  pl_arena_printf(&c->arena, PL_STR_FMT "; %s; %s",
						  PL_STR_ARG(type), command_of(c, &d), d.terminal),
				  USUAL_PRIORITY);
	}
	return rc;
}

/* What directories hold goes first. */
static int add_desktops(struct mime *c, const struct pl_node *dir, unsigned depth,
			struct pl_err *err)
{
	int rc = 0;
	for (int files = 0; files < 2; files++)
		for (uint32_t i = 0; dir && i < dir->n_children && rc == 0 && depth < 20; i++) {
			const struct pl_node *n = dir->children[i];
			if (is_skipped(n->name))
				continue;
			if (!files && n->type == PL_TAR_DIR)
				rc = add_desktops(c, n, depth + 1, err);
			else if (files && n->type == PL_TAR_FILE &&
				 pl_str_ends(n->name, ".desktop"))
				rc = add_desktop(c, n, err);
		}
	return rc;
}

static int by_rank(const void *a, const void *b)
{
	const struct mailcap_entry *x = a, *y = b;
	if (x->priority != y->priority)
		return x->priority < y->priority ? 1 : -1;
	if (x->wild != y->wild)
		return x->wild < y->wild ? -1 : 1;
	return x->number < y->number ? -1 : 1;
}

/* -- the file -- */

/* The heading with the user's section, up to its end. */
static int add_heading(struct mime *c, struct pl_buf *out, struct pl_err *err)
{
	const struct pl_node *n = pl_shell_node(c->call->shell, "/etc/mailcap", true);
	struct pl_str rest;
	if (!n)
		n = pl_shell_node(c->call->shell, "/usr/lib/mime/mailcap", true);
	if (!n)
		return 0;
	int rc = read_text(c, n, &rest, err);
	while (rc == 0 && rest.p && rest.n) {
		struct pl_str line = pl_str_cut(&rest, '\n');
		pl_buf_addf(out, PL_STR_FMT "\n", PL_STR_ARG(line));
		if (pl_str_starts(line, "# ----- ") && memmem(line.p, line.n, " Ends ", 6))
			return 1;
	}
	return rc < 0 ? rc : pl_shell_unknown(c->call, err, "a mailcap without the user's section");
}

static void add_line(struct pl_buf *out, const char *text)
{
	regmatch_t m[2];
	PL_AUTOFREE char *line = pl_xstrdup(text);
	if (match_text("[[:space:]]*priority[[:space:]]*=[[:space:]]*[0-9]+[[:space:]]*($|;)", 0,
		       line, m))
		memmove(line + m[0].rm_so, line + m[0].rm_eo, strlen(line + m[0].rm_eo) + 1);
	if (match_text("[[:space:]]*;[[:space:]]*$", 0, line, m))
		line[m[0].rm_so] = '\0';
	pl_buf_addf(out, "%s\n", line);
}

static int write_mailcap(struct mime *c, struct pl_err *err)
{
	PL_AUTO(buf) out = {.max = 1 << 20};
	const struct pl_node *packages =
		pl_shell_node(c->call->shell, "/usr/lib/mime/packages", true);
	int rc = 0;
	for (uint32_t i = 0; packages && i < packages->n_children && rc == 0; i++)
		if (!is_skipped(packages->children[i]->name))
			rc = add_package(c, packages->children[i], err);
	if (rc == 0)
		rc = add_desktops(c, pl_shell_node(c->call->shell, "/usr/share/applications", true),
				  0, err);
	if (rc == 0)
		rc = add_heading(c, &out, err);
	if (rc <= 0)
		return rc;
	if (c->entries.n)
		qsort(c->entries.v, c->entries.n, sizeof(*c->entries.v), by_rank);
	pl_buf_adds(&out, "\n" BAR "\n");
	for (size_t i = 0; i < c->entries.n; i++)
		add_line(&out, c->entries.v[i].text);
	rc = pl_buf_check(&out, "/etc/mailcap", err);
	if (rc == 0)
		rc = pl_shell_file_write(c->call->shell, "/etc/mailcap", pl_buf_str(&out), false,
					 err);
	return rc < 0 ? rc : 0;
}

int pl_deb_update_mime(struct pl_shell_call *call, struct pl_err *err)
{
	struct mime c = {.call = call};
	PL_AUTO(buf) order = {.max = 1 << 20};
	const struct pl_node *n = pl_shell_node(call->shell, "/etc/mailcap.order", true);
	if (call->argc == 1)
		return 0;
	if (call->argc != 2 || strcmp(call->argv[1], "--triggered") != 0)
		return pl_shell_unknown(call, err, call->argv[1]);
	if (pl_shell_node(call->shell, "/etc/update-mime.conf", true))
		return pl_shell_unknown(call, err, "/etc/update-mime.conf");
	int rc = n ? pl_shell_file_read(call->shell, n, &order, err) : 0;
	struct pl_str rest = pl_buf_str(&order);
	while (rc == 0 && rest.p && rest.n) {
		struct pl_str line = pl_str_trim(pl_str_cut(&rest, '\n'));
		if (line.n && line.p[0] != '#')
			rc = pl_shell_unknown(call, err, "an order of the entries");
	}
	if (rc == 0)
		rc = write_mailcap(&c, err);
	pl_vec_free(&c.entries);
	pl_vec_free(&c.packages);
	pl_arena_done(&c.arena);
	return rc;
}
