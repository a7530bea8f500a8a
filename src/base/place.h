// SPDX-License-Identifier: Apache-2.0
/*
 * The one name of an image layout in a directory: "oci:" and the absolute path, without links, with
 * what a name cannot hold as %XX (docs/decisions/0019-names-mean-one-place.md). A relative path
 * means another place in every directory, so it is none. Asks the file system for links only.
 * Ownership: the arena.
 */
#pragma once

#include "base/arena.h"

/* The absolute path without links, "." and ".."; what does not exist (yet) is kept as it is
 * written. Owned by the caller. */
char *pl_path_canonical(const char *path);
/* Is path the directory dir or below it, whatever links are in either? A link to what does not
 * exist leads anywhere: no. */
bool pl_path_is_below(const char *dir, const char *path);
/* The name of the layout at path. Its own last part may be a link, and stays. */
char *pl_place_name(struct pl_arena *a, const char *path);
/* "oci:PATH[:TAG][@DIGEST]" as a person types it, a relative path below dir; PATH may have %XX.
 * Anything else is returned as it is. */
const char *pl_place_resolve(struct pl_arena *a, const char *dir, const char *typed);
/* The name (with its tag) as pl_place_resolve takes it in dir: short when the place is below it. */
const char *pl_place_shown(struct pl_arena *a, const char *dir, const char *name);
