// SPDX-License-Identifier: Apache-2.0
/* Private to assemble/: what names and locks need of a store. Thread rule: one thread. */
#pragma once

#include "assemble/gc.h"
#include "base/map.h"
#include "lockfile/lock.h"

struct pl_roots {
	struct pl_map blobs, inputs; /* by digest; in the arena, as are their keys */
	bool inputs_unknown;         /* a lock cannot be read: what it needs may be any of them */
	struct pl_gc_fleet *fleets;  /* sorted by the lock's path */
	size_t n_fleets, n_names;
};
/* Reads index.json with the manifests that it names, and the locks of the fleets that were built
 * with this store. What cannot be read of an image is an error: what hangs on it is unknown. */
int pl_roots_read(const struct pl_env *env, struct pl_store *store,
		  const struct pl_store_items *items, struct pl_arena *a, struct pl_roots *ret,
		  struct pl_err *err) PL_MUST_USE;
void pl_roots_done(struct pl_roots *r);
