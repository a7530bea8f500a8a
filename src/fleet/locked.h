// SPDX-License-Identifier: Apache-2.0
/* Does a lock answer what these definitions ask of the outside? Pure. */
#pragma once

#include "fleet/definition.h"
#include "lockfile/lock.h"

/* Is what the definition takes from outside chosen by --set? */
bool pl_locked_is_reset(const struct pl_image *i);
/* l: what the lock has for the image on a platform. A lock of the first format knows definitions as
 * a whole only. */
bool pl_locked_is_stale(const struct pl_lock *lock, const struct pl_lock_image *l,
			const struct pl_image *i);
