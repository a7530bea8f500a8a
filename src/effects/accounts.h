// SPDX-License-Identifier: Apache-2.0
/*
 * passwd(5), group(5), shadow(5) and gshadow(5) of a tree. Idempotent.
 * Ownership: nothing is kept. Thread rule: as the tree. Errors name the path.
 */
#pragma once

#include "effects/effects.h"

/* An account that a package makes; the lock fixes the numbers. */
struct pl_account {
	const char *name;
	bool is_group;     /* a group alone; else a user */
	const char *group; /* user's primary group name */
	const char *home, *shell, *gecos;
	const char **groups; /* supplementary groups, NULL-terminated */
	int64_t fixed_id;    /* uid/gid the package insists on; -1: allocated by the lock */
};
/* What passwd and group begin with where the tree has none: files of the tree, used when they are
 * there. NULL: none. */
struct pl_account_templates {
	const char *passwd, *group;
};

/* root, nobody and nogroup, in each of /etc/passwd and /etc/group that neither is there nor has a
 * template. root's shell is one that is in the image. */
int pl_accounts_make_least(struct pl_tree *t, const struct pl_effect_input *in,
			   const struct pl_account_templates *from, struct pl_err *err) PL_MUST_USE;
/* The templates' lines, then the accounts in that order, into passwd, group, shadow and gshadow
 * (and their "-" backups never). in->ids gives the numbers; a name missing there, or one that
 * another has, is PL_INPUT; no /etc/passwd to add to is PL_NOT_FOUND. shadow's dates are the day of
 * in->epoch. Passwords move to shadow when there are accounts, or when shadowed says so. */
int pl_accounts_make(struct pl_tree *t, const struct pl_effect_input *in,
		     const struct pl_account_templates *from, bool shadowed,
		     const struct pl_account *v, size_t n, struct pl_err *err) PL_MUST_USE;
