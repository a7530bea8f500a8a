// SPDX-License-Identifier: Apache-2.0
#include "base/map.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_many(void **state)
{
	enum { N = 10000 };
	static char keys[N][16];
	static int values[N];
	PL_AUTO(map) m = {0};
	assert_null(pl_map_get(&m, PL_STR("x")));
	assert_false(pl_map_has(&m, PL_STR("")));
	for (int i = 0; i < N; i++) {
		snprintf(keys[i], sizeof(keys[i]), "key-%d", i * 7919 % N);
		assert_null(pl_map_put(&m, pl_str_of(keys[i]), &values[i]));
	}
	assert_int_equal(m.n, N);
	for (int i = 0; i < N; i++) {
		assert_ptr_equal(pl_map_get(&m, pl_str_of(keys[i])), &values[i]);
		assert_ptr_equal(m.items[i].key.p, keys[i]); /* order of insertion */
		assert_ptr_equal(m.items[i].value, &values[i]);
	}
	assert_null(pl_map_get(&m, PL_STR("key-10000")));
	assert_null(pl_map_get(&m, PL_STR("key-")));
	/* Replacing keeps the place and gives the former value. */
	assert_ptr_equal(pl_map_put(&m, pl_str_of(keys[5]), &values[0]), &values[5]);
	assert_int_equal(m.n, N);
	assert_ptr_equal(m.items[5].value, &values[0]);
}

static void copies_are_of_their_own(void **state)
{
	PL_AUTO(map) m = {0};
	PL_AUTO(map) copy = {0};
	PL_AUTO(map) none = {0};
	int one = 1, two = 2;
	pl_map_copy(&copy, &none);
	assert_int_equal(copy.n, 0);
	pl_map_put(&m, PL_STR("a"), &one);
	pl_map_copy(&copy, &m);
	pl_map_put(&copy, PL_STR("a"), &two);
	pl_map_put(&copy, PL_STR("b"), &two);
	assert_ptr_equal(pl_map_get(&copy, PL_STR("a")), &two);
	assert_ptr_equal(pl_map_get(&copy, PL_STR("b")), &two);
	assert_ptr_equal(pl_map_get(&m, PL_STR("a")), &one);
	assert_null(pl_map_get(&m, PL_STR("b")));
}

static void test_slots(void **state)
{
	PL_AUTO(map) m = {0};
	int one = 1;
	void **slot = pl_map_slot(&m, PL_STR("a"));
	assert_null(*slot);
	*slot = &one;
	assert_ptr_equal(*pl_map_slot(&m, PL_STR("a")), &one);
	assert_int_equal(m.n, 1);
	/* Present with NULL is not absent; keys may hold any byte. */
	assert_null(pl_map_put(&m, PL_STR(""), NULL));
	assert_true(pl_map_has(&m, PL_STR("")));
	assert_null(pl_map_put(&m, PL_STR("a\0"), &m));
	assert_ptr_equal(pl_map_get(&m, PL_STR("a")), &one);
	assert_ptr_equal(pl_map_get(&m, PL_STR("a\0")), &m);
	pl_map_done(&m);
	assert_null(pl_map_get(&m, PL_STR("a")));
	assert_null(pl_map_put(&m, PL_STR("a"), &one));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_many),
					   cmocka_unit_test(copies_are_of_their_own),
					   cmocka_unit_test(test_slots)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
