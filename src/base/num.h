// SPDX-License-Identifier: Apache-2.0
/*
 * Bounded number parsing: whole slice or nothing, no sign, no blanks, no locale; numbers in text.
 * Thread rule: pure functions. Limits: the maximum is the caller's.
 */
#pragma once

#include "base/str.h"

/* Decimal digits only, 0..max. False (and *ret untouched) on anything else. */
bool pl_parse_u64(struct pl_str s, uint64_t max, uint64_t *ret) PL_MUST_USE;
/* Octal digits only, 0..max. */
bool pl_parse_octal(struct pl_str s, uint64_t max, uint64_t *ret) PL_MUST_USE;
/* a + b, a * b into *ret; false on overflow. */
static inline bool pl_add_u64(uint64_t a, uint64_t b, uint64_t *ret)
{
	return !__builtin_add_overflow(a, b, ret);
}
static inline bool pl_mul_u64(uint64_t a, uint64_t b, uint64_t *ret)
{
	return !__builtin_mul_overflow(a, b, ret);
}
/* For people: "1 image", "2 images" (one + "s"); "5.2 MB", in powers of 1000. They live to the end
 * of the block. */
#define PL_COUNTED(n, one) pl_counted((char[64]){0}, (n), (one))
#define PL_SIZED(bytes) pl_sized((char[16]){0}, (bytes))
char *pl_counted(char dst[64], uint64_t n, const char *one);
char *pl_sized(char dst[16], uint64_t bytes);
/* A hex digit of either case; -1 for what is none. */
int pl_hex_value(char c);
/* Lower-case hex of n bytes into dst (2n + 1 bytes). */
void pl_hex(char *dst, const uint8_t *src, size_t n);
/* n bytes from exactly 2n hex digits, lower case only; false otherwise. */
bool pl_unhex(uint8_t *dst, size_t n, struct pl_str s) PL_MUST_USE;
