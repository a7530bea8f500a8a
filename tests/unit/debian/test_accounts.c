// SPDX-License-Identifier: Apache-2.0
/* Accounts that a package wants numbers for. */
#include "base/arena.h"
#include "debian/debian.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct pl_id_want *find_want(const struct pl_id_want *v, size_t n, const char *name,
					  bool is_group)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].is_group == is_group && strcmp(v[i].name, name) == 0)
			return &v[i];
	fail_msg("no %s '%s'", is_group ? "group" : "user", name);
	return NULL;
}

/* base-passwd's names have base-passwd's numbers, whatever a recipe says; others get any. */
static void test_static_names(void **state)
{
	static const struct {
		const char *package, *name;
		bool is_group;
		int64_t fixed;
	} rows[] = {
		{"base-files", "mail", true, 8},
		{"nginx-common", "www-data", false, 33},
		{"base-files", "utmp", true, 43},
		{"mpd", "mpd", false, -1},
		{"postgresql-common", "postgres", false, -1},
		{"postgresql-common", "ssl-cert", true, -1},
	};
	for (size_t i = 0; i < PL_COUNT(rows); i++) {
		PL_AUTO(arena) a = {0};
		const struct pl_lock_package p = {.name = rows[i].package};
		struct pl_id_want *v;
		size_t n;
		pl_debian_format.accounts(&p, &a, &v, &n);
		assert_int_equal(find_want(v, n, rows[i].name, rows[i].is_group)->fixed,
				 rows[i].fixed);
	}
}

static void test_none(void **state)
{
	PL_AUTO(arena) a = {0};
	const struct pl_lock_package p = {.name = "no-such-package"};
	struct pl_id_want *v;
	size_t n = 7;
	pl_debian_format.accounts(&p, &a, &v, &n);
	assert_int_equal(n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_static_names),
		cmocka_unit_test(test_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
