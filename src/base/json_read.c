// SPDX-License-Identifier: Apache-2.0
#include "base/json_read.h"

#include "base/names.h"

/* What each form says of a member. */
static const struct {
	const char *absent, *number, *digest;
} words[] = {
	[PL_JR_PATH] = {NULL, "must be a whole number of at least 0, and not too large",
			"must be \"sha256:\" and 64 lower-case hexadecimal digits"},
	[PL_JR_QUOTED] = {"is missing", "must be a whole number of at least 0",
			  "must be sha256: and 64 lower-case hex digits"},
};

struct pl_jr pl_jr_root(struct pl_jr_doc *doc, const struct pl_jval *value)
{
	return (struct pl_jr){.doc = doc, .key = "", .value = value};
}

struct pl_jr pl_jr_member(const struct pl_jr *r, const char *key)
{
	return (struct pl_jr){
		.doc = r->doc, .parent = r, .key = key, .value = pl_json_get(r->value, key)};
}

struct pl_jr pl_jr_item(const struct pl_jr *r, size_t i)
{
	return (struct pl_jr){
		.doc = r->doc, .parent = r, .index = i, .value = pl_json_at(r->value, i)};
}

struct pl_jr pl_jr_inner(const struct pl_jr *r, const char *key)
{
	struct pl_jr inner = *r;
	inner.value = pl_json_get(r->value, key);
	return inner;
}

bool pl_jr_ok(const struct pl_jr *r) { return r->doc->rc == 0; }

/* The way to a value, as far as it fits; its length. */
static size_t format_way(const struct pl_jr *r, char *out, size_t max)
{
	int n;
	if (!r->parent) {
		out[0] = '\0';
		return 0;
	}
	size_t at = format_way(r->parent, out, max);
	if (r->key)
		n = snprintf(out + at, max - at, "%s%s", at ? "." : "", r->key);
	else
		n = snprintf(out + at, max - at, "[%zu]", r->index);
	return n > 0 && (size_t)n < max - at ? at + (size_t)n : max - 1;
}

void pl_jr_fail(const struct pl_jr *r, const char *key, const char *fmt, ...)
{
	char way[300], why[400];
	va_list ap;
	if (!pl_jr_ok(r))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	bool inner = format_way(r, way, sizeof(way)) > 0;
	const char *quote = r->doc->form == PL_JR_QUOTED && *key ? "'" : "";
	const char *join = !inner ? "" : r->doc->form == PL_JR_QUOTED ? ": " : *key ? "." : "";
	const char *end = r->doc->form == PL_JR_PATH && (inner || *key) ? ": " : *key ? " " : "";
	r->doc->rc = pl_fail(r->doc->err, PL_INPUT, "%s: %s%s%s%s%s%s%s", r->doc->what, way, join,
			     quote, key, quote, end, why);
}

static void refuse_unknown(const struct pl_jr *r, struct pl_str key, const char *const *names,
			   size_t n)
{
	const char *near = r->doc->form == PL_JR_QUOTED ? pl_nearest(key, names, n) : NULL;
	if (r->doc->form == PL_JR_PATH)
		pl_jr_fail(r, PL_SHOWN(key), "unknown key");
	else if (near)
		pl_jr_fail(r, "", "unknown member '%s'; did you mean '%s'?", PL_SHOWN(key), near);
	else
		pl_jr_fail(r, "", "unknown member '%s'", PL_SHOWN(key));
}

void pl_jr_known(const struct pl_jr *r, const char *const *names, size_t n)
{
	struct pl_str key;
	const struct pl_jval *v;
	if (pl_json_kind(r->value) != PL_JOBJECT)
		pl_jr_fail(r, "", "must be an object");
	for (void *it = NULL; pl_jr_ok(r) && pl_json_next(r->value, &it, &key, &v);) {
		size_t i = 0;
		while (i < n && !pl_str_is(key, names[i]))
			i++;
		if (i == n)
			refuse_unknown(r, key, names, n);
	}
}

/* The next character as encoding/json of Go folds it: ASCII, and the two letters of Unicode that
 * fold to an ASCII one (long s, Kelvin sign). */
static char next_folded(const char **p)
{
	unsigned char c = (unsigned char)*(*p)++;
	if (c == 0xc5 && (unsigned char)**p == 0xbf)
		return (*p)++, 's';
	if (c == 0xe2 && (unsigned char)(*p)[0] == 0x84 && (unsigned char)(*p)[1] == 0xaa)
		return *p += 2, 'k';
	return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

/* Both NUL-terminated, as the parser's keys are. */
static bool same_but_case(const char *a, const char *b)
{
	char x, y;
	do {
		x = next_folded(&a);
		y = next_folded(&b);
	} while (x == y && x);
	return x == y;
}

void pl_jr_exact(const struct pl_jr *r, const char *const *names, size_t n)
{
	struct pl_str key;
	const struct pl_jval *v;
	if (pl_json_kind(r->value) != PL_JOBJECT)
		return;
	for (void *it = NULL; pl_jr_ok(r) && pl_json_next(r->value, &it, &key, &v);)
		for (size_t i = 0; i < n; i++)
			if (!pl_str_is(key, names[i]) && same_but_case(key.p, names[i])) {
				pl_jr_fail(r, PL_SHOWN(key),
					   "differs from '%s' only in case: some programs "
					   "would read it in its place; refused",
					   names[i]);
				break;
			}
}

/* The member, unless it is absent or something failed before. */
static const struct pl_jval *present(const struct pl_jr *r, const char *key)
{
	const struct pl_jval *v = pl_jr_ok(r) ? pl_json_get(r->value, key) : NULL;
	return r->doc->form == PL_JR_QUOTED && pl_json_kind(v) == PL_JNULL ? NULL : v;
}

/* The same, and that it is absent is an error. must: what it is for the form that knows no absence.
 */
static const struct pl_jval *required(const struct pl_jr *r, const char *key, const char *must)
{
	const struct pl_jval *v = present(r, key);
	const char *absent = words[r->doc->form].absent;
	if (!v)
		pl_jr_fail(r, key, "%s", absent ? absent : must);
	return v;
}

static void keep_text(const struct pl_jr *r, const char *key, const struct pl_jval *v,
		      bool (*check)(struct pl_str), const char **ret)
{
	struct pl_str s = pl_json_str(v);
	if (!v)
		return;
	if (!s.p)
		pl_jr_fail(r, key, "must be a string");
	else if (check && !check(s))
		pl_jr_fail(r, key, "is not a value for this key");
	else
		*ret = pl_arena_cstr(r->doc->arena, s);
}

void pl_jr_text(const struct pl_jr *r, const char *key, bool (*check)(struct pl_str),
		const char **ret)
{
	keep_text(r, key, required(r, key, "must be a string"), check, ret);
}

void pl_jr_text_if(const struct pl_jr *r, const char *key, bool (*check)(struct pl_str),
		   const char **ret)
{
	keep_text(r, key, present(r, key), check, ret);
}

static void keep_u64(const struct pl_jr *r, const char *key, const struct pl_jval *v, uint64_t max,
		     uint64_t *ret)
{
	uint64_t n;
	if (!v)
		return;
	if (pl_json_u64(v, &n) && n <= max)
		*ret = n;
	else
		pl_jr_fail(r, key, "%s", words[r->doc->form].number);
}

void pl_jr_u64(const struct pl_jr *r, const char *key, uint64_t max, uint64_t *ret)
{
	keep_u64(r, key, required(r, key, words[r->doc->form].number), max, ret);
}

void pl_jr_u64_if(const struct pl_jr *r, const char *key, uint64_t max, uint64_t *ret)
{
	keep_u64(r, key, present(r, key), max, ret);
}

static bool keep_digest(const struct pl_jr *r, const char *key, const struct pl_jval *v,
			struct pl_digest *ret)
{
	if (!v)
		return false;
	if (r->doc->form == PL_JR_QUOTED && pl_json_kind(v) != PL_JSTR)
		pl_jr_fail(r, key, "must be a string");
	else if (!pl_digest_parse(pl_json_str(v), ret))
		pl_jr_fail(r, key, "%s", words[r->doc->form].digest);
	return pl_jr_ok(r);
}

void pl_jr_digest(const struct pl_jr *r, const char *key, struct pl_digest *ret)
{
	keep_digest(r, key, required(r, key, words[r->doc->form].digest), ret);
}

bool pl_jr_digest_if(const struct pl_jr *r, const char *key, struct pl_digest *ret)
{
	return keep_digest(r, key, present(r, key), ret);
}

static size_t open_array(const struct pl_jr *r, const char *key, const struct pl_jval *v,
			 struct pl_jr *ret)
{
	*ret = pl_jr_member(r, key);
	if (v && pl_json_kind(v) != PL_JARRAY)
		pl_jr_fail(r, key, "must be an array");
	return v && pl_jr_ok(r) ? pl_json_len(v) : 0;
}

size_t pl_jr_array(const struct pl_jr *r, const char *key, struct pl_jr *ret)
{
	return open_array(r, key, required(r, key, "must be an array"), ret);
}

size_t pl_jr_array_if(const struct pl_jr *r, const char *key, struct pl_jr *ret)
{
	return open_array(r, key, present(r, key), ret);
}
