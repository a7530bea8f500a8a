// SPDX-License-Identifier: Apache-2.0
/*
 * Which packages of an image a new lock replaces: the lock is read once, then each image is judged
 * by look-ups. Pure: no inventory, no archive. Ownership: the index is embedded, pl_outdated_done
 * frees it; texts live in the arena or the lock, which outlive it.
 */
#pragma once

#include "base/map.h"
#include "inventory/inventory.h"
#include "lockfile/lock.h"

/* The lock holds packages of this ecosystem alone; others' are not its to renew. */
#define PL_UPGRADE_ECOSYSTEM "debian"

struct pl_outdated {
	struct pl_arena *a;
	/* Of one source package: the version from which on it is fixed; by distro, for each counts
	 * its versions by itself. source NULL: all packages that the lock has in another version.
	 */
	const char *source, *source_fixed;
	struct pl_map fixed_in; /* distro -> version */
	struct pl_map versions; /* "image\nname\narchitecture" -> version; for all packages */
};
void pl_outdated_done(struct pl_outdated *o);

/* The highest version of a binary package that any distro of the lock has; NULL: none. l may be
 * NULL. */
const struct pl_lock_package *pl_outdated_newest(const struct pl_lock *l, const char *package);

/* Everything of the lock. */
void pl_outdated_all(struct pl_outdated *o, struct pl_arena *a, const struct pl_lock *lock);
/* One source package, asked for by a binary package of it. fixed: the binary's version that has the
 * fix, NULL: what the lock has. PL_NOT_FOUND: the lock's is older than that. */
int pl_outdated_source(struct pl_outdated *o, struct pl_arena *a, const struct pl_lock *lock,
		       const char *source, const char *package, const char *fixed,
		       struct pl_err *err) PL_MUST_USE;

/* What of these packages of an image is to be replaced, for people; NULL: nothing. Of one name the
 * packages stand together, as the inventory has them. */
const char *pl_outdated_held(const struct pl_outdated *o, const char *image, const char *distro,
			     const struct pl_inv_package *v, size_t n);
