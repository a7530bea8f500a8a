// SPDX-License-Identifier: Apache-2.0
/*
 * Who holds it, who stands on them, and in which order: from the inventory's facts, the
 * definitions' graph and a re-solve against the archive. Nothing is remembered between runs, so a
 * killed upgrade is planned again from where things are.
 */
#include "upgrade/upgrade.h"

#include "debian/version.h"

struct planning {
	const struct pl_env *env;
	struct pl_registries *registries;
	const struct pl_fleet *f;
	const struct pl_lock *l;
	struct pl_inv *inv;
	const struct pl_upgrade_ask *ask;
	const char *source, *source_fixed; /* with a package asked for */
	struct pl_upgrade_plan *plan;
	const char **held; /* per fleet image: what it holds, NULL nothing */
	bool *in;          /* per fleet image: in the plan */
	unsigned *wave;
};

static const char *name_of(struct planning *p, const struct pl_image *i)
{
	struct pl_arena *a = &p->plan->arena;
	return pl_arena_printf(a, "%s:%s", pl_image_repository(a, p->f, i), pl_image_tag(a, i));
}

static const struct pl_lock_package *locked(const struct pl_lock *l, const char *name)
{
	const struct pl_lock_package *best = NULL;
	for (size_t d = 0; l && d < l->n_distros; d++)
		for (size_t i = 0; i < l->distros[d].n_packages; i++) {
			const struct pl_lock_package *p = &l->distros[d].packages[i];
			if (strcmp(p->name, name) == 0 &&
			    (!best ||
			     pl_debver_cmp(pl_str_of(p->version), pl_str_of(best->version)) > 0))
				best = p;
		}
	return best;
}

/* The source package behind the asked name: from the lock, else from what the inventory has seen.
 */
static int find_source(struct planning *p, struct pl_err *err)
{
	struct pl_arena *a = &p->plan->arena;
	const struct pl_lock_package *lp = locked(p->l, p->ask->package);
	if (lp) {
		p->source = lp->source;
		return 0;
	}
	struct pl_package_query q = {.name = pl_str_of(p->ask->package)};
	struct pl_inv_holding *h;
	size_t n = 0;
	int rc = pl_inv_packages(p->inv, a, &q, &h, &n, err);
	if (rc < 0 && err->code != PL_NOT_FOUND)
		return rc;
	if (rc < 0 || n == 0 || !h[0].package.source)
		return pl_fail(
			err, PL_NOT_FOUND,
			"no image of this fleet, and none in the inventory, holds a package %s",
			p->ask->package);
	p->source = h[0].package.source;
	return 0;
}

/* The source version from which on it is fixed. */
static int find_fixed(struct planning *p, struct pl_err *err)
{
	const struct pl_lock_package *now = locked(p->plan->lock, p->ask->package);
	const char *fixed = p->ask->fixed;
	if (!now) {
		p->source_fixed = fixed;
		return 0;
	}
	if (fixed && pl_debver_cmp(pl_str_of(now->version), pl_str_of(fixed)) < 0)
		return pl_fail(err, PL_NOT_FOUND,
			       "the archive has %s %s, older than %s: the fix is not there yet; "
			       "nothing was changed",
			       p->ask->package, now->version, fixed);
	/* Binary and source versions differ for binNMUs and a few sources: then the archive's
	 * version decides. */
	bool same = strcmp(now->version, now->source_version) == 0;
	p->source_fixed = fixed && same ? fixed : now->source_version;
	return 0;
}

static int relock(struct planning *p, struct pl_store *store, struct pl_err *err)
{
	const char *move[] = {p->source, NULL};
	struct pl_relock_options o = {.mode = p->ask->all ? PL_RELOCK_ALL : PL_RELOCK_ONLY,
				      .move = move};
	int rc = pl_relock(p->env, p->f, store, p->l, &o, &p->plan->lock, NULL, err);
	if (rc == 0)
		pl_lock_diff(&p->plan->arena, p->l, p->plan->lock, &p->plan->changes);
	return rc;
}

/* The source version from which on an image's own distro has it fixed: what was asked for, or the
 * archive's newest where that is older; other distros count their versions by themselves. */
static const char *fixed_for(const struct planning *p, const struct pl_image *im)
{
	const struct pl_lock_distro *d = pl_lock_distro_find(p->plan->lock, im->distro->name);
	const char *best = NULL;
	for (size_t i = 0; d && i < d->n_packages; i++) {
		const struct pl_lock_package *lp = &d->packages[i];
		if (strcmp(lp->source, p->source) == 0 &&
		    (!best || pl_debver_cmp(pl_str_of(lp->source_version), pl_str_of(best)) > 0))
			best = lp->source_version;
	}
	if (!best ||
	    (p->source_fixed && pl_debver_cmp(pl_str_of(best), pl_str_of(p->source_fixed)) > 0))
		return p->source_fixed;
	return best;
}

static bool is_older(const struct planning *p, const struct pl_image *im,
		     const struct pl_inv_package *have)
{
	if (!have->source || !have->source_version || strcmp(have->source, p->source) != 0)
		return false;
	const char *fixed = fixed_for(p, im);
	return fixed && pl_debver_cmp(pl_str_of(have->source_version), pl_str_of(fixed)) < 0;
}

/* The version that the new lock gives an image's own package; NULL if it has none of that name. */
static const char *new_version(const struct planning *p, const char *id,
			       const struct pl_inv_package *have)
{
	for (size_t i = 0; i < p->plan->lock->n_images; i++) {
		const struct pl_lock_image *li = &p->plan->lock->images[i];
		if (strcmp(li->id, id) != 0)
			continue;
		for (size_t k = 0; k < li->n_packages; k++)
			if (strcmp(li->packages[k]->name, have->name) == 0 &&
			    strcmp(li->packages[k]->architecture, have->architecture) == 0)
				return li->packages[k]->version;
	}
	return NULL;
}

/* What of its own stage an image holds that is to be replaced; NULL if nothing. */
static const char *held_by(struct planning *p, const struct pl_image *i,
			   const struct pl_inv_package *v, size_t n)
{
	struct pl_arena *a = &p->plan->arena;
	const struct pl_inv_package *first = NULL;
	size_t count = 0;
	for (size_t k = 0; k < n; k++) {
		bool old;
		if (p->ask->all) {
			const char *to = new_version(p, i->id, &v[k]);
			old = !to || strcmp(to, v[k].version) != 0;
		} else {
			old = is_older(p, i, &v[k]);
		}
		if (!old)
			continue;
		if (!first)
			first = &v[k];
		if (k == 0 || strcmp(v[k - 1].name, v[k].name) != 0)
			count++;
	}
	if (!first)
		return NULL;
	if (!p->ask->all || count == 1)
		return pl_arena_printf(a, "%s %s", first->source ? first->source : first->name,
				       first->source_version ? first->source_version
							     : first->version);
	return pl_arena_printf(a, "%zu packages that the archive has newer", count);
}

/* An image that stands on former content of its base: the base was renewed, by a run that was
 * killed before it came here or by a push of the base alone. */
static int left_behind(struct planning *p, const struct pl_image *i, const char **ret_held,
		       struct pl_err *err)
{
	struct pl_arena *a = &p->plan->arena;
	struct pl_str name = pl_str_of(name_of(p, i));
	struct pl_inv_image facts;
	struct pl_inv_package *v;
	size_t n = 0;
	int rc = pl_inv_image_get(p->inv, a, name, &facts, err);
	if (rc < 0 || !facts.behind)
		return rc < 0 ? rc : 0;
	if (p->ask->all) {
		*ret_held = pl_arena_printf(a, "former content of %s", i->base->id);
		return 0;
	}
	rc = pl_inv_image_packages(p->inv, a, name, true, &v, &n, err);
	if (rc >= 0)
		*ret_held = held_by(p, i, v, n);
	return rc < 0 ? rc : 0;
}

static size_t index_of(const struct planning *p, const struct pl_image *im)
{
	for (size_t k = 0; k < p->f->n_images; k++)
		if (p->f->images[k] == im)
			return k;
	return SIZE_MAX;
}

static int look_at(struct planning *p, size_t i, struct pl_err *err)
{
	const struct pl_image *im = p->f->images[i];
	struct pl_inv_package *v;
	size_t n = 0;
	int rc = pl_inv_image_packages(p->inv, &p->plan->arena, pl_str_of(name_of(p, im)), false,
				       &v, &n, err);
	if (rc < 0 && err->code == PL_NOT_FOUND) {
		pl_note(p->env, "%s is not in the inventory: never pushed, so it is left out",
			name_of(p, im));
		return 0;
	}
	if (rc < 0)
		return rc;
	p->held[i] = held_by(p, im, v, n);
	/* Bases come first in a fleet's order, so theirs is known by now. */
	size_t base = im->base ? index_of(p, im->base) : SIZE_MAX;
	bool follows = base != SIZE_MAX && p->in[base];
	if (!p->held[i] && !follows && im->base)
		rc = left_behind(p, im, &p->held[i], err);
	if (rc < 0)
		return rc;
	p->in[i] = p->held[i] || follows;
	p->wave[i] = follows ? p->wave[base] + 1 : 0;
	return 0;
}

static int look(struct planning *p, struct pl_err *err)
{
	int rc = 0;
	for (size_t i = 0; i < p->f->n_images && rc == 0; i++)
		rc = look_at(p, i, err);
	return rc;
}

static int by_wave(const void *a, const void *b)
{
	const struct pl_planned_image *x = a, *y = b;
	if (x->wave != y->wave)
		return x->wave < y->wave ? -1 : 1;
	return strcmp(x->id, y->id);
}

/* An unreachable registry leaves the new tag unknown; the plan stands without it. */
static const char *next_tag(struct planning *p, const struct pl_image *im)
{
	const char *tag = NULL;
	struct pl_err err = {0};
	if (pl_push_next_tag(p->env, p->registries, p->f, im, &p->plan->arena, &tag, &err) < 0) {
		pl_note(p->env, "the new tag of %s is not known: %s", im->id, err.msg);
		return NULL;
	}
	return tag;
}

static void list(struct planning *p)
{
	struct pl_upgrade_plan *plan = p->plan;
	plan->images = pl_arena_array(&plan->arena, struct pl_planned_image, p->f->n_images + 1);
	for (size_t i = 0; i < p->f->n_images; i++) {
		const struct pl_image *im = p->f->images[i];
		if (!p->in[i])
			continue;
		plan->images[plan->n_images++] = (struct pl_planned_image){
			.id = pl_arena_cstr(&plan->arena, pl_str_of(im->id)),
			.name = name_of(p, im),
			.held = p->held[i],
			.because = p->wave[i] ? pl_arena_cstr(&plan->arena, pl_str_of(im->base->id))
					      : NULL,
			.wave = p->wave[i],
			.tag = pl_image_tag(&plan->arena, im),
			.next_tag = next_tag(p, im)};
		if (p->wave[i] + 1 > plan->n_waves)
			plan->n_waves = p->wave[i] + 1;
	}
	qsort(plan->images, plan->n_images, sizeof(*plan->images), by_wave);
}

static bool is_ours(struct planning *p, const char *name)
{
	for (size_t i = 0; i < p->f->n_images; i++) {
		const char *repo = pl_image_repository(&p->plan->arena, p->f, p->f->images[i]);
		size_t n = strlen(repo);
		if (strncmp(name, repo, n) == 0 && (name[n] == ':' || name[n] == '@'))
			return true;
	}
	return false;
}

/* Images of other fleets that hold it too: said, for nobody here can rebuild them. */
static int outsiders(struct planning *p, struct pl_err *err)
{
	struct pl_arena *a = &p->plan->arena;
	PL_VEC(const char *) v = {0};
	if (p->source_fixed) {
		struct pl_package_query q = {.name = pl_str_of(p->source),
					     .by_source = true,
					     .op = "lt",
					     .version = p->source_fixed};
		struct pl_inv_holding *h;
		size_t n = 0;
		int rc = pl_inv_packages(p->inv, a, &q, &h, &n, err);
		if (rc < 0 && err->code != PL_NOT_FOUND)
			return rc;
		for (size_t i = 0; rc >= 0 && i < n; i++)
			for (size_t k = 0; k < h[i].n_images; k++) {
				bool known = is_ours(p, h[i].images[k]);
				for (size_t m = 0; m < v.n && !known; m++)
					known = strcmp(v.v[m], h[i].images[k]) == 0;
				if (!known)
					*pl_vec_push(&v) = h[i].images[k];
			}
	}
	if (v.n)
		qsort(v.v, v.n, sizeof(*v.v), pl_cstr_qsort);
	*pl_vec_push(&v) = NULL;
	p->plan->outside = pl_arena_dup(a, v.v, v.n, sizeof(*v.v));
	pl_vec_free(&v);
	return 0;
}

int pl_upgrade_plan_make(const struct pl_env *env, struct pl_registries *registries,
			 const struct pl_fleet *f, const struct pl_lock *l, struct pl_store *store,
			 struct pl_inv *inv, const struct pl_upgrade_ask *ask,
			 struct pl_upgrade_plan **ret, struct pl_err *err)
{
	PL_AUTO_FREE(upgrade_plan) plan = pl_xcalloc(1, sizeof(*plan));
	struct planning p = {.env = env,
			     .registries = registries,
			     .f = f,
			     .l = l,
			     .inv = inv,
			     .ask = ask,
			     .plan = plan};
	p.held = pl_arena_array(&plan->arena, const char *, f->n_images + 1);
	p.in = pl_arena_array(&plan->arena, bool, f->n_images + 1);
	p.wave = pl_arena_array(&plan->arena, unsigned, f->n_images + 1);
	int rc = ask->all ? 0 : find_source(&p, err);
	if (rc == 0)
		rc = relock(&p, store, err);
	if (rc == 0 && !ask->all)
		rc = find_fixed(&p, err);
	if (rc == 0)
		rc = look(&p, err);
	if (rc == 0)
		rc = outsiders(&p, err);
	if (rc < 0)
		return rc;
	list(&p);
	*ret = pl_steal(&plan);
	return 0;
}

void pl_upgrade_plan_free(struct pl_upgrade_plan *p)
{
	if (!p)
		return;
	pl_lock_free(p->lock);
	pl_arena_done(&p->arena);
	free(p);
}
