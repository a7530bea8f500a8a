// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "base/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int setup(void **state)
{
	char name[] = "/tmp/plimsoll-file-XXXXXX";
	assert_non_null(mkdtemp(name));
	*state = pl_xstrdup(name);
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	assert_int_equal(nftw(*state, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	free(*state);
	return 0;
}

static unsigned entries(const char *dir)
{
	DIR *d = opendir(dir);
	unsigned n = 0;
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static void test_write(void **state)
{
	const char *dir = *state;
	PL_AUTOFREE char *path = pl_path_join(dir, "f");
	PL_AUTOFREE char *directory = pl_path_join(dir, "d");
	PL_AUTOFREE char *none = pl_path_join(dir, "none/f");
	PL_AUTO(buf) b = {0};
	struct pl_err err = {0};
	struct stat st;
	assert_int_equal(pl_file_write(path, PL_STR("one"), 0644, &err), 0);
	assert_int_equal(pl_file_write(path, PL_STR("second\0x"), 0600, &err), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(pl_file_read(path, 100, &b, &err), 0);
	assert_int_equal(b.n, 8);
	assert_memory_equal(b.p, "second\0x", 9);
	assert_int_equal(entries(dir), 1); /* no temporary file is left */
	/* Failures leave the former state and nothing beside it. */
	assert_int_equal(mkdir(directory, 0755), 0);
	assert_int_equal(pl_file_write(directory, PL_STR("x"), 0644, &err), -PL_SYS);
	assert_non_null(strstr(err.msg, directory));
	assert_int_equal(pl_file_write(none, PL_STR("x"), 0644, &err), -PL_SYS);
	assert_int_equal(entries(dir), 2);
	assert_true(pl_file_exists(path));
	assert_false(pl_file_exists(none));
}

static void test_read(void **state)
{
	const char *dir = *state;
	PL_AUTOFREE char *path = pl_path_join(dir, "f");
	PL_AUTOFREE char *fifo = pl_path_join(dir, "fifo");
	PL_AUTO(buf) b = {0};
	PL_AUTO(buf) big = {0};
	struct pl_err err = {0};
	assert_int_equal(pl_file_write(path, PL_STR("0123456789"), 0644, &err), 0);
	pl_buf_adds(&b, "> ");
	assert_int_equal(pl_file_read(path, 9, &b, &err), -PL_LIMIT);
	assert_non_null(strstr(err.msg, "larger than 9 bytes"));
	assert_string_equal(b.p, "> "); /* nothing half-read is left in it */
	assert_int_equal(pl_file_read(path, 10, &b, &err), 0);
	assert_string_equal(b.p, "> 0123456789");
	/* The buffer's own ceiling counts what is there, and a small one suffices for a small file.
	 */
	PL_AUTO(buf) small = {.max = 10};
	assert_int_equal(pl_file_read(path, UINT64_MAX, &small, &err), 0);
	assert_int_equal(pl_file_read(path, UINT64_MAX, &small, &err), -PL_LIMIT);
	assert_int_equal(small.n, 10);
	assert_false(small.overflow);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(pl_file_read(fifo, 10, &b, &err), -PL_INPUT); /* and does not wait */
	assert_int_equal(pl_file_read(dir, 10, &b, &err), -PL_INPUT);
	assert_int_equal(pl_file_read("/none/x", 10, &b, &err), -PL_NOT_FOUND);
	pl_buf_zero(&big, 300000);
	assert_int_equal(pl_file_write(path, pl_buf_str(&big), 0644, &err), 0);
	pl_buf_clear(&b);
	assert_int_equal(pl_file_read(path, 300000, &b, &err), 0);
	assert_int_equal(b.n, 300000);
}

static void test_directories(void **state)
{
	const char *dir = *state;
	PL_AUTOFREE char *deep = pl_path_join(dir, "a//b/c/");
	PL_AUTOFREE char *file = pl_path_join(dir, "f");
	PL_AUTOFREE char *below = pl_path_join(dir, "f/x");
	struct pl_err err = {0};
	assert_int_equal(pl_mkdirs(deep, &err), 0);
	assert_int_equal(pl_mkdirs(deep, &err), 0);
	assert_true(pl_file_exists(deep));
	assert_int_equal(pl_file_write(file, PL_STR(""), 0644, &err), 0);
	assert_int_equal(pl_mkdirs(file, &err), -PL_CONFLICT);
	assert_int_equal(pl_mkdirs(below, &err), -PL_SYS);
	assert_int_equal(pl_mkdirs("", &err), -PL_SYS);
	assert_int_equal(pl_mkdirs("/", &err), 0);
	PL_AUTOFREE char *a = pl_path_join("x", "y");
	PL_AUTOFREE char *b = pl_path_join("x/", "y");
	PL_AUTOFREE char *c = pl_path_join("x", "/y");
	PL_AUTOFREE char *d = pl_path_join("", "y");
	assert_string_equal(a, "x/y");
	assert_string_equal(b, "x/y");
	assert_string_equal(c, "/y");
	assert_string_equal(d, "/y");
}

/* Another process holds the lock for as long as this pipe is open. */
static pid_t hold(const char *path, int *ret_release)
{
	int ready[2], release[2];
	char c;
	assert_int_equal(pipe(ready) | pipe(release), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct pl_err err = {0};
		int fd = -1;
		close(release[1]);
		bool ok = pl_lock_file(path, 0, &fd, &err) == 0;
		ok = ok && write(ready[1], "x", 1) == 1;
		ok = ok && read(release[0], &c, 1) == 0;
		_exit(!ok);
	}
	close(release[0]);
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	*ret_release = release[1];
	return child;
}

static void test_lock(void **state)
{
	PL_AUTOFREE char *path = pl_path_join(*state, "lock");
	struct pl_err err = {0};
	int fd = -1, release, status;
	pid_t child = hold(path, &release);
	uint64_t from = pl_mono_ns();
	assert_int_equal(pl_lock_file(path, 0, &fd, &err), -PL_BUSY);
	assert_true(pl_mono_ns() - from < 900000000);
	assert_non_null(strstr(err.msg, path));
	assert_int_equal(fd, -1);
	from = pl_mono_ns();
	assert_int_equal(pl_lock_file(path, 1, &fd, &err), -PL_BUSY);
	assert_true(pl_mono_ns() - from >= 1000000000);
	close(release);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(pl_lock_file(path, 0, &fd, &err), 0);
	int again = -1;
	assert_int_equal(pl_lock_file(path, 0, &again, &err), -PL_BUSY); /* within a process too */
	close(fd);
	assert_int_equal(pl_lock_file(path, 0, &again, &err), 0);
	close(again);
	assert_int_equal(pl_lock_file("/none/lock", 0, &fd, &err), -PL_SYS);
}

/* Nothing of it is to be seen in the directory, before and after it is closed. */
static void test_scratch(void **state)
{
	const char *dir = *state;
	struct pl_err err = {0};
	char got[6] = "";
	int fd = -1;
	assert_int_equal(pl_file_scratch(dir, &fd, &err), 0);
	assert_true(fd >= 0);
	assert_int_equal(entries(dir), 0);
	assert_int_equal(pl_write_all(fd, "hello", 5, "x", &err), 0);
	assert_int_equal(pread(fd, got, 5, 0), 5);
	assert_string_equal(got, "hello");
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	assert_int_equal(entries(dir), 0);
	assert_int_equal(pl_file_scratch(NULL, &fd, &err), 0);
	close(fd);
	PL_AUTOFREE char *none = pl_path_join(dir, "none");
	fd = -1;
	assert_int_equal(pl_file_scratch(none, &fd, &err), -PL_SYS);
	assert_non_null(strstr(err.msg, none));
	assert_int_equal(fd, -1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {TEST(test_write), TEST(test_read),
					   TEST(test_directories), TEST(test_lock),
					   TEST(test_scratch)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
