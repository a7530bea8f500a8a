// SPDX-License-Identifier: Apache-2.0
/* GNU tar as the judge: it reads what we write, and we read what it writes. */
#include "io_test.h"

#include "io/process.h"
#include "io/tar.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static struct pl_env env;

static void run(const char *const *argv, struct pl_str input, struct pl_buf *out)
{
	struct pl_err err = {0};
	PL_AUTO(process) p = {.argv = argv, .input = input};
	assert_code(pl_process_run(&env, &p, &err), err, 0);
	if (p.exit_status)
		fail_msg("%s: %d: %s", argv[0], p.exit_status, p.err.p);
	if (out)
		pl_buf_addstr(out, pl_buf_str(&p.out));
}

static char long_path[302], long_name[121];

static void make_names(void)
{
	memset(long_path, 'd', 301);
	for (int i = 50; i < 301; i += 50)
		long_path[i] = '/';
	long_path[300] = 'x';
	memset(long_name, 'n', 120);
}

static void test_gnu_reads_ours(void **state)
{
	struct pl_err err = {0};
	PL_AUTO(buf) a = {0};
	PL_AUTO(buf) list = {0};
	PL_AUTO(buf) body = {0};
	const struct pl_tar_entry entries[] = {
		{.type = PL_TAR_DIR, .path = PL_STR(""), .mode = 0755, .mtime = 1},
		{.type = PL_TAR_FILE,
		 .path = PL_STR("f"),
		 .mode = 06755,
		 .uid = 7,
		 .gid = 8,
		 .size = 5,
		 .mtime = 1700000000},
		{.type = PL_TAR_FILE,
		 .path = pl_str_of(long_path),
		 .mode = 0600,
		 .uid = 4000000000,
		 .gid = 3000000},
		{.type = PL_TAR_FILE,
		 .path = pl_str_of(long_name),
		 .mode = 0600,
		 .mtime = 9000000000},
		{.type = PL_TAR_SYMLINK,
		 .path = PL_STR("s"),
		 .link = pl_str_of(long_path),
		 .mode = 0777},
		{.type = PL_TAR_HARDLINK, .path = PL_STR("h"), .link = PL_STR("f"), .mode = 0644},
		{.type = PL_TAR_CHAR, .path = PL_STR("c"), .mode = 0666, .major = 1, .minor = 3},
		{.type = PL_TAR_BLOCK,
		 .path = PL_STR("b"),
		 .mode = 0660,
		 .major = 4095,
		 .minor = 1048575},
		{.type = PL_TAR_FIFO, .path = PL_STR("p"), .mode = 01644},
		{.type = PL_TAR_FILE, .path = PL_STR("odd \xc3\xa9 name"), .mode = 0644},
	};
	(void)state;
	for (size_t i = 0; i < PL_COUNT(entries); i++) {
		assert_code(pl_tar_format(&a, &entries[i], &err), err, 0);
		if (entries[i].size)
			pl_buf_addstr(&a, PL_STR("hello"));
		pl_buf_zero(&a, pl_tar_padding(entries[i].size));
	}
	pl_buf_zero(&a, PL_TAR_END);
	const char *tv[] = {
		"tar", "--numeric-owner", "--full-time", "--quoting-style=literal", "-tvf", "-",
		NULL};
	run(tv, pl_buf_str(&a), &list);
	PL_AUTO(buf) want = {0};
	pl_buf_adds(&want, "drwxr-xr-x 0/0               0 1970-01-01 00:00:01 ./\n"
			   "-rwsr-sr-x 7/8               5 2023-11-14 22:13:20 f\n");
	pl_buf_addf(&want, "-rw------- 4000000000/3000000 0 1970-01-01 00:00:00 %s\n", long_path);
	pl_buf_addf(&want, "-rw------- 0/0                0 2255-03-14 16:00:00 %s\n", long_name);
	pl_buf_addf(&want, "lrwxrwxrwx 0/0                0 1970-01-01 00:00:00 s -> %s\n",
		    long_path);
	pl_buf_adds(&want,
		    "hrw-r--r-- 0/0                0 1970-01-01 00:00:00 h link to f\n"
		    "crw-rw-rw- 0/0              1,3 1970-01-01 00:00:00 c\n"
		    "brw-rw---- 0/0     4095,1048575 1970-01-01 00:00:00 b\n"
		    "prw-r--r-T 0/0                0 1970-01-01 00:00:00 p\n"
		    "-rw-r--r-- 0/0                0 1970-01-01 00:00:00 odd \xc3\xa9 name\n");
	assert_string_equal(list.p, want.p);
	const char *x[] = {"tar", "-xOf", "-", "f", NULL};
	run(x, pl_buf_str(&a), &body);
	assert_string_equal(body.p, "hello");
}

struct expected {
	char type;
	const char *path, *link, *body;
};

static void check(struct pl_str archive, const char *format, const struct expected *want, size_t n,
		  uint32_t id)
{
	struct pl_err err = {0};
	struct pl_tar_entry e;
	char body[100] = "";
	PL_AUTO_FREE(tar) t = pl_tar_new(pl_source_mem(archive), &pl_limits_default, format);
	for (size_t i = 0; i < n; i++) {
		int r = pl_tar_next(t, &e, &err);
		assert_code(r > 0 ? 0 : r, err, 0);
		assert_int_equal(r, 1);
		assert_string_equal(e.path.p, want[i].path);
		assert_string_equal(e.link.p, want[i].link ? want[i].link : "");
		assert_int_equal(e.type, want[i].type);
		assert_int_equal(e.uid, id);
		assert_int_equal(e.gid, id ? id - 1 : 0);
		assert_int_equal(e.mtime, 1700000000);
		int64_t k = pl_tar_read(t, body, sizeof(body) - 1, &err);
		assert_true(k >= 0);
		body[k] = '\0';
		assert_string_equal(body, want[i].body ? want[i].body : "");
	}
	assert_int_equal(pl_tar_next(t, &e, &err), 0);
}

static void test_we_read_gnu(void **state)
{
	static const char *const formats[] = {"v7", "ustar", "gnu", "oldgnu", "pax"};
	char dir[] = "/tmp/pl-tar.XXXXXX";
	(void)state;
	assert_non_null(mkdtemp(dir));
	const char *script =
		"cd \"$1\" && mkdir -p d/e && printf hello >d/f && ln -s ../x d/s && ln d/f d/h && "
		"printf odd >'d/ \\odd\nname\"' && if [ $2 != v7 ]; then mkfifo d/p; fi && "
		"if [ $2 != v7 ] && [ $2 != ustar ]; then mkdir -p \"d/${3%/*}\" && "
		"printf long >\"d/$3\" && ln -s \"$3\" d/z; fi";
	for (size_t i = 0; i < PL_COUNT(formats); i++) {
		const char *f = formats[i];
		bool big = i >= 2;
		PL_AUTO(buf) a = {0};
		PL_AUTOFREE char *format = pl_xprintf("--format=%s", f);
		const char *mk[] = {"sh", "-c", script, "sh", dir, f, long_path, NULL};
		run(mk, PL_STR(""), NULL);
		const char *tar[] = {"tar",
				     format,
				     "--sort=name",
				     "--mtime=@1700000000.75",
				     big ? "--owner=u:3000000" : "--owner=u:0",
				     big ? "--group=g:2999999" : "--group=g:0",
				     "-C",
				     dir,
				     "-cf",
				     "-",
				     "./d/e",
				     "./d/f",
				     "./d/h",
				     "./d/s",
				     "./d/ \\odd\nname\"",
				     big ? "--no-recursion" : "./d/e",
				     big ? "./d/p" : "./d/e",
				     NULL,
				     NULL,
				     NULL};
		PL_AUTOFREE char *in_long = pl_xprintf("./d/%s", long_path);
		if (big) {
			tar[17] = in_long;
			tar[18] = "./d/z";
		}
		run(tar, PL_STR(""), &a);
		PL_AUTOFREE char *long_want = pl_xprintf("d/%s", long_path);
		const struct expected small_set[] = {
			{'5', "d/e", NULL, NULL},
			{'0', "d/f", NULL, "hello"},
			{'1', "d/h", "d/f", NULL},
			{'2', "d/s", "../x", NULL},
			{'0', "d/ \\odd\nname\"", NULL, "odd"},
			{'5', "d/e", NULL, NULL},
			{'5', "d/e", NULL, NULL},
		};
		const struct expected big_set[] = {
			{'5', "d/e", NULL, NULL},
			{'0', "d/f", NULL, "hello"},
			{'1', "d/h", "d/f", NULL},
			{'2', "d/s", "../x", NULL},
			{'0', "d/ \\odd\nname\"", NULL, "odd"},
			{'6', "d/p", NULL, NULL},
			{'0', long_want, NULL, "long"},
			{'2', "d/z", long_path, NULL},
		};
		check(pl_buf_str(&a), f, big ? big_set : small_set, big ? 8 : 7, big ? 3000000 : 0);
		const char *rm[] = {"rm", "-rf", dir, NULL};
		run(rm, PL_STR(""), NULL);
		assert_int_equal(mkdir(dir, 0700), 0);
	}
	rmdir(dir);
}

static void test_sparse_is_refused(void **state)
{
	struct pl_err err = {0};
	struct pl_tar_entry e;
	char dir[] = "/tmp/pl-tar.XXXXXX";
	static const char *const formats[] = {"--format=gnu", "--format=pax"};
	(void)state;
	assert_non_null(mkdtemp(dir));
	PL_AUTOFREE char *file = pl_xprintf("%s/hole", dir);
	int fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_int_equal(ftruncate(fd, 10 << 20), 0);
	assert_int_equal(pwrite(fd, "x", 1, 5 << 20), 1);
	close(fd);
	for (size_t i = 0; i < PL_COUNT(formats); i++) {
		PL_AUTO(buf) a = {0};
		const char *tar[] = {"tar", formats[i], "-S", "-C", dir, "-cf", "-", "hole", NULL};
		run(tar, PL_STR(""), &a);
		PL_AUTO_FREE(tar)
		t = pl_tar_new(pl_source_mem(pl_buf_str(&a)), &pl_limits_default, "x.tar");
		assert_code(pl_tar_next(t, &e, &err), err, PL_INPUT);
		assert_says(err, "hole: a sparse file");
	}
	unlink(file);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gnu_reads_ours),
		cmocka_unit_test(test_we_read_gnu),
		cmocka_unit_test(test_sparse_is_refused),
	};
	pl_env_init(&env);
	make_names();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
