// SPDX-License-Identifier: Apache-2.0
/* The route table: targets, and docs/api.md held against it. The calls themselves are tested over
 * HTTP by tests/functional/inventory_api.py. Runs in the source's root. */
#include "base/file.h"
#include "server/listen_int.h"
#include "server/server_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

static void targets(void **state)
{
	static const struct {
		const char *raw, *pattern, *name;
	} v[] = {
		{"/healthz", "/healthz", ""},
		{"/v1/healthz", "/healthz", ""},
		{"/images", "/images", ""},
		{"/images?limit=3", "/images", ""},
		{"/images/a:1", "/images/{image}", "a:1"},
		{"/v1/images/h:5000/a/b:1/children", "/images/{image}/children", "h:5000/a/b:1"},
		{"/images/h%3a5000%2Fa:1/packages?effective=1", "/images/{image}/packages",
		 "h:5000/a:1"},
		{"/images/children/packages:1", "/images/{image}", "children/packages:1"},
		{"/images/a:1%2Fchildren", "/images/{image}", "a:1/children"},
		{"/packages/libstdc++6", "/packages/{name}", "libstdc++6"},
		{"/packages/@scope/name", "/packages/{name}", "@scope/name"},
		{"/", NULL, ""},
		{"/images/", NULL, ""},
		{"/v1", NULL, ""},
		{"/v1/v1/images", NULL, ""},
		{"*", NULL, ""},
	};
	struct pl_err err = {0};
	PL_AUTO(arena) a = {0};
	for (size_t i = 0; i < PL_COUNT(v); i++) {
		struct pl_request_target t;
		assert_int_equal(pl_request_target_parse(&a, pl_str_of(v[i].raw), &t, &err), 0);
		if (!t.route != !v[i].pattern ||
		    (t.route && strcmp(t.route->pattern, v[i].pattern)) ||
		    !pl_str_is(t.name, v[i].name))
			fail_msg("%s", v[i].raw);
	}
	struct pl_request_target t;
	assert_int_equal(
		pl_request_target_parse(
			&a, PL_STR("/packages/x?version=lt:1+b%2B1&source&&ecosystem="), &t, &err),
		0);
	assert_int_equal(t.n_args, 3);
	assert_true(pl_str_is(pl_request_arg(&t, "version"), "lt:1+b+1"));
	assert_true(pl_str_is(pl_request_arg(&t, "source"), ""));
	assert_non_null(pl_request_arg(&t, "ecosystem").p);
	assert_null(pl_request_arg(&t, "running").p);
	static const char *const bad[] = {"/%",      "/%1",   "/images/a%g0", "/a?%",
					  "/a?b=%4", "/a%00", "/a?%00"};
	for (size_t i = 0; i < PL_COUNT(bad); i++)
		assert_int_equal(pl_request_target_parse(&a, pl_str_of(bad[i]), &t, &err),
				 -PL_INPUT);
}

/* Each call and parameter of the table is in the manual, and each call of the manual in the table.
 */
static void manual(void **state)
{
	struct pl_err err = {0};
	PL_AUTO(buf) text = {0};
	PL_AUTO(arena) a = {0};
	size_t calls = 0, headings = 0;
	if (pl_file_read("docs/api.md", 1 << 20, &text, &err) < 0)
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < pl_n_routes; i++)
		for (size_t m = 0; m < PL_METHODS; m++) {
			const struct pl_route *r = &pl_routes[i];
			if (!r->handler[m])
				continue;
			calls++;
			const char *heading = pl_arena_printf(&a, "\n## `%s %s`\n",
							      pl_method_names[m], r->pattern);
			const char *row = pl_arena_printf(&a, "\n| `%s %s` |", pl_method_names[m],
							  r->pattern);
			char *at = strstr(text.p, heading);
			if (!at || !strstr(text.p, row))
				fail_msg("docs/api.md lacks %s", heading);
			if (m != PL_GET && m != PL_DELETE)
				continue;
			char *next = strstr(at + 1, "\n## ");
			struct pl_str part = {at, next ? (size_t)(next - at) : strlen(at)};
			const char *section = pl_arena_cstr(&a, part);
			for (size_t k = 0; r->args[k]; k++) {
				bool here = strcmp(r->args[k], "force") != 0 || m == PL_DELETE;
				if (here &&
				    !strstr(section, pl_arena_printf(&a, "`%s", r->args[k])))
					fail_msg("docs/api.md: %s lacks %s", heading, r->args[k]);
			}
		}
	for (char *p = text.p; (p = strstr(p, "\n## `")); p++)
		headings++;
	assert_int_equal(calls, headings);
}

static void tokens(void **state)
{
	struct pl_err err = {0};
	static const char text[] = "#c\n\n 0123456789abcdef \r\nsecond-token-here";
	char path[] = "/tmp/tokens-XXXXXX";
	PL_AUTOFD int fd = mkstemp(path);
	PL_AUTO(tokens) t = {0};
	assert_true(fd >= 0);
	assert_int_equal(pl_write_all(fd, text, sizeof(text) - 1, path, &err), 0);
	assert_int_equal(pl_tokens_load(path, &t, &err), 0);
	unlink(path);
	assert_int_equal(t.n, 2);
	assert_true(pl_tokens_accept(&t, "Bearer 0123456789abcdef"));
	assert_true(pl_tokens_accept(&t, "bearer second-token-here"));
	assert_false(pl_tokens_accept(&t, "Bearer 0123456789abcde"));
	assert_false(pl_tokens_accept(&t, "Basic 0123456789abcdef"));
	assert_false(pl_tokens_accept(&t, "Bearer "));
	assert_false(pl_tokens_accept(&t, NULL));
}

static void listening(void **state)
{
	struct pl_err err = {0};
	static const char *const bad[] = {
		"", "80", ":80", "localhost", "localhost:", "localhost:65536", "localhost:x"};
	char bound[80];
	bool loopback = false;
	int fd = -1;
	for (size_t i = 0; i < PL_COUNT(bad); i++)
		assert_int_equal(pl_listen(bad[i], &fd, bound, &loopback, &err), -PL_USAGE);
	assert_int_equal(pl_listen("127.0.0.1:0", &fd, bound, &loopback, &err), 0);
	assert_true(loopback);
	assert_true(pl_str_starts(pl_str_of(bound), "127.0.0.1:"));
	int other = -1;
	char again[80];
	assert_int_equal(pl_listen(bound, &other, again, &loopback, &err), -PL_SYS);
	assert_non_null(strstr(err.msg, bound));
	close(fd);
	assert_int_equal(pl_listen("0.0.0.0:0", &fd, bound, &loopback, &err), 0);
	assert_false(loopback);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets),
		cmocka_unit_test(manual),
		cmocka_unit_test(tokens),
		cmocka_unit_test(listening),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
