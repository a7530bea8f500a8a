// SPDX-License-Identifier: Apache-2.0
#include "base/err.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_fail(void **state)
{
	struct pl_err err = {.sys = 3};
	assert_int_equal(pl_fail(&err, PL_INPUT, "%s:%d: bad", "fleet.yaml", 7), -PL_INPUT);
	assert_string_equal(err.msg, "fleet.yaml:7: bad");
	assert_int_equal(err.code, PL_INPUT);
	assert_int_equal(err.sys, 0);
	assert_int_equal(pl_ctx(&err, "image %s", "base"), -PL_INPUT);
	assert_string_equal(err.msg, "image base: fleet.yaml:7: bad");
	/* The text of the error itself as an argument. */
	assert_int_equal(pl_fail(&err, PL_REMOTE, "again: %s", err.msg), -PL_REMOTE);
	assert_string_equal(err.msg, "again: image base: fleet.yaml:7: bad");
}

static void test_sys(void **state)
{
	struct pl_err err = {0};
	char name[1000];
	assert_int_equal(pl_fail_sys(&err, ENOSPC, "writing %s", "x"), -PL_SYS);
	assert_string_equal(err.msg,
			    "writing x: no space left on the disk; free some and run it again");
	assert_int_equal(err.sys, ENOSPC);
	assert_int_equal(pl_fail_sys(&err, EACCES, "%s", "x"), -PL_SYS);
	assert_string_equal(err.msg, "x: Permission denied");
	memset(name, 'n', sizeof(name));
	name[999] = 0;
	assert_int_equal(pl_fail_sys(&err, EDQUOT, "%s", name), -PL_SYS);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	assert_non_null(strstr(err.msg, "nnn: disk quota exceeded; free some and run it again"));
	assert_int_equal(pl_ctx(&err, "%s", name), -PL_SYS);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
}

/* The exit statuses that docs/cli.md documents, and that no code lacks its line in the table. */
static void test_codes(void **state)
{
	static const struct {
		enum pl_code code;
		int status;
	} want[] = {{PL_OK, 0},      {PL_FAILURE, 1}, {PL_USAGE, 2},         {PL_FINDINGS, 3},
		    {PL_CHANGES, 4}, {PL_VERIFY, 5},  {PL_NOT_FOUND, 6},     {PL_AUTH, 7},
		    {PL_REMOTE, 8},  {PL_PARTIAL, 9}, {PL_INTERRUPTED, 130}, {PL_TIMEOUT, 8},
		    {PL_INPUT, 1},   {PL_REFUSED, 8}, {PL_STALE, 1},         {PL_DAMAGED, 1}};
	/* docs/api.md */
	assert_int_equal(pl_code_info(PL_STALE)->http_status, 412);
	assert_int_equal(pl_code_info(PL_DAMAGED)->http_status, 500);
	for (size_t i = 0; i < PL_COUNT(want); i++)
		assert_int_equal(pl_code_info(want[i].code)->exit_status, want[i].status);
	for (int c = 0; c < PL_CODE_COUNT; c++) {
		assert_non_null(pl_code_info((enum pl_code)c)->name);
		assert_in_range(pl_code_info((enum pl_code)c)->http_status, 200, 599);
		/* 2 is for the command line alone. */
		assert_true(c == PL_USAGE || pl_code_info((enum pl_code)c)->exit_status != 2);
	}
	assert_string_equal(pl_code_info(PL_CODE_COUNT)->name, "failure");
}

static void test_escape(void **state)
{
	static const struct {
		const char *in, *out;
	} v[] = {
		{"plain, \xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xb3",
		 "plain, \xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xb3"},
		{"\x1b[31m\n\x7f", "\\x1b[31m\\x0a\\x7f"},
		{"\xc2\x9b"
		 "0m",
		 "\\xc2\\x9b0m"},           /* C1 */
		{"\xc0\xaf", "\\xc0\\xaf"}, /* overlong */
		{"\xe0\x9f\x80", "\\xe0\\x9f\\x80"},
		{"\xed\xa0\x80", "\\xed\\xa0\\x80"}, /* surrogate */
		{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
		{"\xe2\x82", "\\xe2\\x82"}, /* cut short */
		{"\\x1b", "\\x5cx1b"},      /* not to be forged */
	};
	char out[64];
	for (size_t i = 0; i < PL_COUNT(v); i++)
		assert_string_equal(pl_escape(out, sizeof(out), v[i].in, strlen(v[i].in)),
				    v[i].out);
	/* Cut between characters, never in one. */
	assert_string_equal(pl_escape(out, 4, "ab\xe2\x82\xac", 5), "ab");
	assert_string_equal(pl_escape(out, 6, "ab\x01", 3), "ab");
	assert_string_equal(pl_escape(out, 7, "ab\x01", 3), "ab\\x01");
	out[0] = 'Z';
	pl_escape(out, 0, "a", 1);
	assert_int_equal(out[0], 'Z');
	assert_string_equal(pl_escape(out, 1, "a", 1), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_fail), cmocka_unit_test(test_sys),
					   cmocka_unit_test(test_codes),
					   cmocka_unit_test(test_escape)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
