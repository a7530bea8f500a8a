// SPDX-License-Identifier: Apache-2.0
#include "io/decompress_int.h"

/* Below this much output the ratio says nothing: a page of zeros is 1000 : 1. */
#define RATIO_FROM ((uint64_t)64 << 20)
/* A reader that takes at least this much at once is served without a copy. */
#define DIRECT ((size_t)64 << 10)

int pl_decoder_fill(struct pl_decoder *d, size_t need, struct pl_err *err)
{
	if (d->avail && d->next != d->inbuf)
		memmove(d->inbuf, d->next, d->avail);
	d->next = d->inbuf;
	while (d->avail < need && !d->eof) {
		int64_t k = pl_source_read(d->in, d->inbuf + d->avail, PL_IO_CHUNK - d->avail, err);
		if (k < 0)
			return (int)k;
		d->eof = k == 0;
		d->avail += (size_t)k;
		d->total_in += (uint64_t)k;
	}
	return 0;
}

static int check_ceilings(struct pl_decoder *d, struct pl_err *err)
{
	const struct pl_limits *l = d->limits;
	if (d->total_out > l->unpacked_bytes)
		return pl_fail(err, PL_LIMIT, "unpacks to more than %llu bytes",
			       (unsigned long long)l->unpacked_bytes);
	if (d->total_out > RATIO_FROM && d->total_out / l->unpacked_ratio > d->total_in)
		return pl_fail(err, PL_LIMIT, "unpacks to more than %llu times its size",
			       (unsigned long long)l->unpacked_ratio);
	return 0;
}

static int64_t decode(struct pl_decoder *d, uint8_t *dst, size_t n, struct pl_err *err)
{
	for (;;) {
		if (!d->avail && !d->eof) {
			int rc = pl_decoder_fill(d, 1, err);
			if (rc < 0)
				return rc;
		}
		if (d->boundary && !d->avail && d->eof)
			return 0;
		size_t before = d->avail;
		bool eof = d->eof;
		int64_t k = d->ops->step(d, dst, n, err);
		if (k < 0)
			return k;
		if (k > 0) {
			d->total_out += (uint64_t)k;
			int rc = check_ceilings(d, err);
			return rc < 0 ? rc : k;
		}
		if (d->avail == before && eof && !d->boundary)
			return pl_fail(err, PL_INPUT, "the %s data ends too early", d->ops->format);
	}
}

static int64_t decoder_read(struct pl_source *s, void *p, size_t n, struct pl_err *err)
{
	struct pl_decoder *d = (struct pl_decoder *)s;
	int64_t k;
	if (d->out_at == d->out_n) {
		bool direct = n >= DIRECT;
		if (!direct && !d->outbuf)
			d->outbuf = pl_xrealloc(NULL, PL_IO_CHUNK, 1);
		k = decode(d, direct ? p : d->outbuf, direct ? n : PL_IO_CHUNK, err);
		if (k < 0)
			return pl_stream_ctx(err, d->what);
		if (direct || k == 0)
			return k;
		d->out_at = 0;
		d->out_n = (size_t)k;
	}
	if (n > d->out_n - d->out_at)
		n = d->out_n - d->out_at;
	memcpy(p, d->outbuf + d->out_at, n);
	d->out_at += n;
	return (int64_t)n;
}

static void decoder_close(struct pl_source *s)
{
	struct pl_decoder *d = (struct pl_decoder *)s;
	d->ops->done(d);
	pl_source_free(d->in);
	free(d->inbuf);
	free(d->outbuf);
	free(d->what);
	free(d);
}

struct pl_source *pl_decoder_new(struct pl_source *in, const struct pl_decoder_ops *ops,
				 void *state, const struct pl_limits *l, const char *what)
{
	static const struct pl_source_ops source_ops = {decoder_read, decoder_close};
	struct pl_decoder *d = pl_xcalloc(1, sizeof(*d));
	d->s.ops = &source_ops;
	d->ops = ops;
	d->in = in;
	d->inbuf = d->next = pl_xrealloc(NULL, PL_IO_CHUNK, 1);
	d->limits = l;
	d->what = pl_xstrdup(what);
	d->state = state;
	return &d->s;
}

/* ---- by magic bytes ---- */

struct prefix_source {
	struct pl_source s;
	struct pl_source *in;
	uint8_t head[6];
	size_t at, n;
};

static int64_t prefix_read(struct pl_source *s, void *p, size_t n, struct pl_err *err)
{
	struct prefix_source *x = (struct prefix_source *)s;
	if (x->at == x->n)
		return pl_source_read(x->in, p, n, err);
	if (n > x->n - x->at)
		n = x->n - x->at;
	memcpy(p, x->head + x->at, n);
	x->at += n;
	return (int64_t)n;
}

static void prefix_close(struct pl_source *s)
{
	pl_source_free(((struct prefix_source *)s)->in);
	free(s);
}

static const char *suffix_of(struct pl_str head)
{
	if (pl_str_starts(head, "\x1f\x8b"))
		return ".gz";
	if (head.n == 6 && memcmp(head.p,
				  "\xfd"
				  "7zXZ\0",
				  6) == 0)
		return ".xz";
	return pl_str_starts(head, "\x28\xb5\x2f\xfd") ? ".zst" : "";
}

int pl_source_decompress(struct pl_source *in, const struct pl_limits *l, const char *what,
			 struct pl_source **ret, struct pl_err *err)
{
	return pl_source_decompress_as(in, NULL, l, what, ret, err);
}

int pl_source_decompress_as(struct pl_source *in, const char *suffix, const struct pl_limits *l,
			    const char *what, struct pl_source **ret, struct pl_err *err)
{
	static const struct pl_source_ops ops = {prefix_read, prefix_close};
	struct prefix_source *x = pl_xcalloc(1, sizeof(*x));
	x->s.ops = &ops;
	x->in = in;
	while (x->n < sizeof(x->head)) {
		int64_t k = pl_source_read(in, x->head + x->n, sizeof(x->head) - x->n, err);
		if (k < 0) {
			prefix_close(&x->s);
			return pl_stream_ctx(err, what);
		}
		if (k == 0)
			break;
		x->n += (size_t)k;
	}
	struct pl_str head = {(const char *)x->head, x->n};
	const char *is = suffix_of(head);
	if (suffix && strcmp(is, suffix) != 0) {
		prefix_close(&x->s);
		return pl_fail(err, PL_INPUT, "%s: its name ends with '%s', its content is %s%s",
			       what, suffix, *is ? "packed as " : "not packed that way", is);
	}
	if (strcmp(is, ".gz") == 0)
		*ret = pl_source_gunzip(&x->s, l, what);
	else if (strcmp(is, ".xz") == 0)
		*ret = pl_source_unxz(&x->s, l, what);
	else if (strcmp(is, ".zst") == 0)
		*ret = pl_source_unzstd(&x->s, l, what);
	else
		*ret = &x->s;
	return 0;
}
