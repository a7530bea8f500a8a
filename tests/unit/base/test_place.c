// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"
#include "base/place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static struct pl_arena a;
static char top[] = "/tmp/plimsoll-place-XXXXXX";
static char *real_top;

static int set_up(void **state)
{
	struct pl_err err;
	(void)state;
	if (!mkdtemp(top))
		return -1;
	real_top = realpath(top, NULL);
	PL_AUTOFREE char *dir = pl_path_join(top, "a b%/registry");
	PL_AUTOFREE char *link = pl_path_join(top, "link");
	return pl_mkdirs(dir, &err) < 0 || symlink("a b%", link) < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	PL_AUTOFREE char *registry = pl_path_join(top, "a b%/registry");
	PL_AUTOFREE char *dir = pl_path_join(top, "a b%");
	PL_AUTOFREE char *link = pl_path_join(top, "link");
	pl_arena_done(&a);
	free(real_top);
	return unlink(link) | rmdir(registry) | rmdir(dir) | rmdir(top);
}

static const char *below(const char *rest) { return pl_arena_printf(&a, "%s%s", real_top, rest); }

static void test_canonical(void **state)
{
	(void)state;
	static const struct {
		const char *path, *wanted; /* below the top */
	} cases[] = {
		{"/a b%/registry", "/a b%/registry"},
		{"/link/./registry/", "/a b%/registry"},
		{"/link/../link", "/a b%"},
		{"/link/no/./such/../thing//x", "/a b%/no/thing/x"},
		{"/none", "/none"},
	};
	for (size_t i = 0; i < PL_COUNT(cases); i++) {
		PL_AUTOFREE char *got =
			pl_path_canonical(pl_arena_printf(&a, "%s%s", top, cases[i].path));
		assert_string_equal(got, below(cases[i].wanted));
	}
	PL_AUTOFREE char *root = pl_path_canonical("/");
	assert_string_equal(root, "/");
	PL_AUTOFREE char *above = pl_path_canonical("/../no-such/../..");
	assert_string_equal(above, "/");
	char cwd[4096];
	assert_non_null(getcwd(cwd, sizeof(cwd)));
	PL_AUTOFREE char *here = pl_path_canonical(".");
	assert_string_equal(here, cwd);
	PL_AUTOFREE char *new = pl_path_canonical("no-such");
	assert_string_equal(new, pl_arena_printf(&a, "%s/no-such", cwd));
}

static void test_names(void **state)
{
	(void)state;
	const char *dir = pl_arena_printf(&a, "%s/link", top);
	const char *wanted = pl_arena_printf(&a, "oci:%s/a%%20b%%25/registry/base", real_top);
	assert_string_equal(pl_place_name(&a, pl_arena_printf(&a, "%s/registry/base", dir)),
			    wanted);
	assert_string_equal(pl_place_name(&a, "/base"), "oci:/base");

	/* What is typed, in any of these ways, is that name, with its tag and digest. */
	const char *tagged = pl_arena_printf(&a, "%s:1-2@sha256:12", wanted);
	const char *const typed[] = {
		"oci:registry/base:1-2@sha256:12", "oci:./registry/../registry/base:1-2@sha256:12",
		pl_arena_printf(&a, "oci:%s/registry/base:1-2@sha256:12", dir),
		pl_arena_printf(&a, "oci:%s/a b%%/registry/base:1-2@sha256:12", top), tagged};
	for (size_t i = 0; i < PL_COUNT(typed); i++)
		assert_string_equal(pl_place_resolve(&a, dir, typed[i]), tagged);
	assert_string_equal(pl_place_resolve(&a, dir, "host/registry/base:1"),
			    "host/registry/base:1");
	assert_string_equal(pl_place_resolve(&a, dir, "oci:"), "oci:");

	assert_string_equal(pl_place_shown(&a, dir, tagged), "oci:registry/base:1-2@sha256:12");
	assert_string_equal(pl_place_shown(&a, dir, "oci:/elsewhere/base:1"),
			    "oci:/elsewhere/base:1");
	assert_string_equal(pl_place_shown(&a, dir, "host/base:1"), "host/base:1");
}

static void test_below(void **state)
{
	(void)state;
	const char *dir = pl_arena_printf(&a, "%s/a b%%", top);
	static const struct {
		const char *path; /* below the directory, unless absolute */
		bool wanted;
	} cases[] = {
		{".", true},
		{"registry", true},
		{"registry/new/x", true},
		{"../link/x", true},
		{"registry/..", true},
		{"..", false},
		{"../a b%x", false},
		{"no/../../x", false},
		{"/", false},
		{"/etc", false},
		{"registry/out", false},
		{"registry/out/x", false},
		{"registry/no", false},
		{"registry/no/x", false},
	};
	PL_AUTOFREE char *out = pl_path_join(dir, "registry/out");
	PL_AUTOFREE char *no = pl_path_join(dir, "registry/no");
	assert_int_equal(symlink("/etc", out), 0);
	assert_int_equal(symlink("dangling", no), 0);
	for (size_t i = 0; i < PL_COUNT(cases); i++) {
		PL_AUTOFREE char *path = pl_path_join(dir, cases[i].path);
		if (pl_path_is_below(dir, path) != cases[i].wanted)
			fail_msg("%s", cases[i].path);
		assert_true(pl_path_is_below("/", path) ==
			    !pl_str_starts(pl_str_of(cases[i].path), "registry/no"));
	}
	assert_int_equal(unlink(out) | unlink(no), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_canonical),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_below),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
