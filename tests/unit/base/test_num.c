// SPDX-License-Identifier: Apache-2.0
#include "base/num.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_decimal(void **state)
{
	static const struct {
		const char *s;
		uint64_t max, want;
		bool ok;
	} v[] = {
		{"0", 0, 0, true},
		{"1", 0, 0, false},
		{"000", 5, 0, true},
		{"255", 255, 255, true},
		{"256", 255, 0, false},
		{"2147483648", UINT64_MAX, (uint64_t)1 << 31, true},
		{"4294967296", UINT64_MAX, (uint64_t)1 << 32, true},
		{"4294967296", UINT32_MAX, 0, false},
		{"9223372036854775808", UINT64_MAX, (uint64_t)1 << 63, true},
		{"9223372036854775808", INT64_MAX, 0, false},
		{"18446744073709551615", UINT64_MAX, UINT64_MAX, true},
		{"18446744073709551616", UINT64_MAX, 0, false},
		{"18446744073709551620", UINT64_MAX, 0, false},
		{"99999999999999999999999", UINT64_MAX, 0, false},
		{"", 9, 0, false},
		{"-1", 9, 0, false},
		{"+1", 9, 0, false},
		{" 1", 9, 0, false},
		{"1 ", 9, 0, false},
		{"0x1", 9, 0, false},
		{"1e1", 99, 0, false},
		{"/", 9, 0, false},
		{":", 99, 0, false},
		{"\xff", 999, 0, false},
	};
	for (size_t i = 0; i < PL_COUNT(v); i++) {
		uint64_t got = 42;
		if (pl_parse_u64(pl_str_of(v[i].s), v[i].max, &got) != v[i].ok)
			fail_msg("'%s'", v[i].s);
		assert_int_equal(got, v[i].ok ? v[i].want : 42);
	}
	uint64_t got = 42;
	assert_false(pl_parse_u64(PL_STR("1\0"), 9, &got));
	assert_false(pl_parse_u64((struct pl_str){NULL, 0}, 9, &got));
}

static void test_octal(void **state)
{
	uint64_t got = 42;
	assert_true(pl_parse_octal(PL_STR("07777"), 07777, &got));
	assert_int_equal(got, 07777);
	assert_false(pl_parse_octal(PL_STR("10000"), 07777, &got));
	assert_false(pl_parse_octal(PL_STR("8"), 07777, &got));
	assert_true(pl_parse_octal(PL_STR("1777777777777777777777"), UINT64_MAX, &got));
	assert_true(got == UINT64_MAX);
	assert_false(pl_parse_octal(PL_STR("2000000000000000000000"), UINT64_MAX, &got));
	assert_true(got == UINT64_MAX);
}

static void test_overflow(void **state)
{
	uint64_t got;
	assert_true(pl_add_u64(UINT64_MAX, 0, &got));
	assert_false(pl_add_u64(UINT64_MAX, 1, &got));
	assert_true(pl_mul_u64((uint64_t)1 << 32, ((uint64_t)1 << 32) - 1, &got));
	assert_false(pl_mul_u64((uint64_t)1 << 32, (uint64_t)1 << 32, &got));
}

static void test_hex(void **state)
{
	static const uint8_t in[] = {0, 0x0f, 0xa0, 0xff};
	char text[9];
	uint8_t out[4] = {1, 2, 3, 4};
	assert_int_equal(pl_hex_value('f'), 15);
	assert_int_equal(pl_hex_value('F'), 15);
	assert_int_equal(pl_hex_value('9'), 9);
	assert_int_equal(pl_hex_value('g'), -1);
	assert_int_equal(pl_hex_value('\0'), -1);
	pl_hex(text, in, 4);
	assert_string_equal(text, "000fa0ff");
	assert_false(pl_unhex(out, 4, PL_STR("000fa0fF"))); /* upper case is another digest text */
	assert_false(pl_unhex(out, 4, PL_STR("000fa0f")));
	assert_false(pl_unhex(out, 4, PL_STR("000fa0ff0")));
	assert_false(pl_unhex(out, 4, PL_STR("000fa0fg")));
	assert_int_equal(out[3], 4); /* untouched */
	assert_true(pl_unhex(out, 4, PL_STR("000fa0ff")));
	assert_memory_equal(in, out, 4);
}

static void test_for_people(void **state)
{
	(void)state;
	assert_string_equal(PL_COUNTED(0, "image"), "0 images");
	assert_string_equal(PL_COUNTED(1, "image"), "1 image");
	assert_string_equal(PL_COUNTED(2, "image"), "2 images");
	assert_string_equal(PL_SIZED(0), "0 B");
	assert_string_equal(PL_SIZED(999), "999 B");
	assert_string_equal(PL_SIZED(1000), "1.0 kB");
	assert_string_equal(PL_SIZED(5240000), "5.2 MB");
	assert_string_equal(PL_SIZED(99940000), "99.9 MB");
	assert_string_equal(PL_SIZED(99960000), "100 MB");
	assert_string_equal(PL_SIZED(999600000), "1.0 GB"); /* not "1000 MB" */
	assert_string_equal(PL_SIZED(UINT64_MAX), "18446744 TB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decimal), cmocka_unit_test(test_octal),
		cmocka_unit_test(test_overflow), cmocka_unit_test(test_hex),
		cmocka_unit_test(test_for_people)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
