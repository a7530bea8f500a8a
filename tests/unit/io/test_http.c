// SPDX-License-Identifier: Apache-2.0
#include "io_test.h"

#include "base/clock.h"
#include "io/http_int.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static struct pl_env env;
static struct pl_http *h;
static int port, other_port, tls_port;
static char cert[200];
static pid_t server;
static int server_stdin;

/* ---- the server ---- */

static int start(void **state)
{
	int in[2], out[2];
	posix_spawn_file_actions_t fa;
	char python[] = "python3", script[] = "tests/unit/io/http_server.py";
	char *argv[] = {python, script, NULL};
	struct pl_err err = {0};
	(void)state;
	if (pipe2(in, 02000000) < 0 || pipe2(out, 02000000) < 0) /* O_CLOEXEC */
		return -1;
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, in[0], 0);
	posix_spawn_file_actions_adddup2(&fa, out[1], 1);
	if (posix_spawnp(&server, "python3", &fa, NULL, argv, environ) != 0)
		return -1;
	posix_spawn_file_actions_destroy(&fa);
	close(in[0]);
	close(out[1]);
	server_stdin = in[1];
	FILE *f = fdopen(out[0], "r");
	if (fscanf(f, "%d %d %d %199s", &port, &other_port, &tls_port, cert) != 4)
		return -1;
	fclose(f);
	if (pl_http_global_init(&err) < 0)
		return -1;
	h = pl_http_new(&env);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	pl_http_free(h);
	pl_http_global_done();
	close(server_stdin); /* the server ends by itself */
	waitpid(server, NULL, 0);
	return 0;
}

static const char *url_at(int p, const char *path)
{
	static char text[4][400];
	static int i;
	i = (i + 1) % 4;
	snprintf(text[i], sizeof(text[i]), "http://127.0.0.1:%d%s", p, path);
	return text[i];
}
static const char *url(const char *path) { return url_at(port, path); }

/* GET without anything else. */
static int get(const char *path, struct pl_http_response *resp, struct pl_err *err)
{
	struct pl_http_request req = {.method = "GET", .url = url(path), .timeout_s = 20};
	return pl_http_do(h, &req, NULL, resp, err);
}

/* ---- plain requests ---- */

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

/* ---- redirects ---- */

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

/* ---- time ---- */

static atomic_bool stop_flag;
static void stop_now(void *ctx, uint64_t n)
{
	(void)ctx;
	(void)n;
	atomic_store(&stop_flag, true);
}

static void test_hangs(void **state)
{
	struct pl_err err = {0};
	struct pl_http_response r = {0};
	uint64_t from = pl_mono_ns();
	struct pl_http_request req = {.method = "GET", .url = url("/hang"), .timeout_s = 1};
	(void)state;
	assert_code(pl_http_do(h, &req, NULL, &r, &err), err, PL_REMOTE);
	assert_says(err, "127.0.0.1: no complete answer in time");
	/* the stall rule, without a timeout of the request */
	req.timeout_s = 0;
	h->stall_s = 1;
	assert_code(pl_http_do(h, &req, NULL, &r, &err), err, PL_REMOTE);
	req.url = url("/stall");
	assert_code(pl_http_do(h, &req, NULL, &r, &err), err, PL_REMOTE);
	h->stall_s = 30;
	/* a signal while it hangs */
	env.stop = &stop_flag;
	req.on_bytes = stop_now;
	int rc = pl_http_do(h, &req, NULL, &r, &err);
	env.stop = NULL;
	assert_code(rc, err, PL_INTERRUPTED);
	assert_true(pl_mono_ns() - from < (uint64_t)20 * 1000000000u);
}

static int64_t fixed_now(void *ctx)
{
	(void)ctx;
	return 1783764997; /* Sat, 11 Jul 2026 10:16:37 UTC */
}

static void test_retry(void **state)
{
	struct pl_err err = {0};
	struct pl_http_response r = {0};
	struct pl_http_request req = {.method = "GET"};
	(void)state;
	uint64_t from = pl_mono_ns();
	req.url = url("/flaky/1?status=429&after=1");
	assert_code(pl_http_do_retry(h, &req, &r, &err), err, 0);
	assert_int_equal(r.status, 200);
	assert_string_equal(r.body.p, "try 2");
	assert_true(pl_mono_ns() - from >= 1000000000u);
	pl_http_response_done(&r);
	/* 5 tries, then the last answer as it is */
	req.url = url("/flaky/9?status=503&after=0");
	assert_code(pl_http_do_retry(h, &req, &r, &err), err, 0);
	assert_int_equal(r.status, 503);
	pl_http_response_done(&r);
	assert_code(get("/count?of=/flaky/9%3Fstatus%3D503%26after%3D0", &r, &err), err, 0);
	assert_string_equal(r.body.p, "5");
	pl_http_response_done(&r);
	/* what stays wrong is not tried again */
	req.url = url("/flaky/9?status=400");
	assert_code(pl_http_do_retry(h, &req, &r, &err), err, 0);
	pl_http_response_done(&r);
	assert_code(get("/count?of=/flaky/9%3Fstatus%3D400", &r, &err), err, 0);
	assert_string_equal(r.body.p, "1");
	pl_http_response_done(&r);
	/* a date counts from the clock of env */
	int64_t (*now)(void *) = env.now;
	env.now = fixed_now;
	int rc = get("/flaky/1?status=503&after=Sat,%2011%20Jul%202026%2010:17:37%20GMT", &r, &err);
	env.now = now;
	assert_code(rc, err, 0);
	assert_int_equal(r.retry_after_s, 60);
	pl_http_response_done(&r);
}

static void test_backoff(void **state)
{
	struct pl_err err = {0};
	struct pl_http_response r = {.status = 503, .retry_after_s = -1};
	atomic_bool set = true;
	struct pl_env stopped = env;
	(void)state;
	uint64_t from = pl_mono_ns();
	assert_true(pl_http_backoff(&env, 0, &r, &err, 0));
	assert_true(pl_mono_ns() - from >= 200000000u);
	assert_false(pl_http_backoff(&env, 0, &r, &err, 4));
	stopped.stop = &set;
	assert_false(pl_http_backoff(&stopped, 0, &r, &err, 0));
	err.code = PL_REMOTE;
	assert_true(pl_http_backoff(&env, -PL_REMOTE, NULL, &err, 0));
	err.code = PL_REFUSED;
	assert_false(pl_http_backoff(&env, -PL_REFUSED, NULL, &err, 0));
	err = (struct pl_err){.code = PL_VERIFY};
	assert_false(pl_http_backoff(&env, -PL_VERIFY, NULL, &err, 0));
}

/* ---- TLS ---- */

static void test_tls(void **state)
{
	struct pl_err err = {0};
	char text[100];
	PL_AUTO(http_response) r = {0};
	struct pl_http_request req = {.method = "GET", .url = text};
	(void)state;
	snprintf(text, sizeof(text), "https://127.0.0.1:%d/ok", tls_port);
	unsetenv("SSL_CERT_FILE");
	assert_code(pl_http_do(h, &req, NULL, &r, &err), err, PL_VERIFY);
	assert_says(err, "127.0.0.1: ");
	setenv("SSL_CERT_FILE", cert, 1);
	assert_code(pl_http_do(h, &req, NULL, &r, &err), err, 0);
	unsetenv("SSL_CERT_FILE");
	assert_string_equal(r.body.p, "hello");
}

static void test_proxy(void **state)
{
	struct pl_err err = {0};
	PL_AUTO(http_response) r = {0};
	char proxy[60];
	struct pl_http_request req = {.method = "GET",
				      .url = "http://registry.example/show",
				      .allow_http = true,
				      .max_body = 1000};
	(void)state;
	setenv("http_proxy", "http://127.0.0.1:1", 1); /* where nobody listens */
	int direct = get("/ok", &r, &err);
	assert_code(direct, err, 0);
	pl_http_response_done(&r);
	snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d", other_port);
	setenv("http_proxy", proxy, 1);
	int over = pl_http_do(h, &req, NULL, &r, &err);
	unsetenv("http_proxy");
	assert_code(over, err, 0);
	assert_string_equal(r.body.p, "GET over a proxy");
}

/* ---- text ---- */

static void test_text(void **state)
{
	static const struct {
		const char *host;
		bool want;
	} hosts[] = {
		{"127.0.0.1", true},
		{"127.255.0.9:5000", true},
		{"localhost", true},
		{"LocalHost:80", true},
		{"[::1]", true},
		{"[::1]:5000", true},
		{"::1", true},
		{"127.0.0.1.example.org", false},
		{"127.example", false},
		{"128.0.0.1", false},
		{"localhost.example", false},
		{"xlocalhost", false},
		{"[::2]", false},
		{"", false},
		{"127.0.0.256", false},
		{"127.0.0", false},
		{"127.0.0.1:99999", false},
	};
	(void)state;
	for (size_t i = 0; i < PL_COUNT(hosts); i++)
		if (pl_host_is_loopback(pl_str_of(hosts[i].host)) != hosts[i].want)
			fail_msg("%s", hosts[i].host);
	PL_AUTOFREE char *all = pl_url_encode(PL_STR("aZ09-._~ /+%:\xff\0"));
	assert_string_equal(all, "aZ09-._~%20%2F%2B%25%3A%FF%00");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_not_headers),
		cmocka_unit_test(test_methods),
		cmocka_unit_test(test_large_upload),
		cmocka_unit_test(test_bad_upload),
		cmocka_unit_test(test_sink),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_content_encoding),
		cmocka_unit_test(test_keep_alive),
		cmocka_unit_test(test_redirect_authorization),
		cmocka_unit_test(test_redirect_rules),
		cmocka_unit_test(test_offline),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_hangs),
		cmocka_unit_test(test_retry),
		cmocka_unit_test(test_backoff),
		cmocka_unit_test(test_tls),
		cmocka_unit_test(test_proxy),
		cmocka_unit_test(test_text),
	};
	pl_env_init(&env);
	return cmocka_run_group_tests(tests, start, stop);
}
