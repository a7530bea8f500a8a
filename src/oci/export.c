// SPDX-License-Identifier: Apache-2.0
#include "oci/export_int.h"

#include "oci/manifest_int.h"

static void exporting_done(struct pl_exporting *x)
{
	pl_vec_free(&x->children);
	pl_vec_free(&x->blobs);
	pl_map_done(&x->seen);
}

static int read_text(struct pl_exporting *x, const char *tag, const struct pl_digest *digest,
		     struct export_text *ret, struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = x->env->limits->manifest_bytes + 1};
	const char *what = tag ? tag : PL_DIGEST_STR(digest);
	int rc = pl_repo_manifest(x->from, tag, digest, x->a, &ret->d, &text, err);
	if (rc == 0)
		return pl_fail(err, PL_NOT_FOUND, "%s: %s is not there", pl_repo_name(x->from),
			       what);
	if (rc < 0)
		return rc;
	ret->text = pl_arena_str(x->a, pl_buf_str(&text));
	return 0;
}

static void want_blob(struct pl_exporting *x, const struct pl_descriptor *d)
{
	struct pl_descriptor *own = pl_arena_dup(x->a, d, 1, sizeof(*d));
	if (!pl_map_put(&x->seen, pl_digest_key(&own->digest), own))
		*pl_vec_push(&x->blobs) = *own;
}

static int read_blobs(struct pl_exporting *x, const struct export_text *of, struct pl_err *err)
{
	int rc = pl_manifest_parse(x->a, of->text, x->to->name, &x->manifest, err);
	if (rc < 0)
		return rc;
	want_blob(x, &x->manifest.config);
	for (size_t i = 0; i < x->manifest.n_layers; i++)
		want_blob(x, &x->manifest.layers[i]);
	return 0;
}

/* One manifest of the index becomes what the name means. */
static int enter_platform(struct pl_exporting *x, const struct pl_oci_index *index,
			  struct pl_err *err)
{
	struct pl_descriptor chosen;
	int rc = pl_oci_index_choose(x->a, index, x->to->platform, x->to->name, &chosen, err);
	if (rc == 0)
		rc = read_text(x, NULL, &chosen.digest, &x->root, err);
	if (rc < 0)
		return rc;
	x->root.d.os = chosen.os;
	x->root.d.architecture = chosen.architecture;
	x->root.d.variant = chosen.variant;
	return read_blobs(x, &x->root, err);
}

static int read_index(struct pl_exporting *x, struct pl_err *err)
{
	struct pl_oci_index index;
	int rc = pl_oci_index_parse(x->a, x->root.text, x->to->name, &index, err);
	if (rc < 0)
		return rc;
	if (x->to->platform || x->to->kind == PL_EXPORT_DOCKER_ARCHIVE)
		return enter_platform(x, &index, err);
	for (size_t i = 0; rc == 0 && i < index.n_manifests; i++) {
		struct export_text *child = pl_vec_push(&x->children);
		rc = read_text(x, NULL, &index.manifests[i].digest, child, err);
		if (rc == 0)
			rc = read_blobs(x, child, err);
	}
	return rc;
}

static int read_image(struct pl_exporting *x, const char *tag, struct pl_err *err)
{
	int rc = read_text(x, tag, NULL, &x->root, err);
	if (rc < 0)
		return rc;
	if (pl_text_is_index(x->root.text, x->root.d.media_type))
		return read_index(x, err);
	if (x->to->platform)
		return pl_fail(err, PL_INPUT,
			       "%s: is an image of one platform; leave --platform out", tag);
	return read_blobs(x, &x->root, err);
}

struct blob {
	struct pl_repo *from;
	const struct pl_descriptor *d;
};

static int open_blob(void *ctx, struct pl_source **ret, struct pl_err *err)
{
	const struct blob *b = ctx;
	return pl_repo_blob(b->from, b->d, ret, err);
}

/* A second name would make two images of one for those who read all names. */
static int check_names(struct pl_exporting *x, struct pl_repo *to, struct pl_err *err)
{
	const char **tags;
	size_t n;
	int rc = pl_repo_tags(to, x->a, &tags, &n, err);
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (strcmp(tags[i], x->to->name) != 0)
			rc = pl_fail(err, PL_CONFLICT,
				     "%s: holds the image %s already, and an export has one name; "
				     "name another directory",
				     pl_repo_name(to), pl_shown(x->a, pl_str_of(tags[i])));
	return rc;
}

static int export_directory(struct pl_exporting *x, struct pl_err *err)
{
	PL_AUTO_FREE(repo) to = NULL;
	const char *const names[] = {x->to->name, NULL};
	int rc = pl_layout_open(x->env, x->to->path, true, &to, err);
	if (rc == 0)
		rc = check_names(x, to, err);
	for (size_t i = 0; rc == 0 && i < x->blobs.n; i++) {
		struct blob b = {x->from, &x->blobs.v[i]};
		rc = pl_repo_put_blob(to, &b.d->digest, b.d->size, NULL, open_blob, &b, err);
		if (rc == 0)
			rc = pl_env_check(x->env, err);
	}
	for (size_t i = 0; rc == 0 && i < x->children.n; i++)
		rc = pl_repo_put_manifest(to, x->children.v[i].d.media_type, x->children.v[i].text,
					  NULL, err);
	const struct pl_tagged root = {x->root.d.media_type, x->root.text, names, NULL};
	return rc < 0 ? rc : pl_repo_put_tags(to, &root, 1, err);
}

int pl_export(const struct pl_env *env, struct pl_repo *from, const char *tag,
	      const struct pl_export *to, struct pl_arena *a, struct pl_exported *ret,
	      struct pl_err *err)
{
	__attribute__((cleanup(exporting_done))) struct pl_exporting x = {
		.env = env, .from = from, .to = to, .a = a};
	int rc = read_image(&x, tag, err);
	if (rc == 0)
		rc = to->kind == PL_EXPORT_DIRECTORY ? export_directory(&x, err)
						     : pl_export_tar(&x, err);
	if (rc < 0)
		return rc;
	*ret = (struct pl_exported){.digest = x.root.d.digest,
				    .blobs = 1 + x.children.n + x.blobs.n,
				    .bytes = x.root.text.n};
	if (x.root.d.os)
		ret->platform = pl_oci_platform_name(a, x.root.d.os, x.root.d.architecture,
						     x.root.d.variant);
	for (size_t i = 0; i < x.children.n; i++)
		ret->bytes += x.children.v[i].text.n;
	for (size_t i = 0; i < x.blobs.n; i++)
		ret->bytes += x.blobs.v[i].size;
	return 0;
}
