// SPDX-License-Identifier: Apache-2.0
/*
 * Slices: text that somebody else owns (an arena, a document, a literal). Not NUL-terminated unless
 * its maker says so. Thread rule: plain values. Limits: none of their own.
 */
#pragma once

#include "base/macros.h"

struct pl_str {
	const char *p;
	size_t n;
};

#define PL_STR(lit) ((struct pl_str){"" lit, sizeof(lit) - 1})
#define PL_STR_FMT "%.*s"
/* Evaluates s more than once. */
#define PL_STR_ARG(s) (int)((s).n > 4096 ? 4096 : (s).n), (s).p ? (s).p : ""

static inline struct pl_str pl_str_of(const char *s)
{
	return (struct pl_str){s, s ? strlen(s) : 0};
}
static inline bool pl_str_eq(struct pl_str a, struct pl_str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
static inline bool pl_str_is(struct pl_str a, const char *b) { return pl_str_eq(a, pl_str_of(b)); }
/* Bytewise order, shorter first on a tie: the order of every sorted output. */
int pl_str_cmp(struct pl_str a, struct pl_str b);
bool pl_str_starts(struct pl_str s, const char *prefix);
bool pl_str_ends(struct pl_str s, const char *suffix);
/* Without leading and trailing blanks (space, tab, CR, LF). */
struct pl_str pl_str_trim(struct pl_str s);
/* Cuts *rest at the first sep: returns what is before, leaves what is after; the whole and an empty
 * rest with p == NULL when sep is absent. Loop: while (rest.p) { part = pl_str_cut(&rest, ','); }
 */
struct pl_str pl_str_cut(struct pl_str *rest, char sep);
/* Index of c, or SIZE_MAX. _rfind from the end. */
size_t pl_str_find(struct pl_str s, char c);
size_t pl_str_rfind(struct pl_str s, char c);
/* Part of s from `from` (clamped) of at most n bytes. */
struct pl_str pl_str_sub(struct pl_str s, size_t from, size_t n);
/* NUL-terminated heap copy; owned by the caller. */
char *pl_str_dup(struct pl_str s);
/* qsort comparators: of struct pl_str, and of char *. */
int pl_str_qsort(const void *a, const void *b);
int pl_cstr_qsort(const void *a, const void *b);
/* Edit distance, two neighbours that changed places being one edit; of the first 64 bytes of each:
 * for "did you mean". */
unsigned pl_str_distance(struct pl_str a, struct pl_str b);
/* The same from the beginning of b that is nearest to a. */
unsigned pl_str_prefix_distance(struct pl_str a, struct pl_str b);
/* The candidate nearest to s if near enough to be a typing error, else NULL. */
const char *pl_nearest(struct pl_str s, const char *const *candidates, size_t n);
