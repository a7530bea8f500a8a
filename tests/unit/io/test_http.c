// SPDX-License-Identifier: Apache-2.0
/* Plain requests: headers, methods, bodies, limits. */
#include "http_test.h"

static void test_headers(void **state)
{
	struct pl_err err = {0};
	PL_AUTO(http_response) r = {0};
	(void)state;
	assert_code(get("/ok", &r, &err), err, 0);
	assert_int_equal(r.status, 200);
	assert_string_equal(r.body.p, "hello");
	assert_int_equal(r.content_length, 5);
	assert_string_equal(r.content_type, "text/plain");
	assert_string_equal(r.etag, "\"e\"");
	assert_string_equal(r.docker_content_digest, "sha256:00");
	assert_string_equal(r.link, "</next>; rel=next");
	assert_string_equal(r.oci_subject, "sha256:11");
	assert_string_equal(r.range, "0-4");
	assert_string_equal(r.oci_chunk_min_length, "7");
	assert_string_equal(r.warning, "299 - x");
	assert_string_equal(r.last_modified, "Sat, 11 Jul 2026 10:16:37 GMT");
	assert_string_equal(r.effective_url, url("/ok"));
	assert_null(r.location);
	assert_null(r.www_authenticate);
	assert_int_equal(r.retry_after_s, -1);

	PL_AUTO(http_response) c = {0};
	assert_code(get("/challenge", &c, &err), err, 0);
	assert_int_equal(c.status, 401);
	assert_string_equal(c.www_authenticate[0], "Bearer realm=\"a,b\"");
	assert_string_equal(c.www_authenticate[1], "Basic realm=\"c\"");
	assert_null(c.www_authenticate[2]);
	assert_string_equal(c.body.p, "{}");
}

/* Neither what comes before the final answer nor after its body are its headers. */
static void test_not_headers(void **state)
{
	struct pl_err err = {0};
	PL_AUTO(http_response) a = {0};
	PL_AUTO(http_response) b = {0};
	(void)state;
	assert_code(get("/continue", &a, &err), err, 0);
	assert_string_equal(a.body.p, "late");
	assert_null(a.etag);
	assert_code(get("/chunked", &b, &err), err, 0);
	assert_string_equal(b.body.p, "hello");
	assert_null(b.etag);
	assert_int_equal(b.content_length, UINT64_MAX);
}

static void show(const char *method, struct pl_source *body, uint64_t size, const char *want)
{
	struct pl_err err = {0};
	const struct pl_http_header list[] = {{"X-Test", "yes"}};
	struct pl_http_request req = {.method = method,
				      .url = url("/show"),
				      .headers = list,
				      .n_headers = 1,
				      .authorization = "Bearer t",
				      .body = body,
				      .body_size = size};
	PL_AUTO(http_response) r = {0};
	assert_code(pl_http_do(h, &req, NULL, &r, &err), err, 0);
	assert_string_equal(r.body.p, want);
	pl_source_free(body);
}

static void test_methods(void **state)
{
	(void)state;
	const char *agent = "encoding=None agent=plimsoll/" PLIMSOLL_VERSION " x=yes body=";
	static const char *const methods[] = {"POST", "PUT", "PATCH"};
	char want[300];
	for (size_t i = 0; i < PL_COUNT(methods); i++) {
		snprintf(want, sizeof(want), "%s auth=Bearer t type=None length=0 expect=None %s",
			 methods[i], agent);
		show(methods[i], NULL, 0, want);
		snprintf(want, sizeof(want),
			 "%s auth=Bearer t type=None length=4 expect=None %sdata", methods[i],
			 agent);
		show(methods[i], pl_source_mem(PL_STR("data")), 4, want);
	}
	snprintf(want, sizeof(want), "GET auth=Bearer t type=None length=None expect=None %s",
		 agent);
	show("GET", NULL, 0, want);
	snprintf(want, sizeof(want), "DELETE auth=Bearer t type=None length=None expect=None %s",
		 agent);
	show("DELETE", NULL, 0, want);
}

static void test_large_upload(void **state)
{
	struct pl_err err = {0};
	size_t n = 3 << 20;
	PL_AUTOFREE char *data = pl_xcalloc(n, 1);
	PL_AUTO(http_response) r = {0};
	struct pl_http_request req = {
		.method = "PUT", .url = url("/show"), .body_size = n, .max_body = 4 << 20};
	(void)state;
	memset(data, 'u', n);
	PL_AUTO_FREE(source) body = drip_new((struct pl_str){data, n}, 70000);
	req.body = body;
	assert_code(pl_http_do(h, &req, NULL, &r, &err), err, 0);
	assert_memory_equal(r.body.p + r.body.n - n, data, n);
	assert_non_null(strstr(r.body.p, "length=3145728 expect=None"));
}

/* The last byte must not leave before the source has been verified. */
static void test_bad_upload(void **state)
{
	static const struct {
		uint64_t size;
		int fail, want;
	} table[] = {{5, 0, PL_INPUT}, {3, 0, PL_INPUT}, {4, PL_VERIFY, PL_VERIFY}};
	(void)state;
	for (size_t i = 0; i < PL_COUNT(table); i++) {
		struct pl_err err = {0};
		PL_AUTO(http_response) r = {0};
		PL_AUTO_FREE(source) body = drip_new(PL_STR("data"), 2);
		((struct drip *)body)->fail = table[i].fail;
		struct pl_http_request req = {.method = "PUT",
					      .url = url("/show"),
					      .body = body,
					      .body_size = table[i].size};
		assert_code(pl_http_do(h, &req, NULL, &r, &err), err, table[i].want);
	}
}

static void count_bytes(void *ctx, uint64_t n) { *(uint64_t *)ctx += n; }

static void test_sink(void **state)
{
	struct pl_err err = {0};
	uint64_t seen = 0;
	PL_AUTO(buf) b = {0};
	PL_AUTO(buf) e = {0};
	PL_AUTO_FREE(sink) s = pl_sink_buf(&b);
	PL_AUTO_FREE(sink) t = pl_sink_buf(&e);
	PL_AUTO(http_response) r = {0};
	PL_AUTO(http_response) f = {0};
	struct pl_http_request req = {
		.method = "GET", .url = url("/big/300000"), .on_bytes = count_bytes};
	(void)state;
	req.on_bytes_ctx = &seen;
	assert_code(pl_http_do(h, &req, s, &r, &err), err, 0);
	assert_int_equal(b.n, 300000);
	assert_int_equal(r.body.n, 0);
	assert_int_equal(seen, 300000);
	/* an error's body is kept apart, and cut */
	req.url = url("/big/300000?status=500");
	assert_code(pl_http_do(h, &req, t, &f, &err), err, 0);
	assert_int_equal(f.status, 500);
	assert_int_equal(e.n, 0);
	assert_int_equal(f.body.n, 65536);
	/* a sink that fails names its own cause */
	PL_AUTO(buf) small = {.max = 1000};
	PL_AUTO_FREE(sink) u = pl_sink_buf(&small);
	PL_AUTO(http_response) g = {0};
	req.url = url("/big/300000");
	assert_code(pl_http_do(h, &req, u, &g, &err), err, PL_LIMIT);
	assert_says(err, "larger than 1000 bytes");
}

static void test_limits(void **state)
{
	static const struct {
		const char *path;
		uint64_t max;
		int want;
		const char *says;
	} table[] = {
		{"/big/1000", 1000, 0, NULL},
		{"/big/1001", 1000, PL_LIMIT, "127.0.0.1: the answer is larger than 1000"},
		{"/unknown-length/1000", 1000, 0, NULL},
		{"/unknown-length/1001", 1000, PL_LIMIT, "larger than 1000"},
		{"/big/16777217", 0, PL_LIMIT, "larger than 16777216"},
		{"/headers/200", 0, 0, NULL},
		{"/headers/270", 0, PL_LIMIT, "262144 bytes of HTTP headers"},
		{"/long-header/300000", 0, PL_LIMIT, "too large"},
		{"/garbage", 0, PL_REMOTE, "127.0.0.1: "},
		{"/close", 0, PL_REMOTE, "127.0.0.1: "},
		{"/truncated", 0, PL_REMOTE, "127.0.0.1: "},
		{"/chunked-truncated", 0, PL_REMOTE, "127.0.0.1: "},
	};
	(void)state;
	for (size_t i = 0; i < PL_COUNT(table); i++) {
		struct pl_err err = {0};
		struct pl_http_response r = {.status = 7};
		struct pl_http_request req = {
			.method = "GET", .url = url(table[i].path), .max_body = table[i].max};
		int rc = pl_http_do(h, &req, NULL, &r, &err);
		if (rc != -table[i].want)
			print_message("%s\n", table[i].path);
		assert_code(rc, err, table[i].want);
		if (table[i].says)
			assert_says(err, table[i].says);
		if (rc < 0)
			assert_int_equal(r.status, 7); /* untouched */
		else
			pl_http_response_done(&r);
	}
}

/* Many answers of this kind have no body to wait for. */
static void test_head(void **state)
{
	struct pl_err err = {0};
	uint64_t from = pl_mono_ns();
	struct pl_http_request req = {.method = "HEAD", .url = url("/big/1000000")};
	(void)state;
	for (int i = 0; i < 3; i++) {
		PL_AUTO(http_response) r = {0};
		assert_code(pl_http_do(h, &req, NULL, &r, &err), err, 0);
		assert_int_equal(r.content_length, 1000000);
		assert_int_equal(r.body.n, 0);
	}
	assert_true(pl_mono_ns() - from < (uint64_t)2 * 1000000000u);
}

static void test_content_encoding(void **state)
{
	struct pl_err err = {0};
	PL_AUTO(http_response) r = {0};
	(void)state;
	assert_code(get("/gzip", &r, &err), err, 0);
	assert_memory_equal(r.body.p, "\x1f\x8b", 2); /* as it is */
}

static void test_keep_alive(void **state)
{
	struct pl_err err = {0};
	char first[20] = "";
	(void)state;
	for (int i = 0; i < 5; i++) {
		PL_AUTO(http_response) r = {0};
		PL_AUTO(http_response) missing = {0};
		assert_code(get("/connection", &r, &err), err, 0);
		assert_true(r.body.n < sizeof(first));
		if (i == 0)
			memcpy(first, r.body.p, r.body.n + 1);
		assert_string_equal(r.body.p, first);
		assert_code(get("/none", &missing, &err), err, 0);
		assert_int_equal(missing.status, 404);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers),          cmocka_unit_test(test_not_headers),
		cmocka_unit_test(test_methods),          cmocka_unit_test(test_large_upload),
		cmocka_unit_test(test_bad_upload),       cmocka_unit_test(test_sink),
		cmocka_unit_test(test_limits),           cmocka_unit_test(test_head),
		cmocka_unit_test(test_content_encoding), cmocka_unit_test(test_keep_alive),
	};
	pl_env_init(&env);
	return cmocka_run_group_tests(tests, start, stop);
}
