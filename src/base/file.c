// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include "base/clock.h"
#include "base/env.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

int pl_write_all(int fd, const void *p, size_t n, const char *what, struct pl_err *err)
{
	const char *at = p;
	while (n) {
		ssize_t k = write(fd, at, n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return pl_fail_sys(err, errno, "writing %s", what);
		at += k;
		n -= (size_t)k;
	}
	return 0;
}

/* Appends what is left of fd. One byte over the limit is asked for, to tell "full" from "more". */
static int read_rest(int fd, uint64_t max, const char *path, struct pl_buf *ret, struct pl_err *err)
{
	size_t ceiling = (ret->max ? ret->max : PL_BUF_MAX);
	uint64_t left = ceiling > ret->n ? ceiling - ret->n : 0;
	if (left > max)
		left = max;
	for (;;) {
		char probe;
		size_t n = left < 65536 ? (size_t)left : 65536;
		char *to = n ? pl_buf_room(ret, n) : &probe;
		if (!to)
			return pl_buf_check(ret, path, err);
		ssize_t k = read(fd, to, n ? n : 1);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return pl_fail_sys(err, errno, "reading %s", path);
		if (k > 0 && n == 0)
			return pl_fail(err, PL_LIMIT, "%s: larger than %llu bytes", path,
				       (unsigned long long)(max < ceiling ? max : ceiling));
		if (n) {
			ret->n += (size_t)k;
			ret->p[ret->n] = '\0';
		}
		if (k == 0)
			return 0;
		left -= (uint64_t)k;
	}
}

int pl_file_read(const char *path, uint64_t max, struct pl_buf *ret, struct pl_err *err)
{
	PL_AUTOFD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	if (fd < 0 && errno == ENOENT)
		return pl_fail(err, PL_NOT_FOUND, "%s: no such file", path);
	if (fd < 0 || fstat(fd, &st) < 0)
		return pl_fail_sys(err, errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return pl_fail(err, PL_INPUT, "%s: not a regular file", path);
	size_t before = ret->n;
	int rc = read_rest(fd, max, path, ret, err);
	if (rc < 0 && ret->p) {
		ret->n = before;
		ret->p[before] = '\0';
	}
	return rc;
}

int pl_dir_sync(const char *dir, struct pl_err *err)
{
	PL_AUTOFD int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return pl_fail_sys(err, errno, "%s", dir);
	return 0;
}

int pl_file_tmp_open(int dir_fd, const char *prefix, const char *shown, struct pl_file_tmp *ret,
		     struct pl_err *err)
{
	for (int tries = 0; tries < 100; tries++) {
		uint64_t random;
		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			return pl_fail_sys(err, errno, "creating %s", shown);
		PL_AUTOFREE char *name =
			pl_xprintf("%s.%016llx", prefix, (unsigned long long)random);
		int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
				0600);
		if (fd >= 0) {
			*ret = (struct pl_file_tmp){fd, dir_fd, pl_steal(&name)};
			return 0;
		}
		if (errno != EEXIST)
			return pl_fail_sys(err, errno, "creating a temporary file for %s", shown);
	}
	return pl_fail(err, PL_CONFLICT, "%s: no name is free for a temporary file", shown);
}

int pl_file_tmp_commit(struct pl_file_tmp *t, int to_fd, const char *name, unsigned mode,
		       bool durable, const char *shown, struct pl_err *err)
{
	int fd = t->fd, rc = 0;
	if (fchmod(fd, (mode_t)mode) < 0 || (durable && fsync(fd) < 0))
		rc = pl_fail_sys(err, errno, "writing %s", shown);
	t->fd = -1;
	/* A network file system reports what it could not write at close. */
	if (close(fd) < 0 && rc == 0)
		rc = pl_fail_sys(err, errno, "writing %s", shown);
	if (rc == 0 && renameat(t->dir_fd, t->name, to_fd, name) < 0)
		rc = pl_fail_sys(err, errno, "writing %s", shown);
	if (rc == 0) {
		free(t->name);
		t->name = NULL;
	}
	return rc;
}

void pl_file_tmp_done(struct pl_file_tmp *t)
{
	pl_close_fd(&t->fd);
	if (t->name)
		unlinkat(t->dir_fd, t->name, 0);
	free(t->name);
	t->name = NULL;
}

int pl_file_write(const char *path, struct pl_str data, unsigned mode, struct pl_err *err)
{
	PL_AUTO(file_tmp) tmp = {.fd = -1};
	const char *slash = strrchr(path, '/');
	PL_AUTOFREE char *dir =
		slash ? pl_xstrndup(path, (size_t)(slash - path) + 1) : pl_xstrdup(".");
	int rc = pl_file_tmp_open(AT_FDCWD, path, path, &tmp, err);
	if (rc == 0)
		rc = pl_write_all(tmp.fd, data.p, data.n, path, err);
	if (rc == 0)
		rc = pl_file_tmp_commit(&tmp, AT_FDCWD, path, mode, true, path, err);
	return rc < 0 ? rc : pl_dir_sync(dir, err);
}

int pl_mkdirs(const char *path, struct pl_err *err)
{
	PL_AUTOFREE char *p = pl_xstrdup(path);
	struct stat st;
	bool there = stat(path, &st) == 0;
	for (char *at = p; !there && *at;) {
		at += strspn(at, "/");
		at += strcspn(at, "/");
		char c = *at;
		*at = '\0';
		/* chmod: the umask is not to decide who may read what all share. */
		if (mkdir(p, 0755) == 0 ? chmod(p, 0755) < 0 : errno != EEXIST)
			return pl_fail_sys(err, errno, "creating directory %s", p);
		*at = c;
	}
	if (!there && stat(path, &st) < 0)
		return pl_fail_sys(err, errno, "directory %s", path);
	if (!S_ISDIR(st.st_mode))
		return pl_fail(err, PL_CONFLICT, "%s: is there, but is not a directory", path);
	return 0;
}

static int unnamed_file(const char *dir)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	/* Not every file system has O_TMPFILE (overlayfs before Linux 6.1, NFS). */
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return fd;
	PL_AUTOFREE char *name = pl_xprintf("%s/plimsoll.XXXXXX", dir);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd >= 0)
		unlink(name);
	return fd;
}

int pl_file_scratch(const char *dir, int *ret_fd, struct pl_err *err)
{
	const char *set = pl_environ("TMPDIR");
	const char *const places[] = {dir                    ? dir
				      : set && set[0] == '/' ? set
							     : "/var/tmp",
				      dir ? NULL : "/tmp"};
	int fd = unnamed_file(places[0]);
	if (fd < 0 && places[1])
		fd = unnamed_file(places[1]);
	if (fd < 0)
		return pl_fail_sys(err, errno, "creating a temporary file in %s",
				   places[1] ? places[1] : places[0]);
	*ret_fd = fd;
	return 0;
}

int pl_scratch_dir_make(struct pl_scratch_dir *ret, struct pl_err *err)
{
	const char *set = pl_environ("TMPDIR");
	char *path = pl_xprintf("%s/plimsoll.XXXXXX", set && set[0] == '/' ? set : "/var/tmp");
	*ret = (struct pl_scratch_dir){0};
	if (mkdtemp(path)) {
		ret->path = path;
		return 0;
	}
	int sys = errno;
	int rc = pl_fail_sys(err, sys, "creating a temporary directory %s", path);
	free(path);
	return rc;
}

void pl_scratch_dir_done(struct pl_scratch_dir *d)
{
	DIR *dir = d->path ? opendir(d->path) : NULL;
	const struct dirent *e;
	while (dir && (e = readdir(dir))) {
		bool dots = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
		if (!dots && unlinkat(dirfd(dir), e->d_name, 0) < 0)
			(void)unlinkat(dirfd(dir), e->d_name, AT_REMOVEDIR);
	}
	if (dir)
		closedir(dir);
	if (d->path)
		rmdir(d->path);
	free(d->path);
	d->path = NULL;
}

bool pl_file_exists(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0;
}

char *pl_path_join(const char *a, const char *b)
{
	if (b[0] == '/')
		return pl_xstrdup(b);
	size_t n = strlen(a);
	return pl_xprintf("%s%s%s", a, n && a[n - 1] == '/' ? "" : "/", b);
}

int pl_flock_wait(const struct pl_env *env, int fd, bool exclusive, const char *what,
		  const char *holder, unsigned wait_s, struct pl_err *err)
{
	uint64_t until = pl_mono_ns() + (uint64_t)wait_s * 1000000000u;
	bool said = false;
	while (flock(fd, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return pl_fail_sys(err, errno, "locking %s", what);
		if (pl_mono_ns() >= until)
			return pl_fail(err, PL_BUSY,
				       "%s: another plimsoll (%s) holds it, still after %u s; run "
				       "the command again when that one has ended",
				       what, holder, wait_s);
		if (!said) {
			pl_note(env,
				"%s: another plimsoll (%s) holds it; waiting up to %u s for it to "
				"end",
				what, holder, wait_s);
			pl_progress_begin(env, "waiting", 0, "");
			pl_progress_step(env, "waiting", 0, "until another plimsoll ends");
		}
		said = true;
		usleep(20000);
		int rc = pl_env_check(env, err);
		if (rc < 0)
			return rc;
	}
	if (said)
		pl_progress_end(env, "waiting", "%s", ""); /* what comes then says itself */
	return 0;
}

int pl_lock_file(const char *path, unsigned wait_s, int *ret_fd, struct pl_err *err)
{
	PL_AUTOFD int fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return pl_fail_sys(err, errno, "%s", path);
	/* flock(2) asks for no write permission: other users of a shared directory lock it too. */
	uint64_t until = pl_mono_ns() + (uint64_t)wait_s * 1000000000u;
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return pl_fail_sys(err, errno, "locking %s", path);
		if (pl_mono_ns() >= until)
			return pl_fail(err, PL_BUSY,
				       "%s: another plimsoll holds it; wait for it to end", path);
		usleep(20000);
	}
	*ret_fd = fd;
	fd = -1;
	return 0;
}
