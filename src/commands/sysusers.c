// SPDX-License-Identifier: Apache-2.0
/* systemd-sysusers: its options and files (sysusers.d(5)). */
#include "commands/sysusers_int.h"

#include "base/num.h"

#include <ctype.h>

struct pl_sysusers_item *pl_sysusers_find(const struct pl_sysusers_items *items, const char *name)
{
	for (size_t i = 0; i < items->n; i++)
		if (strcmp(items->v[i].name, name) == 0)
			return &items->v[i];
	return NULL;
}

/* Where a line is: for what is wrong with it. */
struct place {
	struct pl_sysusers *s;
	const char *file;
	unsigned line;
};

/* A line that is none: said, and 0. The file's other lines count. */
static int wrong(const struct place *at, struct pl_err *err, const char *fmt, ...) PL_PRINTF(3, 4);
static int wrong(const struct place *at, struct pl_err *err, const char *fmt, ...)
{
	PL_AUTO(buf) text = {.max = 1 << 12};
	va_list ap;
	pl_buf_addf(&text, "%s:%u: ", at->file, at->line);
	va_start(ap, fmt);
	pl_buf_vaddf(&text, fmt, ap);
	va_end(ap);
	pl_buf_addc(&text, '\n');
	return pl_shell_write(at->s->a.call->shell, 2, pl_buf_str(&text), err);
}

/* -- words of a line -- */

enum { KIND, NAME, ID, GECOS, HOME, SHELL, FIELDS };

/* One word, quotes taken away. 1; 0: there is none; a backslash is not known. */
static int next_word(const struct place *at, struct pl_str *rest, const char **ret,
		     struct pl_err *err)
{
	PL_AUTO(buf) word = {0};
	char quote = 0;
	size_t i = 0;
	while (i < rest->n && strchr(" \t", rest->p[i]))
		i++;
	if (i == rest->n)
		return 0;
	for (; i < rest->n && (quote || !strchr(" \t", rest->p[i])); i++) {
		char c = rest->p[i];
		if (c == '\\')
			return pl_shell_unknown(at->s->a.call, err, "a backslash in sysusers.d");
		if (quote ? c == quote : c == '"' || c == '\'')
			quote = quote ? 0 : c;
		else
			pl_buf_addc(&word, c);
	}
	*rest = pl_str_sub(*rest, i, rest->n);
	*ret = pl_arena_cstr(&at->s->a.f.arena, pl_buf_str(&word));
	return 1;
}

/* %% and the directories of temporary files; the others are of a machine that runs. */
static int specify(const struct place *at, const char **text, struct pl_err *err)
{
	PL_AUTO(buf) b = {0};
	if (!strchr(*text, '%'))
		return 0;
	for (const char *c = *text; *c; c++) {
		if (*c != '%')
			pl_buf_addc(&b, *c);
		else if (*++c == '%')
			pl_buf_addc(&b, '%');
		else if (*c == 'T' || *c == 'V')
			pl_buf_adds(&b, *c == 'T' ? "/tmp" : "/var/tmp");
		else
			return pl_shell_unknown(at->s->a.call, err,
						"a specifier (%) in sysusers.d that depends on "
						"the machine");
	}
	*text = pl_arena_cstr(&at->s->a.f.arena, pl_buf_str(&b));
	return 0;
}

/* valid_user_group_name() without VALID_USER_RELAX. */
static bool is_name(const char *s)
{
	if (!isalpha((unsigned char)*s) && *s != '_')
		return false;
	for (const char *c = s; *c; c++)
		if ((unsigned char)*c > 127 || (!isalnum((unsigned char)*c) && !strchr("_-", *c)))
			return false;
	return strlen(s) <= 31;
}

static bool is_id(struct pl_str s, int64_t *ret)
{
	uint64_t v;
	if (!pl_parse_u64(s, UINT32_MAX - 1, &v) || v == UINT16_MAX)
		return false;
	*ret = (int64_t)v;
	return true;
}

/* -- lines: 1 is fine, 0 was said -- */

static int parse_range(const struct place *at, const char *const *f, struct pl_err *err)
{
	struct pl_str high = pl_str_of(f[ID] ? f[ID] : ""), low = pl_str_cut(&high, '-');
	int64_t first, last;
	if (f[NAME])
		return wrong(at, err, "Lines of type 'r' don't take a name field.");
	if (!is_id(low, &first) || !is_id(high.p ? high : low, &last) || last < first)
		return wrong(at, err, "Invalid UID range %s.", f[ID] ? f[ID] : "");
	*pl_vec_push(&at->s->ranges) =
		(struct pl_command_id){.first = (uint32_t)first, .last = (uint32_t)last};
	return 1;
}

static int parse_member(const struct place *at, const char *const *f, struct pl_err *err)
{
	struct pl_sysusers *s = at->s;
	if (!f[NAME] || !f[ID] || f[GECOS] || f[HOME] || f[SHELL])
		return wrong(at, err, "Lines of type 'm' require a user name and a group name.");
	if (!is_name(f[ID]))
		return wrong(at, err, "'%s' is not a valid user or group name.", f[ID]);
	for (size_t i = 0; i < s->members.n; i++)
		if (strcmp(s->members.v[i].user, f[NAME]) == 0 &&
		    strcmp(s->members.v[i].group, f[ID]) == 0)
			return 1;
	*pl_vec_push(&s->members) = (struct pl_sysusers_member){f[NAME], f[ID]};
	return 1;
}

/* UID, UID:GID, UID:GROUP, -:GROUP, /PATH of a user; GID, /PATH of a group. */
static bool parse_id(const char *text, bool is_group, struct pl_sysusers_item *i,
		     struct pl_arena *arena)
{
	struct pl_str rest = pl_str_of(text), first = pl_str_cut(&rest, ':');
	if (*text == '/') {
		i->path = text;
		return true;
	}
	if (is_group)
		return !rest.p && is_id(first, &i->gid);
	if (rest.p && is_id(rest, &i->gid)) {
		i->strict = true;
	} else if (rest.p) {
		i->group = pl_arena_cstr(arena, rest);
		if (!is_name(i->group))
			return false;
	}
	return (rest.p && pl_str_is(first, "-")) || is_id(first, &i->uid);
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_item(const struct pl_sysusers_item *a, const struct pl_sysusers_item *b)
{
	return same_text(a->group, b->group) && same_text(a->gecos, b->gecos) &&
	       same_text(a->home, b->home) && same_text(a->shell, b->shell) &&
	       same_text(a->path, b->path) && a->uid == b->uid && a->gid == b->gid &&
	       a->locked == b->locked;
}

static int parse_item(const struct place *at, const char *const *f, struct pl_err *err)
{
	struct pl_sysusers_items *items = f[KIND][0] == 'u' ? &at->s->users : &at->s->groups;
	struct pl_sysusers_item i = {.name = f[NAME],
				     .gecos = f[GECOS],
				     .home = f[HOME],
				     .shell = f[SHELL],
				     .uid = -1,
				     .gid = -1,
				     .locked = f[KIND][1]};
	bool is_group = f[KIND][0] == 'g';
	if (!f[NAME])
		return wrong(at, err, "Lines of type '%c' require a name.", f[KIND][0]);
	if (is_group && (f[GECOS] || f[HOME] || f[SHELL]))
		return wrong(at, err, "Lines of type 'g' take no more than a number.");
	if (f[ID] && !parse_id(f[ID], is_group, &i, &at->s->a.f.arena))
		return wrong(at, err, "Failed to parse ID: '%s'", f[ID]);
	if ((f[HOME] && f[HOME][0] != '/') || (f[SHELL] && f[SHELL][0] != '/') ||
	    (f[HOME] && strpbrk(f[HOME], ":\n")) || (f[SHELL] && strpbrk(f[SHELL], ":\n")) ||
	    (f[GECOS] && strpbrk(f[GECOS], ":\n")))
		return wrong(at, err, "a field of '%s' is not valid.", f[NAME]);
	const struct pl_sysusers_item *same = pl_sysusers_find(items, i.name);
	if (same && !same_item(same, &i)) {
		int rc = wrong(at, err,
			       "Conflict with earlier configuration for %s '%s', ignoring line.",
			       is_group ? "group" : "user", i.name);
		return rc < 0 ? rc : 1;
	}
	if (!same)
		*pl_vec_push(items) = i;
	return 1;
}

static int parse_line(const struct place *at, struct pl_str rest, struct pl_err *err)
{
	const char *f[FIELDS] = {0};
	int rc = 1;
	for (size_t i = 0; i < FIELDS && rc > 0; i++)
		rc = next_word(at, &rest, &f[i], err);
	if (rc < 0)
		return rc;
	if (pl_str_trim(rest).n)
		return wrong(at, err, "Trailing garbage.");
	for (size_t i = NAME; i < FIELDS && rc >= 0; i++) {
		if (f[i] && (!*f[i] || strcmp(f[i], "-") == 0))
			f[i] = NULL;
		if (f[i])
			rc = specify(at, &f[i], err);
	}
	if (rc < 0)
		return rc;
	bool locked = strcmp(f[KIND], "u!") == 0; /* since systemd 257 */
	if (f[KIND][1] && !locked)
		return wrong(at, err, "Unknown modifier '%s'.", f[KIND]);
	if (!strchr("ugmr", f[KIND][0]))
		return wrong(at, err, "Unknown command type '%s'.", f[KIND]);
	if (f[NAME] && !is_name(f[NAME]))
		return wrong(at, err, "'%s' is not a valid user or group name.", f[NAME]);
	return f[KIND][0] == 'r'   ? parse_range(at, f, err)
	       : f[KIND][0] == 'm' ? parse_member(at, f, err)
				   : parse_item(at, f, err);
}

/* *ret_fine is set to false where a line is wrong. */
static int parse_text(struct pl_sysusers *s, const char *file, struct pl_str text, bool *ret_fine,
		      struct pl_err *err)
{
	struct place at = {s, file, 0};
	int rc = 1;
	while (rc >= 0 && text.p && text.n) {
		struct pl_str line = pl_str_trim(pl_str_cut(&text, '\n'));
		at.line++;
		if (!line.n || line.p[0] == '#')
			continue;
		rc = parse_line(&at, line, err);
		*ret_fine = *ret_fine && rc != 0;
	}
	return rc < 0 ? rc : 0;
}

/* -- files -- */

static const char *const directories[] = {"/etc/sysusers.d", "/run/sysusers.d",
					  "/usr/local/lib/sysusers.d", "/usr/lib/sysusers.d"};

static int read_file(struct pl_sysusers *s, const char *path, bool *ret_fine, struct pl_err *err)
{
	const struct pl_node *n = pl_cmd_node(s->a.call, path, true);
	PL_AUTO(buf) text = {.max = 1 << 20};
	if (!n || pl_node_file(n)->type != PL_TAR_FILE)
		return 0;
	int rc = pl_shell_file_read(s->a.call->shell, n, &text, err);
	if (rc >= 0)
		rc = pl_buf_check(&text, path, err);
	return rc < 0 ? rc : parse_text(s, path, pl_buf_str(&text), ret_fine, err);
}

/* A file that is named: below the directories where it has no slash. */
static int read_named(struct pl_sysusers *s, const char *name, bool *ret_fine, struct pl_err *err)
{
	if (strchr(name, '/') && pl_cmd_node(s->a.call, name, true))
		return read_file(s, name, ret_fine, err);
	for (size_t i = 0; i < PL_COUNT(directories) && !strchr(name, '/'); i++) {
		PL_AUTOFREE char *path = pl_cmd_join(directories[i], name);
		if (pl_cmd_node(s->a.call, path, true))
			return read_file(s, path, ret_fine, err);
	}
	*ret_fine = false;
	PL_AUTOFREE char *text =
		pl_xprintf("Failed to open '%s', ignoring: No such file or directory\n", name);
	return pl_shell_write(s->a.call->shell, 2, pl_str_of(text), err);
}

struct sysusers_call {
	struct pl_cmd_args args;
	const char *replaced;
	bool is_inline;
};

static int read_arguments(struct pl_sysusers *s, const struct sysusers_call *c, bool *ret_fine,
			  struct pl_err *err)
{
	int rc = 0;
	for (int i = 0; i < c->args.n && rc >= 0 && *ret_fine; i++) {
		struct place at = {s, "(argument)", (unsigned)i + 1};
		if (!c->is_inline) {
			rc = read_named(s, c->args.operands[i], ret_fine, err);
			continue;
		}
		rc = parse_line(&at, pl_str_trim(pl_str_of(c->args.operands[i])), err);
		*ret_fine = rc != 0;
	}
	return rc;
}

/* All files by their names; of one name the first directory's. The arguments stand for the file
 * that they replace, unless a directory before has one of its name. */
static int read_all(struct pl_sysusers *s, const struct sysusers_call *c, struct pl_err *err)
{
	PL_VEC(struct pl_str) names = {0};
	PL_AUTOFREE char *replaced = c->replaced ? pl_cmd_last_name(c->replaced) : NULL;
	bool fine = true;
	int rc = 0;
	for (size_t i = 0; i < PL_COUNT(directories); i++) {
		const struct pl_node *d = pl_cmd_node(s->a.call, directories[i], true);
		for (uint32_t k = 0; d && k < d->n_children; k++)
			if (pl_str_ends(d->children[k]->name, ".conf"))
				*pl_vec_push(&names) = d->children[k]->name;
	}
	if (replaced)
		*pl_vec_push(&names) = pl_str_of(replaced);
	if (names.n)
		qsort(names.v, names.n, sizeof(*names.v), pl_str_qsort);
	for (size_t i = 0; i < names.n && rc >= 0; i++) {
		if (i && pl_str_eq(names.v[i], names.v[i - 1]))
			continue;
		for (size_t k = 0; k < PL_COUNT(directories); k++) {
			PL_AUTOFREE char *path = pl_xprintf("%s/" PL_STR_FMT, directories[k],
							    PL_STR_ARG(names.v[i]));
			bool here = c->replaced && strcmp(path, c->replaced) == 0;
			if (!here && !pl_cmd_node(s->a.call, path, false))
				continue;
			rc = here ? read_arguments(s, c, &fine, err)
				  : read_file(s, path, &fine, err);
			break;
		}
		if (rc >= 0 && c->replaced && !fine && pl_str_is(names.v[i], replaced))
			s->a.call->status = 1;
		fine = true;
	}
	pl_vec_free(&names);
	return rc;
}

int pl_cmd_systemd_sysusers(struct pl_shell_call *call, struct pl_err *err)
{
	enum { OPT_REPLACE = 256, OPT_INLINE, OPT_ROOT };
	static const struct pl_cmd_option options[] = {{OPT_REPLACE, "replace", PL_CMD_VALUE},
						       {OPT_INLINE, "inline", 0},
						       {OPT_ROOT, "root", PL_CMD_VALUE},
						       {0, NULL, 0}};
	struct sysusers_call c = {.args = {.call = call, .options = options}};
	struct pl_sysusers s = {.last = UINT32_MAX};
	bool fine = true, elsewhere = false;
	int rc = pl_cmd_accounts_open(&s.a, call, err);
	while (rc >= 0 && (rc = pl_cmd_next(&c.args, err)) > 0) {
		c.replaced = c.args.letter == OPT_REPLACE ? c.args.value : c.replaced;
		c.is_inline = c.is_inline || c.args.letter == OPT_INLINE;
		elsewhere = elsewhere || (c.args.letter == OPT_ROOT && *c.args.value &&
					  strcmp(c.args.value, "/") != 0);
	}
	if (rc == 0 && elsewhere)
		rc = pl_shell_unknown(call, err, "--root");
	else if (rc == 0 && (!c.args.n || c.replaced))
		rc = read_all(&s, &c, err);
	else if (rc == 0)
		rc = read_arguments(&s, &c, &fine, err);
	if (rc >= 0 && (!fine || call->status))
		call->status = 1;
	else if (rc >= 0)
		rc = pl_sysusers_make(&s, err);
	pl_vec_free(&s.users);
	pl_vec_free(&s.groups);
	pl_vec_free(&s.members);
	pl_vec_free(&s.ranges);
	pl_cmd_args_done(&c.args);
	return pl_cmd_accounts_close(&s.a, rc, err);
}
