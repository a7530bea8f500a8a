// SPDX-License-Identifier: Apache-2.0
#include "oci/credentials_int.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* base64 of a:1, b:2, c:3:4, d: */
static const char file[] =
	"{\"auths\":{\"r.io\":{\"auth\":\"YTox\"},\"r.io/ns\":{\"auth\":\"Yjoy\"},"
	"\"r.io/ns/app\":{\"auth\":\"YzozOjQ=\"},\"r.io/ns/empty\":{},"
	"\"https://index.docker.io/v1/\":{\"auth\":\"aHViOnB3\"},"
	"\"http://old.io/v2/\":{\"username\":\"u\",\"password\":\"p\"},"
	"\"tok.io\":{\"auth\":\"YTox\",\"identitytoken\":\"idt\"},"
	"\"nul.io\":{\"auth\":\"YToxAAA=\"}},"
	"\"credHelpers\":{\"help.io\":\"ecr-login\"},\"credsStore\":\"store\"}";

static void entries(void **state)
{
	(void)state;
	static const struct {
		const char *host, *path, *user, *password, *token, *helper;
	} t[] = {
		{"r.io", "x", "a", "1", NULL, NULL},
		{"r.io", "ns", "b", "2", NULL, NULL},
		{"r.io", "ns/other", "b", "2", NULL, NULL},
		{"r.io", "nsx", "a", "1", NULL, NULL},
		{"r.io", "ns/app", "c", "3:4", NULL, NULL},
		{"r.io", "ns/app/deep", "c", "3:4", NULL, NULL},
		{"r.io", "ns/empty", "b", "2", NULL, NULL}, /* an empty entry is passed over */
		{"registry-1.docker.io", "library/nginx", "hub", "pw", NULL, NULL},
		{"old.io", "x", "u", "p", NULL, NULL},
		{"tok.io", "x", "a", "1", "idt", NULL},
		{"nul.io", "x", "a", "1", NULL, NULL},
		{"help.io", "x", NULL, NULL, NULL, "ecr-login"},
		{"none.io", "x", NULL, NULL, NULL, "store"},
		{"r.io.evil.org", "x", NULL, NULL, NULL, "store"},
	};
	for (size_t i = 0; i < PL_COUNT(t); i++) {
		struct pl_err err = {0};
		PL_AUTO(authfile_match) m = {0};
		assert_int_equal(
			pl_authfile_find(pl_str_of(file), "f", t[i].host, t[i].path, &m, &err), 1);
		const char *got[] = {m.credentials.username, m.credentials.password,
				     m.credentials.identity_token, m.helper};
		const char *want[] = {t[i].user, t[i].password, t[i].token, t[i].helper};
		for (int k = 0; k < 4; k++) {
			if (!want[k] && got[k])
				fail_msg("%s/%s: %s", t[i].host, t[i].path, got[k]);
			else if (want[k] && (!got[k] || strcmp(got[k], want[k]) != 0))
				fail_msg("%s/%s: want %s", t[i].host, t[i].path, want[k]);
		}
	}
	struct pl_err err = {0};
	PL_AUTO(authfile_match) m = {0};
	assert_int_equal(pl_authfile_find(PL_STR("{}"), "f", "a", "b", &m, &err), 0);
	assert_int_equal(
		pl_authfile_find(PL_STR("{\"auths\":{\"a\":null}}"), "f", "a", "b", &m, &err), 0);
}

/* Whatever is wrong with the file, no part of it gets into the message. */
static void silent(void **state)
{
	(void)state;
	static const char *const t[] = {
		"{\"auths\":{\"r\":{\"auth\":\"SECRET\" oops}}}",
		"{\"auths\":{\"r\":{\"auth\":\"SECRET%%%\"}}}",
		"{\"auths\":{\"r\":{\"auth\":\"U0VDUkVU\"}}}", /* no colon */
		"{\"credHelpers\":{\"r\":\"../SECRET\"}}",
		"{\"credsStore\":\"SECRET x\"}",
		"[\"SECRET\"]",
		"SECRET",
	};
	for (size_t i = 0; i < PL_COUNT(t); i++) {
		struct pl_err err = {0};
		struct pl_authfile_match m = {.helper = NULL};
		assert_int_equal(pl_authfile_find(pl_str_of(t[i]), "the-file", "r", "x", &m, &err),
				 -PL_INPUT);
		assert_null(strstr(err.msg, "SECRET"));
		assert_null(strstr(err.msg, "U0VD"));
		assert_non_null(strstr(err.msg, "the-file"));
		assert_null(m.credentials.username);
	}
}

static void helper(void **state)
{
	(void)state;
	struct pl_err err = {0};
	PL_AUTO(credentials) c = {0};
	assert_int_equal(
		pl_helper_answer(
			PL_STR("{\"ServerURL\":\"r\",\"Username\":\"u\",\"Secret\":\"s\"}"), "h",
			&c, &err),
		1);
	assert_string_equal(c.username, "u");
	assert_string_equal(c.password, "s");
	char *basic = pl_basic_authorization(&c);
	assert_string_equal(basic, "Basic dTpz");
	pl_secret_free(basic);
	pl_credentials_done(&c);
	assert_int_equal(pl_helper_answer(PL_STR("{\"Username\":\"<token>\",\"Secret\":\"t\"}"),
					  "h", &c, &err),
			 1);
	assert_null(c.username);
	assert_string_equal(c.identity_token, "t");
	pl_credentials_done(&c);
	assert_int_equal(pl_helper_answer(PL_STR("{\"Username\":\"u\"}"), "h", &c, &err), 0);
	assert_int_equal(pl_helper_answer(PL_STR("panic: SECRET"), "h", &c, &err), -PL_INPUT);
	assert_null(strstr(err.msg, "SECRET"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries),
		cmocka_unit_test(silent),
		cmocka_unit_test(helper),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
