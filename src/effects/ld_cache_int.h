// SPDX-License-Identifier: Apache-2.0
/*
 * glibc's cache of shared libraries as bytes (elf/dl-cache.h of glibc 2.33 and newer, format 1.1
 * with extensions). Pure: entries in, bytes out.
 */
#pragma once

#include "base/buf.h"

struct pl_ld_entry {
	const char *soname, *path;
	const char *hwcaps; /* name of the glibc-hwcaps directory it lies in, else NULL */
	uint32_t flags;     /* library type and ABI */
	size_t order;       /* in which ldconfig comes upon it: decides between equals */
};

/* glibc's order of library names: runs of digits compare as numbers. */
int pl_ld_name_cmp(const char *a, const char *b);
/* Sorts the entries and appends the cache. hwcaps: the names of all glibc-hwcaps directories seen,
 * used or not. */
void pl_ld_cache_format(struct pl_ld_entry *v, size_t n, const char *const *hwcaps, size_t n_hwcaps,
			bool big_endian, const char *generator, struct pl_buf *out);
