// SPDX-License-Identifier: Apache-2.0
/* Redirects and credentials, being offline, hosts that are refused. */
#include "http_test.h"

static void redirect_to(const char *target, int status, const char *want)
{
	struct pl_err err = {0};
	PL_AUTOFREE char *to = pl_url_encode(pl_str_of(target));
	PL_AUTOFREE char *path = pl_xprintf("/redirect?status=%d&to=%s", status, to);
	PL_AUTOFREE char *full = pl_xprintf("http://127.0.0.1:%d%s", port, path);
	struct pl_http_request req = {
		.method = "GET", .url = full, .authorization = "Bearer secret"};
	PL_AUTO(http_response) r = {0};
	assert_code(pl_http_do(h, &req, NULL, &r, &err), err, 0);
	assert_int_equal(r.status, 200);
	if (!strstr(r.body.p, want))
		fail_msg("%s: %s", target, r.body.p);
}

static void test_redirect_authorization(void **state)
{
	static const int statuses[] = {301, 302, 303, 307, 308};
	char text[200], back[300];
	(void)state;
	for (size_t i = 0; i < PL_COUNT(statuses); i++) {
		redirect_to("/show", statuses[i], "auth=Bearer secret ");
		redirect_to(url("/show"), statuses[i], "auth=Bearer secret ");
		redirect_to(url_at(other_port, "/show"), statuses[i], "auth=None ");
	}
	snprintf(text, sizeof(text), "http://localhost:%d/show", port);
	redirect_to(text, 302, "auth=None ");
	snprintf(text, sizeof(text), "//127.0.0.1:%d/show", other_port);
	redirect_to(text, 302, "auth=None ");
	/* user and password in a location are not sent either */
	snprintf(text, sizeof(text), "http://u:p@127.0.0.1:%d/show", other_port);
	redirect_to(text, 302, "auth=None ");
	/* over another host and back */
	snprintf(back, sizeof(back), "/redirect?to=http%%3A//127.0.0.1:%d/show", port);
	redirect_to(url_at(other_port, back), 302, "auth=None ");
}

/* A server on this machine is not the network, but must not be a way to it. */
static void test_offline(void **state)
{
	struct pl_err err = {0};
	PL_AUTO(http_response) r = {0};
	(void)state;
	env.offline = true;
	int near = get("/show", &r, &err);
	int way = get("/redirect?to=https://192.0.2.1/x", &r, &err);
	env.offline = false;
	assert_int_equal(near, 0);
	assert_code(way, err, PL_REMOTE);
	assert_says(err, "192.0.2.1: offline");
}

static void test_redirect_rules(void **state)
{
	struct pl_err err = {0};
	PL_AUTO(http_response) r = {0};
	PL_AUTO(http_response) p = {0};
	PL_AUTO(http_response) f = {0};
	(void)state;
	assert_code(get("/loop", &r, &err), err, PL_REFUSED);
	assert_says(err, "127.0.0.1: more than 5 redirects");
	assert_code(get("/redirect?to=file:///etc/passwd", &r, &err), err, PL_REFUSED);
	assert_code(get("/redirect?to=gopher://127.0.0.1/", &r, &err), err, PL_REFUSED);
	assert_code(get("/redirect?to=http://example.org/", &r, &err), err, PL_REFUSED);
	assert_says(err, "redirects to plain http");
	struct pl_http_request req = {
		.method = "GET", .url = url("/redirect?to=/ok"), .no_redirect = true};
	assert_code(pl_http_do(h, &req, NULL, &r, &err), err, 0);
	assert_int_equal(r.status, 302);
	assert_string_equal(r.location, "/ok");
	req.no_redirect = false;
	req.method = "POST";
	assert_code(pl_http_do(h, &req, NULL, &p, &err), err, 0);
	assert_int_equal(p.status, 302);
	assert_code(get("/redirect?to=/ok", &f, &err), err, 0);
	assert_string_equal(f.effective_url, url("/ok"));
	assert_string_equal(f.body.p, "hello"); /* nothing of the redirect's own body */
}

static void test_targets(void **state)
{
	static const struct {
		const char *from, *location;
		bool allow_http;
		const char *want; /* NULL: refused */
		bool same;
	} table[] = {
		{"https://a.example/x/y", "z", false, "https://a.example/x/z", true},
		{"https://a.example/x", "https://A.example:443/q", false, "https://A.example:443/q",
		 true},
		{"https://a.example/x", "https://a.example:444/q", false, "https://a.example:444/q",
		 false},
		{"https://a.example/x", "https://b.example/q", false, "https://b.example/q", false},
		{"https://a.example/x", "http://a.example/q", false, NULL, false},
		{"https://a.example/x", "http://a.example/q", true, "http://a.example/q", false},
		{"https://u:p@a.example/x", "/q", false, "https://a.example/q", true},
		{"https://a.example/x", "http://127.0.0.1/q", true, NULL, false},
		{"https://a.example/x", "https://127.1/q", true, NULL, false},
		{"https://a.example/x", "https://localhost./q", true, NULL, false},
		{"https://a.example/x", "https://[::1]/q", true, NULL, false},
		{"https://a.example/x", "https://0.0.0.0/q", true, NULL, false},
		{"https://a.example/x", "http://169.254.169.254/latest/meta-data", true, NULL,
		 false},
		{"https://a.example/x", "https://[fe80::1]/q", true, NULL, false},
		{"https://a.example/x", "https://[::ffff:127.0.0.1]/q", true, NULL, false},
		{"https://a.example/x", "ftp://b.example/q", true, NULL, false},
		{"https://a.example/x", "https://metadata.google.internal/", true, NULL, false},
		{"https://a.example/x", "https://a.example/q r", false, "https://a.example/q%20r",
		 true},
	};
	(void)state;
	for (size_t i = 0; i < PL_COUNT(table); i++) {
		struct pl_err err = {0};
		struct pl_url from = {0}, to = {0};
		assert_code(pl_http_url_parse(table[i].from, true, &from, &err), err, 0);
		int r = pl_http_url_follow(&from, table[i].location, table[i].allow_http, &to,
					   &err);
		if ((r == 0) != (table[i].want != NULL))
			fail_msg("%s: %d %s", table[i].location, r, err.msg);
		if (r == 0) {
			assert_string_equal(to.text, table[i].want);
			assert_string_equal(to.full, table[i].want);
			assert_int_equal(pl_url_origin_eq(&from, &to), table[i].same);
		} else {
			assert_int_equal(err.code, PL_REFUSED);
		}
		pl_url_done(&from);
		pl_url_done(&to);
	}
}

static void test_refused(void **state)
{
	struct pl_err err = {0};
	struct pl_http_response r = {0};
	struct pl_http_request req = {.method = "GET", .url = "http://example.org/"};
	(void)state;
	assert_code(pl_http_do(h, &req, NULL, &r, &err), err, PL_INPUT);
	assert_says(err, "example.org: plain http is refused");
	req.url = "ftp://example.org/";
	assert_code(pl_http_do(h, &req, NULL, &r, &err), err, PL_INPUT);
	req.url = "https://user:hunter2@exa mple.org/";
	assert_code(pl_http_do(h, &req, NULL, &r, &err), err, PL_INPUT);
	assert_null(strstr(err.msg, "hunter2"));
	const struct pl_http_header bad = {"X-A", "b\r\nX-C: d"};
	req.url = url("/show");
	req.headers = &bad;
	req.n_headers = 1;
	assert_code(pl_http_do(h, &req, NULL, &r, &err), err, PL_INPUT);
	req.n_headers = 0;
	req.authorization = "Bearer hunter2\nX-C: d";
	assert_code(pl_http_do(h, &req, NULL, &r, &err), err, PL_INPUT);
	assert_null(strstr(err.msg, "hunter2"));
	env.offline = true;
	req.authorization = NULL;
	req.url = "https://192.0.2.1/x";
	int rc = pl_http_do_retry(h, &req, &r, &err);
	env.offline = false;
	assert_code(rc, err, PL_REMOTE);
	assert_says(err, "192.0.2.1: offline");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_redirect_authorization),
		cmocka_unit_test(test_redirect_rules),
		cmocka_unit_test(test_offline),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_refused),
	};
	pl_env_init(&env);
	return cmocka_run_group_tests(tests, start, stop);
}
