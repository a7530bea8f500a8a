// SPDX-License-Identifier: Apache-2.0
/* One entry: numbers, types, paths, links, pax and GNU headers. */
#include "tar_test.h"

/* ---- numbers ---- */

static void test_numbers(void **state)
{
	static const struct {
		const char *field;
		size_t n;
		uint64_t max;
		bool ok, negative;
		uint64_t want;
	} table[] = {
		{"00000000000", 12, 100, true, false, 0},
		{"\0\0\0\0\0\0\0", 8, 100, true, false, 0},
		{"        ", 8, 100, true, false, 0},
		{"   644 \0", 8, 07777, true, false, 0644},
		{"0000144", 8, 100, true, false, 100},
		{"0000145", 8, 100, false, false, 0},
		{"17777777777", 12, (uint64_t)1 << 40, true, false, 2147483647},
		{"20000000000", 12, (uint64_t)1 << 40, true, false, (uint64_t)1 << 31},
		{"40000000000", 12, (uint64_t)1 << 40, true, false, (uint64_t)1 << 32},
		{"777777777777", 12, (uint64_t)1 << 40, true, false, 68719476735},
		{"0000648", 8, 07777, false, false, 0},
		{"-000644", 8, 07777, false, false, 0},
		{"0x00644", 8, 07777, false, false, 0},
		{"644\0junk", 8, 07777, false, false, 0},
		{"\x80\0\0\0\0\0\0\0\0\0\0\0", 12, INT64_MAX, true, false, 0},
		{"\x80\0\0\0\0\0\0\0\x80\0\0\0", 12, INT64_MAX, true, false, (uint64_t)1 << 31},
		{"\x80\0\0\0\0\0\0\1\0\0\0\0", 12, INT64_MAX, true, false, (uint64_t)1 << 32},
		{"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", 12, INT64_MAX, true, false,
		 INT64_MAX},
		{"\x80\0\0\0\x80\0\0\0\0\0\0\0", 12, INT64_MAX, false, false, 0},
		{"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", 12, UINT64_MAX, true, false,
		 UINT64_MAX},
		{"\x80\0\0\1\0\0\0\0\0\0\0\0", 12, UINT64_MAX, false, false, 0},
		{"\xbf\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12, UINT64_MAX, false, false,
		 0},
		{"\x80\0\0\0\0\0\0\x64", 8, 100, true, false, 100},
		{"\x80\0\0\0\0\0\0\x65", 8, 100, false, false, 0},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12, 100, true, true, 0},
	};
	(void)state;
	for (size_t i = 0; i < PL_COUNT(table); i++) {
		uint64_t v = 77;
		bool negative = false;
		bool ok = pl_tar_number(table[i].field, table[i].n, table[i].max, &v, &negative);
		if (ok != table[i].ok || v != (ok ? table[i].want : 77) ||
		    negative != table[i].negative)
			fail_msg("number %zu: %d %llu", i, ok, (unsigned long long)v);
	}
	uint64_t v = 77;
	assert_false(pl_tar_number("\xff\xff\xff\xff\xff\xff\xff\xff", 8, 100, &v, NULL));
	assert_int_equal(v, 77);
}

static void test_field_limits(void **state)
{
	struct pl_err err = {0};
	struct pl_tar_entry e;
	struct pl_tar_block b = plain("f", '0', 0);
	(void)state;
	memcpy(b.size, "\x80\0\0\0\x80\0\0\0\0\0\0\0", 12); /* 2^63 */
	assert_code(one(b, &e, &err), err, PL_INPUT);
	assert_says(err, "a.tar: f: a malformed size");

	b = plain("f", '0', 0);
	memcpy(b.uid, "\x80\0\0\0\xff\xff\xff\xff", 8);
	memcpy(b.gid, "\x80\0\0\0\x80\0\0\0", 8);
	memcpy(b.mtime, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00", 12);
	assert_int_equal(one(b, &e, &err), 1);
	assert_int_equal(e.uid, 4294967295u);
	assert_int_equal(e.gid, 2147483648u);
	assert_int_equal(e.mtime, 0); /* before 1970 */

	memcpy(b.uid, "\x80\0\0\1\0\0\0\0", 8); /* 2^32 */
	assert_code(one(b, &e, &err), err, PL_INPUT);
	assert_says(err, "uid");

	b = plain("f", '0', 0);
	memcpy(b.mode, "0104755", 8); /* with the type's bits, as some write it */
	assert_int_equal(one(b, &e, &err), 1);
	assert_int_equal(e.mode, 04755);

	b = plain("dev", '3', 0);
	memcpy(b.major, "0000010", 8);
	memcpy(b.minor, "3777777", 8);
	assert_int_equal(one(b, &e, &err), 1);
	assert_int_equal(e.major, 8);
	assert_int_equal(e.minor, (1 << 20) - 1);
	memcpy(b.minor, "4000000", 8);
	assert_code(one(b, &e, &err), err, PL_INPUT);
}

/* ---- forms ---- */

static void test_types(void **state)
{
	static const struct {
		char type;
		const char *name, *magic;
		unsigned size;
		int want; /* type, or -code */
	} table[] = {
		{'0', "f", "ustar\00000", 0, PL_TAR_FILE},
		{'\0', "f", "\0\0\0\0\0\0\0", 0, PL_TAR_FILE},
		{'7', "f", "ustar\00000", 0, PL_TAR_FILE},
		{'\0', "d/", "\0\0\0\0\0\0\0", 0, PL_TAR_DIR},
		{'0', "d/", "ustar  ", 0, PL_TAR_DIR},
		{'5', "d", "ustar\00000", 0, PL_TAR_DIR},
		{'5', "./", "ustar\00000", 0, PL_TAR_DIR},
		{'6', "p", "ustar\00000", 0, PL_TAR_FIFO},
		{'4', "p", "ustar\00000", 0, PL_TAR_BLOCK},
		{'2', "p", "ustar\00000", 7, PL_TAR_SYMLINK}, /* some write the text's length */
		{'1', "p", "ustar\00000", 1, -PL_INPUT},
		{'5', "d", "ustar\00000", 1, -PL_INPUT},
		{'S', "s", "ustar  ", 0, -PL_INPUT},
		{'X', "s", "ustar\00000", 0, -PL_INPUT},
		{'8', "s", "ustar\00000", 0, -PL_INPUT},
		{'0', "./", "ustar\00000", 0, PL_TAR_DIR},
		{'7', "./", "ustar\00000", 0, -PL_INPUT},
		{'0', "", "ustar\00000", 0, -PL_INPUT},
	};
	(void)state;
	for (size_t i = 0; i < PL_COUNT(table); i++) {
		struct pl_err err = {0};
		struct pl_tar_entry e = {0};
		struct pl_tar_block b = plain(table[i].name, table[i].type, table[i].size);
		memcpy(b.magic, table[i].magic, 8);
		if (table[i].type == '1' || table[i].type == '2')
			memcpy(b.link, "target", 6);
		int r = one(b, &e, &err);
		if (r != (table[i].want < 0 ? table[i].want : 1) ||
		    (r > 0 && ((int)e.type != table[i].want || e.size)))
			fail_msg("type %zu: %d %s", i, r, err.msg);
	}
}

static void test_paths(void **state)
{
	static const struct {
		const char *prefix, *name, *want; /* NULL: PL_INPUT */
	} table[] = {
		{"", "a", "a"},
		{"", "./a", "a"},
		{"", "/a", "a"},
		{"", "/./a", "a"},
		{"", "a//b", "a/b"},
		{"", "a/./b/", "a/b"},
		{"", "a/.", "a"},
		{"", "..a/b..", "..a/b.."},
		{"usr/share", "x", "usr/share/x"},
		{"", "../a", NULL},
		{"", "a/..", NULL},
		{"", "a/../b", NULL},
		{"..", "b", NULL},
		{"", "\xc3\xa9\xff", "\xc3\xa9\xff"},
	};
	(void)state;
	for (size_t i = 0; i < PL_COUNT(table); i++) {
		struct pl_err err = {0};
		struct pl_tar_entry e;
		PL_AUTO(buf) a = {0};
		struct pl_tar_block b = plain(table[i].name, '5', 0);
		memcpy(b.prefix, table[i].prefix, strlen(table[i].prefix));
		add_block(&a, b);
		pl_buf_zero(&a, PL_TAR_END);
		PL_AUTO_FREE(tar) t = open_tar(&a);
		int r = pl_tar_next(t, &e, &err);
		if (table[i].want) {
			assert_code(r < 0 ? r : 0, err, 0);
			assert_string_equal(e.path.p, table[i].want);
			assert_int_equal(pl_tar_next(t, &e, &err), 0);
			assert_int_equal(pl_tar_next(t, &e, &err), 0);
		} else {
			assert_code(r, err, PL_INPUT);
			assert_says(err, "..");
			err = (struct pl_err){0};
			assert_code(pl_tar_next(t, &e, &err), err, PL_INPUT); /* sticky */
		}
	}
}

static void test_links(void **state)
{
	struct pl_err err = {0};
	struct pl_tar_entry e;
	PL_AUTO(buf) a = {0};
	struct pl_tar_block b = plain("s", '2', 0);
	(void)state;
	memcpy(b.link, "../../x//y", 10);
	add_block(&a, b);
	b = plain("h", '1', 0);
	memcpy(b.link, "./usr//bin/x", 12);
	add_block(&a, b);
	b = plain("h2", '1', 0);
	memcpy(b.link, "../x", 4);
	add_block(&a, b);
	PL_AUTO_FREE(tar) t = open_tar(&a);
	assert_int_equal(pl_tar_next(t, &e, &err), 1);
	assert_string_equal(e.link.p, "../../x//y");
	assert_int_equal(pl_tar_next(t, &e, &err), 1);
	assert_string_equal(e.link.p, "usr/bin/x");
	assert_code(pl_tar_next(t, &e, &err), err, PL_INPUT);
	assert_says(err, "h2");
	b = plain("s", '2', 0);
	assert_code(one(b, &e, &err), err, PL_INPUT); /* a link to nothing */
}

/* ---- pax and GNU headers ---- */

static void add_pax(struct pl_buf *a, char type, struct pl_str records)
{
	add_block(a, plain("PaxHeaders/x", type, (unsigned)records.n));
	add_body(a, records.p, records.n);
}

static void test_pax(void **state)
{
	static const struct {
		struct pl_str records;
		int want;
	} table[] = {
		{PL_STR("12 path=p/q\n"), 1},
		{PL_STR("13 path=./p/q\n" /* one short */), -PL_INPUT},
		{PL_STR("12 path=p/q"), -PL_INPUT},
		{PL_STR("99 path=p/q\n"), -PL_INPUT},
		{PL_STR("2 \n"), -PL_INPUT},
		{PL_STR("0 path=p/q\n"), -PL_INPUT},
		{PL_STR("99999999999999999999999 path=p\n"), -PL_INPUT},
		{PL_STR("11 path.p/q\n"), -PL_INPUT},
		{PL_STR("8 =value\n"), -PL_INPUT},
		{PL_STR("12 path=p\0q\n"), -PL_INPUT},
		{PL_STR("8 path=\n"), -PL_INPUT},
		{PL_STR("13 linkpath=\n"), -PL_INPUT},
		{PL_STR("17 path=../p/q/r\n"), -PL_INPUT},
		{PL_STR("28 size=9223372036854775808\n"), -PL_INPUT},
		{PL_STR("10 size=x\n"), -PL_INPUT},
		{PL_STR("11 size=-1\n"), -PL_INPUT},
		{PL_STR("18 uid=4294967296\n"), -PL_INPUT},
		{PL_STR("18 uid=4294967295\n"), 1},
		{PL_STR("11 mtime=x\n"), -PL_INPUT},
		{PL_STR("13 mtime=1.x\n"), -PL_INPUT},
		{PL_STR("12 mtime=-1\n"), 1},
		{PL_STR("25 GNU.sparse.realsize=3\n"), -PL_INPUT},
		{PL_STR("21 comment=whatever!\n"), 1},
	};
	(void)state;
	for (size_t i = 0; i < PL_COUNT(table); i++) {
		struct pl_err err = {0};
		struct pl_tar_entry e;
		PL_AUTO(buf) a = {0};
		add_pax(&a, 'x', table[i].records);
		add_block(&a, plain("f", '0', 0));
		pl_buf_zero(&a, PL_TAR_END);
		PL_AUTO_FREE(tar) t = open_tar(&a);
		int r = pl_tar_next(t, &e, &err);
		if (r != table[i].want)
			fail_msg("pax %zu: %d %s", i, r, err.msg);
	}
}

static void test_pax_values(void **state)
{
	struct pl_err err = {0};
	struct pl_tar_entry e;
	char body[8];
	PL_AUTO(buf) a = {0};
	PL_AUTO(buf) rec = {0};
	(void)state;
	add_pax(&a, 'g', PL_STR("19 comment=abcdefg\n"));
	pl_buf_addstr(&rec, PL_STR("12 path=a/b\n9 size=5\n20 mtime=1234567.89\n"
				   "15 uid=3000000\n15 gid=4000000\n"));
	pl_buf_addstr(&rec, PL_STR("42 SCHILY.xattr.security.capability=\1\0\0\2x\n"));
	add_pax(&a, 'x', pl_buf_str(&rec));
	add_block(&a,
		  plain("short", '0', 3)); /* the size in the header is not the one that counts */
	add_body(&a, "hello", 5);
	add_block(&a, plain("second", '0', 0));
	pl_buf_zero(&a, PL_TAR_END);
	PL_AUTO_FREE(tar) t = open_tar(&a);
	assert_int_equal(pl_tar_next(t, &e, &err), 1);
	assert_string_equal(e.path.p, "a/b");
	assert_int_equal(e.size, 5);
	assert_int_equal(e.mtime, 1234567);
	assert_int_equal(e.uid, 3000000);
	assert_int_equal(e.gid, 4000000);
	assert_int_equal(e.capability.n, 5);
	assert_memory_equal(e.capability.p, "\1\0\0\2x", 5);
	assert_int_equal(pl_tar_read(t, body, sizeof(body), &err), 5);
	assert_memory_equal(body, "hello", 5);
	assert_int_equal(pl_tar_read(t, body, sizeof(body), &err), 0);
	assert_int_equal(pl_tar_next(t, &e, &err), 1);
	assert_string_equal(e.path.p, "second"); /* nothing of the header stays */
	assert_int_equal(e.uid, 0);
	assert_int_equal(e.capability.n, 0);
	assert_int_equal(pl_tar_next(t, &e, &err), 0);
}

static void test_extension_limits(void **state)
{
	struct pl_err err = {0};
	struct pl_limits l = pl_limits_default;
	PL_AUTO(buf) a = {0};
	PL_AUTO(buf) text = {0};
	(void)state;
	/* a header of 8 GiB must be refused before it is held */
	struct pl_tar_block b = plain("x", 'x', 0);
	memcpy(b.size, "77777777777", 12);
	add_block(&a, b);
	assert_code(read_all(pl_buf_str(&a), 512, &l, &err), err, PL_LIMIT);
	pl_buf_clear(&a);
	b.type = 'L';
	add_block(&a, b);
	assert_code(read_all(pl_buf_str(&a), 512, &l, &err), err, PL_LIMIT);
	/* global headers must not change entries unseen */
	pl_buf_clear(&a);
	add_pax(&a, 'g', PL_STR("9 size=5\n"));
	add_block(&a, plain("f", '0', 0));
	assert_code(read_all(pl_buf_str(&a), 512, &l, &err), err, PL_INPUT);
	assert_says(err, "global");
	/* endless headers before an entry */
	pl_buf_clear(&a);
	for (int i = 0; i < 17; i++)
		add_pax(&a, 'x', PL_STR(""));
	add_block(&a, plain("f", '0', 0));
	assert_code(read_all(pl_buf_str(&a), 512, &l, &err), err, PL_INPUT);
	/* a header without an entry */
	pl_buf_clear(&a);
	add_pax(&a, 'x', PL_STR("12 path=a/b\n"));
	pl_buf_zero(&a, PL_TAR_END);
	assert_code(read_all(pl_buf_str(&a), 512, &l, &err), err, PL_INPUT);
	/* a long name with a NUL inside */
	pl_buf_clear(&a);
	add_block(&a, plain("././@LongLink", 'L', 4));
	add_body(&a, "a\0b", 4);
	add_block(&a, plain("f", '0', 0));
	assert_code(read_all(pl_buf_str(&a), 512, &l, &err), err, PL_INPUT);
	/* paths and entries */
	l.path_bytes = 4;
	pl_buf_clear(&a);
	add_block(&a, plain("1234", '0', 0));
	add_block(&a, plain("12345", '0', 0));
	pl_buf_zero(&a, PL_TAR_END);
	assert_code(read_all(pl_buf_str(&a), 512, &l, &err), err, PL_LIMIT);
	l.path_bytes = 5;
	assert_int_equal(read_all(pl_buf_str(&a), 512, &l, &err), 2);
	l.archive_entries = 1;
	assert_code(read_all(pl_buf_str(&a), 512, &l, &err), err, PL_LIMIT);
	assert_says(err, "more than 1 entries");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),    cmocka_unit_test(test_field_limits),
		cmocka_unit_test(test_types),      cmocka_unit_test(test_paths),
		cmocka_unit_test(test_links),      cmocka_unit_test(test_pax),
		cmocka_unit_test(test_pax_values), cmocka_unit_test(test_extension_limits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
