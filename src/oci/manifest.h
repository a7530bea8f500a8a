// SPDX-License-Identifier: Apache-2.0
/*
 * Manifests, indexes and configs of image-spec 1.1 (and Docker schema 2 when reading). Parsing is
 * strict on what we use and bounded; writing is canonical: fixed member order, compact. Ownership:
 * the arena.
 */
#pragma once

#include "base/arena.h"
#include "base/digest.h"
#include "base/json.h"

#define PL_MT_INDEX "application/vnd.oci.image.index.v1+json"
#define PL_MT_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define PL_MT_CONFIG "application/vnd.oci.image.config.v1+json"
#define PL_MT_LAYER_GZIP "application/vnd.oci.image.layer.v1.tar+gzip"
#define PL_MT_DOCKER_LIST "application/vnd.docker.distribution.manifest.list.v2+json"
#define PL_MT_DOCKER_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define PL_ANNOTATION_REF_NAME "org.opencontainers.image.ref.name" /* image-spec annotations.md */

struct pl_annotation {
	const char *key, *value;
};
struct pl_descriptor {
	const char *media_type;
	struct pl_digest digest;
	uint64_t size;
	const char *os, *architecture, *variant; /* platform; NULL: none */
	struct pl_annotation *annotations;       /* sorted by key */
	size_t n_annotations;
};
struct pl_manifest {
	const char *media_type;
	struct pl_descriptor config;
	struct pl_descriptor *layers;
	size_t n_layers;
	struct pl_annotation *annotations;
	size_t n_annotations;
};
struct pl_oci_index {
	const char *media_type;
	struct pl_descriptor *manifests;
	size_t n_manifests;
	struct pl_annotation *annotations;
	size_t n_annotations;
};
struct pl_history {
	const char *created_by, *comment;
	int64_t created;
	bool empty_layer;
};
struct pl_config {
	int64_t created;
	const char *architecture, *variant, *os;
	/* config */
	const char *user, *workdir, *stop_signal;
	const char **env, **entrypoint, **cmd; /* NULL-terminated or NULL */
	const char **ports, **volumes;         /* sorted; "8080/tcp" */
	struct pl_annotation *labels;          /* sorted */
	size_t n_labels;
	const char **health_test; /* Docker's Healthcheck.Test ("CMD", ...) or NULL */
	int64_t health_interval_ns, health_timeout_ns, health_start_ns, health_retries;
	struct pl_digest *diff_ids;
	size_t n_diff_ids;
	struct pl_history *history;
	size_t n_history;
};
void pl_manifest_format(const struct pl_manifest *m, struct pl_buf *ret);
void pl_oci_index_format(const struct pl_oci_index *m, struct pl_buf *ret);
void pl_config_format(const struct pl_config *c, struct pl_buf *ret);
/* PL_INPUT names `what`. The kinds accepted: OCI and Docker; a mediaType in the body that differs
 * from expect_type (if given) is an error. */
int pl_manifest_parse(struct pl_arena *a, struct pl_str text, const char *what,
		      struct pl_manifest *ret, struct pl_err *err) PL_MUST_USE;
int pl_oci_index_parse(struct pl_arena *a, struct pl_str text, const char *what,
		       struct pl_oci_index *ret, struct pl_err *err) PL_MUST_USE;
int pl_config_parse(struct pl_arena *a, struct pl_str text, const char *what, struct pl_config *ret,
		    struct pl_err *err) PL_MUST_USE;
/* Is this text an index (has "manifests") or a manifest? From its media type or its members. */
bool pl_text_is_index(struct pl_str text, const char *media_type);
/* A layer's media type that says plain tar, gzip or zstd, of image-spec or Docker. */
bool pl_is_layer_type(const char *media_type);
/* One name for one platform, in the table or not ("arm64/v8" and "arm64" are the same); in the
 * arena. */
const char *pl_oci_platform_name(struct pl_arena *a, const char *os, const char *arch,
				 const char *variant);
/* The image of an index for a platform; NULL: this machine's, else the first. PL_NOT_FOUND tells
 * `what` has which. */
int pl_oci_index_choose(struct pl_arena *a, const struct pl_oci_index *x, const char *platform,
			const char *what, struct pl_descriptor *ret,
			struct pl_err *err) PL_MUST_USE;
/* Order of annotations: by key. */
int pl_annotation_qsort(const void *a, const void *b);
/* Value of an annotation, NULL if absent. */
const char *pl_annotation_get(const struct pl_annotation *v, size_t n, const char *key);
