// SPDX-License-Identifier: Apache-2.0
/*
 * A bump allocator: everything in it is freed at once. Documents (indexes, definitions, locks,
 * manifests) live in one. Thread rule: one thread at a time. Limits: .max bytes in all (0: 4 GiB);
 * going over aborts only for our own bugs, so parsers bound their input before they copy it.
 */
#pragma once

#include "base/str.h"

struct pl_arena_block;
struct pl_arena {
	struct pl_arena_block *head;
	size_t used, max;
};

void pl_arena_done(struct pl_arena *a);
void *pl_arena_alloc(struct pl_arena *a, size_t size); /* zeroed, 16-byte aligned, never NULL */
void *pl_arena_alloc_n(struct pl_arena *a, size_t n, size_t size);
char *pl_arena_strn(struct pl_arena *a, const char *p, size_t n); /* NUL-terminated copy */
char *pl_arena_cstr(struct pl_arena *a, struct pl_str s);
struct pl_str pl_arena_str(struct pl_arena *a, struct pl_str s); /* copy, NUL-terminated */
char *pl_arena_printf(struct pl_arena *a, const char *fmt, ...) PL_PRINTF(2, 3);
/* A copy of n items of size bytes. */
void *pl_arena_dup(struct pl_arena *a, const void *p, size_t n, size_t size);
#define pl_arena_new(a, T) ((T *)pl_arena_alloc((a), sizeof(T)))
#define pl_arena_array(a, T, n) ((T *)pl_arena_alloc_n((a), (n), sizeof(T)))
