// SPDX-License-Identifier: Apache-2.0
/* Names of the archive that somebody may have meant: a typing error, or a part of the name, for
 * Debian's names carry versions and kinds ("openjdk-17-jre", "libssl3", "python3-requests"). */
#include "debian/archive/index_int.h"

#define NEAR_MAX 4
#define FAR 40  /* from this cost on a name is not near */
#define WORSE 8 /* than the nearest by more than this, neither */

/* A typing error costs 10, what is left out 1 a byte after its kind's own cost. */
static unsigned with_rest(unsigned kind, size_t rest)
{
	return kind + (rest < 20 ? (unsigned)rest : 20);
}

/* name with something put in at a '-': "openjdk-jre" of "openjdk-17-jre". */
static bool put_in(struct pl_str name, struct pl_str full)
{
	size_t same = 0, tail = 0;
	while (same < name.n && same < full.n && name.p[same] == full.p[same])
		same++;
	while (tail < name.n && tail < full.n &&
	       name.p[name.n - 1 - tail] == full.p[full.n - 1 - tail])
		tail++;
	if (same + tail < name.n)
		return false;
	for (size_t i = name.n - tail; i <= same && i < name.n; i++)
		if (i > 0 && (name.p[i] == '-' || name.p[i - 1] == '-'))
			return true;
	return false;
}

static unsigned cost(struct pl_str name, struct pl_str full)
{
	size_t rest = full.n > name.n ? full.n - name.n : 0;
	unsigned allowed = name.n < 4 ? 1 : name.n < 8 ? 2 : 3;
	unsigned edits = pl_str_distance(name, full), best = FAR;
	if (edits <= allowed)
		best = 10 * edits;
	if (rest && name.n >= 4) {
		unsigned begins = pl_str_prefix_distance(name, full);
		/* "python3.11" is of the same kind, "python3-pip" another thing. */
		unsigned c = with_rest(10 * begins + (full.p[name.n] == '-' ? 8 : 5), rest);
		if (begins <= 1 && c < best)
			best = c;
	}
	if (rest && name.n >= 3) {
		struct pl_str end = pl_str_sub(full, rest, name.n);
		bool is_part = full.p[rest - 1] == '-' || (rest == 3 && pl_str_starts(full, "lib"));
		unsigned c = put_in(name, full)                ? with_rest(8, rest)
			     : is_part && pl_str_eq(end, name) ? with_rest(12, rest)
							       : FAR;
		if (c < best)
			best = c;
	}
	bool for_others = pl_str_ends(full, "-dbgsym") || pl_str_ends(full, "-dbg") ||
			  pl_str_ends(full, "-doc");
	return for_others ? best + 15 : best;
}

struct near_name {
	struct pl_str name;
	unsigned cost;
};

static bool is_nearer(const struct near_name *a, const struct near_name *b)
{
	return a->cost != b->cost ? a->cost < b->cost : pl_str_cmp(a->name, b->name) < 0;
}

void pl_index_near(const struct pl_index *ix, struct pl_str name, struct pl_buf *ret)
{
	struct near_name v[NEAR_MAX + 1];
	size_t n = 0;
	for (size_t i = 0; i < ix->by_name.n; i++) {
		struct near_name one = {ix->by_name.items[i].key,
					cost(name, ix->by_name.items[i].key)};
		if (one.cost >= FAR)
			continue;
		size_t at = n;
		for (; at && is_nearer(&one, &v[at - 1]); at--)
			v[at] = v[at - 1];
		v[at] = one;
		n += n < NEAR_MAX;
	}
	for (size_t i = 0; i < n && v[i].cost <= v[0].cost + WORSE; i++)
		pl_buf_addf(ret, "%s" PL_STR_FMT, i ? ", " : "", PL_STR_ARG(v[i].name));
}
