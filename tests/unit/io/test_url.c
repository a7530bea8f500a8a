// SPDX-License-Identifier: Apache-2.0
#include "io/url.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void resolving(void **state)
{
	(void)state;
	static const struct {
		const char *base, *ref, *want;
	} t[] = {
		{"https://r.io/v2/a/uploads/", "https://cdn.io/x?y=1", "https://cdn.io/x?y=1"},
		{"https://r.io:5/v2/a/?q=1", "/v2/b?_state=a%2Fb",
		 "https://r.io:5/v2/b?_state=a%2Fb"},
		{"https://r.io/v2/a/list?n=1", "?last=x", "https://r.io/v2/a/list?last=x"},
		{"https://r.io/v2/a/list?u=/x/", "more", "https://r.io/v2/a/more"},
		{"http://r.io", "more", "http://r.io/more"},
		{"https://r.io/a", "//o.io/b", "https://o.io/b"},
		{"https://r.io/a", "/b#frag", "https://r.io/b"},
		{"https://r.io/a", "/b?to=https://x.io/", "https://r.io/b?to=https://x.io/"},
		{"https://r.io/a", "", NULL},
		{"https://r.io/a", "/b c", NULL},
		{"https://r.io/a", "/b\r\nX: y", NULL},
		{"https://r.io/a", "//user@o.io/", NULL},
		{"ftp://r.io/a", "/b", NULL},
		{"https://r.io/a", "ftp://r.io/b", NULL},
		{"https://r.io/a", "https://o.io\\@evil.io/", NULL},
		{"https://r.io/a/b", "../c?s=%2f|x", "https://r.io/c?s=%2f|x"},
		{"r.io/a", "/b", NULL},
		{"https:/r.io/a", "/b", NULL},
	};
	for (size_t i = 0; i < PL_COUNT(t); i++) {
		PL_AUTO(arena) a = {0};
		const char *got = pl_url_resolve(&a, t[i].base, t[i].ref);
		if (!t[i].want)
			assert_null(got);
		else
			assert_string_equal(got, t[i].want);
	}
}

static void origins(void **state)
{
	(void)state;
	assert_true(pl_url_same_origin("https://r.io/a", "https://R.io:443/b"));
	assert_true(pl_url_same_origin("http://r.io:80", "http://r.io/"));
	assert_false(pl_url_same_origin("https://r.io/", "http://r.io/"));
	assert_false(pl_url_same_origin("https://r.io/", "https://r.io:444/"));
	assert_false(pl_url_same_origin("https://r.io/", "https://r.io.evil.org/"));
	assert_false(pl_url_same_origin("https://r.io/", "https://r.io@evil.org/"));
	assert_false(pl_url_same_origin("https://r.io/", "https://r.io@r.io/"));
	assert_false(pl_url_same_origin("r.io", "r.io"));
}

static void places(void **state)
{
	(void)state;
	static const struct {
		const char *from, *to;
		bool allowed;
	} t[] = {
		{"r.io", "https://auth.r.io/token", true},
		{"r.io", "https://10.0.0.1/token", true},
		{"r.io", "http://auth.r.io/token", false},
		{"r.io", "http://127.0.0.1:1/",
		 false}, /* a remote server pointing at this machine */
		{"r.io", "https://localhost/", false},
		{"r.io", "https://localhost./", false},
		{"r.io", "https://127.1/", false},
		{"r.io", "https://[::ffff:127.0.0.1]/", false},
		{"127.0.0.1:5000", "http://127.0.0.1:1/", true},
		{"localhost:5000", "http://[::1]:1/t", true},
		{"localhost", "http://r.io/", false},
		{"r.io", "https://169.254.169.254/latest", false},
		{"r.io", "https://169.254.169.254./latest", false},
		{"r.io", "https://0xa9fea9fe/", false},
		{"r.io", "https://2852039166/", false},
		{"r.io", "https://0251.0376.0251.0376/", false},
		{"r.io", "https://[fe80::1]/", false},
		{"r.io", "https://[::ffff:169.254.169.254]/", false},
		{"r.io", "https://[fd00:ec2::254]/", false},
		{"r.io", "https://[2001:db8::1]:8443/", true},
		{"r.io", "https://metadata.google.internal/", false},
		{"r.io", "https://100.100.100.200/", false},
		{"r.io", "https://0.0.0.0/", false},
		{"r.io", "gopher://x/", false},
		{"r.io", "https://", false},
	};
	for (size_t i = 0; i < PL_COUNT(t); i++)
		if (pl_url_allowed(t[i].from, t[i].to) != t[i].allowed)
			fail_msg("%s -> %s", t[i].from, t[i].to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resolving),
		cmocka_unit_test(origins),
		cmocka_unit_test(places),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
