// SPDX-License-Identifier: Apache-2.0
/* What the packages themselves must be asked: their maintainer scripts and the accounts that
 * recipes make for them. */
#include "base/threads.h"
#include "build/package_int.h"
#include "build/relock_int.h"

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
			rc = pl_suites_find(&r->suites, d->d, p->suite, &src, err);
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
	int rc = pl_package_control(j->r->env, j->r->store, p, a, &c, err);
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

static bool id_taken(const struct pl_lock_distro *d, bool is_group, uint32_t id)
{
	for (size_t i = 0; i < d->n_ids; i++)
		if (d->ids[i].is_group == is_group && d->ids[i].id == id)
			return true;
	return false;
}

static bool id_known(const struct pl_lock_distro *d, bool is_group, const char *name)
{
	for (size_t i = 0; i < d->n_ids; i++)
		if (d->ids[i].is_group == is_group && strcmp(d->ids[i].name, name) == 0)
			return true;
	return false;
}

/* Policy 9.2.2: 100-999 are allocated dynamically; ours are allocated once and stay in the lock, so
 * that they mean the same in every image and on every volume. */
static int add_id(struct pl_lock_distro *d, const char *name, bool is_group, int64_t fixed,
		  const struct pl_lock_distro *former, struct pl_err *err)
{
	if (id_known(d, is_group, name))
		return 0;
	int64_t id = fixed;
	for (size_t i = 0; former && id < 0 && i < former->n_ids; i++)
		if (former->ids[i].is_group == is_group && strcmp(former->ids[i].name, name) == 0 &&
		    !id_taken(d, is_group, former->ids[i].id))
			id = former->ids[i].id;
	for (int64_t next = 100; id < 0 && next < 1000; next++) {
		bool reserved =
			false; /* a name of the former lock that comes later keeps its number */
		for (size_t i = 0; former && i < former->n_ids; i++)
			reserved = reserved || (former->ids[i].is_group == is_group &&
						former->ids[i].id == next);
		if (!reserved && !id_taken(d, is_group, (uint32_t)next))
			id = next;
	}
	if (id < 0)
		return pl_fail(err, PL_LIMIT, "distro %s: no free %s id between 100 and 999 for %s",
			       d->name, is_group ? "group" : "user", name);
	d->ids[d->n_ids++] = (struct pl_lock_id){name, is_group, (uint32_t)id};
	return 0;
}

struct account_of {
	const char *name;
	bool is_group;
	int64_t fixed;
};

static int by_account(const void *a, const void *b)
{
	const struct account_of *x = a, *y = b;
	if (x->is_group != y->is_group)
		return x->is_group ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int allocate(struct pl_relock_run *r, struct pl_relock_distro *d, struct pl_err *err)
{
	PL_VEC(struct account_of) v = {0};
	PL_AUTOFREE char *prefix = pl_xprintf("%s ", d->d->name);
	struct pl_arena *a = &r->lock->arena;
	int rc = 0;
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
					(struct account_of){acc[k].name, false, acc[k].fixed_id};
			if (acc[k].is_group ||
			    (acc[k].group && strcmp(acc[k].group, acc[k].name) == 0))
				*pl_vec_push(&v) =
					(struct account_of){acc[k].name, true, acc[k].fixed_id};
		}
	}
	if (v.n)
		qsort(v.v, v.n, sizeof(*v.v), by_account);
	d->lock->ids = pl_arena_array(a, struct pl_lock_id, v.n + 1);
	const struct pl_lock_distro *former =
		r->former ? pl_lock_distro_find(r->former, d->d->name) : NULL;
	for (int fixed = 1; fixed >= 0;
	     fixed--) /* fixed numbers first, so that none is given away */
		for (size_t i = 0; i < v.n && rc == 0; i++)
			if ((v.v[i].fixed >= 0) == (fixed == 1))
				rc = add_id(d->lock, v.v[i].name, v.v[i].is_group, v.v[i].fixed,
					    former, err);
	pl_vec_free(&v);
	return rc;
}

static int by_id(const void *a, const void *b)
{
	const struct pl_lock_id *x = a, *y = b;
	if (x->is_group != y->is_group)
		return x->is_group ? -1 : 1;
	return strcmp(x->name, y->name);
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
	for (size_t i = 0; i < r->distros.n && rc == 0; i++) {
		rc = allocate(r, r->distros.v[i], err);
		qsort(r->distros.v[i]->lock->ids, r->distros.v[i]->lock->n_ids,
		      sizeof(struct pl_lock_id), by_id);
	}
	return rc;
}
