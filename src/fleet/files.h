// SPDX-License-Identifier: Apache-2.0
/*
 * The fleet's own files of an image: read from the fleet's directory (never from outside it),
 * directories expanded, sorted by their place in the image. Modes are normalised to 0644/0755
 * unless the definition says otherwise, so that a checkout's umask changes nothing. Limits: 64 MiB
 * a file, 10,000 files an image.
 */
#pragma once

#include "fleet/definition.h"
#include "store/store.h"

struct pl_fleet_file {
	const char *to;   /* canonical path in the image, no leading slash */
	const char *from; /* path below the fleet's directory; NULL: content of the definition */
	const char *owner;
	uint32_t mode;
	struct pl_digest sha256;
	uint64_t size;
};
/* Hashes each file and keeps it in the store's inputs. */
int pl_files_collect(const struct pl_env *env, const struct pl_fleet *f, const struct pl_image *i,
		     const struct pl_platform *platform, struct pl_store *store, struct pl_arena *a,
		     struct pl_fleet_file **ret, size_t *ret_n, struct pl_err *err) PL_MUST_USE;
