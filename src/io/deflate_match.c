// SPDX-License-Identifier: Apache-2.0
/*
 * Bytes to literals and matches. A bucket of the table is one integer with the last four positions
 * of a hash, so that looking up and inserting are one load and one store. Positions are taken
 * modulo the window: an old one is then some place within the window, and since every candidate is
 * held against the bytes, that costs a look and can give no wrong match. The longest of the four,
 * up to 8 bytes, is found without a branch, and two neighbouring positions are looked at together:
 * what a compressor spends its time on are mispredicted branches.
 */
#include "io/deflate_int.h"

/* Bits 0 of the bytes, and the last bit: of `x ^ (x - 1)`, which is ones up to the lowest that is
 * set in x, this leaves one more than the number of equal bytes, and more if all 8 are equal. */
#define EQUAL_BYTES UINT64_C(0x8101010101010101)
/* A match begins with 4 equal bytes: a lookup is by their hash. */
#define WORTH_IT (UINT64_C(1) << 32)
/* Loads at a position and its successor stay within the input. */
#define TAIL 12
/* The longer no match is found, the fewer positions are looked up: one is passed over for each so
 * many. */
#define PATIENCE 128
/* Of a long match only the positions near its ends are remembered. */
#define EDGE ((size_t)8)

struct candidate {
	uint64_t equal; /* ordered like the number of equal bytes; see EQUAL_BYTES */
	unsigned back;
};

static inline size_t bucket_of(uint64_t bytes)
{
	return (uint32_t)((uint32_t)bytes * UINT32_C(2654435761)) >> (32 - PL_MATCH_BITS);
}

static inline void remember(uint64_t *bucket, size_t pos)
{
	*bucket = *bucket << 16 | (pos & 0xffff);
}

static inline void remember_at(struct pl_deflate *d, const uint8_t *in, size_t pos)
{
	remember(&d->buckets[bucket_of(pl_load_le64(in + pos))], pos);
}

/* The same without a branch. */
static inline void remember_if(struct pl_deflate *d, const uint8_t *in, size_t pos, bool yes)
{
	size_t bucket = bucket_of(pl_load_le64(in + pos));
	remember(&d->buckets[yes ? bucket : (size_t)1 << PL_MATCH_BITS], pos);
}

/* A position p is PL_WINDOW - (p - pos) mod PL_WINDOW back, which is at most pos: buckets hold
 * positions before pos only, and at first position 0. */
static inline struct candidate look_at(const uint8_t *in, size_t pos, size_t position,
				       uint64_t here)
{
	size_t at = (position - pos) & (PL_WINDOW - 1);
	uint64_t differs = here ^ pl_load_le64(in + (pos + at - PL_WINDOW));
	return (struct candidate){(differs ^ (differs - 1)) & EQUAL_BYTES, (unsigned)at};
}

static inline struct candidate better(struct candidate a, struct candidate b)
{
	bool second = b.equal > a.equal;
	return (struct candidate){second ? b.equal : a.equal, second ? b.back : a.back};
}

/* The best of the bucket's four, the nearest of equally good ones; pos is remembered. */
static inline struct candidate look_up(struct pl_deflate *d, const uint8_t *in, size_t pos)
{
	uint64_t here = pl_load_le64(in + pos);
	uint64_t *bucket = &d->buckets[bucket_of(here)], four = *bucket;
	remember(bucket, pos);
	struct candidate c = better(better(look_at(in, pos, (size_t)four, here),
					   look_at(in, pos, (size_t)(four >> 16), here)),
				    better(look_at(in, pos, (size_t)(four >> 32), here),
					   look_at(in, pos, (size_t)(four >> 48), here)));
	c.back = PL_WINDOW - 1 - c.back;
	return c;
}

static inline unsigned extend(const uint8_t *a, const uint8_t *b, unsigned n, unsigned max)
{
	for (; n + 8 <= max; n += 8) {
		uint64_t differs = pl_load_le64(a + n) ^ pl_load_le64(b + n);
		if (differs)
			return n + (unsigned)__builtin_ctzll(differs) / 8;
	}
	while (n < max && a[n] == b[n])
		n++;
	return n;
}

static inline unsigned length_of(struct candidate c, const uint8_t *in, size_t pos, size_t n)
{
	unsigned length = (63 - (unsigned)__builtin_clzll(c.equal)) / 8;
	if (length < 7)
		return length;
	size_t max = n - pos < PL_LENGTH_MAX ? n - pos : PL_LENGTH_MAX;
	return extend(in + pos, in + pos - 1 - c.back, 7, (unsigned)max);
}

/* The positions of a match from `pos` on (those before are remembered), which ends at `end`. */
static inline void remember_match(struct pl_deflate *d, const uint8_t *in, size_t pos, size_t end)
{
	/* Most matches are short: these four without a branch. */
	remember_at(d, in, pos);
	remember_at(d, in, pos + 1);
	remember_if(d, in, pos + 2, pos + 2 < end);
	remember_if(d, in, pos + 3, pos + 3 < end);
	if (pos + 4 >= end)
		return;
	pos += 4;
	if (end - pos > 2 * EDGE) {
		for (size_t stop = pos + EDGE / 2; pos < stop; pos++)
			remember_at(d, in, pos);
		pos = end - EDGE;
	}
	for (; pos < end; pos++)
		remember_at(d, in, pos);
}

struct found_match {
	size_t begin;
	unsigned length, back; /* length 0: none */
};

/* Passes literals over from `begin` on until a match, or until `end`, or until the run is as long
 * as a chunk. (No struct pl_sequence: where the next one begins must not wait for memory.) */
static inline struct found_match next_match(struct pl_deflate *d, const uint8_t *in, size_t begin,
					    size_t end, size_t n, struct pl_symbol_counts *counts)
{
	size_t at = begin;
	while (at < end) {
		struct candidate a = look_up(d, in, at), b = look_up(d, in, at + 1);
		if ((a.equal | b.equal) >= WORTH_IT) {
			bool later = b.equal > a.equal;
			size_t known = at + 2;
			counts->litlen[in[at]] += later;
			at += later;
			a.equal = later ? b.equal : a.equal;
			a.back = later ? b.back : a.back;
			unsigned length = length_of(a, in, at, n);
			remember_match(d, in, known, at + length < end ? at + length : end);
			return (struct found_match){at, length, a.back};
		}
		counts->litlen[in[at]]++;
		counts->litlen[in[at + 1]]++;
		at += 2;
		if (__builtin_expect(at - begin >= PATIENCE, 0)) {
			for (size_t skip = (at - begin) / PATIENCE; skip && at < end; skip--) {
				remember_at(d, in, at);
				counts->litlen[in[at++]]++;
			}
			if (at - begin >= PL_CHUNK_SYMBOLS)
				break;
		}
	}
	return (struct found_match){.begin = at};
}

void pl_match_reset(struct pl_deflate *d) { memset(d->buckets, 0, sizeof(d->buckets)); }

size_t pl_match_segment(struct pl_deflate *d, const uint8_t *in, size_t from, size_t n)
{
	struct pl_sequence *s = d->sequences;
	size_t end = n > TAIL ? n - TAIL : 0, pos = from;
	d->n_chunks = 0;
	while (pos < n && d->n_chunks < PL_SEGMENT_CHUNKS) {
		struct pl_chunk *c = &d->chunks[d->n_chunks++];
		const struct pl_sequence *first = s;
		size_t begin = pos, symbols = 0;
		*c = (struct pl_chunk){0};
		while (pos < end && symbols < PL_CHUNK_SYMBOLS) {
			/* Position 0 has nothing before it, and is what an empty bucket holds. */
			if (pos == 0)
				c->counts.litlen[in[0]]++;
			struct found_match m = next_match(d, in, pos ? pos : 1, end, n, &c->counts);
			unsigned symbol = 0;
			symbols += m.begin - pos;
			if (m.length) {
				symbol = d->dist_symbol[pl_dist_index(m.back)];
				c->counts.litlen[PL_LENGTH_FIRST + d->length_symbol[m.length]]++;
				c->counts.dist[symbol]++;
				symbols++;
			}
			*s++ = (struct pl_sequence){(uint16_t)(m.begin - pos), (uint16_t)m.length,
						    (uint16_t)m.back, (uint16_t)symbol};
			pos = m.begin + m.length;
		}
		if (pos >= end && symbols < PL_CHUNK_SYMBOLS) {
			*s++ = (struct pl_sequence){.literals = (uint16_t)(n - pos)};
			for (; pos < n; pos++)
				c->counts.litlen[in[pos]]++;
		}
		c->sequences = (uint32_t)(s - first);
		c->bytes = (uint32_t)(pos - begin);
	}
	return pos;
}
