// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include "base/num.h"

#include <assert.h>
#include <openssl/evp.h>

void pl_sha256_init(struct pl_sha256 *h)
{
	if (!h->ctx)
		h->ctx = EVP_MD_CTX_new();
	int ok = h->ctx && EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL) == 1;
	assert(ok);
	if (!ok)
		abort();
}

void pl_sha256_done(struct pl_sha256 *h)
{
	EVP_MD_CTX_free(h->ctx);
	h->ctx = NULL;
}

void pl_sha256_add(struct pl_sha256 *h, const void *p, size_t n)
{
	if (EVP_DigestUpdate(h->ctx, p, n) != 1)
		abort();
}

void pl_sha256_final(struct pl_sha256 *h, struct pl_digest *ret)
{
	if (EVP_DigestFinal_ex(h->ctx, ret->b, NULL) != 1)
		abort();
}

struct pl_digest pl_sha256_of(struct pl_str s)
{
	struct pl_digest d;
	if (EVP_Digest(s.p, s.n, d.b, NULL, EVP_sha256(), NULL) != 1)
		abort();
	return d;
}

const char *pl_digest_hex(const struct pl_digest *d, char dst[PL_DIGEST_TEXT])
{
	pl_hex(dst, d->b, sizeof(d->b));
	return dst;
}

const char *pl_digest_format(const struct pl_digest *d, char dst[PL_DIGEST_TEXT])
{
	memcpy(dst, "sha256:", 7);
	pl_hex(dst + 7, d->b, sizeof(d->b));
	return dst;
}

bool pl_digest_parse_hex(struct pl_str s, struct pl_digest *ret)
{
	return pl_unhex(ret->b, sizeof(ret->b), s);
}

bool pl_digest_parse(struct pl_str s, struct pl_digest *ret)
{
	return pl_str_starts(s, "sha256:") && pl_digest_parse_hex(pl_str_sub(s, 7, s.n), ret);
}

int pl_digest_cmp(const struct pl_digest *a, const struct pl_digest *b)
{
	return memcmp(a->b, b->b, sizeof(a->b));
}
