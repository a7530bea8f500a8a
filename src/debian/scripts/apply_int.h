// SPDX-License-Identifier: Apache-2.0
/* One run of effects over a tree. Thread rule: as the tree. */
#pragma once

#include "base/map.h"
#include "debian/scripts/apply.h"
#include "debian/scripts/recipe_int.h"
#include "effects/generate.h"

enum pl_generator { PL_GEN_CA, PL_GEN_JAVA, PL_GEN_PAM, PL_GEN_SHELLS, PL_GEN_LD, PL_GENERATORS };

struct pl_effect_run {
	struct pl_arena arena;
	struct pl_tree *tree;
	const struct pl_effect_input *in;
	struct pl_map users, groups; /* name -> id + 1, from the tree's passwd and group */
	bool wanted[PL_GENERATORS];
	PL_VEC(struct pl_alternative) alternatives;
};

/* Does one effect of a package's recipe. Errors name package, line and path. */
int pl_effect_do(struct pl_effect_run *run, const struct pl_recipe *recipe,
		 const struct pl_effect *e, struct pl_err *err) PL_MUST_USE;
/* /etc/shells from debianutils' template and shells.d, with both spellings of what is below /bin
 * (update-shells, usrmerge). */
int pl_effect_shells(struct pl_effect_run *run, struct pl_err *err) PL_MUST_USE;
/* Applies a shipped tmpfiles.d file; nothing when it is not there. */
int pl_effect_tmpfiles(struct pl_effect_run *run, struct pl_str name,
		       struct pl_err *err) PL_MUST_USE;
