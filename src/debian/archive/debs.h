// SPDX-License-Identifier: Apache-2.0
/* Fetching .debs whose hashes are known. */
#pragma once

#include "store/store.h"

/* Makes sure that the .debs are in the store's inputs, fetching what is missing from the suites'
 * mirrors, in parallel, size and hash checked. *ret_fetched_bytes grows by what came. */
struct pl_deb_request {
	const char *const *uris; /* mirrors to try in order, NULL-terminated */
	struct pl_str filename;
	uint64_t size;
	struct pl_digest sha256;
};
int pl_debs_fetch(const struct pl_env *env, struct pl_store *store, const struct pl_deb_request *v,
		  size_t n, uint64_t *ret_fetched_bytes, struct pl_err *err) PL_MUST_USE;
