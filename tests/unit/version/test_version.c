// SPDX-License-Identifier: Apache-2.0
/* The table of orders: the right one for an ecosystem, and none for one without. */
#include "version/version.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* A second order, which no ecosystem has: the longer version is the higher one. */
static int cmp_length(struct pl_str a, struct pl_str b) { return (a.n > b.n) - (a.n < b.n); }
static int check_nothing(struct pl_str v, struct pl_err *err)
{
	return v.n ? 0 : pl_fail(err, PL_INPUT, "empty");
}
static const struct pl_version_order length = {"length", cmp_length, check_nothing};

static enum pl_version_relation relate(const struct pl_version_order *o, const char *a,
				       const char *b)
{
	return pl_version_relate(o, pl_str_of(a), pl_str_of(b));
}

static void table(void **state)
{
	(void)state;
	struct pl_err err = {0};
	const struct pl_version_order *deb = pl_version_order_find(pl_version_orders, "debian");
	assert_non_null(deb);
	assert_string_equal(deb->ecosystem, "debian");
	assert_int_equal(deb->check(PL_STR("1.0-1"), &err), 0);
	assert_int_equal(deb->check(PL_STR("x"), &err), -PL_INPUT);
	assert_null(pl_version_order_find(pl_version_orders, "pypi"));
	assert_null(pl_version_order_find(pl_version_orders, "Debian"));
	assert_null(pl_version_order_find(pl_version_orders, ""));
	assert_null(pl_version_order_find(pl_version_orders, NULL));
	const struct pl_version_order *const two[] = {deb, &length, NULL};
	assert_ptr_equal(pl_version_order_find(two, "length"), &length);
	assert_ptr_equal(pl_version_order_find(two, "debian"), deb);
	assert_null(pl_version_order_find(two + 2, "debian"));
}

static void relations(void **state)
{
	(void)state;
	const struct pl_version_order *deb = pl_version_order_find(pl_version_orders, "debian");
	assert_int_equal(relate(deb, "1.0~rc1", "1.0"), PL_VERSION_LOWER);
	assert_int_equal(relate(deb, "1.10", "1.9"), PL_VERSION_HIGHER);
	assert_int_equal(relate(deb, "0:1.0", "1.0-0"), PL_VERSION_SAME);
	assert_int_equal(relate(&length, "1.0~rc1", "1.0"), PL_VERSION_HIGHER);
	assert_int_equal(relate(&length, "9", "10"), PL_VERSION_LOWER);
	assert_int_equal(relate(&length, "1", "2"), PL_VERSION_SAME);
	assert_int_equal(relate(NULL, "1.0", "1.0"), PL_VERSION_SAME);
	assert_int_equal(relate(NULL, "0:1.0", "1.0"), PL_VERSION_UNRELATED);
	assert_int_equal(relate(NULL, "1", "2"), PL_VERSION_UNRELATED);
	assert_int_equal(relate(NULL, "2", "1"), PL_VERSION_UNRELATED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(table), cmocka_unit_test(relations)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
