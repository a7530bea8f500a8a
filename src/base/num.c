// SPDX-License-Identifier: Apache-2.0
#include "base/num.h"

#include <stdio.h>

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

/* Value + 1 of each digit, 0 for what is none: the hashes of an index alone are eight million. */
static const uint8_t hex_digits[256] = {
	['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
	['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
};

int pl_hex_value(char c) { return hex_digits[(uint8_t)(c >= 'A' && c <= 'F' ? c + 32 : c)] - 1; }

bool pl_unhex(uint8_t *dst, size_t n, struct pl_str s)
{
	if (s.n != 2 * n)
		return false;
	bool ok = true;
	for (size_t i = 0; i < s.n; i++)
		ok = ok && hex_digits[(uint8_t)s.p[i]] != 0;
	for (size_t i = 0; ok && i < n; i++)
		dst[i] = (uint8_t)(((hex_digits[(uint8_t)s.p[2 * i]] - 1) << 4) |
				   (hex_digits[(uint8_t)s.p[2 * i + 1]] - 1));
	return ok;
}

char *pl_counted(char dst[64], uint64_t n, const char *one)
{
	snprintf(dst, 64, "%llu %.40s%s", (unsigned long long)n, one, n == 1 ? "" : "s");
	return dst;
}

char *pl_sized(char dst[16], uint64_t bytes)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
	double v = (double)bytes;
	size_t u = 0;
	while (v >= (u ? 999.5 : 1000) && u + 1 < PL_COUNT(units)) {
		v /= 1000;
		u++;
	}
	snprintf(dst, 16, u == 0 || v >= 99.95 ? "%.0f %s" : "%.1f %s", v, units[u]);
	return dst;
}
