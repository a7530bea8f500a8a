// SPDX-License-Identifier: Apache-2.0
/*
 * Recipes: what a command of a maintainer script does in an image where no model can know it, or
 * what a script does that cannot be interpreted, as data (recipes/README.md has the format). Those
 * of recipes/ are in the program. Ownership: results live in the arena given. Pure.
 */
#pragma once

#include "base/arena.h"
#include "package/format.h"

enum pl_recipe_answer_kind {
	PL_RECIPE_SKIPPED,  /* nothing that an image lacks then */
	PL_RECIPE_CACHED,   /* a cache, made at run time */
	PL_RECIPE_DEFERRED, /* left to the first start */
	PL_RECIPE_SECRET,   /* the same; it would print a secret, and files that get it are deferred
			     */
	PL_RECIPE_PRINTS,   /* a text on standard output */
	PL_RECIPE_FAILS,    /* status 1, as in a chroot without a running system */
	PL_RECIPE_RUNS,     /* shell commands in its place; its arguments are theirs */
	PL_RECIPE_KINDS
};
extern const char *const pl_recipe_kinds[PL_RECIPE_KINDS]; /* as recipes write them */
struct pl_recipe_answer {
	const char *package, *command; /* globs: of the package's name, of the words of the call */
	const char *program;           /* the first of these words, without its directory */
	enum pl_recipe_answer_kind kind;
	const char *text; /* what is printed or run, what to run at the first start, or why */
};
/* Shell commands that stand for a whole script, which is none of a shell or runs what no model can
 * know. */
struct pl_recipe_script {
	const char *package;       /* a glob of its name */
	const char *script;        /* postinst ... */
	struct pl_digest *digests; /* normalised: the versions that somebody has read */
	size_t n_digests;
	const char *reason;
	struct pl_str text; /* may be empty: it does nothing that an image needs */
};
struct pl_recipes {
	struct pl_recipe_answer *v;
	size_t n;
	struct pl_recipe_script *scripts;
	size_t n_scripts;
};

/* Appends what a text says; PL_INPUT with what and line. */
int pl_recipes_parse(struct pl_arena *a, struct pl_str text, const char *what,
		     struct pl_recipes *ret, struct pl_err *err) PL_MUST_USE;

/* The recipe of that very script; NULL. */
const struct pl_recipe_script *pl_recipe_script_find(const struct pl_recipes *r,
						     struct pl_str package, const char *script,
						     const struct pl_digest *sha256);

/* What the seam calls recipes (package/format.h). */
int pl_recipes_of(const struct pl_recipe_file *own, size_t n, const char *package,
		  struct pl_arena *a, const char *const **ret, struct pl_err *err) PL_MUST_USE;

/* The program's own (made by tools/embed-recipes): their text, and its digest. */
extern const char pl_recipes_text[];
const struct pl_digest *pl_recipes_digest(void);
