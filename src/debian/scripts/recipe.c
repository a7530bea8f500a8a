// SPDX-License-Identifier: Apache-2.0
#include "debian/scripts/recipe_int.h"

#include "base/num.h"

#define MAX_WORDS 16

struct parser {
	struct pl_arena *a;
	struct pl_str arch;
	const char *what;
	unsigned line;
	struct pl_str words[MAX_WORDS];
	size_t n;
	PL_VEC(struct pl_recipe_script) scripts;
	PL_VEC(struct pl_digest) digests;
	PL_VEC(struct pl_account) accounts;
	PL_VEC(struct pl_recipe_effect) effects;
	PL_VEC(struct pl_alternative) slaves;
	PL_VEC(struct pl_recipe_mark) marks;
	struct pl_str only; /* of the effects that follow */
};

static int wrong(struct parser *p, const char *why, struct pl_err *err)
{
	return pl_fail(err, PL_INPUT, "%s:%u: %s", p->what, p->line, why);
}

/* ${arch} and ${triplet}; any other ${ is an error. */
static int expand(struct parser *p, struct pl_str s, struct pl_str *ret, struct pl_err *err)
{
	PL_AUTO(buf) b = {0};
	const struct pl_platform *on = pl_platform_of_debian(p->arch);
	const char *triplet = on ? on->triplet : NULL;
	for (size_t i = 0; i < s.n;) {
		struct pl_str rest = pl_str_sub(s, i, s.n);
		if (pl_str_starts(rest, "${arch}")) {
			pl_buf_addstr(&b, p->arch);
			i += strlen("${arch}");
		} else if (pl_str_starts(rest, "${triplet}")) {
			pl_buf_adds(&b, triplet ? triplet : "unknown");
			i += strlen("${triplet}");
		} else if (pl_str_starts(rest, "${")) {
			return wrong(p, "unknown variable (there are ${arch} and ${triplet})", err);
		} else {
			pl_buf_addc(&b, s.p[i++]);
		}
	}
	*ret = pl_arena_str(p->a, pl_buf_str(&b));
	return 0;
}

/* "..." with \n, \t, \" and \\; *s is after the opening quote, then after the closing one. */
static int take_quoted(struct parser *p, struct pl_str *s, struct pl_buf *b, struct pl_err *err)
{
	while (s->n && s->p[0] != '"') {
		char c = s->p[0];
		*s = pl_str_sub(*s, 1, s->n);
		if (c == '\\') {
			const char *from = "nt\"\\", *to = "\n\t\"\\", *at = NULL;
			if (s->n && s->p[0])
				at = strchr(from, s->p[0]);
			if (!at)
				return wrong(p, "unknown escape in a quoted word", err);
			c = to[at - from];
			*s = pl_str_sub(*s, 1, s->n);
		}
		pl_buf_addc(b, c);
	}
	if (!s->n)
		return wrong(p, "quoted word has no end", err);
	*s = pl_str_sub(*s, 1, s->n);
	if (s->n && s->p[0] != ' ')
		return wrong(p, "text right after a quoted word", err);
	return 0;
}

/* Splits a line into words; '#' where a word would begin starts a comment. */
static int split_words(struct parser *p, struct pl_str s, struct pl_err *err)
{
	p->n = 0;
	for (s = pl_str_trim(s); s.n && s.p[0] != '#'; s = pl_str_trim(s)) {
		PL_AUTO(buf) b = {0};
		if (p->n == MAX_WORDS)
			return wrong(p, "too many words", err);
		if (s.p[0] == '"') {
			s = pl_str_sub(s, 1, s.n);
			int rc = take_quoted(p, &s, &b, err);
			if (rc < 0)
				return rc;
		} else {
			size_t n = 0;
			while (n < s.n && s.p[n] != ' ' && s.p[n] != '\t')
				n++;
			pl_buf_add(&b, s.p, n);
			s = pl_str_sub(s, n, s.n);
		}
		int rc = expand(p, pl_buf_str(&b), &p->words[p->n++], err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int take_mode(struct parser *p, struct pl_str w, uint32_t *ret, struct pl_err *err)
{
	uint64_t v;
	if (pl_str_is(w, "-")) {
		*ret = UINT32_MAX;
		return 0;
	}
	if (!pl_parse_octal(w, 07777, &v))
		return wrong(p, "mode must be octal, or - to leave it", err);
	*ret = (uint32_t)v;
	return 0;
}

static int take_path(struct parser *p, struct pl_str w, struct pl_str *ret, struct pl_err *err)
{
	if (!pl_str_starts(w, "/") || w.n < 2)
		return wrong(p, "path must begin with /", err);
	*ret = pl_str_sub(w, 1, w.n);
	return 0;
}

static int take_owner(struct parser *p, struct pl_str w, struct pl_recipe_effect *e,
		      struct pl_err *err)
{
	struct pl_str group = w;
	e->owner = pl_str_cut(&group, ':');
	e->group = group;
	return e->owner.n && group.n ? 0 : wrong(p, "owner must be OWNER:GROUP", err);
}

/* key=value words after the fixed ones of user and group. */
static int account_option(struct parser *p, struct pl_account *c, struct pl_str w,
			  struct pl_err *err)
{
	struct pl_str value = w;
	struct pl_str key = pl_str_cut(&value, '=');
	uint64_t id;
	if (!value.p)
		return wrong(p, "account options are key=value", err);
	if (pl_str_is(key, "id") && pl_parse_u64(value, UINT32_MAX - 1, &id)) {
		c->fixed_id = (int64_t)id;
	} else if (c->is_group) {
		return wrong(p, "a group has no such option", err);
	} else if (pl_str_is(key, "group")) {
		c->group = pl_arena_cstr(p->a, value);
	} else if (pl_str_is(key, "home")) {
		c->home = pl_arena_cstr(p->a, value);
	} else if (pl_str_is(key, "shell")) {
		c->shell = pl_arena_cstr(p->a, value);
	} else if (pl_str_is(key, "groups")) {
		size_t n = 0;
		const char **v = pl_arena_array(p->a, const char *, value.n + 2);
		while (value.p)
			v[n++] = pl_arena_cstr(p->a, pl_str_cut(&value, ','));
		c->groups = v;
	} else {
		return wrong(p, "unknown account option", err);
	}
	return 0;
}

/* user NAME GECOS key=value...; group NAME [id=N] */
static int read_account(struct parser *p, struct pl_err *err)
{
	bool is_group = pl_str_is(p->words[0], "group");
	size_t fixed = is_group ? 2 : 3;
	if (p->n < fixed)
		return wrong(p, "account needs a name (and a user its description)", err);
	struct pl_account *c = pl_vec_push(&p->accounts);
	static const char *const none[] = {NULL};
	*c = (struct pl_account){.name = pl_arena_cstr(p->a, p->words[1]),
				 .is_group = is_group,
				 .fixed_id = -1,
				 .groups = pl_arena_dup(p->a, none, 1, sizeof(none[0]))};
	if (!is_group) {
		c->gecos = pl_arena_cstr(p->a, p->words[2]);
		c->group = "nogroup";
		c->home = "/nonexistent";
		c->shell = "/usr/sbin/nologin";
	}
	for (size_t i = fixed; i < p->n; i++) {
		int rc = account_option(p, c, p->words[i], err);
		if (rc < 0)
			return rc;
	}
	/* Images with base-passwd have its number for the name, so must the others. */
	int64_t id = pl_static_id(c->name, is_group);
	if (id >= 0 ? c->fixed_id != id : c->fixed_id >= 0 && c->fixed_id <= 100)
		return wrong(p, "id= must be base-passwd's for this name, or above 100", err);
	return 0;
}

/* alternative NAME LINK PATH PRIORITY, slave NAME LINK PATH */
static int read_alternative(struct parser *p, struct pl_err *err)
{
	bool slave = pl_str_is(p->words[0], "slave");
	if (p->n != (slave ? 4 : 5))
		return wrong(p, "alternative needs NAME LINK PATH PRIORITY, slave NAME LINK PATH",
			     err);
	struct pl_alternative alt = {.name = pl_arena_cstr(p->a, p->words[1]),
				     .link = pl_arena_cstr(p->a, p->words[2]),
				     .path = pl_arena_cstr(p->a, p->words[3])};
	if (alt.link[0] != '/' || alt.path[0] != '/')
		return wrong(p, "link and path of an alternative must begin with /", err);
	if (slave) {
		if (!p->effects.n || p->effects.v[p->effects.n - 1].kind != PL_RECIPE_ALTERNATIVE)
			return wrong(p, "slave without its alternative", err);
		*pl_vec_push(&p->slaves) = alt;
		struct pl_alternative *master = p->effects.v[p->effects.n - 1].alternative;
		master->slaves = pl_arena_dup(p->a, p->slaves.v, p->slaves.n, sizeof(*p->slaves.v));
		master->n_slaves = p->slaves.n;
		return 0;
	}
	uint64_t priority;
	bool negative = pl_str_starts(p->words[4], "-");
	if (!pl_parse_u64(pl_str_sub(p->words[4], negative, SIZE_MAX), 1 << 30, &priority))
		return wrong(p, "priority must be a number", err);
	alt.priority = negative ? -(int64_t)priority : (int64_t)priority;
	p->slaves.n = 0;
	*pl_vec_push(&p->effects) =
		(struct pl_recipe_effect){.kind = PL_RECIPE_ALTERNATIVE,
					  .line = p->line,
					  .only = p->only,
					  .alternative = pl_arena_dup(p->a, &alt, 1, sizeof(alt))};
	return 0;
}

/* The plain effects: a letter a word. p path, f second path, m mode, o owner:group, t text. */
static const struct {
	const char *name, *words;
	enum pl_recipe_effect_kind kind;
} effect_forms[] = {
	{"dir", "pmo", PL_RECIPE_DIR},         {"own", "pmo", PL_RECIPE_OWN},
	{"text", "pmot", PL_RECIPE_TEXT},      {"copy", "fpmo", PL_RECIPE_COPY},
	{"link", "pt", PL_RECIPE_LINK},        {"rename", "fp", PL_RECIPE_RENAME},
	{"remove", "p", PL_RECIPE_REMOVE},     {"capability", "pt", PL_RECIPE_CAPABILITY},
	{"line", "pt", PL_RECIPE_LINE},        {"tmpfiles", "t", PL_RECIPE_TMPFILES},
	{"generate", "t", PL_RECIPE_GENERATE}, {"nsswitch", "tgwx", PL_RECIPE_NSSWITCH},
};

static int effect_word(struct parser *p, struct pl_recipe_effect *e, char form, struct pl_str w,
		       struct pl_err *err)
{
	switch (form) {
	case 'p':
		return take_path(p, w, &e->path, err);
	case 'f':
		return take_path(p, w, &e->from, err);
	case 'm':
		return take_mode(p, w, &e->mode, err);
	case 'o':
		return take_owner(p, w, e, err);
	case 'g': /* the service that nsswitch adds */
		e->from = w;
		return 0;
	case 'w':
		e->before = pl_str_is(w, "before");
		return e->before || pl_str_is(w, "after") || pl_str_is(w, "last")
			       ? 0
			       : wrong(p, "nsswitch needs before, after or last", err);
	case 'x':
		e->owner = w;
		return 0;
	default:
		e->text = w;
		return 0;
	}
}

static int read_effect(struct parser *p, struct pl_err *err)
{
	struct pl_recipe_effect e = {.line = p->line, .mode = UINT32_MAX, .only = p->only};
	struct pl_str name = p->words[0];
	for (; name.n && (name.p[0] == '?' || name.p[0] == '+'); name = pl_str_sub(name, 1, name.n))
		*(name.p[0] == '?' ? &e.optional : &e.keep) = true;
	for (size_t i = 0; i < PL_COUNT(effect_forms); i++) {
		if (!pl_str_is(name, effect_forms[i].name))
			continue;
		const char *form = effect_forms[i].words;
		if (p->n != strlen(form) + 1)
			return wrong(p, "wrong number of words for this effect", err);
		e.kind = effect_forms[i].kind;
		for (size_t k = 0; form[k]; k++) {
			int rc = effect_word(p, &e, form[k], p->words[k + 1], err);
			if (rc < 0)
				return rc;
		}
		*pl_vec_push(&p->effects) = e;
		return 0;
	}
	return wrong(p, "unknown word", err);
}

/* SCRIPT VERDICT REASON; the digests follow, a line each. */
static int read_script(struct parser *p, struct pl_err *err)
{
	enum pl_verdict v;
	if (p->n != 3 || !pl_verdict_parse(p->words[1], &v) || v == PL_SCRIPT_NONE ||
	    v == PL_SCRIPT_UNKNOWN)
		return wrong(p, "a script needs covered, ignorable or deferred, and a reason", err);
	p->digests.n = 0;
	*pl_vec_push(&p->scripts) =
		(struct pl_recipe_script){.name = p->words[0], .verdict = v, .reason = p->words[2]};
	return 0;
}

static int read_digest(struct parser *p, const struct pl_digest *d, struct pl_err *err)
{
	if (!p->scripts.n)
		return wrong(p, "digest before any script", err);
	if (p->n > 2)
		return wrong(p, "one word behind a digest, and a comment", err);
	if (p->n == 2)
		*pl_vec_push(&p->marks) = (struct pl_recipe_mark){p->words[1], *d};
	*pl_vec_push(&p->digests) = *d;
	struct pl_recipe_script *s = &p->scripts.v[p->scripts.n - 1];
	s->digests = pl_arena_dup(p->a, p->digests.v, p->digests.n, sizeof(*p->digests.v));
	s->n_digests = p->digests.n;
	return 0;
}

/* only MARK | only all: the effects from here on are for scripts with that mark. */
static int read_condition(struct parser *p, struct pl_err *err)
{
	bool known = p->n == 2 && pl_str_is(p->words[1], "all");
	p->only = known || p->n != 2 ? (struct pl_str){NULL, 0} : p->words[1];
	for (size_t i = 0; p->n == 2 && i < p->marks.n; i++)
		known = known || pl_str_eq(p->marks.v[i].name, p->words[1]);
	return known ? 0 : wrong(p, "only needs 'all' or a word behind a digest above", err);
}

static int parse_line(struct parser *p, struct pl_str *package, struct pl_err *err)
{
	static const char *const names[] = {"preinst", "postinst", "config", "triggers"};
	struct pl_str first = p->words[0];
	struct pl_digest d;
	if (pl_str_is(first, "package")) {
		if (p->n != 2 || package->n)
			return wrong(p, "one 'package NAME' a section", err);
		*package = p->words[1];
		return 0;
	}
	if (!package->n)
		return wrong(p, "must begin with 'package NAME'", err);
	if (pl_digest_parse_hex(first, &d))
		return read_digest(p, &d, err);
	for (size_t i = 0; i < PL_COUNT(names); i++) {
		if (pl_str_is(first, names[i]))
			return read_script(p, err);
	}
	if (pl_str_is(first, "only"))
		return read_condition(p, err);
	if (pl_str_is(first, "user") || pl_str_is(first, "group"))
		return read_account(p, err);
	if (pl_str_is(first, "alternative") || pl_str_is(first, "slave"))
		return read_alternative(p, err);
	return read_effect(p, err);
}

static int parse_text(struct parser *p, struct pl_str text, struct pl_str *ret_package,
		      struct pl_err *err)
{
	struct pl_str package = {0};
	while (text.p && text.n) {
		struct pl_str line = pl_str_cut(&text, '\n');
		p->line++;
		int rc = split_words(p, line, err);
		if (rc >= 0 && p->n)
			rc = parse_line(p, &package, err);
		if (rc < 0)
			return rc;
	}
	if (!package.n)
		return wrong(p, "must begin with 'package NAME'", err);
	for (size_t i = 0; i < p->scripts.n; i++) {
		if (!p->scripts.v[i].n_digests)
			return wrong(p, "a script without a digest would never match", err);
	}
	*ret_package = package;
	return 0;
}

int pl_recipe_parse(struct pl_arena *a, struct pl_str text, struct pl_str architecture,
		    const char *what, struct pl_recipe *ret, struct pl_err *err)
{
	struct parser p = {.a = a, .arch = architecture, .what = what};
	struct pl_str package;
	int rc = parse_text(&p, text, &package, err);
	if (rc >= 0)
		*ret = (struct pl_recipe){
			.package = package,
			.n_scripts = p.scripts.n,
			.scripts = pl_arena_dup(a, p.scripts.v, p.scripts.n, sizeof(*p.scripts.v)),
			.n_accounts = p.accounts.n,
			.accounts =
				pl_arena_dup(a, p.accounts.v, p.accounts.n, sizeof(*p.accounts.v)),
			.n_effects = p.effects.n,
			.effects = pl_arena_dup(a, p.effects.v, p.effects.n, sizeof(*p.effects.v)),
			.n_marks = p.marks.n,
			.marks = pl_arena_dup(a, p.marks.v, p.marks.n, sizeof(*p.marks.v)),
		};
	pl_vec_free(&p.scripts);
	pl_vec_free(&p.digests);
	pl_vec_free(&p.accounts);
	pl_vec_free(&p.effects);
	pl_vec_free(&p.slaves);
	pl_vec_free(&p.marks);
	return rc;
}
