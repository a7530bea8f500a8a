// SPDX-License-Identifier: Apache-2.0
/* gzip, xz and zstd. What unpacks whole must unpack to the same by small reads. */
#include "io/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int unpack(struct pl_str s, const struct pl_limits *l, size_t n, struct pl_digest *ret)
{
	struct pl_err err = {0};
	struct pl_sha256 h = {0};
	struct pl_source *in = NULL;
	int64_t k;
	char *chunk = pl_xcalloc(n, 1);
	if (pl_source_decompress(pl_source_mem(s), l, "fuzz", &in, &err) < 0)
		abort();
	pl_sha256_init(&h);
	while ((k = pl_source_read(in, chunk, n, &err)) > 0)
		pl_sha256_add(&h, chunk, (size_t)k);
	pl_sha256_final(&h, ret);
	pl_sha256_done(&h);
	pl_source_free(in);
	free(chunk);
	return (int)k;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pl_limits l = pl_limits_default;
	struct pl_str s = {(const char *)data, size};
	struct pl_digest a, b;
	l.unpacked_bytes = 1 << 20;
	int large = unpack(s, &l, 256 << 10, &a), small = unpack(s, &l, 1000, &b);
	if (large != small || (large == 0 && !pl_digest_eq(&a, &b)))
		abort();
	return 0;
}
