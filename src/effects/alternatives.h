// SPDX-License-Identifier: Apache-2.0
/*
 * update-alternatives(1): one of several programs under a common name. Idempotent.
 * Ownership: nothing is kept. Thread rule: as the tree. Errors name the path.
 */
#pragma once

#include "effects/effects.h"

struct pl_alternative {
	const char *name, *link, *path;
	int64_t priority;
	const struct pl_alternative *slaves; /* name, link, path */
	size_t n_slaves;
};
/* For each group of a name the highest priority wins (ties: the first): its links, and those in
 * /etc/alternatives. The tool's own database is not written. An alternative whose path is not in
 * the tree is left out, and a file that stands where a link should be stays. PL_INPUT for a name
 * or path that is none. */
int pl_alternatives_make(struct pl_tree *t, const struct pl_effect_input *in,
			 const struct pl_alternative *v, size_t n, struct pl_err *err) PL_MUST_USE;
