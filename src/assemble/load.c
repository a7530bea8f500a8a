// SPDX-License-Identifier: Apache-2.0
/* Loading packages: which ones, fetching those that the store lacks, reading them in parallel. */
#include "assemble/builder_int.h"

#include "base/num.h"
#include "base/threads.h"

static const char *loaded_key(struct pl_arena *a, const struct pl_lock_package *p,
			      const char **exclude)
{
	PL_AUTO(buf) b = {0};
	pl_buf_addf(&b, "%s %s", p->ecosystem, PL_DIGEST_STR(&p->sha256));
	for (const char **r = exclude; r && *r; r++)
		pl_buf_addf(&b, "\n%s", *r);
	return pl_arena_cstr(a, pl_buf_str(&b));
}

struct pl_loaded *pl_builder_want(struct pl_builder *b, const struct pl_lock_package *p,
				  const char **exclude)
{
	struct pl_str key = pl_str_of(loaded_key(&b->arena, p, exclude));
	struct pl_loaded *l = pl_map_get(&b->loaded_by_key, key);
	if (l)
		return l;
	l = pl_xcalloc(1, sizeof(*l));
	l->format = pl_format_find(b->env, p->ecosystem); /* the lock was checked */
	l->lock = p;
	l->exclude = exclude;
	l->raw = -1;
	pthread_mutex_init(&l->bodies_lock, NULL);
	pl_map_put(&b->loaded_by_key, key, l);
	*pl_vec_push(&b->loaded) = l;
	return l;
}

void pl_loaded_free(struct pl_loaded *l)
{
	pl_close_fd(&l->raw);
	pl_arena_done(&l->arena);
	pl_map_done(&l->bodies);
	pl_arena_done(&l->bodies_arena);
	pthread_mutex_destroy(&l->bodies_lock);
	free(l);
}

static int by_size(const void *a, const void *b)
{
	const struct pl_loaded *x = *(struct pl_loaded *const *)a,
			       *y = *(struct pl_loaded *const *)b;
	if (x->lock->size != y->lock->size)
		return x->lock->size > y->lock->size ? -1 : 1;
	return pl_digest_cmp(&x->lock->sha256, &y->lock->sha256);
}

/* The largest packages keep their unpacked bytes at hand for the layer's diff_id: reading them back
 * costs a third of inflating them. Bounded, for descriptors and disk are. */
#define RAW_FILES 200
#define RAW_KIB ((uint64_t)256 << 10)

static int load_package(void *ctx, size_t i, unsigned worker, struct pl_err *err)
{
	struct pl_builder *b = ctx;
	struct pl_loaded *l = b->loaded.v[i];
	struct pl_packing drop = {b->compressor, l->exclude, l->lost, l->n_lost};
	if (i < RAW_FILES && l->lock->installed_kib < RAW_KIB)
		l->raw = pl_store_scratch(b->store);
	int rc = pl_package_load(b->env, b->store, l->format, l->lock, &drop, &l->arena, &l->facts,
				 &l->fragment, &l->fresh, &l->raw, err);
	if (rc < 0)
		return rc;
	const struct pl_package_ref ref = {l->lock, l->facts.own};
	l->format->judge(&ref, &l->arena, &l->scripts, &l->n_scripts);
	pl_progress_step(b->env, "packages", l->lock->size, l->lock->name);
	return 0;
}

static const struct pl_lock_distro *distro_of(const struct pl_lock *l,
					      const struct pl_lock_package *p)
{
	for (size_t i = 0; i < l->n_distros; i++) {
		const struct pl_lock_distro *d = &l->distros[i];
		if (p >= d->packages && p < d->packages + d->n_packages)
			return d;
	}
	return NULL;
}

/* Where a locked package is to be had. */
static int want_of(const struct pl_builder *b, const struct pl_lock_package *p, struct pl_arena *a,
		   struct pl_package_want *ret, struct pl_err *err)
{
	const struct pl_lock_distro *ld = distro_of(b->lock, p);
	const struct pl_distro *d = NULL;
	for (size_t i = 0; ld && i < b->fleet->n_distros; i++)
		if (strcmp(b->fleet->distros[i].name, ld->name) == 0)
			d = &b->fleet->distros[i];
	if (!d)
		return pl_fail(err, PL_INPUT,
			       "the lock's package %s belongs to no distro of fleet.yaml; run "
			       "plimsoll lock",
			       p->name);
	*ret = (struct pl_package_want){.origin = &d->origin, .package = p};
	for (size_t i = 0; i < ld->n_suites; i++)
		if (strcmp(ld->suites[i].suite, p->suite) == 0)
			ret->when = ld->suites[i].date;
	return 0;
}

static bool is_missing(struct pl_builder *b, const struct pl_loaded *l)
{
	struct pl_packing drop = {b->compressor, l->exclude, l->lost, l->n_lost};
	return !pl_store_has(b->store, PL_STORE_INPUTS, &l->lock->sha256, NULL) &&
	       !pl_package_known(b->store, l->format, l->lock, &drop);
}

/* The packages of a format that no record stands for and that the store lacks. */
static int fetch_missing(struct pl_builder *b, const struct pl_package_format *format,
			 struct pl_err *err)
{
	PL_VEC(struct pl_package_want) want = {0};
	PL_AUTO(arena) a = {0};
	int rc = 0;
	for (size_t i = 0; i < b->loaded.n && rc == 0; i++) {
		struct pl_package_want w;
		if (b->loaded.v[i]->format != format || !is_missing(b, b->loaded.v[i]))
			continue;
		rc = want_of(b, b->loaded.v[i]->lock, &a, &w, err);
		if (rc == 0)
			*pl_vec_push(&want) = w;
	}
	if (rc == 0 && want.n)
		rc = format->fetch(b->env, b->store, want.v, want.n, &b->result->fetched_bytes,
				   err);
	pl_vec_free(&want);
	return rc;
}

int pl_builder_load(struct pl_builder *b, struct pl_err *err)
{
	if (b->loaded.n == 0)
		return 0;
	uint64_t total = 0;
	for (size_t i = 0; i < b->loaded.n; i++)
		total += b->loaded.v[i]->lock->size;
	int rc = 0;
	for (size_t i = 0; b->env->formats[i] && rc == 0; i++)
		rc = fetch_missing(b, b->env->formats[i], err);
	if (rc < 0)
		return rc;
	qsort(b->loaded.v, b->loaded.n, sizeof(*b->loaded.v),
	      by_size); /* largest first: even load */
	pl_progress_begin(b->env, "packages", total, "B");
	rc = pl_parallel(b->env, b->loaded.n, load_package, b, err);
	if (rc < 0)
		return rc;
	size_t fresh = 0;
	for (size_t i = 0; i < b->loaded.n; i++) {
		struct pl_loaded *l = b->loaded.v[i];
		fresh += l->fresh;
		for (size_t k = 0; k < l->facts.n_entries; k++) {
			struct pl_package_entry *e = &l->facts.entries[k];
			if (e->is_library)
				pl_map_put(&b->elf, pl_digest_key(&e->sha256), &e->elf);
			if (e->program)
				pl_map_put(&b->programs, pl_digest_key(&e->sha256),
					   (void *)(uintptr_t)e->program);
		}
	}
	pl_progress_end(b->env, "packages", "%s, %zu read anew", PL_COUNTED(b->loaded.n, "package"),
			fresh);
	return 0;
}
