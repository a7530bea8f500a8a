// SPDX-License-Identifier: Apache-2.0
/*
 * A depth-first walk by apt's rule (see resolve_match.c for the order), as a search: every choice
 * is a decision that can be taken back. A dead end goes back to the latest decision that had a part
 * in it, not merely to the last one (conflict-directed backjumping, Prosser 1993), and is
 * remembered (resolve_nogood.c), so an unsolvable request ends at once in practice, and within
 * PL_RESOLVE_STEPS and PL_RESOLVE_WORK in any case.
 */
#include "debian/resolve/resolve_int.h"

#include <assert.h>

static void resolver_done(struct pl_resolver *r)
{
	struct pl_map *maps[] = {&r->provided, &r->refused};
	for (size_t m = 0; m < PL_COUNT(maps); m++) {
		for (size_t i = 0; i < maps[m]->n; i++) {
			struct pl_links *l = maps[m]->items[i].value;
			free(l->v);
			free(l);
		}
		pl_map_done(maps[m]);
	}
	for (size_t i = 0; i < r->decisions.n; i++)
		free(r->decisions.v[i].culprits);
	pl_vec_free(&r->decisions);
	pl_vec_free(&r->chosen);
	pl_map_done(&r->by_name);
	pl_map_done(&r->nogoods);
	pl_arena_done(&r->scratch);
	free(r->first_dead_end);
	free(r->last_dead_end);
}

static void link_names(struct pl_map *m, const struct pl_deps *deps, size_t choice, bool breaks)
{
	for (size_t i = 0; i < deps->n; i++) {
		const struct pl_dep *d = &deps->v[i].alt[0];
		void **slot = pl_map_slot(m, d->name);
		if (!*slot)
			*slot = pl_xcalloc(1, sizeof(struct pl_links));
		*pl_vec_push((struct pl_links *)*slot) = (struct pl_link){choice, d, breaks};
	}
}

/* The last choice's links are the last of each list. */
static void unlink_names(struct pl_map *m, const struct pl_deps *deps, size_t choice)
{
	for (size_t i = 0; i < deps->n; i++) {
		struct pl_links *l = pl_map_get(m, deps->v[i].alt[0].name);
		while (l->n && l->v[l->n - 1].choice == choice)
			l->n--;
	}
}

/* p's relations are parsed. */
static void choose(struct pl_resolver *r, struct pl_package *p, size_t owner,
		   const struct pl_depgroup *group, size_t level)
{
	size_t c = r->chosen.n;
	*pl_vec_push(&r->chosen) = (struct pl_chosen){p, owner, group, level};
	pl_map_put(&r->by_name, p->name, (void *)(uintptr_t)(c + 1));
	link_names(&r->provided, &p->provides, c, false);
	link_names(&r->refused, &p->conflicts, c, false);
	link_names(&r->refused, &p->breaks, c, true);
}

static void unchoose_to(struct pl_resolver *r, size_t n)
{
	while (r->chosen.n > n) {
		size_t c = r->chosen.n - 1;
		struct pl_package *p = r->chosen.v[c].pkg;
		unlink_names(&r->provided, &p->provides, c);
		unlink_names(&r->refused, &p->conflicts, c);
		unlink_names(&r->refused, &p->breaks, c);
		pl_map_put(&r->by_name, p->name, NULL);
		r->chosen.n--;
	}
}

static const struct pl_depgroup *group_at(const struct pl_package *p, size_t i)
{
	if (i < p->pre_depends.n)
		return &p->pre_depends.v[i];
	i -= p->pre_depends.n;
	return i < p->depends.n ? &p->depends.v[i] : NULL;
}

static const struct pl_agenda *agenda_new(struct pl_resolver *r, size_t choice,
					  const struct pl_agenda *next, size_t next_group)
{
	struct pl_agenda *a = pl_arena_new(&r->scratch, struct pl_agenda);
	*a = (struct pl_agenda){choice, next, next_group};
	return a;
}

/* apt marks all that was asked for before it looks at the first dependency. */
static const struct pl_agenda *agenda_of_roots(struct pl_resolver *r)
{
	const struct pl_agenda *a = NULL;
	for (size_t i = r->chosen.n; i > 0; i--)
		if (r->chosen.v[i - 1].level > 0)
			a = agenda_new(r, i - 1, a, 0);
	return a;
}

/* Moves over all that is met. False at the end of everything. */
static bool advance(struct pl_resolver *r, const struct pl_agenda **a, size_t *group)
{
	while (*a && !pl_resolver_is_spent(r)) {
		if ((*a)->choice == PL_NO_CHOICE) {
			while (*group < r->n_roots && pl_root_met(r, &r->roots[*group]))
				++*group;
			if (*group < r->n_roots)
				return true;
			*a = agenda_of_roots(r);
			*group = 0;
			continue;
		}
		const struct pl_depgroup *g;
		while ((g = group_at(r->chosen.v[(*a)->choice].pkg, *group)) &&
		       !pl_resolver_is_spent(r) && pl_group_met(r, g))
			++*group;
		if (g)
			return true;
		*group = (*a)->next_group;
		*a = (*a)->next;
	}
	return *a != NULL;
}

static void blame(struct pl_decision *d, size_t level)
{
	if (level)
		d->culprits[level / 64] |= UINT64_C(1) << level % 64;
}

static int open_decision(struct pl_resolver *r, const struct pl_agenda *a, size_t group)
{
	size_t level = r->n_decisions + 1;
	if (r->n_decisions == r->decisions.n)
		pl_vec_push(&r->decisions)->culprits = pl_xcalloc(level / 64 + 1, sizeof(uint64_t));
	struct pl_decision *d = &r->decisions.v[r->n_decisions++];
	uint64_t *culprits = d->culprits;
	memset(culprits, 0, (level / 64 + 1) * sizeof(*culprits));
	*d = (struct pl_decision){
		.agenda = a, .group = group, .chosen = r->chosen.n, .culprits = culprits};
	if (a->choice == PL_NO_CHOICE)
		return pl_root_options(r, &r->roots[group], &d->options, &d->n_options);
	const struct pl_chosen *owner = &r->chosen.v[a->choice];
	blame(d, owner->level);
	pl_group_options(r, group_at(owner->pkg, group), &d->options, &d->n_options);
	return 0;
}

/* 1: an option was taken; 0: none is left. */
static int take_option(struct pl_resolver *r)
{
	struct pl_decision *d = &r->decisions.v[r->n_decisions - 1];
	size_t owner = d->agenda->choice;
	while (d->tried < d->n_options) {
		if (pl_resolver_is_spent(r))
			return pl_explain_failure(r, true);
		struct pl_package *p = d->options[d->tried++];
		int rc = pl_package_relations(r->ix, p, r->err);
		if (rc < 0)
			return rc;
		struct pl_refusal f = pl_refusal_of(r, p);
		if (f.kind != PL_REFUSED_NOT) {
			blame(d, r->chosen.v[f.choice].level);
			continue;
		}
		size_t levels[PL_NOGOOD_LEVELS], n;
		if (pl_nogood_applies(r, p, levels, &n)) {
			for (size_t i = 0; i < n; i++)
				blame(d, levels[i]);
			d->was_chosen = true;
			continue;
		}
		choose(r, p, owner,
		       owner == PL_NO_CHOICE ? NULL : group_at(r->chosen.v[owner].pkg, d->group),
		       r->n_decisions);
		d->was_chosen = true;
		r->steps++;
		return 1;
	}
	return 0;
}

/* Back to the latest decision that had a part in this dead end. False: nothing can be changed. */
static bool go_back(struct pl_resolver *r)
{
	struct pl_decision *d = &r->decisions.v[r->n_decisions - 1];
	size_t owner = d->agenda->choice;
	r->dead_ends++;
	if (!d->was_chosen)
		pl_explain_dead_end(
			r, d, owner,
			owner == PL_NO_CHOICE ? NULL : group_at(r->chosen.v[owner].pkg, d->group),
			&r->roots[owner == PL_NO_CHOICE ? d->group : 0]);
	size_t to = r->n_decisions - 1; /* highest level below this one that is to blame */
	while (to && !(d->culprits[to / 64] >> to % 64 & 1))
		to--;
	if (to == 0)
		return false;
	struct pl_decision *back = &r->decisions.v[to - 1];
	pl_nogood_learn(r, back->options[back->tried - 1], d->culprits, to);
	for (size_t level = 1; level < to; level++)
		if (d->culprits[level / 64] >> level % 64 & 1)
			blame(back, level);
	r->n_decisions = to;
	unchoose_to(r, back->chosen);
	return true;
}

static int search(struct pl_resolver *r)
{
	const struct pl_agenda *a = agenda_new(r, PL_NO_CHOICE, NULL, 0);
	size_t group = 0;
	while (advance(r, &a, &group)) {
		if (pl_resolver_is_spent(r))
			return pl_explain_failure(r, true);
		int rc = open_decision(r, a, group);
		if (rc < 0)
			return rc;
		while ((rc = take_option(r)) == 0)
			if (!go_back(r))
				return pl_explain_failure(r, false);
		if (rc < 0)
			return rc;
		const struct pl_decision *d = &r->decisions.v[r->n_decisions - 1];
		if (d->agenda->choice == PL_NO_CHOICE) {
			a = d->agenda;
			group = d->group + 1;
		} else { /* depth first: what was just chosen, then the rest of its owner */
			a = agenda_new(r, r->chosen.n - 1, d->agenda, d->group + 1);
			group = 0;
		}
	}
	return 0;
}

static void deliver(struct pl_resolver *r, struct pl_arena *a, struct pl_resolution *ret)
{
	struct pl_resolution out = {.n = r->chosen.n};
	out.v = pl_arena_array(a, struct pl_choice, out.n ? out.n : 1);
	for (size_t i = 0; i < out.n; i++) {
		const struct pl_chosen *c = &r->chosen.v[i];
		assert(c->owner == PL_NO_CHOICE || c->owner < i);
		out.v[i].pkg = c->pkg;
		out.v[i].parent = c->owner == PL_NO_CHOICE ? -1 : (int)c->owner;
		if (c->level == 0) {
			out.v[i].reason = PL_STR("in the base image");
		} else if (!c->group) {
			out.v[i].reason = PL_STR("asked for");
		} else {
			PL_AUTO(buf) b = {0};
			pl_group_text(&b, c->group);
			out.v[i].reason = pl_arena_str(a, pl_buf_str(&b));
		}
	}
	*ret = out;
}

int pl_resolve(struct pl_index *ix, const struct pl_root *roots, size_t n_roots,
	       const struct pl_resolve_options *o, struct pl_arena *a, struct pl_resolution *ret,
	       struct pl_err *err)
{
	size_t work = 0;
	struct pl_resolver r = {
		.ix = ix, .o = o, .roots = roots, .n_roots = n_roots, .work = &work, .err = err};
	int rc = 0;
	for (size_t i = 0; o && i < o->n_preselected && rc == 0; i++) {
		rc = pl_package_relations(ix, o->preselected[i], err);
		if (rc == 0 && pl_resolver_chosen(&r, o->preselected[i]->name) == PL_NO_CHOICE)
			choose(&r, o->preselected[i], PL_NO_CHOICE, NULL, 0);
	}
	if (rc == 0)
		rc = search(&r);
	if (rc == 0)
		deliver(&r, a, ret);
	resolver_done(&r);
	return rc;
}
