// SPDX-License-Identifier: Apache-2.0
/*
 * What a dead end taught: "this package cannot be chosen beside those". It holds wherever it comes
 * up again, because it follows from relations alone: a chosen package's groups must be met, by
 * candidates only, and conflicts are between pairs. Without it a ladder of or-groups whose last
 * rung conflicts with the first would be climbed in all 2^n ways.
 */
#include "debian/resolve/resolve_int.h"

#define NOGOODS_MAX 20000

struct nogood {
	const struct pl_package *pkg;
	struct nogood *next;
	size_t n;
	const struct pl_package *beside[PL_NOGOOD_LEVELS];
};

static const struct pl_package *at_level(const struct pl_resolver *r, size_t level)
{
	/* A decision's option is the choice that was next when it was opened. */
	return r->chosen.v[r->decisions.v[level - 1].chosen].pkg;
}

void pl_nogood_learn(struct pl_resolver *r, const struct pl_package *p, const uint64_t *culprits,
		     size_t below)
{
	if (r->n_nogoods == NOGOODS_MAX)
		return;
	struct nogood *g = pl_arena_new(&r->scratch, struct nogood);
	g->pkg = p;
	for (size_t level = 1; level < below; level++) {
		if (!(culprits[level / 64] >> level % 64 & 1))
			continue;
		if (g->n == PL_NOGOOD_LEVELS)
			return;
		g->beside[g->n++] = at_level(r, level);
	}
	void **slot = pl_map_slot(&r->nogoods, p->name);
	g->next = *slot;
	*slot = g;
	r->n_nogoods++;
}

bool pl_nogood_applies(const struct pl_resolver *r, const struct pl_package *p,
		       size_t ret_levels[PL_NOGOOD_LEVELS], size_t *ret_n)
{
	for (const struct nogood *g = pl_map_get(&r->nogoods, p->name); g; g = g->next) {
		size_t n = 0;
		++*r->work;
		if (g->pkg != p)
			continue;
		for (; n < g->n; n++) {
			size_t c = pl_resolver_chosen(r, g->beside[n]->name);
			if (c == PL_NO_CHOICE || r->chosen.v[c].pkg != g->beside[n])
				break;
			ret_levels[n] = r->chosen.v[c].level;
		}
		*r->work += 4 * (n + 1); /* lookups by name */
		if (n == g->n) {
			*ret_n = n;
			return true;
		}
	}
	return false;
}
