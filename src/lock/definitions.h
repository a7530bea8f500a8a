// SPDX-License-Identifier: Apache-2.0
/*
 * Which keys of an image's definition have changed since it was locked, as far as this store
 * remembers. Ownership: the arena. Any thread.
 */
#pragma once

#include "fleet/definition.h"
#include "store/store.h"

/* Keeps the definitions of all images, for the next lock. */
int pl_definitions_remember(const struct pl_fleet *f, struct pl_store *store,
			    struct pl_err *err) PL_MUST_USE;
/* Keys that differ between two definitions (struct pl_image.hash), in the order of the canonical
 * text, NULL-terminated; NULL: not known here. */
const char **pl_definitions_compare(struct pl_store *store, struct pl_arena *a,
				    const struct pl_digest *from, const struct pl_digest *to);
