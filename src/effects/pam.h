// SPDX-License-Identifier: Apache-2.0
/*
 * pam-auth-update(8): who may log in, and how. Idempotent.
 * Ownership: nothing is kept. Thread rule: as the tree. Errors name the path.
 */
#pragma once

#include "effects/effects.h"

/* /etc/pam.d/common-* from /usr/share/pam/common-* and the profiles of /usr/share/pam-configs.
 * Nothing without profiles. PL_INPUT: a profile or template that the tool would not take. */
int pl_pam_make(struct pl_tree *t, const struct pl_effect_input *in,
		struct pl_err *err) PL_MUST_USE;
