// SPDX-License-Identifier: Apache-2.0
/* Shared by the unit tests of io/. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "io/stream.h"

/* The code of the error, with the text shown when it is not the one wanted. */
#define assert_code(r, err, want)                                                                  \
	do {                                                                                       \
		long long r_ = (long long)(r);                                                     \
		if (r_ != -(long long)(want))                                                      \
			print_message("got %lld: %s\n", r_, (err).msg);                            \
		assert_int_equal(r_, -(long long)(want));                                          \
		if ((want) != 0)                                                                   \
			assert_int_equal((err).code, (want));                                      \
	} while (0)
#define assert_says(err, text)                                                                     \
	do {                                                                                       \
		if (!strstr((err).msg, (text)))                                                    \
			fail_msg("\"%s\" does not say \"%s\"", (err).msg, (text));                 \
	} while (0)

/* A source that hands out its bytes in pieces of a given size, and fails or ends after them. */
struct drip {
	struct pl_source s;
	struct pl_str rest;
	size_t piece;
	int fail; /* code after the last byte, 0: ends */
	unsigned *closed;
};
static inline int64_t drip_read(struct pl_source *s, void *p, size_t n, struct pl_err *err)
{
	struct drip *d = (struct drip *)s;
	if (!d->rest.n && d->fail)
		return pl_fail(err, (enum pl_code)d->fail, "dripped out");
	if (n > d->piece)
		n = d->piece;
	if (n > d->rest.n)
		n = d->rest.n;
	if (n)
		memcpy(p, d->rest.p, n);
	d->rest.p += n;
	d->rest.n -= n;
	return (int64_t)n;
}
static inline void drip_close(struct pl_source *s)
{
	struct drip *d = (struct drip *)s;
	if (d->closed)
		++*d->closed;
	free(d);
}
static inline struct pl_source *drip_new(struct pl_str data, size_t piece)
{
	static const struct pl_source_ops ops = {drip_read, drip_close};
	struct drip *d = pl_xcalloc(1, sizeof(*d));
	d->s.ops = &ops;
	d->rest = data;
	d->piece = piece;
	return &d->s;
}
