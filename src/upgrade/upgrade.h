// SPDX-License-Identifier: Apache-2.0
/*
 * From "this package must be at least that version" to a rebuilt, pushed, registered fleet. State,
 * not events: the plan is computed from inventory, lock and archive each time, so a killed run is
 * resumed by running it again.
 */
#pragma once

#include "lock/relock.h"
#include "lockfile/edits.h"
#include "publish/push.h"

struct pl_upgrade_ask {
	const char *package; /* binary package name; NULL with all */
	const char
		*fixed; /* version of that package that has the fix; NULL: the archive's newest */
	bool all;       /* everything the archive has newer */
};
struct pl_planned_image {
	const char *id;   /* fleet image */
	const char *name; /* registered name */
	const char *held; /* "openssl 3.0.17-1" what it holds, NULL when it is only based on one */
	const char *because;  /* NULL, or the id of the base it follows */
	unsigned wave;        /* from 0 */
	const char *tag;      /* moving tag */
	const char *next_tag; /* the immutable one it will get; NULL when the registry cannot be
				 asked */
};
struct pl_upgrade_plan {
	struct pl_arena arena;
	struct pl_planned_image *images; /* by wave, then id */
	size_t n_images;
	unsigned n_waves;
	struct pl_lock_changes changes;
	struct pl_lock_edits edits; /* of the fleet's own since it was locked: not to be applied */
	const char **outside; /* images in the inventory that hold it but are not this fleet's;
				 NULL-terminated */
	struct pl_lock *lock; /* what the lock becomes */
};
int pl_upgrade_plan_make(const struct pl_env *env, struct pl_registries *registries,
			 const struct pl_fleet *f, const struct pl_lock *l, struct pl_store *store,
			 struct pl_inv *inv, const struct pl_upgrade_ask *ask,
			 struct pl_upgrade_plan **ret, struct pl_err *err) PL_MUST_USE;
void pl_upgrade_plan_free(struct pl_upgrade_plan *p);
PL_DEFINE_FREEP(upgrade_plan)
struct pl_upgrade_result {
	struct pl_arena arena;
	struct pl_push_result **waves;
	size_t n_waves;
	const char **unchanged; /* ids whose digest did not change: not pushed; NULL-terminated */
	uint64_t bytes_uploaded;
};
/* PL_VERIFY when the fleet's definitions or files are not what was locked: an upgrade would deploy
 * them too. */
int pl_upgrade_apply(const struct pl_env *env, struct pl_registries *registries,
		     const struct pl_fleet *f, const char *lock_path, struct pl_store *store,
		     struct pl_inv *inv, const struct pl_upgrade_plan *p,
		     struct pl_upgrade_result **ret, struct pl_err *err) PL_MUST_USE;
void pl_upgrade_result_free(struct pl_upgrade_result *r);
PL_DEFINE_FREEP(upgrade_result)
