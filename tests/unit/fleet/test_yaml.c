// SPDX-License-Identifier: Apache-2.0
#include "fleet_dir.h"

static void fails(const char *text, size_t n, enum pl_code code, const char *want)
{
	PL_AUTO(arena) a = {0};
	struct pl_err err = {0};
	struct pl_yaml *y = NULL;
	assert_int_equal(pl_yaml_parse(&a, (struct pl_str){text, n}, "f.yaml", &y, &err),
			 -(int)code);
	assert_null(y);
	assert_string_equal(err.msg, want);
}
#define FAILS(text, want) fails("" text, sizeof(text) - 1, PL_INPUT, want)

static void test_refused(void **state)
{
	(void)state;
	FAILS("", "f.yaml:1:1: the file is empty");
	FAILS("# nothing\n", "f.yaml:1:1: the file is empty");
	FAILS("a: &x 1\n", "f.yaml:1:4: anchors ('&') are not used here");
	FAILS("a: &x [1]\n", "f.yaml:1:4: anchors ('&') are not used here");
	FAILS("a: *x\n", "f.yaml:1:4: aliases ('*') are not used here; quote the text if it begins "
			 "with '*'");
	FAILS("a: !!str 1\n", "f.yaml:1:4: tags ('!') are not used here");
	FAILS("a: !x {b: 1}\n", "f.yaml:1:4: tags ('!') are not used here");
	FAILS("a: 1\n<<: {b: 1}\n", "f.yaml:2:1: merge keys ('<<') are not used here; 'extends' "
				    "shares settings between definitions");
	FAILS("a: 1\nb:\n  c: 1\n  c: 2\n",
	      "f.yaml:4:3: 'c' is given twice; the first is in line 3");
	FAILS("a: 1\n\"a\": 1\n", "f.yaml:2:1: 'a' is given twice; the first is in line 1");
	FAILS("a: 1\n---\nb: 1\n",
	      "f.yaml:2:1: a second document; write it into a file of its own");
	FAILS("%YAML 1.1\n---\na: 1\n", "f.yaml:1:1: directives ('%') are not used here");
	FAILS("? [a]\n: 1\n", "f.yaml:1:3: a key must be text, not a list or a map");
	FAILS("\"\": 1\n", "f.yaml:1:1: a key is empty");
	FAILS("a: \"x\\0y\"\n", "f.yaml:1:4: text with a NUL byte");
	FAILS("a: [1\nb: 2\n", "f.yaml:2:2: not valid YAML: did not find expected ',' or ']', "
			       "while parsing a flow sequence");
	FAILS("a:\n\tb: 1\n", "f.yaml:2:1: not valid YAML: found character that cannot start any "
			      "token, while scanning for the next token");
	FAILS("\xff\xfe"
	      "a\0:\0",
	      "f.yaml:1:1: not valid UTF-8 text: invalid leading UTF-8 octet");
}

static void test_limits(void **state)
{
	(void)state;
	PL_AUTO(buf) b = {0};
	for (int i = 0; i < 33; i++)
		pl_buf_addc(&b, '[');
	fails(b.p, b.n, PL_LIMIT, "f.yaml:1:33: nested deeper than 32");
	pl_buf_clear(&b);
	pl_buf_adds(&b, "[");
	for (int i = 0; i < 100000; i++)
		pl_buf_adds(&b, "1,\n");
	pl_buf_adds(&b, "]");
	fails(b.p, b.n, PL_LIMIT, "f.yaml:100000:1: more than 100000 values in one file; split it");
	pl_buf_zero(&b, 1 << 20);
	fails(b.p, b.n, PL_LIMIT, "f.yaml: larger than 1 MiB");
}

static void test_tree(void **state)
{
	(void)state;
	static const char text[] = "\xef\xbb\xbf# c\nname: 1.10\nlist:\n- a\n- 'b'\n-\n"
				   "text: |\n  x\r\n  y\nflow: {k: [1, {z: \"~\"}], e: {}}\n";
	PL_AUTO(arena) a = {0};
	struct pl_err err = {0};
	struct pl_yaml *y = NULL;
	assert_int_equal(pl_yaml_parse(&a, pl_str_of(text), "d/f.yaml", &y, &err), 0);
	assert_int_equal(y->kind, PL_YAML_MAP);
	assert_int_equal(y->n, 4);
	const struct pl_yaml *name = pl_yaml_get(y, "name"), *list = pl_yaml_get(y, "list");
	assert_true(pl_str_is(name->text, "1.10") && !name->quoted); /* no number: 1.1 it is not */
	assert_int_equal(name->line, 2);
	assert_int_equal(name->column, 7);
	assert_int_equal(list->kind, PL_YAML_LIST);
	assert_int_equal(list->n, 3);
	assert_true(!list->item[0]->quoted && list->item[1]->quoted && !list->item[2]->quoted);
	assert_true(list->item[2]->text.n == 0);
	assert_int_equal(list->item[1]->line, 5);
	assert_true(pl_str_is(pl_yaml_get(y, "text")->text, "x\ny\n"));
	const struct pl_yaml *k = pl_yaml_get(pl_yaml_get(y, "flow"), "k");
	const struct pl_yaml *z = pl_yaml_get(k->item[1], "z");
	assert_true(pl_str_is(z->text, "~") && z->quoted);
	assert_int_equal(pl_yaml_get(pl_yaml_get(y, "flow"), "e")->n, 0);
	assert_null(pl_yaml_get(y, "nam"));
	assert_null(pl_yaml_get(name, "name"));
	assert_null(pl_yaml_get(NULL, "name"));
	assert_int_equal(pl_yaml_fail(z, &err, "%s", "no"), -PL_INPUT);
	assert_string_equal(err.msg, "d/f.yaml:10:19: no");
}

static void test_known(void **state)
{
	(void)state;
	static const char *const known[] = {"entrypoint", "env", NULL};
	PL_AUTO(arena) a = {0};
	struct pl_err err = {0};
	struct pl_yaml *y = NULL;
	assert_int_equal(pl_yaml_parse(&a, PL_STR("env: 1\nentrypont: 2\n"), "f", &y, &err), 0);
	assert_int_equal(pl_yaml_known(y, known, &err), -PL_INPUT);
	assert_string_equal(err.msg, "f:2:1: unknown key 'entrypont'; did you mean 'entrypoint'?");
	assert_int_equal(pl_yaml_parse(&a, PL_STR("\"a\\e[1m\": 1\n"), "f", &y, &err), 0);
	assert_int_equal(pl_yaml_known(y, known, &err), -PL_INPUT);
	assert_string_equal(err.msg, "f:1:1: unknown key 'a\\x1b[1m'; known here: entrypoint, env");
	assert_int_equal(pl_yaml_parse(&a, PL_STR("env: 1\n"), "f", &y, &err), 0);
	assert_int_equal(pl_yaml_known(y, known, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
