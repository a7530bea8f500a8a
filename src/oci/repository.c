// SPDX-License-Identifier: Apache-2.0
#include "oci/repository_int.h"

#include "oci/manifest_int.h"

int pl_repo_open(struct pl_registries *registries, const struct pl_ref *ref, bool create,
		 struct pl_repo **ret, struct pl_err *err)
{
	const struct pl_env *env = pl_registries_env(registries);
	switch (ref->kind) {
	case PL_REF_REGISTRY:
		return pl_registry_open(registries, ref, ret, err);
	case PL_REF_OCI:
		return pl_layout_open(env, ref->path, create, ret, err);
	case PL_REF_DOCKER_ARCHIVE:
		return pl_docker_archive_open(env, ref->path, ret, err);
	case PL_REF_DIR:
		break;
	}
	return pl_fail(
		err, PL_INPUT,
		"%s: a directory with files is not a repository; name a registry, oci:DIR or "
		"docker-archive:FILE",
		ref->text);
}

void pl_repo_free(struct pl_repo *r)
{
	if (!r)
		return;
	free(r->name);
	r->ops->free(r);
}

const struct pl_repo_stats *pl_repo_stats(const struct pl_repo *r) { return &r->stats; }

const char *pl_repo_name(const struct pl_repo *r) { return r->name; }

int pl_repo_manifest(struct pl_repo *r, const char *tag, const struct pl_digest *digest,
		     struct pl_arena *a, struct pl_descriptor *ret, struct pl_buf *ret_text,
		     struct pl_err *err)
{
	return r->ops->manifest(r, tag, digest, a, ret, ret_text, err);
}

int pl_repo_blob(struct pl_repo *r, const struct pl_descriptor *d, struct pl_source **ret,
		 struct pl_err *err)
{
	return r->ops->blob(r, d, ret, err);
}

int pl_repo_has_blob(struct pl_repo *r, const struct pl_digest *d, uint64_t size,
		     struct pl_err *err)
{
	return r->ops->has_blob(r, d, size, err);
}

static int read_only(struct pl_repo *r, struct pl_err *err)
{
	return pl_fail(err, PL_CONFLICT, "%s: can only be read; push to a registry or to oci:DIR",
		       r->name);
}

int pl_repo_put_blob(struct pl_repo *r, const struct pl_digest *d, uint64_t size,
		     const char *const *from, pl_blob_open_fn *open, void *ctx, struct pl_err *err)
{
	if (!r->ops->put_blob)
		return read_only(r, err);
	return r->ops->put_blob(r, d, size, from, open, ctx, err);
}

int pl_repo_put_manifest(struct pl_repo *r, const char *media_type, struct pl_str text,
			 const char *tag, struct pl_err *err)
{
	const char *const tags[] = {tag, NULL};
	return pl_repo_put_tags(r, &(struct pl_tagged){media_type, text, tags, NULL}, 1, err);
}

int pl_repo_put_tags(struct pl_repo *r, const struct pl_tagged *v, size_t n, struct pl_err *err)
{
	if (!r->ops->put_tags)
		return read_only(r, err);
	return r->ops->put_tags(r, v, n, err);
}

int pl_repo_tags(struct pl_repo *r, struct pl_arena *a, const char ***ret, size_t *ret_n,
		 struct pl_err *err)
{
	return r->ops->tags(r, a, ret, ret_n, err);
}

bool pl_is_manifest_type(const char *media_type)
{
	static const char *const types[] = {PL_MT_INDEX, PL_MT_MANIFEST, PL_MT_DOCKER_LIST,
					    PL_MT_DOCKER_MANIFEST};
	for (size_t i = 0; media_type && i < PL_COUNT(types); i++)
		if (strcmp(media_type, types[i]) == 0)
			return true;
	return false;
}

int pl_manifest_type(struct pl_arena *a, struct pl_str text, const char *said, const char *what,
		     const char **ret, struct pl_err *err)
{
	PL_AUTO_FREE(jval) root = NULL;
	const char *type;
	int rc = pl_object_parse(text, text.n, what, &root, err);
	if (rc < 0)
		return rc;
	struct pl_str own = pl_json_str(pl_json_get(root, "mediaType"));
	if (!pl_is_manifest_type(said))
		said = NULL; /* "application/json", "text/plain": says nothing */
	if (own.n)
		type = pl_arena_cstr(a, own);
	else if (said)
		type = said;
	else
		type = pl_json_kind(pl_json_get(root, "manifests")) == PL_JARRAY ? PL_MT_INDEX
										 : PL_MT_MANIFEST;
	if (!pl_is_manifest_type(type))
		return pl_fail(err, PL_INPUT, "%s: '%s' is no image manifest or index", what,
			       pl_shown(a, own));
	if (said && strcmp(said, type) != 0)
		return pl_fail(err, PL_INPUT,
			       "%s: announced as %s, but its mediaType is %s; refused", what, said,
			       type);
	*ret = pl_arena_printf(a, "%s", type);
	return 0;
}

void pl_sort_tags(const char **tags, size_t *n)
{
	size_t out = 0;
	if (*n)
		qsort(tags, *n, sizeof(*tags), pl_cstr_qsort);
	for (size_t i = 0; i < *n; i++)
		if (out == 0 || strcmp(tags[out - 1], tags[i]) != 0)
			tags[out++] = tags[i];
	*n = out;
}
