// SPDX-License-Identifier: Apache-2.0
/* awk: what it refuses, by line, and that it ends. What it does well is compared with mawk
 * (tests/cases/shell/awk.sh). */
#include "commands/commands.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static int run(const char *program, struct pl_err *err)
{
	struct pl_tree tree;
	struct pl_effect_input in = {.epoch = 1};
	struct pl_command_world own = {.in = &in, .as_real = true};
	struct pl_shell_world world = {.tree = &tree,
				       .epoch = 1,
				       .commands = pl_unix_commands,
				       .n_commands = pl_unix_commands_n,
				       .own = &own};
	int status;
	pl_tree_init(&tree);
	struct pl_shell *sh = pl_shell_new(&world);
	const char *args[] = {program};
	int rc = pl_shell_run(sh, "postinst", PL_STR("\nprintf 'a b\\nc d\\n' | awk \"$1\"\n"),
			      false, args, 1, &status, err);
	pl_shell_free(sh);
	pl_tree_done(&tree);
	return rc;
}

static void programs_that_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *program;
		int code;
		const char *part;
	} bad[] = {
		{"{print", PL_INPUT, "line 1"},
		{"BEGIN {\nx = }\n", PL_INPUT, "line 2"},
		{"\n\n{ print \"open }", PL_INPUT, "line 3"},
		{"/open", PL_INPUT, "line 1"},
		{"{ if (1 }", PL_INPUT, "line 1"},
		{"BEGIN { 1 = 2 }", PL_INPUT, "assignment"},
		{"@include \"x\"", PL_INPUT, "line 1"},
		{"function f(x) {return x}\n{print f(1)}", PL_SCRIPTS, "function"},
		{"{ print f(1) }", PL_SCRIPTS, "function f"},
		{"{ getline; print }", PL_SCRIPTS, "getline"},
		{"{ \"date\" | getline x }", PL_SCRIPTS, "not known"},
		{"{ print | \"sort\" }", PL_SCRIPTS, "pipe"},
		{"BEGIN { system(\"reboot\") }", PL_SCRIPTS, "system"},
		{"BEGIN { print rand() }", PL_SCRIPTS, "rand"},
		{"BEGIN { print systime() }", PL_SCRIPTS, "systime"},
		{"{ a[$1] } END { for (k in a) print k }", PL_SCRIPTS, "whose order counts"},
		{"{ a[$1] } END { for (k in a) print 1 >\"f\" }", PL_SCRIPTS, "whose order"},
		{"{ a[$1] } END { for (k in a) for (l in a) delete a[l] }", PL_SCRIPTS, "delete"},
		{"BEGIN { for (k in ENVIRON) n++ }", PL_SCRIPTS, "ENVIRON"},
		{"/a{2}/", PL_SCRIPTS, "a{2}"},
		{"BEGIN { x = \"\\\\sa\"; if (\" a\" ~ x) print }", PL_SCRIPTS, "sa/ is not known"},
		{"BEGIN { print ARGV[1] }", PL_SCRIPTS, "ARGV"},
		{"BEGIN { RS = \"\" } { print }", PL_SCRIPTS, "record separator"},
		{"BEGIN { print 1 / 0 }", PL_SCRIPTS, "division"},
		{"{ $(-1) = 2 }", PL_SCRIPTS, "field"},
		{"BEGIN { while (1) x++ }", PL_LIMIT, "commands"},
		{"BEGIN { for (;;) ; }", PL_LIMIT, "commands"},
		{"BEGIN { x = \"aaaaaaaa\"; while (1) x = x x }", PL_LIMIT, "too large"},
		{"BEGIN { while (1) a[i++] = \"\" }", PL_LIMIT, ""},
		{"{ $100000000 = 1 }", PL_SCRIPTS, "field"},
		{"BEGIN { NF = 1e9 }", PL_SCRIPTS, "fields"},
	};
	for (size_t i = 0; i < PL_COUNT(bad); i++) {
		struct pl_err err = {0};
		int rc = run(bad[i].program, &err);
		if (rc != -bad[i].code || !strstr(err.msg, bad[i].part) ||
		    !strstr(err.msg, "postinst: line 2"))
			fail_msg("%s: %d: %s", bad[i].program, rc, err.msg);
	}
}

static void nesting_has_an_end(void **state)
{
	(void)state;
	static const char *const units[] = {"(",  "{",  "!",     "-",  "$",  "x=",     "x^",
					    "1?", "a[", "if(1)", "++", "1+", "\"a\" ", "1,"};
	for (size_t i = 0; i < PL_COUNT(units); i++) {
		PL_AUTO(buf) text = {.max = 1 << 20};
		struct pl_err err = {0};
		pl_buf_adds(&text, "BEGIN { ");
		for (int k = 0; k < 8000; k++)
			pl_buf_adds(&text, units[i]);
		pl_buf_adds(&text, "1 }");
		if (run(text.p, &err) != -PL_INPUT)
			fail_msg("%s: %s", units[i], err.msg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_that_are_refused),
		cmocka_unit_test(nesting_has_an_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
