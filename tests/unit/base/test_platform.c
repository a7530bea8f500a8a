// SPDX-License-Identifier: Apache-2.0
#include "base/platform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* Sorted by name, every name found again, from each of its forms. */
static void table_is_whole(void **state)
{
	for (size_t i = 0; i < pl_platforms_n; i++) {
		const struct pl_platform *p = &pl_platforms[i];
		char text[PL_PLATFORM_TEXT];
		assert_true(i == 0 || strcmp(p[-1].name, p->name) < 0);
		assert_ptr_equal(pl_platform_find(pl_str_of(p->name)), p);
		assert_ptr_equal(pl_platform_of_oci(p->os, p->architecture, p->variant), p);
		assert_ptr_equal(pl_platform_of_oci(p->os, p->architecture, p->oci_variant), p);
		assert_string_equal(pl_platform_text(text, p->os, p->architecture, p->oci_variant),
				    p->name);
	}
}

/* containerd's platforms package (platforms/database.go: normalizeArch). */
static void names_are_normalised(void **state)
{
	static const struct {
		const char *text, *name;
	} rows[] = {
		{"linux/arm64/v8", "linux/arm64"},
		{"linux/arm64", "linux/arm64"},
		{"linux/arm", "linux/arm/v7"},
		{"linux/arm/v6", "linux/arm/v6"},
		{"linux/amd64/v1", "linux/amd64"},
		{"linux/amd64/v3", NULL},
		{"windows/amd64", NULL},
		{"linux", NULL},
		{"linux/", NULL},
		{"/amd64", NULL},
		{"linux/arm/v7/x", NULL},
		{"", NULL},
		{"linux/amd64 ", NULL},
		{"linux/architecture-too-long", NULL},
	};
	for (size_t i = 0; i < PL_COUNT(rows); i++) {
		const struct pl_platform *p = pl_platform_find(pl_str_of(rows[i].text));
		if (rows[i].name)
			assert_string_equal(p->name, rows[i].name);
		else
			assert_null(p);
	}
	assert_null(pl_platform_find((struct pl_str){NULL, 0}));
}

/* dpkg-architecture -A NAME -q DEB_HOST_MULTIARCH, DEB_HOST_ARCH_ENDIAN, DEB_HOST_ARCH_BITS. */
static void debian_names(void **state)
{
	static const struct {
		const char *debian, *name, *triplet;
		bool is_64, is_big_endian;
	} rows[] = {
		{"amd64", "linux/amd64", "x86_64-linux-gnu", true, false},
		{"arm64", "linux/arm64", "aarch64-linux-gnu", true, false},
		{"armhf", "linux/arm/v7", "arm-linux-gnueabihf", false, false},
		{"armel", "linux/arm/v5", "arm-linux-gnueabi", false, false},
		{"i386", "linux/386", "i386-linux-gnu", false, false},
		{"ppc64el", "linux/ppc64le", "powerpc64le-linux-gnu", true, false},
		{"s390x", "linux/s390x", "s390x-linux-gnu", true, true},
		{"riscv64", "linux/riscv64", "riscv64-linux-gnu", true, false},
		{"loong64", "linux/loong64", "loongarch64-linux-gnu", true, false},
		{"mips64el", "linux/mips64le", "mips64el-linux-gnuabi64", true, false},
		{"mipsel", "linux/mipsle", "mipsel-linux-gnu", false, false},
	};
	for (size_t i = 0; i < PL_COUNT(rows); i++) {
		const struct pl_platform *p = pl_platform_of_debian(pl_str_of(rows[i].debian));
		assert_string_equal(p->name, rows[i].name);
		assert_string_equal(p->triplet, rows[i].triplet);
		assert_int_equal(p->is_64, rows[i].is_64);
		assert_int_equal(p->is_big_endian, rows[i].is_big_endian);
	}
	assert_null(pl_platform_of_debian(PL_STR("all")));
	assert_null(pl_platform_of_debian(PL_STR("hurd-i386")));
}

static void strangers_are_shown(void **state)
{
	char text[PL_PLATFORM_TEXT];
	assert_string_equal(pl_platform_text(text, "windows", "amd64", NULL), "windows/amd64");
	assert_string_equal(pl_platform_text(text, NULL, NULL, ""), "linux/unknown");
	assert_string_equal(pl_platform_text(text, "linux", "amd64", "v3"), "linux/amd64/v3");
	assert_non_null(pl_platform_host());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_whole),
		cmocka_unit_test(names_are_normalised),
		cmocka_unit_test(debian_names),
		cmocka_unit_test(strangers_are_shown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
