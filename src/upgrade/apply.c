// SPDX-License-Identifier: Apache-2.0
/*
 * Applying a plan, wave by wave: build, push, register. Each step can be done again without harm,
 * and what is done already costs nothing, so a killed run is resumed by running it again.
 */
#include "upgrade/upgrade.h"

#include "base/file.h"

struct apply {
	const struct pl_env *env;
	struct pl_registries *registries;
	const struct pl_fleet *f;
	const struct pl_lock *lock;
	struct pl_store *store;
	struct pl_inv *inv;
	const struct pl_upgrade_plan *plan;
	struct pl_upgrade_result *ret;
	PL_VEC(const char *) unchanged;
};

/* Does the registered name mean these very bytes already? */
static int is_registered(struct apply *a, const struct pl_built_image *b, struct pl_err *err)
{
	PL_AUTO(arena) scratch = {0};
	struct pl_inv_image im;
	const char *name = pl_arena_printf(&scratch, "%s:%s",
					   pl_image_place(&scratch, a->f, b->image), b->tag);
	int rc = pl_inv_image_get(a->inv, &scratch, pl_str_of(name), &im, err);
	if (rc < 0)
		return err->code == PL_NOT_FOUND ? 0 : rc;
	return pl_digest_eq(&im.digest, &b->digest) ? 1 : 0;
}

static bool planned(const char *const *ids, const char *id)
{
	for (; *ids; ids++)
		if (strcmp(*ids, id) == 0)
			return true;
	return false;
}

/* Early cut-off: an image that came out the same is not pushed; what stands on it will come out the
 * same too. */
static int changed_ids(struct apply *a, const struct pl_build_result *b, const char **ids,
		       const char ***ret, struct pl_err *err)
{
	const char **v = pl_arena_array(&a->ret->arena, const char *, b->n_images + 1);
	size_t n = 0;
	for (size_t i = 0; i < b->n_images; i++) {
		if (!planned(ids, b->images[i].image->id))
			continue;
		int rc = is_registered(a, &b->images[i], err);
		if (rc < 0)
			return rc;
		const char *id = pl_arena_cstr(&a->ret->arena, pl_str_of(b->images[i].image->id));
		if (rc == 1)
			*pl_vec_push(&a->unchanged) = id;
		else
			v[n++] = id;
	}
	*ret = v;
	return 0;
}

static int do_wave(struct apply *a, unsigned wave, struct pl_err *err)
{
	const char **ids = pl_arena_array(&a->ret->arena, const char *, a->plan->n_images + 1);
	PL_AUTO_FREE(build_result) built = NULL;
	const char **changed = NULL;
	size_t n = 0;
	for (size_t i = 0; i < a->plan->n_images; i++)
		if (a->plan->images[i].wave == wave)
			ids[n++] = a->plan->images[i].id;
	/* What the plan read of the fleet's own files, and nothing that was written since. */
	const struct pl_build_options o_build = {.only = ids, .locked = true};
	int rc = pl_build(a->env, a->f, a->lock, a->store, &o_build, &built, err);
	if (rc == 0)
		rc = changed_ids(a, built, ids, &changed, err);
	if (rc < 0)
		return rc;
	struct pl_registrar to = {.env = a->env, .inv = a->inv}; /* borrowed */
	rc = pl_push(a->env, a->registries, a->f, built, a->store, &to, changed,
		     &a->ret->waves[wave], err);
	if (a->ret->waves[wave]) {
		a->ret->n_waves = wave + 1;
		a->ret->bytes_uploaded += a->ret->waves[wave]->bytes_uploaded;
	}
	return rc;
}

int pl_upgrade_apply(const struct pl_env *env, struct pl_registries *registries,
		     const struct pl_fleet *f, const char *lock_path, struct pl_store *store,
		     struct pl_inv *inv, const struct pl_upgrade_plan *p,
		     struct pl_upgrade_result **ret, struct pl_err *err)
{
	PL_AUTO_FREE(upgrade_result) r = pl_xcalloc(1, sizeof(*r));
	PL_AUTOFREE char *guard = pl_path_join(pl_store_dir(store), ".upgrade.lock");
	PL_AUTOFD int held = -1;
	struct apply a = {env, registries, f, p->lock, store, inv, p, r, {0}};
	bool changed;
	r->waves = pl_arena_array(&r->arena, struct pl_push_result *, p->n_waves + 1);
	int rc = pl_lock_edits_refuse(&p->edits, env, err);
	if (rc < 0)
		return pl_ctx(err, "upgrade changes packages alone");
	rc = pl_lock_file(guard, 5, &held, err); /* nothing that is in progress is started twice */
	if (rc == 0)
		rc = pl_lock_save(p->lock, lock_path, &changed, err);
	for (unsigned wave = 0; wave < p->n_waves && rc == 0; wave++) {
		rc = do_wave(&a, wave, err);
		if (rc < 0)
			rc = pl_ctx(err, "wave %u of %u", wave + 1, p->n_waves);
	}
	*pl_vec_push(&a.unchanged) = NULL;
	r->unchanged =
		pl_arena_dup(&r->arena, a.unchanged.v, a.unchanged.n, sizeof(*a.unchanged.v));
	pl_vec_free(&a.unchanged);
	if (rc == 0)
		*ret = pl_steal(&r);
	return rc;
}

void pl_upgrade_result_free(struct pl_upgrade_result *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n_waves; i++)
		pl_push_result_free(r->waves[i]);
	pl_arena_done(&r->arena);
	free(r);
}
