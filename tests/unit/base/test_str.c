// SPDX-License-Identifier: Apache-2.0
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_order(void **state)
{
	struct pl_str none = {NULL, 0};
	assert_true(pl_str_cmp(PL_STR("a"), PL_STR("b")) < 0);
	assert_true(pl_str_cmp(PL_STR("ab"), PL_STR("a")) > 0);
	assert_true(pl_str_cmp(PL_STR("a"), PL_STR("\xff")) < 0); /* bytes, not chars */
	assert_true(pl_str_cmp(PL_STR("a\0b"), PL_STR("a\0c")) < 0);
	assert_int_equal(pl_str_cmp(none, PL_STR("")), 0);
	assert_true(pl_str_eq(none, PL_STR("")));
	assert_false(pl_str_eq(PL_STR("a"), PL_STR("ab")));
	assert_true(pl_str_is(none, NULL));
	struct pl_str v[] = {PL_STR("b"), PL_STR("a-"), PL_STR("a")};
	qsort(v, 3, sizeof(v[0]), pl_str_qsort);
	assert_string_equal(v[0].p, "a");
	assert_string_equal(v[2].p, "b");
	const char *c[] = {"b", "a"};
	qsort(c, 2, sizeof(c[0]), pl_cstr_qsort);
	assert_string_equal(c[0], "a");
}

static void test_parts(void **state)
{
	struct pl_str none = {NULL, 0}, rest = PL_STR("a,,b,");
	assert_true(pl_str_starts(PL_STR("abc"), "ab"));
	assert_false(pl_str_starts(PL_STR("a"), "ab"));
	assert_true(pl_str_starts(none, ""));
	assert_true(pl_str_ends(none, ""));
	assert_false(pl_str_ends(none, "x"));
	assert_true(pl_str_ends(PL_STR("a.deb"), ".deb"));
	assert_true(pl_str_is(pl_str_trim(PL_STR(" \t a b\r\n")), "a b"));
	assert_int_equal(pl_str_trim(PL_STR(" \n")).n, 0);
	assert_true(pl_str_is(pl_str_cut(&rest, ','), "a"));
	assert_true(pl_str_is(pl_str_cut(&rest, ','), ""));
	assert_true(pl_str_is(pl_str_cut(&rest, ','), "b"));
	assert_non_null(rest.p); /* the empty part after the last comma */
	assert_true(pl_str_is(pl_str_cut(&rest, ','), ""));
	assert_null(rest.p);
	assert_int_equal(pl_str_find(PL_STR("a:b:c"), ':'), 1);
	assert_int_equal(pl_str_rfind(PL_STR("a:b:c"), ':'), 3);
	assert_true(pl_str_find(none, ':') == SIZE_MAX &&
		    pl_str_rfind(PL_STR("a"), ':') == SIZE_MAX);
	assert_true(pl_str_is(pl_str_sub(PL_STR("abc"), 1, 1), "b"));
	assert_true(pl_str_is(pl_str_sub(PL_STR("abc"), 1, SIZE_MAX), "bc"));
	assert_int_equal(pl_str_sub(PL_STR("abc"), 9, 9).n, 0);
	assert_null(pl_str_sub(none, 1, 1).p);
	char *copy = pl_str_dup(pl_str_sub(PL_STR("abc"), 0, 2));
	assert_string_equal(copy, "ab");
	free(copy);
}

static void test_nearest(void **state)
{
	static const char *const keys[] = {"packages", "platforms", "user", "arch"};
	assert_int_equal(pl_str_distance(PL_STR("kitten"), PL_STR("sitting")), 3);
	assert_int_equal(pl_str_distance(PL_STR(""), PL_STR("abc")), 3);
	assert_int_equal(pl_str_distance(PL_STR("abc"), PL_STR("abc")), 0);
	assert_int_equal(pl_str_distance(PL_STR("pyhton3"), PL_STR("python3")), 1);
	assert_int_equal(pl_str_distance(PL_STR("ca"), PL_STR("abc")), 3); /* no edit between */
	assert_int_equal(pl_str_prefix_distance(PL_STR("pyhton3"), PL_STR("python3.11")), 1);
	assert_int_equal(pl_str_prefix_distance(PL_STR("abc"), PL_STR("")), 3);
	assert_string_equal(pl_nearest(PL_STR("pakages"), keys, 4), "packages");
	assert_string_equal(pl_nearest(PL_STR("platfroms"), keys, 4), "platforms");
	assert_null(pl_nearest(PL_STR("entrypoint"), keys, 4));
	assert_null(pl_nearest(PL_STR("usa"), keys, 4)); /* two edits in a short word */
	char a[200], b[200];
	memset(a, 'a', sizeof(a));
	memset(b, 'b', sizeof(b));
	assert_int_equal(pl_str_distance((struct pl_str){a, 200}, (struct pl_str){b, 200}), 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_order),
					   cmocka_unit_test(test_parts),
					   cmocka_unit_test(test_nearest)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
