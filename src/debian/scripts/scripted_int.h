// SPDX-License-Identifier: Apache-2.0
/*
 * A maintainer script that is run, not interpreted, since the image's definition says so: by
 * bubblewrap on the image's files, without network, twice on machines of other names. What it did
 * is taken over where both times gave the same.
 */
#pragma once

#include "debian/commands/commands.h"

struct pl_debian_variable {
	const char *name, *value;
};
/* What dpkg tells a script of a package; in the world's arena. */
const struct pl_debian_variable *pl_debian_environment(struct pl_debian_world *w,
						       const struct pl_debian_package *p,
						       const char *script, size_t *ret_n);

/* PL_SCRIPTS: it failed, or the results differ, which names paths; PL_NOT_FOUND: the sandbox is not
 * there. After an error the tree may have some of it. */
int pl_debian_run_scripted(struct pl_debian_world *w, struct pl_debian_package *p,
			   const char *script, const char *const *args, size_t n_args,
			   struct pl_err *err) PL_MUST_USE;

/* scripted_tree.c: the image's files as an archive, with dpkg's and debconf's databases of what is
 * there. */
int pl_scripted_write(struct pl_debian_world *w, const char *path, struct pl_err *err) PL_MUST_USE;
/* Takes over what two archives have otherwise than the tree. PL_SCRIPTS where they differ. */
int pl_scripted_take(struct pl_debian_world *w, const char *const paths[2],
		     struct pl_err *err) PL_MUST_USE;
