// SPDX-License-Identifier: Apache-2.0
/* Writing headers. */
#include "tar_test.h"

static void test_format_round_trip(void **state)
{
	char longest[512];
	(void)state;
	memset(longest, 'x', sizeof(longest));
	for (size_t n = 1; n < sizeof(longest); n++) {
		longest[n - 1] = n % 60 == 59 ? '/' : 'x';
		if (longest[n - 1] == '/')
			continue;
		for (int type = '0'; type <= '6'; type++) {
			struct pl_err err = {0};
			struct pl_tar_entry got, e = {
							 .type = (enum pl_tar_type)type,
							 .path = {longest, n},
							 .mode = 01777,
							 .uid = 02000000u * (uint32_t)(n % 9),
							 .gid = 07777777u + (uint32_t)(n & 1),
							 .mtime = (int64_t)n * 20000000000000,
						 };
			if (type == '1' || type == '2')
				e.link = e.path;
			if (type == '3' || type == '4')
				e.major = 0xfffff, e.minor = (uint32_t)n;
			PL_AUTO(buf) a = {0};
			PL_AUTO(buf) again = {0};
			assert_code(pl_tar_format(&a, &e, &err), err, 0);
			assert_code(pl_tar_format(&again, &e, &err), err, 0);
			assert_int_equal(a.n % 512, 0);
			assert_true(pl_str_eq(pl_buf_str(&a), pl_buf_str(&again)));
			PL_AUTO_FREE(tar) t = open_tar(&a);
			assert_int_equal(pl_tar_next(t, &got, &err), 1);
			assert_int_equal(got.type, e.type);
			assert_true(pl_str_eq(got.path, e.path));
			assert_true(pl_str_eq(got.link, e.link));
			assert_int_equal(got.mode, e.mode);
			assert_int_equal(got.uid, e.uid);
			assert_int_equal(got.gid, e.gid);
			assert_int_equal(got.mtime, e.mtime);
			assert_int_equal(got.major, e.major);
			assert_int_equal(got.minor, e.minor);
		}
	}
}

static void test_format_forms(void **state)
{
	struct pl_err err = {0};
	char name[257];
	PL_AUTO(buf) a = {0};
	struct pl_tar_entry e = {.type = PL_TAR_FILE, .path = {name, 100}, .size = 077777777777};
	(void)state;
	memset(name, 'n', sizeof(name));
	assert_code(pl_tar_format(&a, &e, &err), err, 0);
	assert_int_equal(a.n, 512); /* 100 bytes and 8 GiB - 1 still fit */
	pl_buf_clear(&a);
	e.path.n = 101;
	assert_code(pl_tar_format(&a, &e, &err), err, 0);
	assert_int_equal(a.n, 1536); /* no slash to split at */
	assert_memory_equal(a.p + 512, "111 path=nnn", 12);
	pl_buf_clear(&a);
	e.path.n = 256;
	name[155] = '/';
	assert_code(pl_tar_format(&a, &e, &err), err, 0);
	assert_int_equal(a.n, 512); /* prefix 155, name 100 */
	pl_buf_clear(&a);
	e.type = PL_TAR_DIR; /* one byte more for the slash */
	assert_code(pl_tar_format(&a, &e, &err), err, 0);
	assert_int_equal(a.n, 1536);
	pl_buf_clear(&a);
	e = (struct pl_tar_entry){.type = PL_TAR_FILE,
				  .path = PL_STR("f"),
				  .size = 0100000000000,
				  .uid = 010000000,
				  .capability = PL_STR("\1\0"),
				  .mtime = -5};
	assert_code(pl_tar_format(&a, &e, &err), err, 0);
	struct pl_str want = PL_STR("19 size=8589934592\n15 uid=2097152\n"
				    "39 SCHILY.xattr.security.capability=\1\0\n");
	assert_memory_equal(a.p + 512, want.p, want.n);
	assert_int_equal(a.p[512 + want.n], 0);
	assert_memory_equal(a.p + 1024 + 136, "00000000000", 12); /* mtime */
	assert_memory_equal(a.p + 1024 + 265, "\0\0\0\0", 4);     /* uname */
	/* what tar cannot hold */
	a.n = 0;
	e = (struct pl_tar_entry){.type = PL_TAR_FILE, .path = PL_STR("a\0b")};
	assert_code(pl_tar_format(&a, &e, &err), err, PL_INPUT);
	e = (struct pl_tar_entry){.type = PL_TAR_SYMLINK, .path = PL_STR("a")};
	assert_code(pl_tar_format(&a, &e, &err), err, PL_INPUT);
	e = (struct pl_tar_entry){.type = PL_TAR_BLOCK, .path = PL_STR("a"), .minor = 1 << 20};
	assert_code(pl_tar_format(&a, &e, &err), err, PL_INPUT);
	assert_int_equal(a.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format_round_trip),
		cmocka_unit_test(test_format_forms),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
