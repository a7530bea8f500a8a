// SPDX-License-Identifier: Apache-2.0
#include "lock/relock.h"

#include "fleet/files.h"
#include "io/gzip_write.h"
#include "lock/relock_int.h"

static const char *text(struct pl_lock *l, struct pl_str s) { return pl_arena_cstr(&l->arena, s); }

/* "nginx needs debconf (>= 0.5)", or who asked. */
static const char *why(struct pl_lock *l, const struct pl_relock_image *t,
		       const struct pl_choice *c)
{
	if (c->parent < 0)
		return pl_arena_printf(&l->arena, "asked for by %s", t->image->id);
	return pl_arena_printf(&l->arena, PL_STR_FMT " needs " PL_STR_FMT,
			       PL_STR_ARG(t->all.v[c->parent].pkg->name), PL_STR_ARG(c->reason));
}

static struct pl_lock_package *add_package(struct pl_relock_run *r, const struct pl_relock_image *t,
					   const struct pl_choice *c)
{
	const struct pl_package *p = c->pkg;
	struct pl_lock *l = r->lock;
	const char *key =
		pl_arena_printf(&r->arena, "%s " PL_STR_FMT " " PL_STR_FMT " " PL_STR_FMT " %s",
				t->distro->d->name, PL_STR_ARG(p->name), PL_STR_ARG(p->version),
				PL_STR_ARG(p->architecture), PL_DIGEST_STR(&p->sha256));
	struct pl_lock_package *n = pl_map_get(&r->packages, pl_str_of(key));
	if (n)
		return n;
	n = pl_arena_new(&l->arena, struct pl_lock_package);
	*n = (struct pl_lock_package){
		.name = text(l, p->name),
		.version = text(l, p->version),
		.architecture = text(l, p->architecture),
		.source = text(l, p->source),
		.source_version = text(l, p->source_version),
		.sha256 = p->sha256,
		.size = p->size,
		.installed_kib = p->installed_kib,
		.filename = text(l, p->filename),
		.suite = pl_arena_cstr(
			&l->arena, pl_str_of(t->distro->indexes[t->index]->suites[p->suite].suite)),
		.why = why(l, t, c),
		.layer = "",
	};
	pl_map_put(&r->packages, pl_str_of(key), n);
	return n;
}

static int by_package(const void *a, const void *b)
{
	const struct pl_lock_package *x = *(struct pl_lock_package *const *)a,
				     *y = *(struct pl_lock_package *const *)b;
	int c = strcmp(x->name, y->name);
	if (c == 0)
		c = strcmp(x->version, y->version);
	if (c == 0)
		c = strcmp(x->architecture, y->architecture);
	return c ? c : pl_digest_cmp(&x->sha256, &y->sha256);
}

static int add_files(struct pl_relock_run *r, const struct pl_relock_image *t,
		     struct pl_lock_image *li, struct pl_err *err)
{
	struct pl_fleet_file *f;
	size_t n;
	int rc = pl_files_collect(r->env, r->fleet, t->image, t->platform, r->store,
				  &r->lock->arena, &f, &n, err);
	if (rc < 0)
		return rc;
	li->files = pl_arena_array(&r->lock->arena, struct pl_lock_file, n + 1);
	li->n_files = n;
	for (size_t i = 0; i < n; i++)
		li->files[i] = (struct pl_lock_file){
			.to = pl_arena_printf(&r->lock->arena, "/%s", f[i].to),
			.from = f[i].from,
			.sha256 = f[i].sha256,
			.size = f[i].size,
			.mode = f[i].mode};
	return 0;
}

static int by_image(const void *a, const void *b)
{
	const struct pl_lock_image *x = a, *y = b;
	int c = strcmp(x->id, y->id);
	return c ? c : strcmp(x->platform->name, y->platform->name);
}

static int add_images(struct pl_relock_run *r, struct pl_err *err)
{
	struct pl_lock *l = r->lock;
	l->images = pl_arena_array(&l->arena, struct pl_lock_image, r->images.n + 1);
	for (size_t i = 0; i < r->images.n; i++) {
		const struct pl_relock_image *t = r->images.v[i];
		struct pl_lock_image *li = &l->images[l->n_images++];
		*li = (struct pl_lock_image){.id = t->image->id,
					     .platform = t->platform,
					     .base = t->image->base ? t->image->base->id : NULL,
					     .distro = t->distro->d->name,
					     .definition = t->image->hash};
		li->packages = pl_arena_array(&l->arena, struct pl_lock_package *, t->all.n + 1);
		for (size_t k = t->n_base; k < t->all.n; k++)
			li->packages[li->n_packages++] = add_package(r, t, &t->all.v[k]);
		qsort(li->packages, li->n_packages, sizeof(*li->packages), by_package);
		int rc = add_files(r, t, li, err);
		if (rc < 0)
			return rc;
	}
	qsort(l->images, l->n_images, sizeof(*l->images), by_image);
	return 0;
}

static void add_suites(struct pl_relock_run *r, struct pl_relock_distro *d)
{
	struct pl_arena *a = &r->lock->arena;
	const struct pl_index *ix = d->indexes[0];
	d->lock->suites = pl_arena_array(a, struct pl_lock_suite, ix->n_suites);
	d->lock->n_suites = ix->n_suites;
	for (size_t i = 0; i < ix->n_suites; i++)
		d->lock->suites[i] = (struct pl_lock_suite){
			pl_arena_cstr(a, pl_str_of(ix->suites[i].suite)), ix->suites[i].date,
			ix->suites[i].release_sha256,
			pl_arena_cstr(a, pl_str_of(ix->suites[i].fingerprint))};
}

/* Packages into their distros' sorted lists. Images point at them, so the pointers are moved along.
 */
static void settle_packages(struct pl_relock_run *r)
{
	for (size_t i = 0; i < r->distros.n; i++) {
		struct pl_relock_distro *d = r->distros.v[i];
		PL_VEC(struct pl_lock_package *) v = {0};
		PL_AUTOFREE char *prefix = pl_xprintf("%s ", d->d->name);
		for (size_t k = 0; k < r->packages.n; k++)
			if (pl_str_starts(r->packages.items[k].key, prefix))
				*pl_vec_push(&v) = r->packages.items[k].value;
		if (v.n)
			qsort(v.v, v.n, sizeof(*v.v), by_package);
		d->lock->packages =
			pl_arena_array(&r->lock->arena, struct pl_lock_package, v.n + 1);
		d->lock->n_packages = v.n;
		for (size_t k = 0; k < v.n; k++) {
			v.v[k]->index = (unsigned)k;
			d->lock->packages[k] = *v.v[k];
		}
		for (size_t k = 0; k < r->lock->n_images; k++) {
			struct pl_lock_image *li = &r->lock->images[k];
			for (size_t n = 0;
			     n < li->n_packages && strcmp(li->distro, d->d->name) == 0; n++)
				li->packages[n] = &d->lock->packages[li->packages[n]->index];
		}
		pl_vec_free(&v);
	}
}

static void add_distros(struct pl_relock_run *r)
{
	struct pl_lock *l = r->lock;
	l->format = PL_LOCK_FORMAT;
	l->compressor = pl_compressor_name();
	l->distros = pl_arena_array(&l->arena, struct pl_lock_distro, r->distros.n + 1);
	l->n_distros = r->distros.n;
	for (size_t i = 0; i < r->distros.n; i++) {
		l->distros[i] = (struct pl_lock_distro){.name = r->distros.v[i]->d->name};
		r->distros.v[i]->lock = &l->distros[i];
		add_suites(r, r->distros.v[i]);
	}
}

static int run(struct pl_relock_run *r, struct pl_err *err)
{
	int rc = pl_relock_read(r, err);
	if (rc == 0)
		rc = pl_relock_resolve(r, err);
	if (rc < 0)
		return rc;
	add_distros(r);
	rc = add_images(r, err);
	if (rc < 0)
		return rc;
	pl_relock_layers(r);
	rc = pl_relock_judge(r, err);
	if (rc < 0)
		return rc;
	settle_packages(r);
	r->stats.packages = r->packages.n;
	r->stats.images = r->images.n;
	return 0;
}

static void run_done(struct pl_relock_run *r)
{
	for (size_t i = 0; i < r->images.n; i++)
		pl_arena_done(&r->images.v[i]->arena);
	for (size_t i = 0; i < r->distros.n; i++)
		for (size_t k = 0; k < r->distros.v[i]->n_platforms; k++) {
			pl_map_done(&r->distros.v[i]->keep[k]);
			pl_index_free(r->distros.v[i]->indexes[k]);
		}
	pl_vec_free(&r->images);
	pl_vec_free(&r->distros);
	pl_map_done(&r->packages);
	pl_suites_done(&r->suites);
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
				  .lock = pl_lock_new()};
	int rc = run(&r, err);
	if (rc == 0) {
		*ret = pl_steal(&r.lock);
		if (ret_stats)
			*ret_stats = r.stats;
	}
	run_done(&r);
	return rc;
}
