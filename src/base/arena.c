// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

struct pl_arena_block {
	struct pl_arena_block *next;
	size_t size, used;
	char data[] __attribute__((aligned(16)));
};

#define BLOCK ((size_t)64 << 10)

void pl_arena_done(struct pl_arena *a)
{
	while (a->head) {
		struct pl_arena_block *next = a->head->next;
		free(a->head);
		a->head = next;
	}
	a->used = 0;
}

/* Not cleared; align is 1 for text, 16 otherwise. */
static void *take(struct pl_arena *a, size_t size, size_t align)
{
	struct pl_arena_block *b = a->head;
	size_t at = b ? (b->used + align - 1) & ~(align - 1) : 0;
	if (!b || at > b->size || size > b->size - at) {
		size_t want = size > BLOCK / 4 ? size : BLOCK;
		size_t max = a->max ? a->max : (size_t)4 << 30;
		assert(want <= max && a->used <= max - want);
		a->used += want;
		b = pl_xrealloc(NULL, 1, sizeof(*b) + want);
		b->size = want;
		b->used = 0;
		at = 0;
		if (a->head && want != BLOCK) { /* keep filling the block in use */
			b->next = a->head->next;
			a->head->next = b;
		} else {
			b->next = a->head;
			a->head = b;
		}
	}
	b->used = at + size;
	return b->data + at;
}

void *pl_arena_alloc(struct pl_arena *a, size_t size)
{
	void *p = take(a, size, 16);
	memset(p, 0, size);
	return p;
}

void *pl_arena_alloc_n(struct pl_arena *a, size_t n, size_t size)
{
	size_t bytes;
	bool fits = !__builtin_mul_overflow(n, size, &bytes);
	assert(fits);
	return pl_arena_alloc(a, bytes);
}

char *pl_arena_strn(struct pl_arena *a, const char *p, size_t n)
{
	char *to = take(a, n + 1, 1);
	if (n)
		memcpy(to, p, n);
	to[n] = '\0';
	return to;
}

char *pl_arena_cstr(struct pl_arena *a, struct pl_str s) { return pl_arena_strn(a, s.p, s.n); }

struct pl_str pl_arena_str(struct pl_arena *a, struct pl_str s)
{
	return (struct pl_str){pl_arena_strn(a, s.p, s.n), s.n};
}

char *pl_arena_printf(struct pl_arena *a, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	assert(n >= 0);
	char *to = take(a, (size_t)n + 1, 1);
	va_start(ap, fmt);
	(void)vsnprintf(to, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return to;
}

void *pl_arena_dup(struct pl_arena *a, const void *p, size_t n, size_t size)
{
	size_t bytes;
	bool fits = !__builtin_mul_overflow(n, size, &bytes);
	assert(fits);
	void *to = take(a, bytes, 16);
	if (bytes)
		memcpy(to, p, bytes);
	return to;
}
