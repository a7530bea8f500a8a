// SPDX-License-Identifier: Apache-2.0
/*
 * The roots: names of images and locks of fleets. A lock is found by the record "fleet", which
 * every command that works in a fleet leaves in the store. Unknown is not absent: a lock on a
 * medium that is not mounted, or one that may not be read, is a root of which only this is known.
 */
#include "assemble/roots_int.h"

#include "base/file.h"
#include "base/place.h"
#include "oci/manifest.h"
#include "store/fields.h"

#include <errno.h>
#include <sys/stat.h>

#define NESTING_MAX 8 /* of indexes in indexes */

/* The directory at which the file system that holds this path was mounted. In the arena. */
static const char *mount_point(struct pl_arena *a, const char *path)
{
	const char *at = path;
	while (strcmp(at, "/") != 0) {
		size_t slash = pl_str_rfind(pl_str_of(at), '/');
		const char *above = slash ? pl_arena_strn(a, at, slash) : "/";
		struct stat st, up;
		if (stat(at, &st) == 0 && stat(above, &up) == 0 && st.st_dev != up.st_dev)
			break;
		at = above;
	}
	return at;
}

static bool is_mounted(const char *point)
{
	PL_AUTOFREE char *parent = pl_xprintf("%s/..", point);
	struct stat here, above;
	return strcmp(point, "/") == 0 || (stat(point, &here) == 0 && stat(parent, &above) == 0 &&
					   here.st_dev != above.st_dev);
}

int pl_gc_remember_fleet(struct pl_store *store, const char *lock_path, struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	PL_AUTO(buf) known = {0};
	PL_AUTO(buf) data = {0};
	PL_AUTOFREE char *path = pl_path_canonical(lock_path);
	struct pl_digest key = pl_sha256_of(pl_str_of(path));
	pl_put_cstr(&data, path);
	int rc = pl_store_record_get(store, "fleet", &key, &known, err);
	if (rc < 0)
		return rc;
	pl_put_cstr(&data, mount_point(&a, path));
	if (rc == 1 && pl_str_eq(pl_buf_str(&known), pl_buf_str(&data)))
		return 0;
	rc = pl_store_record_put(store, "fleet", &key, pl_buf_str(&data), err);
	/* Who cannot write there cannot delete there either. */
	return rc < 0 && (err->sys == EROFS || err->sys == EACCES) ? 0 : rc;
}

/* The map borrows its keys, so the digest is copied: what it comes from goes before the map. */
static void need(struct pl_arena *a, struct pl_map *m, const struct pl_digest *d)
{
	pl_map_put(m, pl_digest_key(pl_arena_dup(a, d, 1, sizeof(*d))), m);
}

static void need_locked(struct pl_arena *a, struct pl_map *inputs, const struct pl_lock *l)
{
	for (size_t d = 0; d < l->n_distros; d++)
		for (size_t i = 0; i < l->distros[d].n_packages; i++)
			need(a, inputs, &l->distros[d].packages[i].sha256);
	for (size_t n = 0; n < l->n_images; n++)
		for (size_t i = 0; i < l->images[n].n_files; i++)
			need(a, inputs, &l->images[n].files[i].sha256);
}

static int read_lock(const struct pl_env *env, const char *mount, struct pl_arena *a,
		     struct pl_roots *r, struct pl_gc_fleet *f, struct pl_err *err)
{
	PL_AUTO_FREE(lock) l = NULL;
	struct pl_err why = {0};
	int rc = pl_lock_load(env, f->lock, &l, &why);
	if (pl_must_end(why.code)) {
		*err = why;
		return rc;
	}
	f->state = "read";
	if (rc == 0) {
		need_locked(a, &r->inputs, l);
	} else if (rc == -PL_NOT_FOUND && is_mounted(mount)) {
		f->state = "gone";
	} else {
		f->state = "unknown";
		f->reason = rc == -PL_NOT_FOUND ? pl_arena_printf(a, "%s: nothing is mounted at %s",
								  f->lock, mount)
						: pl_arena_cstr(a, pl_str_of(why.msg));
		r->inputs_unknown = true;
	}
	return 0;
}

static int read_fleets(const struct pl_env *env, struct pl_store *store,
		       const struct pl_store_items *items, struct pl_arena *a, struct pl_roots *r,
		       struct pl_err *err)
{
	r->fleets = pl_arena_array(a, struct pl_gc_fleet, items->n + 1);
	for (size_t i = 0; i < items->n; i++) {
		PL_AUTO(buf) data = {0};
		if (strcmp(items->v[i].kind, "fleet") != 0)
			continue;
		int rc = pl_store_record_peek(store, &items->v[i], &data, err);
		if (rc < 0)
			return rc;
		struct pl_fields f = {.rest = pl_buf_str(&data), .a = a};
		const char *path = pl_get_cstr(&f), *mount = pl_get_cstr(&f);
		struct pl_gc_fleet *fleet = &r->fleets[r->n_fleets++];
		fleet->key = items->v[i].digest;
		if (rc == 0 || !pl_fields_end(&f) || !path || !mount) {
			fleet->state = "unknown";
			fleet->reason =
				"the record of a fleet is damaged; its next build writes it";
			r->inputs_unknown = true;
			continue;
		}
		fleet->lock = path;
		rc = read_lock(env, mount, a, r, fleet, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Marking, from a descriptor down. */
struct marking {
	struct pl_store *store;
	struct pl_arena *a;
	struct pl_roots *r;
	const char *name; /* in index.json, for errors */
};

static int mark_manifest(struct marking *m, const struct pl_descriptor *d, unsigned depth,
			 struct pl_err *err);

static int mark_text(struct marking *m, const struct pl_descriptor *d, struct pl_str text,
		     unsigned depth, struct pl_err *err)
{
	struct pl_oci_index x;
	struct pl_manifest manifest;
	int rc = 0;
	if (pl_text_is_index(text, d->media_type)) {
		rc = pl_oci_index_parse(m->a, text, m->name, &x, err);
		for (size_t i = 0; rc == 0 && i < x.n_manifests; i++)
			rc = mark_manifest(m, &x.manifests[i], depth + 1, err);
		return rc;
	}
	rc = pl_manifest_parse(m->a, text, m->name, &manifest, err);
	if (rc < 0)
		return rc;
	need(m->a, &m->r->blobs, &manifest.config.digest);
	for (size_t i = 0; i < manifest.n_layers; i++)
		need(m->a, &m->r->blobs, &manifest.layers[i].digest);
	return 0;
}

static int mark_manifest(struct marking *m, const struct pl_descriptor *d, unsigned depth,
			 struct pl_err *err)
{
	PL_AUTO(buf) text = {0};
	if (depth > NESTING_MAX)
		return pl_fail(err, PL_LIMIT, "%s: indexes nested more than %d deep", m->name,
			       NESTING_MAX);
	if (pl_map_has(&m->r->blobs, pl_digest_key(&d->digest)))
		return 0;
	need(m->a, &m->r->blobs, &d->digest);
	int rc = pl_store_read_all(m->store, PL_STORE_BLOBS, &d->digest, &text, err);
	if (rc == 0)
		rc = mark_text(m, d, pl_buf_str(&text), depth, err);
	return rc;
}

static int read_names(const struct pl_env *env, struct pl_store *store, struct pl_arena *a,
		      struct pl_roots *r, struct pl_err *err)
{
	PL_AUTOFREE char *path = pl_path_join(pl_store_dir(store), "index.json");
	PL_AUTO(buf) text = {0};
	struct pl_oci_index x = {0};
	int rc = pl_file_read(path, env->limits->manifest_bytes, &text, err);
	if (rc == 0)
		rc = pl_oci_index_parse(a, pl_buf_str(&text), path, &x, err);
	for (size_t i = 0; rc == 0 && i < x.n_manifests; i++) {
		const struct pl_descriptor *d = &x.manifests[i];
		const char *name =
			pl_annotation_get(d->annotations, d->n_annotations, PL_ANNOTATION_REF_NAME);
		struct marking m = {store, a, r, name ? name : PL_DIGEST_STR(&d->digest)};
		rc = mark_manifest(&m, d, 0, err);
		if (rc < 0)
			return pl_ctx(err,
				      "what %s needs is unknown, so nothing is deleted (build it "
				      "again, or forget it)",
				      m.name);
		r->n_names += name != NULL;
	}
	return rc;
}

static int by_lock(const void *a, const void *b)
{
	const struct pl_gc_fleet *x = a, *y = b;
	int c = strcmp(x->lock ? x->lock : "", y->lock ? y->lock : "");
	return c ? c : pl_digest_cmp(&x->key, &y->key);
}

int pl_roots_read(const struct pl_env *env, struct pl_store *store,
		  const struct pl_store_items *items, struct pl_arena *a, struct pl_roots *ret,
		  struct pl_err *err)
{
	int rc = read_names(env, store, a, ret, err);
	if (rc == 0)
		rc = read_fleets(env, store, items, a, ret, err);
	if (rc == 0)
		qsort(ret->fleets, ret->n_fleets, sizeof(*ret->fleets), by_lock);
	return rc;
}

void pl_roots_done(struct pl_roots *r)
{
	pl_map_done(&r->blobs);
	pl_map_done(&r->inputs);
}
