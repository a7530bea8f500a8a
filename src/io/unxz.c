// SPDX-License-Identifier: Apache-2.0
/* .xz by liblzma. */
#include "io/decompress_int.h"

#include <lzma.h>

/* xz -9 needs 65 MiB to decode; a header may ask for 4 GiB. */
#define MEMORY_MAX ((uint64_t)128 << 20)

static int failure(lzma_ret code, struct pl_err *err)
{
	switch (code) {
	case LZMA_FORMAT_ERROR:
		return pl_fail(err, PL_INPUT, "no xz header where one should be");
	case LZMA_OPTIONS_ERROR:
		return pl_fail(err, PL_INPUT, "xz data with unknown options");
	case LZMA_UNSUPPORTED_CHECK:
		return pl_fail(err, PL_INPUT,
			       "xz data with an integrity check that is not supported");
	case LZMA_MEMLIMIT_ERROR:
		return pl_fail(err, PL_LIMIT, "unpacking this xz data needs more than %llu MiB",
			       (unsigned long long)(MEMORY_MAX >> 20));
	case LZMA_MEM_ERROR:
		return pl_fail(err, PL_LIMIT, "no memory to unpack xz data");
	case LZMA_BUF_ERROR:
		return pl_fail(err, PL_INPUT, "the xz data ends too early");
	default:
		return pl_fail(err, PL_INPUT, "damaged xz data");
	}
}

static int64_t unxz_step(struct pl_decoder *d, uint8_t *dst, size_t n, struct pl_err *err)
{
	lzma_stream *z = d->state;
	z->next_in = d->next;
	z->avail_in = d->avail;
	z->next_out = dst;
	z->avail_out = n;
	/* With LZMA_CONCATENATED only LZMA_FINISH tells that no further stream follows. */
	lzma_ret code = lzma_code(z, d->eof ? LZMA_FINISH : LZMA_RUN);
	d->next += d->avail - z->avail_in;
	d->avail = z->avail_in;
	if (code == LZMA_STREAM_END)
		d->boundary = true;
	else if (code != LZMA_OK)
		return failure(code, err);
	return (int64_t)(n - z->avail_out);
}

static void unxz_done(struct pl_decoder *d)
{
	lzma_end(d->state);
	free(d->state);
}

struct pl_source *pl_source_unxz(struct pl_source *in, const struct pl_limits *l, const char *what)
{
	static const struct pl_decoder_ops ops = {unxz_step, unxz_done, "xz"};
	lzma_stream *z = pl_xcalloc(1, sizeof(*z));
	/* An unknown check would otherwise pass unverified. */
	/* The stream's own check (CRC) is left out: what we read in xz, packages and indexes, is
	 * held against a SHA-256 that was signed, and the check costs a twentieth of a cold build.
	 */
	if (lzma_stream_decoder(z, MEMORY_MAX, LZMA_CONCATENATED | LZMA_IGNORE_CHECK) != LZMA_OK)
		abort(); /* only for want of memory, or a wrong call */
	return pl_decoder_new(in, &ops, z, l, what);
}
