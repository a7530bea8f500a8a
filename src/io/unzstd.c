// SPDX-License-Identifier: Apache-2.0
/* zstd (RFC 8878) by libzstd. */
#include "io/decompress_int.h"

#include <zstd.h>
#include <zstd_errors.h>

#define WINDOW_LOG_MAX 27 /* 128 MiB, what zstd itself accepts without --long */
#define MAGIC_SKIPPABLE 0x184d2a50u

/* libzstd also reads formats older than 1.0, which nobody writes and few test. */
static int check_magic(struct pl_decoder *d, struct pl_err *err)
{
	int rc = pl_decoder_fill(d, 4, err);
	if (rc < 0)
		return rc;
	if (d->avail < 4)
		return 0; /* the step finds that it ends too early */
	uint32_t m = (uint32_t)d->next[0] | (uint32_t)d->next[1] << 8 | (uint32_t)d->next[2] << 16 |
		     (uint32_t)d->next[3] << 24;
	if (m != ZSTD_MAGICNUMBER && (m & 0xfffffff0u) != MAGIC_SKIPPABLE)
		return pl_fail(err, PL_INPUT, "no zstd header where one should be");
	return 0;
}

struct unzstd {
	ZSTD_DCtx *z;
	bool inside; /* of a frame */
};

static int64_t unzstd_step(struct pl_decoder *d, uint8_t *dst, size_t n, struct pl_err *err)
{
	struct unzstd *u = d->state;
	if (!u->inside) {
		int rc = check_magic(d, err);
		if (rc < 0)
			return rc;
		u->inside = true;
		d->boundary = false;
	}
	ZSTD_inBuffer in = {d->next, d->avail, 0};
	ZSTD_outBuffer out = {dst, n, 0};
	size_t rc = ZSTD_decompressStream(u->z, &out, &in);
	d->next += in.pos;
	d->avail -= in.pos;
	if (ZSTD_isError(rc)) {
		bool memory = ZSTD_getErrorCode(rc) == ZSTD_error_frameParameter_windowTooLarge;
		return pl_fail(err, memory ? PL_LIMIT : PL_INPUT, "zstd data: %s",
			       ZSTD_getErrorName(rc));
	}
	if (rc == 0) {
		d->boundary = true;
		u->inside = false;
	}
	return (int64_t)out.pos;
}

static void unzstd_done(struct pl_decoder *d)
{
	struct unzstd *u = d->state;
	ZSTD_freeDCtx(u->z);
	free(u);
}

struct pl_source *pl_source_unzstd(struct pl_source *in, const struct pl_limits *l,
				   const char *what)
{
	static const struct pl_decoder_ops ops = {unzstd_step, unzstd_done, "zstd"};
	struct unzstd *u = pl_xcalloc(1, sizeof(*u));
	u->z = ZSTD_createDCtx();
	if (!u->z ||
	    ZSTD_isError(ZSTD_DCtx_setParameter(u->z, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)))
		abort(); /* only for want of memory */
	return pl_decoder_new(in, &ops, u, l, what);
}
