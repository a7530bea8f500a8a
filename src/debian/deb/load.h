// SPDX-License-Identifier: Apache-2.0
/* .debs out of the store: what is opened is what the archive's index said it is. */
#pragma once

#include "debian/deb/deb.h"
#include "store/store.h"

/* What an index says a .deb is. */
struct pl_deb_identity {
	const char *name, *version, *architecture;
	struct pl_digest sha256;
};
/* Opens the .deb of the store's inputs, up to its data archive; strings live in the arena. Errors:
 * PL_NOT_FOUND when the store lacks it; PL_INPUT when the .deb is malformed or says that it is
 * another package. */
int pl_deb_load(const struct pl_env *env, struct pl_store *store, const struct pl_deb_identity *p,
		struct pl_arena *a, struct pl_control *ret_control, struct pl_deb **ret,
		struct pl_err *err) PL_MUST_USE;
/* Only the control members: reads no data archive. A damaged .deb is taken out of the store. */
int pl_deb_control_load(const struct pl_env *env, struct pl_store *store,
			const struct pl_deb_identity *p, struct pl_arena *a, struct pl_control *ret,
			struct pl_err *err) PL_MUST_USE;
