// SPDX-License-Identifier: Apache-2.0
/* Private to tree/: looking up children, and one walk for all path resolution. */
#pragma once

#include "tree/tree.h"

#define PL_TREE_LINKS 40 /* as Linux's MAXSYMLINKS */

/* The place of name among dir's children: its index with *found, else where it would stand. */
uint32_t pl_tree_search(const struct pl_node *dir, struct pl_str name, bool *found);
/* Where n stands among its parent's children. */
uint32_t pl_tree_index(const struct pl_node *n);
/* Resolves path beginning at the directory at. *links counts the symlinks followed so far; over
 * PL_TREE_LINKS the result is NULL. */
struct pl_node *pl_tree_walk(const struct pl_tree *t, struct pl_node *at, struct pl_str path,
			     bool follow_last, unsigned *links);
/* Depth-first order of two nodes of one tree: below 0 when a comes before b. */
int pl_tree_order(const struct pl_node *a, const struct pl_node *b);
