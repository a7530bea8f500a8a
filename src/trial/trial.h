// SPDX-License-Identifier: Apache-2.0
/*
 * Images on trial: the packages of one are installed for real, by their ecosystem's own tool, and
 * what that gives is compared with what we put together; what differs can become a recipe.
 * What such a tool takes for granted (Debian's essential packages) is part of both, and of the
 * definition only what tells packages how to be installed. Ownership: all belongs to the trial.
 * Thread rule: one thread.
 */
#pragma once

#include "assemble/composed.h"
#include "fleet/definition.h"
#include "lockfile/lock.h"
#include "store/store.h"

struct pl_trial;
struct pl_trial_request {
	const struct pl_image *image;       /* NULL: packages of a distro */
	const struct pl_distro *distro;     /* without image */
	const char *const *packages;        /* without image: names, NULL-terminated */
	const struct pl_platform *platform; /* that this machine can run */
};
/* Locks (keeping the versions of the former lock, which may be NULL) and puts it together; nothing
 * is written but to the store. The fleet outlives the trial. Errors are those of lock and build. */
int pl_trial_open(const struct pl_env *env, const struct pl_fleet *f, const struct pl_lock *former,
		  struct pl_store *store, const struct pl_trial_request *rq, struct pl_trial **ret,
		  struct pl_err *err) PL_MUST_USE;
void pl_trial_free(struct pl_trial *t);
PL_DEFINE_FREEP(trial)
const struct pl_composed *pl_trial_composed(const struct pl_trial *t);

enum pl_difference_kind {
	PL_DIFFERENCE_THEIRS, /* only the installation has it */
	PL_DIFFERENCE_OURS,   /* only our tree has it */
	PL_DIFFERENCE_BOTH,   /* both have it, differently */
};
extern const char *const pl_difference_names[]; /* by kind */
struct pl_difference {
	enum pl_difference_kind kind;
	const char *path; /* without leading slash */
	const struct pl_node *installed, *ours;
	const char *text;   /* how they differ, for people; may have several lines */
	const char *reason; /* why that is meant (recipes/differences.txt); NULL: it is not */
};
struct pl_comparison {
	size_t n_paths; /* of either */
	struct pl_difference *v;
	size_t n, n_unexplained;
};
/* Installs for real on a machine of that name, and compares. PL_NOT_FOUND when the tool is not
 * there. *ret lives until the next call. */
int pl_trial_compare(struct pl_trial *t, const char *hostname, struct pl_comparison *ret,
		     struct pl_err *err) PL_MUST_USE;

/* What came of learning a package. */
struct pl_learnt {
	const char *text;        /* a recipe; NULL: the package needs none */
	const char *why_none;    /* then: why */
	const char *const *left; /* paths whose content was another each time, NULL-terminated: left
				    to the first start */
};
/* A recipe for the scripts of a package that are refused, or whose results differ: installed twice,
 * on machines of other names. PL_SCRIPTS: another package has to be learnt before; PL_FAILURE: what
 * differs cannot be said in a recipe, or with the recipe the trees differ still. */
int pl_trial_learn(struct pl_trial *t, const char *package, struct pl_learnt *ret,
		   struct pl_err *err) PL_MUST_USE;
