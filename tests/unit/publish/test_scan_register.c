// SPDX-License-Identifier: Apache-2.0
/* What a scan says of an image on a base: its own packages, and those of the base that are gone. */
#include "publish/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	struct pl_env env;
	struct pl_arena arena;
	char dir[32];
	struct pl_inv *inv;
};

static int setup(void **state)
{
	struct fixture *f = pl_xcalloc(1, sizeof(*f));
	struct pl_err err = {0};
	*state = f;
	pl_env_init(&f->env);
	memcpy(f->dir, "/tmp/register-XXXXXX", 21);
	if (!mkdtemp(f->dir))
		return -1;
	PL_AUTOFREE char *path = pl_xprintf("%s/i.db", f->dir);
	return pl_inv_open(&f->env, path, &f->inv, &err);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	static const char *const tails[] = {"/i.db", "/i.db-wal", "/i.db-shm", ""};
	pl_inv_free(f->inv);
	for (size_t i = 0; i < PL_COUNT(tails); i++) {
		PL_AUTOFREE char *p = pl_xprintf("%s%s", f->dir, tails[i]);
		remove(p);
	}
	pl_arena_done(&f->arena);
	free(f);
	return 0;
}

/* "name version architecture ecosystem" of each package, a line each. */
static const char *packages(struct fixture *f, const char *name, bool effective)
{
	struct pl_err err = {0};
	struct pl_inv_package *v;
	size_t n;
	const char *text = "";
	if (pl_inv_image_packages(f->inv, &f->arena, pl_str_of(name), effective, &v, &n, &err) < 0)
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < n; i++)
		text = pl_arena_printf(&f->arena, "%s%s %s %s %s\n", text, v[i].name, v[i].version,
				       v[i].architecture, v[i].ecosystem);
	return text;
}

/* Names of which one begins another, of several versions and ecosystems: the walk over both lists
 * loses none. */
static void own_and_gone(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	struct pl_inv_package base[] = {
		{.name = "a", .version = "1", .architecture = "amd64"},
		{.name = "ab", .version = "1", .architecture = "amd64"},
		{.name = "b", .version = "1", .architecture = "amd64"},
		{.name = "b", .version = "1", .architecture = "arm64"},
		{.name = "b", .version = "1", .architecture = "i386"},
		{.name = "c", .version = "1", .architecture = "all"},
		{.name = "flask", .version = "3", .ecosystem = "pypi"},
		{.name = "last", .version = "1"},
		{.name = "z", .version = "1"},
	};
	struct pl_registration r = {.has_digest = true,
				    .digest = pl_sha256_of(PL_STR("base")),
				    .packages = base,
				    .n_packages = PL_COUNT(base)};
	assert_int_equal(pl_ref_parse_name(&f->arena, PL_STR("base:1"), &r.name, &err), 0);
	assert_int_equal(pl_inv_put(f->inv, &r, PL_PUT_CREATE, &err), 1);
	struct pl_found_package found[] = {
		{"a", "1", "amd64", "a", "1", "debian", 0},
		{"aa", "1", "amd64", "aa", "1", "debian", 1},
		{"b", "1", "amd64", "b", "1", "debian", 0},
		{"b", "2", "i386", "b", "2", "debian", 1},
		{"flask", "3", "", "flask", "3", "debian", 1},
		{"last", "1", "amd64", "last", "1", "debian", 0},
	};
	struct pl_scanned s = {.digest = pl_sha256_of(PL_STR("app")),
			       .platform = "linux/amd64",
			       .base = "base:1",
			       .base_evidence = "layers",
			       .result = {.packages = found, .n_packages = PL_COUNT(found)}};
	assert_int_equal(pl_scan_register(&(struct pl_registrar){.inv = f->inv}, &s, "app:1", &err),
			 1);
	assert_string_equal(packages(f, "app:1", false),
			    "aa 1 amd64 debian\nb 2 i386 debian\nflask 3  debian\n");
	/* ab, c and z are gone. Nothing is said of b on arm64, nor of a pypi package, which no
	 * scanner could have found. */
	assert_string_equal(packages(f, "app:1", true),
			    "a 1 amd64 debian\naa 1 amd64 debian\nb 1 amd64 debian\n"
			    "b 1 arm64 debian\nb 2 i386 debian\nflask 3  debian\nflask 3  pypi\n"
			    "last 1  debian\n");
	/* On nothing, all are its own. */
	s.base = NULL;
	s.digest = pl_sha256_of(PL_STR("alone"));
	assert_int_equal(
		pl_scan_register(&(struct pl_registrar){.inv = f->inv}, &s, "alone:1", &err), 1);
	assert_string_equal(packages(f, "alone:1", true), packages(f, "alone:1", false));
	assert_non_null(strstr(packages(f, "alone:1", false), "last 1 amd64 debian\n"));
	/* A name that is none changes nothing. */
	assert_int_equal(pl_scan_register(&(struct pl_registrar){.inv = f->inv}, &s, "alone", &err),
			 -PL_INPUT);
}

static void ecosystems(void **state)
{
	(void)state;
	assert_true(pl_scan_reads("debian"));
	assert_false(pl_scan_reads("pypi"));
	assert_false(pl_scan_reads(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(own_and_gone, setup, teardown),
		cmocka_unit_test(ecosystems),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
