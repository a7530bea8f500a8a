// SPDX-License-Identifier: Apache-2.0
/* What meets a relation, what may be tried for it and in which order, and what stands against. */
#include "debian/resolve/resolve_int.h"

size_t pl_resolver_chosen(const struct pl_resolver *r, struct pl_str name)
{
	return (size_t)(uintptr_t)pl_map_get(&r->by_name, name) - 1; /* absent: PL_NO_CHOICE */
}

static bool arch_ok(const struct pl_resolver *r, const struct pl_dep *d, const struct pl_package *p)
{
	if (d->any) /* deb-control's name:any wants a package that allows it */
		return pl_str_is(p->multi_arch, "allowed");
	return d->arch.n == 0 || pl_str_is(d->arch, pl_index_architecture(r->ix));
}

/* A relation without version accepts any provider, one with a version only a versioned Provides
 * (Policy 7.5). */
static bool provide_meets(const struct pl_dep *d, const struct pl_dep *provide)
{
	if (d->rel == PL_REL_NONE)
		return true;
	return provide->rel == PL_REL_EQ && pl_debver_meets(provide->version, d->rel, d->version);
}

static bool provides(const struct pl_dep *d, const struct pl_package *p)
{
	for (size_t i = 0; i < p->provides.n; i++) {
		const struct pl_dep *v = &p->provides.v[i].alt[0];
		if (pl_str_eq(v->name, d->name) && provide_meets(d, v))
			return true;
	}
	return false;
}

static bool is_met_by(const struct pl_resolver *r, const struct pl_dep *d,
		      const struct pl_package *p)
{
	*r->work += p->provides.n + 1;
	if (!arch_ok(r, d, p))
		return false;
	if (pl_str_eq(p->name, d->name) && pl_debver_meets(p->version, d->rel, d->version))
		return true;
	return provides(d, p);
}

static bool dep_met(const struct pl_resolver *r, const struct pl_dep *d)
{
	size_t c = pl_resolver_chosen(r, d->name);
	if (c != PL_NO_CHOICE && is_met_by(r, d, r->chosen.v[c].pkg))
		return true;
	const struct pl_links *l = pl_map_get(&r->provided, d->name);
	for (size_t i = 0; l && i < l->n; i++)
		if (is_met_by(r, d, r->chosen.v[l->v[i].choice].pkg))
			return true;
	return false;
}

bool pl_group_met(const struct pl_resolver *r, const struct pl_depgroup *g)
{
	for (size_t i = 0; i < g->n; i++)
		if (dep_met(r, &g->alt[i]))
			return true;
	return false;
}

static struct pl_package *kept(const struct pl_resolver *r, struct pl_str name)
{
	struct pl_package *own = r->o && r->o->own ? pl_map_get(r->o->own, name) : NULL;
	return own || !r->o || !r->o->keep ? own : pl_map_get(r->o->keep, name);
}

/* May this version be taken at all: the candidate, or the kept one? */
static bool eligible(const struct pl_resolver *r, const struct pl_package *p)
{
	return p == pl_index_candidate(r->ix, p->name) || p == kept(r, p->name);
}

struct options {
	struct pl_package **v;
	size_t n, cap;
};

static void push(struct pl_resolver *r, struct options *o, struct pl_package *p)
{
	*r->work += o->n;
	for (size_t i = 0; i < o->n; i++)
		if (o->v[i] == p)
			return;
	if (o->n == o->cap) {
		o->cap = o->cap ? o->cap * 2 : 4;
		struct pl_package **v = pl_arena_array(&r->scratch, struct pl_package *, o->cap);
		if (o->n)
			memcpy(v, o->v, o->n * sizeof(*v));
		o->v = v;
	}
	o->v[o->n++] = p;
}

/* Essential first, then by priority, then by name; of one name the kept version first (it was
 * pushed first: insertion is stable). */
static bool goes_before(const struct pl_package *a, const struct pl_package *b)
{
	if (a->essential != b->essential)
		return a->essential;
	if (a->priority != b->priority)
		return a->priority < b->priority;
	return pl_str_cmp(a->name, b->name) < 0;
}

static void sort_from(struct options *o, size_t from)
{
	for (size_t i = from + 1; i < o->n; i++) {
		struct pl_package *p = o->v[i];
		size_t k = i;
		for (; k > from && goes_before(p, o->v[k - 1]); k--)
			o->v[k] = o->v[k - 1];
		o->v[k] = p;
	}
}

static void add_alternative(struct pl_resolver *r, const struct pl_dep *d, struct options *o)
{
	struct pl_package *real[] = {kept(r, d->name), pl_index_candidate(r->ix, d->name)};
	for (size_t i = 0; i < PL_COUNT(real); i++)
		if (real[i] && is_met_by(r, d, real[i]))
			push(r, o, real[i]);
	size_t from = o->n;
	const struct pl_package_list *l = pl_index_providers(r->ix, d->name);
	for (int pass = 0; l && pass < 2; pass++) /* kept versions first */
		for (size_t i = 0; i < l->n && !pl_resolver_is_spent(r); i++) {
			*r->work += 4; /* lookups by name */
			if ((kept(r, l->v[i]->name) == l->v[i]) == (pass == 0) &&
			    eligible(r, l->v[i]) && is_met_by(r, d, l->v[i]))
				push(r, o, l->v[i]);
		}
	sort_from(o, from);
}

void pl_group_options(struct pl_resolver *r, const struct pl_depgroup *g, struct pl_package ***ret,
		      size_t *ret_n)
{
	struct options o = {0};
	/* The one difference from apt, and meant: `usrmerge | usr-is-merged` asks for a merged
	 * /usr, which images always have; the first alternative would drag perl in to make it. */
	for (size_t i = 0; i < g->n; i++)
		if (pl_str_is(g->alt[i].name, "usr-is-merged"))
			add_alternative(r, &g->alt[i], &o);
	for (size_t i = 0; i < g->n; i++)
		add_alternative(r, &g->alt[i], &o);
	*ret = o.v;
	*ret_n = o.n;
}

static bool root_meets(const struct pl_root *root, const struct pl_package *p)
{
	return pl_debver_meets(p->version, root->rel, root->version);
}

static struct pl_dep dep_of(const struct pl_root *root)
{
	return (struct pl_dep){root->name, root->version, root->rel, false, {0}};
}

bool pl_root_met(const struct pl_resolver *r, const struct pl_root *root)
{
	size_t c = pl_resolver_chosen(r, root->name);
	struct pl_dep d = dep_of(root);
	if (c != PL_NO_CHOICE || pl_index_versions(r->ix, root->name))
		return c != PL_NO_CHOICE && root_meets(root, r->chosen.v[c].pkg);
	return dep_met(r, &d);
}

/* The kept version, then the highest that the root's relation admits; a name that is only provided
 * must have exactly one provider, or the choice is the user's. */
int pl_root_options(struct pl_resolver *r, const struct pl_root *root, struct pl_package ***ret,
		    size_t *ret_n)
{
	struct options o = {0};
	struct pl_package *k = kept(r, root->name);
	if (k && root_meets(root, k))
		push(r, &o, k);
	const struct pl_package_list *l = pl_index_versions(r->ix, root->name);
	for (size_t i = 0; l && i < l->n; i++) {
		if (root_meets(root, l->v[i])) {
			push(r, &o, l->v[i]);
			break;
		}
	}
	if (!l) {
		struct pl_dep d = dep_of(root);
		add_alternative(r, &d, &o);
		for (size_t i = 1; i < o.n; i++)
			if (!pl_str_eq(o.v[i]->name, o.v[0]->name))
				return pl_explain_no_root(r, root);
	}
	if (o.n == 0)
		return pl_explain_no_root(r, root);
	*ret = o.v;
	*ret_n = o.n;
	return 0;
}

/* Does a Conflicts or Breaks item hit p, by name and version or by what p provides? The
 * qualifier :any there means every architecture, so this one too. */
static bool hits(const struct pl_resolver *r, const struct pl_dep *d, const struct pl_package *p)
{
	*r->work += p->provides.n + 1;
	if (pl_str_eq(d->name, p->name) && pl_debver_meets(p->version, d->rel, d->version))
		return true;
	return provides(d, p);
}

static bool refuses(const struct pl_resolver *r, const struct pl_deps *list, bool breaks,
		    struct pl_refusal *ret)
{
	*r->work += 4 * list->n; /* lookups by name */
	for (size_t i = 0; i < list->n; i++) {
		const struct pl_dep *d = &list->v[i].alt[0];
		size_t c = pl_resolver_chosen(r, d->name);
		if (c != PL_NO_CHOICE && hits(r, d, r->chosen.v[c].pkg)) {
			*ret = (struct pl_refusal){PL_REFUSED_CONFLICT, c, breaks, false};
			return true;
		}
		const struct pl_links *l = pl_map_get(&r->provided, d->name);
		for (size_t k = 0; l && k < l->n; k++) {
			if (!hits(r, d, r->chosen.v[l->v[k].choice].pkg))
				continue;
			*ret = (struct pl_refusal){PL_REFUSED_CONFLICT, l->v[k].choice, breaks,
						   false};
			return true;
		}
	}
	return false;
}

/* Is p hit by what a chosen package refuses under this name? */
static bool refused(const struct pl_resolver *r, struct pl_str name, const struct pl_package *p,
		    struct pl_refusal *ret)
{
	const struct pl_links *l = pl_map_get(&r->refused, name);
	for (size_t i = 0; l && i < l->n; i++) {
		if (!hits(r, l->v[i].dep, p))
			continue;
		*ret = (struct pl_refusal){PL_REFUSED_CONFLICT, l->v[i].choice, l->v[i].breaks,
					   true};
		return true;
	}
	return false;
}

struct pl_refusal pl_refusal_of(const struct pl_resolver *r, const struct pl_package *p)
{
	struct pl_refusal f = {0};
	size_t same = pl_resolver_chosen(r, p->name);
	if (same != PL_NO_CHOICE)
		return (struct pl_refusal){PL_REFUSED_VERSION, same, false, false};
	if (refuses(r, &p->conflicts, false, &f) || refuses(r, &p->breaks, true, &f) ||
	    refused(r, p->name, p, &f))
		return f;
	for (size_t i = 0; i < p->provides.n; i++)
		if (refused(r, p->provides.v[i].alt[0].name, p, &f))
			return f;
	return f;
}
