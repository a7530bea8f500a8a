// SPDX-License-Identifier: Apache-2.0
/* What an image has before its first package comes, and what is made when all scripts have run. */
#pragma once

#include "debian/commands/commands.h"

/* The directories of every system; passwd and group. */
int pl_debian_begin(struct pl_debian_world *w, struct pl_err *err) PL_MUST_USE;
/* Files computed from the whole tree; what scripts leave behind that is of no image goes. */
int pl_debian_finish(struct pl_debian_world *w, struct pl_err *err) PL_MUST_USE;

/* /etc/ld.so.cache, also without libc-bin, whose ldconfig makes it: it speeds up every start.
 * Nothing without libc6. The cache says who made it: "ldconfig (Debian GLIBC 2.36-9) stable release
 * version 2.36". */
int pl_debian_ld_so_cache(struct pl_tree *t, const struct pl_effect_input *in,
			  struct pl_err *err) PL_MUST_USE;

/* Without base-passwd: /etc/passwd and /etc/group with the accounts that have the same number on
 * every Debian system (Policy 9.2.2), which packages take for granted. */
int pl_static_accounts_make(struct pl_debian_world *w, struct pl_err *err) PL_MUST_USE;
/* root's shell is one that is in the image. */
int pl_static_accounts_finish(struct pl_debian_world *w, struct pl_err *err) PL_MUST_USE;
