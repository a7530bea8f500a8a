// SPDX-License-Identifier: Apache-2.0
/*
 * Which packages share a layer. Layers belong to the fleet: packages that the very same images hold
 * form a class, so a class's layer is the same blob everywhere (docs/decisions/0006). Within a
 * class a source package that is large, or that its archive changes often, gets a layer of its own;
 * the rest share one. A package that the former lock has stays in its layer whatever other images
 * hold now: one image's definition must not change another one. Pure.
 */
#pragma once

#include "lock/relock.h"

/* Sets `layer` of every package that an image of l holds, in l's arena. l: images sorted, their
 * packages filled. former may be NULL: all are grouped anew. often: does the archive change that
 * package often? PL_LIMIT when an image would have too many layers. */
int pl_layers_assign(struct pl_lock *l, const struct pl_lock *former,
		     bool (*often)(const struct pl_lock_package *p),
		     struct pl_err *err) PL_MUST_USE;

/* Groups all packages of l anew, which has the former lock's layers now. A group that has the same
 * packages as before keeps its name, so its images stay what they are. *ret lives in l's arena. */
int pl_layers_regroup(struct pl_lock *l, bool (*often)(const struct pl_lock_package *p),
		      struct pl_regrouped *ret, struct pl_err *err) PL_MUST_USE;
