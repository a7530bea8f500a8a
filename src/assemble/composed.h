// SPDX-License-Identifier: Apache-2.0
/*
 * One image as it is put together, before anything of it is written: its tree, and what its scripts
 * came to. Ownership: pl_composed_free. Thread rule: one thread.
 */
#pragma once

#include "fleet/definition.h"
#include "package/format.h"
#include "package/proof.h"
#include "store/store.h"

struct pl_composed {
	const struct pl_tree *tree;
	const struct pl_script_note *notes;
	size_t n_notes;
	const struct pl_lock_package *const *packages; /* its base's too */
	size_t n_packages;
};
/* Scripts that are refused are notes; other errors are pl_build's. */
int pl_build_compose(const struct pl_env *env, const struct pl_fleet *f, const struct pl_lock *l,
		     struct pl_store *store, const char *image, const struct pl_platform *platform,
		     struct pl_composed **ret, struct pl_err *err) PL_MUST_USE;
/* A file's bytes, appended. */
int pl_composed_read(struct pl_composed *c, const struct pl_node *n, struct pl_buf *ret,
		     struct pl_err *err) PL_MUST_USE;
void pl_composed_free(struct pl_composed *c);
PL_DEFINE_FREEP(composed)
