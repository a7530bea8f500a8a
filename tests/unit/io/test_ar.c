// SPDX-License-Identifier: Apache-2.0
#include "io_test.h"

#include "io/ar.h"

#define HEADER(name, size) name "0           0     0     100644  " size "`\n"

static const char good[] = "!<arch>\n" HEADER("debian-binary   ", "4         ") "2.0\n" HEADER(
	"control.tar.xz/ ", "5         ") "abcde\n" HEADER("data            ", "0         ");
static const struct pl_str archive = {good, sizeof(good) - 1};

static int read_all(struct pl_str data, size_t piece, struct pl_err *err)
{
	PL_AUTO_FREE(ar) a = NULL;
	struct pl_ar_member m;
	int n = 0, r = pl_ar_new(drip_new(data, piece), "x.deb", &a, err);
	if (r < 0)
		return r;
	while ((r = pl_ar_next(a, &m, err)) > 0) {
		PL_AUTO_FREE(source) s = pl_ar_body(a);
		PL_AUTO(buf) b = {0};
		r = pl_source_read_all(s, &b, "body", err);
		if (r < 0)
			return r;
		assert_int_equal(b.n, m.size);
		n++;
	}
	return r < 0 ? r : n;
}

static void test_members(void **state)
{
	struct pl_err err = {0};
	struct pl_ar_member m;
	PL_AUTO_FREE(ar) a = NULL;
	PL_AUTO(buf) b = {0};
	(void)state;
	assert_code(pl_ar_new(pl_source_mem(archive), "x.deb", &a, &err), err, 0);
	assert_int_equal(pl_ar_next(a, &m, &err), 1);
	assert_string_equal(m.name, "debian-binary");
	assert_int_equal(m.size, 4);
	struct pl_source *s = pl_ar_body(a);
	assert_code(pl_source_read_all(s, &b, "body", &err), err, 0);
	assert_string_equal(b.p, "2.0\n");
	pl_source_free(s);
	assert_int_equal(pl_ar_next(a, &m, &err), 1);
	assert_string_equal(m.name, "control.tar.xz"); /* without the slash; body not read */
	assert_int_equal(pl_ar_next(a, &m, &err), 1);
	assert_string_equal(m.name, "data");
	assert_int_equal(m.size, 0);
	assert_int_equal(pl_ar_next(a, &m, &err), 0);
	for (size_t piece = 1; piece < 100; piece++)
		assert_int_equal(read_all(archive, piece, &err), 3);
}

static void test_truncated(void **state)
{
	(void)state;
	for (size_t cut = 0; cut < archive.n; cut++) {
		struct pl_err err = {0};
		int r = read_all(pl_str_sub(archive, 0, cut), 1 + cut % 70, &err);
		/* whole members: nothing says that more should come */
		if (cut == 8 || cut == 72 || cut == 138) {
			assert_true(r >= 0);
		} else {
			assert_code(r, err, PL_INPUT);
			assert_says(err, "x.deb: ");
		}
	}
}

static void test_malformed(void **state)
{
	static const struct {
		struct pl_str data;
		int want;
	} table[] = {
		{PL_STR("!<arch>\n" HEADER("a               ", "0         ")), 1},
		{PL_STR("!<arch>\n"), 0},
		{PL_STR("!<thin>\n"), -PL_INPUT},
		{PL_STR("!<arch>\n" HEADER("                ", "0         ")), -PL_INPUT},
		{PL_STR("!<arch>\n" HEADER("/               ", "0         ")), -PL_INPUT},
		{PL_STR("!<arch>\n" HEADER("//              ", "0         ")), -PL_INPUT},
		{PL_STR("!<arch>\n" HEADER("/12             ", "0         ")), -PL_INPUT},
		{PL_STR("!<arch>\n" HEADER("../a            ", "0         ")), -PL_INPUT},
		{PL_STR("!<arch>\n" HEADER("a\0b             ", "0         ")), -PL_INPUT},
		{PL_STR("!<arch>\n" HEADER("a               ", "          ")), -PL_INPUT},
		{PL_STR("!<arch>\n" HEADER("a               ", "-1        ")), -PL_INPUT},
		{PL_STR("!<arch>\n" HEADER("a               ", "0x10      ")), -PL_INPUT},
		{PL_STR("!<arch>\n" HEADER("a               ", " 1        ") "x\n"), -PL_INPUT},
		{PL_STR("!<arch>\n" HEADER("a               ", "1 1       ") "x\n"), -PL_INPUT},
		{PL_STR("!<arch>\n" HEADER("a               ", "9999999999") "x\n"), -PL_INPUT},
		{PL_STR("!<arch>\na               0           0     0     100644  0         xx"),
		 -PL_INPUT},
	};
	(void)state;
	for (size_t i = 0; i < PL_COUNT(table); i++) {
		struct pl_err err = {0};
		int r = read_all(table[i].data, 99, &err);
		if (r != table[i].want)
			fail_msg("ar %zu: %d %s", i, r, err.msg);
	}
}

static void test_sticky(void **state)
{
	struct pl_err err = {0};
	struct pl_ar_member m;
	PL_AUTO_FREE(ar) a = NULL;
	struct pl_str bad = PL_STR("!<arch>\n" HEADER("                ", "0         ")
					   HEADER("a               ", "0         "));
	(void)state;
	assert_code(pl_ar_new(pl_source_mem(bad), "x.deb", &a, &err), err, 0);
	assert_code(pl_ar_next(a, &m, &err), err, PL_INPUT);
	assert_code(pl_ar_next(a, &m, &err), err, PL_INPUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_sticky),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
