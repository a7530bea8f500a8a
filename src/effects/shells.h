// SPDX-License-Identifier: Apache-2.0
/*
 * /etc/shells: which programs are login shells (shells(5)). Idempotent.
 * Ownership: nothing is kept. Thread rule: as the tree. Errors name the path.
 */
#pragma once

#include "effects/effects.h"

/* From DIRECTORY/shells and the files of DIRECTORY/shells.d, with both spellings of what is below
 * /bin (update-shells, usrmerge). Nothing without DIRECTORY/shells. */
int pl_shells_make(struct pl_tree *t, const struct pl_effect_input *in, const char *directory,
		   struct pl_err *err) PL_MUST_USE;
