// SPDX-License-Identifier: Apache-2.0
/* Relation fields of control data: Depends, Provides, Replaces ... (Policy 7.1). Pure; results are
 * slices of the field, lists live in the arena. */
#pragma once

#include "base/arena.h"
#include "version/debian.h"

/* One relation of a dependency field: "name:any (>= 1.0)". */
struct pl_dep {
	struct pl_str name, version;
	enum pl_debrel rel;
	bool any;           /* ":any" */
	struct pl_str arch; /* other explicit architecture qualifier, else empty */
};
/* An or-group: alternatives in the order written. */
struct pl_depgroup {
	struct pl_dep *alt;
	size_t n;
};
struct pl_deps {
	struct pl_depgroup *v;
	size_t n;
};
/* Parses a relation field (Policy 7.1). For Provides/Conflicts/Breaks/Replaces each group has one
 * item. Architecture restrictions [..] and build profiles <..> are PL_INPUT in binary relations. */
int pl_deps_parse(struct pl_arena *a, struct pl_str field, const char *where, struct pl_deps *ret,
		  struct pl_err *err) PL_MUST_USE;
/* The field Source (Policy 5.6.1): "name (version)", or only a name. What it does not say stays as
 * the caller has set it: the package's own name and version. False when it is neither. */
bool pl_source_parse(struct pl_str field, struct pl_str *io_source,
		     struct pl_str *io_version) PL_MUST_USE;
