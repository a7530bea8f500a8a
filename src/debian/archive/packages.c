// SPDX-License-Identifier: Apache-2.0
/* Packages files: one pass over some 50 MB that looks at the needed fields only, and keeps these.
 */
#include "debian/archive/index_int.h"

#include "base/num.h"

#include <strings.h>

#define PACKAGES_MAX ((size_t)1 << 20)  /* of one index; Debian has 64,000 */
#define PARAGRAPH_MAX ((size_t)4 << 20) /* bytes; the longest known has some 60 KiB */
#define CHUNK ((size_t)256 << 10)       /* read at once */

bool pl_field_is(struct pl_str name, const char *want)
{
	return name.n == strlen(want) && strncasecmp(name.p, want, name.n) == 0;
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

int pl_stanza_field(struct pl_str *rest, struct pl_str *ret_name, struct pl_str *ret_value)
{
	const char *p = rest->p, *end = rest->p + rest->n;
	if (p == end)
		return 0;
	const char *eol = memchr(p, '\n', (size_t)(end - p));
	if (eol == p || !eol) {
		rest->p = eol ? p + 1 : end;
		rest->n = (size_t)(end - rest->p);
		if (eol)
			return 0;
		eol = end;
	}
	const char *colon = memchr(p, ':', (size_t)(eol - p));
	while (eol < end && eol + 1 < end && is_blank(eol[1])) {
		eol = memchr(eol + 1, '\n', (size_t)(end - eol - 1));
		if (!eol)
			eol = end;
	}
	rest->p = eol < end ? eol + 1 : end;
	rest->n = (size_t)(end - rest->p);
	if (!colon || colon == p || is_blank(*p))
		return -1;
	*ret_name = (struct pl_str){p, (size_t)(colon - p)};
	*ret_value = pl_str_trim((struct pl_str){colon + 1, (size_t)(eol - colon - 1)});
	return 1;
}

bool pl_archive_path_ok(struct pl_str path)
{
	if (path.n == 0 || path.n > 4096)
		return false;
	for (size_t i = 0; i < path.n; i++) {
		char c = path.p[i];
		if (c <= ' ' || c > '~' || c == '\\' || c == '?' || c == '#')
			return false;
	}
	while (path.p) {
		struct pl_str part = pl_str_cut(&path, '/');
		if (part.n == 0 || pl_str_is(part, ".") || pl_str_is(part, ".."))
			return false;
	}
	return true;
}

enum field {
	PACKAGE,
	VERSION,
	ARCHITECTURE,
	FILENAME,
	SIZE,
	SHA256,
	NEEDED, /* those before must be there */
	SOURCE = NEEDED,
	PRIORITY,
	MULTI_ARCH,
	INSTALLED_SIZE,
	ESSENTIAL,
	RELATIONS, /* from here on: kept as text, parsed when the package is looked at */
	PROVIDES = RELATIONS,
	PRE_DEPENDS,
	DEPENDS,
	CONFLICTS,
	BREAKS,
	REPLACES,
	FIELDS
};
static const char *const field_names[FIELDS] = {
	"Package",     "Version",  "Architecture", "Filename",       "Size",      "SHA256",
	"Source",      "Priority", "Multi-Arch",   "Installed-Size", "Essential", "Provides",
	"Pre-Depends", "Depends",  "Conflicts",    "Breaks",         "Replaces",
};

/* By the first letter, so that the many fields that nobody needs cost one comparison. */
static enum field field_of(struct pl_str name)
{
	static const enum field by_letter[26][5] = {
		['A' - 'A'] = {ARCHITECTURE, FIELDS},
		['B' - 'A'] = {BREAKS, FIELDS},
		['C' - 'A'] = {CONFLICTS, FIELDS},
		['D' - 'A'] = {DEPENDS, FIELDS},
		['E' - 'A'] = {ESSENTIAL, FIELDS},
		['F' - 'A'] = {FILENAME, FIELDS},
		['I' - 'A'] = {INSTALLED_SIZE, FIELDS},
		['M' - 'A'] = {MULTI_ARCH, FIELDS},
		['P' - 'A'] = {PACKAGE, PRIORITY, PROVIDES, PRE_DEPENDS, FIELDS},
		['R' - 'A'] = {REPLACES, FIELDS},
		['S' - 'A'] = {SIZE, SHA256, SOURCE, FIELDS},
		['V' - 'A'] = {VERSION, FIELDS},
	};
	unsigned letter = ((unsigned char)name.p[0] & 0xdfu) - 'A';
	/* A row of zeros is one of PACKAGE, which begins with another letter. */
	if (letter >= 26 || by_letter[letter][1] == PACKAGE)
		return FIELDS;
	for (const enum field *f = by_letter[letter]; *f != FIELDS; f++)
		if (pl_field_is(name, field_names[*f]))
			return *f;
	return FIELDS;
}

struct scan {
	struct pl_index *ix;
	struct pl_str text;
	const char *where;
	size_t lines;            /* before text */
	const char *stanza;      /* where the current one begins */
	struct pl_buf relations; /* room for those of one package */
	struct pl_err *err;
};

static size_t lines_of(const char *from, const char *to)
{
	size_t n = 0;
	for (; from < to; from++)
		n += *from == '\n';
	return n;
}

static int bad(const struct scan *s, const struct pl_str *f, const char *why)
{
	char text[80];
	return pl_fail(s->err, PL_INPUT, "%s:%zu: package '%s': %s", s->where,
		       s->lines + lines_of(s->text.p, s->stanza) + 1,
		       pl_escape(text, sizeof(text), f[PACKAGE].p, f[PACKAGE].n), why);
}

static bool word_ok(struct pl_str s, const char *also)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool alnum =
			(c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
		if (!alnum && (i == 0 || !c || !strchr(also, c)))
			return false;
	}
	return s.n > 0 && s.n <= 512;
}

static enum pl_priority priority_of(struct pl_str s)
{
	static const char *const names[] = {"required", "important", "standard", "optional",
					    "extra"};
	for (size_t i = 0; i < PL_COUNT(names); i++)
		if (pl_field_is(s, names[i]))
			return (enum pl_priority)i;
	return PL_PRIO_EXTRA; /* none said, or one of no meaning: last */
}

static bool source_of(const struct pl_str *f, struct pl_package *p)
{
	p->source = p->name;
	p->source_version = p->version;
	return pl_source_parse(f[SOURCE], &p->source, &p->source_version) &&
	       word_ok(p->source, "+-._") && word_ok(p->source_version, "+-._~:");
}

static int fill(const struct scan *s, const struct pl_str *f, struct pl_package *p)
{
	for (unsigned i = 0; i < NEEDED; i++) {
		if (f[i].n)
			continue;
		char why[64];
		snprintf(why, sizeof(why), "the field %s is missing", field_names[i]);
		return bad(s, f, why);
	}
	p->name = f[PACKAGE];
	p->version = f[VERSION];
	p->architecture = f[ARCHITECTURE];
	p->filename = f[FILENAME];
	p->multi_arch = f[MULTI_ARCH];
	p->priority = priority_of(f[PRIORITY]);
	p->essential = pl_field_is(f[ESSENTIAL], "yes");
	if (!word_ok(p->name, "+-._"))
		return bad(s, f, "not a package name");
	struct pl_err why = {0};
	if (!word_ok(p->version, "+-.~:"))
		return bad(s, f, "not a version");
	if (pl_debver_check(p->version, &why) < 0)
		return bad(s, f, why.msg);
	if (!pl_str_is(p->architecture, "all") && !pl_str_is(p->architecture, s->ix->architecture))
		return bad(s, f, "its architecture is not the index's");
	if (!pl_archive_path_ok(p->filename))
		return bad(s, f, "its Filename is not a plain path below the archive");
	if (!pl_parse_u64(f[SIZE], INT64_MAX, &p->size))
		return bad(s, f, "its Size is not a number");
	if (!pl_digest_parse_hex(f[SHA256], &p->sha256))
		return bad(s, f, "its SHA256 is not 64 hexadecimal digits");
	if (f[INSTALLED_SIZE].n && !pl_parse_u64(f[INSTALLED_SIZE], INT64_MAX, &p->installed_kib))
		return bad(s, f, "its Installed-Size is not a number");
	if (!source_of(f, p))
		return bad(s, f, "its Source is not a name, or a name and (version)");
	return 0;
}

/* Of few values, most of them nothing. */
static struct pl_str keep_word(struct pl_arena *a, struct pl_str s)
{
	static const char *const words[] = {"", "same", "foreign", "allowed", "no", "all"};
	for (size_t i = 0; i < PL_COUNT(words); i++)
		if (pl_str_is(s, words[i]))
			return pl_str_of(words[i]);
	return pl_arena_str(a, s);
}

/* The relation fields as one text of their own. */
static void keep_relations(struct scan *s, const struct pl_str *f, struct pl_package *p)
{
	struct pl_buf *b = &s->relations;
	size_t provides = 0;
	pl_buf_clear(b);
	for (unsigned i = RELATIONS; i < FIELDS; i++) {
		if (!f[i].n)
			continue;
		pl_buf_addf(b, "%s: ", field_names[i]);
		if (i == PROVIDES)
			provides = b->n;
		pl_buf_addstr(b, f[i]);
		pl_buf_addc(b, '\n');
	}
	if (!b->n)
		return;
	p->relations_text = pl_arena_str(&s->ix->arena, pl_buf_str(b));
	p->provides_field = pl_str_sub(p->relations_text, provides, f[PROVIDES].n);
}

/* A copy whose texts are the index's. */
static void keep_package(struct scan *s, const struct pl_package *from, const struct pl_str *f)
{
	struct pl_index *ix = s->ix;
	struct pl_arena *a = &ix->arena;
	struct pl_package *p = pl_arena_dup(a, from, 1, sizeof(*from));
	p->name = pl_arena_str(a, p->name);
	p->version = pl_arena_str(a, p->version);
	p->filename = pl_arena_str(a, p->filename);
	p->source = pl_str_eq(p->source, p->name) ? p->name : pl_arena_str(a, p->source);
	p->source_version = pl_str_eq(p->source_version, p->version)
				    ? p->version
				    : pl_arena_str(a, p->source_version);
	p->architecture =
		pl_str_is(p->architecture, "all") ? PL_STR("all") : pl_str_of(ix->architecture);
	p->multi_arch = keep_word(a, p->multi_arch);
	keep_relations(s, f, p);
	*pl_vec_push(&ix->packages) = p;
}

/* One stanza off *rest. */
static int take_stanza(struct scan *s, struct pl_str *rest, unsigned suite)
{
	struct pl_str f[FIELDS] = {0}, name, value;
	int rc;
	s->stanza = rest->p;
	while ((rc = pl_stanza_field(rest, &name, &value)) > 0) {
		enum field which = field_of(name);
		if (which == FIELDS)
			continue;
		if (f[which].p)
			return bad(s, f, "a field appears twice");
		f[which] = value;
	}
	if (rc < 0)
		return bad(s, f, "a line that is no field");
	if (pl_str_trim((struct pl_str){s->stanza, (size_t)(rest->p - s->stanza)}).n == 0)
		return 0;
	if (s->ix->packages.n == PACKAGES_MAX)
		return pl_fail(s->err, PL_LIMIT, "%s: more than %zu packages", s->where,
			       PACKAGES_MAX);
	struct pl_package p = {.suite = suite};
	if ((rc = fill(s, f, &p)) < 0)
		return rc;
	keep_package(s, &p, f);
	return pl_index_charge(s->ix, s->where, s->err);
}

/* Whole paragraphs. */
static int take_stanzas(struct scan *s, struct pl_str text, unsigned suite)
{
	int rc = 0;
	s->text = text;
	for (struct pl_str rest = text; rest.n && rc == 0;)
		rc = take_stanza(s, &rest, suite);
	s->lines += lines_of(text.p, text.p + text.n);
	return rc;
}

/* Up to where the last paragraph that is whole ends. */
static size_t whole_of(const struct pl_buf *b)
{
	size_t n = b->n;
	while (n >= 2 && (b->p[n - 1] != '\n' || b->p[n - 2] != '\n'))
		n--;
	return n < 2 ? 0 : n;
}

static int read_stanzas(struct scan *s, struct pl_source *in, unsigned suite)
{
	PL_AUTO(buf) b = {.max = PARAGRAPH_MAX + 2 * CHUNK};
	for (;;) {
		char *to = pl_buf_room(&b, CHUNK);
		if (!to)
			return pl_fail(s->err, PL_LIMIT,
				       "%s:%zu: a paragraph of more than %zu bytes", s->where,
				       s->lines + 1, PARAGRAPH_MAX);
		int64_t got = pl_source_read(in, to, CHUNK, s->err);
		if (got <= 0)
			return got < 0 ? (int)got : take_stanzas(s, pl_buf_str(&b), suite);
		b.n += (size_t)got;
		size_t n = whole_of(&b);
		int rc = take_stanzas(s, (struct pl_str){b.p, n}, suite);
		if (rc < 0)
			return rc;
		memmove(b.p, b.p + n, b.n - n);
		b.n -= n;
	}
}

int pl_packages_read(struct pl_index *ix, struct pl_source *in, unsigned suite, const char *where,
		     struct pl_err *err)
{
	struct scan s = {.ix = ix, .where = where, .err = err};
	size_t before = ix->packages.n;
	int rc = read_stanzas(&s, in, suite);
	pl_buf_done(&s.relations);
	if (rc < 0)
		ix->packages.n = before;
	return rc;
}

int pl_packages_parse(struct pl_index *ix, struct pl_str text, unsigned suite, const char *where,
		      struct pl_err *err)
{
	PL_AUTO_FREE(source) in = pl_source_mem(text);
	return pl_packages_read(ix, in, suite, where, err);
}
