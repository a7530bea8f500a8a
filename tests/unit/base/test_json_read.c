// SPDX-License-Identifier: Apache-2.0
#include "base/json_read.h"
#include "base/names.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define DIGEST "sha256:1111111111111111111111111111111111111111111111111111111111111111"

struct thing {
	const char *name, *note;
	uint64_t size, count;
	struct pl_digest digest, other;
	bool has_other;
	const char *parts[4];
	size_t n_parts;
};

/* {"thing": {...}}, read as both forms are. */
static void read_thing(const struct pl_jr *root, struct thing *t)
{
	struct pl_jr r = pl_jr_member(root, "thing"), inner = pl_jr_inner(&r, "inner"), list;
	PL_JR_KNOWN(root, "thing");
	PL_JR_KNOWN(&r, "name", "note", "size", "digest", "other", "parts", "inner");
	pl_jr_text(&r, "name", pl_package_name_ok, &t->name);
	pl_jr_text_if(&r, "note", NULL, &t->note);
	pl_jr_u64(&r, "size", 10, &t->size);
	pl_jr_digest(&r, "digest", &t->digest);
	t->has_other = pl_jr_digest_if(&r, "other", &t->other);
	t->n_parts = pl_jr_array(&r, "parts", &list);
	for (size_t i = 0; i < t->n_parts && i < 4; i++) {
		struct pl_jr part = pl_jr_item(&list, i);
		PL_JR_KNOWN(&part, "id");
		pl_jr_text(&part, "id", NULL, &t->parts[i]);
	}
	pl_jr_u64_if(&inner, "count", 10, &t->count);
	if (pl_jr_array_if(&r, "none", &list) > 0)
		pl_jr_fail(&r, "none", "is not known above");
}

static int parse(const char *text, enum pl_jr_form form, struct pl_arena *a, struct thing *ret,
		 struct pl_err *err)
{
	PL_AUTO_FREE(jval) root = NULL;
	int rc = pl_json_parse(pl_str_of(text), "doc", &root, err);
	if (rc < 0)
		fail_msg("%s", err->msg);
	struct pl_jr_doc doc = {a, "doc", form, err, 0};
	struct pl_jr r = pl_jr_root(&doc, root);
	read_thing(&r, ret);
	assert_int_equal(pl_jr_ok(&r), doc.rc == 0);
	return doc.rc;
}

#define HEAD "{\"thing\":{\"name\":\"gcc\",\"size\":10,\"digest\":\"" DIGEST "\""
#define TAIL ",\"parts\":[{\"id\":\"a\"},{\"id\":\"\"}]}}"

static void test_read(void **state)
{
	for (int form = PL_JR_PATH; form <= PL_JR_QUOTED; form++) {
		PL_AUTO(arena) a = {0};
		struct pl_err err = {0};
		struct thing t = {.note = "before", .count = 5};
		assert_int_equal(parse(HEAD TAIL, (enum pl_jr_form)form, &a, &t, &err), 0);
		assert_string_equal(t.name, "gcc");
		assert_string_equal(t.note, "before");
		assert_int_equal(t.size, 10);
		assert_int_equal(t.digest.b[31], 0x11);
		assert_int_equal(t.count, 5);
		assert_false(t.has_other);
		assert_int_equal(t.n_parts, 2);
		assert_string_equal(t.parts[0], "a");
		assert_string_equal(t.parts[1], "");
		struct thing u = {0};
		assert_int_equal(parse(HEAD ",\"other\":\"" DIGEST
					    "\",\"note\":\"n\",\"inner\":{\"count\":9}" TAIL,
				       (enum pl_jr_form)form, &a, &u, &err),
				 0);
		assert_true(u.has_other);
		assert_int_equal(u.other.b[0], 0x11);
		assert_string_equal(u.note, "n");
		assert_int_equal(u.count, 9);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *path, *quoted; /* NULL: accepted */
	} cases[] = {
		{"[]", "doc: must be an object", "doc: must be an object"},
		{"{\"thing\":1}", "doc: thing: must be an object", "doc: thing: must be an object"},
		{"{\"thing\":{}}", "doc: thing.name: must be a string",
		 "doc: thing: 'name' is missing"},
		{"{\"thing\":{},\"thong\":1}", "doc: thong: unknown key",
		 "doc: unknown member 'thong'; did you mean 'thing'?"},
		{"{\"thing\":{\"nam\":\"gcc\"}}", "doc: thing.nam: unknown key",
		 "doc: thing: unknown member 'nam'; did you mean 'name'?"},
		{"{\"thing\":{\"x\\ny\":\"gcc\"}}", "doc: thing.x\\x0ay: unknown key",
		 "doc: thing: unknown member 'x\\x0ay'"},
		{"{\"thing\":{\"name\":5}}", "doc: thing.name: must be a string",
		 "doc: thing: 'name' must be a string"},
		{"{\"thing\":{\"name\":\"G C C\"}}", "doc: thing.name: is not a value for this key",
		 "doc: thing: 'name' is not a value for this key"},
		{"{\"thing\":{\"name\":\"gcc\",\"size\":11}}",
		 "doc: thing.size: must be a whole number of at least 0, and not too large",
		 "doc: thing: 'size' must be a whole number of at least 0"},
		{"{\"thing\":{\"name\":\"gcc\"}}",
		 "doc: thing.size: must be a whole number of at least 0, and not too large",
		 "doc: thing: 'size' is missing"},
		{"{\"thing\":{\"name\":\"gcc\",\"size\":1,\"digest\":\"sha256:11\"}}",
		 "doc: thing.digest: must be \"sha256:\" and 64 lower-case hexadecimal digits",
		 "doc: thing: 'digest' must be sha256: and 64 lower-case hex digits"},
		{"{\"thing\":{\"name\":\"gcc\",\"size\":1,\"digest\":11}}",
		 "doc: thing.digest: must be \"sha256:\" and 64 lower-case hexadecimal digits",
		 "doc: thing: 'digest' must be a string"},
		{HEAD ",\"note\":null" TAIL, "doc: thing.note: must be a string", NULL},
		{HEAD ",\"other\":null" TAIL,
		 "doc: thing.other: must be \"sha256:\" and 64 lower-case hexadecimal digits",
		 NULL},
		{HEAD ",\"inner\":{\"count\":11}" TAIL,
		 "doc: thing.count: must be a whole number of at least 0, and not too large",
		 "doc: thing: 'count' must be a whole number of at least 0"},
		{HEAD "}}", "doc: thing.parts: must be an array", "doc: thing: 'parts' is missing"},
		{HEAD ",\"parts\":{}}}", "doc: thing.parts: must be an array",
		 "doc: thing: 'parts' must be an array"},
		{HEAD ",\"parts\":[{\"id\":\"a\"},{\"id\":1}]}}",
		 "doc: thing.parts[1].id: must be a string",
		 "doc: thing.parts[1]: 'id' must be a string"},
		{HEAD ",\"parts\":[{\"id\":\"a\"},7]}}", "doc: thing.parts[1]: must be an object",
		 "doc: thing.parts[1]: must be an object"},
	};
	for (size_t i = 0; i < PL_COUNT(cases); i++) {
		for (int form = PL_JR_PATH; form <= PL_JR_QUOTED; form++) {
			const char *says = form == PL_JR_PATH ? cases[i].path : cases[i].quoted;
			PL_AUTO(arena) a = {0};
			struct pl_err err = {0};
			struct thing t = {0};
			int rc = parse(cases[i].text, (enum pl_jr_form)form, &a, &t, &err);
			assert_int_equal(rc, says ? -PL_INPUT : 0);
			assert_string_equal(err.msg, says ? says : "");
		}
	}
}

/* The first error stays, and nothing is written after it. */
static void test_sticky(void **state)
{
	PL_AUTO(arena) a = {0};
	PL_AUTO_FREE(jval) root = NULL;
	struct pl_err err = {0};
	struct pl_jr list;
	const char *text = "before";
	uint64_t n = 7;
	struct pl_digest digest = {{9}};
	if (pl_json_parse(PL_STR("{\"t\":\"x\",\"n\":1,\"d\":\"" DIGEST "\",\"l\":[1]}"), "doc",
			  &root, &err) < 0)
		fail_msg("%s", err.msg);
	struct pl_jr_doc doc = {&a, "doc", PL_JR_QUOTED, &err, 0};
	struct pl_jr r = pl_jr_root(&doc, root);
	pl_jr_fail(&r, "t", "is the %s", "first");
	pl_jr_fail(&r, "n", "is the second");
	pl_jr_text(&r, "t", NULL, &text);
	pl_jr_u64(&r, "n", 10, &n);
	pl_jr_digest(&r, "d", &digest);
	assert_false(pl_jr_digest_if(&r, "d", &digest));
	assert_int_equal(pl_jr_array(&r, "l", &list), 0);
	PL_JR_KNOWN(&r, "none");
	assert_int_equal(doc.rc, -PL_INPUT);
	assert_string_equal(err.msg, "doc: 't' is the first");
	assert_string_equal(text, "before");
	assert_int_equal(n, 7);
	assert_int_equal(digest.b[0], 9);
	/* An error of another kind, that whoever reads put there. */
	doc.rc = -PL_LIMIT;
	pl_jr_fail(&r, "n", "is the third");
	assert_int_equal(doc.rc, -PL_LIMIT);
}

/* A way longer than any message is cut. */
static void test_long_way(void **state)
{
	char key[400];
	struct pl_err err = {0};
	struct pl_jr_doc doc = {NULL, "doc", PL_JR_PATH, &err, 0};
	struct pl_jr root = pl_jr_root(&doc, NULL);
	memset(key, 'k', sizeof(key) - 1);
	key[sizeof(key) - 1] = '\0';
	struct pl_jr outer = pl_jr_member(&root, key), inner = pl_jr_item(&outer, 3);
	pl_jr_fail(&inner, "x", "is wrong");
	assert_int_equal(doc.rc, -PL_INPUT);
	assert_int_equal(strlen(err.msg), strlen("doc: ") + 299 + strlen(".x: is wrong"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_sticky),
		cmocka_unit_test(test_long_way),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
