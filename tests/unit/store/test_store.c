// SPDX-License-Identifier: Apache-2.0
/* The store: content, damage, records, modes, leftovers. */
#include "base/file.h"
#include "base/threads.h"
#include "store/store.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	char *root, *dir;
	struct pl_env env;
	struct pl_store *s;
	int64_t now;
};

static int64_t fixed_now(void *ctx) { return *(const int64_t *)ctx; }

static int setup(void **state)
{
	struct fixture *f = pl_xcalloc(1, sizeof(*f));
	char name[] = "/tmp/plimsoll-store-XXXXXX";
	struct pl_err err = {0};
	pl_env_init(&f->env);
	f->now = pl_env_now(&f->env);
	f->env.now = fixed_now;
	f->env.now_ctx = &f->now;
	assert_non_null(mkdtemp(name));
	f->root = pl_xstrdup(name);
	f->dir = pl_path_join(name, "deep/store");
	assert_int_equal(pl_store_open(&f->env, f->dir, &f->s, &err), 0);
	*state = f;
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
	struct fixture *f = *state;
	pl_store_free(f->s);
	assert_int_equal(nftw(f->root, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	free(f->root);
	free(f->dir);
	free(f);
	return 0;
}

static char *in_store(const struct fixture *f, const char *name)
{
	return pl_path_join(f->dir, name);
}

static unsigned count(const struct fixture *f, const char *name)
{
	PL_AUTOFREE char *path = in_store(f, name);
	DIR *d = opendir(path);
	unsigned n = 0;
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static unsigned mode_of(const char *path)
{
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void overwrite(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void test_layout(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	PL_AUTO(buf) b = {0};
	PL_AUTOFREE char *layout = in_store(f, "oci-layout");
	PL_AUTOFREE char *index = in_store(f, "index.json");
	assert_int_equal(pl_file_read(layout, 100, &b, &err), 0);
	assert_string_equal(b.p, "{\"imageLayoutVersion\":\"1.0.0\"}");
	pl_buf_clear(&b);
	assert_int_equal(pl_file_read(index, 1000, &b, &err), 0);
	assert_string_equal(b.p, "{\"schemaVersion\":2,\"mediaType\":"
				 "\"application/vnd.oci.image.index.v1+json\",\"manifests\":[]}");
	assert_string_equal(pl_store_dir(f->s), f->dir);
	/* An index that is there is not touched by another open; another layout is refused. */
	overwrite(index, "{\"mine\":1}");
	struct pl_store *again = NULL;
	assert_int_equal(pl_store_open(&f->env, f->dir, &again, &err), 0);
	pl_store_free(again);
	pl_buf_clear(&b);
	assert_int_equal(pl_file_read(index, 1000, &b, &err), 0);
	assert_string_equal(b.p, "{\"mine\":1}");
	overwrite(layout, "{\"imageLayoutVersion\":\"2.0.0\"}");
	assert_int_equal(pl_store_open(&f->env, f->dir, &again, &err), -PL_INPUT);
	assert_non_null(strstr(err.msg, "oci-layout"));
	overwrite(layout, "nonsense");
	assert_int_equal(pl_store_open(&f->env, f->dir, &again, &err), -PL_INPUT);
}

static void test_put_and_read(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	struct pl_digest d, none = {{1}};
	PL_AUTO(buf) b = {0};
	uint64_t size = 0;
	assert_int_equal(pl_store_put(f->s, PL_STORE_BLOBS, PL_STR("hello"), &d, &err), 0);
	assert_string_equal(
		PL_DIGEST_STR(&d),
		"sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
	assert_true(pl_store_has(f->s, PL_STORE_BLOBS, &d, &size));
	assert_int_equal(size, 5);
	assert_false(pl_store_has(f->s, PL_STORE_INPUTS, &d, NULL));
	assert_false(pl_store_has(f->s, PL_STORE_BLOBS, &none, NULL));
	pl_buf_adds(&b, ">");
	assert_int_equal(pl_store_read_all(f->s, PL_STORE_BLOBS, &d, &b, &err), 0);
	assert_string_equal(b.p, ">hello");
	struct pl_source *in = NULL;
	assert_int_equal(pl_store_read(f->s, PL_STORE_INPUTS, &d, true, &in, &err), -PL_NOT_FOUND);
	assert_null(in);
	assert_non_null(strstr(err.msg, "inputs/sha256/2cf24dba"));
	/* The same again writes nothing. */
	PL_AUTOFREE char *path = pl_store_path(f->s, PL_STORE_BLOBS, &d);
	struct stat before, after;
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(pl_store_put(f->s, PL_STORE_BLOBS, PL_STR("hello"), NULL, &err), 0);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(pl_store_put(f->s, PL_STORE_INPUTS, PL_STR(""), &d, &err), 0);
	assert_true(pl_store_has(f->s, PL_STORE_INPUTS, &d, &size));
	assert_int_equal(size, 0);
	assert_int_equal(count(f, "tmp"), 0);
	assert_int_equal(pl_store_sync(f->s, &err), 0);
}

static void test_writer_checks(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	struct pl_digest want = pl_sha256_of(PL_STR("hello")), got = {{7}};
	struct pl_sink *out;
	uint64_t size = 77;

	assert_int_equal(pl_store_writer(f->s, PL_STORE_BLOBS, 5, &want, &got, &size, &out, &err),
			 0);
	assert_int_equal(pl_sink_write(out, "hel", 3, &err), 0);
	assert_int_equal(count(f, "tmp"), 1);
	assert_int_equal(count(f, "blobs/sha256"), 0);
	assert_int_equal(pl_sink_write(out, "lox", 3, &err), -PL_VERIFY); /* one byte too many */
	assert_int_equal(pl_sink_finish(out, &err), -PL_VERIFY);
	pl_sink_free(out);

	assert_int_equal(pl_store_writer(f->s, PL_STORE_BLOBS, 5, &want, &got, &size, &out, &err),
			 0);
	assert_int_equal(pl_sink_write(out, "hell", 4, &err), 0);
	assert_int_equal(pl_sink_finish(out, &err), -PL_VERIFY); /* one too few */
	assert_non_null(strstr(err.msg, "4 bytes instead of 5"));
	pl_sink_free(out);

	assert_int_equal(pl_store_writer(f->s, PL_STORE_BLOBS, 5, &want, &got, &size, &out, &err),
			 0);
	assert_int_equal(pl_sink_write(out, "hellO", 5, &err), 0);
	assert_int_equal(pl_sink_finish(out, &err), -PL_VERIFY); /* other bytes */
	pl_sink_free(out);

	assert_int_equal(got.b[0], 7); /* outputs only on success */
	assert_int_equal(size, 77);
	assert_int_equal(count(f, "tmp"), 0);
	assert_int_equal(count(f, "blobs/sha256"), 0);

	assert_int_equal(
		pl_store_writer(f->s, PL_STORE_BLOBS, UINT64_MAX, NULL, &got, &size, &out, &err),
		0);
	assert_int_equal(pl_sink_write(out, "hello", 5, &err), 0);
	pl_sink_free(out); /* dropped: not finished */
	assert_int_equal(count(f, "tmp") + count(f, "blobs/sha256"), 0);

	assert_int_equal(
		pl_store_writer(f->s, PL_STORE_BLOBS, UINT64_MAX, NULL, &got, &size, &out, &err),
		0);
	assert_int_equal(pl_sink_write(out, "hello", 5, &err), 0);
	assert_int_equal(pl_sink_finish(out, &err), 0);
	pl_sink_free(out);
	assert_true(pl_digest_eq(&got, &want));
	assert_int_equal(size, 5);
	assert_int_equal(count(f, "blobs/sha256"), 1);
}

static void test_damage(void **state)
{
	static const char *const wrong[] = {"hellO", "hell", "hello!", ""};
	struct fixture *f = *state;
	struct pl_err err = {0};
	struct pl_digest d;
	PL_AUTO(buf) b = {0};
	for (size_t i = 0; i < PL_COUNT(wrong); i++) {
		assert_int_equal(pl_store_put(f->s, PL_STORE_BLOBS, PL_STR("hello"), &d, &err), 0);
		PL_AUTOFREE char *path = pl_store_path(f->s, PL_STORE_BLOBS, &d);
		overwrite(path, wrong[i]);
		assert_int_equal(pl_store_read_all(f->s, PL_STORE_BLOBS, &d, &b, &err), -PL_VERIFY);
		assert_non_null(strstr(err.msg, path));
		assert_int_equal(b.n, 0);
		assert_false(pl_store_has(f->s, PL_STORE_BLOBS, &d, NULL));
		assert_int_equal(count(f, "tmp"), i + 1);
	}
	/* Damage is also noticed, and healed, by a put of the same content. */
	assert_int_equal(pl_store_put(f->s, PL_STORE_BLOBS, PL_STR("hello"), &d, &err), 0);
	PL_AUTOFREE char *path = pl_store_path(f->s, PL_STORE_BLOBS, &d);
	overwrite(path, "hellO");
	assert_int_equal(pl_store_put(f->s, PL_STORE_BLOBS, PL_STR("hello"), &d, &err), 0);
	assert_int_equal(pl_store_read_all(f->s, PL_STORE_BLOBS, &d, &b, &err), 0);
	/* A good file that took the damaged one's place during the read stays. */
	struct pl_source *in = NULL;
	char p[16];
	overwrite(path, "hellO");
	assert_int_equal(pl_store_read(f->s, PL_STORE_BLOBS, &d, true, &in, &err), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(pl_store_put(f->s, PL_STORE_BLOBS, PL_STR("hello"), &d, &err), 0);
	int64_t k;
	while ((k = pl_source_read(in, p, sizeof(p), &err)) > 0)
		;
	assert_int_equal(k, -PL_VERIFY);
	pl_source_free(in);
	assert_true(pl_store_has(f->s, PL_STORE_BLOBS, &d, NULL));
	/* Not followed, not waited for: what is no file is no content. */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_false(pl_store_has(f->s, PL_STORE_BLOBS, &d, NULL));
	assert_int_equal(pl_store_read(f->s, PL_STORE_BLOBS, &d, true, &in, &err), -PL_INPUT);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_false(pl_store_has(f->s, PL_STORE_BLOBS, &d, NULL));
	assert_int_equal(pl_store_read(f->s, PL_STORE_BLOBS, &d, false, &in, &err), -PL_SYS);
}

static void test_records(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	struct pl_digest k = pl_sha256_of(PL_STR("key")), k2 = pl_sha256_of(PL_STR("other"));
	PL_AUTO(buf) b = {0};
	assert_int_equal(pl_store_record_get(f->s, "layer", &k, &b, &err), 0);
	assert_int_equal(pl_store_record_put(f->s, "layer", &k, PL_STR("a\0b\n"), &err), 0);
	pl_buf_adds(&b, ">");
	assert_int_equal(pl_store_record_get(f->s, "layer", &k, &b, &err), 1);
	assert_int_equal(b.n, 5);
	assert_memory_equal(b.p, ">a\0b\n", 5);
	assert_int_equal(pl_store_record_get(f->s, "script", &k, &b, &err), 0);
	assert_int_equal(pl_store_record_get(f->s, "layer", &k2, &b, &err), 0);
	assert_int_equal(pl_store_record_put(f->s, "layer", &k, PL_STR(""), &err), 0);
	pl_buf_clear(&b);
	assert_int_equal(pl_store_record_get(f->s, "layer", &k, &b, &err), 1);
	assert_int_equal(b.n, 0);
	assert_int_equal(pl_store_record_put(f->s, "layer", &k, PL_STR("value"), &err), 0);
	/* Any other bytes, or the right ones under another name, are no record. */
	char h1[PL_DIGEST_TEXT], h2[PL_DIGEST_TEXT];
	PL_AUTOFREE char *dir = in_store(f, "records/layer");
	PL_AUTOFREE char *path = pl_path_join(dir, pl_digest_hex(&k, h1));
	PL_AUTOFREE char *path2 = pl_path_join(dir, pl_digest_hex(&k2, h2));
	PL_AUTO(buf) whole = {0};
	assert_int_equal(pl_file_read(path, 1000, &whole, &err), 0);
	for (size_t i = 0; i <= whole.n; i++) {
		char c = whole.p[i];
		if (i == whole.n) {
			pl_buf_addc(&whole, 'x');
		} else {
			whole.p[i] ^= 1;
		}
		assert_int_equal(pl_file_write(path, pl_buf_str(&whole), 0644, &err), 0);
		assert_int_equal(pl_store_record_get(f->s, "layer", &k, &b, &err), 0);
		assert_int_equal(
			pl_file_write(path, (struct pl_str){whole.p, i < 77 ? i : 0}, 0644, &err),
			0);
		assert_int_equal(pl_store_record_get(f->s, "layer", &k, &b, &err), 0);
		if (i < 77)
			whole.p[i] = c;
		else
			break;
	}
	assert_int_equal(b.n, 0);
	assert_int_equal(pl_store_record_put(f->s, "layer", &k, PL_STR("value"), &err), 0);
	assert_int_equal(link(path, path2), 0);
	assert_int_equal(pl_store_record_get(f->s, "layer", &k2, &b, &err), 0);
	assert_int_equal(pl_store_record_get(f->s, "layer", &k, &b, &err), 1);
	assert_int_equal(count(f, "tmp"), 0);
	/* Found, but larger than the caller's ceiling. */
	PL_AUTO(buf) small = {.max = 3};
	assert_int_equal(pl_store_record_get(f->s, "layer", &k, &small, &err), -PL_LIMIT);
}

static void test_leftovers(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	struct pl_store *s = NULL;
	PL_AUTOFREE char *left = in_store(f, "tmp/write.1.1");
	assert_int_equal(pl_file_write(left, PL_STR("half"), 0600, &err), 0);
	f->now += 86000;
	assert_int_equal(pl_store_open(&f->env, f->dir, &s, &err), 0);
	pl_store_free(s);
	assert_true(pl_file_exists(left));
	f->now += 1000;
	assert_int_equal(pl_store_open(&f->env, f->dir, &s, &err), 0);
	pl_store_free(s);
	assert_false(pl_file_exists(left));
	assert_int_equal(pl_store_put(f->s, PL_STORE_BLOBS, PL_STR("x"), NULL, &err), 0);
	f->now += 100000;
	assert_int_equal(pl_store_open(&f->env, f->dir, &s, &err), 0);
	pl_store_free(s);
	assert_int_equal(count(f, "blobs/sha256"), 1);
}

/* What is listed, when it was last asked for, and what is deleted. */
static void test_list(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	PL_AUTO(arena) a = {0};
	PL_AUTO(buf) text = {0};
	struct pl_store_items v;
	struct pl_digest blob, input;
	assert_int_equal(pl_store_put(f->s, PL_STORE_BLOBS, PL_STR("blob"), &blob, &err), 0);
	assert_int_equal(pl_store_put(f->s, PL_STORE_INPUTS, PL_STR("in"), &input, &err), 0);
	assert_int_equal(pl_store_record_put(f->s, "k", &input, PL_STR("r"), &err), 0);
	PL_AUTOFREE char *foreign = in_store(f, "inputs/sha256/README");
	assert_int_equal(pl_file_write(foreign, PL_STR("mine"), 0644, &err), 0);
	assert_int_equal(pl_store_list(f->s, &a, &v, &err), 0);
	assert_int_equal(v.n, 3);
	assert_int_equal(v.v[0].part, PL_STORE_PART_BLOB);
	assert_true(pl_digest_eq(&v.v[0].digest, &blob));
	assert_int_equal(v.v[0].size, 4);
	assert_int_equal(v.v[1].part, PL_STORE_PART_INPUT);
	assert_int_equal(v.v[2].part, PL_STORE_PART_RECORD);
	assert_string_equal(v.v[2].kind, "k");
	/* Ten days ago; then one of them is asked for. */
	for (size_t i = 0; i < v.n; i++) {
		const struct timespec ago = {.tv_sec = f->now - 10 * 86400};
		const char *dirs[] = {"blobs/sha256", "inputs/sha256", "records/k"};
		PL_AUTOFREE char *name = pl_xprintf("%s/%s", dirs[i], v.v[i].name);
		PL_AUTOFREE char *path = in_store(f, name);
		assert_int_equal(utimensat(AT_FDCWD, path, (const struct timespec[]){ago, ago}, 0),
				 0);
	}
	assert_int_equal(pl_store_record_peek(f->s, &v.v[2], &text, &err), 1);
	assert_true(pl_store_has(f->s, PL_STORE_INPUTS, &input, NULL));
	assert_int_equal(pl_store_list(f->s, &a, &v, &err), 0);
	assert_true(v.v[0].used < f->now - 86400);
	assert_true(v.v[1].used > f->now - 86400);
	assert_true(v.v[2].used < f->now - 86400);
	assert_int_equal(pl_store_record_get(f->s, "k", &input, &text, &err), 1);
	assert_string_equal(text.p, "rr");
	assert_int_equal(pl_store_list(f->s, &a, &v, &err), 0);
	assert_true(v.v[2].used > f->now - 86400);
	for (size_t i = 0; i < v.n; i++) {
		assert_int_equal(pl_store_drop(f->s, &v.v[i], &err), 0);
		assert_int_equal(pl_store_drop(f->s, &v.v[i], &err), 0); /* gone already */
	}
	assert_int_equal(pl_store_list(f->s, &a, &v, &err), 0);
	assert_int_equal(v.n, 0);
	assert_true(pl_file_exists(foreign));
}

/* Whoever can write records decides what is built: a store that others can write to is no store. */
static void test_owner(void **state)
{
	struct fixture *f = *state;
	static const char *const names[] = {"",        "blobs", "blobs/sha256", "inputs/sha256",
					    "records", "tmp"};
	static const unsigned modes[] = {0775, 0777, 01777};
	struct pl_err err = {0};
	struct pl_store *s = NULL;
	for (size_t i = 0; i < PL_COUNT(names); i++) {
		PL_AUTOFREE char *path = in_store(f, names[i]);
		for (size_t k = 0; k < PL_COUNT(modes); k++) {
			assert_int_equal(chmod(path, modes[k]), 0);
			assert_int_equal(pl_store_open(&f->env, f->dir, &s, &err), -PL_FAILURE);
			if (!strstr(err.msg, "who could change what is built: 'chmod -R go-w'") ||
			    !strstr(err.msg, path))
				fail_msg("%s", err.msg);
		}
		assert_int_equal(chmod(path, 0755), 0);
		if (geteuid() == 0) {
			assert_int_equal(chown(path, 1234, 0), 0);
			assert_int_equal(pl_store_open(&f->env, f->dir, &s, &err), -PL_FAILURE);
			assert_non_null(strstr(err.msg, "belongs to another user (uid 1234)"));
			assert_int_equal(chown(path, 0, 0), 0);
		}
	}
	assert_int_equal(pl_store_open(&f->env, f->dir, &s, &err), 0);
	/* What was left while others could write. */
	struct pl_digest key = {{7}};
	char hex[PL_DIGEST_TEXT];
	PL_AUTO(buf) b = {0};
	assert_int_equal(pl_store_record_put(s, "layer", &key, PL_STR("x"), &err), 0);
	assert_int_equal(pl_store_record_get(s, "layer", &key, &b, &err), 1);
	PL_AUTOFREE char *record =
		pl_xprintf("%s/records/layer/%s", f->dir, pl_digest_hex(&key, hex));
	assert_int_equal(chmod(record, 0666), 0);
	assert_int_equal(pl_store_record_get(s, "layer", &key, &b, &err), 0);
	pl_store_free(s);
}

/* Runs under umask 077 in a child, because the umask is the process's. */
static void test_modes(void **state)
{
	struct fixture *f = *state;
	PL_AUTOFREE char *dir = in_store(f, "sub/directory/store");
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct pl_err err = {0};
		struct pl_store *s = NULL;
		struct pl_digest d = {{3}};
		umask(077);
		if (pl_store_open(&f->env, dir, &s, &err) < 0 ||
		    pl_store_put(s, PL_STORE_BLOBS, PL_STR("x"), &d, &err) < 0 ||
		    pl_store_record_put(s, "layer", &d, PL_STR("y"), &err) < 0)
			_exit(1);
		pl_store_free(s);
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	struct pl_digest d = pl_sha256_of(PL_STR("x"));
	char hex[PL_DIGEST_TEXT];
	pl_digest_hex(&d, hex);
	PL_AUTOFREE char *blob = pl_xprintf("%s/blobs/sha256/%s", dir, hex);
	PL_AUTOFREE char *record = pl_xprintf("%s/records/layer/%s", dir, hex);
	PL_AUTOFREE char *index = pl_path_join(dir, "index.json");
	PL_AUTOFREE char *tmp = pl_path_join(dir, "tmp");
	PL_AUTOFREE char *kind = pl_path_join(dir, "records/layer");
	assert_int_equal(mode_of(blob), 0644);
	assert_int_equal(mode_of(record), 0644);
	assert_int_equal(mode_of(index), 0644);
	assert_int_equal(mode_of(dir), 0755);
	assert_int_equal(mode_of(tmp), 0755);
	assert_int_equal(mode_of(kind), 0755);
}

struct many {
	struct pl_store *s;
};

static int write_one(void *ctx, size_t i, unsigned worker, struct pl_err *err)
{
	struct many *m = ctx;
	char text[32];
	struct pl_digest d;
	(void)worker;
	/* Four writers of each content, and of each record. */
	snprintf(text, sizeof(text), "content %zu", i / 4);
	int rc = pl_store_put(m->s, PL_STORE_INPUTS, pl_str_of(text), &d, err);
	if (rc == 0)
		rc = pl_store_record_put(m->s, "script", &d, pl_str_of(text), err);
	PL_AUTO(buf) b = {0};
	if (rc == 0)
		rc = pl_store_record_get(m->s, "script", &d, &b, err) == 1
			     ? 0
			     : pl_fail(err, PL_FAILURE, "record %zu is not there", i);
	return rc;
}

static void test_threads(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	struct many m = {f->s};
	f->env.jobs = 8;
	if (pl_parallel(&f->env, 200, write_one, &m, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(count(f, "inputs/sha256"), 50);
	assert_int_equal(count(f, "records/script"), 50);
	assert_int_equal(count(f, "tmp"), 0);
}

static void test_default_dir(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	struct pl_store *s = NULL;
	PL_AUTOFREE char *one = in_store(f, "one");
	PL_AUTOFREE char *want = in_store(f, "plimsoll/store");
	unsetenv("PLIMSOLL_STORE");
	setenv("XDG_DATA_HOME", f->dir, 1);
	assert_int_equal(pl_store_open(&f->env, NULL, &s, &err), 0);
	assert_string_equal(pl_store_dir(s), want);
	pl_store_free(s);
	setenv("PLIMSOLL_STORE", one, 1);
	assert_int_equal(pl_store_open(&f->env, NULL, &s, &err), 0);
	assert_string_equal(pl_store_dir(s), one);
	pl_store_free(s);
	unsetenv("PLIMSOLL_STORE");
	unsetenv("XDG_DATA_HOME");
	unsetenv("HOME");
	s = NULL;
	assert_int_equal(pl_store_open(&f->env, NULL, &s, &err), -PL_FAILURE);
	assert_null(s);
	PL_AUTOFREE char *file = in_store(f, "oci-layout/below");
	assert_int_equal(pl_store_open(&f->env, file, &s, &err), -PL_SYS);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_layout),  TEST(test_put_and_read), TEST(test_writer_checks),
		TEST(test_damage),  TEST(test_records),      TEST(test_leftovers),
		TEST(test_list),    TEST(test_owner),        TEST(test_modes),
		TEST(test_threads), TEST(test_default_dir),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
