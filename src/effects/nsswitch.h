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
/* A service into a database's line, before or after another one; at the end where the other is
 * not. An action stands behind its service: "mdns4_minimal[NOTFOUND=return]". Nothing where the
 * line has the service, and where there is no such file. */
int pl_nsswitch_add(struct pl_tree *t, const struct pl_effect_input *in, struct pl_str database,
		    struct pl_str service, bool before, struct pl_str other,
		    struct pl_err *err) PL_MUST_USE;
