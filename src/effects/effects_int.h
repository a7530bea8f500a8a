// SPDX-License-Identifier: Apache-2.0
/*
 * What effects are made of: reading and writing single files of a tree. Files made get mtime
 * in->epoch and belong to root.
 */
#pragma once

#include "base/buf.h"
#include "effects/effects.h"

/* The body of a file of the tree, wherever it is (memory or in->read). PL_LIMIT when it is larger
 * than anything that effects work from. */
int pl_effect_read(const struct pl_effect_input *in, const struct pl_node *n, struct pl_buf *ret,
		   struct pl_err *err) PL_MUST_USE;
/* The text of a file (links followed), copied into the arena; p == NULL when there is no such file.
 */
int pl_effect_text(const struct pl_tree *t, const struct pl_effect_input *in, struct pl_arena *a,
		   const char *path, struct pl_str *ret, struct pl_err *err) PL_MUST_USE;
/* A file of root's; a symbolic link or file of that name is replaced. PL_CONFLICT: a directory is
 * there. */
int pl_effect_write(struct pl_tree *t, const struct pl_effect_input *in, const char *path,
		    struct pl_str bytes, uint32_t mode, struct pl_err *err) PL_MUST_USE;
/* A symbolic link; a symbolic link of that name is replaced. PL_CONFLICT: something else is there.
 */
int pl_effect_link(struct pl_tree *t, const struct pl_effect_input *in, const char *path,
		   const char *target, struct pl_err *err) PL_MUST_USE;
/* A directory 0755 of root's unless it is there. */
int pl_effect_directory(struct pl_tree *t, const struct pl_effect_input *in, const char *path,
			struct pl_err *err) PL_MUST_USE;
/* PL_NOT_FOUND: what an effect works on is not there. */
int pl_effect_missing(struct pl_str path, struct pl_err *err) PL_MUST_USE;
