// SPDX-License-Identifier: Apache-2.0
/*
 * A layout under failing calls and kill -9 while names are set: for N = 1, 2, ... the Nth call that
 * changes the disk fails, until a run ends without meeting it. After each, index.json is the former
 * one or the new one, everything it names is there whole, nothing temporary is left behind by an
 * error, and the next run succeeds.
 */
#include "base/file.h"
#include "fault.h"
#include "oci/repository.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define MANIFEST(n)                                                                                \
	"{\"schemaVersion\":2,\"mediaType\":\"" PL_MT_MANIFEST                                     \
	"\",\"config\":{\"mediaType\":\"" PL_MT_CONFIG "\",\"digest\":\"sha256:"                   \
	"000000000000000000000000000000000000000000000000000000000000000" n                        \
	"\",\"size\":2},\"layers\":[]}"

static const char *const manifests[] = {MANIFEST("0"), MANIFEST("1"), MANIFEST("2")};

static struct pl_tagged tagged(size_t i, const char *const *tags)
{
	return (struct pl_tagged){PL_MT_MANIFEST, pl_str_of(manifests[i]), tags, NULL};
}

static int set_former(const struct pl_env *env, const char *dir, struct pl_err *err)
{
	static const char *const names[] = {"a", "b", NULL};
	PL_AUTO_FREE(repo) r = NULL;
	const struct pl_tagged v = tagged(0, names);
	int rc = pl_layout_open(env, dir, true, &r, err);
	return rc < 0 ? rc : pl_repo_put_tags(r, &v, 1, err);
}

/* Moves b, leaves a, adds c and d: two new manifests. */
static int set_names(const struct pl_env *env, const char *dir, struct pl_err *err)
{
	static const char *const first[] = {"b", "c", NULL}, *const second[] = {"d", NULL};
	PL_AUTO_FREE(repo) r = NULL;
	const struct pl_tagged v[] = {tagged(1, first), tagged(2, second)};
	int rc = pl_layout_open(env, dir, true, &r, err);
	return rc < 0 ? rc : pl_repo_put_tags(r, v, PL_COUNT(v), err);
}

static void read_index(const char *dir, struct pl_buf *ret)
{
	struct pl_err err = {0};
	PL_AUTOFREE char *path = pl_path_join(dir, "index.json");
	pl_buf_clear(ret);
	assert_int_equal(pl_file_read(path, 1 << 20, ret, &err), 0);
}

/* Every name leads to a manifest that is there with the digest and size it should have. */
static void check_names(const struct pl_env *env, const char *dir, size_t want)
{
	struct pl_err err = {0};
	PL_AUTO(arena) a = {0};
	PL_AUTO_FREE(repo) r = NULL;
	const char **tags;
	size_t n;
	assert_int_equal(pl_layout_open(env, dir, false, &r, &err), 0);
	assert_int_equal(pl_repo_tags(r, &a, &tags, &n, &err), 0);
	assert_int_equal(n, want);
	for (size_t i = 0; i < n; i++) {
		PL_AUTO(buf) text = {0};
		struct pl_descriptor d;
		if (pl_repo_manifest(r, tags[i], NULL, &a, &d, &text, &err) != 1)
			fail_msg("%s: %s", tags[i], err.msg);
	}
}

static size_t temporary_files(const char *dir)
{
	static const char *const places[] = {"", "blobs/sha256"};
	size_t n = 0;
	for (size_t i = 0; i < PL_COUNT(places); i++) {
		PL_AUTOFREE char *path = pl_path_join(dir, places[i]);
		DIR *d = opendir(path);
		assert_non_null(d);
		for (struct dirent *e; (e = readdir(d));)
			n += strncmp(e->d_name, ".new.", 5) == 0 ||
			     strncmp(e->d_name, "index.json.", 11) == 0;
		closedir(d);
	}
	return n;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* A layout with its former names, and what index.json is before and after. */
struct layouts {
	struct pl_env env;
	char *root, *dir;
	struct pl_buf former, wanted;
};

static void make(struct layouts *l)
{
	char name[] = "/tmp/plimsoll-fault-XXXXXX";
	struct pl_err err = {0};
	*l = (struct layouts){0};
	pl_env_init(&l->env);
	assert_non_null(mkdtemp(name));
	l->root = pl_xstrdup(name);
	l->dir = pl_path_join(name, "layout");
	PL_AUTOFREE char *after = pl_path_join(name, "after");
	assert_int_equal(set_former(&l->env, after, &err), 0);
	assert_int_equal(set_names(&l->env, after, &err), 0);
	assert_int_equal(set_former(&l->env, l->dir, &err), 0);
	read_index(l->dir, &l->former);
	read_index(after, &l->wanted);
	assert_string_not_equal(l->former.p, l->wanted.p);
}

static void drop(struct layouts *l)
{
	assert_int_equal(nftw(l->root, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	free(l->root);
	free(l->dir);
	pl_buf_done(&l->former);
	pl_buf_done(&l->wanted);
}

static void check_after(struct layouts *l)
{
	struct pl_err err = {0};
	PL_AUTO(buf) now = {0};
	read_index(l->dir, &now);
	bool is_new = pl_str_eq(pl_buf_str(&now), pl_buf_str(&l->wanted));
	if (!is_new)
		assert_string_equal(now.p, l->former.p);
	check_names(&l->env, l->dir, is_new ? 4 : 2);
	if (set_names(&l->env, l->dir, &err) < 0)
		fail_msg("the next run: %s", err.msg);
	read_index(l->dir, &now);
	assert_string_equal(now.p, l->wanted.p);
	check_names(&l->env, l->dir, 4);
}

/* Does the Nth call fail in one run? True while there is an Nth. */
static bool fail_nth(unsigned n, enum fault_kind kind, int error)
{
	struct layouts l;
	struct pl_err err = {0};
	make(&l);
	fault_arm(n, kind, error);
	int rc = set_names(&l.env, l.dir, &err);
	bool fired = fault_disarm();
	if (fired) {
		if (rc != -PL_SYS || err.sys != error || !strstr(err.msg, l.dir))
			fail_msg("call %u: %d, %d: %s", n, rc, err.sys, err.msg);
		assert_int_equal(temporary_files(l.dir), 0);
	} else if (rc < 0) {
		fail_msg("no fault, yet: %s", err.msg);
	}
	check_after(&l);
	drop(&l);
	return fired;
}

static void fail_each(enum fault_kind kind, int error)
{
	unsigned n = 1;
	while (fail_nth(n, kind, error))
		n++;
	print_message("%u calls failed one by one\n", n - 1);
	assert_true(n > 15); /* a loop over nothing proves nothing */
}

static void test_disk_full(void **state)
{
	(void)state;
	fail_each(FAULT_ERROR, ENOSPC);
}

static void test_io_error(void **state)
{
	(void)state;
	fail_each(FAULT_ERROR, EIO);
}

static void test_half_written(void **state)
{
	(void)state;
	fail_each(FAULT_HALF, ENOSPC);
}

/* True: killed; false: the run ended before its Nth call. */
static bool kill_nth(unsigned n, enum fault_kind kind)
{
	struct layouts l;
	int status;
	make(&l);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct pl_err err = {0};
		fault_arm(n, kind, 0);
		_exit(set_names(&l.env, l.dir, &err) < 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	assert_true(killed || status == 0);
	check_after(&l);
	drop(&l);
	return killed;
}

static void test_killed(void **state)
{
	(void)state;
	for (int kind = FAULT_KILL_BEFORE; kind <= FAULT_KILL_AFTER; kind++) {
		unsigned n = 1;
		while (kill_nth(n, (enum fault_kind)kind))
			n++;
		print_message("killed at %u calls\n", n - 1);
		assert_true(n > 15);
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
