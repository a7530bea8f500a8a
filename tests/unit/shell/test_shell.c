// SPDX-License-Identifier: Apache-2.0
/* A shell's limits, and what it refuses: each with script and line. What it does well is compared
 * with dash (tests/differential/shell_dash.py). */
#include "shell/shell.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* A command of the caller's: says its arguments. */
static int run_model(struct pl_shell_call *call, struct pl_err *err)
{
	PL_AUTO(buf) out = {0};
	for (int i = 0; i < call->argc; i++)
		pl_buf_addf(&out, "<%s>", call->argv[i]);
	pl_buf_addc(&out, '\n');
	return pl_shell_write(call->shell, 1, pl_buf_str(&out), err);
}

/* xargs in small: runs its arguments as a command. */
static int run_other(struct pl_shell_call *call, struct pl_err *err)
{
	return pl_shell_external(call, call->argc - 1, call->argv + 1, NULL, 0, err);
}

static int run_random(struct pl_shell_call *call, struct pl_err *err)
{
	return pl_shell_finding(call, err, "a number by chance");
}

static const struct pl_shell_command commands[] = {
	{"model", run_model, true, false, NULL},
	{"other", run_other, true, false, NULL},
	{"random", run_random, true, false, NULL},
	{"tool", run_model, false, false, NULL},
};

struct fixture {
	struct pl_tree tree;
	struct pl_shell_world world;
	struct pl_shell *sh;
	struct pl_err err;
	int status;
	unsigned findings;
};

static int set_up(void **state)
{
	static const struct {
		const char *path, *text;
		uint32_t mode;
	} files[] = {
		{"etc/conf", "a=1\n", 0644},
		{"usr/bin/script", "#!/bin/sh -e\necho script $1\nfalse\necho no\n", 0755},
		{"usr/bin/program", "\177ELF", 0755},
		{"usr/bin/perl-script", "#!/usr/bin/perl\nprint 1;\n", 0755},
	};
	struct fixture *x = pl_xcalloc(1, sizeof(*x));
	pl_tree_init(&x->tree);
	for (size_t i = 0; i < PL_COUNT(files); i++)
		assert_int_equal(pl_tree_file(&x->tree, pl_str_of(files[i].path),
					      pl_str_of(files[i].text), files[i].mode, 0, 0, 1,
					      NULL, &x->err),
				 0);
	x->world = (struct pl_shell_world){.tree = &x->tree,
					   .epoch = 1,
					   .commands = commands,
					   .n_commands = PL_COUNT(commands)};
	*state = x;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *x = *state;
	pl_shell_free(x->sh);
	pl_tree_done(&x->tree);
	free(x);
	return 0;
}

static int run_dialect(struct fixture *x, struct pl_str text, bool bash)
{
	pl_shell_free(x->sh);
	x->sh = pl_shell_new(&x->world);
	x->err = (struct pl_err){0};
	x->status = -1;
	pl_shell_export(x->sh, "PATH", "/usr/bin:/bin");
	return pl_shell_run(x->sh, "postinst", text, bash, NULL, 0, &x->status, &x->err);
}

static int run(struct fixture *x, const char *text)
{
	return run_dialect(x, pl_str_of(text), false);
}

static void expect_output(struct fixture *x, const char *text, const char *output, int status)
{
	if (run(x, text) < 0)
		fail_msg("%s: %s", text, x->err.msg);
	PL_AUTOFREE char *out = pl_str_dup(pl_shell_output(x->sh));
	assert_string_equal(out, output);
	assert_int_equal(x->status, status);
}

static void expect_error(struct fixture *x, const char *text, int code, const char *part)
{
	int rc = run(x, text);
	if (rc != -code || !strstr(x->err.msg, part))
		fail_msg("%s: %d: %s", text, rc, x->err.msg);
}

static void limits_end_a_script(void **state)
{
	static const struct pl_shell_limits small = {.steps = 20000,
						     .output = 1 << 16,
						     .memory = 1 << 20,
						     .files = 1 << 19,
						     .depth = 50};
	struct fixture *x = *state;
	x->world.limits = &small;
	expect_error(x, "while :; do :; done", PL_LIMIT, "postinst: line 1");
	expect_error(x, "until false; do true; done", PL_LIMIT, "commands");
	expect_error(x, "\nf() { f; }\nf", PL_LIMIT, "line 2");
	expect_error(x, "f() { g; }; g() { (f); }; f", PL_LIMIT, "deep");
	expect_error(x, "f() { eval f; }; f", PL_LIMIT, "deep");
	expect_error(x, "f() { echo $(f); }; f", PL_LIMIT, "deep");
	expect_error(x, "echo '. ./s' >s; . ./s", PL_LIMIT, "deep");
	expect_error(x, "x=aaaaaaaa; while :; do x=$x$x; done", PL_LIMIT, "bytes");
	expect_error(x,
		     "x=0123456789abcdef; x=$x$x$x$x$x$x$x$x; x=$x$x$x$x$x$x$x$x\nwhile :; do echo "
		     "$x; done >f",
		     PL_LIMIT, "line 2");
	expect_error(
		x,
		"other other other other model >/dev/null; f() { other sh -c \"$1\" \"$1\"; }; "
		"other sh -c 'other sh -c \"$0\" \"$0\"' 'other sh -c \"$0\" \"$0\"'",
		PL_LIMIT, "deep");
	/* No one file is large, but each that was is kept: the tree's arena only grows. */
	expect_error(x,
		     "x=0123456789abcdef; x=$x$x$x$x$x$x$x$x; x=$x$x$x$x$x$x$x$x; x=$x$x$x$x\n"
		     "while :; do\necho \"$x\" >f; done",
		     PL_LIMIT,
		     "postinst: line 3: the files of the image that are written take more than");
	/* A buffer knows no place. */
	expect_error(x,
		     "x=0123456789abcdef; x=$x$x$x$x$x$x$x$x\nx=$x$x$x$x$x$x$x$x\n"
		     ":\nx=$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$"
		     "x$x$x$x"
		     "$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x",
		     PL_LIMIT, "postinst: line 4: an expansion: larger than");
	expect_error(x, "set --; while :; do set -- \"$@\" a a a a a a; done", PL_LIMIT, "line 1");
}

static void what_is_no_script_is_refused(void **state)
{
	struct fixture *x = *state;
	assert_int_equal(run_dialect(x, (struct pl_str){"echo a\0b\n", 9}, false), -PL_INPUT);
	assert_non_null(strstr(x->err.msg, "NUL"));
	expect_error(x, "if true; then\r\n echo\r\nfi\r\n", PL_INPUT, "line");
	expect_error(x, "echo a\ncat <<EOF\nx\n", PL_INPUT, "no line says EOF");
	expect_output(x, "model a\r\n", "<model><a\r>\n", 0); /* as dash has it */
}

static void only_what_is_known_runs(void **state)
{
	struct fixture *x = *state;
	expect_error(x, "echo a\n\nprogram x", PL_SCRIPTS,
		     "postinst: line 3: runs /usr/bin/program");
	expect_error(x, "perl-script", PL_SCRIPTS, "perl-script");
	expect_error(x, "/usr/bin/program", PL_SCRIPTS, "/usr/bin/program");
	expect_error(x, "other program", PL_SCRIPTS, "program");
	expect_error(x, "umask u=rwx", PL_SCRIPTS, "umask");
	expect_error(x, "trap 'echo a' HUP; kill -TERM $$", PL_SCRIPTS, "kills itself with TERM");
	expect_error(x, "CDPATH=/usr; cd bin", PL_SCRIPTS, "CDPATH");
	expect_error(x, "set -- a b; echo ${@#a}", PL_SCRIPTS, "a pattern cut from $@");
	expect_error(x, "set -o", PL_SCRIPTS, "set -o");
	expect_output(x, "nothere; echo $?; ./nothere; echo $?; tool; echo $?", "127\n127\n127\n",
		      0);
	expect_output(x, "script a; echo $?; other script b; echo $?", "script a\n1\nscript b\n1\n",
		      0);
	expect_output(x, "model a 'b c'; /usr/bin/model d; other model e",
		      "<model><a><b c>\n</usr/bin/model><d>\n<model><e>\n", 0);
	/* A function wins over a model, but not for what runs a command of its own. */
	expect_output(x, "model() { echo mine \"$@\"; }; model a; command model b; other model c",
		      "mine a\n<model><b>\n<model><c>\n", 0);
	expect_output(x, "alias model='echo alias'\nmodel x", "alias x\n", 0);
	expect_output(x, "command -v model; command -v tool; echo $?; command -v script sh",
		      "/usr/bin/model\n127\n/usr/bin/script\n", 0);
}

static void programs_are_not_builtins(void **state)
{
	struct fixture *x = *state;
	expect_output(x, "echo 'a\\tb'; /bin/echo 'a\\tb'; other echo -e 'c\\td'",
		      "a\tb\na\\tb\nc\td\n", 0);
	expect_output(x, "/bin/true && other test a = a && other [ a = a ] && echo fine", "fine\n",
		      0);
	expect_output(x, "other cd / ; echo $?", "127\n", 0);
	expect_output(x, "sh -c 'echo $0 $1' a b; sh -ec 'false; echo no'; echo $?", "a b\n1\n", 0);
	expect_output(x, "x=1; export y=2; sh -c 'echo \"<$x><$y>\"'", "<><2>\n", 0);
	expect_error(x, "sh -o pipefail -c true", PL_SCRIPTS, "sh");
	expect_output(x, "#!/bin/sh -e\nfalse\necho no", "", 1);
}

static void sourcing_stays_in_the_tree(void **state)
{
	struct fixture *x = *state;
	expect_output(x, ". /etc/conf; echo $a", "1\n", 0);
	expect_output(x, ". /dev/null; echo fine", "fine\n", 0);
	expect_error(x, ". /etc", PL_INPUT, "line 1: sources /etc");
	assert_int_equal(pl_tree_symlink(&x->tree, PL_STR("etc/out"), PL_STR("/proc/self/environ"),
					 1, NULL, &x->err),
			 0);
	assert_int_equal(pl_tree_symlink(&x->tree, PL_STR("etc/up"),
					 PL_STR("../../../../etc/hostname"), 1, NULL, &x->err),
			 0);
	assert_int_equal(run(x, ". /etc/out"), 0);
	assert_int_equal(x->status, 2);
	assert_int_equal(run(x, ". /etc/up"), 0);
	assert_int_equal(x->status, 2);
	expect_error(x, "read a </dev/urandom", PL_SCRIPTS, "/dev/urandom");
	expect_error(x, "read a </dev/zero", PL_SCRIPTS, "/dev/zero");
}

static void links_are_followed_when_written(void **state)
{
	struct fixture *x = *state;
	assert_int_equal(
		pl_tree_symlink(&x->tree, PL_STR("etc/link"), PL_STR("conf"), 1, NULL, &x->err), 0);
	assert_int_equal(
		pl_tree_symlink(&x->tree, PL_STR("etc/new"), PL_STR("../made"), 1, NULL, &x->err),
		0);
	assert_int_equal(
		pl_tree_symlink(&x->tree, PL_STR("loop"), PL_STR("loop"), 1, NULL, &x->err), 0);
	expect_output(x, "echo x >/etc/link; echo y >/etc/new; echo z >/loop; echo $?", "2\n", 0);
	const struct pl_node *n = pl_tree_get(&x->tree, PL_STR("etc/conf"));
	assert_true(pl_str_is(n->bytes, "x\n"));
	n = pl_tree_get(&x->tree, PL_STR("made"));
	assert_true(n && pl_str_is(n->bytes, "y\n"));
	assert_int_equal(pl_tree_get(&x->tree, PL_STR("etc/link"))->type, PL_TAR_SYMLINK);
}

static void bash_is_refused_where_it_is_not_known(void **state)
{
	struct fixture *x = *state;
	static const char *const texts[] = {
		"echo {a,b}",       "echo x{1..3}",
		"declare -A m",     "shopt -s nullglob",
		"mapfile a",        "printf -v x %s y",
		"echo $RANDOM",     "echo ${FUNCNAME[0]}",
		"trap 'echo' ERR",  "unset 'a[0]'",
		"a=b; echo ${a@Q}", "a=(1 2); echo \"${a[@]:1}\"",
		"echo $((2**3))",   "local_=1; f() { local -i n=1; }; f",
		"export -f f",      "[[ a =~ a ]]; echo ${BASH_REMATCH[0]}",
		"set -E",           "type -t echo",
		"a[-1]=x",
	};
	for (size_t i = 0; i < PL_COUNT(texts); i++) {
		int rc = run_dialect(x, pl_str_of(texts[i]), true);
		if (rc != -PL_SCRIPTS)
			fail_msg("%s: %d: %s", texts[i], rc, x->err.msg);
	}
	assert_int_equal(run_dialect(x, PL_STR("cat < <(echo)"), true), -PL_INPUT);
}

static void hear(void *ctx, const char *script, unsigned line, const char *command,
		 const char *what)
{
	struct fixture *x = ctx;
	assert_string_equal(script, "postinst");
	assert_int_equal(line, 2);
	assert_string_equal(command, "random");
	assert_string_equal(what, "a number by chance");
	x->findings++;
}

static void findings_are_heard_or_refused(void **state)
{
	struct fixture *x = *state;
	expect_error(x, "\nrandom", PL_SCRIPTS, "line 2: random: a number by chance");
	x->world.finding = hear;
	x->world.finding_ctx = x;
	expect_output(x, "\nrandom", "", 0);
	assert_int_equal(x->findings, 1);
}

/* Another user's home is the image's, in any line of the script that made the account. */
static void homes_are_the_images(void **state)
{
	struct fixture *x = *state;
	expect_output(x,
		      "echo ~ftp ~\"ftp\"; echo 'ftp:x:9:9:,:/srv/ftp:/bin/sh' >/etc/passwd\n"
		      "a=~ftp; u=ftp; echo ~ftp/x ~ftp $a ~none/x ~$u x~ftp",
		      "~ftp ~ftp\n/srv/ftp/x /srv/ftp /srv/ftp ~none/x ~ftp x~ftp\n", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(limits_end_a_script, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_no_script_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(only_what_is_known_runs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(programs_are_not_builtins, set_up, tear_down),
		cmocka_unit_test_setup_teardown(sourcing_stays_in_the_tree, set_up, tear_down),
		cmocka_unit_test_setup_teardown(links_are_followed_when_written, set_up, tear_down),
		cmocka_unit_test_setup_teardown(bash_is_refused_where_it_is_not_known, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(findings_are_heard_or_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(homes_are_the_images, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
