// SPDX-License-Identifier: Apache-2.0
/* pam-auth-update(8) at a fresh installation: the default profiles, none edited by hand. */
#include "effects/pam.h"
#include "base/num.h"
#include "effects/effects_int.h"
#include "effects/pam_int.h"

#define CONFIGS "usr/share/pam-configs"
#define TEMPLATES "usr/share/pam/common-"

static const char *const type_names[PL_PAM_TYPES] = {"Auth", "Account", "Password", "Session"};

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* "Name: value" at the beginning of a line; a blank or the line's end after the colon. */
static bool split_field(struct pl_str line, struct pl_str *name, struct pl_str *value)
{
	size_t i = 0;
	while (i < line.n && !is_blank(line.p[i]))
		i++;
	if (i < 2 || line.p[i - 1] != ':')
		return false;
	*name = pl_str_sub(line, 0, i - 1);
	*value = pl_str_trim(pl_str_sub(line, i, line.n));
	if (pl_str_ends(*name, "-Final")) /* what the first versions called the plain field */
		name->n -= 6;
	return true;
}

/* Where the module lines of "Auth", "Auth-Initial" ... go; NULL: no such field. */
static struct pl_str *slot(struct pl_pam_profile *p, struct pl_str name)
{
	for (int i = 0; i < PL_PAM_TYPES; i++) {
		if (!pl_str_starts(name, type_names[i]))
			continue;
		struct pl_str rest = pl_str_sub(name, strlen(type_names[i]), name.n);
		if (rest.n == 0)
			return &p->types[i].lines;
		if (pl_str_is(rest, "-Initial"))
			return &p->types[i].initial;
		if (pl_str_is(rest, "-Type"))
			return &p->types[i].kind;
	}
	return NULL;
}

static bool parse_priority(struct pl_str s, int64_t *ret)
{
	bool negative = pl_str_starts(s, "-");
	uint64_t v = 0;
	if (!pl_parse_u64(pl_str_sub(s, negative, s.n), 1 << 30, &v))
		return false;
	*ret = negative ? -(int64_t)v : (int64_t)v;
	return true;
}

static bool set_field(struct pl_pam_profile *p, struct pl_str name, struct pl_str value)
{
	if (pl_str_is(name, "Priority"))
		return parse_priority(value, &p->priority);
	if (pl_str_is(name, "Default"))
		p->is_default = pl_str_is(value, "yes");
	if (pl_str_is(name, "Session-Interactive-Only"))
		p->interactive_only = true;
	if (pl_str_is(name, "Conflicts"))
		p->conflicts = value;
	return true;
}

int pl_pam_parse(struct pl_str text, const char *what, struct pl_pam_profile *ret,
		 struct pl_err *err)
{
	struct pl_pam_profile p = {0};
	struct pl_str *lines = NULL, name, value;
	unsigned number = 0;
	bool in_field = false;
	while (text.p && text.n) {
		struct pl_str line = pl_str_cut(&text, '\n');
		number++;
		if (split_field(line, &name, &value)) {
			in_field = true;
			lines = slot(&p, name);
			if (lines)
				*lines = value;
			else if (!set_field(&p, name, value))
				return pl_fail(err, PL_INPUT, "%s:%u: the priority is not a number",
					       what, number);
			continue;
		}
		line = pl_str_trim(line);
		if (line.n == 0)
			continue;
		if (!in_field)
			return pl_fail(err, PL_INPUT, "%s:%u: a line before the first field", what,
				       number);
		if (lines && lines->n)
			lines->n = (size_t)(line.p + line.n - lines->p);
		else if (lines)
			*lines = line;
	}
	*ret = p;
	return 0;
}

struct profiles {
	struct pl_pam_profile *v;
	size_t n, cap;
};

/* The higher priority first; of equals the later name, as the tool has it. */
static int profile_cmp(const void *pa, const void *pb)
{
	const struct pl_pam_profile *a = pa, *b = pb;
	if (a->priority != b->priority)
		return a->priority > b->priority ? -1 : 1;
	return pl_str_cmp(b->file, a->file);
}

static bool conflicts(const struct pl_pam_profile *p, struct pl_str with)
{
	struct pl_str rest = p->conflicts;
	while (rest.p)
		if (pl_str_eq(pl_str_trim(pl_str_cut(&rest, ',')), with))
			return true;
	return false;
}

/* pam_tally is gone; a profile that names it would lock everybody out. */
static bool names_removed_module(const struct pl_pam_profile *p)
{
	for (int i = 0; i < PL_PAM_TYPES; i++)
		if ((p->types[i].lines.n &&
		     memmem(p->types[i].lines.p, p->types[i].lines.n, "pam_tally", 9)) ||
		    (p->types[i].initial.n &&
		     memmem(p->types[i].initial.p, p->types[i].initial.n, "pam_tally", 9)))
			return true;
	return false;
}

static int load_profiles(struct pl_tree *t, const struct pl_effect_input *in, struct pl_arena *a,
			 struct profiles *ret, struct pl_err *err)
{
	const struct pl_node *dir = pl_tree_resolve(t, PL_STR(CONFIGS), true);
	for (uint32_t i = 0; dir && i < dir->n_children; i++) {
		struct pl_str name = dir->children[i]->name, text;
		struct pl_pam_profile p;
		if (pl_str_ends(name, "~") ||
		    (name.n > 2 && name.p[0] == '#' && pl_str_ends(name, "#")))
			continue;
		const char *path = pl_arena_printf(a, CONFIGS "/%s", name.p);
		int rc = pl_effect_text(t, in, a, path, &text, err);
		if (rc >= 0)
			rc = pl_pam_parse(text, path, &p, err);
		if (rc < 0)
			return rc;
		p.file = name;
		if (p.is_default && !names_removed_module(&p))
			*pl_vec_push(ret) = p;
	}
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), profile_cmp);
	for (size_t i = 0; i < ret->n; i++)
		for (size_t k = ret->n; k-- > 0;)
			if (conflicts(&ret->v[i], ret->v[k].file)) {
				memmove(&ret->v[k], &ret->v[k + 1],
					(ret->n - k - 1) * sizeof(*ret->v));
				ret->n--;
			}
	return 0;
}

struct block {
	const struct profiles *profiles;
	enum pl_pam_type type;
	bool noninteractive;
	const char *kind;
};

/* The module lines that profile i gives to a block, p == NULL when it has no part in it; `first`
 * when no profile stands before it. */
static struct pl_str lines_of(const struct block *b, size_t i, bool first)
{
	const struct pl_pam_profile *p = &b->profiles->v[i];
	if (!pl_str_is(p->types[b->type].kind, b->kind) ||
	    (b->noninteractive && p->interactive_only))
		return (struct pl_str){NULL, 0};
	struct pl_str s = first && p->types[b->type].initial.n ? p->types[b->type].initial
							       : p->types[b->type].lines;
	return s.p ? s : (struct pl_str){"", 0};
}

static size_t count_lines(const struct block *b)
{
	size_t n = 0;
	bool first = true;
	for (size_t i = 0; i < b->profiles->n; i++) {
		struct pl_str rest = lines_of(b, i, first);
		first = first && !rest.p;
		while (rest.p)
			n += pl_str_trim(pl_str_cut(&rest, '\n')).n > 0;
	}
	return n;
}

/* "CONTROL MODULE OPTIONS": the jump to the block's end gets its length, and the options stand one
 * blank apart behind one blank, there or not. */
static void module_line(struct pl_buf *out, const char *type, struct pl_str line, long left)
{
	size_t i = 0;
	if (line.n && line.p[0] == '[')
		while (i < line.n && line.p[i] != ']')
			i++;
	while (i < line.n && !is_blank(line.p[i]))
		i++;
	while (i < line.n && is_blank(line.p[i]))
		i++;
	while (i < line.n && !is_blank(line.p[i]))
		i++;
	pl_buf_addf(out, "%s\t", type);
	for (size_t k = 0; k < i; k++) {
		if (i - k >= 3 && memcmp(line.p + k, "end", 3) == 0) {
			pl_buf_addf(out, "%ld", left);
			k += 2;
		} else {
			pl_buf_addc(out, line.p[k]);
		}
	}
	pl_buf_addc(out, ' ');
	bool between = false;
	struct pl_str rest = pl_str_trim(pl_str_sub(line, i, line.n));
	for (size_t k = 0; k < rest.n; k++) {
		if (is_blank(rest.p[k])) {
			between = true;
			continue;
		}
		if (between)
			pl_buf_addc(out, ' ');
		between = false;
		pl_buf_addc(out, rest.p[k]);
	}
	pl_buf_addc(out, '\n');
}

static void block(struct pl_buf *out, const struct block *b)
{
	static const char *const words[PL_PAM_TYPES] = {"auth", "account", "password", "session"};
	bool primary = strcmp(b->kind, "Primary") == 0, first = true;
	long left = (long)count_lines(b);
	if (primary && left == 0)
		pl_buf_addf(out, "%s\t[default=1]\t\t\tpam_permit.so\n", words[b->type]);
	if (!primary) /* no jump may leave the stack */
		left--;
	for (size_t i = 0; i < b->profiles->n; i++) {
		struct pl_str rest = lines_of(b, i, first);
		first = first && !rest.p;
		while (rest.p) {
			struct pl_str line = pl_str_trim(pl_str_cut(&rest, '\n'));
			if (line.n)
				module_line(out, words[b->type], line, left--);
		}
	}
}

/* The template with both blocks put where its comments say. False: it has not those comments. */
static bool fill(struct pl_buf *out, struct pl_str template, struct block b)
{
	static const char *const marks[] = {
		"# here are the per-package modules (the \"Primary\" block)",
		"# here's the fallback if no module succeeds",
		"# and here are more per-package modules (the \"Additional\" block)",
		"# end of pam-auth-update config",
	};
	unsigned at = 0;
	while (template.p && template.n) {
		struct pl_str line = pl_str_cut(&template, '\n');
		bool mark = at < PL_COUNT(marks) && pl_str_starts(line, marks[at]);
		if (!mark && (at == 1 || at == 3))
			continue; /* what stands in a block is replaced */
		pl_buf_addstr(out, line);
		pl_buf_addc(out, '\n');
		if (mark && (at == 0 || at == 2)) {
			b.kind = at == 0 ? "Primary" : "Additional";
			block(out, &b);
		}
		at += mark;
	}
	return at == PL_COUNT(marks);
}

static int write_all(struct pl_tree *t, const struct pl_effect_input *in, struct pl_arena *a,
		     const struct profiles *v, struct pl_err *err)
{
	static const struct {
		const char *name;
		enum pl_pam_type type;
		bool noninteractive;
	} files[] = {
		{"auth", PL_PAM_AUTH, false},
		{"account", PL_PAM_ACCOUNT, false},
		{"password", PL_PAM_PASSWORD, false},
		{"session", PL_PAM_SESSION, false},
		{"session-noninteractive", PL_PAM_SESSION, true},
	};
	for (size_t i = 0; i < PL_COUNT(files); i++) {
		PL_AUTO(buf) out = {0};
		struct pl_str template;
		const char *from = pl_arena_printf(a, TEMPLATES "%s", files[i].name);
		const char *to = pl_arena_printf(a, "etc/pam.d/common-%s", files[i].name);
		int rc = pl_effect_text(t, in, a, from, &template, err);
		if (rc < 0)
			return rc;
		if (!template.p)
			continue;
		if (!fill(&out, template,
			  (struct block){v, files[i].type, files[i].noninteractive, NULL}))
			return pl_fail(err, PL_INPUT,
				       "%s: the comments that mark where modules go are missing",
				       from);
		rc = pl_buf_check(&out, to, err);
		if (rc >= 0)
			rc = pl_effect_write(t, in, to, pl_buf_str(&out), 0644, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int pl_pam_make(struct pl_tree *t, const struct pl_effect_input *in, struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	struct profiles v = {0};
	int rc = load_profiles(t, in, &a, &v, err);
	if (rc >= 0 && v.n)
		rc = write_all(t, in, &a, &v, err);
	pl_vec_free(&v);
	return rc;
}
