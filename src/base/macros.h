// SPDX-License-Identifier: Apache-2.0
/*
 * The few macros that every file uses: attributes, cleanup, growable vectors.
 * Thread rule: none of it holds state. Limits: sizes overflow-checked; a failed small
 * allocation aborts (pl_xrealloc), because nothing useful can be done about it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PL_MUST_USE __attribute__((warn_unused_result))
#define PL_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define PL_COUNT(a) (sizeof(a) / sizeof((a)[0]))

/*
 * PL_AUTO(buf) b = {0};   calls pl_buf_done(&b) when b goes out of scope.
 * PL_AUTO_FREE(store) s = NULL;   calls pl_store_free(s) on a `struct pl_store *`.
 */
#define PL_AUTO(name) __attribute__((cleanup(pl_##name##_done))) struct pl_##name
#define PL_AUTO_FREE(name) __attribute__((cleanup(pl_##name##_freep))) struct pl_##name *
#define PL_DEFINE_FREEP(name)                                                                      \
	static inline void pl_##name##_freep(struct pl_##name **p) { pl_##name##_free(*p); }

static inline void pl_autofree_impl(void *p)
{
	void *q;
	memcpy(&q, p, sizeof(q));
	free(q);
}
#define PL_AUTOFREE __attribute__((cleanup(pl_autofree_impl)))
void pl_close_fd(int *fd); /* closes *fd when >= 0, keeps errno */
#define PL_AUTOFD __attribute__((cleanup(pl_close_fd)))

/* Hands a pointer over: yields it and leaves NULL behind. */
#define pl_steal(pp)                                                                               \
	({                                                                                         \
		__typeof__(*(pp)) taken_ = *(pp);                                                  \
		*(pp) = NULL;                                                                      \
		taken_;                                                                            \
	})

/* Allocation that cannot fail (aborts). Sizes are n * size, overflow-checked; memory is zeroed by
 * pl_xcalloc only. */
void *pl_xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));
void *pl_xrealloc(void *p, size_t n, size_t size) __attribute__((returns_nonnull));
char *pl_xstrdup(const char *s) __attribute__((malloc, returns_nonnull));
char *pl_xstrndup(const char *s, size_t n) __attribute__((malloc, returns_nonnull));
char *pl_xprintf(const char *fmt, ...) PL_PRINTF(1, 2) __attribute__((malloc, returns_nonnull));

/* A growable vector: PL_VEC(struct foo) v = {0}; pl_vec_push(&v) yields a zeroed new last item. */
#define PL_VEC(T)                                                                                  \
	struct {                                                                                   \
		T *v;                                                                              \
		size_t n, cap;                                                                     \
	}
#define pl_vec_push(vec)                                                                           \
	({                                                                                         \
		(vec)->v = pl_vec_grow_impl((vec)->v, (vec)->n, &(vec)->cap, sizeof(*(vec)->v));   \
		memset(&(vec)->v[(vec)->n], 0, sizeof(*(vec)->v));                                 \
		&(vec)->v[(vec)->n++];                                                             \
	})
#define pl_vec_free(vec)                                                                           \
	do {                                                                                       \
		free((vec)->v);                                                                    \
		(vec)->v = NULL;                                                                   \
		(vec)->n = (vec)->cap = 0;                                                         \
	} while (0)
void *pl_vec_grow_impl(void *v, size_t n, size_t *cap, size_t size);
