// SPDX-License-Identifier: Apache-2.0
/* Loading packages: which ones, fetching those that the store lacks, reading them in parallel. */
#include "build/builder_int.h"

#include "base/threads.h"
#include "build/suites_int.h"

static const char *loaded_key(struct pl_arena *a, const struct pl_lock_package *p,
			      const char **exclude)
{
	PL_AUTO(buf) b = {0};
	pl_buf_adds(&b, PL_DIGEST_STR(&p->sha256));
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

static int load_one(void *ctx, size_t i, unsigned worker, struct pl_err *err)
{
	struct pl_builder *b = ctx;
	struct pl_loaded *l = b->loaded.v[i];
	struct pl_drop drop = {l->exclude, l->lost, l->n_lost};
	if (i < RAW_FILES && l->lock->installed_kib < RAW_KIB)
		l->raw = pl_store_scratch(b->store);
	int rc = pl_package_load(b->env, b->store, l->lock, &drop, &l->arena, &l->facts,
				 &l->fragment, &l->fresh, &l->raw, err);
	if (rc == 0)
		pl_progress_step(b->env, "packages", l->lock->size, l->lock->name);
	return rc;
}

/* The .debs that no record stands for and that the store lacks. */
static int fetch_missing(struct pl_builder *b, struct pl_err *err)
{
	PL_VEC(struct pl_deb_request) want = {0};
	struct pl_suites suites = {0};
	int rc = 0;
	for (size_t i = 0; i < b->loaded.n && rc == 0; i++) {
		struct pl_loaded *l = b->loaded.v[i];
		struct pl_drop drop = {l->exclude, l->lost, l->n_lost};
		if (pl_store_has(b->store, PL_STORE_INPUTS, &l->lock->sha256, NULL) ||
		    pl_package_known(b->store, l->lock, &drop))
			continue;
		struct pl_deb_request *rq = pl_vec_push(&want);
		*rq = (struct pl_deb_request){.filename = pl_str_of(l->lock->filename),
					      .size = l->lock->size,
					      .sha256 = l->lock->sha256};
		rc = pl_suites_mirrors(&suites, b->fleet, b->lock, l->lock, &rq->uris, err);
	}
	if (rc == 0 && want.n)
		rc = pl_debs_fetch(b->env, b->store, want.v, want.n, &b->result->fetched_bytes,
				   err);
	pl_vec_free(&want);
	pl_suites_done(&suites);
	return rc;
}

int pl_builder_load(struct pl_builder *b, struct pl_err *err)
{
	if (b->loaded.n == 0)
		return 0;
	uint64_t total = 0;
	for (size_t i = 0; i < b->loaded.n; i++)
		total += b->loaded.v[i]->lock->size;
	int rc = fetch_missing(b, err);
	if (rc < 0)
		return rc;
	qsort(b->loaded.v, b->loaded.n, sizeof(*b->loaded.v),
	      by_size); /* largest first: even load */
	pl_progress_begin(b->env, "packages", total, "B");
	rc = pl_parallel(b->env, b->loaded.n, load_one, b, err);
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
		}
	}
	pl_progress_end(b->env, "packages", "%zu packages, %zu of them read anew", b->loaded.n,
			fresh);
	return 0;
}
