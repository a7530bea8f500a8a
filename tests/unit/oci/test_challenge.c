// SPDX-License-Identifier: Apache-2.0
#include "oci/challenge_int.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void table(void **state)
{
	(void)state;
	static const struct {
		const char *headers[3];
		int found;
		enum pl_auth_scheme scheme;
		const char *realm, *service, *scope;
	} t[] = {
		{{"Bearer realm=\"https://a/t\",service=\"s\",scope=\"repository:x:pull,push\""},
		 1,
		 PL_AUTH_BEARER,
		 "https://a/t",
		 "s",
		 "repository:x:pull,push"},
		{{"bearer Realm = \"https://a/t\" , SERVICE=s"},
		 1,
		 PL_AUTH_BEARER,
		 "https://a/t",
		 "s",
		 NULL},
		{{"Basic realm=\"x, Bearer realm=y\""},
		 1,
		 PL_AUTH_BASIC,
		 "x, Bearer realm=y",
		 NULL,
		 NULL},
		{{"Basic realm=\"x\", Bearer realm=\"https://b/\""},
		 1,
		 PL_AUTH_BEARER,
		 "https://b/",
		 NULL,
		 NULL},
		{{"Negotiate", "Basic realm=q"}, 1, PL_AUTH_BASIC, "q", NULL, NULL},
		{{"Negotiate YWJj==, Bearer realm=https://c/t"},
		 1,
		 PL_AUTH_BEARER,
		 "https://c/t",
		 NULL,
		 NULL},
		{{"Bearer realm=\"https://a/\\\"q\\\"\""},
		 1,
		 PL_AUTH_BEARER,
		 "https://a/\"q\"",
		 NULL,
		 NULL},
		{{"Bearer realm=\"https://first/\",realm=\"https://second/\""},
		 1,
		 PL_AUTH_BEARER,
		 "https://first/",
		 NULL,
		 NULL},
		{{"Basic"}, 1, PL_AUTH_BASIC, NULL, NULL, NULL},
		{{"Bearer service=\"no realm\""}, 0, 0, NULL, NULL, NULL},
		{{"Bearer realm=\"not closed"}, 0, 0, NULL, NULL, NULL},
		{{"Digest realm=\"x\", nonce=\"y\""}, 0, 0, NULL, NULL, NULL},
		{{""}, 0, 0, NULL, NULL, NULL},
		{{NULL}, 0, 0, NULL, NULL, NULL},
	};
	for (size_t i = 0; i < PL_COUNT(t); i++) {
		PL_AUTO(arena) a = {0};
		struct pl_challenge c = {0};
		if (pl_challenge_parse(&a, t[i].headers, &c) != t[i].found)
			fail_msg("%s", t[i].headers[0]);
		if (!t[i].found)
			continue;
		assert_int_equal(c.scheme, t[i].scheme);
		const char *got[] = {c.realm, c.service, c.scope};
		const char *want[] = {t[i].realm, t[i].service, t[i].scope};
		for (int k = 0; k < 3; k++) {
			if (!want[k])
				assert_null(got[k]);
			else
				assert_string_equal(got[k], want[k]);
		}
	}
	assert_int_equal(pl_challenge_parse(NULL, NULL, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(table)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
