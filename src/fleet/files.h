// SPDX-License-Identifier: Apache-2.0
/*
 * The fleet's own files of an image: read from the fleet's directory (never from outside it),
 * directories expanded, sorted by their place in the image. Modes are normalised to 0644/0755
 * unless the definition says otherwise, so that a checkout's umask changes nothing. Limits: 64 MiB
 * a file, 10,000 files an image.
 */
#pragma once

#include "fleet/definition.h"
#include "lockfile/lock.h"
#include "store/store.h"

struct pl_fleet_file {
	const char *to;   /* canonical path in the image, no leading slash */
	const char *from; /* path below the fleet's directory; NULL: content of the definition */
	const char *owner;
	uint32_t mode;
	struct pl_digest sha256;
	uint64_t size;
};
/* What one run reads of the fleet's directory. Owned by the caller, borrows all three. Not for
 * several threads at once. */
struct pl_files;
struct pl_files *pl_files_new(const struct pl_env *env, const struct pl_fleet *f,
			      struct pl_store *store);
void pl_files_free(struct pl_files *c);
PL_DEFINE_FREEP(files)
/* The image's files as they are now; their content is in the store's inputs afterwards. Each file
 * is read at most once, so that it is the same in every image and platform of the run. In the
 * arena. PL_STALE: one does not hold still. */
int pl_files_collect(struct pl_files *c, const struct pl_image *i,
		     const struct pl_platform *platform, struct pl_arena *a,
		     struct pl_fleet_file **ret, size_t *ret_n, struct pl_err *err) PL_MUST_USE;
/* Keeps a record by which the next run need not read them. */
int pl_files_remember(struct pl_files *c, struct pl_err *err) PL_MUST_USE;
/* As the lock has them; nothing points into v. */
struct pl_lock_file *pl_files_lock(struct pl_arena *a, const struct pl_fleet_file *v, size_t n);
