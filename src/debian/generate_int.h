// SPDX-License-Identifier: Apache-2.0
/* What the generators share: reading, writing and asking for packages. Thread rule: as the tree. */
#pragma once

#include "base/buf.h"
#include "base/map.h"
#include "debian/generate.h"

#include <fnmatch.h>

/* The installed package of that name, NULL if none. */
const struct pl_effect_package *pl_gen_package(const struct pl_effect_input *in, const char *name);
/* The text of a file (links followed), copied into the arena; p == NULL when there is no such file.
 */
int pl_gen_text(const struct pl_tree *t, const struct pl_effect_input *in, struct pl_arena *a,
		const char *path, struct pl_str *ret, struct pl_err *err) PL_MUST_USE;
/* A file of root's with mtime in->epoch; a symbolic link or file of that name is replaced. */
int pl_gen_file(struct pl_tree *t, const struct pl_effect_input *in, const char *path,
		struct pl_str bytes, uint32_t mode, struct pl_err *err) PL_MUST_USE;
/* A symbolic link with mtime in->epoch; a symbolic link of that name is replaced. */
int pl_gen_link(struct pl_tree *t, const struct pl_effect_input *in, const char *path,
		const char *target, struct pl_err *err) PL_MUST_USE;
/* A folder 0755 of root's unless it is there. */
int pl_gen_dir(struct pl_tree *t, const struct pl_effect_input *in, const char *path,
	       struct pl_err *err) PL_MUST_USE;
