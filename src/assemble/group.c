// SPDX-License-Identifier: Apache-2.0
/*
 * Layers made of packages. Their bytes depend on the group alone, never on the image: directories
 * first (once each, image-spec layer.md forbids duplicates), then each package's fragment copied as
 * it is, then the end of the archive.
 */
#include "assemble/builder_int.h"

#include "assemble/layer_int.h"
#include "assemble/record_int.h"
#include "base/num.h"
#include "base/threads.h"
#include "store/fields.h"

#include <errno.h>
#include <unistd.h>

static struct pl_digest group_key(const struct pl_compressor *compressor,
				  struct pl_loaded *const *v, size_t n)
{
	PL_AUTO(buf) b = {0};
	pl_buf_addf(&b, "layer %s %s\n", pl_source_id, compressor->name);
	for (size_t i = 0; i < n; i++) {
		pl_buf_addf(&b, "%s %s %s\n", v[i]->format->ecosystem, v[i]->lock->name,
			    PL_DIGEST_STR(&v[i]->lock->sha256));
		for (const char **r = v[i]->exclude; r && *r; r++)
			pl_buf_addf(&b, " exclude %s\n", *r);
	}
	return pl_sha256_of(pl_buf_str(&b));
}

static int by_path(const void *a, const void *b)
{
	const struct pl_tar_entry *const *x = a, *const *y = b;
	return pl_str_cmp((*x)->path, (*y)->path);
}

/* The first package by name gives the attributes; the top layer has the last word. */
static void add_directory(struct pl_arena *a, struct pl_map *m, const struct pl_tar_entry *e)
{
	void **slot = pl_map_slot(m, e->path);
	if (*slot)
		return;
	struct pl_tar_entry *d = pl_arena_new(a, struct pl_tar_entry);
	*d = *e;
	d->mtime = PL_EPOCH;
	*slot = d;
}

/* Directories of the group's packages, and those above the files that their formats add. */
static void collect_directories(const struct pl_group *g, struct pl_arena *a, struct pl_map *ret)
{
	for (size_t p = 0; p < g->n_packages; p++)
		for (size_t i = 0; i < g->packages[p]->facts.n_entries; i++) {
			const struct pl_tar_entry *e = &g->packages[p]->facts.entries[i].tar;
			if (e->type == PL_TAR_DIR)
				add_directory(a, ret, e);
		}
	for (size_t p = 0; p < g->n_packages; p++)
		for (const char *const *d = g->packages[p]->format->directories; *d; d++) {
			const struct pl_tar_entry e = {
				.type = PL_TAR_DIR, .path = pl_str_of(*d), .mode = 0755};
			add_directory(a, ret, &e);
		}
}

static int write_directories(struct pl_layer_writer *w, const struct pl_group *g,
			     struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	PL_AUTO(map) all = {0};
	int rc = 0;
	collect_directories(g, &a, &all);
	const struct pl_tar_entry **v = pl_arena_array(&a, const struct pl_tar_entry *, all.n);
	for (size_t i = 0; i < all.n; i++)
		v[i] = all.items[i].value;
	qsort(v, all.n, sizeof(*v), by_path);
	for (size_t i = 0; i < all.n && rc == 0; i++)
		rc = pl_layer_entry(w, v[i], err);
	return rc < 0 ? rc : pl_gzip_flush(&w->gzip, err);
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
static int copy_fragment(struct pl_builder *b, const struct pl_loaded *l, struct pl_gzip *to,
			 char *chunk, size_t n_chunk, struct pl_err *err)
{
	struct pl_source *packed = NULL;
	uint64_t sum = 0;
	int rc = pl_store_read(b->store, PL_STORE_INPUTS, &l->fragment.digest, !l->fresh, &packed,
			       err);
	if (rc == 0)
		rc = pl_copy(packed, to->out, NULL, err);
	pl_source_free(packed);
	if (rc == 0)
		rc = l->raw >= 0 ? hash_raw(l, to->hash, chunk, n_chunk, &sum, err)
				 : hash_unpacked(b, l, to->hash, chunk, n_chunk, &sum, err);
	if (rc == 0 && sum != l->fragment.unpacked)
		rc = pl_fail(err, PL_VERIFY, "%s: its fragment has another size than recorded",
			     l->lock->name);
	to->unpacked += sum;
	return rc;
}

static int write_layer(struct pl_builder *b, const struct pl_group *g, struct pl_layer_writer *w,
		       struct pl_err *err)
{
	const size_t n_chunk = (size_t)256 << 10;
	PL_AUTOFREE char *chunk = pl_xrealloc(NULL, n_chunk, 1);
	int rc = write_directories(w, g, err);
	for (size_t i = 0; i < g->n_packages && rc == 0; i++) {
		rc = copy_fragment(b, g->packages[i], &w->gzip, chunk, n_chunk, err);
		if (rc == 0)
			rc = pl_env_check(b->env, err);
	}
	return rc;
}

static int make_layer(struct pl_builder *b, const struct pl_group *g, struct pl_layer_blob *ret,
		      struct pl_err *err)
{
	PL_AUTO(layer_writer) w = {0};
	int rc = pl_layer_begin(&w, b->store, b->compressor, err);
	if (rc == 0)
		rc = write_layer(b, g, &w, err);
	return rc < 0 ? rc : pl_layer_finish(&w, ret, err);
}

/* Paths that each package of a group loses to another of it. */
struct lost_paths {
	PL_VEC(struct pl_str) *of; /* [n_packages] */
};

/* One of two packages that ship the same path leaves it out of its fragment. */
static int settle_path(const struct pl_group *g, struct lost_paths *lost, void **owner, size_t mine,
		       struct pl_str path, struct pl_err *err)
{
	size_t other = (size_t)(uintptr_t)*owner; /* + 1; 0: nobody yet */
	if (other == 0 || pl_loaded_replaces(g->packages[mine], g->packages[other - 1])) {
		if (other)
			*pl_vec_push(&lost->of[other - 1]) = path;
		*owner = (void *)(uintptr_t)(mine + 1);
		return 0;
	}
	if (pl_loaded_replaces(g->packages[other - 1], g->packages[mine])) {
		*pl_vec_push(&lost->of[mine]) = path;
		return 0;
	}
	return pl_fail(err, PL_CONFLICT,
		       "packages %s and %s both ship /%s, and neither replaces the other",
		       g->packages[other - 1]->lock->name, g->packages[mine]->lock->name, path.p);
}

/* The package again, without the paths that it lost. */
static int load_without(struct pl_builder *b, struct pl_loaded **package, struct pl_str *lost,
			size_t n, struct pl_err *err)
{
	struct pl_loaded *l = pl_xcalloc(1, sizeof(*l));
	pthread_mutex_init(&l->bodies_lock, NULL);
	*pl_vec_push(&b->loaded) = l;
	l->raw = -1;
	l->format = (*package)->format;
	l->lock = (*package)->lock;
	l->exclude = (*package)->exclude;
	qsort(lost, n, sizeof(*lost), pl_str_qsort);
	l->lost = pl_arena_dup(&l->arena, lost, n, sizeof(*lost));
	l->n_lost = n;
	*package = l;
	const struct pl_packing drop = {b->compressor, l->exclude, l->lost, l->n_lost};
	return pl_package_load(b->env, b->store, l->format, l->lock, &drop, &l->arena, &l->facts,
			       &l->fragment, &l->fresh, NULL, err);
}

static int settle_overlaps(struct pl_builder *b, struct pl_group *g, struct pl_err *err)
{
	PL_AUTO(map) owner = {0};
	struct lost_paths lost = {pl_xcalloc(g->n_packages, sizeof(*lost.of))};
	int rc = 0;
	for (size_t p = 0; p < g->n_packages && rc == 0; p++)
		for (size_t i = 0; i < g->packages[p]->facts.n_entries && rc == 0; i++) {
			const struct pl_tar_entry *e = &g->packages[p]->facts.entries[i].tar;
			if (e->type != PL_TAR_DIR)
				rc = settle_path(g, &lost, pl_map_slot(&owner, e->path), p, e->path,
						 err);
		}
	for (size_t p = 0; p < g->n_packages; p++) {
		if (rc == 0 && lost.of[p].n)
			rc = load_without(b, &g->packages[p], lost.of[p].v, lost.of[p].n, err);
		pl_vec_free(&lost.of[p]);
	}
	free(lost.of);
	return rc;
}

static bool parse_record(struct pl_str data, struct pl_layer_blob *ret)
{
	struct pl_fields f = {.rest = data};
	pl_get_digest(&f, &ret->digest);
	pl_get_digest(&f, &ret->diff_id);
	ret->size = pl_get_u64(&f);
	ret->unpacked = pl_get_u64(&f);
	return pl_fields_end(&f);
}

bool pl_layer_record_content(struct pl_str data, struct pl_arena *a, struct pl_digest **ret,
			     size_t *ret_n)
{
	struct pl_layer_blob blob;
	if (!parse_record(data, &blob))
		return false;
	*ret = pl_arena_dup(a, &blob.digest, 1, sizeof(blob.digest));
	*ret_n = 1;
	return true;
}

static bool recall_layer(struct pl_builder *b, struct pl_str data, struct pl_layer_blob *ret)
{
	struct pl_layer_blob blob;
	uint64_t size;
	if (!parse_record(data, &blob) ||
	    !pl_store_has(b->store, PL_STORE_BLOBS, &blob.digest, &size) || size != blob.size)
		return false;
	*ret = blob;
	return true;
}

static int remember_layer(struct pl_builder *b, const struct pl_digest *key,
			  const struct pl_layer_blob *blob, struct pl_err *err)
{
	PL_AUTO(buf) data = {0};
	pl_put_digest(&data, &blob->digest);
	pl_put_digest(&data, &blob->diff_id);
	pl_put_u64(&data, blob->size);
	pl_put_u64(&data, blob->unpacked);
	return pl_store_record_put(b->store, "layer", key, pl_buf_str(&data), err);
}

static int finish_group(void *ctx, size_t i, unsigned worker, struct pl_err *err)
{
	struct pl_builder *b = ctx;
	struct pl_group *g = b->groups.v[i];
	PL_AUTO(buf) data = {0};
	struct pl_layer_blob blob;
	int rc = pl_store_record_get(b->store, "layer", &g->key, &data, err);
	if (rc < 0)
		return rc;
	if (rc == 0 || !recall_layer(b, pl_buf_str(&data), &blob)) {
		rc = make_layer(b, g, &blob, err);
		if (rc == 0)
			rc = remember_layer(b, &g->key, &blob, err);
		if (rc < 0)
			return pl_ctx(err, "layer %s", g->name);
		g->fresh = true;
	}
	g->layer = (struct pl_built_layer){.digest = blob.digest,
					   .diff_id = blob.diff_id,
					   .size = blob.size,
					   .unpacked = blob.unpacked,
					   .name = g->name,
					   .created_by = g->created_by};
	pl_progress_step(b->env, "layers", 1, g->name);
	return 0;
}

#define NAMES_SHOWN 160 /* bytes of packages' names, about; the others are counted */

/* What the image's history says of the layer: its packages alone, so that who shares it neither
 * changes the image nor is told by it. */
static const char *describe_packages(struct pl_arena *a, struct pl_loaded *const *v, size_t n)
{
	PL_AUTO(buf) text = {0};
	size_t i = 0;
	pl_buf_addf(&text, "plimsoll: package%s", n == 1 ? "" : "s");
	for (; i < n && text.n < NAMES_SHOWN; i++)
		pl_buf_addf(&text, " %s=%s", v[i]->lock->name, v[i]->lock->version);
	if (i < n)
		pl_buf_addf(&text, " and %zu more", n - i);
	return pl_arena_cstr(a, pl_buf_str(&text));
}

static struct pl_group *want_group(struct pl_builder *b, const char *name, struct pl_loaded **v,
				   size_t n)
{
	struct pl_digest key = group_key(b->compressor, v, n);
	/* Distros may hold the same packages in layers of different names, which are shown. */
	struct pl_str id =
		pl_str_of(pl_arena_printf(&b->arena, "%s %s", PL_DIGEST_STR(&key), name));
	struct pl_group *g = pl_map_get(&b->groups_by_key, id);
	if (g)
		return g;
	g = pl_arena_new(&b->arena, struct pl_group);
	*g = (struct pl_group){.key = key,
			       .name = name,
			       .n_packages = n,
			       .created_by = describe_packages(&b->arena, v, n)};
	g->packages = pl_arena_dup(&b->arena, v, n, sizeof(*v));
	pl_map_put(&b->groups_by_key, id, g);
	*pl_vec_push(&b->groups) = g;
	return g;
}

/* A package of a target. The layer is what the target's own distro says: the package itself may be
 * shared with another distro, which has other layers. */
struct layered_package {
	struct pl_loaded *package;
	const char *layer;
};

static int by_layer(const void *a, const void *b)
{
	const struct layered_package *x = a, *y = b;
	int c = strcmp(x->layer, y->layer);
	return c ? c : pl_lock_package_cmp(x->package->lock, y->package->lock);
}

static void group_target(struct pl_builder *b, struct pl_target *t)
{
	PL_AUTO(arena) a = {0};
	struct layered_package *v = pl_arena_array(&a, struct layered_package, t->n_packages + 1);
	struct pl_loaded **packages = pl_arena_array(&a, struct pl_loaded *, t->n_packages + 1);
	const char *const *layers;
	size_t stack;
	pl_lock_layers(b->lock, t->lock, &a, &layers, &stack);
	for (size_t i = 0; i < t->n_packages; i++)
		v[i] = (struct layered_package){t->packages[i], layers[i]};
	qsort(v, t->n_packages, sizeof(*v), by_layer);
	for (size_t i = 0; i < t->n_packages; i++)
		packages[i] = v[i].package;
	t->groups = pl_arena_array(&b->arena, struct pl_group *, t->n_packages + 1);
	for (size_t i = 0; i < t->n_packages;) {
		size_t k = i + 1;
		while (k < t->n_packages && strcmp(v[k].layer, v[i].layer) == 0)
			k++;
		t->groups[t->n_groups++] = want_group(b, v[i].layer, packages + i, k - i);
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
	int rc = pl_parallel(b->env, b->groups.n, finish_group, b, err);
	for (size_t i = 0; i < b->loaded.n; i++)
		pl_close_fd(&b->loaded.v[i]->raw);
	if (rc < 0)
		return rc;
	uint64_t made = 0;
	for (size_t i = 0; i < b->groups.n; i++)
		made += b->groups.v[i]->fresh;
	b->result->layers_made += made;
	b->result->layers_reused += b->groups.n - made;
	pl_progress_end(b->env, "layers", "%s of packages, %llu made",
			PL_COUNTED(b->groups.n, "layer"), (unsigned long long)made);
	return 0;
}
