// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"
#include "debian/deb/deb.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static int open_deb(struct pl_arena *a, struct pl_str data, struct pl_control *c,
		    struct pl_deb **ret, struct pl_err *err)
{
	return pl_deb_open(pl_source_mem(data), &pl_limits_default, "demo.deb", a, c, ret, err);
}

/* The same package in each compression: made by dpkg-deb. */
static void test_read(void **state)
{
	static const char *const files[] = {"gzip", "none", "xz", "zstd"};
	static const char *const paths[] = {"usr/lib",        "usr/lib/x", "usr/lib/x/file",
					    "usr/lib/x/hard", "usr",       "usr/bin",
					    "usr/bin/link"};
	for (size_t i = 0; i < PL_COUNT(files); i++) {
		PL_AUTO(arena) a = {0};
		PL_AUTO(buf) b = {0};
		PL_AUTO_FREE(deb) d = NULL;
		struct pl_err err = {0};
		struct pl_control c;
		struct pl_tar_entry e;
		unsigned seen = 0;
		char body[16];
		PL_AUTOFREE char *path =
			pl_xprintf("tests/fuzz/corpus/debian-deb-deb/%s.deb", files[i]);
		assert_int_equal(pl_file_read(path, 1 << 20, &b, &err), 0);
		assert_int_equal(open_deb(&a, pl_buf_str(&b), &c, &d, &err), 0);
		assert_true(pl_str_starts(c.control, "Package: mini\n"));
		assert_true(pl_str_ends(c.control, "aliased one\n"));
		assert_int_equal(c.n_scripts, 2);
		assert_string_equal(c.scripts[0].name, "postinst");
		assert_string_equal(c.scripts[1].name, "triggers");
		assert_true(pl_str_starts(c.scripts[0].text, "#!/bin/sh\n"));
		assert_true(c.md5sums.n == 0 && c.conffiles.n == 0);
		while (pl_deb_next(d, &e, &err) > 0) {
			assert_string_equal(e.path.p, paths[seen]);
			if (seen == 2)
				assert_int_equal(pl_deb_read(d, body, sizeof(body), &err), 6);
			if (seen == 3) {
				assert_int_equal(e.type, PL_TAR_HARDLINK);
				assert_true(pl_str_is(e.link, "usr/lib/x/file"));
			}
			if (seen == 6)
				assert_true(pl_str_is(e.link, "../lib/x/file"));
			seen++;
		}
		assert_int_equal(err.code, PL_OK);
		assert_int_equal(seen, PL_COUNT(paths));
		assert_int_equal(pl_deb_next(d, &e, &err), 0);
	}
}

/* A .deb cut anywhere is an error, never a short list of files. */
static void test_cut(void **state)
{
	PL_AUTO(buf) b = {0};
	struct pl_err err = {0};
	assert_int_equal(pl_file_read("tests/fuzz/corpus/debian-deb-deb/xz.deb", 1 << 20, &b, &err),
			 0);
	for (size_t n = 0; n < b.n; n++) {
		PL_AUTO(arena) a = {0};
		PL_AUTO_FREE(deb) d = NULL;
		struct pl_err e1 = {0};
		struct pl_control c;
		struct pl_tar_entry e;
		int r = open_deb(&a, (struct pl_str){b.p, n}, &c, &d, &e1);
		while (r >= 0 && (r = pl_deb_next(d, &e, &e1)) > 0)
			;
		if (r == 0)
			fail_msg("%zu of %zu bytes are taken for a whole .deb", n, b.n);
		assert_non_null(strstr(e1.msg, "demo.deb"));
	}
}

/* One of the packages with what stands at `at` replaced by as many bytes. */
static void refused(const char *name, const char *at, const char *by, const char *says)
{
	PL_AUTO(buf) b = {0};
	PL_AUTO(arena) a = {0};
	PL_AUTO_FREE(deb) d = NULL;
	PL_AUTOFREE char *path = pl_xprintf("tests/fuzz/corpus/debian-deb-deb/%s.deb", name);
	struct pl_err err = {0};
	struct pl_control c;
	assert_int_equal(pl_file_read(path, 1 << 20, &b, &err), 0);
	char *p = memmem(b.p, b.n, at, strlen(at));
	assert_non_null(p);
	memcpy(p, by, strlen(at));
	assert_int_equal(open_deb(&a, pl_buf_str(&b), &c, &d, &err), -PL_INPUT);
	if (!strstr(err.msg, says) || !strstr(err.msg, "demo.deb"))
		fail_msg("%s: %s", says, err.msg);
}

static void test_refused(void **state)
{
	(void)state;
	/* A name that says another compression than the content has: dpkg believes the name. */
	refused("gzip", "data.tar.gz", "data.tar.xz",
		"ends with '.xz', its content is packed as .gz");
	refused("xz", "control.tar.xz", "control.tar   ", "its content is packed as .xz");
	refused("none", "data.tar   ", "data.tar.gz", "its content is not packed that way");
	refused("none", "aliased", "al\0ased", "NUL");
	refused("none", "Version: 1", "Version: v", "is not a Debian version");
}

/* Installed-Size says how much a package may unpack to, once that is more than any may. */
static void test_data_budget(void **state)
{
	(void)state;
	for (unsigned kib = 0; kib <= 8; kib += 4) {
		PL_AUTO(buf) b = {0};
		PL_AUTO(arena) a = {0};
		PL_AUTO_FREE(deb) d = NULL;
		struct pl_limits l = pl_limits_default;
		struct pl_err err = {0};
		struct pl_control c;
		struct pl_tar_entry e;
		char field[] = "Installed-Size: 0";
		assert_int_equal(pl_file_read("tests/fuzz/corpus/debian-deb-deb/none.deb", 1 << 20,
					      &b, &err),
				 0);
		char *p = memmem(b.p, b.n, "Description: ", 13);
		assert_non_null(p);
		field[sizeof(field) - 2] = (char)('0' + kib);
		/* A paragraph of the same length, its description shorter by the new field. */
		memcpy(p, field, sizeof(field) - 1);
		p[sizeof(field) - 1] = '\n';
		p[sizeof(field)] = 'D', p[sizeof(field) + 1] = ':';
		l.package_bytes = 1024;
		int rc = pl_deb_open(pl_source_mem(pl_buf_str(&b)), &l, "demo.deb", &a, &c, &d,
				     &err);
		assert_int_equal(rc, 0);
		while ((rc = pl_deb_next(d, &e, &err)) > 0)
			;
		assert_int_equal(rc, kib < 8 ? -PL_LIMIT : 0);
		if (rc < 0)
			assert_non_null(strstr(err.msg, "demo.deb: data.tar"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_data_budget),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
