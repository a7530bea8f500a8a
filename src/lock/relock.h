// SPDX-License-Identifier: Apache-2.0
/*
 * From definitions to a lock: indexes read and verified, packages resolved for each image and
 * platform, ids allocated, layers assigned, scripts judged. The former lock (if any) keeps ids,
 * layer assignments and, unless they may move, versions, each image its own.
 */
#pragma once

#include "fleet/definition.h"
#include "lockfile/lock.h"
#include "package/proof.h"
#include "store/store.h"

enum pl_relock_mode {
	PL_RELOCK_ALL,  /* newest of everything (`lock --update`, a first lock) */
	PL_RELOCK_KEEP, /* versions of the former lock stay where the archive still has them
			   (`lock`) */
	PL_RELOCK_ONLY, /* as KEEP, but the source packages in `move` go to their newest (`upgrade
			   --package`) */
};
struct pl_relock_options {
	enum pl_relock_mode mode;
	const char *const *move; /* source package names, NULL-terminated */
	/* Packages are grouped into layers anew, and account numbers may move; else what is locked
	 * stays, so that one image's definition changes that image and what stands on it alone. */
	bool regroup;
	bool allow_old; /* indexes may be older than those seen before, and expired */
	/* Each image gets what its ecosystem's own tool takes for granted, too: what a real
	 * installation of it has. */
	bool with_granted;
	/* Optional: tries the new lock, so that what is locked builds; without it accounts have the
	 * former lock's numbers alone. */
	pl_prove_fn *prove;
	void *prove_ctx;
	bool prove_changed; /* only images whose scripts are others than in the former lock */
};
/* What grouping anew did. */
struct pl_regrouped {
	bool is_done;
	uint64_t bytes_before, bytes_after; /* packed, of all layers of packages, each once */
	const char **images; /* ids of the images whose own layers change; the lock's */
	size_t n_images;
};
struct pl_relock_stats {
	uint64_t index_bytes, package_bytes; /* fetched now */
	size_t packages, images;
	struct pl_regrouped regrouped;
};
/* former may be NULL. *ret is ready to be saved, and points into neither fleet nor former. */
int pl_relock(const struct pl_env *env, const struct pl_fleet *f, struct pl_store *store,
	      const struct pl_lock *former, const struct pl_relock_options *o, struct pl_lock **ret,
	      struct pl_relock_stats *ret_stats, struct pl_err *err) PL_MUST_USE;
