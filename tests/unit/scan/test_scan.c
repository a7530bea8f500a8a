// SPDX-License-Identifier: Apache-2.0
/* Scanning: layers are made with pl_tar_format; dpkg-query is the oracle in tests/functional. */
#include "io/tar.h"
#include "scan/dpkg_int.h"
#include "scan/os_release_int.h"
#include "scan/scan_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

struct item {
	enum pl_tar_type type;
	const char *path, *text; /* body or link */
};

static int layer(struct pl_scan *s, const struct item *v, struct pl_err *err)
{
	PL_AUTO(buf) b = {0};
	for (; v->path; v++) {
		bool file = v->type == PL_TAR_FILE;
		struct pl_tar_entry e = {
			.type = v->type,
			.path = pl_str_of(v->path),
			.link = file ? PL_STR("") : pl_str_of(v->text ? v->text : ""),
			.mode = 0644,
			.size = file ? strlen(v->text) : 0,
		};
		assert_int_equal(pl_tar_format(&b, &e, err), 0);
		if (file) {
			pl_buf_adds(&b, v->text);
			pl_buf_zero(&b, pl_tar_padding(e.size));
		}
	}
	pl_buf_zero(&b, PL_TAR_END);
	return pl_scan_layer(s, pl_source_mem(pl_buf_str(&b)), "layer", err);
}

#define LAYER(...) layer(s, (const struct item[]){__VA_ARGS__, {0, NULL, NULL}}, &err)
#define FILE_(p, t)                                                                                \
	{                                                                                          \
		PL_TAR_FILE, p, t                                                                  \
	}
#define PARA(n, v)                                                                                 \
	"Package: " n "\nStatus: install ok installed\nArchitecture: amd64\nVersion: " v "\n\n"
#define DPKG "var/lib/dpkg/status"

/* Every test runs twice: bodies in memory, and all of them in the temporary file. */
static struct pl_limits used;

#define SETUP                                                                                      \
	struct pl_env env;                                                                         \
	struct pl_err err = {0};                                                                   \
	PL_AUTO(arena) a = {0};                                                                    \
	struct pl_scan_result r = {0};                                                             \
	(void)r;                                                                                   \
	pl_env_init(&env);                                                                         \
	env.limits = &used;                                                                        \
	PL_AUTO_FREE(scan) s = pl_scan_new(&env, &a)

static void paragraphs(void **state)
{
	struct pl_err err = {0};
	PL_AUTO(arena) a = {0};
	struct pl_dpkg_list l = {0};
	struct pl_str text = PL_STR(
		"Package: libc6\nStatus: install ok installed\nArchitecture: amd64\n"
		"Source: glibc (2.36-9)\nVersion: 2.36-9+deb12u4\n\n"
		"Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n"
		"Package: never\nStatus: unknown ok not-installed\n\n"
		"Package: half\nStatus: deinstall ok half-installed\nVersion: 2\n\n"
		"Package: own\nStatus: install ok triggers-pending\nVersion: 3\nSource: other\n");
	assert_int_equal(pl_dpkg_parse(&a, text, "t", true, &l, &err), 0);
	assert_int_equal(l.n, 3);
	assert_int_equal(l.not_installed, 2);
	assert_string_equal(l.v[0].source, "glibc");
	assert_string_equal(l.v[0].source_version, "2.36-9");
	assert_string_equal(l.v[0].version, "2.36-9+deb12u4");
	assert_string_equal(l.v[1].name, "half");
	assert_string_equal(l.v[1].source, "half");
	assert_string_equal(l.v[2].source, "other");
	assert_string_equal(l.v[2].source_version, "3");
	/* status.d has no Status; the status file must. */
	l.n = 0;
	assert_int_equal(
		pl_dpkg_parse(&a, PL_STR("Package: x\nVersion: 1\n"), "t", false, &l, &err), 0);
	assert_int_equal(l.n, 1);
	assert_int_equal(pl_dpkg_parse(&a, PL_STR("Package: x\nVersion: 1\n"), "t", true, &l, &err),
			 0);
	assert_int_equal(l.n, 1);
	assert_int_equal(pl_dpkg_parse(&a, PL_STR("\n\nVersion: 1\n"), "t", false, &l, &err),
			 -PL_INPUT);
	assert_non_null(strstr(err.msg, "t:3"));
	pl_vec_free(&l);
}

static void os_release(void **state)
{
	PL_AUTO(arena) a = {0};
	struct pl_str t = PL_STR("# x\nID=debian\nVERSION_ID=\"12\"\nVERSION=\"a \\\"b\\\"\"\n"
				 "NAME='c \\d'\nXID=no\nVERSION_CODENAME=bookworm\n");
	assert_string_equal(pl_os_release_get(&a, t, "ID"), "debian");
	assert_string_equal(pl_os_release_get(&a, t, "VERSION_ID"), "12");
	assert_string_equal(pl_os_release_get(&a, t, "VERSION"), "a \"b\"");
	assert_string_equal(pl_os_release_get(&a, t, "NAME"), "c \\d");
	assert_string_equal(pl_os_release_get(&a, t, "CPE"), "");
}

static void layers(void **state)
{
	SETUP;
	assert_int_equal(LAYER(FILE_(DPKG, PARA("a", "1") PARA("b", "1")),
			       {PL_TAR_SYMLINK, "etc/os-release", "../usr/lib/os-release"},
			       FILE_("usr/lib/os-release", "ID=debian\nVERSION_ID=12\n")),
			 0);
	assert_int_equal(LAYER(FILE_("etc/hosts", "x")), 0);
	assert_int_equal(LAYER(FILE_(DPKG, PARA("a", "2") PARA("b", "1") PARA("c", "1"))), 0);
	/* b goes and comes back: it is the last layer's. */
	assert_int_equal(LAYER(FILE_(DPKG, PARA("a", "2") PARA("c", "1"))), 0);
	assert_int_equal(LAYER(FILE_(DPKG, PARA("a", "2") PARA("b", "1") PARA("c", "1"))), 0);
	assert_int_equal(pl_scan_finish(s, &r, &err), 0);
	assert_int_equal(r.n_packages, 3);
	assert_string_equal(r.packages[0].name, "a");
	assert_int_equal(r.packages[0].layer, 2);
	assert_int_equal(r.packages[1].layer, 4);
	assert_int_equal(r.packages[2].layer, 2);
	assert_string_equal(r.os_id, "debian");
	assert_string_equal(r.os_version, "12");
	assert_string_equal(r.database, "status");
	assert_null(r.warnings[0]);
}

static void status_d(void **state)
{
	SETUP;
	assert_int_equal(LAYER(FILE_("./var/lib/dpkg/status.d/x",
				     "Package: real\nVersion: 1\nSource: s (0.9)\n"),
			       FILE_("var/lib/dpkg/status.d/x.md5sums",
				     "00000000000000000000000000000000  f\n"),
			       FILE_("var/lib/dpkg/status.d/libx:arm64",
				     "Package: libx\nArchitecture: arm64\nVersion: 2\n"),
			       FILE_("var/lib/dpkg/status.d/libx.preinst", "#!/bin/sh\nexit 0\n"),
			       FILE_("etc/os-release", "ID=debian\n")),
			 0);
	assert_int_equal(pl_scan_finish(s, &r, &err), 0);
	assert_int_equal(r.n_packages, 2);
	assert_string_equal(r.packages[0].name, "libx");
	assert_string_equal(r.packages[0].architecture, "arm64");
	assert_string_equal(r.packages[1].source_version, "0.9");
	assert_string_equal(r.database, "status.d");
	assert_non_null(strstr(r.warnings[0], "libx.preinst"));
	assert_null(r.warnings[1]);
}

static void whiteouts(void **state)
{
	SETUP;
	assert_int_equal(LAYER(FILE_("var/lib/dpkg/status.d/a", "Package: a\nVersion: 1\n"),
			       FILE_("var/lib/dpkg/status.d/b", "Package: b\nVersion: 1\n"),
			       FILE_("etc/os-release", "ID=debian\n")),
			 0);
	/* A whiteout hides lower layers only, wherever it stands in its own. */
	assert_int_equal(LAYER(FILE_("var/lib/dpkg/status.d/c", "Package: c\nVersion: 1\n"),
			       FILE_("var/lib/dpkg/status.d/.wh.a", "")),
			 0);
	assert_int_equal(LAYER(FILE_("var/lib/dpkg/status.d/b", "Package: b\nVersion: 2\n"),
			       FILE_("var/lib/dpkg/status.d/.wh.b", "")),
			 0);
	assert_int_equal(pl_scan_finish(s, &r, &err), 0);
	assert_int_equal(r.n_packages, 2);
	assert_string_equal(r.packages[0].version, "2");
	assert_int_equal(r.packages[0].layer, 2);
	assert_string_equal(r.packages[1].name, "c");
	/* An opaque directory hides all below, not what the same layer adds. */
	assert_int_equal(LAYER(FILE_("var/lib/dpkg/status.d/d", "Package: d\nVersion: 1\n"),
			       FILE_("var/lib/.wh..wh..opq", "")),
			 0);
	assert_int_equal(pl_scan_finish(s, &r, &err), 0);
	assert_int_equal(r.n_packages, 1);
	assert_string_equal(r.packages[0].name, "d");
	assert_int_equal(LAYER(FILE_(".wh.var", "")), 0);
	assert_int_equal(pl_scan_finish(s, &r, &err), 0);
	assert_int_equal(r.n_packages, 0);
	assert_string_equal(r.database, "none");
}

static void links(void **state)
{
	SETUP;
	assert_int_equal(LAYER(FILE_("var/lib/dpkg/status-old", PARA("a", "1")),
			       {PL_TAR_HARDLINK, DPKG, "var/lib/dpkg/status-old"},
			       FILE_("etc/os-release", "ID=x\n")),
			 0);
	assert_int_equal(pl_scan_finish(s, &r, &err), 0);
	assert_int_equal(r.n_packages, 1);
	/* The whole directory moved, a link in its place; "var/lib/dpkg -> /var/lib/dpkg" loops. */
	assert_int_equal(LAYER({PL_TAR_SYMLINK, "var/lib/dpkg", "/var/lib/dpkg"}), 0);
	assert_int_equal(pl_scan_finish(s, &r, &err), 0);
	assert_int_equal(r.n_packages, 0);
	/* A directory takes the link's place again. */
	assert_int_equal(LAYER({PL_TAR_DIR, "var/lib/dpkg", NULL}, FILE_(DPKG, PARA("z", "1"))), 0);
	assert_int_equal(pl_scan_finish(s, &r, &err), 0);
	assert_int_equal(r.n_packages, 1);
	/* A link to itself, in this layer and in a later one, is what was there. */
	assert_int_equal(LAYER({PL_TAR_HARDLINK, DPKG, DPKG}, {PL_TAR_HARDLINK, DPKG, DPKG}), 0);
	assert_int_equal(pl_scan_finish(s, &r, &err), 0);
	assert_int_equal(r.n_packages, 1);
	assert_string_equal(r.packages[0].name, "z");
	/* A hard link to what was let by is said. */
	assert_int_equal(LAYER(FILE_("opt/s", "x"), {PL_TAR_HARDLINK, DPKG, "opt/s"}), 0);
	assert_int_equal(pl_scan_finish(s, &r, &err), 0);
	assert_int_equal(r.n_packages, 0);
	assert_non_null(strstr(r.warnings[0], "hard link"));
}

static void others(void **state)
{
	SETUP;
	assert_int_equal(LAYER(FILE_("lib/apk/db/installed", "P:x\n")), 0);
	assert_int_equal(pl_scan_finish(s, &r, &err), 0);
	assert_string_equal(r.database, "none");
	assert_non_null(strstr(r.warnings[0], "os-release"));
	assert_non_null(strstr(r.warnings[1], "apk"));
	assert_non_null(strstr(r.warnings[2], "looked for var/lib/dpkg/status"));
	assert_null(r.warnings[3]);
	/* One that a whiteout took away is not spoken of. */
	assert_int_equal(LAYER(FILE_("lib/apk/db/.wh.installed", "")), 0);
	assert_int_equal(pl_scan_finish(s, &r, &err), 0);
	assert_non_null(strstr(r.warnings[1], "looked for var/lib/dpkg/status"));
	assert_null(r.warnings[2]);
}

/* What is no directory any more has nothing below it, wherever on the way it stands. */
static void directory_replaced(void **state)
{
	SETUP;
	assert_int_equal(LAYER(FILE_(DPKG, PARA("a", "1")), FILE_("usr/lib/os-release", "ID=x\n")),
			 0);
	assert_int_equal(LAYER({PL_TAR_FIFO, "usr", NULL}, {PL_TAR_SYMLINK, "var/lib", "gone"}), 0);
	assert_int_equal(pl_scan_finish(s, &r, &err), 0);
	assert_int_equal(r.n_packages, 0);
	assert_string_equal(r.os_id, "");
}

/* What was kept, and where. */
static void budget(void **state)
{
	SETUP;
	struct pl_limits small = used;
	char text[2000];
	size_t n = (size_t)snprintf(text, sizeof(text), PARA("a", "1") PARA("b", "1"));
	small.scan_memory = n + 10;
	env.limits = &small;
	for (int i = 0; i < 20; i++) {
		char path[64];
		snprintf(path, sizeof(path), "var/lib/dpkg/status.d/p%02d", i);
		assert_int_equal(LAYER(FILE_(path, text)), 0);
		assert_true(s->places.keep.in_memory <= small.scan_memory);
	}
	assert_int_equal(s->places.keep.in_memory, n);
	assert_int_equal(s->places.keep.in_file, 19 * n);
	assert_int_equal(pl_scan_finish(s, &r, &err), 0);
	assert_int_equal(r.n_packages, 2);
	/* Never more in memory than the budget and the one that is read. */
	assert_int_equal(s->places.keep.memory_peak, 2 * n);
	/* What is hidden is given back. */
	assert_int_equal(LAYER(FILE_("var/lib/dpkg/.wh.status.d", "")), 0);
	assert_int_equal(s->places.keep.in_memory, 0);
	assert_int_equal(s->places.keep.in_file, 0);
	assert_int_equal(s->places.keep.file_end, 0);
}

static void limits(void **state)
{
	SETUP;
	struct pl_limits small = used;
	small.memory_file = 100;
	env.limits = &small;
	assert_int_equal(LAYER(FILE_(DPKG, PARA("a", "1") PARA("b", "1"))), -PL_LIMIT);
	assert_non_null(strstr(err.msg, DPKG));
	assert_int_equal(pl_scan_finish(s, &r, &err), -PL_INPUT);
}

static void package_limit(void **state)
{
	SETUP;
	struct pl_limits small = used;
	small.scan_packages = 2;
	env.limits = &small;
	assert_int_equal(LAYER(FILE_(DPKG, PARA("a", "1") PARA("b", "1"))), 0);
	/* Of one file, of several, and of the versions that came and went. */
	assert_int_equal(LAYER(FILE_(DPKG, PARA("a", "1") PARA("b", "1") PARA("c", "1"))),
			 -PL_LIMIT);
	assert_non_null(strstr(err.msg, "more than 2 packages"));
	PL_AUTO_FREE(scan) s2 = pl_scan_new(&env, &a);
	pl_scan_free(pl_steal(&s));
	s = pl_steal(&s2);
	assert_int_equal(LAYER(FILE_("var/lib/dpkg/status.d/a", PARA("a", "1"))), 0);
	assert_int_equal(LAYER(FILE_("var/lib/dpkg/status.d/b", PARA("b", "1"))), 0);
	assert_int_equal(LAYER(FILE_("var/lib/dpkg/status.d/c", PARA("c", "1"))), -PL_LIMIT);
	pl_scan_free(pl_steal(&s));
	s = pl_scan_new(&env, &a);
	for (int i = 0; i < 12; i++) {
		char text[200];
		snprintf(text, sizeof(text), PARA("a", "%d"), i);
		assert_int_equal(LAYER(FILE_(DPKG, text)), i < 11 ? 0 : -PL_LIMIT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paragraphs),    cmocka_unit_test(os_release),
		cmocka_unit_test(layers),        cmocka_unit_test(status_d),
		cmocka_unit_test(whiteouts),     cmocka_unit_test(links),
		cmocka_unit_test(others),        cmocka_unit_test(limits),
		cmocka_unit_test(budget),        cmocka_unit_test(directory_replaced),
		cmocka_unit_test(package_limit),
	};
	used = pl_limits_default;
	int failed = cmocka_run_group_tests_name("in memory", tests, NULL, NULL);
	used.scan_memory = 1;
	return failed + cmocka_run_group_tests_name("in the file", tests, NULL, NULL);
}
