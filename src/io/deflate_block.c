// SPDX-License-Identifier: Apache-2.0
/* One block (RFC 1951 3.2.3 to 3.2.7): its exact size in each of the three kinds, and its bits. */
#include "io/deflate_int.h"

#include <assert.h>

enum { STORED = 0, FIXED = 1, DYNAMIC = 2 };

/* One bit less than allowed: four literals then fit into the accumulator at once. Nothing that
 * could be measured is lost. */
#define LITLEN_BITS_MAX 14
#define STORED_MAX 65535
#define PRECODES 19
#define PRECODE_BITS_MAX 7

const uint8_t pl_length_extra[PL_LITLENS - PL_LENGTH_FIRST] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1,
							       1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4,
							       4, 4, 5, 5, 5, 5, 0, 0, 0};
const uint16_t pl_length_base[PL_LITLENS - PL_LENGTH_FIRST] = {
	3,  4,  5,  6,  7,  8,  9,  10,  11,  13,  15,  17,  19,  23, 27, 31,
	35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258, 0,  0};

struct lengths {
	uint8_t litlen[PL_LITLENS], dist[PL_DISTS];
};

/* The lengths of both codes as a block's header has them (RFC 1951 3.2.7): items of a symbol and
 * its extra bits, and the code for the symbols. */
struct header {
	size_t n_litlen, n_dist, n_pre, n_items;
	uint32_t counts[PRECODES], codes[PRECODES];
	uint8_t pre[PRECODES];
	struct {
		uint8_t symbol, extra;
	} items[PL_LITLENS + PL_DISTS];
};

enum { REPEAT = 16, ZEROS = 17, MANY_ZEROS = 18 };
static const uint8_t pre_extra[PRECODES] = {[REPEAT] = 2, [ZEROS] = 3, [MANY_ZEROS] = 7};
static const uint8_t pre_order[PRECODES] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
					    11, 4,  12, 3, 13, 2, 14, 1, 15};

static void put(struct pl_bits *b, uint64_t bits, unsigned n)
{
	b->acc |= bits << b->n;
	b->n += n;
}

/* After at most 56 bits since the last time. Writes 8 bytes, of which the later ones do not count.
 */
static void flush(struct pl_bits *b)
{
	pl_store_le64(b->out, b->acc);
	b->out += b->n / 8;
	b->acc >>= b->n & ~7u;
	b->n &= 7;
}

static void add_item(struct header *h, unsigned symbol, size_t extra)
{
	h->items[h->n_items].symbol = (uint8_t)symbol;
	h->items[h->n_items++].extra = (uint8_t)extra;
	h->counts[symbol]++;
}

static void add_run(struct header *h, uint8_t length, size_t n)
{
	for (; length == 0 && n >= 11; n -= n < 138 ? n : 138)
		add_item(h, MANY_ZEROS, (n < 138 ? n : 138) - 11);
	if (length == 0 && n >= 3) {
		add_item(h, ZEROS, n - 3);
		n = 0;
	}
	if (length != 0 && n > 3) {
		add_item(h, length, 0);
		for (n--; n >= 3; n -= n < 6 ? n : 6)
			add_item(h, REPEAT, (n < 6 ? n : 6) - 3);
	}
	for (; n; n--)
		add_item(h, length, 0);
}

/* Returns the header's bits after the block's first three. */
static uint64_t make_header(const struct lengths *l, struct header *ret)
{
	uint8_t all[PL_LITLENS + PL_DISTS];
	*ret = (struct header){
		.n_litlen = PL_LITLENS_USED, .n_dist = PL_DISTS_USED, .n_pre = PRECODES};
	while (!l->litlen[ret->n_litlen - 1])
		ret->n_litlen--;
	while (!l->dist[ret->n_dist - 1])
		ret->n_dist--;
	memcpy(all, l->litlen, ret->n_litlen);
	memcpy(all + ret->n_litlen, l->dist, ret->n_dist);
	size_t n = ret->n_litlen + ret->n_dist;
	for (size_t i = 0, run; i < n; i += run) {
		for (run = 1; i + run < n && all[i + run] == all[i]; run++)
			;
		add_run(ret, all[i], run);
	}
	pl_huffman_lengths(ret->counts, PRECODES, PRECODE_BITS_MAX, ret->pre);
	pl_huffman_codes(ret->pre, PRECODES, ret->codes);
	while (!ret->pre[pre_order[ret->n_pre - 1]])
		ret->n_pre--;
	uint64_t bits = 5 + 5 + 4 + 3 * ret->n_pre;
	for (size_t i = 0; i < PRECODES; i++)
		bits += (uint64_t)ret->counts[i] * (ret->pre[i] + pre_extra[i]);
	return bits;
}

static void put_header(const struct header *h, struct pl_bits *b)
{
	put(b, h->n_litlen - PL_LENGTH_FIRST, 5);
	put(b, h->n_dist - 1, 5);
	put(b, h->n_pre - 4, 4);
	flush(b);
	for (size_t i = 0; i < h->n_pre; i++) {
		put(b, h->pre[pre_order[i]], 3);
		flush(b);
	}
	for (size_t i = 0; i < h->n_items; i++) {
		unsigned symbol = h->items[i].symbol;
		put(b, h->codes[symbol], h->pre[symbol]);
		put(b, h->items[i].extra, pre_extra[symbol]);
		flush(b);
	}
}

static uint64_t body_bits(const struct pl_symbol_counts *c, const struct lengths *l)
{
	uint64_t bits = 0;
	for (unsigned i = 0; i < PL_LITLENS_USED; i++) {
		unsigned extra = i < PL_LENGTH_FIRST ? 0 : pl_length_extra[i - PL_LENGTH_FIRST];
		bits += (uint64_t)c->litlen[i] * (l->litlen[i] + extra);
	}
	for (unsigned i = 0; i < PL_DISTS_USED; i++)
		bits += (uint64_t)c->dist[i] * (l->dist[i] + pl_dist_extra(i));
	return bits;
}

/* An entry is a code, with its extra bits where they are known, below the number of bits. */
#define ENTRY_BITS 24
static void put_entry(struct pl_bits *b, uint32_t entry)
{
	put(b, entry & ((1 << ENTRY_BITS) - 1), entry >> ENTRY_BITS);
}

struct tables {
	uint32_t literal[256], length[PL_LENGTH_MAX + 1], dist[PL_DISTS], end;
};

static void make_tables(const struct pl_deflate *d, const struct lengths *l, struct tables *ret)
{
	uint32_t litlen[PL_LITLENS], dist[PL_DISTS];
	pl_huffman_codes(l->litlen, PL_LITLENS, litlen);
	pl_huffman_codes(l->dist, PL_DISTS, dist);
	for (unsigned i = 0; i < 256; i++)
		ret->literal[i] = litlen[i] | (uint32_t)l->litlen[i] << ENTRY_BITS;
	ret->end = litlen[PL_END_OF_BLOCK] | (uint32_t)l->litlen[PL_END_OF_BLOCK] << ENTRY_BITS;
	for (unsigned i = PL_LENGTH_MIN; i <= PL_LENGTH_MAX; i++) {
		unsigned k = d->length_symbol[i], bits = l->litlen[PL_LENGTH_FIRST + k];
		ret->length[i] = litlen[PL_LENGTH_FIRST + k] | (i - pl_length_base[k]) << bits |
				 (bits + pl_length_extra[k]) << ENTRY_BITS;
	}
	for (unsigned i = 0; i < PL_DISTS; i++)
		ret->dist[i] = dist[i] | (uint32_t)l->dist[i] << ENTRY_BITS;
}

static void put_body(const struct tables *t, const struct pl_sequence *s, size_t n,
		     const uint8_t *in, const uint8_t *in_end, struct pl_bits *to)
{
	struct pl_bits b = *to;
	for (const struct pl_sequence *stop = s + n; s < stop; s++) {
		unsigned literals = s->literals;
		for (; literals >= 4; literals -= 4, in += 4) {
			for (unsigned i = 0; i < 4; i++)
				put_entry(&b, t->literal[in[i]]);
			flush(&b);
		}
		/* How many are left is anyone's guess, the processor's too: so no branch. */
		for (unsigned i = 0; i < 3; i++) {
			uint32_t entry = t->literal[in + i < in_end ? in[i] : 0];
			put_entry(&b, i < literals ? entry : 0);
		}
		flush(&b);
		in += literals;
		if (!s->length)
			continue;
		put_entry(&b, t->length[s->length]);
		unsigned extra = pl_dist_extra(s->dist_symbol);
		put_entry(&b, t->dist[s->dist_symbol]);
		put(&b, s->back & ((1u << extra) - 1), extra);
		flush(&b);
		in += s->length;
	}
	assert(in == in_end);
	put_entry(&b, t->end);
	flush(&b);
	*to = b;
}

static unsigned bits_to_byte(unsigned n) { return (8 - n % 8) % 8; }

/* At least one piece, each of header, padding, length and its complement, and bytes. */
static uint64_t stored_bits(size_t n, unsigned begun)
{
	size_t pieces = n ? (n + STORED_MAX - 1) / STORED_MAX : 1;
	return 3 + bits_to_byte(begun + 3) + 32 + (pieces - 1) * (8 + 32) + 8 * (uint64_t)n;
}

static void put_stored(const uint8_t *in, size_t n, bool last, struct pl_bits *b)
{
	do {
		size_t k = n < STORED_MAX ? n : STORED_MAX;
		put(b, last && k == n, 1);
		put(b, STORED, 2);
		put(b, 0, bits_to_byte(b->n));
		flush(b);
		put(b, k | (~k & 0xffff) << 16, 32);
		flush(b);
		memcpy(b->out, in, k);
		b->out += k;
		in += k;
		n -= k;
	} while (n);
}

static void fixed_lengths(struct lengths *ret)
{
	for (unsigned i = 0; i < PL_LITLENS; i++)
		ret->litlen[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
	memset(ret->dist, 5, sizeof(ret->dist));
}

void pl_block_write(const struct pl_deflate *d, struct pl_symbol_counts *counts,
		    const struct pl_sequence *sequences, size_t n_sequences, const uint8_t *in,
		    size_t n, bool last, struct pl_bits *b)
{
	struct lengths own = {0}, fixed;
	struct header h;
	counts->litlen[PL_END_OF_BLOCK] = 1;
	fixed_lengths(&fixed);
	pl_huffman_lengths(counts->litlen, PL_LITLENS_USED, LITLEN_BITS_MAX, own.litlen);
	pl_huffman_lengths(counts->dist, PL_DISTS_USED, PL_CODE_BITS_MAX, own.dist);
	uint64_t with_own = 3 + make_header(&own, &h) + body_bits(counts, &own);
	uint64_t with_fixed = 3 + body_bits(counts, &fixed);
	uint64_t as_is = stored_bits(n, b->n);
	if (as_is <= with_own && as_is <= with_fixed) {
		put_stored(in, n, last, b);
		return;
	}
	bool dynamic = with_own < with_fixed;
	put(b, last, 1);
	put(b, dynamic ? DYNAMIC : FIXED, 2);
	if (dynamic)
		put_header(&h, b);
	struct tables t;
	make_tables(d, dynamic ? &own : &fixed, &t);
	put_body(&t, sequences, n_sequences, in, in + n, b);
}
