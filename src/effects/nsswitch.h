// SPDX-License-Identifier: Apache-2.0
/*
 * /etc/nsswitch.conf: where names are looked up (nsswitch.conf(5)). Idempotent.
 * Ownership: nothing is kept. Thread rule: as the tree. Errors name the path.
 */
#pragma once

#include "effects/effects.h"

/* The file, where there is none yet. */
int pl_nsswitch_make(struct pl_tree *t, const struct pl_effect_input *in,
		     struct pl_err *err) PL_MUST_USE;
