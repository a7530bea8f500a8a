// SPDX-License-Identifier: Apache-2.0
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_ceiling(void **state)
{
	PL_AUTO(buf) b = {.max = 10};
	struct pl_err err = {0};
	pl_buf_adds(&b, "12345");
	pl_buf_adds(&b, "67890"); /* exactly full */
	assert_int_equal(pl_buf_check(&b, "x", &err), 0);
	assert_string_equal(b.p, "1234567890");
	pl_buf_adds(&b, "");
	assert_false(b.overflow);
	pl_buf_addc(&b, '!');
	assert_true(b.overflow);
	assert_int_equal(b.n, 10);
	assert_string_equal(b.p, "1234567890");
	assert_int_equal(pl_buf_check(&b, "thing", &err), -PL_LIMIT);
	assert_string_equal(err.msg, "thing: larger than 10 bytes");
	pl_buf_clear(&b);
	assert_false(b.overflow);
	assert_string_equal(b.p, "");
	/* After the first thing that does not fit nothing smaller slips in behind it. */
	pl_buf_addf(&b, "%s", "12345678901");
	pl_buf_adds(&b, "x");
	assert_int_equal(b.n, 0);
	pl_buf_clear(&b);
	assert_null(pl_buf_room(&b, SIZE_MAX));
	pl_buf_clear(&b);
	assert_null(pl_buf_room(&b, 11));
	pl_buf_clear(&b);
	assert_non_null(pl_buf_room(&b, 10));
	b.max = 3;
	pl_buf_adds(&b, "abc");
	b.max = 2; /* lowered below what is there */
	assert_null(pl_buf_room(&b, 1));
}

static void test_adding(void **state)
{
	PL_AUTO(buf) b = {0};
	assert_string_equal(pl_buf_str(&b).p, "");
	pl_buf_addc(&b, 'a');
	pl_buf_addstr(&b, PL_STR("b\0c"));
	pl_buf_zero(&b, 2);
	assert_int_equal(b.n, 6);
	assert_memory_equal(b.p, "ab\0c\0\0", 7);
	pl_buf_clear(&b);
	for (int i = 0; i < 300; i++)
		pl_buf_addf(&b, "%d", i % 10);
	assert_int_equal(b.n, 300);
	assert_int_equal(b.p[299], '9');
	char wide[401];
	memset(wide, 'w', 400);
	wide[400] = 0;
	pl_buf_addf(&b, "<%s>", wide); /* longer than any stack buffer of ours */
	assert_int_equal(b.n, 702);
	assert_int_equal(b.p[701], '>');
	assert_int_equal(b.p[702], 0);
	char *p = pl_buf_take(&b);
	assert_int_equal(strlen(p), 702);
	free(p);
	assert_int_equal(b.n, 0);
	assert_null(b.p);
	p = pl_buf_take(&b);
	assert_string_equal(p, "");
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_ceiling),
					   cmocka_unit_test(test_adding)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
