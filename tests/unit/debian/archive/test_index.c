// SPDX-License-Identifier: Apache-2.0
/* The pure parts of index.h: relation fields, Packages and Release files, lookups. */
#include "base/clock.h"
#include "debian/archive/index_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void format(const struct pl_deps *d, struct pl_buf *b)
{
	static const char *const ops[] = {"", "<<", "<=", "=", ">=", ">>"};
	for (size_t i = 0; i < d->n; i++)
		for (size_t k = 0; k < d->v[i].n; k++) {
			const struct pl_dep *p = &d->v[i].alt[k];
			pl_buf_addf(b, "%s%.*s%s%.*s%s%.*s",
				    k   ? "|"
				    : i ? ","
					: "",
				    PL_STR_ARG(p->name),
				    p->any      ? "*"
				    : p->arch.n ? "@"
						: "",
				    PL_STR_ARG(p->arch), ops[p->rel], PL_STR_ARG(p->version));
		}
}

static void relation_fields(void **state)
{
	(void)state;
	static const struct {
		const char *text, *expect, *error;
	} table[] = {
		{"", "", NULL},
		{" \n ", "", NULL},
		{"a", "a", NULL},
		{"a, b|c , d", "a,b|c,d", NULL},
		{"libc6 (>= 2.36), x (<<1:2-3~), y( = 1 )", "libc6>=2.36,x<<1:2-3~,y=1", NULL},
		{"a (< 1), b (> 1), c (<= 1), d (>> 1)", "a<=1,b>=1,c<=1,d>>1", NULL},
		{"python3:any (>= 3), gcc:arm64", "python3*>=3,gcc@arm64", NULL},
		{"a (1.0)", "a=1.0", NULL},
		{"a,\n b,\n", "a,b", NULL},
		{"a | | b", NULL, "not a package name"},
		{"a b", NULL, "expected '('"},
		{"a (>= 1", NULL, "expected '('"},
		{"a (>= )", NULL, "the version is missing"},
		{"a (=> 1)", NULL, "not one of"},
		{"a (>= 1 2)", NULL, "no version may hold"},
		{"a [amd64]", NULL, "belong in source packages"},
		{"a <!nocheck>", NULL, "belong in source packages"},
		{"(>= 1)", NULL, "not a package name"},
		{"a: (>= 1)", NULL, "not an architecture"},
		{"-a", NULL, "not a package name"},
		{"a\x1b[31m", NULL, "a\\x1b"},
	};
	for (size_t i = 0; i < PL_COUNT(table); i++) {
		PL_AUTO(arena) a = {0};
		PL_AUTO(buf) got = {0};
		struct pl_err err = {0};
		struct pl_deps d = {0};
		int rc = pl_deps_parse(&a, pl_str_of(table[i].text), "test", &d, &err);
		if (table[i].error) {
			assert_int_equal(rc, -PL_INPUT);
			assert_null(d.v);
			if (!strstr(err.msg, table[i].error))
				fail_msg("%zu: %s", i, err.msg);
			continue;
		}
		if (rc < 0)
			fail_msg("%zu: %s", i, err.msg);
		format(&d, &got);
		assert_string_equal(pl_buf_str(&got).p, table[i].expect);
	}
	PL_AUTO(arena) a = {0};
	PL_AUTO(buf) big = {0};
	struct pl_err err = {0};
	struct pl_deps d;
	for (int i = 0; i < 600000; i++)
		pl_buf_adds(&big, "a,");
	assert_int_equal(pl_deps_parse(&a, pl_buf_str(&big), "test", &d, &err), -PL_LIMIT);
	assert_int_equal(a.used, 0);
}

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define GOOD                                                                                       \
	"Package: libx1\nSource: xsrc (1.0)\nVersion: 1.0+b1\nInstalled-Size: 12\nArchitecture: "  \
	"amd64\nMulti-Arch: same\nDescription: one\n two\n Version: not a field\nDepends: libc6, " \
	"a\nProvides: virt (= 2), virt, other\nSection: libs\nPriority: important\nEssential: "    \
	"yes\nFilename: pool/x.deb\nSize: 34\nSHA256: " HASH "\n"
#define END "Architecture: all\nFilename: p/x.deb\nSize: 1\nSHA256: " HASH "\n\n"

static void one_package(void **state)
{
	(void)state;
	struct pl_err err = {0};
	PL_AUTO_FREE(index) ix = pl_index_new("amd64");
	assert_int_equal(pl_packages_parse(ix, PL_STR("\n" GOOD), 3, "P", &err), 0);
	assert_int_equal(pl_index_finish(ix, &err), 0);
	struct pl_package *p = pl_index_candidate(ix, PL_STR("libx1"));
	assert_non_null(p);
	assert_true(pl_str_is(p->version, "1.0+b1"));
	assert_true(pl_str_is(p->architecture, "amd64"));
	assert_true(pl_str_is(p->source, "xsrc"));
	assert_true(pl_str_is(p->source_version, "1.0"));
	assert_true(pl_str_is(p->filename, "pool/x.deb"));
	assert_true(pl_str_is(p->multi_arch, "same"));
	assert_int_equal(p->size, 34);
	assert_int_equal(p->installed_kib, 12);
	assert_int_equal(p->priority, PL_PRIO_IMPORTANT);
	assert_int_equal(p->sha256.b[1], 0x23);
	assert_true(p->essential);
	assert_int_equal(p->suite, 3);
	assert_true(pl_str_is(p->relations_text,
			      "Provides: virt (= 2), virt, other\nDepends: libc6, a\n"));
	assert_false(p->relations_parsed);
	assert_int_equal(pl_package_relations(ix, p, &err), 0);
	assert_int_equal(p->depends.n, 2);
	assert_int_equal(p->provides.n, 3);
	const struct pl_package_list *l = pl_map_get(&ix->providers, PL_STR("virt"));
	assert_int_equal(l->n, 1);
	assert_null(pl_index_candidate(ix, PL_STR("virt")));
}

static void near_names(void **state)
{
	static const struct {
		const char *asked, *near;
	} table[] = {
		{"pyhton3", "python3, python3.11"},
		{"libssl", "libssl3, libssl-dev"},
		{"openjdk-jre", "openjdk-17-jre"},
		{"requests", "python3-requests"},
		{"ssl3", "libssl3"},
		{"python3-request", "python3-requests"},
		{"python3", "python3, python3.11"},
		{"nothing-like-it", ""},
		{"x", ""},
	};
	(void)state;
	struct pl_err err = {0};
	PL_AUTO_FREE(index) ix = pl_index_new("amd64");
	static const char *const names[] = {"python3",        "python3.11",       "python3-pip",
					    "libssl3",        "libssl-dev",       "openjdk-17-jre",
					    "openjdk-17-doc", "python3-requests", "libssl3-dbgsym"};
	PL_AUTO(buf) text = {0};
	for (size_t i = 0; i < PL_COUNT(names); i++)
		pl_buf_addf(&text, "Package: %s\nVersion: 1\n" END, names[i]);
	assert_int_equal(pl_packages_parse(ix, pl_buf_str(&text), 0, "P", &err), 0);
	assert_int_equal(pl_index_finish(ix, &err), 0);
	for (size_t i = 0; i < PL_COUNT(table); i++) {
		PL_AUTO(buf) near = {0};
		pl_index_near(ix, pl_str_of(table[i].asked), &near);
		assert_string_equal(pl_buf_str(&near).p, table[i].near);
	}
}

static void versions_and_suites(void **state)
{
	(void)state;
	struct pl_err err = {0};
	PL_AUTO_FREE(index) ix = pl_index_new("amd64");
	assert_int_equal(
		pl_packages_parse(ix,
				  PL_STR("Package: a\nVersion: 1.9\n" END
					 "Package: a\nVersion: 1.10\n" END "Package: b\nVersion: "
					 "1\n" END),
				  0, "one", &err),
		0);
	assert_int_equal(pl_packages_parse(ix,
					   PL_STR("Package: a\nVersion: 1.10\n" END
						  "Package: a\nVersion: 1.9.5\n" END),
					   1, "two", &err),
			 0);
	assert_int_equal(pl_index_finish(ix, &err), 0);
	assert_int_equal(ix->packages.n, 5);
	const struct pl_package_list *l = pl_map_get(&ix->by_name, PL_STR("a"));
	assert_int_equal(l->n, 3);
	assert_true(pl_str_is(l->v[0]->version, "1.10"));
	assert_int_equal(l->v[0]->suite, 0); /* the same version counts from the first suite */
	assert_true(pl_str_is(l->v[1]->version, "1.9.5"));
	assert_true(pl_str_is(l->v[2]->version, "1.9"));
	assert_ptr_equal(pl_index_find(ix, PL_STR("a"), PL_STR("1.9.5")), l->v[1]);
	assert_null(pl_index_find(ix, PL_STR("a"), PL_STR("2")));
	assert_null(pl_index_find(ix, PL_STR("c"), PL_STR("2")));
	assert_true(pl_str_is(l->v[0]->source, "a"));
}

static void bad_packages(void **state)
{
	(void)state;
	static const struct {
		const char *text, *error;
	} table[] = {
		{"Package: a\n" END, "P:1: package 'a': the field Version is missing"},
		{"Package: ok\nVersion: 1\n" END "Version: 1\n" END,
		 "the field Package is missing"},
		{"Package: ok\nVersion: 1\n" END "\nPackage: b\n" END, "P:9: package 'b'"},
		{"Package: a\nVersion: 1\nVersion: 2\n" END, "a field appears twice"},
		{"Package: a\nno field\n" END, "a line that is no field"},
		{" Package: a\n" END, "a line that is no field"},
		{"Package: a/b\nVersion: 1\n" END, "not a package name"},
		{"Package: a\nVersion: 1 2\n" END, "not a version"},
		{"Package: a\nVersion: 1\nSource: b (1\n" END, "its Source"},
		{"Package: a\nVersion: 1\nInstalled-Size: x\n" END, "its Installed-Size"},
		{"Package: a\nVersion: 1\nArchitecture: i386\nFilename: p\nSize: 1\nSHA256: " HASH,
		 "its architecture"},
		{"Package: a\nVersion: 1\nArchitecture: all\nFilename: p/../q\nSize: "
		 "1\nSHA256: " HASH,
		 "its Filename"},
		{"Package: a\nVersion: 1-\nArchitecture: all\nFilename: p\nSize: 1\nSHA256: " HASH,
		 "the revision (after the last '-') is empty"},
		{"Package: a\nVersion: 1:\nArchitecture: all\nFilename: p\nSize: 1\nSHA256: " HASH,
		 "is not a Debian version"},
		{"Package: a\nVersion: v1\nArchitecture: all\nFilename: p\nSize: 1\nSHA256: " HASH,
		 "does not begin with a digit"},
		{"Package: a\nVersion: 1\nArchitecture: all\nFilename: /p\nSize: 1\nSHA256: " HASH,
		 "its Filename"},
		{"Package: a\nVersion: 1\nArchitecture: all\nFilename: p\nSize: -1\nSHA256: " HASH,
		 "its Size"},
		{"Package: a\nVersion: 1\nArchitecture: all\nFilename: p\nSize: "
		 "18446744073709551616\nSHA256: " HASH,
		 "its Size"},
		{"Package: a\nVersion: 1\nArchitecture: all\nFilename: p\nSize: 1\nSHA256: abc",
		 "its SHA256"},
	};
	for (size_t i = 0; i < PL_COUNT(table); i++) {
		struct pl_err err = {0};
		PL_AUTO_FREE(index) ix = pl_index_new("amd64");
		int rc = pl_packages_parse(ix, pl_str_of(table[i].text), 0, "P", &err);
		if (rc != -PL_INPUT || !strstr(err.msg, table[i].error))
			fail_msg("%zu: '%s' is not in '%s'", i, table[i].error, err.msg);
		assert_int_equal(ix->packages.n, 0);
	}
	/* Relations are looked at when they are needed: then an error names the package. */
	struct pl_err err = {0};
	PL_AUTO_FREE(index) ix = pl_index_new("amd64");
	assert_int_equal(pl_packages_parse(ix, PL_STR("Package: a\nVersion: 1\nDepends: ?\n" END),
					   0, "P", &err),
			 0);
	assert_int_equal(pl_index_finish(ix, &err), 0);
	assert_int_equal(pl_package_relations(ix, ix->packages.v[0], &err), -PL_INPUT);
	assert_non_null(strstr(err.msg, "package a 1: relation '?'"));
	assert_false(ix->packages.v[0]->relations_parsed);
}

#define RELEASE                                                                                    \
	"Suite: oldstable\nCodename: bookworm\nDate: Sat, 11 Jul 2026 10:16:37 UTC\n"              \
	"Valid-Until: Sat, 18 Jul 2026 10:16:37 UTC\nAcquire-By-Hash: yes\nMD5Sum:\n 00 1 x\n"

static void release(void **state)
{
	(void)state;
	PL_AUTO(arena) a = {0};
	struct pl_err err = {0};
	struct pl_release r = {0};
	char text[PL_TIME_TEXT];
	assert_int_equal(pl_release_parse(&a,
					  PL_STR(RELEASE "SHA256:\n " HASH "   20 main/b\n " HASH
							 " 10 main/a\n"),
					  "R", &r, &err),
			 0);
	assert_true(pl_str_is(r.suite, "oldstable"));
	assert_true(pl_str_is(r.codename, "bookworm"));
	assert_true(r.by_hash);
	assert_string_equal(pl_time_rfc3339(r.date, text), "2026-07-11T10:16:37Z");
	assert_string_equal(pl_time_rfc3339(r.valid_until, text), "2026-07-18T10:16:37Z");
	assert_int_equal(r.n_files, 2);
	assert_true(pl_str_is(r.files[0].path, "main/a"));
	assert_int_equal(r.files[1].size, 20);
	assert_int_equal(r.files[1].sha256.b[0], 1);
	static const struct {
		const char *text, *error;
	} bad[] = {
		{"", "empty"},
		{"Suite: x\n", "Date"},
		{"Date: yesterday\n", "Date"},
		{RELEASE, "SHA256: missing"},
		{RELEASE "SHA256:\n abc 1 x\n", "64 hexadecimal digits"},
		{RELEASE "SHA256:\n " HASH " x x\n", "size"},
		{RELEASE "SHA256:\n " HASH " 1 ../x\n", "plain path"},
		{RELEASE "SHA256:\n " HASH " 1\n", "plain path"},
		{RELEASE "SHA256:\n " HASH " 1 x\n " HASH " 2 x\n", "twice"},
		{RELEASE "SHA256:\n " HASH " 1 x\n\nSuite: y\n", "more than one paragraph"},
		{"Valid-Until: never\nDate: Sat, 11 Jul 2026 10:16:37 UTC\n", "Valid-Until"},
	};
	for (size_t i = 0; i < PL_COUNT(bad); i++) {
		struct pl_release none = {0};
		err = (struct pl_err){0};
		int rc = pl_release_parse(&a, pl_str_of(bad[i].text), "R", &none, &err);
		if (rc != -PL_INPUT || !strstr(err.msg, bad[i].error))
			fail_msg("%zu: '%s' is not in '%s'", i, bad[i].error, err.msg);
		assert_null(none.files);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(relation_fields), cmocka_unit_test(one_package),
		cmocka_unit_test(near_names),      cmocka_unit_test(versions_and_suites),
		cmocka_unit_test(bad_packages),    cmocka_unit_test(release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
