// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"
#include "base/json.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct pl_jval *parse(const char *text)
{
	struct pl_err err = {0};
	struct pl_jval *v = NULL;
	if (pl_json_parse(pl_str_of(text), "t", &v, &err) < 0)
		fail_msg("%s", err.msg);
	return v;
}

static void refuse(struct pl_str text, enum pl_code code, const char *word)
{
	struct pl_err err = {0};
	struct pl_jval *v = NULL;
	assert_int_equal(pl_json_parse(text, "doc", &v, &err), -(int)code);
	assert_null(v);
	if (!strstr(err.msg, word))
		fail_msg("'%s' does not say '%s'", err.msg, word);
}

static void test_refused(void **state)
{
	refuse(PL_STR(""), PL_INPUT, "doc:1:");
	refuse((struct pl_str){NULL, 0}, PL_INPUT, "doc:1:");
	refuse(PL_STR("{\"a\":1,\n\"a\":2}"), PL_INPUT, "doc:2:");
	refuse(PL_STR("{\"a\":{\"b\":1,\"b\":1}}"), PL_INPUT, "duplicate");
	refuse(PL_STR("\"a\\u0000b\""), PL_INPUT, "doc");
	refuse(PL_STR("{\"a\\u0000b\":1}"), PL_INPUT, "doc");
	refuse(PL_STR("\"a\0b\""), PL_INPUT, "doc");
	refuse(PL_STR("[1] [2]"), PL_INPUT, "doc:1:");
	refuse(PL_STR("[1]\0"), PL_INPUT, "doc");
	refuse(PL_STR("[1,]"), PL_INPUT, "doc:1:");
	refuse(PL_STR("[01]"), PL_INPUT, "doc:1:");
	refuse(PL_STR("[NaN]"), PL_INPUT, "doc:1:");
	refuse(PL_STR("['a']"), PL_INPUT, "doc:1:");
	refuse(PL_STR("[9223372036854775808]"), PL_INPUT, "integer");
	refuse(PL_STR("[1e999]"), PL_INPUT, "real");
	refuse(PL_STR("\"\xff\""), PL_INPUT, "0xff");
	refuse(PL_STR("\"\xed\xa0\x80\""), PL_INPUT, "doc:1:");
	refuse(PL_STR("\"\\ud800\""), PL_INPUT, "doc:1:");
	refuse(PL_STR("{\"a\":1"), PL_INPUT, "doc:1:");
	refuse(PL_STR("// c\n1"), PL_INPUT, "doc:1:");
}

static void nest(struct pl_buf *b, unsigned depth, bool objects)
{
	pl_buf_clear(b);
	for (unsigned i = 0; i < depth; i++)
		pl_buf_adds(b, objects ? "{\"k\":" : "[");
	pl_buf_addc(b, '1');
	for (unsigned i = 0; i < depth; i++)
		pl_buf_addc(b, objects ? '}' : ']');
}

static void test_depth(void **state)
{
	PL_AUTO(buf) b = {0};
	PL_AUTO(buf) out = {0};
	for (int objects = 0; objects < 2; objects++) {
		nest(&b, 64, objects);
		PL_AUTO_FREE(jval) v = parse(b.p);
		/* The deepest value that is read can be written, inside a document of ours too. */
		struct pl_jw w;
		pl_buf_clear(&out);
		pl_jw_init(&w, &out, 0);
		for (int i = 0; i < 60; i++)
			pl_jw_array(&w);
		pl_jw_value(&w, v);
		for (int i = 0; i < 60; i++)
			pl_jw_end_array(&w);
		assert_int_equal(out.n, b.n + 120);
		nest(&b, 65, objects);
		refuse(pl_buf_str(&b), PL_LIMIT, "deeper than 64");
		nest(&b, 100000, objects);
		refuse(pl_buf_str(&b), PL_INPUT, "depth");
	}
}

static void test_access(void **state)
{
	PL_AUTO_FREE(jval)
	v = parse("{\"z\":\"s\",\"a\":[1,-2,true,null,2.5],\"n\":null,\"u\":9223372036854775807}");
	const struct pl_jval *a = pl_json_get(v, "a");
	uint64_t u = 42;
	int64_t i = 42;
	double d = 42;
	assert_int_equal(pl_json_len(v), 4);
	assert_int_equal(pl_json_len(a), 5);
	assert_int_equal(pl_json_len(pl_json_get(v, "z")), 0);
	assert_int_equal(pl_json_len(NULL), 0);
	assert_true(pl_str_is(pl_json_str(pl_json_get(v, "z")), "s"));
	assert_null(pl_json_str(a).p);
	assert_null(pl_json_str(NULL).p);
	assert_false(pl_json_u64(pl_json_at(a, 1), &u));
	assert_false(pl_json_u64(pl_json_at(a, 2), &u));
	assert_false(pl_json_u64(pl_json_at(a, 4), &u));
	assert_int_equal(u, 42);
	assert_true(pl_json_i64(pl_json_at(a, 1), &i) && i == -2);
	assert_true(pl_json_double(pl_json_at(a, 4), &d) && d == 2.5);
	assert_true(pl_json_double(pl_json_at(a, 0), &d) && d == 1);
	assert_false(pl_json_double(pl_json_at(a, 2), &d));
	assert_true(pl_json_u64(pl_json_get(v, "u"), &u) && u == INT64_MAX);
	assert_true(pl_json_bool(pl_json_at(a, 2)));
	assert_false(pl_json_bool(pl_json_at(a, 0)));
	assert_null(pl_json_at(a, 5));
	assert_null(pl_json_get(a, "x"));
	assert_null(pl_json_get(NULL, "x"));
	assert_int_equal(pl_json_kind(NULL), PL_JNULL);
	assert_int_equal(pl_json_kind(pl_json_at(a, 4)), PL_JREAL);
	/* Document order, not the alphabet's. */
	char order[8] = "";
	size_t n = 0;
	struct pl_str key;
	const struct pl_jval *val;
	for (void *it = NULL; pl_json_next(v, &it, &key, &val);)
		order[n++] = key.p[0];
	assert_string_equal(order, "zanu");
}

static void test_member(void **state)
{
	PL_AUTO_FREE(jval) v = parse("{\"s\":\"x\",\"n\":5,\"z\":null}");
	struct pl_err err = {0};
	struct pl_str s = PL_STR("before");
	assert_int_equal(pl_json_need_str(v, "n", "lock: nginx", &s, &err), -PL_INPUT);
	assert_string_equal(err.msg, "lock: nginx: 'n' must be a string");
	assert_int_equal(pl_json_need_str(v, "none", "w", &s, &err), -PL_INPUT);
	assert_string_equal(err.msg, "w: 'none' is missing");
	assert_int_equal(pl_json_need_str(v, "z", "w", &s, &err), -PL_INPUT);
	assert_string_equal(err.msg, "w: 'z' is missing");
	assert_true(pl_str_is(s, "before"));
	assert_int_equal(pl_json_need_str(v, "s", "w", &s, &err), 0);
	assert_true(pl_str_is(s, "x"));
}

static void document(struct pl_jw *w)
{
	pl_jw_object(w);
	pl_jw_ku64(w, "format", 1);
	pl_jw_key(w, "empty");
	pl_jw_array(w);
	pl_jw_end_array(w);
	pl_jw_key(w, "packages");
	pl_jw_array(w);
	for (int i = 0; i < 2; i++) {
		pl_jw_object_line(w);
		pl_jw_kcstr(w, "name", i ? "b" : "a");
		pl_jw_key(w, "why");
		pl_jw_array(w);
		pl_jw_u64(w, 1);
		pl_jw_i64(w, -2);
		pl_jw_end_array(w);
		pl_jw_key(w, "none");
		pl_jw_object(w);
		pl_jw_end_object(w);
		pl_jw_end_object(w);
	}
	pl_jw_end_array(w);
	pl_jw_key(w, "deep");
	pl_jw_object(w);
	pl_jw_kbool(w, "yes", true);
	pl_jw_kcstr(w, "null", NULL);
	pl_jw_key(w, "line");
	pl_jw_array_line(w);
	pl_jw_bool(w, false);
	pl_jw_null(w);
	pl_jw_end_array(w);
	pl_jw_end_object(w);
	pl_jw_end_object(w);
}

static void test_writer(void **state)
{
	PL_AUTO(buf) out = {0};
	struct pl_jw w;
	pl_jw_init(&w, &out, 0);
	document(&w);
	assert_string_equal(
		out.p, "{\"format\":1,\"empty\":[],\"packages\":[{\"name\":\"a\",\"why\":[1,-2],"
		       "\"none\":{}},{\"name\":\"b\",\"why\":[1,-2],\"none\":{}}],\"deep\":{"
		       "\"yes\":true,\"null\":null,\"line\":[false,null]}}");
	pl_buf_clear(&out);
	pl_jw_init(&w, &out, 2);
	document(&w);
	assert_string_equal(out.p, "{\n"
				   "  \"format\": 1,\n"
				   "  \"empty\": [],\n"
				   "  \"packages\": [\n"
				   "    {\"name\": \"a\", \"why\": [1, -2], \"none\": {}},\n"
				   "    {\"name\": \"b\", \"why\": [1, -2], \"none\": {}}\n"
				   "  ],\n"
				   "  \"deep\": {\n"
				   "    \"yes\": true,\n"
				   "    \"null\": null,\n"
				   "    \"line\": [false, null]\n"
				   "  }\n"
				   "}");
	/* What we write we read, in the same order. */
	PL_AUTO(buf) again = {0};
	PL_AUTO_FREE(jval) v = parse(out.p);
	pl_jw_init(&w, &again, 0);
	pl_jw_value(&w, v);
	pl_buf_clear(&out);
	pl_jw_init(&w, &out, 0);
	document(&w);
	assert_string_equal(again.p, out.p);
}

static void test_strings(void **state)
{
	static const struct {
		struct pl_str in;
		const char *out;
	} t[] = {
		{{"", 0}, "\"\""},
		{{NULL, 0}, "\"\""},
		{{"a\"\\/b", 5}, "\"a\\\"\\\\/b\""},
		{{"\n\t\r\b\x1f\x7f\0", 7}, "\"\\n\\t\\u000d\\u0008\\u001f\\u007f\\u0000\""},
		{{"\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xb3", 9},
		 "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xb3\""},
		{{"\xc2\x85", 2}, "\"\xc2\x85\""}, /* valid, though a control character */
		{{"\xff", 1}, "\"\xef\xbf\xbd\""},
		{{"a\xe2\x82", 3}, "\"a\xef\xbf\xbd\xef\xbf\xbd\""},
		{{"\xc0\x80", 2}, "\"\xef\xbf\xbd\xef\xbf\xbd\""},
		{{"\xed\xa0\x80", 3}, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
		{{"\xe2\x82\xac\xe2\x82\xac", 4}, "\"\xe2\x82\xac\xef\xbf\xbd\""},
	};
	PL_AUTO(buf) out = {0};
	struct pl_jw w;
	for (size_t i = 0; i < PL_COUNT(t); i++) {
		struct pl_err err = {0};
		struct pl_jval *v = NULL;
		pl_buf_clear(&out);
		pl_jw_init(&w, &out, 0);
		pl_jw_str(&w, t[i].in);
		assert_string_equal(out.p, t[i].out);
		/* Every text is one that a strict reader takes, but for NUL. */
		if (!strstr(out.p, "\\u0000"))
			assert_int_equal(pl_json_parse(pl_buf_str(&out), "t", &v, &err), 0);
		pl_jval_free(v);
	}
}

static void test_numbers(void **state)
{
	PL_AUTO(buf) out = {0};
	struct pl_jw w;
	pl_jw_init(&w, &out, 0);
	pl_jw_array(&w);
	pl_jw_u64(&w, UINT64_MAX);
	pl_jw_i64(&w, INT64_MIN);
	pl_jw_double(&w, 1.0 / 3);
	pl_jw_double(&w, (double)NAN);
	pl_jw_double(&w, (double)INFINITY);
	pl_jw_end_array(&w);
	assert_string_equal(out.p, "[18446744073709551615,-9223372036854775808,0.333,null,null]");
	pl_buf_clear(&out);
	PL_AUTO_FREE(jval) v = parse("[0.1,-1e300,5,1.5,-0.0,1.0]");
	pl_jw_init(&w, &out, 0);
	pl_jw_value(&w, v); /* a real stays a number, and the same one */
	PL_AUTO_FREE(jval) again = parse(out.p);
	assert_non_null(strstr(out.p, ",5,1.5,-0.0,1.0]"));
	for (size_t i = 0; i < 6; i++) {
		double a = 0, b = 1;
		assert_true(pl_json_double(pl_json_at(v, i), &a));
		assert_true(pl_json_double(pl_json_at(again, i), &b));
		assert_true(a == b);
	}
	struct pl_digest d = pl_sha256_of(PL_STR("abc"));
	pl_buf_clear(&out);
	pl_jw_init(&w, &out, 0);
	pl_jw_object(&w);
	pl_jw_kdigest(&w, "d", d.b);
	pl_jw_kstr(&w, "s", PL_STR("x"));
	pl_jw_end_object(&w);
	assert_string_equal(out.p,
			    "{\"d\":\"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb"
			    "410ff61f20015ad\",\"s\":\"x\"}");
}

/* Many values in few bytes: refused before they are made. What programs write passes. */
static void memory(void **state)
{
	(void)state;
	static const struct {
		const char *item;
		int rc;
	} t[] = {
		{"[],", -PL_LIMIT},
		{"{},", -PL_LIMIT},
		{"{\"\":[]},", -PL_LIMIT},
		{"0,", -PL_LIMIT},
		{"{\"name\":\"libexample1\",\"version\":\"1.2.3-4+deb12u1\",\"architecture\":"
		 "\"amd64\"},",
		 0},
		{"\"libexample1=1.2.3-4+deb12u1/amd64\",", 0},
		{"\",,,,,,[[[[[[[[{{{{{{\\\",,,\",", 0},
	};
	for (size_t i = 0; i < PL_COUNT(t); i++) {
		PL_AUTO(buf) b = {0};
		PL_AUTO_FREE(jval) v = NULL;
		struct pl_err err = {0};
		pl_buf_addc(&b, '[');
		while (b.n < 1 << 20)
			pl_buf_adds(&b, t[i].item);
		pl_buf_adds(&b, "0]");
		int rc = pl_json_parse(pl_buf_str(&b), "that text", &v, &err);
		if (rc != t[i].rc ||
		    (rc < 0 && !strstr(err.msg, "that text: JSON of so many values")))
			fail_msg("%s: %d %s", t[i].item, rc, err.msg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory),       cmocka_unit_test(test_refused),
		cmocka_unit_test(test_depth),   cmocka_unit_test(test_access),
		cmocka_unit_test(test_member),  cmocka_unit_test(test_writer),
		cmocka_unit_test(test_strings), cmocka_unit_test(test_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
