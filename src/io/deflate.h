// SPDX-License-Identifier: Apache-2.0
/*
 * A DEFLATE encoder (RFC 1951) whose output depends on its input alone: not on the machine, its
 * byte order or word size, a library's version, or what was encoded before. Libraries promise no
 * such thing; a layer's digest needs it (docs/decisions/0018). Thread rule: one encoder a thread.
 */
#pragma once

#include "base/macros.h"

#include <stddef.h>
#include <stdint.h>

/* Goes up with every change that gives other bytes for any input: it is in locks and in the keys of
 * records. tests/unit/io/test_deflate.c holds digests of the output. */
#define PL_DEFLATE_VERSION 1
/* The longest input of one call. */
#define PL_DEFLATE_MAX ((size_t)1 << 20)

struct pl_deflate;
/* Scratch memory of some 600 KiB; free with pl_deflate_free(). */
struct pl_deflate *pl_deflate_new(void);
void pl_deflate_free(struct pl_deflate *d);
/* What pl_deflate_encode() writes at most for n bytes, and what `out` must have room for. */
size_t pl_deflate_bound(size_t n);
/* One complete stream (its last block is marked as such) of in[0..n), n at most PL_DEFLATE_MAX, to
 * out, which has pl_deflate_bound(n) bytes and does not overlap with in. Returns its length. */
size_t pl_deflate_encode(struct pl_deflate *d, const uint8_t *in, size_t n, uint8_t *out);
