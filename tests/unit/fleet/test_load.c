// SPDX-License-Identifier: Apache-2.0
/* Loading from directories: what is missing, bounds, and that each key counts in the hash. */
#include "fleet_dir.h"

#define FLEET "distros: {d: {suites: [d]}, e: {suites: [e]}}\n"

static int load(const char *dir, struct pl_fleet **ret, struct pl_err *err)
{
	struct pl_env env;
	pl_env_init(&env);
	return pl_fleet_load(&env, dir, ret, err);
}

static void test_missing(void **state)
{
	(void)state;
	struct pl_err err = {0};
	PL_AUTO_FREE(fleet) f = NULL;
	char *dir = fleet_dir_new();
	assert_int_equal(load(dir, &f, &err), -PL_NOT_FOUND);
	assert_non_null(
		strstr(err.msg, "fleet.yaml: no such file; run this in a fleet's directory"));
	assert_int_equal(load("/nonexistent/fleet", &f, &err), -PL_NOT_FOUND);
	fleet_dir_put(dir, "fleet.yaml", PL_STR(FLEET));
	assert_int_equal(load(dir, &f, &err), -PL_NOT_FOUND);
	assert_non_null(strstr(err.msg, "images: no such directory"));
	assert_null(f);
	/* No definition yet is a fleet of no images; what is not one is left alone. */
	fleet_dir_put(dir, "images/README.md", PL_STR("not: [yaml"));
	fleet_dir_put(dir, "images/.a.yaml", PL_STR("not: [yaml"));
	assert_int_equal(load(dir, &f, &err), 0);
	assert_int_equal(f->n_images, 0);
	assert_string_equal(f->registry, "oci:out");
	assert_string_equal(f->platforms[0]->name, "linux/amd64");
	assert_string_equal(f->platforms[1]->name, "linux/arm64");
	assert_string_equal(f->distros[0].origin.sources[0].components[0], "main");
	assert_null(f->distros[0].origin.sources[0].mirrors[0]);
	fleet_dir_free(dir);
}

static void test_stop(void **state)
{
	(void)state;
	struct pl_env env;
	struct pl_err err = {0};
	atomic_bool stop = true;
	PL_AUTO_FREE(fleet) f = NULL;
	pl_env_init(&env);
	env.stop = &stop;
	assert_int_equal(pl_fleet_load(&env, "examples/demo", &f, &err), -PL_INTERRUPTED);
	assert_null(f);
}

static void test_limits(void **state)
{
	(void)state;
	struct pl_err err = {0};
	PL_AUTO_FREE(fleet) f = NULL;
	PL_AUTO(buf) b = {0};
	char *dir = fleet_dir_new();
	fleet_dir_put(dir, "fleet.yaml", PL_STR(FLEET));
	pl_buf_adds(&b, "image: a\ndistro: d\nvariants:\n");
	for (int i = 0; i < 257; i++)
		pl_buf_addf(&b, "  v%d: {}\n", i);
	fleet_dir_put(dir, "images/a.yaml", pl_buf_str(&b));
	assert_int_equal(load(dir, &f, &err), -PL_INPUT);
	assert_string_equal(err.msg, "images/a.yaml:4:3: more than 256 variants");
	fleet_dir_put(dir, "images/a.yaml", PL_STR("image: a\ndistro: d\nextends: s0.yaml\n"));
	for (int i = 0; i < 20; i++) {
		PL_AUTOFREE char *name = pl_xprintf("s%d.yaml", i);
		PL_AUTOFREE char *text = pl_xprintf("extends: s%d.yaml\n", i + 1);
		fleet_dir_put(dir, name, pl_str_of(text));
	}
	assert_int_equal(load(dir, &f, &err), -PL_INPUT);
	assert_string_equal(err.msg, "s15.yaml:1:10: 'extends' goes over more than 16 definitions");
	/* Small text, large expansion: stopped by a limit, not by memory running out. */
	pl_buf_clear(&b);
	pl_buf_adds(&b, "image: a\ndistro: d\nversion: ");
	for (int i = 0; i < 100; i++)
		pl_buf_addc(&b, '1');
	pl_buf_adds(&b, "\nenv: {X: \"");
	for (int i = 0; i < 20000; i++)
		pl_buf_adds(&b, "${version}");
	pl_buf_adds(&b, "\"}\n");
	fleet_dir_put(dir, "images/a.yaml", pl_buf_str(&b));
	assert_int_equal(load(dir, &f, &err), -PL_LIMIT);
	assert_non_null(strstr(err.msg, "images/a.yaml:4:10: "));
	fleet_dir_free(dir);
}

/* A deep chain of bases: depth, order, and no recursion that the stack would feel. */
static void test_deep_chain(void **state)
{
	(void)state;
	struct pl_err err = {0};
	PL_AUTO_FREE(fleet) f = NULL;
	char *dir = fleet_dir_new();
	fleet_dir_put(dir, "fleet.yaml", PL_STR(FLEET));
	for (int i = 0; i < 300; i++) {
		PL_AUTOFREE char *name = pl_xprintf("images/%03d.yaml", i);
		PL_AUTOFREE char *text =
			i == 299 ? pl_xprintf("image: i299\ndistro: e\nenv: {A: b}\n")
				 : pl_xprintf("image: i%03d\nbase: i%03d\n", i, i + 1);
		fleet_dir_put(dir, name, pl_str_of(text));
	}
	assert_int_equal(load(dir, &f, &err), 0);
	assert_int_equal(f->n_images, 300);
	assert_string_equal(f->images[0]->id, "i299");
	assert_string_equal(f->images[299]->id, "i000");
	assert_string_equal(f->images[299]->distro->name, "e");
	assert_string_equal(f->images[299]->env[0].value, "b");
	assert_ptr_equal(f->images[299]->base, f->images[298]);
	fleet_dir_free(dir);
}

static struct pl_digest hash_of(const char *text)
{
	struct pl_err err = {0};
	PL_AUTO_FREE(fleet) f = NULL;
	char *dir = fleet_dir_new();
	fleet_dir_put(dir, "fleet.yaml", PL_STR(FLEET));
	fleet_dir_put(dir, "x", PL_STR("x"));
	fleet_dir_put(dir, "images/base.yaml", PL_STR("image: base\ndistro: d\n"));
	fleet_dir_put(dir, "images/a.yaml", pl_str_of(text));
	if (load(dir, &f, &err) < 0)
		fail_msg("%s\n%s", text, err.msg);
	struct pl_digest d = pl_fleet_find(f, PL_STR("a"))->hash;
	fleet_dir_free(dir);
	return d;
}

static void test_each_key_counts(void **state)
{
	(void)state;
	static const char *const changes[] = {
		"distro: d\nversion: 1\n",
		"distro: d\nversion: 2\n",
		"distro: e\n",
		"base: base\n",
		"distro: d\ndescription: x\n",
		"distro: d\npackages: [curl]\n",
		"distro: d\npackages: [curl=1]\n",
		"distro: d\npackages: [curl, wget]\n",
		"distro: d\npackages: [wget, curl]\n",
		"distro: d\nfiles: [{from: x, to: /x}]\n",
		"distro: d\nfiles: [{content: x, to: /x}]\n",
		"distro: d\nfiles: [{content: x, to: /y}]\n",
		"distro: d\nfiles: [{content: x, to: /x, mode: 0600}]\n",
		"distro: d\nfiles: [{content: x, to: /x, owner: 1}]\n",
		"distro: d\nfiles: [{content: \"x${arch}\", to: /x}]\n",
		"distro: d\nexclude: [man]\n",
		"distro: d\nuser: 1\n",
		"distro: d\nworkdir: /x\n",
		"distro: d\nenv: {A: b}\n",
		"distro: d\nlabels: {A: b}\n",
		"distro: d\nentrypoint: [a, b]\n",
		"distro: d\nentrypoint: [a b]\n",
		"distro: d\ncmd: [a, b]\n",
		"distro: d\nports: [80]\n",
		"distro: d\nvolumes: [/x]\n",
		"distro: d\nread_only: true\n",
		"distro: d\nstop_signal: SIGINT\n",
		"distro: d\nhealthcheck: {command: [a]}\n",
		"distro: d\nhealthcheck: {command: [a], every: 1s}\n",
		"distro: d\nhealthcheck: {command: [a], timeout: 1s}\n",
		"distro: d\nhealthcheck: {command: [a], start_period: 1s}\n",
		"distro: d\nhealthcheck: {command: [a], retries: 1}\n",
		"distro: d\nhealthcheck: {http: \"http://a\"}\n",
		"distro: d\nacknowledge: [{package: ab, script: postinst, reason: r, sha256: "
		"2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae}]\n",
	};
	struct pl_digest seen[PL_COUNT(changes) + 1];
	seen[0] = hash_of("image: a\ndistro: d\n");
	for (size_t i = 0; i < PL_COUNT(changes); i++) {
		PL_AUTOFREE char *text = pl_xprintf("image: a\n%s", changes[i]);
		seen[i + 1] = hash_of(text);
		for (size_t k = 0; k <= i; k++)
			if (pl_digest_eq(&seen[k], &seen[i + 1]))
				fail_msg("the hash does not see %s", changes[i]);
	}
	/* The lock names platforms one by one, so they are not in the hash. */
	struct pl_digest d = hash_of("image: a\ndistro: d\nplatforms: [linux/s390x]\n");
	assert_true(pl_digest_eq(&d, &seen[0]));
}

static void test_file_open(void **state)
{
	(void)state;
	struct pl_err err = {0};
	int fd = -1;
	char *dir = fleet_dir_new();
	const struct pl_fleet f = {.dir = dir};
	fleet_dir_put(dir, "fleet/a", PL_STR("content"));
	fleet_dir_put(dir, "fleet-beside", PL_STR("x"));
	PL_AUTOFREE char *inner = pl_path_join(dir, "fleet");
	PL_AUTOFREE char *beside = pl_path_join(dir, "fleet/beside");
	PL_AUTOFREE char *near = pl_path_join(dir, "fleet/near");
	assert_int_equal(symlink("../fleet-beside", beside), 0);
	assert_int_equal(symlink("a", near), 0);
	const struct pl_fleet g = {.dir = inner};
	struct pl_file_entry e = {.from = "near"};
	char text[8] = "";
	assert_int_equal(pl_fleet_file_open(&g, &e, &fd, &err), 0);
	assert_int_equal(read(fd, text, 7), 7);
	assert_string_equal(text, "content");
	close(fd);
	e.from = "beside"; /* its directory's name begins like the fleet's */
	assert_int_equal(pl_fleet_file_open(&g, &e, &fd, &err), -PL_INPUT);
	assert_non_null(strstr(err.msg, "leads outside the fleet's directory"));
	e.from = "none";
	assert_int_equal(pl_fleet_file_open(&g, &e, &fd, &err), -PL_INPUT);
	e.from = "fleet";
	assert_int_equal(pl_fleet_file_open(&f, &e, &fd, &err), -PL_INPUT);
	assert_string_equal(err.msg, "fleet: not a regular file");
	fleet_dir_free(dir);
}

/* A keyring below the fleet's directory has an absolute path, also for a command in there. */
static void test_keyring_path(void **state)
{
	(void)state;
	struct pl_err err = {0};
	PL_AUTO_FREE(fleet) f = NULL;
	char *dir = fleet_dir_new();
	PL_AUTOFREE char *before = getcwd(NULL, 0), *real = realpath(dir, NULL);
	PL_AUTOFREE char *wanted = pl_path_join(real, "keys/a.gpg");
	fleet_dir_put(dir, "fleet.yaml",
		      PL_STR("distros: {d: {suites: [d], signed_by: keys/a.gpg},\n"
			     "          e: {suites: [e], signed_by: /keys/b.gpg}}\n"));
	fleet_dir_put(dir, "images/README.md", PL_STR(""));
	assert_int_equal(chdir(dir), 0);
	int rc = load(".", &f, &err);
	assert_int_equal(chdir(before), 0);
	assert_int_equal(rc, 0);
	assert_string_equal(f->distros[0].origin.sources[0].signed_by, wanted);
	assert_string_equal(f->distros[1].origin.sources[0].signed_by, "/keys/b.gpg");
	fleet_dir_free(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_missing),         cmocka_unit_test(test_stop),
		cmocka_unit_test(test_limits),          cmocka_unit_test(test_deep_chain),
		cmocka_unit_test(test_each_key_counts), cmocka_unit_test(test_file_open),
		cmocka_unit_test(test_keyring_path),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
