// SPDX-License-Identifier: Apache-2.0
/*
 * Single changes of a tree, as ln, mv, rm and setcap make them. Paths have no leading slash. What
 * is made gets mtime in->epoch and belongs to root. Ownership: texts are copied into the tree.
 * Thread rule: as the tree. Errors name the path.
 */
#pragma once

#include "effects/effects.h"

/* How to go on when the tree is not as expected. */
enum {
	PL_EDIT_KEEP = 1 << 0,     /* what is there already stays as it is */
	PL_EDIT_OPTIONAL = 1 << 1, /* nothing to do when what it works on is not there */
};

/* A symbolic link; a file, a link and an empty directory are replaced, unless to be kept, and a
 * directory that holds something is PL_CONFLICT. */
int pl_edit_link(struct pl_tree *t, const struct pl_effect_input *in, struct pl_str path,
		 struct pl_str target, unsigned flags, struct pl_err *err) PL_MUST_USE;
/* A file or link under another name, with all its attributes; nothing when something has the new
 * name already. PL_INPUT for a directory, PL_NOT_FOUND for what is not there, unless optional. */
int pl_edit_rename(struct pl_tree *t, struct pl_str from, struct pl_str path, unsigned flags,
		   struct pl_err *err) PL_MUST_USE;
/* What has that name and all below it, if anything. */
void pl_edit_remove(struct pl_tree *t, struct pl_str path);
/* The value of a file's security.capability attribute (capabilities(7)), links followed.
 * PL_NOT_FOUND unless optional. */
int pl_edit_capability(struct pl_tree *t, struct pl_str path, struct pl_str value, unsigned flags,
		       struct pl_err *err) PL_MUST_USE;
