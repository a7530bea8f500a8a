// SPDX-License-Identifier: Apache-2.0
/*
 * Recipes: what the maintainer scripts of one package do at a fresh installation, as data. The text
 * format is described in recipes/README.md; all recipes are embedded in the program. Ownership:
 * parsed recipes live in the arena given; strings may be slices of the text.
 */
#pragma once

#include "debian/scripts/apply.h"
#include "debian/scripts/scripts.h"
#include "effects/alternatives.h"

struct pl_recipe_script {
	struct pl_str name; /* postinst ... */
	enum pl_verdict verdict;
	struct pl_str reason;
	struct pl_digest *digests; /* normalised, of every version that this speaks of */
	size_t n_digests;
};

enum pl_recipe_effect_kind {
	PL_RECIPE_DIR,        /* PATH MODE OWNER:GROUP */
	PL_RECIPE_OWN,        /* PATH MODE OWNER:GROUP of what is there */
	PL_RECIPE_TEXT,       /* PATH MODE OWNER:GROUP TEXT */
	PL_RECIPE_COPY,       /* FROM PATH MODE OWNER:GROUP */
	PL_RECIPE_LINK,       /* PATH TARGET */
	PL_RECIPE_RENAME,     /* FROM PATH: a diversion */
	PL_RECIPE_REMOVE,     /* PATH */
	PL_RECIPE_CAPABILITY, /* PATH HEX of the xattr's value */
	PL_RECIPE_LINE,       /* PATH TEXT: added at the end unless there */
	PL_RECIPE_NSSWITCH,   /* DATABASE SERVICE before|after OTHER */
	PL_RECIPE_TMPFILES,   /* name of a file in usr/lib/tmpfiles.d */
	PL_RECIPE_ALTERNATIVE,
	PL_RECIPE_GENERATE, /* name of a generator */
};
struct pl_recipe_effect {
	enum pl_recipe_effect_kind kind;
	bool optional;      /* nothing to do when what it works on is not there */
	bool keep;          /* what is there already stays */
	struct pl_str path; /* without leading slash; ${triplet}, ${arch} expanded */
	struct pl_str from; /* COPY, RENAME: source; LINK: target; NSSWITCH: service, other */
	struct pl_str text, owner, group;
	bool before;   /* NSSWITCH */
	uint32_t mode; /* UINT32_MAX: as it is */
	struct pl_alternative *alternative;
	unsigned line;      /* in the recipe's text */
	struct pl_str only; /* done when the package has a script of that mark; p NULL: always */
};
/* A word behind a digest: texts of a script that want effects of their own. */
struct pl_recipe_mark {
	struct pl_str name;
	struct pl_digest digest;
};
struct pl_recipe {
	struct pl_str package;
	struct pl_recipe_script *scripts;
	size_t n_scripts;
	struct pl_account *accounts;
	size_t n_accounts;
	struct pl_recipe_effect *effects;
	size_t n_effects;
	struct pl_recipe_mark *marks;
	size_t n_marks;
};

/* Parses the section of one package (from its "package NAME" line on). PL_INPUT with what and line.
 * architecture expands ${arch} and ${triplet}. */
int pl_recipe_parse(struct pl_arena *a, struct pl_str text, struct pl_str architecture,
		    const char *what, struct pl_recipe *ret, struct pl_err *err) PL_MUST_USE;
/* The embedded recipe of a package: 1 found, 0 none, negative: our own recipe is wrong. */
int pl_recipe_find(struct pl_arena *a, struct pl_str package, struct pl_str architecture,
		   struct pl_recipe *ret, struct pl_err *err) PL_MUST_USE;

/* The embedded table, sorted by package (made by tools/embed-recipes). */
struct pl_recipe_text {
	const char *package, *text;
};
extern const struct pl_recipe_text pl_recipe_texts[];
extern const size_t pl_recipe_texts_n;
