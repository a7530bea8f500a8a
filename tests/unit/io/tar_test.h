// SPDX-License-Identifier: Apache-2.0
/* Making tar archives block by block, and reading them whole. */
#pragma once

#include "io_test.h"

#include "io/tar_int.h"

static inline void finish_block(struct pl_tar_block *b)
{
	char sum[16];
	snprintf(sum, sizeof(sum), "%06o", pl_tar_checksum(b));
	memcpy(b->checksum, sum, 7);
	b->checksum[7] = ' ';
}

static inline struct pl_tar_block plain(const char *name, char type, unsigned size)
{
	struct pl_tar_block b = {.type = type};
	char text[16];
	memcpy(b.name, name, strlen(name));
	memcpy(b.mode, "0000644", 8);
	memcpy(b.uid, "0000000", 8);
	memcpy(b.gid, "0000000", 8);
	snprintf(text, sizeof(text), "%011o", size);
	memcpy(b.size, text, 12);
	memcpy(b.mtime, "00000000000", 12);
	memcpy(b.magic, "ustar\00000", 8);
	return b;
}

static inline void add_block(struct pl_buf *a, struct pl_tar_block b)
{
	finish_block(&b);
	pl_buf_add(a, &b, sizeof(b));
}

static inline void add_body(struct pl_buf *a, const char *p, size_t n)
{
	pl_buf_add(a, p, n);
	pl_buf_zero(a, pl_tar_padding(n));
}

static inline struct pl_tar *open_tar(const struct pl_buf *a)
{
	return pl_tar_new(pl_source_mem(pl_buf_str(a)), &pl_limits_default, "a.tar");
}

/* Reads all of it, bodies too: number of entries, or the error. */
static inline int read_all(struct pl_str data, size_t piece, const struct pl_limits *l,
			   struct pl_err *err)
{
	PL_AUTO_FREE(tar) t = pl_tar_new(drip_new(data, piece), l, "a.tar");
	struct pl_tar_entry e;
	char chunk[700];
	int n = 0, r;
	while ((r = pl_tar_next(t, &e, err)) > 0) {
		int64_t k;
		uint64_t total = 0;
		while ((k = pl_tar_read(t, chunk, sizeof(chunk), err)) > 0)
			total += (uint64_t)k;
		if (k < 0)
			return (int)k;
		assert_int_equal(total, e.size);
		n++;
	}
	return r < 0 ? r : n;
}

/* The error (or success) of an archive of one entry. */
static inline int one(struct pl_tar_block b, struct pl_tar_entry *ret, struct pl_err *err)
{
	PL_AUTO(buf) a = {0};
	add_block(&a, b);
	pl_buf_zero(&a, PL_TAR_END);
	PL_AUTO_FREE(tar) t = open_tar(&a);
	struct pl_tar_entry e;
	int r = pl_tar_next(t, &e, err);
	if (r > 0) {
		e.path = e.link = e.capability = (struct pl_str){0};
		*ret = e;
	}
	return r;
}
