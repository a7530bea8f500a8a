// SPDX-License-Identifier: Apache-2.0
#include "base/buf.h"

#include <stdio.h>

void pl_buf_done(struct pl_buf *b)
{
	free(b->p);
	*b = (struct pl_buf){.max = b->max};
}

void pl_buf_clear(struct pl_buf *b)
{
	b->n = 0;
	b->overflow = false;
	if (b->p)
		b->p[0] = '\0';
}

char *pl_buf_room(struct pl_buf *b, size_t n)
{
	size_t max = b->max ? b->max : PL_BUF_MAX;
	if (b->overflow || b->n > max || n > max - b->n) {
		b->overflow = true;
		return NULL;
	}
	if (!b->p || b->n + n + 1 > b->cap) {
		size_t want = b->cap ? b->cap : 64;
		while (want < b->n + n + 1)
			want = want > max / 2 ? max + 1 : want * 2;
		b->p = pl_xrealloc(b->p, want, 1);
		b->cap = want;
	}
	return b->p + b->n;
}

void pl_buf_add(struct pl_buf *b, const void *p, size_t n)
{
	char *to = pl_buf_room(b, n);
	if (!to)
		return;
	if (n)
		memcpy(to, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}

void pl_buf_zero(struct pl_buf *b, size_t n)
{
	char *to = pl_buf_room(b, n);
	if (!to)
		return;
	memset(to, 0, n + 1);
	b->n += n;
}

void pl_buf_adds(struct pl_buf *b, const char *s) { pl_buf_add(b, s, strlen(s)); }
void pl_buf_addstr(struct pl_buf *b, struct pl_str s) { pl_buf_add(b, s.p, s.n); }

void pl_buf_vaddf(struct pl_buf *b, const char *fmt, va_list ap)
{
	char small[256];
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(small, sizeof(small), fmt, ap);
	if (n >= 0 && (size_t)n < sizeof(small)) {
		pl_buf_add(b, small, (size_t)n);
	} else if (n >= 0) {
		char *to = pl_buf_room(b, (size_t)n);
		if (to) {
			(void)vsnprintf(to, (size_t)n + 1, fmt, again);
			b->n += (size_t)n;
		}
	}
	va_end(again);
}

void pl_buf_addf(struct pl_buf *b, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	pl_buf_vaddf(b, fmt, ap);
	va_end(ap);
}

int pl_buf_check(const struct pl_buf *b, const char *what, struct pl_err *err)
{
	if (!b->overflow)
		return 0;
	return pl_fail(err, PL_LIMIT, "%s: larger than %zu bytes", what,
		       b->max ? b->max : PL_BUF_MAX);
}

char *pl_buf_take(struct pl_buf *b)
{
	char *p = b->p ? b->p : pl_xstrdup("");
	*b = (struct pl_buf){.max = b->max};
	return p;
}
