// SPDX-License-Identifier: Apache-2.0
/*
 * Directories and merged-/usr links that every image has, whichever packages are in it.
 * Ownership: nothing is kept. Thread rule: as the tree. Errors name the path.
 */
#pragma once

#include "effects/effects.h"

/* Makes those that are missing. PL_CONFLICT: something else stands where a link must be. */
int pl_skeleton_make(struct pl_tree *t, const struct pl_effect_input *in,
		     struct pl_err *err) PL_MUST_USE;
