// SPDX-License-Identifier: Apache-2.0
/* What is no shell script, by line and column. */
#include "shell/syntax_int.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static int parse(struct pl_str text, bool bash, struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	struct pl_sh_node *n;
	struct pl_sh_parser p = {.arena = &a, .text = text, .what = "x", .line = 1, .bash = bash};
	int rc;
	while ((rc = pl_sh_parse_next(&p, &n, err)) > 0)
		assert_non_null(n);
	return rc;
}

static void errors_name_their_place(void **state)
{
	(void)state;
	static const struct {
		const char *text, *place;
	} bad[] = {
		{"echo a\nif true; then\necho b\n", "line 4"},
		{"echo a; fi\n", "line 1, column"},
		{"case x in\nesac )\n", "line 2"},
		{"echo 'open\n", "line"},
		{"echo \"open\n\nmore", "line"},
		{"echo $(echo\n", "line"},
		{"echo ${x\n", "line"},
		{"a=`echo\n", "line"},
		{"cat <<EOF\nno end\n", "here-document"},
		{"cat <<'E F'\nno end", "here-document"},
		{"while true; do echo; \n", "line 2"},
		{"for in x; do :; done\n", "line "},
		{"for 1x in a; do :; done\n", "line "},
		{"f() \n", "line 2"},
		{"( echo\n", "line 2"},
		{"{ echo; \n", "line 2"},
		{"echo a | \n", "line 2"},
		{"echo a && \n", "line 2"},
		{"echo >\n", "line "},
		{"}\n", "line 1, column"},
		{"done\n", "line 1, column"},
		{";;\n", "line 1, column"},
		{"if true\r\nthen\r\necho\r\nfi\r\n", "line"},
	};
	for (size_t i = 0; i < PL_COUNT(bad); i++) {
		struct pl_err err = {0};
		int rc = parse(pl_str_of(bad[i].text), false, &err);
		if (rc != -PL_INPUT || !strstr(err.msg, bad[i].place))
			fail_msg("%s: %d: %s", bad[i].text, rc, err.msg);
	}
}

static void nesting_has_an_end(void **state)
{
	(void)state;
	static const char *const units[] = {"(",  "{ ",     "$(",   "${a:-",         "if ",   "$((",
					    "! ", "while ", "\"$(", "case x in x) ", "<<a $("};
	for (size_t i = 0; i < PL_COUNT(units); i++)
		for (int bash = 0; bash <= 1; bash++) {
			PL_AUTO(buf) text = {.max = 1 << 22};
			struct pl_err err = {0};
			for (int k = 0; k < 100000; k++)
				pl_buf_adds(&text, units[i]);
			int rc = parse(pl_buf_str(&text), bash, &err);
			if (rc != -PL_INPUT && rc != -PL_LIMIT)
				fail_msg("%s: %d", units[i], rc);
		}
}

static void bashs_syntax_is_bashs(void **state)
{
	(void)state;
	static const char *const texts[] = {"a=(1 2)\n", "f() { local -a x=(1); }\n",
					    "function f { :; }\n",
					    "cat <<<x && [[ a == b || c ]]\n"};
	for (size_t i = 0; i < PL_COUNT(texts); i++) {
		struct pl_err err = {0};
		if (parse(pl_str_of(texts[i]), true, &err) != 0)
			fail_msg("%s: %s", texts[i], err.msg);
	}
	struct pl_err err = {0};
	assert_int_equal(parse(PL_STR("a=(1 2)\n"), false, &err), -PL_INPUT);
	assert_int_equal(parse(PL_STR("cat < <(echo)\n"), true, &err), -PL_INPUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_name_their_place),
		cmocka_unit_test(nesting_has_an_end),
		cmocka_unit_test(bashs_syntax_is_bashs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
