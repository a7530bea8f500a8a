// SPDX-License-Identifier: Apache-2.0
/*
 * Between the files of fleet/: the content of the fleet's own files, each read once in a run, or
 * not at all where a record of the store knows it by its inode and times.
 */
#pragma once

#include "fleet/files.h"

/* A file of the fleet's directory as this run has it. */
struct pl_content {
	const char *from;
	struct pl_digest sha256; /* in the store's inputs */
	uint64_t size;
	uint32_t mode; /* permission bits */
};
/* The file at e->from, read again until it holds still. PL_STALE: it does not. PL_INPUT: it is its
 * owner's alone, and e says no mode. Owned by c. */
int pl_files_content(struct pl_files *c, const struct pl_file_entry *e,
		     const struct pl_content **ret, struct pl_err *err) PL_MUST_USE;
/* Bytes, with their digest, into the store's inputs, unless they are there. */
int pl_files_keep(struct pl_files *c, struct pl_str bytes, const struct pl_digest *d,
		  struct pl_err *err) PL_MUST_USE;
