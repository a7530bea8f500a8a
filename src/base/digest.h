// SPDX-License-Identifier: Apache-2.0
/*
 * SHA-256 digests as the OCI image specification writes them ("sha256:<64 lower-case hex>",
 * image-spec descriptor.md). Hashing is OpenSSL's. Thread rule: one hash context per thread.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

struct pl_digest {
	uint8_t b[32];
};
#define PL_DIGEST_TEXT 72 /* "sha256:" + 64 + NUL */

struct pl_sha256 {
	void *ctx;
};
void pl_sha256_init(struct pl_sha256 *h);
void pl_sha256_done(struct pl_sha256 *h); /* frees; also fine after _final */
void pl_sha256_add(struct pl_sha256 *h, const void *p, size_t n);
void pl_sha256_final(struct pl_sha256 *h, struct pl_digest *ret); /* then only _done or _init */
struct pl_digest pl_sha256_of(struct pl_str s);

/* "sha256:hex" / only hex, into dst (PL_DIGEST_TEXT bytes); returns dst. */
const char *pl_digest_format(const struct pl_digest *d, char dst[PL_DIGEST_TEXT]);
const char *pl_digest_hex(const struct pl_digest *d, char dst[PL_DIGEST_TEXT]);
/* Accepts exactly "sha256:" and 64 lower-case hex digits. */
bool pl_digest_parse(struct pl_str s, struct pl_digest *ret) PL_MUST_USE;
bool pl_digest_parse_hex(struct pl_str s, struct pl_digest *ret) PL_MUST_USE;
static inline bool pl_digest_eq(const struct pl_digest *a, const struct pl_digest *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}
/* The digest's bytes as the key of a map; borrowed, as every key. */
static inline struct pl_str pl_digest_key(const struct pl_digest *d)
{
	return (struct pl_str){(const char *)d->b, sizeof(d->b)};
}
int pl_digest_cmp(const struct pl_digest *a, const struct pl_digest *b);
/* In a format call: printf("%s", PL_DIGEST_STR(&d)). Lives until the end of the block. */
#define PL_DIGEST_STR(d) pl_digest_format((d), (char[PL_DIGEST_TEXT]){0})
