// SPDX-License-Identifier: Apache-2.0
/*
 * Definitions and files beside what a lock has of them: does it answer what they ask of the
 * outside, and what was edited since? l: what the lock has for the image on a platform. Results
 * live in the arena. Thread rule: as struct pl_files.
 */
#pragma once

#include "fleet/files.h"
#include "lockfile/edits.h"

/* Why the image needs a new lock: place, what is wrong, what to do. NULL: it needs none. l NULL:
 * the lock has not got it. A lock of the first format knows definitions as a whole only. */
const char *pl_locked_stale(struct pl_arena *a, const struct pl_lock *lock,
			    const struct pl_lock_image *l, const struct pl_image *i,
			    const struct pl_platform *on);
/* The same for the fleet's recipes. */
const char *pl_locked_recipes_stale(const struct pl_lock *lock, const struct pl_fleet *f);
/* Adds what of the image, as it reads without --set, is not what was locked. ret: its id,
 * definition and files as a lock of now would have them. Errors of pl_files_collect. */
int pl_locked_edits(struct pl_files *files, const struct pl_lock_image *l, const struct pl_image *i,
		    const struct pl_platform *on, struct pl_arena *a, struct pl_lock_edits *e,
		    struct pl_lock_image *ret, struct pl_err *err) PL_MUST_USE;
