// SPDX-License-Identifier: Apache-2.0
/*
 * Inputs for the DEFLATE encoder, made by whole-number arithmetic so that they are the same
 * everywhere, each with the kinds of blocks that it must lead to and the digest of what comes out.
 * Shared by the unit test and by the program that other machines run.
 */
#pragma once

#include "base/macros.h"
#include "io/deflate.h"

enum { KIND_STORED = 1, KIND_FIXED = 2, KIND_DYNAMIC = 4 };

static inline uint32_t random_next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static inline void fill_random(uint8_t *p, size_t n, uint32_t seed)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(random_next(&seed) >> 11);
}

static inline void make_zeros(uint8_t *p, size_t n) { memset(p, 0, n); }
static inline void make_random(uint8_t *p, size_t n) { fill_random(p, n, 2463534242u); }

static inline void make_counting(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)i;
}

/* Each value so many times that runs are of 250 to 267: about the longest match. */
static inline void make_runs(uint8_t *p, size_t n)
{
	uint8_t value = 1;
	for (size_t i = 0, length = 250; i < n; value += 37, length = 250 + (length - 249) % 18)
		for (size_t k = 0; k < length && i < n; k++)
			p[i++] = value;
}

/* Periods of 1 to 40. */
static inline void make_periods(uint8_t *p, size_t n)
{
	size_t period = 1;
	for (size_t i = 0; i < n; i++) {
		if (i % 700 == 0)
			period = 1 + period % 40;
		p[i] = (uint8_t)(i % 700 < period ? 31 * i + period : p[i - period]);
	}
}

/* Random bytes that come again after so many: the window's edge, and one byte beyond. */
static inline void make_again(uint8_t *p, size_t n, size_t distance)
{
	fill_random(p, distance < n ? distance : n, 88172645u);
	for (size_t i = distance; i < n; i++)
		p[i] = p[i - distance];
}

static inline void make_again_at_32768(uint8_t *p, size_t n) { make_again(p, n, 32768); }
static inline void make_again_at_32769(uint8_t *p, size_t n) { make_again(p, n, 32769); }

/* Bytes as rare as powers of two say: codes that Huffman's algorithm makes longer than allowed. */
static inline void make_skewed(uint8_t *p, size_t n)
{
	uint32_t seed = 521288629u;
	for (size_t i = 0; i < n; i++) {
		uint32_t r = random_next(&seed) >> 3;
		uint8_t value = 0;
		for (; value < 24 && (r & 1); r >>= 1)
			value++;
		p[i] = (uint8_t)(value * 7);
	}
}

static inline void make_text(uint8_t *p, size_t n)
{
	static const char *const words[] = {"layer ", "the ", "of ", "digest\n", "a ",  "image, ",
					    "to ",    "in ",  "is ", "0644 ",    "is ", "package "};
	uint32_t seed = 362436069u;
	for (size_t i = 0; i < n;) {
		const char *w = words[random_next(&seed) >> 8 & 7];
		if (random_next(&seed) >> 9 & 1)
			w = words[8 + (random_next(&seed) >> 8 & 3)];
		while (*w && i < n)
			p[i++] = (uint8_t)*w++;
	}
}

/* Like tables in programs: words of 4 bytes that differ in the low ones. */
static inline void make_words(uint8_t *p, size_t n)
{
	uint32_t seed = 123456789u, value = 0x00401000;
	for (size_t i = 0; i < n; i++) {
		if (i % 4 == 0)
			value += random_next(&seed) >> 24 & 0xfc;
		p[i] = (uint8_t)(value >> (8 * (i % 4)));
	}
}

/* What changes its nature every 50,000 bytes. */
static inline void make_mixed(uint8_t *p, size_t n)
{
	static void (*const parts[])(uint8_t *, size_t) = {make_text,  make_random, make_words,
							   make_zeros, make_skewed, make_periods};
	for (size_t i = 0, k = 0; i < n; i += 50000, k++)
		parts[k % 6](p + i, n - i < 50000 ? n - i : 50000);
}

struct deflate_input {
	const char *name;
	void (*make)(uint8_t *p, size_t n);
	size_t n;
	unsigned kinds; /* of blocks, all that occur */
	size_t packed;
	uint64_t digest; /* fnv1a() of what is packed */
};

static inline uint64_t fnv1a(const uint8_t *p, size_t n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return h;
}

#define MEMBER PL_DEFLATE_MAX

/* Whoever changes one of these changes the digests of all layers: PL_DEFLATE_VERSION goes up. */
static const struct deflate_input deflate_inputs[] = {
	{"nothing", make_zeros, 0, KIND_FIXED, 2, UINT64_C(0x0835ee07b4ee5316)},
	{"one byte", make_counting, 1, KIND_FIXED, 3, UINT64_C(0xf725ed190df703c2)},
	{"two bytes", make_counting, 2, KIND_FIXED, 4, UINT64_C(0xacd9eb90e3b055e2)},
	{"every byte value", make_counting, 256, KIND_STORED, 261, UINT64_C(0x72f22c91a733d95a)},
	{"every byte value, again and again", make_counting, 70000, KIND_DYNAMIC, 593,
	 UINT64_C(0x7221f49036b50bda)},
	{"1 MiB of zeros", make_zeros, MEMBER, KIND_DYNAMIC, 1033, UINT64_C(0x962c2fbc727f8855)},
	{"13 zeros", make_zeros, 13, KIND_DYNAMIC, 14, UINT64_C(0xe8ec90702f3bdf51)},
	{"random, the largest stored piece", make_random, 65535, KIND_STORED, 65540,
	 UINT64_C(0x28a75c8cd198ee89)},
	{"random, a byte more", make_random, 65536, KIND_STORED, 65546,
	 UINT64_C(0x9a133e1afe2b57c4)},
	{"random, 1 MiB", make_random, MEMBER, KIND_STORED, 1048731, UINT64_C(0x0bb58a5c327505ef)},
	{"random, short", make_random, 100, KIND_STORED, 105, UINT64_C(0xf2f4ef2f8c3d7e57)},
	{"runs", make_runs, MEMBER, KIND_DYNAMIC, 10068, UINT64_C(0x7d6d05de06a381af)},
	{"periods", make_periods, 300000, KIND_DYNAMIC, 4611, UINT64_C(0x02395d6afb450632)},
	{"again at the window's edge", make_again_at_32768, 65536, KIND_DYNAMIC, 33202,
	 UINT64_C(0xe9c1a6aa53dac201)},
	{"again beyond the window", make_again_at_32769, 65537, KIND_STORED, 65547,
	 UINT64_C(0x035844f15f8fd38e)},
	{"again at the edge, 1 MiB", make_again_at_32768, MEMBER - 1, KIND_DYNAMIC, 42522,
	 UINT64_C(0x184304bec655f909)},
	{"skewed", make_skewed, MEMBER, KIND_DYNAMIC, 351583, UINT64_C(0x8d76f3a7fefe3628)},
	{"text", make_text, MEMBER, KIND_DYNAMIC, 210275, UINT64_C(0x8542947171cb9b87)},
	{"text, short", make_text, 60, KIND_FIXED, 46, UINT64_C(0x2fb019730d93b595)},
	{"text, a chunk", make_text, 30000, KIND_DYNAMIC, 6121, UINT64_C(0x90224a3606785018)},
	{"words", make_words, MEMBER - 7, KIND_DYNAMIC, 741961, UINT64_C(0xba038acb2bba6fc9)},
	{"mixed", make_mixed, MEMBER, KIND_STORED | KIND_DYNAMIC, 439783,
	 UINT64_C(0xca954f6b40cccfc2)},
};
#define DEFLATE_INPUTS (sizeof(deflate_inputs) / sizeof(*deflate_inputs))
