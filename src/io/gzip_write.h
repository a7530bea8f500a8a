// SPDX-License-Identifier: Apache-2.0
/*
 * Deterministic gzip: a stream cut into members of PL_GZIP_MEMBER, each by our own encoder
 * (RFC 1952: members may be concatenated; every reader of layers we know takes them). Thread rule:
 * one writer a thread.
 */
#pragma once

#include "io/stream.h"

/* gzip members hold at most this much of a fragment's tar, so that memory stays bounded. */
#define PL_GZIP_MEMBER ((size_t)1 << 20)

struct pl_deflate;
struct pl_gzip {
	struct pl_sink *out; /* borrowed */
	struct pl_deflate *z;
	uint8_t *in, *packed;
	size_t n;
	uint64_t unpacked;      /* bytes in so far */
	struct pl_sha256 *hash; /* of the unpacked bytes; NULL: none */
	int raw;                /* the unpacked bytes go to this file too; -1: nowhere (any more) */
};
void pl_gzip_init(struct pl_gzip *m, struct pl_sink *out);
void pl_gzip_done(struct pl_gzip *m);
/* Room to write unpacked bytes at, *ret_n at least 1, and how many of it were written: a copy less.
 */
uint8_t *pl_gzip_room(struct pl_gzip *m, size_t *ret_n);
int pl_gzip_filled(struct pl_gzip *m, size_t n, struct pl_err *err) PL_MUST_USE;
int pl_gzip_write(struct pl_gzip *m, const void *p, size_t n, struct pl_err *err) PL_MUST_USE;
/* Ends the current member, if one is begun. */
int pl_gzip_flush(struct pl_gzip *m, struct pl_err *err) PL_MUST_USE;
/* "plimsoll-deflate 1": goes into the lock and into the keys of records. The number alone changes.
 */
#define PL_COMPRESSOR_FAMILY "plimsoll-deflate "
const char *pl_compressor_name(void);
