// SPDX-License-Identifier: Apache-2.0
/* Requests judged by their head. What the HTTP library makes of a head before is tested over
 * sockets, by tests/functional/serve_hostile.py. */
#include "server/admit_int.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define HOST "Host", "localhost:8077"
#define JSON "Content-Type", "application/json"
#define BEARER "Authorization", "Bearer 0123456789abcdef"

struct row {
	enum pl_method method;
	const char *headers[12]; /* names and values */
	unsigned open, token;    /* status without tokens and with one */
};

static unsigned judge(const struct pl_admission *a, const struct row *r, const char *target,
		      uint64_t *ret_length)
{
	struct pl_head h = {.method = r->method, .target = target};
	const char *detail = NULL;
	for (size_t i = 0; i + 1 < PL_COUNT(r->headers) && r->headers[i]; i += 2)
		pl_head_add(&h, r->headers[i], r->headers[i + 1]);
	unsigned status = pl_admit(a, &h, ret_length, &detail);
	if (status)
		assert_non_null(detail);
	return status;
}

static void rows(void **state)
{
	static const struct row v[] = {
		{PL_GET, {HOST}, 0, 0},
		{PL_GET, {"hOST", "LOCALHOST:8077"}, 0, 0},
		{PL_GET, {"Host", "[::1]:8077"}, 0, 0},
		{PL_GET, {"Host", "127.0.0.5:8077"}, 0, 0}, /* where it listens */
		{PL_GET, {"Host", "127.0.0.6:8077"}, 403, 0},
		{PL_GET, {"Host", "localhost"}, 403, 0},
		{PL_GET, {"Host", "localhost:80770"}, 403, 0},
		{PL_GET, {"Host", "127.evil.example:8077"}, 403, 0},
		{PL_GET, {"Host", "a@localhost:8077"}, 400, 400},
		{PL_GET, {"Host", ""}, 400, 400},
		{PL_GET, {"Accept", "*/*"}, 400, 400},
		{PL_GET, {HOST, HOST}, 400, 400},
		{PL_GET, {HOST, "Via", "1.1 a"}, 403, 0},
		{PL_GET, {HOST, "x-forwarded-for", "127.0.0.1"}, 403, 0},
		{PL_GET, {HOST, "Origin", "http://localhost:8077"}, 0, 0},
		{PL_GET, {HOST, "Origin", "http://localhost:8078"}, 403, 0},
		{PL_GET, {HOST, "Origin", "null"}, 403, 0},
		{PL_GET, {HOST, "Content-Length", "0"}, 0, 0},
		{PL_GET, {HOST, "Content-Length", "1"}, 400, 400},
		{PL_GET, {HOST, "Transfer-Encoding", "chunked"}, 400, 400},
		{PL_GET, {HOST, "A b", "c"}, 400, 400},
		{PL_GET, {HOST, "", "c"}, 400, 400},
		{PL_DELETE, {HOST}, 0, 401},
		{PL_DELETE, {HOST, BEARER}, 0, 0},
		{PL_DELETE, {HOST, BEARER, "Content-Length", "1"}, 400, 400},
		{PL_METHODS, {HOST, "Content-Length", "1"}, 400, 400},
		{PL_PUT, {HOST, BEARER, JSON, "Content-Length", "100"}, 0, 0},
		{PL_PUT, {HOST, BEARER, JSON, "Content-Length", "101"}, 413, 413},
		{PL_PUT,
		 {HOST, BEARER, JSON, "Content-Length", "1", "Content-Length", "1"},
		 400,
		 400},
		{PL_PUT, {HOST, BEARER, "Content-Length", "1"}, 415, 415},
		{PL_PUT, {HOST, JSON, "Content-Length", "1"}, 0, 401},
		{PL_POST, {HOST, BEARER, JSON, "Transfer-Encoding", "Chunked"}, 0, 0},
		{PL_POST, {HOST, BEARER, JSON, "Transfer-Encoding", "gzip"}, 501, 501},
		{PL_POST,
		 {HOST, BEARER, JSON, "Transfer-Encoding", "chunked", "Content-Length", "1"},
		 400,
		 400},
	};
	struct pl_digest accepted = pl_sha256_of(PL_STR("0123456789abcdef"));
	const struct pl_tokens none = {0}, one = {.v = &accepted, .n = 1, .cap = 1};
	struct pl_admission a = {.body_max = 100, .open_writes = true};
	(void)state;
	pl_admission_init(&a, "inventory.test:8077", "127.0.0.5:8077");
	for (size_t i = 0; i < PL_COUNT(v); i++) {
		uint64_t length = 77;
		a.tokens = &none;
		unsigned got = judge(&a, &v[i], "/images", &length);
		if (got != v[i].open)
			fail_msg("row %zu, without tokens: %u", i, got);
		assert_true(got ? length == 77 : length != 77);
		a.tokens = &one;
		got = judge(&a, &v[i], "/images", &length);
		if (got != v[i].token)
			fail_msg("row %zu, with tokens: %u", i, got);
	}
	const struct row named = {PL_PUT, {"Host", "inventory.test:8077", JSON}, 0, 0};
	uint64_t length = 77;
	a.tokens = &none;
	assert_int_equal(judge(&a, &named, "/images", &length), 0);
	assert_int_equal(length, 0);
	static const char *const targets[] = {"",     "*",     "http://localhost:8077/",
					      "/a b", "/\x7f", "/\xc3"};
	for (size_t i = 0; i < PL_COUNT(targets); i++)
		assert_int_equal(judge(&a, &named, targets[i], &length), 400);
	a.open_writes = false;
	assert_int_equal(judge(&a, &named, "/images", &length), 403);
	pl_admission_done(&a);
}

static void all_addresses(void **state)
{
	const struct pl_tokens none = {0};
	struct pl_admission a = {.body_max = 100, .tokens = &none};
	struct pl_head h = {.target = "/", .host = "192.0.2.1:80"};
	const char *detail;
	uint64_t length;
	(void)state;
	pl_admission_init(&a, "0.0.0.0:80", "0.0.0.0:80");
	assert_int_equal(pl_admit(&a, &h, &length, &detail), 403);
	h.arrived = "192.0.2.1:80";
	assert_int_equal(pl_admit(&a, &h, &length, &detail), 0);
	h.host = "192.0.2.10:80";
	assert_int_equal(pl_admit(&a, &h, &length, &detail), 403);
	h.host = "localhost"; /* of port 80 */
	assert_int_equal(pl_admit(&a, &h, &length, &detail), 0);
	h.before_1_1 = true;
	assert_int_equal(pl_admit(&a, &h, &length, &detail), 403);
	pl_admission_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows),
		cmocka_unit_test(all_addresses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
