// SPDX-License-Identifier: Apache-2.0
/*
 * What makes gzip members (RFC 1952) of a layer: a table of encoders by the names that locks give
 * them. The first is our own, whose bytes are the same on every machine; libdeflate of the version
 * that the program was compiled with stays for locks that name it, so that their digests do not
 * change until they are asked to (docs/decisions/0018). Thread rule: one state a thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct pl_compressor {
	const char *name;    /* "plimsoll-deflate 1": in locks and in the keys of records */
	void *(*make)(void); /* scratch memory; never NULL */
	void (*drop)(void *state);
	size_t (*bound)(size_t n); /* what member writes at most for n bytes */
	/* One whole member of in[0..n), n at most PL_GZIP_MEMBER; returns its length. */
	size_t (*member)(void *state, const uint8_t *in, size_t n, uint8_t *out);
};

/* What a new lock names. */
const struct pl_compressor *pl_compressor_default(void);
/* The one of that name; NULL: this program cannot make its bytes. */
const struct pl_compressor *pl_compressor_find(const char *name);
