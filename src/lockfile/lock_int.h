// SPDX-License-Identifier: Apache-2.0
/* Between the files of lockfile/: the text by which an image names a package, the place of a lock.
 */
#pragma once

#include "base/buf.h"
#include "lockfile/lock.h"

#define PL_LOCK_MAX ((size_t)64 << 20)

/* "name=version/architecture", and "/sha256:..." behind it only where the distro's list holds two
 * of that name, version and architecture. Into b (cleared first). */
void pl_lock_reference(const struct pl_lock_distro *d, const struct pl_lock_package *p,
		       struct pl_buf *b);
/* PL_INPUT where a lock cannot be: path is a symbolic link. */
int pl_lock_check_place(const char *path, struct pl_err *err) PL_MUST_USE;
