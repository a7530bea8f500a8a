// SPDX-License-Identifier: Apache-2.0
#include "io_test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static void test_mem(void **state)
{
	struct pl_err err = {0};
	char c[4];
	PL_AUTO_FREE(source) s = pl_source_mem(PL_STR("hello"));
	(void)state;
	assert_int_equal(pl_source_read(s, c, 4, &err), 4);
	assert_memory_equal(c, "hell", 4);
	assert_int_equal(pl_source_read(s, c, 4, &err), 1);
	assert_int_equal(pl_source_read(s, c, 4, &err), 0);
	assert_int_equal(pl_source_read(s, c, 4, &err), 0);
	PL_AUTO_FREE(source) empty = pl_source_mem((struct pl_str){0});
	assert_int_equal(pl_source_read(empty, c, 4, &err), 0);
}

static void test_sticky(void **state)
{
	struct pl_err err = {0};
	char c[4];
	unsigned closed = 0;
	struct pl_source *s = drip_new(PL_STR("ab"), 1);
	(void)state;
	((struct drip *)s)->fail = PL_REMOTE;
	((struct drip *)s)->closed = &closed;
	assert_int_equal(pl_source_read(s, c, 4, &err), 1);
	assert_int_equal(pl_source_read(s, c, 4, &err), 1);
	assert_code(pl_source_read(s, c, 4, &err), err, PL_REMOTE);
	((struct drip *)s)->fail = 0; /* would end well now, but must not */
	err = (struct pl_err){0};
	assert_code(pl_source_read(s, c, 4, &err), err, PL_REMOTE);
	assert_string_equal(err.msg, "dripped out");
	pl_source_free(s);
	assert_int_equal(closed, 1);
	pl_source_free(NULL);
}

static void test_file(void **state)
{
	struct pl_err err = {0};
	char path[] = "/tmp/pl-stream.XXXXXX", c[8];
	int fd = mkstemp(path);
	struct pl_source *s = NULL;
	(void)state;
	assert_int_equal(write(fd, "abc", 3), 3);
	close(fd);
	assert_code(pl_source_file(path, &s, &err), err, 0);
	assert_int_equal(pl_source_read(s, c, 8, &err), 3);
	assert_int_equal(pl_source_read(s, c, 8, &err), 0);
	pl_source_free(s);
	unlink(path);
	s = NULL;
	assert_code(pl_source_file(path, &s, &err), err, PL_NOT_FOUND);
	assert_code(pl_source_file("/tmp", &s, &err), err, PL_INPUT);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_code(pl_source_file(path, &s, &err), err, PL_INPUT); /* and does not hang */
	unlink(path);
	assert_null(s);
	/* a descriptor that cannot be read names its place */
	s = pl_source_fd(open("/dev/null", O_WRONLY | O_CLOEXEC), "thing");
	assert_code(pl_source_read(s, c, 8, &err), err, PL_SYS);
	assert_says(err, "thing: ");
	pl_source_free(s);
}

static void test_full_and_all(void **state)
{
	struct pl_err err = {0};
	char c[8];
	(void)state;
	PL_AUTO_FREE(source) s = drip_new(PL_STR("0123456789"), 3);
	assert_code(pl_source_read_full(s, c, 8, "x", &err), err, 0);
	assert_memory_equal(c, "01234567", 8);
	assert_code(pl_source_read_full(s, c, 3, "x", &err), err, PL_INPUT);
	assert_string_equal(err.msg, "x: ends too early");
	for (size_t max = 8; max < 13; max++) {
		PL_AUTO(buf) b = {.max = max};
		PL_AUTO_FREE(source) all = drip_new(PL_STR("0123456789"), 3);
		assert_code(pl_source_read_all(all, &b, "x", &err), err, max < 10 ? PL_LIMIT : 0);
		if (max >= 10)
			assert_string_equal(b.p, "0123456789");
	}
	PL_AUTO(buf) b = {0};
	PL_AUTO_FREE(source) bad = drip_new(PL_STR("0123"), 3);
	((struct drip *)bad)->fail = PL_VERIFY;
	assert_code(pl_source_read_all(bad, &b, "x", &err), err, PL_VERIFY);
}

static void test_limit(void **state)
{
	(void)state;
	for (uint64_t max = 0; max < 12; max++) {
		struct pl_err err = {0};
		PL_AUTO(buf) b = {0};
		PL_AUTO_FREE(source)
		s = pl_source_limit(drip_new(PL_STR("0123456789"), 4), max, "thing");
		assert_code(pl_source_read_all(s, &b, "x", &err), err, max < 10 ? PL_LIMIT : 0);
		if (max < 10)
			assert_says(err, "thing: larger than ");
		assert_true(b.n <= max);
	}
}

static void test_verify(void **state)
{
	struct pl_digest good = pl_sha256_of(PL_STR("0123456789")), bad = good;
	bad.b[31] ^= 1;
	const struct {
		uint64_t size;
		const struct pl_digest *digest;
		int want;
	} table[] = {
		{10, &good, 0},         {UINT64_MAX, &good, 0},
		{10, NULL, 0},          {UINT64_MAX, NULL, 0},
		{10, &bad, PL_VERIFY},  {9, &good, PL_VERIFY},
		{11, &good, PL_VERIFY}, {9, NULL, PL_VERIFY},
		{11, NULL, PL_VERIFY},  {UINT64_MAX, &bad, PL_VERIFY},
		{0, NULL, PL_VERIFY},
	};
	(void)state;
	for (size_t i = 0; i < PL_COUNT(table); i++) {
		struct pl_err err = {0};
		PL_AUTO(buf) b = {0};
		PL_AUTO_FREE(source)
		s = pl_source_verify(drip_new(PL_STR("0123456789"), 4), table[i].size,
				     table[i].digest, "thing");
		assert_code(pl_source_read_all(s, &b, "x", &err), err, table[i].want);
		if (table[i].want)
			assert_says(err, "thing: has ");
		if (table[i].want && table[i].size < 10)
			assert_true(b.n <= table[i].size); /* not one byte too many */
	}
}

static void test_tee(void **state)
{
	struct pl_err err = {0};
	struct pl_sha256 h = {0};
	struct pl_digest got, want = pl_sha256_of(PL_STR("0123456789"));
	uint64_t count = 5;
	PL_AUTO(buf) b = {0};
	(void)state;
	pl_sha256_init(&h);
	struct pl_source *s = pl_source_tee(drip_new(PL_STR("0123456789"), 3), &h, &count);
	assert_code(pl_source_read_all(s, &b, "x", &err), err, 0);
	pl_source_free(s);
	pl_sha256_final(&h, &got);
	pl_sha256_done(&h);
	assert_true(pl_digest_eq(&got, &want));
	assert_int_equal(count, 15);
	s = pl_source_tee(drip_new(PL_STR("0123456789"), 3), NULL, NULL);
	pl_buf_clear(&b);
	assert_code(pl_source_read_all(s, &b, "x", &err), err, 0);
	assert_int_equal(b.n, 10);
	pl_source_free(s);
}

static void test_context(void **state)
{
	struct pl_err err = {0};
	char c;
	struct pl_source *in = drip_new(PL_STR(""), 1);
	(void)state;
	((struct drip *)in)->fail = PL_REMOTE;
	PL_AUTO_FREE(source)
	s = pl_source_limit(pl_source_verify(in, 1, NULL, "thing"), 1, "thing");
	assert_code(pl_source_read(s, &c, 1, &err), err, PL_REMOTE);
	assert_string_equal(err.msg, "thing: dripped out"); /* named once */
}

static void test_copy(void **state)
{
	struct pl_err err = {0};
	uint64_t n = 0;
	PL_AUTO(buf) b = {0};
	PL_AUTO(buf) small = {.max = 4};
	PL_AUTO_FREE(source) s = drip_new(PL_STR("0123456789"), 3);
	PL_AUTO_FREE(source) again = drip_new(PL_STR("0123456789"), 3);
	PL_AUTO_FREE(sink) to = pl_sink_buf(&b);
	PL_AUTO_FREE(sink) full = pl_sink_buf(&small);
	(void)state;
	assert_code(pl_copy(s, to, &n, &err), err, 0);
	assert_int_equal(n, 10);
	assert_string_equal(b.p, "0123456789");
	assert_code(pl_sink_finish(to, &err), err, 0);
	n = 99;
	assert_code(pl_copy(again, full, &n, &err), err, PL_LIMIT);
	assert_int_equal(n, 99);
	err = (struct pl_err){0};
	small.overflow = false;
	small.max = 100; /* would fit now, but the sink has failed */
	assert_code(pl_sink_write(full, "x", 1, &err), err, PL_LIMIT);
	assert_code(pl_sink_finish(full, &err), err, PL_LIMIT);
	pl_sink_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mem),   cmocka_unit_test(test_sticky),
		cmocka_unit_test(test_file),  cmocka_unit_test(test_full_and_all),
		cmocka_unit_test(test_limit), cmocka_unit_test(test_verify),
		cmocka_unit_test(test_tee),   cmocka_unit_test(test_context),
		cmocka_unit_test(test_copy),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
