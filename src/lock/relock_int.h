// SPDX-License-Identifier: Apache-2.0
/* One run of `lock`: what it has read and chosen so far. Private to lock/. */
#pragma once

#include "base/budget.h"
#include "base/map.h"
#include "fleet/files.h"
#include "lock/relock.h"
#include "package/format.h"

#define PL_MAX_PLATFORMS 16

/* A package that some image holds. */
struct pl_relock_package {
	struct pl_lock_package entry; /* being made */
	struct pl_relock_distro *distro;
	bool often;            /* its archive changes it often */
	struct pl_arena arena; /* of what judging finds: workers do not share */
};

/* A distro that some image of the fleet uses. */
struct pl_relock_distro {
	const struct pl_distro *d;
	const struct pl_package_format *format;
	const struct pl_platform *platforms[PL_MAX_PLATFORMS]; /* sorted; of its images */
	size_t n_platforms;
	struct pl_package_archive *archive;
	const struct pl_lock_distro *former; /* NULL: none */
	struct pl_map by_identity; /* name, version, architecture, hash -> pl_relock_package */
	PL_VEC(struct pl_relock_package *) packages;
	struct pl_lock_distro *lock; /* being made */
};

/* An image on a platform: what was chosen for it. */
struct pl_relock_image {
	const struct pl_image *image;
	const struct pl_platform *platform;
	struct pl_relock_distro *distro;
	struct pl_relock_image *base;
	const struct pl_lock_image *former; /* NULL: new */
	struct pl_arena arena;
	struct pl_package_choices all; /* the base's choices first */
	size_t n_base;                 /* how many of them are the base's */
};

struct pl_relock_run {
	const struct pl_env *env;
	const struct pl_fleet *fleet;
	struct pl_store *store;
	const struct pl_lock *former;
	const struct pl_relock_options *o;
	struct pl_files *files;
	struct pl_budget memory; /* of all indexes */
	struct pl_arena arena;
	PL_VEC(struct pl_relock_distro *) distros;   /* sorted by name */
	PL_VEC(struct pl_relock_image *) images;     /* bases before children */
	PL_VEC(struct pl_relock_package *) packages; /* of all distros */
	struct pl_lock *lock;
	struct pl_relock_stats stats;
};
void pl_relock_done(struct pl_relock_run *r); /* frees what the run owns */

/* read.c: the distros that the fleet's images use, each with its platforms. */
int pl_relock_distros(struct pl_relock_run *r, struct pl_err *err) PL_MUST_USE;
/* False when there are too many. */
bool pl_relock_add_platform(struct pl_relock_distro *d,
			    const struct pl_platform *platform) PL_MUST_USE;
/* read.c: indexes of every distro, and what the former lock says to keep. */
int pl_relock_read(struct pl_relock_run *r, struct pl_err *err) PL_MUST_USE;
/* The distro of an image, once read. */
struct pl_relock_distro *pl_relock_distro_of(const struct pl_relock_run *r,
					     const struct pl_distro *d);
/* missing.c: PL_NOT_FOUND for packages that no archive has, all of them at once. */
int pl_relock_missing(struct pl_relock_run *r, struct pl_err *err) PL_MUST_USE;
/* resolve.c: packages of every image on every platform. */
int pl_relock_resolve(struct pl_relock_run *r, struct pl_err *err) PL_MUST_USE;
/* Also judge.c: what a package of the store's inputs would run, which is what its entry says it
 * is; in the arena. Any thread. */
int pl_relock_judge_package(const struct pl_env *env, struct pl_store *store,
			    const struct pl_package_format *format, const struct pl_lock_package *p,
			    struct pl_arena *a, struct pl_lock_script **ret, size_t *ret_n,
			    struct pl_err *err) PL_MUST_USE;
/* judge.c: fetches the packages, judges what they would run. */
int pl_relock_judge(struct pl_relock_run *r, struct pl_err *err) PL_MUST_USE;
/* prove.c: tries the lock, and writes into it what that showed: verdicts, numbers of accounts. */
int pl_relock_prove(struct pl_relock_run *r, struct pl_err *err) PL_MUST_USE;
/* The worst that any image says of a script counts: verdicts in the order of growing trouble. */
extern const enum pl_verdict pl_note_order[];
extern const size_t pl_note_order_n;
