// SPDX-License-Identifier: Apache-2.0
/* What the packages themselves must be asked: what they would run at their installation. */
#include "base/threads.h"
#include "lock/relock_int.h"

/* The packages of one format, of all distros at once. */
static int fetch_missing(struct pl_relock_run *r, const struct pl_package_format *format,
			 struct pl_err *err)
{
	PL_VEC(struct pl_package_want) want = {0};
	int rc = 0;
	for (size_t i = 0; i < r->packages.n; i++) {
		const struct pl_relock_package *p = r->packages.v[i];
		if (p->distro->format == format &&
		    !pl_store_has(r->store, PL_STORE_INPUTS, &p->entry.sha256, NULL))
			*pl_vec_push(&want) = (struct pl_package_want){
				.origin = &p->distro->d->origin, .package = &p->entry};
	}
	if (want.n)
		rc = format->fetch(r->env, r->store, want.v, want.n, &r->stats.package_bytes, err);
	pl_vec_free(&want);
	return rc;
}

/* Verdicts and their texts into a. */
static struct pl_lock_script *copy_scripts(struct pl_arena *a, const struct pl_lock_script *v,
					   size_t n)
{
	struct pl_lock_script *to = pl_arena_dup(a, v, n, sizeof(*v));
	for (size_t i = 0; i < n; i++) {
		to[i].name = pl_arena_cstr(a, pl_str_of(v[i].name));
		to[i].verdict = pl_arena_cstr(a, pl_str_of(v[i].verdict));
		to[i].reason = pl_arena_cstr(a, pl_str_of(v[i].reason));
	}
	return to;
}

int pl_relock_judge_package(const struct pl_env *env, struct pl_store *store,
			    const struct pl_package_format *format, const struct pl_lock_package *p,
			    struct pl_arena *a, struct pl_lock_script **ret, size_t *ret_n,
			    struct pl_err *err)
{
	PL_AUTO(arena) scratch = {0}; /* a package's control data is large */
	struct pl_package_reader *in;
	struct pl_package_ref ref = {.lock = p};
	struct pl_lock_script *v;
	size_t n;
	int rc = format->open(env, store, p, &scratch, &ref.facts, &in, err);
	if (rc == 0) {
		format->close(in);
		rc = format->identify(&ref, err);
	}
	if (rc < 0)
		return pl_store_blame(store, PL_STORE_INPUTS, &p->sha256, err);
	format->judge(&ref, &scratch, &v, &n);
	*ret = copy_scripts(a, v, n);
	*ret_n = n;
	return 0;
}

static int judge_package(void *ctx, size_t i, unsigned worker, struct pl_err *err)
{
	struct pl_relock_run *r = ctx;
	struct pl_relock_package *p = r->packages.v[i];
	int rc = pl_relock_judge_package(r->env, r->store, p->distro->format, &p->entry, &p->arena,
					 &p->entry.scripts, &p->entry.n_scripts, err);
	if (rc == 0)
		pl_progress_step(r->env, "scripts", 1, p->entry.name);
	return rc;
}

int pl_relock_judge(struct pl_relock_run *r, struct pl_err *err)
{
	int rc = 0;
	for (size_t i = 0; r->env->formats[i] && rc == 0; i++)
		rc = fetch_missing(r, r->env->formats[i], err);
	pl_progress_begin(r->env, "scripts", r->packages.n, "");
	if (rc == 0)
		rc = pl_parallel(r->env, r->packages.n, judge_package, r, err);
	pl_progress_end(r->env, "scripts", "%s", "");
	for (size_t i = 0; i < r->packages.n && rc == 0; i++) {
		struct pl_lock_package *p = &r->packages.v[i]->entry;
		p->scripts = copy_scripts(&r->lock->arena, p->scripts, p->n_scripts);
	}
	return rc;
}
