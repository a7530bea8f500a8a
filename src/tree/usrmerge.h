// SPDX-License-Identifier: Apache-2.0
/* Merged /usr: bin, sbin, lib, lib32, lib64 and libx32 are links to what is below usr/ (usrmerge's
 * convert-usrmerge), so a path has one canonical form. Pure. */
#pragma once

#include "base/arena.h"

/* "lib/x" -> "usr/lib/x"; what is not below an aliased directory stays. In the arena if changed.
 * The aliased directory itself maps to usr/<it> as well. */
struct pl_str pl_usrmerge_path(struct pl_arena *a, struct pl_str path);
/* Is it another path after that? */
bool pl_usrmerge_applies(struct pl_str path);
