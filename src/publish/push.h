// SPDX-License-Identifier: Apache-2.0
/*
 * Publishing built images and registering them: blobs, children by digest, index, tags (moving and
 * immutable), then the inventory. Pushing again moves no byte; a push whose registering failed is
 * completed by the next push.
 */
#pragma once

#include "assemble/build.h"
#include "oci/repository.h"
#include "publish/registrar.h"

struct pl_pushed {
	const char *name;      /* "host/repo:tag", the moving one */
	const char *immutable; /* "host/repo:tag-YYYYMMDD.n" */
	struct pl_digest digest;
	bool uploaded;   /* any request that wrote something */
	bool registered; /* the inventory changed */
	uint64_t bytes;
};
struct pl_push_result {
	struct pl_arena arena;
	struct pl_pushed *v;
	size_t n;
	uint64_t bytes_uploaded, blobs_uploaded, blobs_present, blobs_mounted;
};
/* May the fleet's images be pushed to this registry, which its fleet.yaml does not name? PL_INPUT
 * says what is wrong with it. */
int pl_push_check(const struct pl_fleet *f, const char *registry, struct pl_err *err) PL_MUST_USE;
/* Pushes in the result's order (bases first), to where it was built for. registries: the command's.
 * only: ids of the images to push, NULL-terminated; NULL: all that were built. to NULL: not
 * registered.
 * PL_PARTIAL, with *ret set all the same, when all was uploaded but some could not be registered.
 */
int pl_push(const struct pl_env *env, struct pl_registries *registries, const struct pl_fleet *f,
	    const struct pl_build_result *b, struct pl_store *store, struct pl_registrar *to,
	    const char *const *only, struct pl_push_result **ret, struct pl_err *err) PL_MUST_USE;
/* The immutable tag that new content of an image would get now, in the arena: for plans. Asks the
 * registry. */
int pl_push_next_tag(const struct pl_env *env, struct pl_registries *registries,
		     const struct pl_fleet *f, const struct pl_image *i, struct pl_arena *a,
		     const char **ret, struct pl_err *err) PL_MUST_USE;
void pl_push_result_free(struct pl_push_result *r);
PL_DEFINE_FREEP(push_result)
