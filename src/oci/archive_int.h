// SPDX-License-Identifier: Apache-2.0
/*
 * A tar file on disk, indexed once so that its members can be read in any order and by many
 * threads. Ownership: the arena holds names, the struct owns the descriptor. Limits: env->limits'
 * entries; two members of one name are refused, since readers differ on which counts.
 */
#pragma once

#include "base/arena.h"
#include "base/map.h"
#include "io/stream.h"

struct tar_member {
	const char *path;
	const char *link; /* of a link: the member it leads to, or NULL */
	uint64_t offset, size;
};
struct tar_file {
	int fd;
	const char *path;
	struct pl_map members; /* by path */
};
int pl_tar_file_open(const struct pl_env *env, struct pl_arena *a, const char *path,
		     struct tar_file *ret, struct pl_err *err) PL_MUST_USE;
void pl_tar_file_done(struct tar_file *f);
/* The member behind a name, links followed; PL_INPUT if there is none. */
int pl_tar_file_find(const struct tar_file *f, struct pl_str path, const struct tar_member **ret,
		     struct pl_err *err) PL_MUST_USE;
/* Its content; the file must outlive the source. */
struct pl_source *pl_tar_file_read(const struct tar_file *f, const struct tar_member *m);
