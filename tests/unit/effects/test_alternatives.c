// SPDX-License-Identifier: Apache-2.0
/* Alternatives on made-up trees: rules and refusals. */
#include "effects/alternatives.h"
#include "fixture.h"

static void alternatives(void **state)
{
	struct fixture *x = *state;
	const struct pl_alternative man = {
		"awk.1", "/usr/share/man/awk.1", "/usr/share/man/mawk.1", 0, NULL, 0};
	const struct pl_alternative gone = {"nawk.1", "/usr/share/man/nawk.1", "/nowhere", 0, NULL,
					    0};
	const struct pl_alternative slaves[] = {man, gone};
	const struct pl_alternative v[] = {
		{"awk", "/usr/bin/awk", "/usr/bin/original-awk", 1, NULL, 0},
		{"awk", "/usr/bin/awk", "/usr/bin/mawk", 5, slaves, 2},
		{"awk", "/usr/bin/awk", "/usr/bin/other-awk", 5, NULL, 0},
		{"awk", "/usr/bin/awk", "/usr/bin/gawk", 10, NULL, 0},
		{"ed", "/usr/bin/ed", "/usr/bin/none", 10, NULL, 0},
		{"vi", "/usr/bin/vi", "/usr/bin/mawk", 1, NULL, 0},
	};
	file(x, "usr/bin/mawk", "");
	file(x, "usr/bin/other-awk", "");
	file(x, "usr/bin/original-awk", "");
	file(x, "usr/bin/vi", "real");
	file(x, "usr/share/man/mawk.1", "");
	for (int round = 0; round < 2; round++) {
		assert_int_equal(pl_alternatives_make(&x->tree, &x->in, v, PL_COUNT(v), &x->err),
				 0);
		expect_link(x, "etc/alternatives/awk", "/usr/bin/mawk");
		expect_link(x, "usr/bin/awk", "/etc/alternatives/awk");
		expect_link(x, "etc/alternatives/awk.1", "/usr/share/man/mawk.1");
		expect_link(x, "usr/share/man/awk.1", "/etc/alternatives/awk.1");
		assert_null(node(x, "etc/alternatives/nawk.1"));
		assert_null(node(x, "usr/share/man/nawk.1"));
		assert_null(node(x, "etc/alternatives/ed"));
		expect_text(x, "usr/bin/vi", "real");
	}
	const struct pl_alternative bad = {"../x", "/usr/bin/x", "/usr/bin/mawk", 1, NULL, 0};
	expect_error(x, pl_alternatives_make(&x->tree, &x->in, &bad, 1, &x->err), PL_INPUT, "../x");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(alternatives),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
