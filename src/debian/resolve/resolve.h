// SPDX-License-Identifier: Apache-2.0
/*
 * Dependency resolution as apt does it in an empty root without Recommends: the rule, and how it
 * was measured against apt (docs/decisions/0007). Pure: index in, choice out.
 */
#pragma once

#include "debian/archive/index.h"

struct pl_root {
	struct pl_str name;
	enum pl_debrel rel; /* PL_REL_NONE: any version */
	struct pl_str version;
	const char *where; /* the place where it is asked for, for messages; NULL: none */
};
/* Why a package was chosen. */
struct pl_choice {
	struct pl_package *pkg;
	int parent;           /* index of the choice that needed it; -1: a root or preselected */
	struct pl_str reason; /* the relation as text, "libc6 (>= 2.36)"; "asked for" for roots */
};
struct pl_resolution {
	struct pl_choice *v; /* in the order chosen */
	size_t n;
};
struct pl_resolve_options {
	/* Packages that are there already (the base image's): chosen first, in this order, as they
	 * are. */
	struct pl_package *const *preselected;
	size_t n_preselected;
	/* Versions to prefer over the candidate (a lock's, when only some may move): name ->
	 * package. May be NULL. */
	const struct pl_map *keep;
	/* The same, and asked first: of two kept versions of a name the one of this very image. */
	const struct pl_map *own;
};
/* Can nothing in the index be the root, whatever else is chosen? Then why ("no package 'pyhton3'")
 * and what helps ("near: python3, python3.11"; nothing). */
bool pl_root_missing(const struct pl_index *ix, const struct pl_root *root, struct pl_buf *ret_why,
		     struct pl_buf *ret_more);
/* Results live in the arena. PL_UNSOLVABLE explains itself: the chain of packages from a root to
 * the relation that cannot be met, or the pair that conflicts. */
int pl_resolve(struct pl_index *ix, const struct pl_root *roots, size_t n_roots,
	       const struct pl_resolve_options *o, struct pl_arena *a, struct pl_resolution *ret,
	       struct pl_err *err) PL_MUST_USE;
