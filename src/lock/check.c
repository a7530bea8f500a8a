// SPDX-License-Identifier: Apache-2.0
#include "lock/check.h"

#include "base/threads.h"
#include "fleet/locked.h"
#include "lock/ids_int.h"
#include "lock/relock_int.h"

/* A package of the lock on its way. */
struct checked {
	const struct pl_lock_package *p;
	const struct pl_relock_distro *d;
	enum pl_vouched vouched;
	struct pl_arena arena;
	struct pl_lock_script *scripts; /* as this program judges them */
	size_t n_scripts;
	bool is_judged;
	struct pl_err why_not;
};

struct checking {
	struct pl_relock_run run; /* its former lock is the one that is checked */
	pl_prove_fn *prove;
	void *prove_ctx;
	struct pl_proof proof;
	bool is_proven;
	struct pl_arena *a;
	PL_VEC(struct pl_finding) found;
	PL_VEC(struct checked) packages;
	size_t first; /* of the distro that is vouched for now */
};

const char *pl_finding_name(enum pl_finding_kind k)
{
	static const char *const names[] = {"wrong", "outdated", "not checked"};
	return names[k];
}

static bool holds(const struct pl_lock_image *i, const struct pl_lock_package *p)
{
	for (size_t k = 0; k < i->n_packages; k++)
		if (i->packages[k] == p)
			return true;
	return false;
}

/* Ids of the images that hold p, each once: a lock has them in order. */
static const char **images_of(struct checking *c, const struct pl_lock_package *p)
{
	const struct pl_lock *l = c->run.former;
	const char **v = pl_arena_array(c->a, const char *, l->n_images + 1);
	size_t n = 0;
	for (size_t i = 0; i < l->n_images; i++)
		if (holds(&l->images[i], p) && (n == 0 || strcmp(v[n - 1], l->images[i].id) != 0))
			v[n++] = l->images[i].id;
	return v;
}

/* script may be a worker's. */
static void add_finding(struct checking *c, enum pl_finding_kind kind,
			const struct pl_lock_package *p, const char *script, const char *why)
{
	const char **images = p ? images_of(c, p) : pl_arena_array(c->a, const char *, 1);
	const char *kept = script ? pl_arena_cstr(c->a, pl_str_of(script)) : NULL;
	*pl_vec_push(&c->found) = (struct pl_finding){kind, images, p, kept, why};
}

static void add_outdated_image(struct checking *c, const char *id, const char *why)
{
	const char **images = pl_arena_array(c->a, const char *, 2);
	images[0] = id;
	*pl_vec_push(&c->found) = (struct pl_finding){PL_FINDING_OUTDATED, images, NULL, NULL, why};
}

/* -- definitions -- */

static int check_image(struct checking *c, const struct pl_image *i, const struct pl_platform *on,
		       struct pl_lock_edits *e, struct pl_err *err)
{
	const struct pl_lock *lock = c->run.former;
	const struct pl_lock_image *l = pl_lock_image_find(lock, i->id, on);
	struct pl_lock_image now;
	const char *stale = pl_locked_stale(c->a, lock, l, i, on);
	if (!stale)
		return pl_locked_edits(c->run.files, l, i, on, c->a, e, &now, err);
	add_outdated_image(c, i->id, stale);
	return 0;
}

static bool is_defined(const struct pl_fleet *f, const struct pl_lock_image *l)
{
	const struct pl_image *i = pl_fleet_find(f, pl_str_of(l->id));
	for (const struct pl_platform **p = i ? i->platforms : NULL; p && *p; p++)
		if (*p == l->platform)
			return true;
	return false;
}

static int check_definitions(struct checking *c, struct pl_err *err)
{
	const struct pl_fleet *f = c->run.fleet;
	const struct pl_lock *l = c->run.former;
	PL_AUTO(lock_edits) e = {0};
	for (size_t i = 0; i < f->n_images; i++)
		for (const struct pl_platform **p = f->images[i]->platforms; *p; p++) {
			int rc = check_image(c, f->images[i], *p, &e, err);
			if (rc < 0)
				return rc;
		}
	const char *stale = pl_locked_recipes_stale(l, f);
	if (stale)
		add_finding(c, PL_FINDING_OUTDATED, NULL, NULL, stale);
	for (size_t i = 0; i < e.v.n; i++)
		add_outdated_image(c, pl_arena_cstr(c->a, pl_str_of(e.v.v[i].image)),
				   pl_arena_printf(c->a, "%s; run plimsoll lock",
						   pl_lock_edit_text(c->a, &e.v.v[i])));
	for (size_t i = 0; i < l->n_images; i++)
		if (!is_defined(f, &l->images[i]))
			add_outdated_image(
				c, l->images[i].id,
				pl_arena_printf(c->a,
						"%s for %s is in the lock alone; run plimsoll "
						"lock",
						l->images[i].id, l->images[i].platform->name));
	return 0;
}

/* -- signed indexes -- */

static void hear(void *ctx, const struct pl_lock_package *p, enum pl_vouched v, const char *why)
{
	struct checking *c = ctx;
	if (p)
		c->packages.v[c->first + p->index].vouched = v;
	if (v != PL_VOUCHED)
		add_finding(c, v == PL_VOUCHED_NOT ? PL_FINDING_WRONG : PL_FINDING_NOT_CHECKED, p,
			    NULL, why);
}

/* The indexes must be those of all that the lock has too. */
static int add_locked_platforms(struct checking *c, struct pl_relock_distro *d, struct pl_err *err)
{
	const struct pl_lock *l = c->run.former;
	for (size_t i = 0; i < l->n_images; i++)
		if (strcmp(l->images[i].distro, d->d->name) == 0 &&
		    !pl_relock_add_platform(d, l->images[i].platform))
			return pl_fail(err, PL_INPUT,
				       "the lock has more than %d platforms in the distro %s",
				       PL_MAX_PLATFORMS, d->d->name);
	return 0;
}

static int check_distro(struct checking *c, struct pl_relock_distro *d, struct pl_err *err)
{
	struct pl_relock_run *r = &c->run;
	if (!d->former)
		return 0; /* its images are not in the lock, which was said */
	int rc = add_locked_platforms(c, d, err);
	if (rc < 0)
		return rc;
	c->first = c->packages.n;
	r->memory.max = d->n_platforms * r->env->limits->index_memory; /* one distro at a time */
	for (size_t i = 0; i < d->former->n_packages; i++)
		*pl_vec_push(&c->packages) = (struct checked){.p = &d->former->packages[i], .d = d};
	const struct pl_archive_request rq = {.origin = &d->d->origin,
					      .platforms = d->platforms,
					      .n_platforms = d->n_platforms,
					      .former = d->former,
					      .memory = &c->run.memory,
					      .allow_old = true};
	return d->format->vouch(r->env, r->store, &rq, c->a, hear, c, err);
}

static int check_indexes(struct checking *c, struct pl_err *err)
{
	const struct pl_lock *l = c->run.former;
	struct pl_relock_run *r = &c->run;
	size_t used = 0;
	for (size_t i = 0; i < r->distros.n; i++) {
		int rc = check_distro(c, r->distros.v[i], err);
		if (rc < 0)
			return rc;
		used += r->distros.v[i]->former != NULL;
	}
	if (used < l->n_distros)
		add_finding(
			c, PL_FINDING_OUTDATED, NULL, NULL,
			"the lock has packages of a distro that no image uses; run plimsoll lock");
	return 0;
}

/* -- the packages themselves -- */

static struct pl_package_want want_of(const struct checked *p)
{
	struct pl_package_want w = {.origin = &p->d->d->origin, .package = p->p};
	const struct pl_lock_distro *d = p->d->former;
	for (size_t i = 0; i < d->n_suites; i++)
		if (strcmp(d->suites[i].suite, p->p->suite) == 0)
			w.when = d->suites[i].date;
	return w;
}

/* What no index of now names would only be looked for in vain. */
static bool is_wanted(const struct checking *c, const struct checked *p)
{
	return p->vouched == PL_VOUCHED &&
	       !pl_store_has(c->run.store, PL_STORE_INPUTS, &p->p->sha256, NULL);
}

static bool is_fetching_trouble(int rc)
{
	return rc == -PL_REMOTE || rc == -PL_REFUSED || rc == -PL_NOT_FOUND || rc == -PL_AUTH ||
	       rc == -PL_VERIFY;
}

/* All that are missing; after a failure one by one, unless nothing answers at all. */
static int fetch_packages(struct checking *c, const struct pl_package_format *format,
			  struct pl_err *err)
{
	PL_VEC(struct pl_package_want) want = {0};
	for (size_t i = 0; i < c->packages.n; i++)
		if (c->packages.v[i].d->format == format && is_wanted(c, &c->packages.v[i]))
			*pl_vec_push(&want) = want_of(&c->packages.v[i]);
	uint64_t bytes = 0;
	int rc = want.n ? format->fetch(c->run.env, c->run.store, want.v, want.n, &bytes, err) : 0;
	bool answers = rc == -PL_NOT_FOUND || rc == -PL_VERIFY;
	pl_vec_free(&want);
	for (size_t i = 0; i < c->packages.n && is_fetching_trouble(rc); i++) {
		struct checked *p = &c->packages.v[i];
		if (p->d->format != format || !is_wanted(c, p))
			continue;
		struct pl_package_want one = want_of(p);
		p->why_not = *err;
		if (answers)
			rc = format->fetch(c->run.env, c->run.store, &one, 1, &bytes, &p->why_not);
		if (rc < 0 && !is_fetching_trouble(rc))
			*err = p->why_not;
		else
			rc = -(int)err->code;
	}
	return is_fetching_trouble(rc) ? 0 : rc;
}

static int judge(void *ctx, size_t i, unsigned worker, struct pl_err *err)
{
	struct checking *c = ctx;
	struct checked *p = &c->packages.v[i];
	if (!pl_store_has(c->run.store, PL_STORE_INPUTS, &p->p->sha256, NULL))
		return 0;
	int rc = pl_relock_judge_package(c->run.env, c->run.store, p->d->format, p->p, &p->arena,
					 &p->scripts, &p->n_scripts, &p->why_not);
	p->is_judged = rc == 0;
	if (rc < 0 && rc != -PL_INPUT) {
		*err = p->why_not;
		return rc;
	}
	return 0;
}

static void compare_script(struct checking *c, const struct pl_lock_package *p,
			   const struct pl_lock_script *locked, const struct pl_lock_script *is)
{
	bool same =
		strcmp(locked->name, is->name) == 0 && pl_digest_eq(&locked->sha256, &is->sha256);
	const char *unknown = pl_verdict_name(PL_SCRIPT_UNKNOWN);
	if (!same)
		add_finding(c, PL_FINDING_WRONG, p, is->name,
			    "the lock's entry of it is not the package's");
	else if (c->is_proven && strcmp(locked->verdict, is->verdict) != 0)
		add_finding(c,
			    strcmp(is->verdict, unknown) == 0 ? PL_FINDING_WRONG
							      : PL_FINDING_OUTDATED,
			    p, is->name,
			    pl_arena_printf(c->a, "the lock says %s of it, this program %s: %s",
					    locked->verdict, is->verdict, is->reason));
}

static void compare_scripts(struct checking *c, const struct checked *x)
{
	const struct pl_lock_package *p = x->p;
	if (!x->is_judged) {
		if (x->why_not.code == PL_INPUT || x->why_not.code == PL_VERIFY)
			add_finding(c, PL_FINDING_WRONG, p, NULL,
				    pl_arena_cstr(c->a, pl_str_of(x->why_not.msg)));
		else if (x->vouched == PL_VOUCHED)
			add_finding(c, PL_FINDING_NOT_CHECKED, p, NULL,
				    pl_arena_printf(c->a, "its scripts: %s", x->why_not.msg));
		return;
	}
	size_t n = x->n_scripts < p->n_scripts ? x->n_scripts : p->n_scripts;
	for (size_t i = 0; i < n; i++)
		compare_script(c, p, &p->scripts[i], &x->scripts[i]);
	for (size_t i = n; i < x->n_scripts; i++)
		add_finding(c, PL_FINDING_WRONG, p,
			    pl_arena_cstr(c->a, pl_str_of(x->scripts[i].name)),
			    "the package has it, the lock does not");
	for (size_t i = n; i < p->n_scripts; i++)
		add_finding(c, PL_FINDING_WRONG, p, p->scripts[i].name,
			    "the lock has it, the package does not");
}

/* Can the lock be tried? What is wrong so far would only be said again. */
static bool can_prove(const struct checking *c)
{
	for (size_t i = 0; i < c->packages.n; i++)
		if (!c->packages.v[i].is_judged)
			return false;
	return c->found.n == 0;
}

static int try_lock(struct checking *c, struct pl_err *err)
{
	struct pl_err why = {0};
	if (!can_prove(c))
		return 0;
	int rc = c->prove(c->prove_ctx, c->run.former, NULL, &c->proof, &why);
	c->is_proven = rc == 0;
	if (rc < 0 && pl_must_end(why.code)) {
		*err = why;
		return rc;
	}
	if (rc < 0)
		add_finding(c, PL_FINDING_NOT_CHECKED, NULL, NULL,
			    pl_arena_printf(c->a, "what the scripts do: %s", why.msg));
	return 0;
}

static struct pl_lock_script *script_of(struct checking *c, const struct pl_script_note *n)
{
	for (size_t i = 0; i < c->packages.n; i++)
		for (size_t k = 0;
		     c->packages.v[i].p == n->package && k < c->packages.v[i].n_scripts; k++)
			if (strcmp(c->packages.v[i].scripts[k].name, n->script) == 0)
				return &c->packages.v[i].scripts[k];
	return NULL;
}

/* As locking writes them (prove.c). */
static void take_notes(struct checking *c)
{
	for (size_t o = 0; o < pl_note_order_n; o++)
		for (size_t i = 0; i < c->proof.n_notes; i++) {
			const struct pl_script_note *n = &c->proof.notes[i];
			struct pl_lock_script *s =
				n->verdict == pl_note_order[o] ? script_of(c, n) : NULL;
			if (s) {
				s->verdict = pl_verdict_name(n->verdict);
				s->reason = n->why;
			}
		}
}

static int check_packages(struct checking *c, struct pl_err *err)
{
	int rc = 0;
	for (size_t i = 0; c->run.env->formats[i] && rc == 0; i++)
		rc = fetch_packages(c, c->run.env->formats[i], err);
	if (rc == 0)
		rc = pl_parallel(c->run.env, c->packages.n, judge, c, err);
	if (rc == 0)
		rc = try_lock(c, err);
	take_notes(c);
	for (size_t i = 0; i < c->packages.n && rc == 0; i++)
		if (c->packages.v[i].vouched != PL_VOUCHED_NOT)
			compare_scripts(c, &c->packages.v[i]);
	return rc;
}

/* -- account numbers -- */

static const struct pl_lock_id *find_id(const struct pl_lock_id *v, size_t n,
					const struct pl_lock_id *like)
{
	for (size_t i = 0; i < n; i++)
		if (pl_lock_id_cmp(&v[i], like) == 0)
			return &v[i];
	return NULL;
}

static void compare_ids(struct checking *c, const struct pl_lock_distro *d,
			const struct pl_lock_id *v, size_t n)
{
	size_t same = 0;
	for (size_t i = 0; i < d->n_ids; i++) {
		const struct pl_lock_id *is = find_id(v, n, &d->ids[i]);
		same += is != NULL;
		if (is && is->id != d->ids[i].id)
			add_finding(c, PL_FINDING_WRONG, NULL, NULL,
				    pl_arena_printf(
					    c->a,
					    "distro %s: %u is no number that locking gives to the "
					    "%s %s",
					    d->name, d->ids[i].id, is->is_group ? "group" : "user",
					    is->name));
	}
	if (same < n || same < d->n_ids)
		add_finding(
			c, PL_FINDING_OUTDATED, NULL, NULL,
			pl_arena_printf(c->a,
					"distro %s: its packages make other accounts than the lock "
					"has; run plimsoll lock",
					d->name));
}

/* Allocating again from the lock's numbers gives the lock's numbers. */
static void check_ids(struct checking *c, const struct pl_relock_distro *d)
{
	PL_VEC(struct pl_id_want) all = {0};
	struct pl_lock_id *ids = NULL;
	const struct pl_lock_distro *l = d->former;
	size_t n = 0;
	struct pl_err why = {0};
	for (size_t i = 0; i < c->proof.n_ids; i++)
		if (strcmp(c->proof.ids[i].distro, l->name) == 0)
			*pl_vec_push(&all) = c->proof.ids[i].want;
	if (pl_ids_allocate(c->a, l->name, all.v, all.n, l->ids, l->n_ids, true, &ids, &n, &why) ==
	    0)
		compare_ids(c, l, ids, n);
	else
		add_finding(c, PL_FINDING_WRONG, NULL, NULL,
			    pl_arena_cstr(c->a, pl_str_of(why.msg)));
	pl_vec_free(&all);
}

static int by_kind(const void *a, const void *b)
{
	const struct pl_finding *x = a, *y = b;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->package && y->package && x->package != y->package)
		return pl_lock_package_cmp(x->package, y->package);
	if (!x->package != !y->package)
		return x->package ? 1 : -1;
	return strcmp(x->script ? x->script : "", y->script ? y->script : "");
}

static int check_all(struct checking *c, struct pl_err *err)
{
	int rc = check_definitions(c, err);
	if (rc == 0)
		rc = pl_relock_distros(&c->run, err);
	if (rc == 0)
		rc = check_indexes(c, err);
	if (rc == 0)
		rc = check_packages(c, err);
	for (size_t i = 0; i < c->run.distros.n && rc == 0 && c->is_proven; i++)
		if (c->run.distros.v[i]->former)
			check_ids(c, c->run.distros.v[i]);
	return rc;
}

static void report(struct checking *c, struct pl_lock_report *ret)
{
	if (c->found.n)
		qsort(c->found.v, c->found.n, sizeof(*c->found.v), by_kind);
	*ret = (struct pl_lock_report){
		.v = pl_arena_dup(c->a, c->found.v, c->found.n, sizeof(*c->found.v)),
		.n = c->found.n,
		.images = c->run.former->n_images};
	for (size_t i = 0; i < c->run.former->n_distros; i++)
		ret->packages += c->run.former->distros[i].n_packages;
	for (size_t i = 0; i < c->found.n; i++)
		ret->by_kind[c->found.v[i].kind]++;
}

int pl_lock_check(const struct pl_env *env, const struct pl_fleet *f, struct pl_store *store,
		  const struct pl_lock *l, pl_prove_fn *prove, void *prove_ctx, struct pl_arena *a,
		  struct pl_lock_report *ret, struct pl_err *err)
{
	struct checking c = {.run = {.env = env,
				     .fleet = f,
				     .store = store,
				     .former = l,
				     .files = pl_files_new(env, f, store)},
			     .prove = prove,
			     .prove_ctx = prove_ctx,
			     .a = a};
	int rc = check_all(&c, err);
	if (rc == 0)
		report(&c, ret);
	for (size_t i = 0; i < c.packages.n; i++)
		pl_arena_done(&c.packages.v[i].arena);
	pl_vec_free(&c.packages);
	pl_vec_free(&c.found);
	pl_relock_done(&c.run);
	return rc;
}
