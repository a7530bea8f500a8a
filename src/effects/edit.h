// SPDX-License-Identifier: Apache-2.0
/*
 * Single changes of a tree, as a script makes them with install, chown, cp, ln, mv and setcap.
 * Paths have no leading slash. What is made gets mtime in->epoch. Ownership: texts are copied into
 * the tree. Thread rule: as the tree. Errors name the path.
 */
#pragma once

#include "effects/owners.h"

/* How to go on when the tree is not as expected. */
enum {
	PL_EDIT_KEEP = 1 << 0,     /* what is there already stays as it is */
	PL_EDIT_OPTIONAL = 1 << 1, /* nothing to do when what it works on is not there */
};
#define PL_EDIT_SAME_MODE UINT32_MAX

/* Owner and mode of what is made or changed; names are looked up only if that happens, and one that
 * the tree has not is PL_INPUT. */
struct pl_edit_owner {
	const struct pl_owners *owners;
	struct pl_str user, group;
	uint32_t mode; /* PL_EDIT_SAME_MODE: as it is; new directories 0755, new files 0644 */
};

/* A directory (links to one are followed); one that is there gets owner and mode, unless it is to
 * be kept. PL_CONFLICT: something else is there. */
int pl_edit_directory(struct pl_tree *t, const struct pl_effect_input *in, struct pl_str path,
		      const struct pl_edit_owner *owner, unsigned flags,
		      struct pl_err *err) PL_MUST_USE;
/* Owner and mode of what is there, of a link its own. PL_NOT_FOUND unless optional. */
int pl_edit_own(struct pl_tree *t, struct pl_str path, const struct pl_edit_owner *owner,
		unsigned flags, struct pl_err *err) PL_MUST_USE;
/* A file with that text; a file or link of the name is replaced, unless it is to be kept. */
int pl_edit_text(struct pl_tree *t, const struct pl_effect_input *in, struct pl_str path,
		 struct pl_str text, const struct pl_edit_owner *owner, unsigned flags,
		 struct pl_err *err) PL_MUST_USE;
/* A file with the bytes of another (links to it are followed), and its mode unless one is given;
 * what is replaced is as for a text. PL_NOT_FOUND when there is no such file, unless optional. */
int pl_edit_copy(struct pl_tree *t, const struct pl_effect_input *in, struct pl_str from,
		 struct pl_str path, const struct pl_edit_owner *owner, unsigned flags,
		 struct pl_err *err) PL_MUST_USE;
/* A symbolic link; a file, a link and an empty directory are replaced, unless to be kept, and a
 * directory that holds something is PL_CONFLICT. Optional: a new link only if its target is there.
 */
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
/* A line at the end of a file, unless one of its lines says it. PL_NOT_FOUND unless optional. */
int pl_edit_line(struct pl_tree *t, const struct pl_effect_input *in, struct pl_str path,
		 struct pl_str line, unsigned flags, struct pl_err *err) PL_MUST_USE;
