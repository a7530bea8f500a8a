// SPDX-License-Identifier: Apache-2.0
#include "base/deb822.h"

#include <strings.h>

/* Field names: printable US-ASCII without colon, not beginning with '#' or '-' (Policy 5.1). */
static bool name_ok(struct pl_str s)
{
	if (s.n == 0 || s.p[0] == '#' || s.p[0] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= 0x20 || s.p[i] >= 0x7f)
			return false;
	return true;
}

static bool is_blank(struct pl_str line) { return pl_str_trim(line).n == 0; }

static bool same_name(struct pl_str a, struct pl_str b)
{
	return a.n == b.n && strncasecmp(a.p, b.p, a.n) == 0;
}

static int add_field(struct pl_deb822 *p, struct pl_str line, const struct pl_deb822_reader *r,
		     struct pl_err *err)
{
	size_t colon = pl_str_find(line, ':');
	struct pl_str name = pl_str_sub(line, 0, colon == SIZE_MAX ? 0 : colon);
	if (!name_ok(name)) {
		char text[80];
		return pl_fail(err, PL_INPUT, "%s:%u: not a control field: '%s'", r->what, r->line,
			       pl_escape(text, sizeof(text), line.p, line.n));
	}
	for (size_t i = 0; i < p->n; i++)
		if (same_name(p->f[i].name, name))
			return pl_fail(err, PL_INPUT, "%s:%u: field %.*s appears twice", r->what,
				       r->line, (int)(name.n > 64 ? 64 : name.n), name.p);
	if (p->n == PL_DEB822_FIELDS)
		return pl_fail(err, PL_LIMIT, "%s:%u: more than %d fields in a paragraph", r->what,
			       r->line, PL_DEB822_FIELDS);
	p->f[p->n++] =
		(struct pl_deb822_field){.name = name,
					 .value = pl_str_trim(pl_str_sub(line, colon + 1, line.n)),
					 .line = r->line};
	return 0;
}

/* Widens the last field's value over a continuation line. */
static void widen(struct pl_deb822 *p, struct pl_str line, bool after_comment)
{
	struct pl_deb822_field *f = &p->f[p->n - 1];
	f->commented |= after_comment && f->value.n;
	const char *from = f->value.n ? f->value.p : line.p;
	f->value = pl_str_trim((struct pl_str){from, (size_t)(line.p + line.n - from)});
}

/* Values widened over comment lines (deb822(5): they may stand anywhere) are copied without them.
 * The first line of a value is never one, whatever it begins with. */
static int drop_comments(const struct pl_deb822_reader *r, struct pl_deb822 *p, struct pl_err *err)
{
	for (size_t i = 0; i < p->n; i++) {
		struct pl_deb822_field *f = &p->f[i];
		if (!f->commented)
			continue;
		if (!r->arena)
			return pl_fail(err, PL_INPUT,
				       "%s:%u: a comment inside a field; put it above the field",
				       r->what, f->line);
		char *to = pl_arena_strn(r->arena, f->value.p, f->value.n);
		size_t n = 0;
		for (struct pl_str rest = f->value; rest.p;) {
			struct pl_str line = pl_str_cut(&rest, '\n');
			if (n && line.n && line.p[0] == '#')
				continue;
			if (n)
				to[n++] = '\n';
			memcpy(to + n, line.p, line.n);
			n += line.n;
		}
		f->value = (struct pl_str){to, n};
	}
	return 1;
}

int pl_deb822_next(struct pl_deb822_reader *r, bool comments, struct pl_deb822 *ret,
		   struct pl_err *err)
{
	bool after_comment = false;
	ret->n = 0;
	ret->text = (struct pl_str){NULL, 0};
	while (r->rest.p && r->rest.n) {
		struct pl_str line = pl_str_cut(&r->rest, '\n');
		r->line++;
		if (line.n && memchr(line.p, 0, line.n))
			return pl_fail(err, PL_INPUT, "%s:%u: a NUL in the text", r->what, r->line);
		if (comments && line.n && line.p[0] == '#') {
			after_comment = true;
			continue;
		}
		if (is_blank(line)) {
			if (ret->n)
				return drop_comments(r, ret, err);
			continue;
		}
		if (line.p[0] == ' ' || line.p[0] == '\t') {
			if (ret->n == 0)
				return pl_fail(err, PL_INPUT,
					       "%s:%u: continuation line without a field", r->what,
					       r->line);
			widen(ret, line, after_comment);
		} else {
			int rc = add_field(ret, line, r, err);
			if (rc < 0)
				return rc;
		}
		after_comment = false;
		if (!ret->text.p)
			ret->text.p = line.p;
		ret->text.n = (size_t)(line.p + line.n - ret->text.p);
	}
	return ret->n ? drop_comments(r, ret, err) : 0;
}

struct pl_str pl_deb822_get(const struct pl_deb822 *p, const char *name)
{
	struct pl_str want = pl_str_of(name);
	for (size_t i = 0; i < p->n; i++)
		if (same_name(p->f[i].name, want))
			return p->f[i].value;
	return (struct pl_str){NULL, 0};
}
