// SPDX-License-Identifier: Apache-2.0
/*
 * Layers made of packages. Their bytes depend on the group alone, never on the image: folders first
 * (once each, image-spec layer.md forbids duplicates), then each package's fragment copied as it
 * is, then the end of the archive.
 */
#include "build/builder_int.h"

#include "base/threads.h"
#include "build/member_int.h"

#include <errno.h>
#include <unistd.h>

struct layer_record {
	struct pl_digest digest, diff_id;
	uint64_t size, unpacked;
};

static struct pl_digest group_key(struct pl_loaded *const *v, size_t n)
{
	PL_AUTO(buf) b = {0};
	pl_buf_addf(&b, "layer %s %s\n", pl_source_id, pl_compressor_name());
	for (size_t i = 0; i < n; i++) {
		pl_buf_addf(&b, "%s %s\n", v[i]->lock->name, PL_DIGEST_STR(&v[i]->lock->sha256));
		for (const char **r = v[i]->exclude; r && *r; r++)
			pl_buf_addf(&b, " exclude %s\n", *r);
	}
	return pl_sha256_of(pl_buf_str(&b));
}

/* Folders of the group with what every package's files need above them, sorted. */
static int by_path(const void *a, const void *b)
{
	const struct pl_tar_entry *const *x = a, *const *y = b;
	return pl_str_cmp((*x)->path, (*y)->path);
}

static void add_folder(struct pl_arena *a, struct pl_map *m, const struct pl_tar_entry *e)
{
	void **slot = pl_map_slot(m, e->path);
	if (*slot)
		return; /* the first package by name gives the attributes; the top layer has the
			   last word */
	struct pl_tar_entry *d = pl_arena_new(a, struct pl_tar_entry);
	*d = *e;
	d->mtime = PL_EPOCH;
	*slot = d;
}

static int write_folders(struct pl_members *m, const struct pl_group *g, struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	PL_AUTO(map) seen = {0};
	PL_AUTO(buf) header = {0};
	static const char *const status_d[] = {"var", "var/lib", "var/lib/dpkg", PL_STATUS_D};
	for (size_t p = 0; p < g->n_packages; p++)
		for (size_t i = 0; i < g->packages[p]->facts.n_entries; i++) {
			const struct pl_tar_entry *e = &g->packages[p]->facts.entries[i].tar;
			if (e->type == PL_TAR_DIR)
				add_folder(&a, &seen, e);
		}
	for (size_t i = 0; i < PL_COUNT(status_d); i++) {
		struct pl_tar_entry e = {
			.type = PL_TAR_DIR, .path = pl_str_of(status_d[i]), .mode = 0755};
		add_folder(&a, &seen, &e);
	}
	const struct pl_tar_entry **v = pl_arena_array(&a, const struct pl_tar_entry *, seen.n);
	for (size_t i = 0; i < seen.n; i++)
		v[i] = seen.items[i].value;
	qsort(v, seen.n, sizeof(*v), by_path);
	for (size_t i = 0; i < seen.n; i++) {
		pl_buf_clear(&header);
		int rc = pl_tar_format(&header, v[i], err);
		if (rc == 0)
			rc = pl_members_write(m, header.p, header.n, err);
		if (rc < 0)
			return rc;
	}
	return pl_members_flush(m, err);
}

/* The unpacked bytes of a fragment that was just made: several layers may read them at once. */
static int hash_raw(const struct pl_loaded *l, struct pl_sha256 *h, char *chunk, size_t n_chunk,
		    uint64_t *ret, struct pl_err *err)
{
	uint64_t at = 0;
	for (;;) {
		ssize_t n = pread(l->raw, chunk, n_chunk, (off_t)at);
		if (n < 0)
			return pl_fail_sys(err, errno, "reading back %s", l->lock->name);
		if (n == 0)
			break;
		pl_sha256_add(h, chunk, (size_t)n);
		at += (uint64_t)n;
	}
	*ret = at;
	return 0;
}

static int hash_unpacked(struct pl_builder *b, const struct pl_loaded *l, struct pl_sha256 *h,
			 char *chunk, size_t n_chunk, uint64_t *ret, struct pl_err *err)
{
	struct pl_source *in;
	uint64_t sum = 0;
	int64_t n;
	int rc = pl_store_read(b->store, PL_STORE_INPUTS, &l->fragment.digest, false, &in, err);
	if (rc < 0)
		return rc;
	PL_AUTO_FREE(source) tar = pl_source_gunzip(in, b->env->limits, l->lock->name);
	while ((n = pl_source_read(tar, chunk, n_chunk, err)) > 0) {
		pl_sha256_add(h, chunk, (size_t)n);
		sum += (uint64_t)n;
	}
	*ret = sum;
	return (int)n;
}

/* Copies a fragment's packed bytes, and adds its unpacked bytes to the diff_id. What this run has
 * just written need not be verified again. */
static int copy_fragment(struct pl_builder *b, const struct pl_loaded *l, struct pl_members *m,
			 char *chunk, size_t n_chunk, struct pl_err *err)
{
	struct pl_source *packed = NULL;
	uint64_t sum = 0;
	int rc = pl_store_read(b->store, PL_STORE_INPUTS, &l->fragment.digest, !l->fresh, &packed,
			       err);
	if (rc == 0)
		rc = pl_copy(packed, m->out, NULL, err);
	pl_source_free(packed);
	if (rc == 0)
		rc = l->raw >= 0 ? hash_raw(l, m->hash, chunk, n_chunk, &sum, err)
				 : hash_unpacked(b, l, m->hash, chunk, n_chunk, &sum, err);
	if (rc == 0 && sum != l->fragment.unpacked)
		rc = pl_fail(err, PL_VERIFY, "%s: its fragment has another size than recorded",
			     l->lock->name);
	m->unpacked += sum;
	return rc;
}

static int write_layer(struct pl_builder *b, const struct pl_group *g, struct pl_members *m,
		       struct pl_err *err)
{
	static const char end[PL_TAR_END];
	const size_t n_chunk = (size_t)256 << 10;
	PL_AUTOFREE char *chunk = pl_xrealloc(NULL, n_chunk, 1);
	int rc = write_folders(m, g, err);
	for (size_t i = 0; i < g->n_packages && rc == 0; i++) {
		rc = copy_fragment(b, g->packages[i], m, chunk, n_chunk, err);
		if (rc == 0)
			rc = pl_env_check(b->env, err);
	}
	if (rc == 0)
		rc = pl_members_write(m, end, sizeof(end), err);
	return rc < 0 ? rc : pl_members_flush(m, err);
}

static int make_layer(struct pl_builder *b, const struct pl_group *g, struct layer_record *ret,
		      struct pl_err *err)
{
	PL_AUTO_FREE(sink) out = NULL;
	PL_AUTO(sha256) h = {0};
	PL_AUTO(members) m = {0};
	int rc = pl_store_writer(b->store, PL_STORE_BLOBS, UINT64_MAX, NULL, &ret->digest,
				 &ret->size, &out, err);
	if (rc < 0)
		return rc;
	pl_sha256_init(&h);
	pl_members_init(&m, out);
	m.hash = &h;
	rc = write_layer(b, g, &m, err);
	if (rc == 0)
		rc = pl_sink_finish(out, err);
	if (rc == 0) {
		pl_sha256_final(&h, &ret->diff_id);
		ret->unpacked = m.unpacked;
	}
	return rc;
}

/* Two packages of one group that ship the same path: one of them leaves it out of its fragment. */
static int settle_overlaps(struct pl_builder *b, struct pl_group *g, struct pl_err *err)
{
	PL_AUTO(map) owner = {0};
	PL_VEC(struct pl_str) *lost = NULL;
	int rc = 0;
	lost = pl_xcalloc(g->n_packages, sizeof(*lost));
	for (size_t p = 0; p < g->n_packages && rc == 0; p++)
		for (size_t i = 0; i < g->packages[p]->facts.n_entries && rc == 0; i++) {
			const struct pl_tar_entry *e = &g->packages[p]->facts.entries[i].tar;
			if (e->type == PL_TAR_DIR)
				continue;
			void **slot = pl_map_slot(&owner, e->path);
			size_t other = (size_t)(uintptr_t)*slot;
			if (other == 0 ||
			    pl_package_replaces(g->packages[p], g->packages[other - 1])) {
				if (other)
					*pl_vec_push(&lost[other - 1]) = e->path;
				*slot = (void *)(uintptr_t)(p + 1);
			} else if (pl_package_replaces(g->packages[other - 1], g->packages[p])) {
				*pl_vec_push(&lost[p]) = e->path;
			} else {
				rc = pl_fail(err, PL_CONFLICT,
					     "packages %s and %s both ship /%s, and neither "
					     "replaces the other",
					     g->packages[other - 1]->lock->name,
					     g->packages[p]->lock->name, e->path.p);
			}
		}
	for (size_t p = 0; p < g->n_packages && rc == 0; p++) {
		if (lost[p].n == 0)
			continue;
		struct pl_loaded *l = pl_xcalloc(1, sizeof(*l));
		pthread_mutex_init(&l->bodies_lock, NULL);
		l->raw = -1;
		l->lock = g->packages[p]->lock;
		l->exclude = g->packages[p]->exclude;
		qsort(lost[p].v, lost[p].n, sizeof(*lost[p].v), pl_str_qsort);
		l->lost = pl_arena_dup(&l->arena, lost[p].v, lost[p].n, sizeof(*lost[p].v));
		l->n_lost = lost[p].n;
		*pl_vec_push(&b->loaded) = l;
		struct pl_drop drop = {l->exclude, l->lost, l->n_lost};
		rc = pl_package_load(b->env, b->store, l->lock, &drop, &l->arena, &l->facts,
				     &l->fragment, &l->fresh, NULL, err);
		g->packages[p] = l;
	}
	for (size_t p = 0; p < g->n_packages; p++)
		pl_vec_free(&lost[p]);
	free(lost);
	return rc;
}

static int do_group(void *ctx, size_t i, unsigned worker, struct pl_err *err)
{
	struct pl_builder *b = ctx;
	struct pl_group *g = b->groups.v[i];
	PL_AUTO(buf) data = {0};
	struct layer_record rec;
	uint64_t size;
	int rc = pl_store_record_get(b->store, "layer", &g->key, &data, err);
	if (rc < 0)
		return rc;
	bool known = rc == 1 && data.n == sizeof(rec);
	if (known)
		memcpy(&rec, data.p, sizeof(rec));
	if (!known || !pl_store_has(b->store, PL_STORE_BLOBS, &rec.digest, &size) ||
	    size != rec.size) {
		rc = make_layer(b, g, &rec, err);
		if (rc == 0)
			rc = pl_store_record_put(b->store, "layer", &g->key,
						 (struct pl_str){(const char *)&rec, sizeof(rec)},
						 err);
		if (rc < 0)
			return pl_ctx(err, "layer %s", g->name);
		g->fresh = true;
	}
	g->layer =
		(struct pl_built_layer){rec.digest, rec.diff_id, rec.size, rec.unpacked, g->name};
	pl_progress_step(b->env, "layers", 1, g->name);
	return 0;
}

static struct pl_group *want_group(struct pl_builder *b, const char *name, struct pl_loaded **v,
				   size_t n)
{
	struct pl_digest key = group_key(v, n);
	struct pl_str id = pl_arena_str(&b->arena, pl_digest_key(&key));
	struct pl_group *g = pl_map_get(&b->groups_by_key, id);
	if (g)
		return g;
	g = pl_arena_new(&b->arena, struct pl_group);
	*g = (struct pl_group){.key = key, .name = name, .n_packages = n};
	g->packages = pl_arena_dup(&b->arena, v, n, sizeof(*v));
	pl_map_put(&b->groups_by_key, id, g);
	*pl_vec_push(&b->groups) = g;
	return g;
}

static int by_layer(const void *a, const void *b)
{
	const struct pl_loaded *x = *(struct pl_loaded *const *)a,
			       *y = *(struct pl_loaded *const *)b;
	int c = strcmp(x->lock->layer, y->lock->layer);
	return c ? c : strcmp(x->lock->name, y->lock->name);
}

static void group_target(struct pl_builder *b, struct pl_target *t)
{
	struct pl_loaded **v = pl_arena_dup(&b->arena, t->packages, t->n_packages, sizeof(*v));
	qsort(v, t->n_packages, sizeof(*v), by_layer);
	t->groups = pl_arena_array(&b->arena, struct pl_group *, t->n_packages + 1);
	for (size_t i = 0; i < t->n_packages;) {
		size_t k = i + 1;
		while (k < t->n_packages && strcmp(v[k]->lock->layer, v[i]->lock->layer) == 0)
			k++;
		t->groups[t->n_groups++] = want_group(b, v[i]->lock->layer, v + i, k - i);
		i = k;
	}
}

int pl_builder_groups(struct pl_builder *b, struct pl_err *err)
{
	for (size_t i = 0; i < b->targets.n; i++)
		if (!b->targets.v[i]->reused)
			group_target(b, b->targets.v[i]);
	for (size_t i = 0; i < b->groups.n; i++) {
		int rc = settle_overlaps(b, b->groups.v[i], err);
		if (rc < 0)
			return rc;
	}
	pl_progress_begin(b->env, "layers", b->groups.n, "");
	int rc = pl_parallel(b->env, b->groups.n, do_group, b, err);
	for (size_t i = 0; i < b->loaded.n; i++)
		pl_close_fd(&b->loaded.v[i]->raw);
	if (rc < 0)
		return rc;
	uint64_t made = 0;
	for (size_t i = 0; i < b->groups.n; i++)
		made += b->groups.v[i]->fresh;
	b->result->layers_made += made;
	b->result->layers_reused += b->groups.n - made;
	pl_progress_end(b->env, "layers", "%zu layers of packages, %llu of them made", b->groups.n,
			(unsigned long long)made);
	return 0;
}
