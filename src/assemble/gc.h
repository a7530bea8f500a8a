// SPDX-License-Identifier: Apache-2.0
/*
 * What of a store is needed, and deleting the rest. Needed is what index.json names, and what the
 * locks of the fleets that were built with this store name: the roots. All else can be made or
 * fetched again, and goes when nobody has asked for it for a while. Ownership: the caller's arena.
 * Thread rule: one thread; other processes may use the store, pl_gc waits for them
 * (pl_store_alone).
 */
#pragma once

#include "base/arena.h"
#include "base/env.h"
#include "store/store.h"

/* Makes the lock at this path a root from now on. Cheap when it is one. */
int pl_gc_remember_fleet(struct pl_store *store, const char *lock_path,
			 struct pl_err *err) PL_MUST_USE;

struct pl_gc_fleet {
	struct pl_digest key; /* of its record */
	const char *lock;     /* absolute path; NULL: the record that says it is damaged */
	const char *state;    /* "read"; "gone": no root any more; "unknown": cannot be read now */
	const char *reason;   /* why unknown, else NULL */
};
struct pl_gc_count {
	uint64_t files, bytes;
};
enum pl_gc_kind {
	PL_GC_IMAGES,    /* blobs of named images */
	PL_GC_UNNAMED,   /* blobs of images that have lost their name, or never got one */
	PL_GC_LOCKED,    /* packages and files that locks name */
	PL_GC_FRAGMENTS, /* packages read and packed, of which layers are put together */
	PL_GC_INPUTS,    /* other inputs: indexes of archives, packages of former locks */
	PL_GC_RECORDS,
	PL_GC_LEFTOVERS, /* of killed runs, and what was damaged */
	PL_GC_KINDS,
};
extern const char *const pl_gc_kind_names[PL_GC_KINDS];
struct pl_gc_options {
	int64_t keep_s;  /* what was asked for in this time stays; 0: that is no reason */
	bool inputs_too; /* that a lock names it is no reason for an input to stay */
	bool dry_run;    /* delete nothing, wait for nobody */
};
struct pl_gc_result {
	struct pl_gc_count there[PL_GC_KINDS], goes[PL_GC_KINDS];
	struct pl_gc_count recent[PL_GC_KINDS]; /* stays only because it was asked for recently */
	struct pl_gc_fleet *fleets;
	size_t n_fleets;
	size_t n_names; /* of images, in index.json */
};
/* Deletes what nothing needs. Killed at any point it can run again, and what is left is usable.
 * PL_BUSY when others use the store for too long; PL_VERIFY, PL_NOT_FOUND: an image that index.json
 * names is damaged or not whole, nothing was deleted. */
int pl_gc(const struct pl_env *env, struct pl_store *store, const struct pl_gc_options *o,
	  struct pl_arena *a, struct pl_gc_result *ret, struct pl_err *err) PL_MUST_USE;
