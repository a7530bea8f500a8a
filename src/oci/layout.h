// SPDX-License-Identifier: Apache-2.0
/* Names in an OCI image layout's index.json (image-spec image-layout.md), changed atomically under
 * a lock file. */
#pragma once

#include "base/digest.h"
#include "base/err.h"

struct pl_layout_entry {
	const char *name; /* org.opencontainers.image.ref.name */
	const char *media_type;
	struct pl_digest digest;
	uint64_t size;
};
/* Makes these names mean these manifests; other names and their order stay; no write when nothing
 * changes. */
int pl_layout_set(const char *dir, const struct pl_layout_entry *v, size_t n,
		  struct pl_err *err) PL_MUST_USE;
