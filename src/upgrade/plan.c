// SPDX-License-Identifier: Apache-2.0
/*
 * Who holds it, who stands on them, and in which order: from the inventory's facts, the
 * definitions' graph and a re-solve against the archive. Nothing is remembered between runs, so a
 * killed upgrade is planned again from where things are. What is asked is here; what follows from
 * the answers is in outdated.c and waves.c.
 */
#include "assemble/build.h"
#include "upgrade/outdated_int.h"
#include "upgrade/upgrade.h"
#include "upgrade/waves_int.h"

struct planning {
	const struct pl_env *env;
	struct pl_registries *registries;
	const struct pl_fleet *f;
	const struct pl_lock *l;
	struct pl_store *store;
	struct pl_inv *inv;
	const struct pl_upgrade_ask *ask;
	const char *source; /* with a package asked for */
	struct pl_upgrade_plan *plan;
	struct pl_outdated outdated;
	struct pl_waves waves;
};

static const char *name_of(struct planning *p, const struct pl_image *i)
{
	struct pl_arena *a = &p->plan->arena;
	return pl_arena_printf(a, "%s:%s", pl_image_place(a, p->f, i), pl_image_tag(a, i));
}

/* The source package behind the asked name: from the lock, else from what the inventory has seen.
 */
static int find_source(struct planning *p, struct pl_err *err)
{
	struct pl_arena *a = &p->plan->arena;
	if (p->ask->all)
		return 0;
	const struct pl_lock_package *lp = pl_outdated_newest(p->l, p->ask->package);
	if (lp) {
		p->source = lp->source;
		return 0;
	}
	struct pl_package_query q = {.name = pl_str_of(p->ask->package),
				     .ecosystem = PL_UPGRADE_ECOSYSTEM};
	struct pl_inv_holding *h;
	size_t n = 0;
	int rc = pl_inv_packages(p->inv, a, &q, &h, &n, err);
	if (rc < 0 && err->code != PL_NOT_FOUND)
		return rc;
	if (rc < 0 || n == 0 || !h[0].package.source) {
		struct pl_err ignored = {0};
		const char *near = NULL;
		rc = pl_inv_package_near(p->inv, a, q.name, false, &near, &ignored);
		return pl_fail(
			err, PL_NOT_FOUND,
			"no image of this fleet, and none in the inventory, holds a package %s%s%s",
			p->ask->package, rc == 1 ? "; " : "", rc == 1 ? near : "");
	}
	p->source = h[0].package.source;
	return 0;
}

static int make_lock(struct planning *p, struct pl_err *err)
{
	const char *move[] = {p->source, NULL};
	struct pl_prover prover = {.env = p->env, .fleet = p->f, .store = p->store};
	struct pl_relock_options o = {.mode = p->ask->all ? PL_RELOCK_ALL : PL_RELOCK_ONLY,
				      .move = move,
				      .prove = pl_build_prove,
				      .prove_ctx = &prover,
				      .prove_changed = true};
	int rc = pl_relock(p->env, p->f, p->store, p->l, &o, &p->plan->lock, NULL, err);
	pl_build_result_free(prover.result);
	if (rc < 0)
		return rc;
	pl_lock_diff(&p->plan->arena, p->l, p->plan->lock, &p->plan->changes);
	pl_lock_edits_find(&p->plan->edits, p->l, p->plan->lock);
	return 0;
}

/* What of the new lock concerns images, looked up from here on. */
static int index_lock(struct planning *p, struct pl_err *err)
{
	struct pl_arena *a = &p->plan->arena;
	if (!p->ask->all)
		return pl_outdated_source(&p->outdated, a, p->plan->lock, p->source,
					  p->ask->package, p->ask->fixed, err);
	pl_outdated_all(&p->outdated, a, p->plan->lock);
	return 0;
}

static const char *outdated_of(const struct planning *p, const struct pl_image *im,
			       const struct pl_inv_package *v, size_t n)
{
	return pl_outdated_held(&p->outdated, im->id, im->distro->name, v, n);
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
		*ret_held = outdated_of(p, i, v, n);
	return rc < 0 ? rc : 0;
}

static int look_at(struct planning *p, size_t i, struct pl_err *err)
{
	const struct pl_image *im = p->f->images[i];
	const char *held;
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
	held = outdated_of(p, im, v, n);
	if (!held && im->base && !pl_waves_follows(&p->waves, i))
		rc = left_behind(p, im, &held, err);
	if (rc == 0)
		pl_waves_place(&p->waves, i, held);
	return rc;
}

static int look_at_all(struct planning *p, struct pl_err *err)
{
	int rc = 0;
	for (size_t i = 0; i < p->f->n_images && rc == 0; i++)
		rc = look_at(p, i, err);
	return rc;
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

static int list_images(struct planning *p, struct pl_err *err)
{
	struct pl_upgrade_plan *plan = p->plan;
	struct pl_arena *a = &plan->arena;
	const struct pl_wave_slot **v = pl_waves_order(&p->waves, a, &plan->n_images);
	(void)err;
	plan->images = pl_arena_array(a, struct pl_planned_image, plan->n_images + 1);
	for (size_t i = 0; i < plan->n_images; i++) {
		const struct pl_image *im = v[i]->image;
		plan->images[i] = (struct pl_planned_image){
			.id = pl_arena_cstr(a, pl_str_of(im->id)),
			.name = name_of(p, im),
			.held = v[i]->held,
			.because = v[i]->wave ? pl_arena_cstr(a, pl_str_of(im->base->id)) : NULL,
			.wave = v[i]->wave,
			.tag = pl_image_tag(a, im),
			.next_tag = next_tag(p, im)};
		plan->n_waves = v[i]->wave + 1; /* the last one's is the highest */
	}
	return 0;
}

/* Sorted, each once, ended with NULL. */
static const char **sorted_names(struct pl_arena *a, const char **v, size_t n)
{
	const char **ret = pl_arena_array(a, const char *, n + 1);
	size_t k = 0;
	if (n)
		qsort(v, n, sizeof(*v), pl_cstr_qsort);
	for (size_t i = 0; i < n; i++)
		if (k == 0 || strcmp(ret[k - 1], v[i]) != 0)
			ret[k++] = v[i];
	return ret;
}

/* Images of other fleets that hold it too: said, for nobody here can rebuild them. */
static int find_outsiders(struct planning *p, struct pl_err *err)
{
	struct pl_package_query q = {.name = pl_str_of(p->source),
				     .by_source = true,
				     .ecosystem = PL_UPGRADE_ECOSYSTEM,
				     .op = "lt",
				     .version = p->outdated.source_fixed};
	struct pl_arena *a = &p->plan->arena;
	struct pl_inv_holding *h = NULL;
	PL_VEC(const char *) v = {0};
	size_t n = 0;
	int rc = q.version ? pl_inv_packages(p->inv, a, &q, &h, &n, err) : 0;
	if (rc < 0 && err->code != PL_NOT_FOUND)
		return rc;
	for (size_t i = 0; rc >= 0 && i < n; i++)
		for (size_t k = 0; k < h[i].n_images; k++)
			if (!pl_waves_is_ours(&p->waves, h[i].images[k]))
				*pl_vec_push(&v) = h[i].images[k];
	p->plan->outside = sorted_names(a, v.v, v.n);
	pl_vec_free(&v);
	return 0;
}

int pl_upgrade_plan_make(const struct pl_env *env, struct pl_registries *registries,
			 const struct pl_fleet *f, const struct pl_lock *l, struct pl_store *store,
			 struct pl_inv *inv, const struct pl_upgrade_ask *ask,
			 struct pl_upgrade_plan **ret, struct pl_err *err)
{
	static int (*const steps[])(struct planning *, struct pl_err *) = {
		find_source, make_lock, index_lock, look_at_all, find_outsiders, list_images};
	PL_AUTO_FREE(upgrade_plan) plan = pl_xcalloc(1, sizeof(*plan));
	struct planning p = {.env = env,
			     .registries = registries,
			     .f = f,
			     .l = l,
			     .store = store,
			     .inv = inv,
			     .ask = ask,
			     .plan = plan};
	int rc = pl_fleet_check_registry(f, err);
	if (rc < 0)
		return rc;
	pl_waves_init(&p.waves, &plan->arena, f);
	for (size_t i = 0; rc == 0 && i < PL_COUNT(steps); i++)
		rc = steps[i](&p, err);
	pl_outdated_done(&p.outdated);
	pl_waves_done(&p.waves);
	if (rc == 0)
		*ret = pl_steal(&plan);
	return rc;
}

void pl_upgrade_plan_free(struct pl_upgrade_plan *p)
{
	if (!p)
		return;
	pl_lock_free(p->lock);
	pl_lock_edits_done(&p->edits);
	pl_arena_done(&p->arena);
	free(p);
}
