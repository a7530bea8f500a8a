// SPDX-License-Identifier: Apache-2.0
#include "version/debian.h"

#include "base/num.h"

/* [epoch:]upstream[-revision], deb-version(7): the epoch ends at the first colon, the revision
 * begins after the last hyphen. */
struct parts {
	struct pl_str epoch, upstream, revision;
};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

static bool all_digits(struct pl_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_digit(s.p[i]))
			return false;
	return s.n > 0;
}

/* What is not an epoch in digits stays part of the upstream version, so that any bytes order. */
static struct parts split(struct pl_str v)
{
	struct parts p = {.upstream = v, .epoch = {"", 0}, .revision = {"", 0}};
	size_t colon = pl_str_find(v, ':');
	if (colon != SIZE_MAX && all_digits(pl_str_sub(v, 0, colon))) {
		p.epoch = pl_str_sub(v, 0, colon);
		p.upstream = pl_str_sub(v, colon + 1, v.n);
	}
	size_t hyphen = pl_str_rfind(p.upstream, '-');
	if (hyphen != SIZE_MAX) {
		p.revision = pl_str_sub(p.upstream, hyphen + 1, v.n);
		p.upstream = pl_str_sub(p.upstream, 0, hyphen);
	}
	return p;
}

/* '~' sorts before the end of the part, the end (and a digit, which ends a run of non-digits)
 * before letters, letters before all else. */
static int weight(struct pl_str s, size_t i)
{
	if (i >= s.n || is_digit(s.p[i]))
		return 0;
	if (s.p[i] == '~')
		return -1;
	int c = (unsigned char)s.p[i];
	return is_alpha(s.p[i]) ? c : c + 256;
}

static size_t skip_zeros(struct pl_str s, size_t i)
{
	while (i < s.n && s.p[i] == '0')
		i++;
	return i;
}

static size_t run_of_digits(struct pl_str s, size_t i)
{
	size_t from = i;
	while (i < s.n && is_digit(s.p[i]))
		i++;
	return i - from;
}

/* Alternating runs of non-digits, by weight, and of digits, by value: of any length, so there is
 * no number to overflow. */
static int part_cmp(struct pl_str a, struct pl_str b)
{
	size_t i = 0, j = 0;
	while (i < a.n || j < b.n) {
		while ((i < a.n && !is_digit(a.p[i])) || (j < b.n && !is_digit(b.p[j]))) {
			int x = weight(a, i), y = weight(b, j);
			if (x != y)
				return x < y ? -1 : 1;
			i++, j++;
		}
		i = skip_zeros(a, i);
		j = skip_zeros(b, j);
		size_t m = run_of_digits(a, i), n = run_of_digits(b, j);
		if (m != n)
			return m < n ? -1 : 1;
		int c = m ? memcmp(a.p + i, b.p + j, m) : 0;
		if (c)
			return c < 0 ? -1 : 1;
		i += m, j += n;
	}
	return 0;
}

int pl_debver_cmp(struct pl_str a, struct pl_str b)
{
	struct parts x = split(a), y = split(b);
	int c = part_cmp(x.epoch, y.epoch);
	if (c == 0)
		c = part_cmp(x.upstream, y.upstream);
	return c ? c : part_cmp(x.revision, y.revision);
}

static bool only(struct pl_str s, const char *extra)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_digit(s.p[i]) && !is_alpha(s.p[i]) && (!s.p[i] || !strchr(extra, s.p[i])))
			return false;
	return true;
}

static int bad(struct pl_str v, const char *why, struct pl_err *err)
{
	char text[128];
	return pl_fail(err, PL_INPUT, "'%s' is not a Debian version: %s",
		       pl_escape(text, sizeof(text), v.p, v.n), why);
}

int pl_debver_check(struct pl_str v, struct pl_err *err)
{
	struct parts p = split(v);
	uint64_t epoch;
	size_t colon = pl_str_find(v, ':');
	if (v.n == 0)
		return bad(v, "it is empty", err);
	if (colon != SIZE_MAX && p.epoch.n == 0)
		return bad(v, "the epoch (before ':') is not a number", err);
	if (p.epoch.n && !pl_parse_u64(p.epoch, INT32_MAX, &epoch))
		return bad(v, "the epoch is too large", err);
	if (p.upstream.n == 0)
		return bad(v, "there is nothing between the epoch and the revision", err);
	if (!is_digit(p.upstream.p[0]))
		return bad(v, "it does not begin with a digit", err);
	if (!only(p.upstream, p.epoch.n ? ".+-~:" : ".+-~"))
		return bad(v, "only letters, digits and . + - ~ may stand in it", err);
	if (p.upstream.p + p.upstream.n < v.p + v.n && p.revision.n == 0)
		return bad(v, "the revision (after the last '-') is empty", err);
	if (!only(p.revision, ".+~"))
		return bad(v, "only letters, digits and . + ~ may stand in the revision", err);
	return 0;
}

bool pl_debrel_parse(struct pl_str op, enum pl_debrel *ret)
{
	static const struct {
		const char *op;
		enum pl_debrel rel;
	} table[] = {
		{"<<", PL_REL_LT}, {"<=", PL_REL_LE}, {"=", PL_REL_EQ}, {">=", PL_REL_GE},
		{">>", PL_REL_GT}, {"<", PL_REL_LE},  {">", PL_REL_GE},
	};
	for (size_t i = 0; i < PL_COUNT(table); i++) {
		if (pl_str_is(op, table[i].op)) {
			*ret = table[i].rel;
			return true;
		}
	}
	return false;
}

bool pl_debver_meets(struct pl_str version, enum pl_debrel rel, struct pl_str than)
{
	if (rel == PL_REL_NONE)
		return true;
	int c = pl_debver_cmp(version, than);
	switch (rel) {
	case PL_REL_LT:
		return c < 0;
	case PL_REL_LE:
		return c <= 0;
	case PL_REL_EQ:
		return c == 0;
	case PL_REL_GE:
		return c >= 0;
	case PL_REL_GT:
		return c > 0;
	case PL_REL_NONE:
		break;
	}
	return true;
}
