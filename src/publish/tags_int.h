// SPDX-License-Identifier: Apache-2.0
/* Where images go, and the immutable tags they get there. Private to inventory/. */
#pragma once

#include "fleet/definition.h"
#include "oci/repository.h"
#include "store/store.h"

/* Where an image goes: the fleet's registry, or the same image under another (NULL: the fleet's). A
 * directory of layouts in fleet.yaml is the fleet's, wherever the command runs; the repository
 * is the place's name (base/place.h), the text stays as it is written. */
int pl_push_reference(const struct pl_fleet *f, const struct pl_image *i, const char *registry,
		      struct pl_arena *a, struct pl_ref *ret, struct pl_err *err) PL_MUST_USE;
/* The immutable tag beside a moving one, in the arena: 1 the newest there is, which means `digest`
 * already (NULL: some new content); 0 the next of today, which is not there. lost: a tag that
 * another program took meanwhile, listed or not; NULL: none. */
int pl_next_tag(const struct pl_env *env, struct pl_repo *repo, const char *moving,
		const struct pl_digest *digest, const char *lost, struct pl_arena *a,
		const char **ret, struct pl_err *err) PL_MUST_USE;
/*
 * Is nothing to be done? 1 when the moving tag and an immutable one beside it mean this digest
 * already, which then is *ret; 0 otherwise, or when that cannot be seen. Two requests where
 * pl_tag_remember was called for it in this store, else one or up to three.
 */
int pl_tag_standing(const struct pl_env *env, struct pl_repo *repo, struct pl_store *store,
		    const char *moving, const struct pl_digest *digest, struct pl_arena *a,
		    const char **ret, struct pl_err *err) PL_MUST_USE;
/* Which immutable tag an image got. A hint: whoever uses it asks the registry. */
void pl_tag_remember(struct pl_repo *repo, struct pl_store *store, const char *moving,
		     const struct pl_digest *digest, const char *tag);
