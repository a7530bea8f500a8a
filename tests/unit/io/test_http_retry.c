// SPDX-License-Identifier: Apache-2.0
/* Waiting, trying again, TLS, proxies; and the text of headers and URLs. */
#include "http_test.h"

/* ---- time ---- */

static struct pl_limits impatient; /* to be done within a second */
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
	/* the rules of time, without a timeout of the request */
	static const struct {
		const char *path, *says;
	} slow[] = {
		{"/hang", "127.0.0.1: no complete answer in time (1 s; --stall)"},
		{"/drip-headers", "127.0.0.1: no complete answer in time"},
		{"/flood", "127.0.0.1: no complete answer in time"},
		{"/stall", "127.0.0.1: too slow: 3 bytes in 1 s"},
		{"/drip-body", "127.0.0.1: too slow: "},
	};
	req.timeout_s = 0;
	env.limits = &impatient;
	for (size_t i = 0; i < PL_COUNT(slow); i++) {
		req.url = url(slow[i].path);
		assert_code(pl_http_do(h, &req, NULL, &r, &err), err, PL_REMOTE);
		assert_says(err, slow[i].says);
		/* The time of the stall is no time in which content moved. */
		assert_true(pl_http_content_ns(h) < 1500000000u);
	}
	env.limits = &pl_limits_default;
	/* the command's time */
	env.until_ns = pl_mono_ns() + 300000000u;
	int rc = pl_http_do(h, &req, NULL, &r, &err);
	env.until_ns = 0;
	assert_code(rc, err, PL_TIMEOUT);
	/* a signal while it hangs */
	req.url = url("/stall");
	env.stop = &stop_flag;
	req.on_bytes = stop_now;
	rc = pl_http_do(h, &req, NULL, &r, &err);
	env.stop = NULL;
	assert_code(rc, err, PL_INTERRUPTED);
	assert_true(pl_mono_ns() - from < (uint64_t)20 * 1000000000u);
}

/* Either end of a transfer, which takes 2 seconds over its part. */
struct sleepy {
	struct pl_source source;
	struct pl_sink sink;
	uint64_t left, came;
	bool slept;
};

static void sleep_once(struct sleepy *s)
{
	if (!s->slept)
		sleep(2);
	s->slept = true;
}

static int64_t sleepy_read(struct pl_source *base, void *p, size_t n, struct pl_err *err)
{
	struct sleepy *s = (struct sleepy *)base;
	(void)err;
	sleep_once(s);
	n = n < s->left ? n : (size_t)s->left;
	memset(p, 'u', n);
	s->left -= n;
	return (int64_t)n;
}

static int sleepy_write(struct pl_sink *base, const void *p, size_t n, struct pl_err *err)
{
	struct sleepy *s = (struct sleepy *)((char *)base - offsetof(struct sleepy, sink));
	(void)p;
	(void)err;
	sleep_once(s);
	s->came += n;
	return 0;
}

/* Slow, but neither stalled nor dripping: the line, the server that stores an upload, and we. */
static void test_slow(void **state)
{
	static const struct pl_source_ops source_ops = {.read = sleepy_read};
	static const struct pl_sink_ops sink_ops = {.write = sleepy_write};
	struct pl_err err = {0};
	struct pl_http_response r = {0};
	struct pl_http_request req = {.method = "GET", .url = url("/steady/8000/2")};
	struct sleepy s = {.source.ops = &source_ops, .sink.ops = &sink_ops, .left = 300000};
	(void)state;
	env.limits = &impatient;
	assert_code(pl_http_do(h, &req, NULL, &r, &err), err, 0);
	assert_int_equal(r.body.n, 8000);
	pl_http_response_done(&r);
	req.url = url("/big/900000");
	assert_code(pl_http_do(h, &req, &s.sink, &r, &err), err, 0);
	assert_int_equal(s.came, 900000);
	pl_http_response_done(&r);
	s.slept = false;
	req = (struct pl_http_request){
		.method = "PUT", .url = url("/late/2"), .body = &s.source, .body_size = s.left};
	assert_code(pl_http_do(h, &req, NULL, &r, &err), err, 0);
	assert_string_equal(r.body.p, "300000");
	pl_http_response_done(&r);
	/* a server that reads nothing of it */
	s = (struct sleepy){.source.ops = &source_ops, .left = 64 << 20};
	req.url = url("/deaf");
	req.body_size = s.left;
	int rc = pl_http_do(h, &req, NULL, &r, &err);
	env.limits = &pl_limits_default;
	assert_code(rc, err, PL_REMOTE);
	assert_says(err, "127.0.0.1: too slow: 0 bytes in 1 s");
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
	char text[64];
	(void)state;
	uint64_t from = pl_mono_ns();
	const uint64_t later = from + 60000000000u;
	assert_true(pl_http_backoff(&env, 0, &r, &err, 0, later));
	assert_true(pl_mono_ns() - from >= 200000000u);
	assert_false(pl_http_backoff(&env, 0, &r, &err, 4, later));
	/* Not when the next try would begin past the deadline, not even to wait for it. */
	from = pl_mono_ns();
	assert_false(pl_http_backoff(&env, 0, &r, &err, 0, from + 100000000u));
	assert_false(pl_http_backoff(&env, 0, &r, &err, 0, 1));
	struct pl_env brief = env;
	brief.until_ns = from + 100000000u;
	assert_false(pl_http_backoff(&brief, 0, &r, &err, 0, later));
	/* Nobody waits for a day: who asked for that is said instead. */
	r.retry_after_s = 86400;
	assert_false(pl_http_backoff(&env, 0, &r, &err, 0, later));
	assert_string_equal(pl_http_later(&r, text), "; it asks to come back in 86400 s");
	r.retry_after_s = -1;
	assert_string_equal(pl_http_later(&r, text), "");
	assert_true(pl_mono_ns() - from < 100000000u);
	stopped.stop = &set;
	assert_false(pl_http_backoff(&stopped, 0, &r, &err, 0, later));
	err.code = PL_REMOTE;
	assert_true(pl_http_backoff(&env, -PL_REMOTE, NULL, &err, 0, later));
	err.code = PL_REFUSED;
	assert_false(pl_http_backoff(&env, -PL_REFUSED, NULL, &err, 0, later));
	err = (struct pl_err){.code = PL_VERIFY};
	assert_false(pl_http_backoff(&env, -PL_VERIFY, NULL, &err, 0, later));
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
		cmocka_unit_test(test_hangs), cmocka_unit_test(test_slow),
		cmocka_unit_test(test_retry), cmocka_unit_test(test_backoff),
		cmocka_unit_test(test_tls),   cmocka_unit_test(test_proxy),
		cmocka_unit_test(test_text),
	};
	pl_env_init(&env);
	impatient = *env.limits;
	impatient.stall_s = 1;
	return cmocka_run_group_tests(tests, start, stop);
}
