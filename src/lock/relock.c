// SPDX-License-Identifier: Apache-2.0
#include "lock/relock.h"

#include "io/compressor.h"
#include "lock/layers_int.h"
#include "lock/relock_int.h"

/* "nginx needs debconf (>= 0.5)", or who asked. */
static const char *why_chosen(struct pl_arena *a, const struct pl_relock_image *t,
			      const struct pl_package_choice *c)
{
	if (c->parent < 0)
		return pl_arena_printf(a, "asked for by %s", t->image->id);
	return pl_arena_printf(a, PL_STR_FMT " needs " PL_STR_FMT,
			       PL_STR_ARG(t->all.v[c->parent].name), PL_STR_ARG(c->reason));
}

/* The lock's package of a choice: one for all images of the distro that chose it. */
static struct pl_lock_package *package_of(struct pl_relock_run *r, const struct pl_relock_image *t,
					  const struct pl_package_choice *c)
{
	struct pl_relock_distro *d = t->distro;
	struct pl_arena *a = &r->lock->arena;
	PL_AUTO(buf) key = {0};
	pl_buf_addf(&key, PL_STR_FMT " " PL_STR_FMT " " PL_STR_FMT " ", PL_STR_ARG(c->name),
		    PL_STR_ARG(c->version), PL_STR_ARG(c->architecture));
	pl_buf_add(&key, c->sha256.b, sizeof(c->sha256.b));
	struct pl_relock_package *p = pl_map_get(&d->by_identity, pl_buf_str(&key));
	if (p)
		return &p->entry;
	p = pl_arena_new(&r->arena, struct pl_relock_package);
	p->distro = d;
	d->format->entry(d->archive, c, a, &p->entry, &p->often);
	p->entry.why = why_chosen(a, t, c);
	p->entry.layer = "";
	pl_map_put(&d->by_identity, pl_arena_str(&r->arena, pl_buf_str(&key)), p);
	*pl_vec_push(&d->packages) = p;
	*pl_vec_push(&r->packages) = p;
	return &p->entry;
}

static bool changes_often(const struct pl_lock_package *p)
{
	return ((const struct pl_relock_package *)(const void *)p)->often; /* its first member */
}

static int by_package(const void *a, const void *b)
{
	return pl_lock_package_cmp(*(struct pl_lock_package *const *)a,
				   *(struct pl_lock_package *const *)b);
}

static int by_image(const void *a, const void *b) { return pl_lock_image_cmp(a, b); }

static int add_files(struct pl_relock_run *r, const struct pl_relock_image *t,
		     struct pl_lock_image *li, struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	struct pl_fleet_file *f;
	int rc = pl_files_collect(r->files, t->image->declared, t->platform, &a, &f, &li->n_files,
				  err);
	if (rc == 0)
		li->files = pl_files_lock(&r->lock->arena, f, li->n_files);
	return rc;
}

static int add_images(struct pl_relock_run *r, struct pl_err *err)
{
	struct pl_lock *l = r->lock;
	l->images = pl_arena_array(&l->arena, struct pl_lock_image, r->images.n + 1);
	for (size_t i = 0; i < r->images.n; i++) {
		const struct pl_relock_image *t = r->images.v[i];
		const struct pl_image *base = t->image->base;
		struct pl_lock_image *li = &l->images[l->n_images++];
		*li = (struct pl_lock_image){
			.id = pl_arena_cstr(&l->arena, pl_str_of(t->image->id)),
			.platform = t->platform,
			.base = base ? pl_arena_cstr(&l->arena, pl_str_of(base->id)) : NULL,
			.distro = t->distro->lock->name,
			.definition = t->image->declared->hash,
			.inputs = t->image->inputs};
		li->packages = pl_arena_array(&l->arena, struct pl_lock_package *, t->all.n + 1);
		for (size_t k = t->n_base; k < t->all.n; k++)
			li->packages[li->n_packages++] = package_of(r, t, &t->all.v[k]);
		qsort(li->packages, li->n_packages, sizeof(*li->packages), by_package);
		int rc = add_files(r, t, li, err);
		if (rc < 0)
			return rc;
	}
	qsort(l->images, l->n_images, sizeof(*l->images), by_image);
	return pl_files_remember(r->files, err);
}

static void add_suites(struct pl_arena *a, struct pl_relock_distro *d)
{
	const struct pl_package_archive *ar = d->archive;
	d->lock->suites = pl_arena_array(a, struct pl_lock_suite, ar->n_suites + 1);
	d->lock->n_suites = ar->n_suites;
	for (size_t i = 0; i < ar->n_suites; i++) {
		struct pl_lock_suite *s = &d->lock->suites[i];
		*s = ar->suites[i];
		s->suite = pl_arena_cstr(a, pl_str_of(s->suite));
		s->fingerprint = pl_arena_cstr(a, pl_str_of(s->fingerprint));
	}
}

/* The former lock's, while this program can make its bytes and nobody asked for others. */
static const struct pl_compressor *choose_compressor(const struct pl_relock_run *r)
{
	const struct pl_compressor *c =
		r->former ? pl_compressor_find(r->former->compressor) : NULL;
	if (r->former && !c)
		pl_note(r->env,
			"the lock named %.60s, which this program does not have: layers get other "
			"digests now",
			r->former->compressor);
	return c && !r->o->regroup ? c : pl_compressor_default();
}

static void add_distros(struct pl_relock_run *r)
{
	struct pl_lock *l = r->lock;
	l->format = PL_LOCK_FORMAT;
	l->recipes = r->fleet->recipes_digest;
	l->compressor = pl_arena_cstr(&l->arena, pl_str_of(choose_compressor(r)->name));
	l->distros = pl_arena_array(&l->arena, struct pl_lock_distro, r->distros.n + 1);
	l->n_distros = r->distros.n;
	for (size_t i = 0; i < r->distros.n; i++) {
		l->distros[i] = (struct pl_lock_distro){
			.name = pl_arena_cstr(&l->arena, pl_str_of(r->distros.v[i]->d->name))};
		r->distros.v[i]->lock = &l->distros[i];
		add_suites(&l->arena, r->distros.v[i]);
	}
}

/* Packages into their distros' sorted lists. Images point at them, so the pointers are moved along.
 */
static void list_packages(struct pl_relock_run *r)
{
	for (size_t i = 0; i < r->distros.n; i++) {
		struct pl_relock_distro *d = r->distros.v[i];
		if (d->packages.n)
			qsort(d->packages.v, d->packages.n, sizeof(*d->packages.v), by_package);
		d->lock->packages =
			pl_arena_array(&r->lock->arena, struct pl_lock_package, d->packages.n + 1);
		d->lock->n_packages = d->packages.n;
		for (size_t k = 0; k < d->packages.n; k++) {
			d->packages.v[k]->entry.index = (unsigned)k;
			d->lock->packages[k] = d->packages.v[k]->entry;
		}
	}
	for (size_t i = 0; i < r->lock->n_images; i++) {
		struct pl_lock_image *li = &r->lock->images[i];
		for (size_t k = 0; k < li->n_packages; k++) {
			const struct pl_relock_package *p =
				(const struct pl_relock_package *)(const void *)li->packages[k];
			li->packages[k] = &p->distro->lock->packages[p->entry.index];
		}
	}
}

static int make_lock(struct pl_relock_run *r, struct pl_err *err)
{
	int rc = pl_relock_read(r, err);
	if (rc == 0)
		rc = pl_relock_missing(r, err);
	if (rc == 0)
		rc = pl_relock_resolve(r, err);
	if (rc < 0)
		return rc;
	add_distros(r);
	rc = add_images(r, err);
	if (rc < 0)
		return rc;
	rc = pl_layers_assign(r->lock, r->former, changes_often, err);
	if (rc == 0 && r->o->regroup)
		rc = pl_layers_regroup(r->lock, changes_often, &r->stats.regrouped, err);
	if (rc == 0)
		rc = pl_relock_judge(r, err);
	if (rc < 0)
		return rc;
	list_packages(r);
	rc = pl_relock_prove(r, err);
	if (rc < 0)
		return rc;
	r->stats.packages = r->packages.n;
	r->stats.images = r->images.n;
	return 0;
}

void pl_relock_done(struct pl_relock_run *r)
{
	for (size_t i = 0; i < r->packages.n; i++)
		pl_arena_done(&r->packages.v[i]->arena);
	for (size_t i = 0; i < r->images.n; i++)
		pl_arena_done(&r->images.v[i]->arena);
	for (size_t i = 0; i < r->distros.n; i++) {
		struct pl_relock_distro *d = r->distros.v[i];
		d->format->archive_free(d->archive);
		pl_map_done(&d->by_identity);
		pl_vec_free(&d->packages);
	}
	pl_vec_free(&r->packages);
	pl_vec_free(&r->images);
	pl_vec_free(&r->distros);
	pl_files_free(r->files);
	pl_lock_free(r->lock);
	pl_arena_done(&r->arena);
}

int pl_relock(const struct pl_env *env, const struct pl_fleet *f, struct pl_store *store,
	      const struct pl_lock *former, const struct pl_relock_options *o, struct pl_lock **ret,
	      struct pl_relock_stats *ret_stats, struct pl_err *err)
{
	struct pl_relock_run r = {.env = env,
				  .fleet = f,
				  .store = store,
				  .former = former,
				  .o = o,
				  .files = pl_files_new(env, f, store),
				  .lock = pl_lock_new()};
	int rc = make_lock(&r, err);
	if (rc == 0) {
		*ret = pl_steal(&r.lock);
		if (ret_stats)
			*ret_stats = r.stats;
	}
	pl_relock_done(&r);
	return rc;
}
