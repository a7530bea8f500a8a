// SPDX-License-Identifier: Apache-2.0
/*
 * The users and groups of a tree by name. Ownership: numbers and names live until _done. Thread
 * rule: one loader, then many readers.
 */
#pragma once

#include "base/map.h"
#include "effects/effects.h"

struct pl_owners {
	struct pl_arena arena;
	struct pl_map users, groups; /* name -> id + 1 */
};

/* Reads the tree's /etc/passwd and /etc/group into an empty *o. PL_INPUT names file and line. */
int pl_owners_load(struct pl_owners *o, const struct pl_tree *t, const struct pl_effect_input *in,
		   struct pl_err *err) PL_MUST_USE;
void pl_owners_done(struct pl_owners *o);
/* PL_INPUT when the tree has no such user or group. */
int pl_owners_find(const struct pl_owners *o, struct pl_str user, struct pl_str group,
		   uint32_t *ret_uid, uint32_t *ret_gid, struct pl_err *err) PL_MUST_USE;
