// SPDX-License-Identifier: Apache-2.0
/*
 * The encoder's three rooms. deflate_match.c turns bytes into sequences and counts their symbols;
 * deflate.c decides where blocks end; deflate_block.c writes one, with codes of deflate_huffman.c.
 * All arithmetic is on unsigned integers, without floating point, so that every compiler agrees.
 */
#pragma once

#include "io/deflate.h"

#include <string.h>

/* RFC 1951 3.2.5 and 3.2.6: 286 and 30 symbols have a meaning, and the fixed codes have some more.
 */
#define PL_LITLENS 288
#define PL_LITLENS_USED 286
#define PL_DISTS 32
#define PL_DISTS_USED 30
#define PL_END_OF_BLOCK 256
#define PL_LENGTH_FIRST 257 /* the symbol of the shortest match */
#define PL_LENGTH_MIN 3
#define PL_LENGTH_MAX 258
#define PL_WINDOW 32768
#define PL_CODE_BITS_MAX 15

/* 2^13 buckets of 64 KiB in all: they stay in the second cache beside the window. */
#define PL_MATCH_BITS 13
/* Blocks are made of whole chunks, each of at least so many symbols unless it is the last one, and
 * a segment's chunks are divided into blocks together. */
#define PL_CHUNK_SYMBOLS 4096
#define PL_SEGMENT_CHUNKS 16

/* Literals, then a match: `length` bytes from `back` + 1 bytes before; length 0: no match. */
struct pl_sequence {
	uint16_t literals, length, back, dist_symbol;
};

struct pl_symbol_counts {
	uint32_t litlen[PL_LITLENS], dist[PL_DISTS];
};

struct pl_chunk {
	struct pl_symbol_counts counts; /* without the end of block */
	uint32_t sequences, bytes;
};

struct pl_deflate {
	/* Per hash of 4 bytes the last four positions that had it, 16 bits each, the latest lowest.
	 * One more, for stores that must not count. */
	uint64_t buckets[(1 << PL_MATCH_BITS) + 1];
	/* Each sequence but a chunk's last has a symbol at least, and the segment's end two more.
	 */
	struct pl_sequence sequences[PL_SEGMENT_CHUNKS * (PL_CHUNK_SYMBOLS + 1) + 1];
	struct pl_chunk chunks[PL_SEGMENT_CHUNKS];
	size_t n_chunks;
	uint32_t log2_of[256];                    /* fractions of log2(1 + i / 256) */
	uint8_t length_symbol[PL_LENGTH_MAX + 1]; /* less PL_LENGTH_FIRST */
	uint8_t dist_symbol[512];                 /* of pl_dist_index() */
};

extern const uint8_t pl_length_extra[PL_LITLENS - PL_LENGTH_FIRST];
extern const uint16_t pl_length_base[PL_LITLENS - PL_LENGTH_FIRST];

/* A multiple-byte value means the same on every machine: the first byte is the lowest. */
static inline uint64_t pl_load_le64(const uint8_t *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof(v));
	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(v) : v;
}

static inline void pl_store_le64(uint8_t *p, uint64_t v)
{
	v = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(v) : v;
	memcpy(p, &v, sizeof(v));
}

/* Into pl_deflate.dist_symbol: from 256 on a symbol stands for 128 neighbours at least. */
static inline size_t pl_dist_index(unsigned back) { return back < 256 ? back : 256 + (back >> 7); }

/* RFC 1951 3.2.5: two symbols for each power of two, from 4 on with extra bits. */
static inline unsigned pl_dist_extra(unsigned symbol) { return symbol < 4 ? 0 : symbol / 2 - 1; }

/* Begins an input: forgets all positions. */
void pl_match_reset(struct pl_deflate *d);
/* Fills d->sequences and d->chunks with what stands at `from` on, one segment at most. Returns
 * where it ends; n: the input is done. */
size_t pl_match_segment(struct pl_deflate *d, const uint8_t *in, size_t from, size_t n);

/* Lengths of an optimal prefix code of at most `limit` bits for counts[0..n), 0 where the count is,
 * but two symbols always have a code: some readers refuse an incomplete one. n <= PL_LITLENS. */
void pl_huffman_lengths(const uint32_t *counts, size_t n, unsigned limit, uint8_t *ret_lengths);
/* Its codes (RFC 1951 3.2.2), their first bit the lowest. */
void pl_huffman_codes(const uint8_t *lengths, size_t n, uint32_t *ret_codes);

struct pl_bits {
	uint64_t acc;
	unsigned n; /* bits in acc, less than 8 between calls */
	uint8_t *out;
};

/* The shortest of the three kinds of block. counts: of the n_sequences, which stand for in[0..n).
 */
void pl_block_write(const struct pl_deflate *d, struct pl_symbol_counts *counts,
		    const struct pl_sequence *sequences, size_t n_sequences, const uint8_t *in,
		    size_t n, bool last, struct pl_bits *b);
