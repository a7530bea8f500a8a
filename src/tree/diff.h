// SPDX-License-Identifier: Apache-2.0
/* What is otherwise in one tree than in another. */
#pragma once

#include "tree/tree.h"

/* was or is is NULL where the path is in one of them only. Both live as long as their trees. */
typedef void pl_tree_diff_fn(void *ctx, const struct pl_node *was, const struct pl_node *is);
/* Calls tell for each path that differs (pl_node_same, mtimes apart), parents first, in order of
 * names; of a directory that came or went, for all that is below it. */
void pl_tree_diff(const struct pl_tree *was, const struct pl_tree *is, pl_tree_diff_fn *tell,
		  void *ctx);
