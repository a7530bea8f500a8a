// SPDX-License-Identifier: Apache-2.0
/* os-release(5) as text. Pure. */
#pragma once

#include "base/arena.h"

/* One value of an os-release(5) file, unquoted, "" if absent. */
const char *pl_os_release_get(struct pl_arena *a, struct pl_str text, const char *key);
