// SPDX-License-Identifier: Apache-2.0
/* An OCI image layout in a directory, shared by layout.c (blobs) and layout_index.c (index.json).
 */
#pragma once

#include "base/map.h"
#include "oci/manifest_int.h"
#include "oci/repository_int.h"

struct layout {
	struct pl_repo repo;
	char *dir;
};

char *pl_layout_blob_path(const struct layout *l, const struct pl_digest *d);
/* Writes a blob in place of whatever has its name; `in` verifies. */
int pl_layout_write_blob(struct layout *l, const struct pl_digest *d, struct pl_source *in,
			 struct pl_err *err) PL_MUST_USE;
/* The lock under which index.json is read, changed and replaced. Close to release. */
int pl_layout_lock(const char *dir, int *ret_fd, struct pl_err *err) PL_MUST_USE;
int pl_layout_manifest(struct pl_repo *repo, const char *tag, const struct pl_digest *digest,
		       struct pl_arena *a, struct pl_descriptor *ret, struct pl_buf *ret_text,
		       struct pl_err *err) PL_MUST_USE;
int pl_layout_put_tags(struct pl_repo *repo, const struct pl_tagged *v, size_t n,
		       struct pl_err *err) PL_MUST_USE;
int pl_layout_tags(struct pl_repo *repo, struct pl_arena *a, const char ***ret, size_t *ret_n,
		   struct pl_err *err) PL_MUST_USE;
