// SPDX-License-Identifier: Apache-2.0
/*
 * The store under failing calls and kill -9: for N = 1, 2, ... the Nth call that changes the disk
 * fails, until a run ends without meeting it. After each: the documented error, nothing partial
 * under a name, and the next run succeeds.
 */
#include "base/file.h"
#include "fault.h"
#include "store/store.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define CHUNK 3000

static struct pl_digest key(void) { return pl_sha256_of(PL_STR("key")); }

/* A blob in three writes, a small one, an input, a record that points to them. */
static int run(const struct pl_env *env, const char *dir, struct pl_err *err)
{
	PL_AUTO_FREE(store) s = NULL;
	PL_AUTO_FREE(sink) out = NULL;
	struct pl_digest d, k = key();
	char chunk[CHUNK];
	int rc = pl_store_open(env, dir, &s, err);
	if (rc == 0)
		rc = pl_store_writer(s, PL_STORE_BLOBS, 3 * CHUNK, NULL, &d, NULL, &out, err);
	for (char c = 'a'; rc == 0 && c <= 'c'; c++) {
		memset(chunk, c, sizeof(chunk));
		rc = pl_sink_write(out, chunk, sizeof(chunk), err);
	}
	if (rc == 0)
		rc = pl_sink_finish(out, err);
	if (rc == 0)
		rc = pl_store_put(s, PL_STORE_BLOBS, PL_STR("{\"config\":1}"), NULL, err);
	if (rc == 0)
		rc = pl_store_put(s, PL_STORE_INPUTS, PL_STR("a package"), NULL, err);
	if (rc == 0)
		rc = pl_store_record_put(s, "layer", &k, PL_STR("points to the blobs"), err);
	if (rc == 0)
		rc = pl_store_sync(s, err);
	return rc;
}

static unsigned files_in(const char *dir, const char *sub)
{
	PL_AUTOFREE char *path = pl_path_join(dir, sub);
	DIR *d = opendir(path);
	unsigned n = 0;
	for (struct dirent *e; d && (e = readdir(d));)
		n += e->d_name[0] != '.';
	if (d)
		closedir(d);
	return n;
}

/* Every name in the directory is the digest of its content. */
static void check_area(const char *dir, const char *sub)
{
	PL_AUTOFREE char *path = pl_path_join(dir, sub);
	DIR *d = opendir(path);
	for (struct dirent *e; d && (e = readdir(d));) {
		struct pl_err err = {0};
		PL_AUTO(buf) b = {0};
		if (e->d_name[0] == '.')
			continue;
		PL_AUTOFREE char *file = pl_path_join(path, e->d_name);
		assert_int_equal(pl_file_read(file, 1 << 20, &b, &err), 0);
		struct pl_digest is = pl_sha256_of(pl_buf_str(&b)), want;
		assert_true(pl_digest_parse_hex(pl_str_of(e->d_name), &want));
		assert_true(pl_digest_eq(&is, &want));
	}
	if (d)
		closedir(d);
}

/* A pointer is there whole or not at all, and what it points to came before it. */
static void check_pointers(const struct pl_env *env, const char *dir)
{
	struct pl_err err = {0};
	PL_AUTO(buf) b = {0};
	PL_AUTOFREE char *index = pl_path_join(dir, "index.json");
	PL_AUTO_FREE(store) s = NULL;
	struct pl_digest k = key();
	int rc = pl_file_read(index, 4096, &b, &err);
	assert_true(rc == 0 || rc == -PL_NOT_FOUND);
	assert_true(rc < 0 || pl_str_ends(pl_buf_str(&b), "\"manifests\":[]}"));
	if (files_in(dir, "tmp") == 0 && rc < 0)
		return; /* not even created yet */
	assert_int_equal(pl_store_open(env, dir, &s, &err), 0);
	pl_buf_clear(&b);
	rc = pl_store_record_get(s, "layer", &k, &b, &err);
	assert_true(rc == 0 || rc == 1);
	if (rc == 1) {
		assert_string_equal(b.p, "points to the blobs");
		assert_int_equal(files_in(dir, "blobs/sha256"), 2);
		assert_int_equal(files_in(dir, "inputs/sha256"), 1);
	}
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void check_after(const struct pl_env *env, const char *dir)
{
	struct pl_err err = {0};
	check_area(dir, "blobs/sha256");
	check_area(dir, "inputs/sha256");
	check_pointers(env, dir);
	if (run(env, dir, &err) < 0)
		fail_msg("the next run: %s", err.msg);
	check_area(dir, "blobs/sha256");
	assert_int_equal(files_in(dir, "blobs/sha256"), 2);
	assert_int_equal(files_in(dir, "inputs/sha256"), 1);
	assert_int_equal(files_in(dir, "records/layer"), 1);
}

static char *fresh(void)
{
	char name[] = "/tmp/plimsoll-fault-XXXXXX";
	assert_non_null(mkdtemp(name));
	return pl_xstrdup(name);
}

static void drop(char *dir)
{
	assert_int_equal(nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	free(dir);
}

/* Does the Nth call fail in one run? True while there is an Nth. */
static bool fail_nth(const struct pl_env *env, unsigned n, enum fault_kind kind, int error)
{
	struct pl_err err = {0};
	char *root = fresh();
	PL_AUTOFREE char *dir = pl_path_join(root, "store");
	fault_arm(n, kind, error);
	int rc = run(env, dir, &err);
	bool fired = fault_disarm();
	if (fired) {
		if (rc != -PL_SYS || err.sys != error)
			fail_msg("call %u: %d, %d: %s", n, rc, err.sys, err.msg);
		assert_int_equal(err.code, PL_SYS);
		if (!strstr(err.msg, error == ENOSPC ? "no space left" : "rror") ||
		    !strstr(err.msg, dir))
			fail_msg("call %u: '%s' does not say what and where", n, err.msg);
		assert_int_equal(files_in(dir, "tmp"), 0);
		assert_true(files_in(root, "store") <= 6); /* no temporary file beside index.json */
	} else if (rc < 0) {
		fail_msg("no fault, yet: %s", err.msg);
	}
	check_after(env, dir);
	drop(root);
	return fired;
}

static void loop(enum fault_kind kind, int error)
{
	struct pl_env env;
	unsigned n = 1;
	pl_env_init(&env);
	while (fail_nth(&env, n, kind, error))
		n++;
	print_message("%u calls failed one by one\n", n - 1);
	assert_true(n > 30); /* a loop over nothing proves nothing */
}

static void test_disk_full(void **state) { loop(FAULT_ERROR, ENOSPC); }
static void test_io_error(void **state) { loop(FAULT_ERROR, EIO); }
static void test_half_written(void **state) { loop(FAULT_HALF, ENOSPC); }

/* 1: killed; 0: the run ended before its Nth call. */
static bool kill_nth(const struct pl_env *env, unsigned n, enum fault_kind kind)
{
	char *root = fresh();
	PL_AUTOFREE char *dir = pl_path_join(root, "store");
	int status;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct pl_err err = {0};
		fault_arm(n, kind, 0);
		_exit(run(env, dir, &err) < 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	assert_true(killed || status == 0);
	check_after(env, dir);
	drop(root);
	return killed;
}

static void test_killed(void **state)
{
	struct pl_env env;
	pl_env_init(&env);
	for (int kind = FAULT_KILL_BEFORE; kind <= FAULT_KILL_AFTER; kind++) {
		unsigned n = 1;
		while (kill_nth(&env, n, (enum fault_kind)kind))
			n++;
		print_message("killed at %u calls\n", n - 1);
		assert_true(n > 30);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_disk_full),
		cmocka_unit_test(test_io_error),
		cmocka_unit_test(test_half_written),
		cmocka_unit_test(test_killed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
