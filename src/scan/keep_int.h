// SPDX-License-Identifier: Apache-2.0
/*
 * What a scan keeps of an image's files: the bodies that scanners asked for. In memory up to a
 * budget; a body that would go over it goes to an unnamed temporary file, from which one at a time
 * comes back to be read. Ownership: embedded in the scan, pl_keep_done frees all bodies' memory and
 * the file. Thread rule: one thread. Limits: memory_max in memory, and one body more while it is
 * read; file_max a body; total_max in all.
 */
#pragma once

#include "base/buf.h"

struct pl_kept_body {
	uint64_t size, filled;
	char *memory; /* NULL: in the file */
	uint64_t offset;
	unsigned refs;
};
struct pl_keep {
	uint64_t memory_max, file_max, total_max; /* set by the owner */
	uint64_t in_memory, in_file;              /* bytes of bodies that somebody holds */
	uint64_t memory_peak;                     /* the most that was in memory at once */
	uint64_t file_end;
	int fd; /* -1 until something goes to the file */
	struct pl_buf loaded;
	const struct pl_kept_body *loaded_body;
};
void pl_keep_init(struct pl_keep *k);
void pl_keep_done(struct pl_keep *k);

/* A place for size bytes, to be filled in order by pl_keep_fill; one reference, the caller's.
 * PL_LIMIT: too large, or too much in all. PL_SYS: no temporary file. */
int pl_keep_new(struct pl_keep *k, uint64_t size, struct pl_kept_body **ret,
		struct pl_err *err) PL_MUST_USE;
int pl_keep_fill(struct pl_keep *k, struct pl_kept_body *b, const void *p, size_t n,
		 struct pl_err *err) PL_MUST_USE;
struct pl_kept_body *pl_keep_ref(struct pl_kept_body *b);
void pl_keep_unref(struct pl_keep *k, struct pl_kept_body *b); /* NULL is fine */
/* The whole body; valid until the next call for another one, or until the body goes. */
int pl_keep_text(struct pl_keep *k, const struct pl_kept_body *b, struct pl_str *ret,
		 struct pl_err *err) PL_MUST_USE;
