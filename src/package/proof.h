// SPDX-License-Identifier: Apache-2.0
/* What came of trying a lock: every image was put together once, so that what is locked builds.
 * Assembling finds it out, locking writes it down. */
#pragma once

#include "effects/effects.h"
#include "lockfile/lock.h"
#include "package/verdict.h"

/* What a script of an image came to, where it was not simply run. */
struct pl_script_note {
	const struct pl_lock_package *package; /* the tried lock's */
	const char *script;
	struct pl_digest sha256; /* zeros for what is deferred, covered or scripted */
	enum pl_verdict verdict; /* unknown: nobody accounts for it; deferred; covered: a recipe
				    stands for it; ignorable: the definition answers for it */
	const char *why;
};
/* An account that a package makes. */
struct pl_proof_id {
	const char *distro;
	struct pl_id_want want;
};
struct pl_proof {
	struct pl_script_note *notes;
	size_t n_notes;
	struct pl_proof_id *ids;
	size_t n_ids;
};
/* Tries a lock; only: ids of the images to be tried, NULL: all. *ret lives as long as ctx. */
typedef int pl_prove_fn(void *ctx, const struct pl_lock *l, const char *const *only,
			struct pl_proof *ret, struct pl_err *err);
