// SPDX-License-Identifier: Apache-2.0
/* What the packages themselves must be asked: their maintainer scripts and the accounts that
 * recipes make for them. */
#include "base/threads.h"
#include "debian/deb/load.h"
#include "debian/scripts/apply.h"
#include "lock/ids_int.h"
#include "lock/relock_int.h"

struct judging {
	struct pl_relock_run *r;
	struct pl_arena *arenas; /* one a package: workers do not share */
};

static int fetch(struct pl_relock_run *r, struct pl_err *err)
{
	PL_VEC(struct pl_deb_request) want = {0};
	int rc = 0;
	for (size_t i = 0; i < r->distros.n && rc == 0; i++) {
		struct pl_relock_distro *d = r->distros.v[i];
		PL_AUTOFREE char *prefix = pl_xprintf("%s ", d->d->name);
		for (size_t k = 0; k < r->packages.n && rc == 0; k++) {
			const struct pl_lock_package *p = r->packages.items[k].value;
			if (!pl_str_starts(r->packages.items[k].key, prefix) ||
			    pl_store_has(r->store, PL_STORE_INPUTS, &p->sha256, NULL))
				continue;
			const struct pl_suite_source *src;
			struct pl_suite_request rq = {p->suite, d->d->components, d->d->mirrors,
						      d->d->signed_by};
			rc = pl_suites_find(&r->suites, d->d->name, &rq, &src, err);
			if (rc == 0)
				*pl_vec_push(&want) = (struct pl_deb_request){
					src->uris, pl_str_of(p->filename), p->size, p->sha256};
		}
	}
	if (rc == 0 && want.n)
		rc = pl_debs_fetch(r->env, r->store, want.v, want.n, &r->stats.package_bytes, err);
	pl_vec_free(&want);
	return rc;
}

static int judge_one(void *ctx, size_t i, unsigned worker, struct pl_err *err)
{
	struct judging *j = ctx;
	struct pl_lock_package *p = j->r->packages.items[i].value;
	struct pl_arena *a = &j->arenas[i];
	struct pl_control c;
	struct pl_script_verdict *v;
	size_t n;
	struct pl_deb_identity id = {p->name, p->version, p->architecture, p->sha256};
	int rc = pl_deb_control_load(j->r->env, j->r->store, &id, a, &c, err);
	if (rc < 0)
		return rc;
	pl_scripts_judge(a, pl_str_of(p->name), pl_str_of(p->architecture), &c, &v, &n);
	p->scripts = pl_arena_array(a, struct pl_lock_script, n + 1);
	p->n_scripts = n;
	for (size_t k = 0; k < n; k++)
		p->scripts[k] = (struct pl_lock_script){v[k].script, v[k].normalised,
							pl_verdict_name(v[k].verdict), v[k].reason};
	return 0;
}

/* Verdicts were made in the workers' arenas: into the lock's. */
static void move_scripts(struct pl_relock_run *r)
{
	struct pl_arena *a = &r->lock->arena;
	for (size_t i = 0; i < r->packages.n; i++) {
		struct pl_lock_package *p = r->packages.items[i].value;
		p->scripts = pl_arena_dup(a, p->scripts, p->n_scripts, sizeof(*p->scripts));
		for (size_t k = 0; k < p->n_scripts; k++) {
			p->scripts[k].name = pl_arena_cstr(a, pl_str_of(p->scripts[k].name));
			p->scripts[k].reason = pl_arena_cstr(a, pl_str_of(p->scripts[k].reason));
		}
	}
}

/* Accounts of every package of the distro: they are the same in all its images. */
static int allocate(struct pl_relock_run *r, struct pl_relock_distro *d, struct pl_err *err)
{
	PL_VEC(struct pl_id_want) v = {0};
	PL_AUTOFREE char *prefix = pl_xprintf("%s ", d->d->name);
	struct pl_arena *a = &r->lock->arena;
	for (size_t i = 0; i < r->packages.n; i++) {
		const struct pl_lock_package *p = r->packages.items[i].value;
		struct pl_account *acc;
		size_t n = 0;
		if (!pl_str_starts(r->packages.items[i].key, prefix))
			continue;
		pl_recipe_accounts(a, pl_str_of(p->name), &acc, &n);
		for (size_t k = 0; k < n; k++) {
			if (!acc[k].is_group)
				*pl_vec_push(&v) =
					(struct pl_id_want){acc[k].name, false, acc[k].fixed_id};
			if (acc[k].is_group ||
			    (acc[k].group && strcmp(acc[k].group, acc[k].name) == 0))
				*pl_vec_push(&v) =
					(struct pl_id_want){acc[k].name, true, acc[k].fixed_id};
		}
	}
	const struct pl_lock_distro *former =
		r->former ? pl_lock_distro_find(r->former, d->d->name) : NULL;
	int rc = pl_ids_allocate(a, d->d->name, v.v, v.n, former ? former->ids : NULL,
				 former ? former->n_ids : 0, &d->lock->ids, &d->lock->n_ids, err);
	pl_vec_free(&v);
	return rc;
}

int pl_relock_judge(struct pl_relock_run *r, struct pl_err *err)
{
	int rc = fetch(r, err);
	if (rc < 0)
		return rc;
	struct judging j = {r, pl_xcalloc(r->packages.n, sizeof(struct pl_arena))};
	rc = pl_parallel(r->env, r->packages.n, judge_one, &j, err);
	if (rc == 0)
		move_scripts(r);
	for (size_t i = 0; i < r->packages.n; i++)
		pl_arena_done(&j.arenas[i]);
	free(j.arenas);
	for (size_t i = 0; i < r->distros.n && rc == 0; i++)
		rc = allocate(r, r->distros.v[i], err);
	return rc;
}
