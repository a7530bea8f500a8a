// SPDX-License-Identifier: Apache-2.0
/* Recipes: how they are written, and what they answer to a script's commands. */
#include "debian/commands/commands.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define DIGEST "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

struct fixture {
	struct pl_arena arena;
	struct pl_recipes recipes;
	struct pl_err err;
};

static int parse(struct fixture *x, const char *text)
{
	return pl_recipes_parse(&x->arena, pl_str_of(text), "x.recipe", &x->recipes, &x->err);
}

static void test_parse(void **state)
{
	static const enum pl_recipe_answer_kind kinds[] = {PL_RECIPE_SKIPPED,  PL_RECIPE_CACHED,
							   PL_RECIPE_DEFERRED, PL_RECIPE_PRINTS,
							   PL_RECIPE_FAILS,    PL_RECIPE_RUNS};
	struct fixture x = {0};
	(void)state;
	int rc = parse(&x, "# a comment\n\n"
			   "package mariadb-server*\n"
			   "command \"/usr/sbin/init --all *\" skipped \"why # not\" # said\n"
			   "  command cache cached \"a \\\"b\\\"\\t\\\\\\n\"\n"
			   "command k deferred \"\"\n"
			   "package other\n"
			   "command p prints \"two\\nlines\\n\"\ncommand f fails -\ncommand r runs "
			   "\"echo $1\"");
	assert_string_equal(x.err.msg, "");
	assert_int_equal(rc, 0);
	assert_int_equal(x.recipes.n, PL_COUNT(kinds));
	for (size_t i = 0; i < x.recipes.n; i++) {
		assert_int_equal(x.recipes.v[i].kind, kinds[i]);
		assert_string_equal(x.recipes.v[i].package, i < 3 ? "mariadb-server*" : "other");
	}
	assert_string_equal(x.recipes.v[0].command, "/usr/sbin/init --all *");
	assert_string_equal(x.recipes.v[0].program, "init");
	assert_string_equal(x.recipes.v[0].text, "why # not");
	assert_string_equal(x.recipes.v[1].text, "a \"b\"\t\\\n");
	assert_string_equal(x.recipes.v[2].text, "");
	assert_string_equal(x.recipes.v[3].text, "two\nlines\n");
	pl_arena_done(&x.arena);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{"command a skipped b", "x.recipe:1: no 'package NAME' before it"},
		{"package a\n\ncommand b skipped",
		 "x.recipe:3: wanted: command \"WORDS\" KIND \"TEXT\""},
		{"package a\ncommand b skipped c d",
		 "x.recipe:2: wanted: command \"WORDS\" KIND \"TEXT\""},
		{"package a\ncommand b ignored c",
		 "x.recipe:2: wanted skipped, cached, deferred, secret, prints, fails or runs"},
		{"package", "x.recipe:1: wanted: package NAME"},
		{"package a b", "x.recipe:1: wanted: package NAME"},
		{"preinst covered x", "x.recipe:1: wanted 'package', 'command' or 'script'"},
		{"script postinst why " DIGEST, "x.recipe:1: no 'package NAME' before it"},
		{"package a\nscript postinst why\nend",
		 "x.recipe:2: wanted: script NAME \"REASON\" SHA256..."},
		{"package a\nscript postinst why abc\nend",
		 "x.recipe:2: wanted the hash of a script, 64 hexadecimal digits"},
		{"package a\nscript postinst why " DIGEST "\ntrue",
		 "x.recipe:3: a script has no 'end'"},
		{"package \"a", "x.recipe:1: a word in quotes has no end"},
		{"package \"a\\x\"", "x.recipe:1: only \\n, \\t, \\\" and \\\\ are known"},
		{"package \"a\\", "x.recipe:1: only \\n, \\t, \\\" and \\\\ are known"},
		{"package a\ncommand \"\" skipped b",
		 "x.recipe:2: the program's name itself is no pattern"},
		{"package a\ncommand \"*/b* c\" skipped b",
		 "x.recipe:2: the program's name itself is no pattern"},
	};
	(void)state;
	for (size_t i = 0; i < PL_COUNT(rows); i++) {
		struct fixture x = {0};
		assert_int_equal(parse(&x, rows[i].text), -PL_INPUT);
		assert_string_equal(x.err.msg, rows[i].error);
		pl_arena_done(&x.arena);
	}
}

/* A script of those hashes, of a package of that name. */
static void test_scripts(void **state)
{
	struct fixture x = {0};
	struct pl_digest known, other = {{0}};
	(void)state;
	assert_true(pl_digest_parse_hex(PL_STR(DIGEST), &known));
	int rc = parse(&x, "package p-*\nscript postinst \"reads the clock\" " DIGEST "\n"
			   "if true; then\n\techo a\nfi\n end\npackage q\n"
			   "script preinst nothing " DIGEST "\nend\ncommand c skipped why");
	assert_string_equal(x.err.msg, "");
	assert_int_equal(rc, 0);
	assert_int_equal(x.recipes.n, 1);
	assert_int_equal(x.recipes.n_scripts, 2);
	const struct pl_recipe_script *s =
		pl_recipe_script_find(&x.recipes, PL_STR("p-15"), "postinst", &known);
	assert_ptr_equal(s, &x.recipes.scripts[0]);
	assert_string_equal(s->reason, "reads the clock");
	assert_true(pl_str_is(s->text, "if true; then\n\techo a\nfi\n"));
	assert_int_equal(x.recipes.scripts[1].text.n, 0);
	assert_null(pl_recipe_script_find(&x.recipes, PL_STR("p-15"), "postinst", &other));
	assert_null(pl_recipe_script_find(&x.recipes, PL_STR("p-15"), "preinst", &known));
	assert_null(pl_recipe_script_find(&x.recipes, PL_STR("q"), "postinst", &known));
	pl_arena_done(&x.arena);
}

/* Those of recipes/, as they are in the program. */
static void test_own(void **state)
{
	struct fixture x = {0};
	(void)state;
	assert_int_equal(parse(&x, pl_recipes_text), 0);
	assert_true(x.recipes.n > 0);
	/* The lines of a script are as they stand, with comments and empty lines. */
	struct pl_digest sha256;
	assert_true(pl_digest_parse_hex(
		PL_STR("047ceb3aed9f6890b6a0c12bba5c2e399d195b59e138023c7342baf3739cb377"),
		&sha256));
	const struct pl_recipe_script *s =
		pl_recipe_script_find(&x.recipes, PL_STR("libgvc6"), "postinst", &sha256);
	assert_non_null(s);
	assert_non_null(strstr(s->text.p, "time of install.\n\n# You may"));
	assert_non_null(strstr(s->text.p, "\n\tdevice {\n\t\tdot:dot 1\n"));
	pl_arena_done(&x.arena);
}

/* -- answers -- */

static void tell(void *ctx, const struct pl_install_event *e)
{
	pl_buf_addf(ctx, "%d:%u " PL_STR_FMT "\n", e->kind, e->line, PL_STR_ARG(e->text));
}

/* Runs a script of a package with these recipes in place of the program's; those have probe. */
static int answer(const char *recipes, const char *package, const char *script, char *output,
		  struct pl_buf *events, struct pl_err *err)
{
	const struct pl_effect_input in = {.platform = pl_platform_of_debian(PL_STR("amd64"))};
	const struct pl_recipe_file file = {"x", pl_str_of(recipes)};
	const struct pl_installation installation = {
		.recipes = &file, .n_recipes = 1, .tell = tell, .ctx = events};
	struct pl_debian_world w;
	struct pl_tree tree;
	int status = -1;
	pl_tree_init(&tree);
	int rc = pl_tree_file(&tree, PL_STR("usr/bin/probe"), PL_STR("\177ELF"), 0755, 0, 0, 1,
			      NULL, err);
	assert_int_equal(rc, 0);
	assert_int_equal(pl_debian_world_init(&w, &tree, &in, 1, &installation, err), 0);
	w.packages[0].name = pl_str_of(package);
	w.current = &w.packages[0];
	w.script = "postinst";
	const struct pl_shell_world world = {
		.tree = &tree, .commands = w.commands, .n_commands = w.n_commands, .own = &w};
	struct pl_shell *sh = pl_shell_new(&world);
	pl_shell_export(sh, "PATH", "/usr/bin");
	rc = pl_shell_run(sh, "postinst", pl_str_of(script), false, NULL, 0, &status, err);
	struct pl_str out = pl_shell_output(sh);
	snprintf(output, 256, PL_STR_FMT, PL_STR_ARG(out));
	pl_shell_free(sh);
	pl_debian_world_done(&w);
	pl_tree_done(&tree);
	return rc < 0 ? rc : status;
}

static void expect(const char *recipes, const char *package, const char *script, int status,
		   const char *output, const char *events)
{
	PL_AUTO(buf) said = {0};
	struct pl_err err = {0};
	char out[256];
	int rc = answer(recipes, package, script, out, &said, &err);
	if (rc != status)
		fail_msg("%s: %d: %s", script, rc, err.msg);
	assert_string_equal(out, output);
	assert_string_equal(said.n ? said.p : "", events);
}

static void test_answers(void **state)
{
	PL_AUTO(buf) events = {0};
	struct pl_err err = {0};
	char text[64], out[256];
	(void)state;
	snprintf(text, sizeof(text), "%d:1 why\n", PL_INSTALL_RUNNING);
	expect("package p\ncommand \"probe -a\" skipped why", "p", "probe -a; echo $?", 0, "0\n",
	       text);
	expect("package p\ncommand \"probe -a\" fails why", "p", "probe -a || echo $?", 0, "1\n",
	       text);
	snprintf(text, sizeof(text), "%d:1 why\n", PL_INSTALL_RUN_TIME);
	expect("package p\ncommand \"probe *\" cached why", "p", "probe -x /a/b 'c d'", 0, "",
	       text);
	snprintf(text, sizeof(text), "%d:2 run it\n", PL_INSTALL_DEFERRED);
	expect("package p\ncommand \"probe *\" deferred \"run it\"", "p", "\nprobe -k", 0, "",
	       text);
	expect("package p\ncommand probe prints \"a\\nb\\n\"", "p",
	       "probe | { read x; echo \"<$x>\"; }", 0, "<a>\n", "");
	expect("package p\ncommand \"probe *\" runs \"echo $1,$2; exit 3\"", "p",
	       "probe a 'b c' || echo $?", 0, "a,b c\n3\n", "");
	/* The first that fits; the program wherever it lies; the package by its pattern. */
	expect("package q\ncommand probe prints q\npackage p-*\ncommand /sbin/probe prints p\n"
	       "command probe prints late",
	       "p-15", "/usr/bin/probe", 0, "p", "");
	/* What no recipe says of a command is what its model says. */
	snprintf(text, sizeof(text), "%d:1 ldconfig -X\n", PL_INSTALL_RUNNING);
	expect("package p\ncommand \"probe *\" prints no", "p", "ldconfig -X", 0, "", text);
	/* Other words, and other packages: the program of the tree is not interpreted. */
	static const char *const others[][2] = {
		{"p", "probe -b"}, {"p", "probe -a c"}, {"q", "probe -a"}};
	for (size_t i = 0; i < PL_COUNT(others); i++) {
		int rc = answer("package p\ncommand \"probe -a\" skipped why", others[i][0],
				others[i][1], out, &events, &err);
		assert_int_equal(rc, -PL_SCRIPTS);
		assert_non_null(strstr(err.msg, "postinst: line 1: runs /usr/bin/probe, a program "
						"that is not interpreted"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),   cmocka_unit_test(test_refused),
		cmocka_unit_test(test_scripts), cmocka_unit_test(test_own),
		cmocka_unit_test(test_answers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
