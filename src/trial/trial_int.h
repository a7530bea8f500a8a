// SPDX-License-Identifier: Apache-2.0
/* A trial, shared by its files. */
#pragma once

#include "package/format.h"
#include "trial/trial.h"

struct pl_trial {
	const struct pl_env *env;
	struct pl_store *store;
	struct pl_arena arena;
	struct pl_fleet fleet; /* of the one image; the rest is borrowed */
	struct pl_image image;
	struct pl_image *images[1];
	const struct pl_platform *platform;
	const struct pl_package_format *format;
	struct pl_lock *lock;
	struct pl_composed *composed;
	/* What was installed at last. */
	struct pl_tree installed;
	bool has_installed;
};

/* trial.c: puts it together again, after its image or recipes were changed. */
int pl_trial_compose(struct pl_trial *t, struct pl_err *err) PL_MUST_USE;

/* installed.c: a real installation, as a tree; files that differ from what stands at the same path
 * of ours have their bytes. */
int pl_trial_install(struct pl_trial *t, const char *hostname, struct pl_tree *ret,
		     struct pl_err *err) PL_MUST_USE;

/* compare.c */
int pl_trial_compare_with(struct pl_trial *t, const struct pl_tree *installed,
			  struct pl_comparison *ret, struct pl_err *err) PL_MUST_USE;
/* The name of a number, by a tree's own passwd or group text; the number as text where it has none.
 * In the arena. */
const char *pl_trial_account_name(struct pl_arena *a, struct pl_str text, uint32_t id);
/* The text of such a file of the installation, or of our tree; in the arena. */
int pl_trial_text(struct pl_trial *t, const struct pl_tree *installed, const char *path,
		  struct pl_str *ret, struct pl_err *err) PL_MUST_USE;

/* explained.c: why such a difference is meant; NULL. lines_same: both files have the same lines, in
 * another order. */
const char *pl_difference_reason(enum pl_difference_kind kind, bool lines_same, const char *path);

/* learn_files.c: shell commands that make a path of ours what it is in the installation. PL_FAILURE
 * where no command can. */
struct pl_learning {
	struct pl_arena *a;
	struct pl_str passwd, group; /* the installation's */
	struct pl_buf commands;
};
int pl_learn_path(struct pl_learning *l, const struct pl_difference *d,
		  struct pl_err *err) PL_MUST_USE;
/* The accounts that the installation has and ours has not. */
void pl_learn_accounts(struct pl_learning *l, struct pl_str our_passwd, struct pl_str our_group);
