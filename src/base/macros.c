// SPDX-License-Identifier: Apache-2.0
#include "base/macros.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static _Noreturn void out_of_memory(void)
{
	static const char text[] = "plimsoll: out of memory\n";
	ssize_t n = write(STDERR_FILENO, text, sizeof(text) - 1);
	(void)n;
	abort();
}

void pl_close_fd(int *fd)
{
	int saved = errno;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

void *pl_xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);
	if (!p)
		out_of_memory();
	return p;
}

void *pl_xrealloc(void *p, size_t n, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(n, size, &bytes))
		out_of_memory();
	p = realloc(p, bytes ? bytes : 1);
	if (!p)
		out_of_memory();
	return p;
}

char *pl_xstrndup(const char *s, size_t n)
{
	char *p = pl_xcalloc(n + 1, 1);
	if (n)
		memcpy(p, s, n);
	return p;
}

char *pl_xstrdup(const char *s) { return pl_xstrndup(s, strlen(s)); }

char *pl_xprintf(const char *fmt, ...)
{
	va_list ap;
	char *p = NULL;
	va_start(ap, fmt);
	int n = vasprintf(&p, fmt, ap);
	va_end(ap);
	if (n < 0)
		out_of_memory();
	return p;
}

void *pl_vec_grow_impl(void *v, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return v;
	size_t want = *cap ? *cap * 2 : 8;
	v = pl_xrealloc(v, want, size);
	*cap = want;
	return v;
}
