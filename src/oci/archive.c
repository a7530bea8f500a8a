// SPDX-License-Identifier: Apache-2.0
/*
 * docker-archive: what `docker save` and `skopeo copy ... docker-archive:` write. manifest.json
 * lists images as {Config, RepoTags, Layers}, all names of members. There are no OCI manifests in
 * it, so one is made for each image: layers that are plain tar have their diff_id as digest, packed
 * ones are hashed. Streaming a layer checks it, so a config that lies is found out. Read only.
 */
#include "oci/archive_int.h"
#include "oci/manifest_int.h"
#include "oci/repository_int.h"

#define LAYER_PLAIN "application/vnd.oci.image.layer.v1.tar"
#define LAYER_ZSTD "application/vnd.oci.image.layer.v1.tar+zstd"

struct saved_image {
	const char **tags; /* normalised references */
	size_t n_tags;
	struct pl_digest digest; /* of the manifest we made */
	struct pl_str manifest;
};
struct docker_archive {
	struct pl_repo repo;
	struct pl_arena arena;
	struct tar_file file;
	struct pl_map blobs; /* hex to struct tar_member */
	struct saved_image *images;
	size_t n_images;
};

static int read_member(struct docker_archive *v, const struct tar_member *m, struct pl_buf *ret,
		       struct pl_err *err)
{
	if (m->size > v->repo.env->limits->json_bytes)
		return pl_fail(err, PL_LIMIT, "%s: '%s' is over %llu bytes", v->file.path, m->path,
			       (unsigned long long)v->repo.env->limits->json_bytes);
	PL_AUTO_FREE(source) in = pl_tar_file_read(&v->file, m);
	return pl_source_read_all(in, ret, v->file.path, err);
}

static void keep_blob(struct docker_archive *v, const struct pl_digest *d,
		      const struct tar_member *m)
{
	char hex[PL_DIGEST_TEXT];
	char *key = pl_arena_printf(&v->arena, "%s", pl_digest_hex(d, hex));
	*pl_map_slot(&v->blobs, pl_str_of(key)) = (void *)(uintptr_t)m;
}

static int hash_member(struct docker_archive *v, const struct tar_member *m, struct pl_digest *ret,
		       struct pl_err *err)
{
	PL_AUTO(sha256) h = {0};
	PL_AUTO_FREE(source) in = pl_tar_file_read(&v->file, m);
	PL_AUTOFREE char *block = pl_xrealloc(NULL, 1, 65536);
	int64_t n;
	pl_sha256_init(&h);
	while ((n = pl_source_read(in, block, 65536, err)) > 0)
		pl_sha256_add(&h, block, (size_t)n);
	if (n == 0)
		pl_sha256_final(&h, ret);
	return (int)n;
}

static int add_layer(struct docker_archive *v, struct pl_str path, const struct pl_digest *diff_id,
		     struct pl_descriptor *ret, struct pl_err *err)
{
	const struct tar_member *m;
	uint8_t magic[4] = {0};
	int rc = pl_tar_file_find(&v->file, path, &m, err);
	if (rc < 0)
		return rc;
	*ret = (struct pl_descriptor){
		.media_type = LAYER_PLAIN, .digest = *diff_id, .size = m->size};
	if (m->size >= sizeof(magic)) {
		PL_AUTO_FREE(source) in = pl_tar_file_read(&v->file, m);
		rc = pl_source_read_full(in, magic, sizeof(magic), v->file.path, err);
	}
	if (rc == 0 && memcmp(magic, "\x1f\x8b", 2) == 0)
		ret->media_type = PL_MT_LAYER_GZIP;
	else if (rc == 0 && memcmp(magic, "\x28\xb5\x2f\xfd", 4) == 0)
		ret->media_type = LAYER_ZSTD;
	if (rc == 0 && strcmp(ret->media_type, LAYER_PLAIN) != 0)
		rc = hash_member(v, m, &ret->digest, err);
	if (rc == 0)
		keep_blob(v, &ret->digest, m);
	return rc;
}

/* RepoTags hold "busybox:latest"; a reference normalises both sides. */
static const char *normal_tag(struct pl_arena *a, struct pl_str tag)
{
	struct pl_ref r;
	struct pl_err ignored = {0}; /* what is no reference is compared as it is */
	if (pl_ref_parse(a, tag, &r, &ignored) < 0 || r.kind != PL_REF_REGISTRY)
		return pl_arena_cstr(a, tag);
	return r.tag || r.has_digest ? r.text : pl_arena_printf(a, "%s:latest", r.text);
}

static int read_tags(struct docker_archive *v, const struct pl_jval *item, const char *where,
		     struct saved_image *im, struct pl_err *err)
{
	const struct pl_jval *tags = pl_json_get(item, "RepoTags");
	if (pl_json_kind(tags) != PL_JARRAY && pl_json_kind(tags) != PL_JNULL)
		return pl_fail(err, PL_INPUT, "%s: 'RepoTags' must be a list", where);
	size_t n = pl_json_kind(tags) == PL_JARRAY ? pl_json_len(tags) : 0;
	im->tags = pl_arena_array(&v->arena, const char *, n + 1);
	for (size_t i = 0; i < n; i++) {
		struct pl_str t = pl_json_str(pl_json_at(tags, i));
		if (!t.n)
			return pl_fail(err, PL_INPUT, "%s: 'RepoTags' must hold strings", where);
		im->tags[im->n_tags++] = normal_tag(&v->arena, t);
	}
	return 0;
}

static int read_config(struct docker_archive *v, const struct pl_jval *item, const char *where,
		       struct pl_descriptor *ret, struct pl_config *config, struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = v->repo.env->limits->json_bytes};
	const struct tar_member *m;
	struct pl_str path;
	int rc = pl_json_need_str(item, "Config", where, &path, err);
	if (rc == 0)
		rc = pl_tar_file_find(&v->file, path, &m, err);
	if (rc == 0)
		rc = read_member(v, m, &text, err);
	if (rc == 0)
		rc = pl_config_parse(&v->arena, pl_buf_str(&text), where, config, err);
	if (rc < 0)
		return rc;
	*ret = (struct pl_descriptor){.media_type = PL_MT_CONFIG,
				      .digest = pl_sha256_of(pl_buf_str(&text)),
				      .size = m->size};
	keep_blob(v, &ret->digest, m);
	return 0;
}

static int add_image(struct docker_archive *v, const struct pl_jval *item, const char *where,
		     struct pl_err *err)
{
	struct saved_image *im = &v->images[v->n_images];
	struct pl_manifest m = {0};
	struct pl_config config;
	PL_AUTO(buf) text = {0};
	struct pl_jr_doc doc = {&v->arena, where, PL_JR_QUOTED, err, 0};
	struct pl_jr r = pl_jr_root(&doc, item);
	PL_JR_EXACT(&r, "Config", "RepoTags", "Layers", "Parent", "LayerSources");
	int rc = doc.rc;
	if (rc == 0)
		rc = read_tags(v, item, where, im, err);
	if (rc == 0)
		rc = read_config(v, item, where, &m.config, &config, err);
	if (rc < 0)
		return rc;
	const struct pl_jval *layers = pl_json_get(item, "Layers");
	m.n_layers = pl_json_kind(layers) == PL_JARRAY ? pl_json_len(layers) : 0;
	if (m.n_layers != config.n_diff_ids)
		return pl_fail(err, PL_INPUT, "%s: %zu layers, but its config has %zu diff_ids",
			       where, m.n_layers, config.n_diff_ids);
	m.layers = pl_arena_array(&v->arena, struct pl_descriptor, m.n_layers + 1);
	for (size_t i = 0; i < m.n_layers; i++) {
		struct pl_str path = pl_json_str(pl_json_at(layers, i));
		rc = add_layer(v, path, &config.diff_ids[i], &m.layers[i], err);
		if (rc < 0)
			return rc;
	}
	pl_manifest_format(&m, &text);
	im->manifest = pl_arena_str(&v->arena, pl_buf_str(&text));
	im->digest = pl_sha256_of(im->manifest);
	v->n_images++;
	return 0;
}

static int load_images(struct docker_archive *v, struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = v->repo.env->limits->json_bytes};
	PL_AUTO_FREE(jval) root = NULL;
	const struct tar_member *m;
	char where[300];
	int rc = pl_tar_file_find(&v->file, PL_STR("manifest.json"), &m, err);
	if (rc < 0)
		return pl_ctx(err, "not an archive of docker save");
	rc = read_member(v, m, &text, err);
	snprintf(where, sizeof(where), "%.240s: manifest.json", v->file.path);
	if (rc == 0)
		rc = pl_json_parse(pl_buf_str(&text), where, &root, err);
	if (rc < 0)
		return rc;
	if (pl_json_kind(root) != PL_JARRAY)
		return pl_fail(err, PL_INPUT, "%s: must be a list of images", where);
	v->images = pl_arena_array(&v->arena, struct saved_image, pl_json_len(root) + 1);
	for (size_t i = 0; rc == 0 && i < pl_json_len(root); i++) {
		snprintf(where, sizeof(where), "%.240s: manifest.json[%zu]", v->file.path, i);
		rc = add_image(v, pl_json_at(root, i), where, err);
	}
	return rc;
}

/* ---- what repository.h asks ---- */

static bool has_tag(const struct saved_image *im, const char *tag)
{
	for (size_t i = 0; i < im->n_tags; i++)
		if (strcmp(im->tags[i], tag) == 0)
			return true;
	return false;
}

static int archive_manifest(struct pl_repo *repo, const char *tag, const struct pl_digest *digest,
			    struct pl_arena *a, struct pl_descriptor *ret, struct pl_buf *ret_text,
			    struct pl_err *err)
{
	struct docker_archive *v = (struct docker_archive *)repo;
	const struct saved_image *found = NULL;
	const char *want = tag ? normal_tag(a, pl_str_of(tag)) : NULL;
	if (!tag && !digest && v->n_images > 1)
		return pl_fail(err, PL_INPUT,
			       "%s: holds %zu images, name one (docker-archive:FILE:NAME:TAG): %s",
			       repo->name, v->n_images,
			       v->images[0].n_tags ? v->images[0].tags[0] : "they have no names");
	for (size_t i = 0; i < v->n_images && !found; i++)
		if (digest ? pl_digest_eq(&v->images[i].digest, digest)
			   : !want || has_tag(&v->images[i], want))
			found = &v->images[i];
	if (!found)
		return 0;
	*ret = (struct pl_descriptor){
		.media_type = PL_MT_MANIFEST, .digest = found->digest, .size = found->manifest.n};
	if (ret_text)
		pl_buf_addstr(ret_text, found->manifest);
	return 1;
}

static const struct tar_member *blob_member(struct docker_archive *v, const struct pl_digest *d)
{
	char hex[PL_DIGEST_TEXT];
	return pl_map_get(&v->blobs, pl_str_of(pl_digest_hex(d, hex)));
}

static int archive_blob(struct pl_repo *repo, const struct pl_descriptor *d, struct pl_source **ret,
			struct pl_err *err)
{
	struct docker_archive *v = (struct docker_archive *)repo;
	const struct tar_member *m = blob_member(v, &d->digest);
	if (!m)
		return pl_fail(err, PL_NOT_FOUND, "%s: blob %s is not in it", repo->name,
			       PL_DIGEST_STR(&d->digest));
	PL_AUTOFREE char *what = pl_xprintf("%s: '%s'", repo->name, m->path);
	*ret = pl_source_verify(pl_tar_file_read(&v->file, m), d->size, &d->digest, what);
	return 0;
}

static int archive_has_blob(struct pl_repo *repo, const struct pl_digest *d, uint64_t size,
			    struct pl_err *err)
{
	(void)err;
	const struct tar_member *m = blob_member((struct docker_archive *)repo, d);
	return m && m->size == size;
}

static int archive_tags(struct pl_repo *repo, struct pl_arena *a, const char ***ret, size_t *ret_n,
			struct pl_err *err)
{
	struct docker_archive *v = (struct docker_archive *)repo;
	PL_VEC(const char *) list = {0};
	(void)err;
	for (size_t i = 0; i < v->n_images; i++)
		for (size_t k = 0; k < v->images[i].n_tags; k++)
			*pl_vec_push(&list) = pl_arena_printf(a, "%s", v->images[i].tags[k]);
	pl_sort_tags(list.v, &list.n);
	*ret = pl_arena_dup(a, list.v, list.n, sizeof(*list.v));
	*ret_n = list.n;
	pl_vec_free(&list);
	return 0;
}

static void archive_free(struct pl_repo *repo)
{
	struct docker_archive *v = (struct docker_archive *)repo;
	pl_tar_file_done(&v->file);
	pl_map_done(&v->blobs);
	pl_arena_done(&v->arena);
	free(v);
}

static const struct pl_repo_ops archive_ops = {
	.manifest = archive_manifest,
	.blob = archive_blob,
	.has_blob = archive_has_blob,
	.tags = archive_tags,
	.free = archive_free,
};

int pl_docker_archive_open(const struct pl_env *env, const char *path, struct pl_repo **ret,
			   struct pl_err *err)
{
	struct docker_archive *v = pl_xcalloc(1, sizeof(*v));
	v->repo = (struct pl_repo){.ops = &archive_ops, .env = env};
	v->repo.name = pl_xprintf("docker-archive:%s", path);
	v->file.fd = -1;
	int rc = pl_tar_file_open(env, &v->arena, path, &v->file, err);
	if (rc == 0)
		rc = load_images(v, err);
	if (rc < 0)
		pl_repo_free(&v->repo);
	else
		*ret = &v->repo;
	return rc;
}
