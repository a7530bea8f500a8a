// SPDX-License-Identifier: Apache-2.0
/* Packages files: one pass over some 50 MB that looks at the needed fields only. */
#include "debian/archive/index_int.h"

#include "base/num.h"

#include <strings.h>

#define PACKAGES_MAX ((size_t)1 << 20) /* of one index; Debian has 64,000 */

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
	SECTION,
	PRIORITY,
	MULTI_ARCH,
	INSTALLED_SIZE,
	ESSENTIAL,
	PROVIDES,
	FIELDS
};
static const char *const field_names[FIELDS] = {
	"Package", "Version",  "Architecture", "Filename",       "Size",      "SHA256",   "Source",
	"Section", "Priority", "Multi-Arch",   "Installed-Size", "Essential", "Provides",
};

/* By the first letter, so that the many fields that nobody needs cost one comparison. */
static enum field field_of(struct pl_str name)
{
	static const enum field by_letter[26][5] = {
		['A' - 'A'] = {ARCHITECTURE, FIELDS},
		['E' - 'A'] = {ESSENTIAL, FIELDS},
		['F' - 'A'] = {FILENAME, FIELDS},
		['I' - 'A'] = {INSTALLED_SIZE, FIELDS},
		['M' - 'A'] = {MULTI_ARCH, FIELDS},
		['P' - 'A'] = {PACKAGE, PRIORITY, PROVIDES, FIELDS},
		['S' - 'A'] = {SIZE, SHA256, SOURCE, SECTION, FIELDS},
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
	const char *stanza; /* where the current one begins */
	struct pl_err *err;
};

static int bad(const struct scan *s, const struct pl_str *f, const char *why)
{
	unsigned line = 1;
	for (const char *p = s->text.p; p < s->stanza; p++)
		line += *p == '\n';
	char text[80];
	return pl_fail(s->err, PL_INPUT, "%s:%u: package '%s': %s", s->where, line,
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
	p->section = f[SECTION];
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

static struct pl_package *add_package(struct pl_index *ix)
{
	ix->packages = pl_vec_grow_impl(ix->packages, ix->n_packages, &ix->cap_packages,
					sizeof(*ix->packages));
	struct pl_package *p = &ix->packages[ix->n_packages++];
	memset(p, 0, sizeof(*p));
	return p;
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
	struct pl_str stanza =
		pl_str_trim((struct pl_str){s->stanza, (size_t)(rest->p - s->stanza)});
	if (stanza.n == 0)
		return 0;
	if (s->ix->n_packages == PACKAGES_MAX)
		return pl_fail(s->err, PL_LIMIT, "%s: more than %zu packages", s->where,
			       PACKAGES_MAX);
	struct pl_package p = {.stanza = stanza, .suite = suite};
	if ((rc = fill(s, f, &p)) < 0)
		return rc;
	p.provides_field = f[PROVIDES];
	*add_package(s->ix) = p;
	return 0;
}

int pl_packages_parse(struct pl_index *ix, struct pl_str text, unsigned suite, const char *where,
		      struct pl_err *err)
{
	struct scan s = {.ix = ix, .text = text, .where = where, .err = err};
	size_t before = ix->n_packages;
	for (struct pl_str rest = text; rest.n;) {
		int rc = take_stanza(&s, &rest, suite);
		if (rc < 0) {
			ix->n_packages = before;
			return rc;
		}
	}
	return 0;
}
