// SPDX-License-Identifier: Apache-2.0
/*
 * Recipes applied to a tree: what installation would have made, natively. Recipes are data
 * (recipes/), embedded at build time. Deterministic; no clock, no host state; ids from the lock.
 */
#pragma once

#include "debian/scripts/scripts.h"
#include "effects/accounts.h"

/* Accounts of a package's recipe, in order; *ret_n 0 when it has none. In the arena. */
void pl_recipe_accounts(struct pl_arena *a, struct pl_str package, struct pl_account **ret,
			size_t *ret_n);

/* The number that Debian gives this name on every system (base-passwd's masters), -1 if none. */
int64_t pl_static_id(const char *name, bool is_group);

/* Hash of all recipes of this program: part of what an image depends on. Never NULL. */
const struct pl_digest *pl_recipes_digest(void);

/* Runs every effect on a tree that holds all packages' files: merged-/usr links, base skeleton,
 * accounts, owners and modes, directories, copies, links, alternatives, CA bundle and hash links,
 * Java keystore, nsswitch, localtime, shells, ld.so.cache... Idempotent. The own of each
 * package is its struct pl_control, NULL where it is not known. PL_INPUT/PL_NOT_FOUND name package
 * and effect when the tree lacks what a recipe needs. */
int pl_recipes_apply(struct pl_tree *t, const struct pl_effect_input *in,
		     struct pl_err *err) PL_MUST_USE;
