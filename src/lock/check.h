// SPDX-License-Identifier: Apache-2.0
/*
 * A lock as somebody sent it, held against all that can be known of it: the archive's signed
 * indexes, the packages themselves, the definitions. Changes neither lock nor definitions; fetches
 * what is missing, unless that is forbidden, into the store. Ownership: findings live in the arena
 * of the call.
 */
#pragma once

#include "fleet/definition.h"
#include "lockfile/lock.h"
#include "package/proof.h"
#include "store/store.h"

enum pl_finding_kind {
	PL_FINDING_WRONG,       /* signed indexes or the package itself say something else */
	PL_FINDING_OUTDATED,    /* not of these definitions, or of this program's judgement */
	PL_FINDING_NOT_CHECKED, /* what would tell is not to be had */
	PL_FINDING_KINDS
};
struct pl_finding {
	enum pl_finding_kind kind;
	const char **images; /* ids of those it concerns, NULL-terminated; none: the whole distro */
	const struct pl_lock_package *package; /* NULL: it is about none */
	const char *script;                    /* of the package, NULL: about none */
	const char *why;
};
struct pl_lock_report {
	struct pl_finding *v; /* wrong ones first, then by package */
	size_t n;
	size_t images, packages;          /* of the lock */
	size_t by_kind[PL_FINDING_KINDS]; /* how many findings */
};
const char *pl_finding_name(enum pl_finding_kind k); /* "wrong", "outdated", "not checked" */
/* 0 whatever is found. prove tries the lock (as struct pl_relock_options has it). Errors: PL_VERIFY
 * when an index itself does not verify; those of the system, of limits, and of definitions that
 * cannot be read. */
int pl_lock_check(const struct pl_env *env, const struct pl_fleet *f, struct pl_store *store,
		  const struct pl_lock *l, pl_prove_fn *prove, void *prove_ctx, struct pl_arena *a,
		  struct pl_lock_report *ret, struct pl_err *err) PL_MUST_USE;
