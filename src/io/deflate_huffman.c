// SPDX-License-Identifier: Apache-2.0
/* Optimal prefix codes: Huffman's where it is short enough, else Larmore and Hirschberg's. */
#include "io/deflate_int.h"

#include <assert.h>

#define SYMBOL_BITS 9

struct leaves {
	size_t n;
	uint32_t weight[PL_LITLENS]; /* ascending; equal ones by symbol, so that there is one answer
				      */
	uint16_t symbol[PL_LITLENS];
};

/* Radix sort, a byte of the count a round. */
static void sort_symbols(const uint32_t *counts, size_t n, struct leaves *ret)
{
	uint32_t a[PL_LITLENS], b[PL_LITLENS], *from = a, *to = b, all = 0;
	size_t used = 0;
	for (size_t i = 0; i < n; i++) {
		if (!counts[i])
			continue;
		a[used++] = counts[i] << SYMBOL_BITS | (uint32_t)i;
		all |= counts[i];
	}
	for (unsigned shift = 0; all >> shift; shift += 8) {
		size_t at[256] = {0}, sum = 0;
		for (size_t i = 0; i < used; i++)
			at[from[i] >> (SYMBOL_BITS + shift) & 255]++;
		for (size_t i = 0; i < 256; i++) {
			size_t k = at[i];
			at[i] = sum;
			sum += k;
		}
		for (size_t i = 0; i < used; i++)
			to[at[from[i] >> (SYMBOL_BITS + shift) & 255]++] = from[i];
		uint32_t *t = from;
		from = to;
		to = t;
	}
	for (size_t i = 0; i < used; i++) {
		ret->weight[i] = from[i] >> SYMBOL_BITS;
		ret->symbol[i] = (uint16_t)(from[i] & ((1 << SYMBOL_BITS) - 1));
	}
	ret->n = used;
}

/* Huffman's algorithm over two queues: of leaves, and of nodes as they are made, both ascending. On
 * a tie the leaf goes first, which gives the flattest of the optimal trees. Returns the depth. */
static unsigned huffman_depths(const struct leaves *l, uint8_t *ret_depths)
{
	uint32_t node[PL_LITLENS];
	uint16_t above_leaf[PL_LITLENS] = {0}, above_node[PL_LITLENS] = {0};
	uint8_t node_depth[PL_LITLENS];
	assert(l->n >= 2 && l->n <= PL_LITLENS);
	size_t leaf = 0, open = 0, nodes = l->n - 1;
	for (size_t k = 0; k < nodes; k++) {
		node[k] = 0;
		for (int side = 0; side < 2; side++) {
			if (leaf < l->n && (open == k || l->weight[leaf] <= node[open])) {
				above_leaf[leaf] = (uint16_t)k;
				node[k] += l->weight[leaf++];
			} else {
				above_node[open] = (uint16_t)k;
				node[k] += node[open++];
			}
		}
	}
	unsigned deepest = 0;
	node_depth[nodes - 1] = 0;
	for (size_t k = nodes - 1; k-- > 0;)
		node_depth[k] = (uint8_t)(node_depth[above_node[k]] + 1);
	for (size_t i = 0; i < l->n; i++) {
		ret_depths[i] = (uint8_t)(node_depth[above_leaf[i]] + 1);
		deepest = ret_depths[i] > deepest ? ret_depths[i] : deepest;
	}
	return deepest;
}

/* Package-merge. Each level's list holds the leaves and the pairs of the level before, ascending.
 * Of the last list the first 2 n - 2 are taken; of those the pairs say how many are taken below. A
 * leaf is as deep as often as it is taken, and of each list the lightest leaves are. */
static void limited_depths(const struct leaves *l, unsigned limit, uint8_t *ret_depths)
{
	bool is_leaf[PL_CODE_BITS_MAX][2 * PL_LITLENS];
	uint32_t lists[2][2 * PL_LITLENS];
	size_t n_before = 0;
	for (unsigned level = 0; level < limit; level++) {
		const uint32_t *before = lists[level & 1];
		uint32_t *list = lists[(level + 1) & 1];
		size_t leaf = 0, pair = 0, n = 0;
		while (leaf < l->n || pair < n_before / 2) {
			uint32_t both = pair < n_before / 2
						? before[2 * pair] + before[2 * pair + 1]
						: UINT32_MAX;
			is_leaf[level][n] = leaf < l->n && l->weight[leaf] <= both;
			if (is_leaf[level][n]) {
				list[n++] = l->weight[leaf++];
			} else {
				list[n++] = both;
				pair++;
			}
		}
		n_before = n;
	}
	memset(ret_depths, 0, l->n);
	size_t taken = 2 * l->n - 2;
	for (unsigned level = limit; level-- > 0;) {
		size_t leaves = 0;
		for (size_t i = 0; i < taken; i++)
			leaves += is_leaf[level][i];
		for (size_t i = 0; i < leaves; i++)
			ret_depths[i]++;
		taken = 2 * (taken - leaves);
	}
}

void pl_huffman_lengths(const uint32_t *counts, size_t n, unsigned limit, uint8_t *ret_lengths)
{
	struct leaves l;
	uint8_t depths[PL_LITLENS];
	sort_symbols(counts, n, &l);
	memset(ret_lengths, 0, n);
	if (l.n < 2) {
		size_t one = l.n ? l.symbol[0] : 0;
		ret_lengths[one] = 1;
		ret_lengths[one ? 0 : 1] = 1;
		return;
	}
	if (huffman_depths(&l, depths) > limit)
		limited_depths(&l, limit, depths);
	for (size_t i = 0; i < l.n; i++)
		ret_lengths[l.symbol[i]] = depths[i];
}

void pl_huffman_codes(const uint8_t *lengths, size_t n, uint32_t *ret_codes)
{
	uint32_t count[PL_CODE_BITS_MAX + 1] = {0}, next[PL_CODE_BITS_MAX + 1] = {0};
	for (size_t i = 0; i < n; i++)
		count[lengths[i]]++;
	count[0] = 0;
	for (unsigned bits = 1; bits <= PL_CODE_BITS_MAX; bits++)
		next[bits] = (next[bits - 1] + count[bits - 1]) << 1;
	for (size_t i = 0; i < n; i++) {
		uint32_t code = lengths[i] ? next[lengths[i]]++ : 0, turned = 0;
		for (unsigned k = 0; k < lengths[i]; k++, code >>= 1)
			turned = turned << 1 | (code & 1);
		ret_codes[i] = turned;
	}
}
