// SPDX-License-Identifier: Apache-2.0
/* The DEFLATE encoder: two readers of others get the input back, and the bytes never change. */
#include "deflate_inputs.h"
#include "io/deflate_int.h"

#include <isa-l/igzip_lib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <zlib.h>

#include <cmocka.h>

static struct pl_deflate *encoder;

/* zlib's answer, and the kinds of blocks: it stops behind each and says at which bit it is. */
static unsigned inflate_zlib(const uint8_t *packed, size_t n, uint8_t *to, size_t room,
			     size_t *ret_n)
{
	z_stream z = {.next_in = (Bytef *)(uintptr_t)packed,
		      .avail_in = (uInt)n,
		      .next_out = to,
		      .avail_out = (uInt)room};
	unsigned kinds = 0;
	size_t at = 0;
	assert_int_equal(inflateInit2(&z, -MAX_WBITS), Z_OK);
	for (int rc = Z_OK; rc == Z_OK;) {
		uint32_t bits = packed[at / 8] | (at / 8 + 1 < n ? packed[at / 8 + 1] << 8 : 0);
		kinds |= 1u << (bits >> (at % 8 + 1) & 3);
		do
			rc = inflate(&z, Z_BLOCK);
		while (rc == Z_OK && !(z.data_type & 128));
		at = 8 * z.total_in - (z.data_type & 7);
		assert_true(rc == Z_OK || rc == Z_STREAM_END);
		if (rc == Z_OK && (z.data_type & 64))
			rc = inflate(&z, Z_BLOCK);
	}
	assert_int_equal(z.avail_in, 0); /* nothing behind the end */
	*ret_n = z.total_out;
	inflateEnd(&z);
	return kinds;
}

static void check_isal(const uint8_t *packed, size_t n, const uint8_t *want, size_t want_n)
{
	struct inflate_state z;
	uint8_t *to = malloc(want_n + 1);
	isal_inflate_init(&z);
	z.next_in = (uint8_t *)(uintptr_t)packed;
	z.avail_in = (uint32_t)n;
	z.next_out = to;
	z.avail_out = (uint32_t)want_n + 1;
	assert_int_equal(isal_inflate_stateless(&z), ISAL_DECOMP_OK);
	assert_int_equal(z.total_out, want_n);
	assert_memory_equal(to, want, want_n);
	free(to);
}

/* Packs a copy of exactly n bytes, to a buffer of exactly the bound, so that ASan sees every byte
 * too far; unpacks; returns the packed bytes for free(). */
static uint8_t *pack(const uint8_t *in, size_t n, size_t *ret_n, unsigned *ret_kinds)
{
	uint8_t *copy = malloc(n ? n : 1), *packed = malloc(pl_deflate_bound(n));
	uint8_t *back = malloc(n + 1);
	if (n)
		memcpy(copy, in, n);
	*ret_n = pl_deflate_encode(encoder, copy, n, packed);
	assert_true(*ret_n <= pl_deflate_bound(n));
	size_t back_n;
	unsigned kinds = inflate_zlib(packed, *ret_n, back, n + 1, &back_n);
	assert_int_equal(back_n, n);
	assert_memory_equal(back, copy, n);
	check_isal(packed, *ret_n, copy, n);
	if (ret_kinds)
		*ret_kinds = kinds;
	free(copy);
	free(back);
	return packed;
}

static void test_same_bytes_for_ever(void **state)
{
	(void)state;
	unsigned seen = 0;
	uint8_t *in = malloc(PL_DEFLATE_MAX);
	for (size_t i = 0; i < DEFLATE_INPUTS; i++) {
		const struct deflate_input *x = &deflate_inputs[i];
		size_t n;
		unsigned kinds;
		x->make(in, x->n);
		uint8_t *packed = pack(in, x->n, &n, &kinds);
		if (kinds != x->kinds || n != x->packed || fnv1a(packed, n) != x->digest)
			fail_msg("%s|%u|%zu|0x%016llx", x->name, kinds, n,
				 (unsigned long long)fnv1a(packed, n));
		seen |= kinds;
		free(packed);
	}
	assert_int_equal(seen, KIND_STORED | KIND_FIXED | KIND_DYNAMIC);
	free(in);
}

static void test_every_length(void **state)
{
	(void)state;
	uint8_t in[600];
	for (size_t i = 0; i < DEFLATE_INPUTS; i++)
		for (size_t n = 0; n <= sizeof(in); n += n < 300 ? 1 : 7) {
			size_t packed_n;
			deflate_inputs[i].make(in, n);
			free(pack(in, n, &packed_n, NULL));
		}
}

/* What was encoded before leaves no trace. */
static void test_no_memory(void **state)
{
	(void)state;
	const size_t n = 200000;
	uint8_t *in = malloc(n), *first = malloc(pl_deflate_bound(n)),
		*second = malloc(pl_deflate_bound(n));
	struct pl_deflate *fresh = pl_deflate_new();
	make_text(in, n);
	size_t first_n = pl_deflate_encode(fresh, in, n, first);
	pl_deflate_free(fresh);
	for (size_t i = 0; i < DEFLATE_INPUTS; i++) {
		make_mixed(in, n);
		assert_true(pl_deflate_encode(encoder, in, n - i, second) > 0);
	}
	make_text(in, n);
	assert_int_equal(pl_deflate_encode(encoder, in, n, second), first_n);
	assert_memory_equal(first, second, first_n);
	free(in);
	free(first);
	free(second);
}

/* A match of every length at every power of two and beside it. */
static void test_lengths_and_distances(void **state)
{
	(void)state;
	uint8_t *in = malloc(PL_WINDOW + 1000);
	for (size_t power = 1; power <= PL_WINDOW; power *= 2)
		for (size_t distance = power - 1; distance <= power + 1; distance++)
			for (size_t length = 1; distance && length <= 262;
			     length += length < 12 || length > 250 ? 1 : 17) {
				size_t n = distance + length + 30, packed_n;
				fill_random(in, n, (uint32_t)(power + length));
				for (size_t i = 0; i < length; i++)
					in[distance + i] = in[i];
				if (power < 4096 || length % 3 == 0)
					free(pack(in, n, &packed_n, NULL));
			}
	free(in);
}

/* Random bytes of few values, from few copies of what was before: thousands of small decisions. */
static void test_random(void **state)
{
	(void)state;
	uint32_t seed = 1;
	uint8_t *in = malloc(40000);
	for (unsigned round = 0; round < 400; round++) {
		size_t n = random_next(&seed) % (round % 20 ? 3000 : 40000), at = 0, packed_n;
		unsigned values = 1 + random_next(&seed) % 256;
		while (at < n) {
			size_t length = random_next(&seed) % 40,
			       back = random_next(&seed) % (at + 1);
			bool copied = at && random_next(&seed) >> 31;
			for (; length-- && at < n; at++)
				in[at] = (uint8_t)(copied && back ? in[at - back]
								  : random_next(&seed) % values);
			at += at == n ? 0 : (in[at] = 0, 1);
		}
		free(pack(in, n, &packed_n, NULL));
	}
	free(in);
}

/* The window's edge pays, a byte beyond it there is nothing to find; and what cannot be made
 * smaller grows by a few bytes for each piece. */
static void test_sizes(void **state)
{
	(void)state;
	uint8_t *in = malloc(PL_DEFLATE_MAX);
	size_t n;
	make_again_at_32768(in, 65536);
	free(pack(in, 65536, &n, NULL));
	assert_true(n < 34000);
	make_again_at_32769(in, 65537);
	free(pack(in, 65537, &n, NULL));
	assert_true(n > 65537);
	make_zeros(in, PL_DEFLATE_MAX);
	free(pack(in, PL_DEFLATE_MAX, &n, NULL));
	assert_true(n < 1100);
	make_random(in, PL_DEFLATE_MAX);
	free(pack(in, PL_DEFLATE_MAX, &n, NULL));
	assert_true(n > PL_DEFLATE_MAX && n < PL_DEFLATE_MAX + 200);
	free(in);
}

static uint64_t cost_of(const uint32_t *counts, const uint8_t *lengths, size_t n)
{
	uint64_t bits = 0;
	for (size_t i = 0; i < n; i++)
		bits += (uint64_t)counts[i] * lengths[i];
	return bits;
}

/* The cheapest of all prefix codes, by trying: Kraft's sum, in 2^-limit, must not exceed 1. */
static uint64_t cheapest(const uint32_t *counts, size_t n, unsigned limit, uint32_t room)
{
	if (n == 0)
		return 0;
	uint64_t best = UINT64_MAX;
	for (unsigned bits = 1; bits <= limit; bits++) {
		uint32_t takes = 1u << (limit - bits);
		if (takes > room)
			continue;
		uint64_t rest = cheapest(counts + 1, n - 1, limit, room - takes);
		if (rest != UINT64_MAX && rest + (uint64_t)counts[0] * bits < best)
			best = rest + (uint64_t)counts[0] * bits;
	}
	return best;
}

static void check_code(const uint32_t *counts, size_t n, unsigned limit, const uint8_t *lengths)
{
	uint32_t sum = 0, codes[PL_LITLENS];
	for (size_t i = 0; i < n; i++) {
		assert_true(lengths[i] <= limit && (lengths[i] || !counts[i]));
		sum += lengths[i] ? 1u << (limit - lengths[i]) : 0;
	}
	assert_int_equal(sum, 1u << limit); /* complete */
	pl_huffman_codes(lengths, n, codes);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++) {
			uint32_t mask = (1u << lengths[i]) - 1;
			if (i != k && lengths[i] && lengths[k] >= lengths[i])
				assert_int_not_equal(codes[k] & mask, codes[i]);
		}
}

static void test_codes_are_optimal(void **state)
{
	(void)state;
	uint32_t seed = 7;
	for (unsigned round = 0; round < 3000; round++) {
		uint32_t counts[6];
		uint8_t lengths[6];
		size_t n = 2 + random_next(&seed) % 5;
		for (size_t i = 0; i < n; i++)
			counts[i] = 1 + (random_next(&seed) >> (8 + random_next(&seed) % 24));
		for (size_t i = 0; i < n; i++)
			counts[i] = counts[i] > (1 << 20) ? 1 << 20 : counts[i];
		for (unsigned limit = 3; limit <= 5; limit++) {
			pl_huffman_lengths(counts, n, limit, lengths);
			check_code(counts, n, limit, lengths);
			assert_int_equal(cost_of(counts, lengths, n),
					 cheapest(counts, n, limit, 1u << limit));
		}
	}
}

static void test_codes_of_many(void **state)
{
	(void)state;
	uint32_t counts[PL_LITLENS] = {0}, seed = 99;
	uint8_t lengths[PL_LITLENS];
	/* None and one: still two symbols. */
	pl_huffman_lengths(counts, 30, 15, lengths);
	check_code(counts, 30, 15, lengths);
	counts[0] = 5;
	pl_huffman_lengths(counts, 30, 15, lengths);
	check_code(counts, 30, 15, lengths);
	/* Fibonacci's numbers: as deep as it gets. */
	for (size_t i = 1; i < 28; i++)
		counts[i] = i < 2 ? 1 : counts[i - 1] + counts[i - 2];
	for (unsigned limit = 5; limit <= 15; limit++) {
		pl_huffman_lengths(counts, 28, limit, lengths);
		check_code(counts, 28, limit, lengths);
	}
	for (unsigned round = 0; round < 50; round++) {
		for (size_t i = 0; i < PL_LITLENS_USED; i++)
			counts[i] = random_next(&seed) >> (12 + random_next(&seed) % 20);
		pl_huffman_lengths(counts, PL_LITLENS_USED, 9 + round % 7, lengths);
		check_code(counts, PL_LITLENS_USED, 9 + round % 7, lengths);
	}
}

static int set_up(void **state)
{
	(void)state;
	encoder = pl_deflate_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	pl_deflate_free(encoder);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_bytes_for_ever),
		cmocka_unit_test(test_every_length),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_lengths_and_distances),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_codes_are_optimal),
		cmocka_unit_test(test_codes_of_many),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
