// SPDX-License-Identifier: Apache-2.0
/*
 * A growing byte buffer with a ceiling. The content is always NUL-terminated (the NUL is not
 * counted). Ownership: embedded, pl_buf_done frees. Limits: .max bytes (0 means PL_BUF_MAX); going
 * over sets .overflow, keeps what is there and ignores the rest, so that a writer may check once.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

#include <stdarg.h>

#define PL_BUF_MAX ((size_t)1 << 30)

struct pl_buf {
	char *p;
	size_t n, cap, max;
	bool overflow;
};

void pl_buf_done(struct pl_buf *b);
void pl_buf_clear(struct pl_buf *b); /* n = 0, overflow off; keeps the memory */
void pl_buf_add(struct pl_buf *b, const void *p, size_t n);
void pl_buf_zero(struct pl_buf *b, size_t n); /* appends n zero bytes */
void pl_buf_adds(struct pl_buf *b, const char *s);
void pl_buf_addstr(struct pl_buf *b, struct pl_str s);
static inline void pl_buf_addc(struct pl_buf *b, char c)
{
	if (b->n + 1 < b->cap && !b->overflow && b->n + 1 <= (b->max ? b->max : SIZE_MAX)) {
		b->p[b->n++] = c;
		b->p[b->n] = '\0';
	} else {
		pl_buf_add(b, &c, 1);
	}
}
void pl_buf_addf(struct pl_buf *b, const char *fmt, ...) PL_PRINTF(2, 3);
void pl_buf_vaddf(struct pl_buf *b, const char *fmt, va_list ap) PL_PRINTF(2, 0);
/* Room for n more bytes: a pointer to write at (advance .n yourself), or NULL at the ceiling. */
char *pl_buf_room(struct pl_buf *b, size_t n);
static inline struct pl_str pl_buf_str(const struct pl_buf *b)
{
	return (struct pl_str){b->p ? b->p : "", b->n};
}
/* Error PL_LIMIT naming `what` if the buffer overflowed. */
int pl_buf_check(const struct pl_buf *b, const char *what, struct pl_err *err) PL_MUST_USE;
/* NUL-terminated content, never NULL; owned by the caller, buffer empty after. */
char *pl_buf_take(struct pl_buf *b);
