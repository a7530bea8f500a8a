// SPDX-License-Identifier: Apache-2.0
/* The encoder: a segment's chunks are joined to blocks as long as that is estimated to save bits.
 */
#include "io/deflate_int.h"

#include "base/macros.h"

#include <assert.h>
#include <stdlib.h>

/* Binary fraction digits of our logarithms. */
#define LOG2_DIGITS 10
/* What the header of a block with its own codes takes, measured on layers: so much, and so much for
 * each symbol that occurs. */
#define HEADER_BITS 60
#define HEADER_SYMBOL_BITS 5
/* A stored piece's header, padding, length and complement are 42 bits at most. */
#define PIECE_MAX 6

/* The logarithm's digits by squaring: x is in [1, 2), with 30 digits. */
static uint32_t log2_fraction(unsigned i)
{
	uint64_t x = (uint64_t)(256 + i) << 22;
	uint32_t digits = 0;
	for (unsigned k = 0; k < LOG2_DIGITS; k++) {
		x = x * x >> 30;
		digits = digits << 1 | (uint32_t)(x >> 31);
		x >>= x >> 31;
	}
	return digits;
}

struct pl_deflate *pl_deflate_new(void)
{
	struct pl_deflate *d = pl_xcalloc(1, sizeof(*d));
	for (unsigned i = 0; i < 256; i++)
		d->log2_of[i] = log2_fraction(i);
	/* 258 has a symbol of its own, the last, though the one before would reach it. */
	for (unsigned length = PL_LENGTH_MIN, k = 0; length <= PL_LENGTH_MAX; length++) {
		k += length == pl_length_base[k + 1];
		d->length_symbol[length] = (uint8_t)k;
	}
	for (unsigned symbol = 0, back = 0; symbol < PL_DISTS_USED; symbol++)
		for (unsigned stop = back + (1u << pl_dist_extra(symbol)); back < stop; back++)
			d->dist_symbol[pl_dist_index(back)] = (uint8_t)symbol;
	return d;
}

void pl_deflate_free(struct pl_deflate *d) { free(d); }

size_t pl_deflate_bound(size_t n)
{
	/* No block is longer than its stored form, and pl_store_le64() writes ahead. */
	return n + PIECE_MAX * (n / PL_CHUNK_SYMBOLS + n / 65535 + 2) + 8;
}

static uint64_t log2_fixed(const struct pl_deflate *d, uint32_t v)
{
	unsigned top = 31 - (unsigned)__builtin_clz(v);
	uint32_t mantissa = top > 8 ? v >> (top - 8) : v << (8 - top);
	return ((uint64_t)top << LOG2_DIGITS) + d->log2_of[mantissa & 255];
}

/* The entropy of the symbols, in fractions of bits; *used grows by how many occur. */
static uint64_t entropy(const struct pl_deflate *d, const uint32_t *counts, size_t n,
			uint64_t *used)
{
	uint64_t bits = 0, all = 0;
	for (size_t i = 0; i < n; i++) {
		if (!counts[i])
			continue;
		all += counts[i];
		bits += counts[i] * log2_fixed(d, counts[i]);
		(*used)++;
	}
	return all ? all * log2_fixed(d, (uint32_t)all) - bits : 0;
}

static uint64_t estimated_bits(const struct pl_deflate *d, const struct pl_symbol_counts *c,
			       size_t bytes)
{
	uint64_t used = 0, extra = 0, stored = 8 * ((uint64_t)bytes + PIECE_MAX);
	uint64_t bits = entropy(d, c->litlen, PL_LITLENS_USED, &used) +
			entropy(d, c->dist, PL_DISTS_USED, &used);
	for (unsigned i = PL_LENGTH_FIRST; i < PL_LITLENS_USED; i++)
		extra += (uint64_t)c->litlen[i] * pl_length_extra[i - PL_LENGTH_FIRST];
	for (unsigned i = 0; i < PL_DISTS_USED; i++)
		extra += (uint64_t)c->dist[i] * pl_dist_extra(i);
	bits = (bits >> LOG2_DIGITS) + extra + HEADER_BITS + HEADER_SYMBOL_BITS * used;
	return bits < stored ? bits : stored;
}

static void join(const struct pl_chunk *a, const struct pl_chunk *b, struct pl_chunk *ret)
{
	for (size_t i = 0; i < PL_LITLENS_USED; i++)
		ret->counts.litlen[i] = a->counts.litlen[i] + b->counts.litlen[i];
	for (size_t i = 0; i < PL_DISTS_USED; i++)
		ret->counts.dist[i] = a->counts.dist[i] + b->counts.dist[i];
	ret->sequences = a->sequences + b->sequences;
	ret->bytes = a->bytes + b->bytes;
}

static void write_segment(struct pl_deflate *d, const uint8_t *in, bool last, struct pl_bits *b)
{
	const struct pl_sequence *s = d->sequences;
	struct pl_chunk joined = {0};
	for (size_t i = 0; i < d->n_chunks;) {
		struct pl_chunk block = d->chunks[i++];
		uint64_t bits = estimated_bits(d, &block.counts, block.bytes);
		for (; i < d->n_chunks; i++) {
			const struct pl_chunk *next = &d->chunks[i];
			join(&block, next, &joined);
			uint64_t together = estimated_bits(d, &joined.counts, joined.bytes);
			if (together > bits + estimated_bits(d, &next->counts, next->bytes))
				break;
			block = joined;
			bits = together;
		}
		pl_block_write(d, &block.counts, s, block.sequences, in, block.bytes,
			       last && i == d->n_chunks, b);
		s += block.sequences;
		in += block.bytes;
	}
}

size_t pl_deflate_encode(struct pl_deflate *d, const uint8_t *in, size_t n, uint8_t *out)
{
	assert(n <= PL_DEFLATE_MAX);
	struct pl_bits b = {.out = out};
	pl_match_reset(d);
	size_t pos = 0;
	do {
		size_t next = pl_match_segment(d, in, pos, n);
		if (d->n_chunks == 0) /* nothing at all is a block too */
			d->chunks[d->n_chunks++] = (struct pl_chunk){0};
		write_segment(d, in + pos, next == n, &b);
		pos = next;
	} while (pos < n);
	if (b.n)
		*b.out++ = (uint8_t)b.acc;
	assert((size_t)(b.out - out) <= pl_deflate_bound(n));
	return (size_t)(b.out - out);
}
