// SPDX-License-Identifier: Apache-2.0
#include "io/process.h"
#include "version/debian.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static int sign(int c) { return (c > 0) - (c < 0); }

/* Hard cases. Every pair of them is compared, here with the expected order of neighbours, and with
 * dpkg for all pairs. */
static const char *const ordered[] = {
	"~~",
	"~~a",
	"~",
	"0~~",
	"0~",
	"0",
	"0+",
	"0.",
	"1~~a",
	"1~",
	"1~1",
	"1",
	"1a",
	"1ab",
	"1b",
	"1+b",
	"1.0~rc1-1",
	"1.0-0~",
	"1.0",
	"1.0-0+b1",
	"1.0-0.1",
	"1.0-1~bpo12+1",
	"1.0-1",
	"1.0-1+b1",
	"1.0-1+deb12u1",
	"1.0-1+deb12u2",
	"1.0-1+deb12u10",
	"1.0-1.1",
	"1.0-2",
	"1.0a-1",
	"1.0+dfsg-1",
	"1.0+really0.9-1",
	"1.0.1-1",
	"1.1-1",
	"1.2-3-4",
	"1.9-1",
	"1.10-1",
	"2:0-1",
	"2:0.1-0",
	"10:0",
	"18446744073709551616:0",
};

static void order_of_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < PL_COUNT(ordered); i++)
		for (size_t k = 0; k < PL_COUNT(ordered); k++) {
			int got = sign(pl_debver_cmp(pl_str_of(ordered[i]), pl_str_of(ordered[k])));
			int want = (i > k) - (i < k);
			if (got != want)
				fail_msg("%s ? %s: %d, expected %d", ordered[i], ordered[k], got,
					 want);
		}
}

static void equal_versions(void **state)
{
	(void)state;
	static const char *const pairs[][2] = {
		{"1.0", "1.0-0"},    {"0:1", "1"},    {"00:1", "1"},       {"1.00", "1.0"},
		{"1.01-1", "1.1-1"}, {"1.0-", "1.0"}, {"1.0-00", "1.0-0"}, {"", "0"},
	};
	for (size_t i = 0; i < PL_COUNT(pairs); i++)
		assert_int_equal(pl_debver_cmp(pl_str_of(pairs[i][0]), pl_str_of(pairs[i][1])), 0);
}

/* dpkg has no batch mode: one shell loop asks it about every pair of neighbours at distance 1..4,
 * in both directions. */
static void dpkg_agrees(void **state)
{
	(void)state;
	PL_AUTO(buf) input = {0};
	PL_VEC(int) ours = {0};
	size_t n = PL_COUNT(ordered);
	for (size_t i = 0; i < n; i++)
		for (size_t k = i; k < n && k < i + 4; k++) {
			/* dpkg refuses what is not well-formed */
			struct pl_err err = {0};
			struct pl_str a = pl_str_of(ordered[i]), b = pl_str_of(ordered[k]);
			if (pl_debver_check(a, &err) < 0 || pl_debver_check(b, &err) < 0)
				continue;
			pl_buf_addf(&input, "%s %s\n%s %s\n", ordered[i], ordered[k], ordered[k],
				    ordered[i]);
			*pl_vec_push(&ours) = sign(pl_debver_cmp(a, b));
			*pl_vec_push(&ours) = sign(pl_debver_cmp(b, a));
		}
	const char *const argv[] = {
		"sh", "-c",
		"while read a b; do if dpkg --compare-versions $a lt $b; then echo '<'; elif dpkg "
		"--compare-versions $a eq $b; then echo '='; else echo '>'; fi; done",
		NULL};
	struct pl_env env;
	pl_env_init(&env);
	struct pl_process p = {.argv = argv, .input = pl_buf_str(&input), .timeout_s = 100};
	struct pl_err err = {0};
	assert_int_equal(pl_process_run(&env, &p, &err), 0);
	assert_int_equal(p.exit_status, 0);
	assert_int_equal(p.out.n, 2 * ours.n);
	assert_true(ours.n > 150);
	for (size_t i = 0; i < ours.n; i++)
		assert_int_equal("<=>"[ours.v[i] + 1], p.out.p[2 * i]);
	pl_vec_free(&ours);
	pl_process_done(&p);
}

static void well_formed(void **state)
{
	(void)state;
	static const char *const good[] = {"1",
					   "1:1-1",
					   "1-1-1",
					   "1:2:3",
					   "2147483647:1",
					   "0~~1",
					   "1.2+dfsg~rc1-3+deb12u1~bpo11.2",
					   "1:1a:b-c"};
	static const char *const wrong[] = {"",   "a1",           "1-",   "-1",    ":1",
					    "1:", "1-1_",         "1_2",  "1-a:b", "x:1",
					    "1 ", "2147483648:1", "1:-1", "1\n",   "1.0-1 1"};
	for (size_t i = 0; i < PL_COUNT(good); i++) {
		struct pl_err err = {0};
		assert_int_equal(pl_debver_check(pl_str_of(good[i]), &err), 0);
	}
	for (size_t i = 0; i < PL_COUNT(wrong); i++) {
		struct pl_err err = {0};
		if (pl_debver_check(pl_str_of(wrong[i]), &err) != -PL_INPUT)
			fail_msg("'%s' passed", wrong[i]);
		assert_non_null(strstr(err.msg, "is not a Debian version"));
	}
	struct pl_err err = {0};
	assert_int_equal(pl_debver_check((struct pl_str){"1\0002", 3}, &err), -PL_INPUT);
}

static void relations(void **state)
{
	(void)state;
	static const struct {
		const char *op;
		bool lower, same, higher; /* does 1, 2, 3 meet "op 2"? */
	} table[] = {
		{"<<", true, false, false}, {"<=", true, true, false},  {"=", false, true, false},
		{">=", false, true, true},  {">>", false, false, true}, {"<", true, true, false},
		{">", false, true, true},
	};
	for (size_t i = 0; i < PL_COUNT(table); i++) {
		enum pl_debrel rel = PL_REL_NONE;
		assert_true(pl_debrel_parse(pl_str_of(table[i].op), &rel));
		assert_int_equal(pl_debver_meets(PL_STR("1"), rel, PL_STR("2")), table[i].lower);
		assert_int_equal(pl_debver_meets(PL_STR("2-0"), rel, PL_STR("2")), table[i].same);
		assert_int_equal(pl_debver_meets(PL_STR("3"), rel, PL_STR("2")), table[i].higher);
	}
	assert_true(pl_debver_meets(PL_STR("1"), PL_REL_NONE, PL_STR("2")));
	enum pl_debrel rel = PL_REL_GT;
	assert_false(pl_debrel_parse(PL_STR("=="), &rel));
	assert_false(pl_debrel_parse(PL_STR(""), &rel));
	assert_int_equal(rel, PL_REL_GT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_of_table), cmocka_unit_test(equal_versions),
		cmocka_unit_test(dpkg_agrees),    cmocka_unit_test(well_formed),
		cmocka_unit_test(relations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
