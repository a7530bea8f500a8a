// SPDX-License-Identifier: Apache-2.0
#include "base/str.h"

int pl_str_cmp(struct pl_str a, struct pl_str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;
	return c ? c : (a.n > b.n) - (a.n < b.n);
}

bool pl_str_starts(struct pl_str s, const char *prefix)
{
	size_t n = strlen(prefix);
	return s.n >= n && (n == 0 || memcmp(s.p, prefix, n) == 0);
}

bool pl_str_ends(struct pl_str s, const char *suffix)
{
	size_t n = strlen(suffix);
	return s.n >= n && (n == 0 || memcmp(s.p + s.n - n, suffix, n) == 0);
}

static bool blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

struct pl_str pl_str_trim(struct pl_str s)
{
	while (s.n && blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n && blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct pl_str pl_str_cut(struct pl_str *rest, char sep)
{
	size_t i = pl_str_find(*rest, sep);
	struct pl_str part = *rest;
	if (i == SIZE_MAX) {
		*rest = (struct pl_str){NULL, 0};
		return part;
	}
	part.n = i;
	rest->p += i + 1;
	rest->n -= i + 1;
	return part;
}

size_t pl_str_find(struct pl_str s, char c)
{
	const char *q = s.n ? memchr(s.p, c, s.n) : NULL;
	return q ? (size_t)(q - s.p) : SIZE_MAX;
}

size_t pl_str_rfind(struct pl_str s, char c)
{
	for (size_t i = s.n; i > 0; i--)
		if (s.p[i - 1] == c)
			return i - 1;
	return SIZE_MAX;
}

struct pl_str pl_str_sub(struct pl_str s, size_t from, size_t n)
{
	if (from > s.n)
		from = s.n;
	if (n > s.n - from)
		n = s.n - from;
	return (struct pl_str){s.p ? s.p + from : NULL, n};
}

char *pl_str_dup(struct pl_str s) { return pl_xstrndup(s.p, s.n); }

int pl_str_qsort(const void *a, const void *b)
{
	return pl_str_cmp(*(const struct pl_str *)a, *(const struct pl_str *)b);
}

int pl_cstr_qsort(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Optimal string alignment: insertions, deletions, substitutions, and neighbours that changed
 * places. beginning: of a from the nearest beginning of b. */
static unsigned distance(struct pl_str a, struct pl_str b, bool beginning)
{
	unsigned rows[3][65], *before = rows[0], *last = rows[1], *row = rows[2];
	a = pl_str_sub(a, 0, 64);
	b = pl_str_sub(b, 0, 64);
	for (unsigned j = 0; j <= b.n; j++)
		row[j] = j;
	for (unsigned i = 1; i <= a.n; i++) {
		unsigned *spare = before;
		before = last;
		last = row;
		row = spare;
		row[0] = i;
		for (unsigned j = 1; j <= b.n; j++) {
			unsigned best = last[j - 1] + (a.p[i - 1] != b.p[j - 1]);
			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] &&
			    a.p[i - 2] == b.p[j - 1] && before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			row[j] = best;
		}
	}
	unsigned least = row[b.n];
	for (unsigned j = 0; beginning && j < b.n; j++)
		if (row[j] < least)
			least = row[j];
	return least;
}

unsigned pl_str_distance(struct pl_str a, struct pl_str b) { return distance(a, b, false); }

unsigned pl_str_prefix_distance(struct pl_str a, struct pl_str b) { return distance(a, b, true); }

const char *pl_nearest(struct pl_str s, const char *const *candidates, size_t n)
{
	const char *best = NULL;
	unsigned least = s.n < 4 ? 2 : 3; /* one edit in short words, two in longer ones */
	for (size_t i = 0; i < n; i++) {
		unsigned d = pl_str_distance(s, pl_str_of(candidates[i]));
		if (d < least) {
			least = d;
			best = candidates[i];
		}
	}
	return best;
}
