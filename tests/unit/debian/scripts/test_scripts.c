// SPDX-License-Identifier: Apache-2.0
#include "debian/deb/normalise_int.h"
#include "debian/scripts/scripts.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define HEAD "#!/bin/sh\nset -e\n"

static struct pl_digest hash(const char *text, const char *arch)
{
	return pl_script_normalise(pl_str_of(text), pl_str_of(arch));
}

static void test_normalise(void **state)
{
	static const struct {
		const char *a, *arch_a, *b, *arch_b;
		bool same;
	} cases[] = {
		{"a\nb\n", "amd64", "a  \nb\t\r\n\n\n", "amd64", true},
		{"a\nb", "amd64", "a\nb\n", "amd64", true},
		{"a\n\nb\n", "amd64", "a\nb\n", "amd64", false},
		{" a\n", "amd64", "a\n", "amd64", false},
		{"# Automatically added by dh_python3/5\nx\n", "all",
		 "# Automatically added by dh_python3\nx\n", "all", true},
		{"# Automatically added by dh_python3/5\n", "all",
		 "# Automatically added by dh_python2/5\n", "all", false},
		{"ls /usr/lib/x86_64-linux-gnu/x\n", "amd64", "ls /usr/lib/aarch64-linux-gnu/x\n",
		 "arm64", true},
		{"ls /usr/lib/x86_64-linux-gnu/x\n", "arm64", "ls /usr/lib/aarch64-linux-gnu/x\n",
		 "arm64", false},
		{"dpkg -L p:amd64\n", "amd64", "dpkg -L p:arm64\n", "arm64", true},
		{"dpkg -L p:amd64x\n", "amd64", "dpkg -L p:arm64x\n", "arm64", false},
		{"dpkg -L p:amd64\n", "all", "dpkg -L p:arm64\n", "all", false},
	};
	for (size_t i = 0; i < PL_COUNT(cases); i++) {
		struct pl_digest a = hash(cases[i].a, cases[i].arch_a);
		struct pl_digest b = hash(cases[i].b, cases[i].arch_b);
		assert_int_equal(pl_digest_eq(&a, &b), cases[i].same);
	}
	/* The value is part of recipes and locks: it must never change. */
	char hex[PL_DIGEST_TEXT];
	struct pl_digest d = hash("a\n", "amd64"), plain = pl_sha256_of(PL_STR("a\n"));
	assert_true(pl_digest_eq(&d, &plain));
	assert_string_equal(pl_digest_hex(&d, hex),
			    "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7");
}

static void test_judge(void **state)
{
	static const struct {
		const char *name, *text;
		enum pl_verdict verdict;
	} cases[] = {
		{"postinst", HEAD "touch /x\n", PL_SCRIPT_INTERPRETED},
		{"preinst", "#! /bin/bash -e\ntouch /x\n", PL_SCRIPT_INTERPRETED},
		{"config", HEAD, PL_SCRIPT_INTERPRETED},
		{"prerm", "#!/usr/bin/perl\n", PL_SCRIPT_IGNORABLE},
		{"postrm", HEAD, PL_SCRIPT_IGNORABLE},
		{"isinstallable", HEAD, PL_SCRIPT_UNKNOWN},
		{"triggers", "activate-noawait ldconfig\n", PL_SCRIPT_IGNORABLE},
	};
	PL_AUTO(arena) a = {0};
	for (size_t i = 0; i < PL_COUNT(cases); i++) {
		struct pl_script script = {.name = cases[i].name,
					   .text = pl_str_of(cases[i].text),
					   .normalised = hash(cases[i].text, "amd64")};
		const struct pl_control c = {.scripts = &script, .n_scripts = 1};
		struct pl_script_verdict *v;
		size_t n;
		pl_scripts_judge(&a, &c, &v, &n);
		assert_int_equal(n, 1);
		assert_string_equal(v[0].script, cases[i].name);
		assert_int_equal(v[0].verdict, cases[i].verdict);
		assert_true(v[0].reason && v[0].reason[0]);
	}
}

static void test_verdict_names(void **state)
{
	for (enum pl_verdict v = PL_SCRIPT_NONE; v <= PL_SCRIPT_UNKNOWN; v++) {
		enum pl_verdict back;
		assert_true(pl_verdict_parse(pl_str_of(pl_verdict_name(v)), &back));
		assert_int_equal(back, v);
	}
	enum pl_verdict kept = PL_SCRIPT_DEFERRED;
	assert_false(pl_verdict_parse(PL_STR("Covered"), &kept));
	assert_int_equal(kept, PL_SCRIPT_DEFERRED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_normalise),
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_verdict_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
