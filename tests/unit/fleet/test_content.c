// SPDX-License-Identifier: Apache-2.0
/* The fleet's own files: each read once in a run, and not again while nothing shows a change. */
#include "fleet_dir.h"

#include "fleet/files.h"

#include <fcntl.h>
#include <sys/stat.h>

#define BIG ((size_t)4 << 20)

static char *root, *dir;
static struct pl_env env;
static struct pl_store *store;
static struct pl_fleet *fleet;

static int64_t a_day_later(void *ctx)
{
	(void)ctx;
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec + 86400;
}

static void put(const char *name, char c, size_t n)
{
	PL_AUTOFREE char *text = pl_xcalloc(n + 1, 1);
	memset(text, c, n);
	fleet_dir_put(dir, name, (struct pl_str){text, n});
}

static int setup(void **state)
{
	struct pl_err err = {0};
	(void)state;
	root = fleet_dir_new();
	dir = pl_path_join(root, "fleet");
	PL_AUTOFREE char *at = pl_path_join(root, "store");
	pl_env_init(&env);
	assert_int_equal(pl_store_open(&env, at, &store, &err), 0);
	put("big", 'a', BIG);
	put("small", 'a', 10);
	fleet_dir_put(dir, "fleet.yaml", PL_STR("distros: {d: {suites: [s]}}\n"));
	fleet_dir_put(dir, "images/i.yaml",
		      PL_STR("image: i\ndistro: d\nfiles:\n  - {from: big, to: /big}\n"
			     "  - {from: big, to: /again, mode: 0600}\n"
			     "  - {from: small, to: /small}\n"));
	assert_int_equal(pl_fleet_load(&env, dir, &fleet, &err), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pl_fleet_free(fleet);
	fleet = NULL;
	pl_store_free(store);
	free(dir);
	fleet_dir_free(root);
	return 0;
}

/* Of files /again, /big, /small. */
static struct pl_fleet_file *collect(struct pl_files *c, struct pl_arena *a)
{
	struct pl_err err = {0};
	struct pl_fleet_file *v;
	size_t n;
	if (pl_files_collect(c, fleet->images[0], fleet->platforms[0], a, &v, &n, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(n, 3);
	return v;
}

/* Bytes that this process has read so far. */
static uint64_t bytes_read(void)
{
	char text[256] = "";
	FILE *f = fopen("/proc/self/io", "re");
	unsigned long long n = 0;
	if (!f)
		skip();
	assert_int_not_equal(fread(text, 1, sizeof(text) - 1, f), 0);
	fclose(f);
	assert_int_equal(sscanf(text, "rchar: %llu", &n), 1);
	return n;
}

/* A whole run: what does it read, and what has /big? */
static uint64_t run(struct pl_digest *ret_big)
{
	struct pl_err err = {0};
	PL_AUTO(arena) a = {0};
	uint64_t before = bytes_read();
	PL_AUTO_FREE(files) c = pl_files_new(&env, fleet, store);
	*ret_big = collect(c, &a)[1].sha256;
	assert_int_equal(pl_files_remember(c, &err), 0);
	return bytes_read() - before;
}

/* An editor that saves in the middle of a run: all of it has the one content. */
static void test_once_a_run(void **state)
{
	PL_AUTO(arena) a = {0};
	(void)state;
	PL_AUTO_FREE(files) c = pl_files_new(&env, fleet, store);
	struct pl_digest first = collect(c, &a)[0].sha256;
	put("big", 'b', BIG);
	struct pl_fleet_file *v = collect(c, &a);
	assert_true(pl_digest_eq(&v[0].sha256, &first));
	assert_true(pl_digest_eq(&v[1].sha256, &first));
	assert_true(pl_store_has(store, PL_STORE_INPUTS, &first, NULL));
	PL_AUTO_FREE(files) next = pl_files_new(&env, fleet, store);
	assert_false(pl_digest_eq(&collect(next, &a)[0].sha256, &first));
}

static void test_not_read_again(void **state)
{
	struct pl_digest first, again;
	(void)state;
	env.now = a_day_later; /* the files are old then */
	assert_true(run(&first) >= BIG);
	assert_true(run(&again) < BIG / 2);
	assert_true(pl_digest_eq(&first, &again));
	/* Gone from the store: made again. */
	PL_AUTOFREE char *path = pl_store_path(store, PL_STORE_INPUTS, &first);
	assert_int_equal(unlink(path), 0);
	assert_true(run(&again) >= BIG);
	assert_true(pl_store_has(store, PL_STORE_INPUTS, &first, NULL));
	/* Same size and modification time: a file's times of change cannot be set. */
	PL_AUTOFREE char *big = pl_path_join(dir, "big");
	struct stat st;
	assert_int_equal(stat(big, &st), 0);
	put("big", 'b', BIG);
	const struct timespec times[] = {st.st_atim, st.st_mtim};
	assert_int_equal(utimensat(AT_FDCWD, big, times, 0), 0);
	assert_true(run(&again) >= BIG);
	assert_false(pl_digest_eq(&first, &again));
}

/* What was written this very moment could be written once more under the same times. */
static void test_racy(void **state)
{
	struct pl_digest first, again;
	(void)state;
	assert_true(run(&first) >= BIG);
	assert_true(run(&again) >= BIG);
	assert_true(pl_digest_eq(&first, &again));
}

/* What nobody else may read does not get into the store, which everybody may read. */
static void test_secret(void **state)
{
	struct pl_err err = {0};
	struct pl_fleet_file *v;
	size_t n;
	PL_AUTO(arena) a = {0};
	(void)state;
	PL_AUTOFREE char *small = pl_path_join(dir, "small");
	PL_AUTO_FREE(files) c = pl_files_new(&env, fleet, store);
	struct pl_digest d = pl_sha256_of(PL_STR("aaaaaaaaaa"));
	assert_int_equal(chmod(small, 0600), 0);
	assert_int_equal(
		pl_files_collect(c, fleet->images[0], fleet->platforms[0], &a, &v, &n, &err),
		-PL_INPUT);
	assert_non_null(strstr(err.msg, "small is readable for its owner alone (mode 0600)"));
	assert_false(pl_store_has(store, PL_STORE_INPUTS, &d, NULL));
}

#define CONTENT_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONTENT_TEST(test_once_a_run),
		CONTENT_TEST(test_not_read_again),
		CONTENT_TEST(test_racy),
		CONTENT_TEST(test_secret),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
