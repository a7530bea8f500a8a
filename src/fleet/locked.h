// SPDX-License-Identifier: Apache-2.0
/* Is a lock the one of these definitions? Pure. Errors are PL_INPUT and say: run plimsoll lock. */
#pragma once

#include "fleet/definition.h"
#include "fleet/files.h"
#include "lockfile/lock.h"

/* l: what the lock has for the image on the platform, NULL: nothing. */
int pl_locked_image_check(const struct pl_image *i, const struct pl_platform *platform,
			  const struct pl_lock_image *l, struct pl_err *err) PL_MUST_USE;
/* v: the image's files as they are now (pl_files_collect). */
int pl_locked_files_check(const struct pl_image *i, const struct pl_fleet_file *v, size_t n,
			  const struct pl_lock_image *l, struct pl_err *err) PL_MUST_USE;
