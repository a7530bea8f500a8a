// SPDX-License-Identifier: Apache-2.0
/* The archive as a whole: cut, damaged, followed by something, large. */
#include "tar_test.h"

static void sample(struct pl_buf *a)
{
	char path[301];
	struct pl_err err = {0};
	memset(path, 'p', 300);
	path[150] = '/';
	path[300] = '\0';
	struct pl_tar_entry e[] = {
		{.type = PL_TAR_DIR, .path = PL_STR(""), .mode = 0755},
		{.type = PL_TAR_FILE,
		 .path = PL_STR("f"),
		 .mode = 04755,
		 .uid = 1,
		 .gid = 2,
		 .size = 600,
		 .mtime = 1700000000},
		{.type = PL_TAR_FILE,
		 .path = {path, 300},
		 .uid = 3000000,
		 .gid = 5,
		 .capability = PL_STR("\1\0\0\2")},
		{.type = PL_TAR_SYMLINK, .path = PL_STR("s"), .link = {path, 300}, .mode = 0777},
		{.type = PL_TAR_HARDLINK, .path = PL_STR("h"), .link = PL_STR("f")},
		{.type = PL_TAR_CHAR, .path = PL_STR("c"), .major = 5, .minor = 1},
	};
	char body[600];
	memset(body, 'b', sizeof(body));
	for (size_t i = 0; i < PL_COUNT(e); i++) {
		assert_code(pl_tar_format(a, &e[i], &err), err, 0);
		if (e[i].size)
			add_body(a, body, e[i].size);
	}
	pl_buf_zero(a, PL_TAR_END);
}

static void test_truncated(void **state)
{
	PL_AUTO(buf) a = {0};
	(void)state;
	sample(&a);
	size_t whole = a.n - PL_TAR_END; /* one of the two blocks at the end is enough */
	for (size_t cut = 0; cut <= a.n; cut++) {
		struct pl_err err = {0};
		int r = read_all(pl_str_sub(pl_buf_str(&a), 0, cut), 1 + cut % 700,
				 &pl_limits_default, &err);
		if (cut >= whole + 512) {
			assert_int_equal(r, 6);
		} else {
			assert_code(r, err, PL_INPUT);
			assert_says(err, "a.tar: ");
		}
	}
}

static void test_tail(void **state)
{
	struct pl_err err = {0};
	PL_AUTO(buf) a = {0};
	(void)state;
	sample(&a);
	pl_buf_zero(&a, 10240 + 7);
	assert_int_equal(read_all(pl_buf_str(&a), 999, &pl_limits_default, &err), 6);
	pl_buf_addc(&a, 'x');
	assert_code(read_all(pl_buf_str(&a), 999, &pl_limits_default, &err), err, PL_INPUT);
	assert_says(err, "after the end");
	/* no verified end of the source, no end of the archive */
	a.n--;
	struct pl_source *s = drip_new(pl_buf_str(&a), 4096);
	((struct drip *)s)->fail = PL_VERIFY;
	PL_AUTO_FREE(tar) t = pl_tar_new(s, &pl_limits_default, "a.tar");
	struct pl_tar_entry e;
	int r;
	while ((r = pl_tar_next(t, &e, &err)) > 0)
		;
	assert_code(r, err, PL_VERIFY);
}

static void test_checksum(void **state)
{
	struct pl_err err = {0};
	struct pl_tar_entry e;
	struct pl_tar_block b = plain("caf\xe9", '0', 0);
	char sum[16];
	(void)state;
	snprintf(sum, sizeof(sum), "%06o", pl_tar_checksum(&b) - 256);
	memcpy(b.checksum, sum, 7);
	b.checksum[7] = ' ';
	PL_AUTO(buf) a = {0};
	pl_buf_add(&a, &b, sizeof(b)); /* the signed sum */
	b.mode[0] = '1';
	pl_buf_add(&a, &b, sizeof(b)); /* wrong */
	PL_AUTO_FREE(tar) t = open_tar(&a);
	assert_int_equal(pl_tar_next(t, &e, &err), 1);
	assert_code(pl_tar_next(t, &e, &err), err, PL_INPUT);
	assert_says(err, "damaged");
}

static void test_skip_and_large(void **state)
{
	struct pl_err err = {0};
	struct pl_tar_entry e;
	PL_AUTO(buf) a = {0};
	size_t size = 1000003;
	PL_AUTOFREE char *body = pl_xcalloc(size, 1);
	PL_AUTOFREE char *got = pl_xcalloc(size, 1);
	(void)state;
	for (size_t i = 0; i < size; i++)
		body[i] = (char)(i * 7 + i / 251);
	for (int i = 0; i < 3; i++) {
		add_block(&a, plain("big", '0', (unsigned)size));
		add_body(&a, body, size);
	}
	pl_buf_zero(&a, PL_TAR_END);
	PL_AUTO_FREE(tar) t = open_tar(&a);
	assert_int_equal(pl_tar_next(t, &e, &err), 1);
	assert_int_equal(pl_tar_read(t, got, 10, &err), 10); /* the rest is skipped */
	assert_int_equal(pl_tar_next(t, &e, &err), 1);
	size_t n = 0;
	int64_t k;
	while ((k = pl_tar_read(t, got + n, size - n, &err)) > 0)
		n += (size_t)k;
	assert_int_equal(n, size);
	assert_memory_equal(got, body, size);
	assert_int_equal(pl_tar_next(t, &e, &err), 1);
	assert_int_equal(pl_tar_next(t, &e, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_tail),
		cmocka_unit_test(test_checksum),
		cmocka_unit_test(test_skip_and_large),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
