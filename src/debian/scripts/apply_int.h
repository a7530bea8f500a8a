// SPDX-License-Identifier: Apache-2.0
/* One run of recipes over a tree. Thread rule: as the tree. */
#pragma once

#include "debian/scripts/apply.h"
#include "debian/scripts/recipe_int.h"
#include "effects/alternatives.h"
#include "effects/owners.h"

/* A package of the image and what its recipe says of it. */
struct pl_recipe_package {
	const struct pl_effect_package *package;
	const struct pl_control *control; /* NULL: not known */
	struct pl_recipe recipe;
	bool applies; /* it has a recipe, which speaks of its scripts */
};
struct pl_recipe_run {
	struct pl_arena arena;
	struct pl_tree *tree;
	const struct pl_effect_input *in;
	struct pl_recipe_package *packages; /* as in->packages */
	struct pl_owners owners;
	unsigned generators; /* those that recipes want: a bit for each of the table */
	PL_VEC(struct pl_alternative) alternatives;
};

/* Does one effect of a package's recipe. Errors name package, line and path. */
int pl_recipe_effect_do(struct pl_recipe_run *run, const struct pl_recipe *recipe,
			const struct pl_recipe_effect *e, struct pl_err *err) PL_MUST_USE;
/* Notes that the generator of that name is to be called. PL_INPUT: there is none. */
int pl_recipe_generator_want(struct pl_recipe_run *run, struct pl_str name,
			     struct pl_err *err) PL_MUST_USE;
/* Calls what recipes and packages want, each generator once. */
int pl_recipe_generators_make(struct pl_recipe_run *run, struct pl_err *err) PL_MUST_USE;
/* The installed package of that name, NULL if none. */
const struct pl_effect_package *pl_recipe_installed(const struct pl_effect_input *in,
						    const char *name);
/* /etc/ld.so.cache, as the libc of the image says; nothing without one. */
int pl_generate_ld_so_cache(struct pl_tree *t, const struct pl_effect_input *in,
			    struct pl_err *err) PL_MUST_USE;
