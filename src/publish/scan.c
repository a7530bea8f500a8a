// SPDX-License-Identifier: Apache-2.0
/* A scan by reference: the image is opened, its layers stream through scan/, its base is found. */
#include "publish/scan_int.h"

/* How much the layers up to this one may unpack to: a small image is not worth hours. */
static uint64_t budget_of(const struct pl_image_scan *w, size_t layer)
{
	const struct pl_limits *l = w->env->limits;
	uint64_t packed = 0; /* at most 1024 sizes of at most 2^53 */
	for (size_t i = 0; i <= layer; i++)
		packed += w->manifest.layers[i].size;
	if (packed > l->image_bytes / l->unpacked_ratio)
		return l->image_bytes;
	packed *= l->unpacked_ratio;
	return packed > l->image_free ? packed : l->image_free;
}

static int scan_layer(struct pl_image_scan *w, struct pl_scan *scan, size_t i, struct pl_err *err)
{
	const struct pl_descriptor *d = &w->manifest.layers[i];
	struct pl_source *blob, *tar;
	const char *what = pl_arena_printf(w->a, "%s layer %zu (%s)", w->ref->text, i + 1,
					   PL_DIGEST_STR(&d->digest));
	int rc = pl_repo_blob(w->repo, d, &blob, err);
	if (rc == 0)
		rc = pl_source_decompress(blob, w->env->limits, what, &tar, err);
	if (rc < 0)
		return rc;
	/* The diff_id is what bases are found by: it must be true. */
	tar = pl_source_verify(tar, UINT64_MAX, &w->config.diff_ids[i], what);
	uint64_t budget = budget_of(w, i);
	const char *all = pl_arena_printf(w->a, "%s: its layers, unpacked up to %zu of %zu",
					  w->ref->text, i + 1, w->manifest.n_layers);
	tar = pl_source_limit(tar, budget > w->unpacked ? budget - w->unpacked : 0, all);
	return pl_scan_layer(scan, pl_source_tee(tar, NULL, &w->unpacked), what, err);
}

/* Streams the layers through scan/: the found result. PL_VERIFY where a layer is not the config's.
 */
static int scan_layers(struct pl_image_scan *w, struct pl_err *err)
{
	PL_AUTO_FREE(scan) scan = pl_scan_new(w->env, w->a);
	int rc = 0;
	pl_progress_begin(w->env, "scan", w->manifest.n_layers, "");
	for (size_t i = 0; rc == 0 && i < w->manifest.n_layers; i++) {
		PL_AUTOFREE char *what = pl_xprintf("layer %zu of %s", i + 1, w->ref->text);
		pl_progress_step(w->env, "scan", 0, what);
		rc = pl_env_check(w->env, err);
		if (rc == 0)
			rc = scan_layer(w, scan, i, err);
		pl_progress_step(w->env, "scan", 1, NULL);
	}
	if (rc == 0)
		rc = pl_scan_finish(scan, &w->found.result, err);
	if (rc == 0)
		pl_progress_end(w->env, "scan", "%s", w->ref->text);
	return rc;
}

int pl_scan_ref(const struct pl_env *env, struct pl_registries *registries, struct pl_arena *a,
		const struct pl_ref *ref, const char *platform, struct pl_inv *inv,
		struct pl_scanned *ret, struct pl_err *err)
{
	static int (*const steps[])(struct pl_image_scan *, struct pl_err *) = {
		pl_image_scan_open, scan_layers, pl_image_scan_base};
	struct pl_image_scan w = {.env = env,
				  .registries = registries,
				  .a = a,
				  .ref = ref,
				  .platform = platform,
				  .inv = inv,
				  .found = {.ref = *ref}};
	int rc = 0;
	if (ref->kind == PL_REF_DIR)
		return pl_fail(err, PL_USAGE,
			       "%s: a root file system is not an image; scan a registry reference, "
			       "oci:DIR or docker-archive:FILE",
			       ref->text);
	pl_progress_begin(env, "scan", 0, "");
	pl_progress_step(env, "scan", 0, ref->text);
	for (size_t i = 0; rc == 0 && i < PL_COUNT(steps); i++)
		rc = steps[i](&w, err);
	pl_repo_free(w.repo);
	if (rc == 0)
		*ret = w.found;
	return rc;
}
