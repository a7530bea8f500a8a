// SPDX-License-Identifier: Apache-2.0
/*
 * The lines of passwd(5), group(5), shadow(5), gshadow(5), subuid(5) and subgid(5) of a tree, to
 * look at and to change. Ownership: the texts live until _done; those added are the caller's or the
 * arena's. Thread rule: as the tree. Errors name the path.
 */
#pragma once

#include "effects/effects.h"

struct pl_account_file {
	const char *path;
	bool is_there;    /* the tree has it */
	bool changed;     /* _save writes it */
	struct pl_str *v; /* lines without their newline, none empty */
	size_t n, cap;
};
struct pl_account_files {
	struct pl_tree *tree;
	const struct pl_effect_input *in;
	struct pl_arena arena;
	struct pl_account_file passwd, group, shadow, gshadow, subuid, subgid;
	char day[24]; /* days since 1970 of in->epoch; empty for the first, which means "change now"
		       */
};

/* What the tree has; f is zeroed before. To be followed by _done, also after an error. */
int pl_account_files_load(struct pl_account_files *f, struct pl_tree *t,
			  const struct pl_effect_input *in, struct pl_err *err) PL_MUST_USE;
/* Adds the lines of another file of the tree, if it is there. */
int pl_account_file_read(struct pl_account_files *f, struct pl_account_file *t, const char *path,
			 struct pl_err *err) PL_MUST_USE;
/* Writes those that changed: mode and owner stay; a new passwd, group, subuid or subgid is 0644, a
 * new shadow or gshadow 0640 of the group shadow, if there is one. */
int pl_account_files_save(struct pl_account_files *f, struct pl_err *err) PL_MUST_USE;
void pl_account_files_done(struct pl_account_files *f);

/* Field k of a line, "" where it has fewer. */
struct pl_str pl_account_field(struct pl_str line, unsigned k);
/* The line with another text in field k, in the arena; missing fields before it are empty. */
struct pl_str pl_account_with(struct pl_account_files *f, struct pl_str line, unsigned k,
			      struct pl_str text);
/* The first line whose field k has that text; NULL. */
struct pl_str *pl_account_find(const struct pl_account_file *t, unsigned k, struct pl_str text);
void pl_account_add(struct pl_account_file *t, const char *line);
void pl_account_remove(struct pl_account_file *t, struct pl_str *line);
/* Is the name one of a text's, which are separated by commas? */
bool pl_account_in_list(struct pl_str list, struct pl_str name);
/* A user behind the others in field k of that name's line, unless the line is not there or has
 * it. */
void pl_account_add_member(struct pl_account_files *f, struct pl_account_file *t, unsigned k,
			   const char *name, const char *user);
/* pwconv(8) (users), grpconv(8): passwords move where only root reads them, and what is hidden of
 * accounts that are not there goes. */
void pl_account_files_shadow(struct pl_account_files *f, bool users);
