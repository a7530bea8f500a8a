// SPDX-License-Identifier: Apache-2.0
/* Relation fields (Policy 7.1): groups between commas, alternatives between bars. */
#include "debian/deb/deps.h"

#define FIELD_MAX ((size_t)1 << 20) /* bytes of one field: the longest known has some 20 KiB */

struct relation_field {
	struct pl_str text;
	const char *where;
	struct pl_err *err;
};

static int bad(const struct relation_field *f, struct pl_str item, const char *why)
{
	char text[120];
	return pl_fail(f->err, PL_INPUT, "%s: relation '%s': %s", f->where,
		       pl_escape(text, sizeof(text), item.p, item.n), why);
}

static bool name_ok(struct pl_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool alnum =
			(c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
		if (!alnum && (i == 0 || !c || !strchr("+-._", c)))
			return false;
	}
	return s.n > 0;
}

static bool blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* "(>= 1.0)", whole. */
static int parse_version(const struct relation_field *f, struct pl_str item, struct pl_str s,
			 struct pl_dep *d)
{
	if (s.p[0] == '[' || s.p[0] == '<')
		return bad(f, item,
			   "architecture lists and build profiles belong in source packages");
	if (s.p[0] != '(' || s.p[s.n - 1] != ')')
		return bad(f, item, "expected '(' a relation and a version ')' after the name");
	s = pl_str_trim(pl_str_sub(s, 1, s.n - 2));
	size_t n = 0;
	while (n < s.n && strchr("<>=", s.p[n]) && s.p[n])
		n++;
	/* Without an operator "(1.0)" meant "=" once; dpkg still reads it so. */
	d->rel = PL_REL_EQ;
	if (n && !pl_debrel_parse(pl_str_sub(s, 0, n), &d->rel))
		return bad(f, item, "the relation is not one of << <= = >= >>");
	d->version = pl_str_trim(pl_str_sub(s, n, s.n));
	if (d->version.n == 0)
		return bad(f, item, "the version is missing");
	for (size_t i = 0; i < d->version.n; i++)
		if (d->version.p[i] <= ' ' || d->version.p[i] > '~' || d->version.p[i] == ')')
			return bad(f, item, "the version holds a byte that no version may hold");
	return 0;
}

static int parse_item(const struct relation_field *f, struct pl_str item, struct pl_dep *d)
{
	item = pl_str_trim(item);
	size_t n = 0;
	while (n < item.n && !blank(item.p[n]) && !strchr("([<", item.p[n]))
		n++;
	struct pl_str rest = pl_str_trim(pl_str_sub(item, n, item.n));
	struct pl_str arch = pl_str_sub(item, 0, n);
	d->name = pl_str_cut(&arch, ':');
	if (!name_ok(d->name))
		return bad(f, item, "not a package name");
	if (arch.p) {
		if (!name_ok(arch))
			return bad(f, item, "not an architecture after ':'");
		d->any = pl_str_is(arch, "any");
		if (!d->any)
			d->arch = arch;
	}
	return rest.n ? parse_version(f, item, rest, d) : 0;
}

static size_t count(struct pl_str s, char c)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == c;
	return n;
}

int pl_deps_parse(struct pl_arena *a, struct pl_str field, const char *where, struct pl_deps *ret,
		  struct pl_err *err)
{
	struct relation_field f = {field, where, err};
	if (field.n > FIELD_MAX)
		return pl_fail(err, PL_LIMIT, "%s: a relation field of more than 1 MiB", where);
	struct pl_deps deps = {0};
	if (pl_str_trim(field).n == 0) {
		*ret = deps;
		return 0;
	}
	size_t groups = count(field, ',') + 1;
	struct pl_dep *next = pl_arena_array(a, struct pl_dep, groups + count(field, '|'));
	deps.v = pl_arena_array(a, struct pl_depgroup, groups);
	for (struct pl_str rest = field; rest.p;) {
		struct pl_str group = pl_str_trim(pl_str_cut(&rest, ','));
		if (group.n == 0) /* a trailing comma, as dpkg lets pass */
			continue;
		struct pl_depgroup *g = &deps.v[deps.n++];
		g->alt = next;
		while (group.p) {
			int rc = parse_item(&f, pl_str_cut(&group, '|'), next++);
			if (rc < 0)
				return rc;
			g->n++;
		}
	}
	*ret = deps;
	return 0;
}

bool pl_source_parse(struct pl_str field, struct pl_str *io_source, struct pl_str *io_version)
{
	if (field.n == 0)
		return true;
	struct pl_str source = pl_str_trim(pl_str_cut(&field, '('));
	if (field.p && !pl_str_ends(field, ")"))
		return false;
	*io_source = source;
	if (field.p)
		*io_version = pl_str_trim(pl_str_sub(field, 0, field.n - 1));
	return true;
}
