// SPDX-License-Identifier: Apache-2.0
/*
 * From lock to images: layers, configs, manifests and indexes in the store's OCI layout. Never
 * resolves, never writes the lock, needs the network only for inputs that the store lacks.
 * Deterministic: same lock, same digests.
 */
#pragma once

#include "fleet/definition.h"
#include "lockfile/lock.h"
#include "oci/manifest.h"
#include "package/proof.h"
#include "store/store.h"

struct pl_built_layer {
	struct pl_digest digest, diff_id;
	uint64_t size, unpacked;
	const char *name; /* group, or "files" for the image's own top layer */
	/* Its entry of the config's history, which tells what is in it and names no image. */
	const char *created_by;
	int64_t created; /* seconds since 1970 */
};
/* Something that the image lacks and `apt` would presuppose. */
struct pl_warning {
	const char *kind;    /* one of pl_warning_kinds */
	const char *about;   /* what is lacking, or cannot run */
	const char *message; /* with what to write */
};
struct pl_built_platform {
	const struct pl_platform *platform;
	struct pl_descriptor manifest;
	struct pl_digest config;
	uint64_t config_size;
	struct pl_built_layer *layers; /* all, base's first */
	size_t n_layers, n_base_layers;
	const struct pl_lock_image *lock;
	struct pl_warning *warnings;
	size_t n_warnings;
};
struct pl_built_image {
	const struct pl_image *image;
	struct pl_digest digest;      /* of the index */
	uint64_t size;                /* of the index */
	const char *repository, *tag; /* where it goes */
	bool fresh;                   /* something had to be made (not all from records) */
	struct pl_built_platform *platforms;
	size_t n_platforms;
};
struct pl_builder;
struct pl_build_result {
	struct pl_arena arena;
	const char *registry;          /* as given to pl_build; NULL: the fleet's */
	struct pl_builder *builder;    /* what the images point into */
	struct pl_built_image *images; /* in the fleet's order */
	size_t n_images;
	uint64_t fetched_bytes, layers_made, layers_reused;
	struct pl_proof proof; /* pl_build_prove's */
};
struct pl_build_options {
	const char *const *only; /* ids to build (their bases come along), NULL: all */
	/* Where the images are to lie, instead of the fleet's registry, NULL: there. Manifests name
	 * it, configs and layers do not. */
	const char *registry;
	bool locked; /* PL_VERIFY where definitions or files are not what was locked */
};
/* The fleet's files and definitions are taken as they are; what comes from outside is the lock's.
 * Errors: PL_INPUT when the lock does not fit the definitions (says: run plimsoll lock),
 * PL_SCRIPTS naming package, script, hash and what to write, PL_VERIFY, PL_REMOTE. */
int pl_build(const struct pl_env *env, const struct pl_fleet *f, const struct pl_lock *l,
	     struct pl_store *store, const struct pl_build_options *o, struct pl_build_result **ret,
	     struct pl_err *err) PL_MUST_USE;
/* Tries a lock: what building it would warn of, what its scripts come to, without making an image.
 * A pl_prove_fn; ctx is a struct pl_prover, which keeps the result: of it the images, their
 * platforms, their warnings and the proof are filled, nothing else. Errors as pl_build's, but for
 * scripts that are refused: those are notes. */
struct pl_prover {
	const struct pl_env *env;
	const struct pl_fleet *fleet;
	struct pl_store *store;
	struct pl_build_result *result; /* of the last time; the owner frees it */
};
int pl_build_prove(void *ctx, const struct pl_lock *l, const char *const *only,
		   struct pl_proof *ret, struct pl_err *err) PL_MUST_USE;
void pl_build_result_free(struct pl_build_result *r);
PL_DEFINE_FREEP(build_result)
