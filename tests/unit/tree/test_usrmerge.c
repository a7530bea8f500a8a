// SPDX-License-Identifier: Apache-2.0
#include "tree/usrmerge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_usrmerge(void **state)
{
	static const struct {
		const char *from, *to;
	} cases[] = {
		{"bin/sh", "usr/bin/sh"},   {"sbin/x", "usr/sbin/x"},
		{"lib/a/b", "usr/lib/a/b"}, {"lib64/ld.so", "usr/lib64/ld.so"},
		{"lib32/a", "usr/lib32/a"}, {"libx32/a", "usr/libx32/a"},
		{"lib", "usr/lib"},         {"libexec/a", "libexec/a"},
		{"usr/lib/a", "usr/lib/a"}, {"library", "library"},
		{"etc/bin/a", "etc/bin/a"}, {"", ""},
	};
	PL_AUTO(arena) a = {0};
	for (size_t i = 0; i < PL_COUNT(cases); i++)
		assert_true(pl_str_is(pl_usrmerge_path(&a, pl_str_of(cases[i].from)), cases[i].to));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_usrmerge)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
