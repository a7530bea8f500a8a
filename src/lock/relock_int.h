// SPDX-License-Identifier: Apache-2.0
/* One run of `lock`: what it has read and chosen so far. Private to build/. */
#pragma once

#include "base/map.h"
#include "debian/archive/suites.h"
#include "debian/resolve/resolve.h"
#include "lock/relock.h"

#define PL_MAX_PLATFORMS 16

/* A distro that some image of the fleet uses. */
struct pl_relock_distro {
	const struct pl_distro *d;
	const struct pl_platform
		*platforms[PL_MAX_PLATFORMS]; /* sorted; of the images that use it */
	const char *architectures[PL_MAX_PLATFORMS];
	struct pl_index *indexes[PL_MAX_PLATFORMS];
	struct pl_map keep[PL_MAX_PLATFORMS]; /* name -> struct pl_package*: the former lock's,
						 still in the archive */
	size_t n_platforms;
	struct pl_lock_distro *lock; /* being made */
};

/* An image on a platform: what was chosen for it. */
struct pl_relock_image {
	const struct pl_image *image;
	const struct pl_platform *platform;
	struct pl_relock_distro *distro;
	size_t index; /* of its platform in the distro */
	struct pl_relock_image *base;
	struct pl_arena arena;
	struct pl_resolution all; /* base's choices first */
	size_t n_base;            /* how many of them are the base's */
};

struct pl_relock_run {
	const struct pl_env *env;
	const struct pl_fleet *fleet;
	struct pl_store *store;
	const struct pl_lock *former;
	const struct pl_relock_options *o;
	struct pl_arena arena;
	struct pl_suites suites;
	PL_VEC(struct pl_relock_distro *) distros; /* sorted by name */
	PL_VEC(struct pl_relock_image *) images;   /* bases before children */
	struct pl_lock *lock;
	struct pl_map packages; /* "distro name version arch sha" -> struct pl_lock_package* while
				   collecting */
	struct pl_relock_stats stats;
};

/* relock_read.c: indexes of every distro, and what the former lock says to keep. */
int pl_relock_read(struct pl_relock_run *r, struct pl_err *err) PL_MUST_USE;
/* relock_resolve.c: packages of every image on every platform. */
int pl_relock_resolve(struct pl_relock_run *r, struct pl_err *err) PL_MUST_USE;
/* relock_judge.c: fetches the .debs, judges their scripts, allocates ids. */
int pl_relock_judge(struct pl_relock_run *r, struct pl_err *err) PL_MUST_USE;
/* layers.c: assigns packages to layers. */
void pl_relock_layers(struct pl_relock_run *r);
