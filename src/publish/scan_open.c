// SPDX-License-Identifier: Apache-2.0
/* From a reference to the manifest and config of one platform. */
#include "base/platform.h"
#include "publish/scan_int.h"

#define LAYERS_MAX 1024

/* Layers are read by what their bytes are; what runtimes do with one of another type nobody knows,
 * and the answer would be of another image than the one that runs. */
static int check_layer_types(const struct pl_image_scan *w, struct pl_err *err)
{
	for (size_t i = 0; i < w->manifest.n_layers; i++) {
		const char *type = w->manifest.layers[i].media_type;
		char text[120];
		if (!pl_is_layer_type(type))
			return pl_fail(err, PL_INPUT,
				       "%s: layer %zu has the media type '%s', which is not read: "
				       "plain tar, gzip and zstd are",
				       w->ref->text, i,
				       pl_escape(text, sizeof(text), type, strlen(type)));
	}
	return 0;
}

/* The text of the manifest or index that a tag or digest names. */
static int read_manifest(struct pl_image_scan *w, const char *tag, const struct pl_digest *digest,
			 struct pl_descriptor *ret, struct pl_buf *text, struct pl_err *err)
{
	text->max = (size_t)w->env->limits->manifest_bytes;
	int rc = pl_repo_manifest(w->repo, digest ? NULL : tag, digest, w->a, ret, text, err);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	if (!w->has_index)
		return pl_fail(err, PL_NOT_FOUND, "%s: there is no such image", w->ref->text);
	return pl_fail(err, PL_NOT_FOUND, "%s: the manifest %s that its index names is missing",
		       w->ref->text, PL_DIGEST_STR(digest));
}

/* The manifest in the index: *text holds the index's, and then the manifest's. */
static int enter_index(struct pl_image_scan *w, struct pl_buf *text, struct pl_err *err)
{
	struct pl_descriptor chosen, found;
	int rc = pl_oci_index_parse(w->a, pl_buf_str(text), w->ref->text, &w->index, err);
	w->has_index = true;
	if (rc == 0)
		rc = pl_oci_index_choose(w->a, &w->index, w->platform, w->ref->text, &chosen, err);
	if (rc < 0)
		return rc;
	pl_buf_clear(text);
	return read_manifest(w, NULL, &chosen.digest, &found, text, err);
}

static int open_manifest(struct pl_image_scan *w, struct pl_err *err)
{
	PL_AUTO(buf) text = {0};
	struct pl_descriptor top;
	int rc = pl_repo_open(w->registries, w->ref, false, &w->repo, err);
	if (rc == 0)
		rc = read_manifest(w, w->ref->tag, w->ref->has_digest ? &w->ref->digest : NULL,
				   &top, &text, err);
	if (rc < 0)
		return rc;
	w->found.digest = top.digest;
	if (pl_text_is_index(pl_buf_str(&text), top.media_type))
		rc = enter_index(w, &text, err);
	if (rc == 0)
		rc = pl_manifest_parse(w->a, pl_buf_str(&text), w->ref->text, &w->manifest, err);
	if (rc == 0)
		rc = check_layer_types(w, err);
	return rc;
}

static int read_config(struct pl_image_scan *w, struct pl_err *err)
{
	PL_AUTO_FREE(source) s = NULL;
	PL_AUTO(buf) text = {.max = (size_t)w->env->limits->manifest_bytes};
	if (w->manifest.config.size > w->env->limits->manifest_bytes)
		return pl_fail(err, PL_LIMIT, "%s: its config is too large", w->ref->text);
	int rc = pl_repo_blob(w->repo, &w->manifest.config, &s, err);
	if (rc == 0)
		rc = pl_source_read_all(s, &text, w->ref->text, err);
	if (rc == 0)
		rc = pl_config_parse(w->a, pl_buf_str(&text), w->ref->text, &w->config, err);
	if (rc < 0)
		return rc;
	if (w->config.n_diff_ids != w->manifest.n_layers)
		return pl_fail(err, PL_INPUT, "%s: %zu layers but %zu diff_ids in its config",
			       w->ref->text, w->manifest.n_layers, w->config.n_diff_ids);
	if (w->manifest.n_layers > LAYERS_MAX)
		return pl_fail(err, PL_LIMIT, "%s: more than %d layers", w->ref->text, LAYERS_MAX);
	return 0;
}

/* An image without an index is for the platform that its config says. */
static int check_platform(struct pl_image_scan *w, struct pl_err *err)
{
	const struct pl_config *c = &w->config;
	const struct pl_platform *known =
		w->platform ? pl_platform_find(pl_str_of(w->platform)) : NULL;
	const char *want = known ? known->name : w->platform;
	w->found.platform = pl_oci_platform_name(w->a, c->os, c->architecture, c->variant);
	if (want && !w->has_index && strcmp(want, w->found.platform) != 0)
		return pl_fail(err, PL_NOT_FOUND, "%s: is for %s, not for %s", w->ref->text,
			       w->found.platform, w->platform);
	return 0;
}

int pl_image_scan_open(struct pl_image_scan *w, struct pl_err *err)
{
	int rc = open_manifest(w, err);
	if (rc == 0)
		rc = read_config(w, err);
	if (rc < 0)
		return rc;
	w->found.diff_ids = w->config.diff_ids;
	w->found.n_diff_ids = w->config.n_diff_ids;
	return check_platform(w, err);
}
