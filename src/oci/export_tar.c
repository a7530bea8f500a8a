// SPDX-License-Identifier: Apache-2.0
/*
 * An export as one tar: an image layout (image-spec image-layout.md), and for `docker load` a
 * manifest.json beside it that names config and layers where they are. Such a file is a
 * docker-archive and an oci-archive at once; layers stay packed, which docker, podman and skopeo
 * unpack when they load.
 */
#include "oci/export_int.h"

#include "base/file.h"
#include "io/tar.h"
#include "oci/manifest_int.h"

#include <fcntl.h>

struct tar_out {
	struct pl_exporting *x;
	int fd;
};

static int write_header(struct tar_out *o, enum pl_tar_type type, const char *path, uint64_t size,
			struct pl_err *err)
{
	PL_AUTO(buf) head = {0};
	const struct pl_tar_entry e = {.type = type,
				       .path = pl_str_of(path),
				       .mode = type == PL_TAR_DIR ? 0755 : 0644,
				       .size = size};
	int rc = pl_tar_format(&head, &e, err);
	return rc < 0 ? rc : pl_write_all(o->fd, head.p, head.n, o->x->to->path, err);
}

static int write_zeros(struct tar_out *o, size_t n, struct pl_err *err)
{
	static const char zeros[PL_TAR_END];
	return pl_write_all(o->fd, zeros, n, o->x->to->path, err);
}

static int put_text(struct tar_out *o, const char *path, struct pl_str text, struct pl_err *err)
{
	int rc = write_header(o, PL_TAR_FILE, path, text.n, err);
	if (rc == 0)
		rc = pl_write_all(o->fd, text.p, text.n, o->x->to->path, err);
	return rc < 0 ? rc : write_zeros(o, pl_tar_padding(text.n), err);
}

static const char *blob_path(struct tar_out *o, const struct pl_digest *d)
{
	char hex[PL_DIGEST_TEXT];
	return pl_arena_printf(o->x->a, "blobs/sha256/%s", pl_digest_hex(d, hex));
}

static int put_manifest(struct tar_out *o, const struct export_text *t, struct pl_err *err)
{
	return put_text(o, blob_path(o, &t->d.digest), t->text, err);
}

/* Its size and digest are verified before the last byte. */
static int put_blob(struct tar_out *o, const struct pl_descriptor *d, struct pl_err *err)
{
	PL_AUTO_FREE(source) in = NULL;
	PL_AUTOFREE char *chunk = pl_xrealloc(NULL, 1, 65536);
	int64_t n = 0;
	int rc = pl_repo_blob(o->x->from, d, &in, err);
	if (rc == 0)
		rc = write_header(o, PL_TAR_FILE, blob_path(o, &d->digest), d->size, err);
	while (rc == 0 && (n = pl_source_read(in, chunk, 65536, err)) > 0) {
		rc = pl_write_all(o->fd, chunk, (size_t)n, o->x->to->path, err);
		if (rc == 0)
			rc = pl_env_check(o->x->env, err);
	}
	if (rc == 0 && n < 0)
		rc = (int)n;
	return rc < 0 ? rc : write_zeros(o, pl_tar_padding(d->size), err);
}

static int put_index(struct tar_out *o, struct pl_err *err)
{
	PL_AUTO(buf) text = {0};
	struct pl_annotation name = {PL_ANNOTATION_REF_NAME, o->x->to->name};
	struct pl_descriptor root = o->x->root.d;
	root.annotations = &name;
	root.n_annotations = 1;
	const struct pl_oci_index index = {
		.media_type = PL_MT_INDEX, .manifests = &root, .n_manifests = 1};
	pl_oci_index_format(&index, &text);
	return put_text(o, "index.json", pl_buf_str(&text), err);
}

/* What `docker save` writes (moby, image/spec: "Combined Image JSON + Filesystem Changeset
 * Format"). */
static int put_docker_manifest(struct tar_out *o, struct pl_err *err)
{
	PL_AUTO(buf) text = {0};
	const struct pl_manifest *m = &o->x->manifest;
	struct pl_jw w;
	pl_jw_init(&w, &text, 0);
	pl_jw_array(&w);
	pl_jw_object(&w);
	pl_jw_kcstr(&w, "Config", blob_path(o, &m->config.digest));
	pl_jw_key(&w, "RepoTags");
	pl_jw_array(&w);
	pl_jw_cstr(&w, o->x->to->name);
	pl_jw_end_array(&w);
	pl_jw_key(&w, "Layers");
	pl_jw_array(&w);
	for (size_t i = 0; i < m->n_layers; i++)
		pl_jw_cstr(&w, blob_path(o, &m->layers[i].digest));
	pl_jw_end_array(&w);
	pl_jw_end_object(&w);
	pl_jw_end_array(&w);
	return put_text(o, "manifest.json", pl_buf_str(&text), err);
}

static int write_members(struct tar_out *o, struct pl_err *err)
{
	const struct pl_exporting *x = o->x;
	int rc = put_text(o, "oci-layout", PL_STR("{\"imageLayoutVersion\":\"1.0.0\"}"), err);
	if (rc == 0)
		rc = put_index(o, err);
	if (rc == 0 && x->to->kind == PL_EXPORT_DOCKER_ARCHIVE)
		rc = put_docker_manifest(o, err);
	if (rc == 0)
		rc = write_header(o, PL_TAR_DIR, "blobs", 0, err);
	if (rc == 0)
		rc = write_header(o, PL_TAR_DIR, "blobs/sha256", 0, err);
	if (rc == 0)
		rc = put_manifest(o, &x->root, err);
	for (size_t i = 0; rc == 0 && i < x->children.n; i++)
		rc = put_manifest(o, &x->children.v[i], err);
	for (size_t i = 0; rc == 0 && i < x->blobs.n; i++)
		rc = put_blob(o, &x->blobs.v[i], err);
	return rc < 0 ? rc : write_zeros(o, PL_TAR_END, err);
}

int pl_export_tar(struct pl_exporting *x, struct pl_err *err)
{
	const char *path = x->to->path;
	PL_AUTO(file_tmp) tmp = {.fd = -1};
	int rc = pl_file_tmp_open(AT_FDCWD, path, path, &tmp, err);
	if (rc < 0)
		return rc;
	struct tar_out o = {.x = x, .fd = tmp.fd};
	rc = write_members(&o, err);
	return rc < 0 ? rc : pl_file_tmp_commit(&tmp, AT_FDCWD, path, 0644, true, path, err);
}
