// SPDX-License-Identifier: Apache-2.0
#include "base/num.h"

static bool parse(struct pl_str s, unsigned base, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;
	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned d = (unsigned)((unsigned char)s.p[i] - '0');
		if (d >= base || !pl_mul_u64(v, base, &v) || !pl_add_u64(v, d, &v) || v > max)
			return false;
	}
	*ret = v;
	return true;
}

bool pl_parse_u64(struct pl_str s, uint64_t max, uint64_t *ret) { return parse(s, 10, max, ret); }

bool pl_parse_octal(struct pl_str s, uint64_t max, uint64_t *ret) { return parse(s, 8, max, ret); }

void pl_hex(char *dst, const uint8_t *src, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < n; i++) {
		dst[2 * i] = digits[src[i] >> 4];
		dst[2 * i + 1] = digits[src[i] & 15];
	}
	dst[2 * n] = '\0';
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

bool pl_unhex(uint8_t *dst, size_t n, struct pl_str s)
{
	if (s.n != 2 * n)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (nibble(s.p[i]) < 0)
			return false;
	for (size_t i = 0; i < n; i++)
		dst[i] = (uint8_t)(nibble(s.p[2 * i]) << 4 | nibble(s.p[2 * i + 1]));
	return true;
}
