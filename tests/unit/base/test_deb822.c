// SPDX-License-Identifier: Apache-2.0
#include "base/buf.h"
#include "base/deb822.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct pl_deb822_reader reader(const char *text)
{
	return (struct pl_deb822_reader){.rest = pl_str_of(text), .what = "in"};
}

static void expect(const struct pl_deb822 *p, const char *name, const char *value)
{
	struct pl_str v = pl_deb822_get(p, name);
	if (!pl_str_eq(v, pl_str_of(value)) || !v.p != !value)
		fail_msg("%s is '%.*s'", name, (int)v.n, v.p ? v.p : "");
}

static void test_paragraphs(void **state)
{
	struct pl_deb822_reader r = reader("\n \t\nPackage: a\nVersion:1.0\t \nDescription: short\n"
					   " long\n .\n\tmore \n  \t \nPACKAGE :x\n");
	static struct pl_deb822 p;
	struct pl_err err = {0};
	assert_int_equal(pl_deb822_next(&r, false, &p, &err), 1);
	assert_int_equal(p.n, 3);
	expect(&p, "package", "a");
	expect(&p, "Version", "1.0");
	expect(&p, "DESCRIPTION", "short\n long\n .\n\tmore");
	expect(&p, "Descriptio", NULL);
	assert_int_equal(p.f[0].line, 3);
	assert_int_equal(p.f[2].line, 5);
	assert_true(pl_str_is(
		p.text, "Package: a\nVersion:1.0\t \nDescription: short\n long\n .\n\tmore "));
	/* A blank before the colon is no field name (Policy 5.1). */
	assert_int_equal(pl_deb822_next(&r, false, &p, &err), -PL_INPUT);
	assert_string_equal(err.msg, "in:10: not a control field: 'PACKAGE :x'");

	r = reader("A: 1\n\n\n\nB:\n 2\nC:\r\n\r\nD: 4");
	assert_int_equal(pl_deb822_next(&r, false, &p, &err), 1);
	assert_int_equal(p.n, 1);
	assert_int_equal(pl_deb822_next(&r, false, &p, &err), 1);
	expect(&p, "A", NULL);
	expect(&p, "B", "2");
	expect(&p, "C", "");
	assert_int_equal(pl_deb822_next(&r, false, &p, &err), 1);
	expect(&p, "D", "4"); /* no newline at the end */
	assert_int_equal(p.f[0].line, 9);
	assert_int_equal(pl_deb822_next(&r, false, &p, &err), 0);
	assert_int_equal(pl_deb822_next(&r, false, &p, &err), 0);
	r = reader("");
	assert_int_equal(pl_deb822_next(&r, false, &p, &err), 0);
	r = reader(NULL);
	assert_int_equal(pl_deb822_next(&r, false, &p, &err), 0);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *message;
	} v[] = {
		{"A: 1\na: 2\n", "in:2: field a appears twice"},
		{" x\n", "in:1: continuation line without a field"},
		{"A: 1\n\n x\n", "in:3: continuation line without a field"},
		{"A: 1\nnonsense\n", "in:2: not a control field: 'nonsense'"},
		{": x\n", "in:1: not a control field: ': x'"},
		{"-A: x\n", "in:1: not a control field: '-A: x'"},
		{"#A: x\n", "in:1: not a control field: '#A: x'"},
		{"A\xc3\xa9: x\n", "in:1: not a control field: 'A\xc3\xa9: x'"},
		{"A\x1b: x\n", "in:1: not a control field: 'A\\x1b: x'"},
	};
	static struct pl_deb822 p;
	for (size_t i = 0; i < PL_COUNT(v); i++) {
		struct pl_err err = {0};
		struct pl_deb822_reader r = reader(v[i].text);
		int rc = pl_deb822_next(&r, false, &p, &err);
		if (rc == 1)
			rc = pl_deb822_next(&r, false, &p, &err);
		assert_int_equal(rc, -PL_INPUT);
		assert_string_equal(err.msg, v[i].message);
	}
}

/* To C programs a text ends at a NUL, to others it goes on. */
static void test_nul(void **state)
{
	static struct pl_deb822 p;
	struct pl_err err = {0};
	struct pl_deb822_reader r = reader("");
	r.rest = PL_STR("A: 1\nB: x\0y\n");
	(void)state;
	assert_int_equal(pl_deb822_next(&r, false, &p, &err), -PL_INPUT);
	assert_string_equal(err.msg, "in:2: a NUL in the text");
}

static void test_field_limit(void **state)
{
	static struct pl_deb822 p;
	PL_AUTO(buf) b = {0};
	struct pl_err err = {0};
	for (int i = 0; i < PL_DEB822_FIELDS; i++)
		pl_buf_addf(&b, "F%d: %d\n", i, i);
	struct pl_deb822_reader r = reader(b.p);
	assert_int_equal(pl_deb822_next(&r, false, &p, &err), 1);
	assert_int_equal(p.n, 256);
	expect(&p, "F255", "255");
	pl_buf_adds(&b, "F256: 1\n");
	r = reader(b.p);
	assert_int_equal(pl_deb822_next(&r, false, &p, &err), -PL_LIMIT);
	assert_string_equal(err.msg, "in:257: more than 256 fields in a paragraph");
}

static void test_comments(void **state)
{
	static const char text[] =
		"# head\nTypes: deb\n# between\nSuites: a\n# inside\n b\n#again\n "
		"#c\n# after\n\n#only\n\nURIs:\n# x\n http://e/#f\n#end";
	static struct pl_deb822 p;
	struct pl_err err = {0};
	PL_AUTO(arena) arena = {0};
	struct pl_deb822_reader r = reader(text);
	r.arena = &arena;
	assert_int_equal(pl_deb822_next(&r, true, &p, &err), 1);
	assert_int_equal(p.n, 2);
	expect(&p, "Types", "deb");
	expect(&p, "Suites", "a\n b\n #c"); /* only a '#' in the first column is a comment */
	assert_int_equal(p.f[1].line, 4);
	assert_int_equal(pl_deb822_next(&r, true, &p, &err), 1);
	assert_int_equal(p.n, 1);
	expect(&p, "URIs", "http://e/#f");
	assert_int_equal(pl_deb822_next(&r, true, &p, &err), 0);
	/* Without memory to join it in, such a value is refused, never taken with the comment. */
	r = reader(text);
	assert_int_equal(pl_deb822_next(&r, true, &p, &err), -PL_INPUT);
	assert_string_equal(err.msg, "in:4: a comment inside a field; put it above the field");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paragraphs), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_nul), cmocka_unit_test(test_field_limit),
		cmocka_unit_test(test_comments)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
