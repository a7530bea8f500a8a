// SPDX-License-Identifier: Apache-2.0
/*
 * What the three decompressors share: input and output buffers, ceilings, the rule of the end.
 * A format is a `step`; decompress.c drives it. One thread.
 */
#pragma once

#include "io/stream_int.h"

struct pl_decoder;
struct pl_decoder_ops {
	/*
	 * Decodes from d->next (d->avail bytes, advanced) to dst, at most n bytes, and returns how
	 * many came out. d->eof says that no input follows d->avail. Each call with input consumes,
	 * yields or fails. Sets d->boundary when a member (frame, stream) has just ended,
	 * everything in it verified and handed out, and clears it when another one begins. Errors
	 * without d->what.
	 */
	int64_t (*step)(struct pl_decoder *d, uint8_t *dst, size_t n, struct pl_err *err);
	void (*done)(struct pl_decoder *d);
	const char *format;
};
struct pl_decoder {
	struct pl_source s;
	const struct pl_decoder_ops *ops;
	struct pl_source *in;
	uint8_t *inbuf; /* PL_IO_CHUNK bytes */
	uint8_t *next;
	size_t avail;
	bool eof, boundary;
	uint8_t *outbuf; /* PL_IO_CHUNK bytes, only made when somebody reads in small pieces */
	size_t out_at, out_n;
	uint64_t total_in, total_out;
	const struct pl_limits *limits;
	char *what;
	void *state; /* the format's */
};
struct pl_source *pl_decoder_new(struct pl_source *in, const struct pl_decoder_ops *ops,
				 void *state, const struct pl_limits *l, const char *what);
/* Moves what is left of the input to the front and reads until `need` bytes are there or the input
 * ends. */
int pl_decoder_fill(struct pl_decoder *d, size_t need, struct pl_err *err) PL_MUST_USE;
