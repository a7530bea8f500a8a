// SPDX-License-Identifier: Apache-2.0
/*
 * One writer of a plimsoll.lock at a time, from before it is read until what follows from it is
 * done: what is planned from a lock that another is replacing takes that one's change back. The
 * guard is the kernel's lock on the fleet's directory: it leaves no file in a checkout, needs no
 * permission to write, is the same for every user and every store, and ends with its holder,
 * however that ends.
 */
#include "base/file.h"
#include "lockfile/lock_int.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int pl_lock_check_place(const char *path, struct pl_err *err)
{
	struct stat st;
	/* What is behind a link is not the fleet's: it would be taken for the former lock. */
	if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
		return pl_fail(err, PL_INPUT,
			       "%s: is a symbolic link, and a lock is not written through one; "
			       "put the file itself there",
			       path);
	return 0;
}

/* NFS makes flock(2) a lock for writing, which no directory can be opened for (flock(2), "NFS
 * details"): there a file beside the lock is what is held. It stays: were it removed, two could
 * hold two. */
static int open_file(const char *path, int *ret_fd, struct pl_err *err)
{
	PL_AUTOFREE char *name = pl_xprintf("%s.guard", path);
	int fd = open(name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		fd = open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
		/* The umask is not to keep another user of the checkout out. */
		if (fd >= 0 && fchmod(fd, 0666) < 0 && errno != EPERM) {
			int sys = errno;
			close(fd);
			return pl_fail_sys(err, sys, "%s", name);
		}
	}
	if (fd < 0)
		return pl_fail_sys(err, errno, "%s", name);
	*ret_fd = fd;
	return 0;
}

static bool cannot_lock_directories(int sys)
{
	return sys == EBADF || sys == EINVAL || sys == EOPNOTSUPP || sys == ENOLCK || sys == ENOSYS;
}

int pl_lock_guard(const struct pl_env *env, const char *path, unsigned wait_s, int *ret_fd,
		  struct pl_err *err)
{
	const char *slash = strrchr(path, '/');
	PL_AUTOFREE char *dir =
		slash ? pl_xstrndup(path, (size_t)(slash - path) + 1) : pl_xstrdup(".");
	PL_AUTOFD int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return pl_fail(err, PL_NOT_FOUND, "%s: no such directory", dir);
	if (fd < 0)
		return pl_fail_sys(err, errno, "%s", dir);
	int rc = pl_lock_check_place(path, err);
	if (rc < 0)
		return rc;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 && cannot_lock_directories(errno)) {
		pl_close_fd(&fd);
		rc = open_file(path, &fd, err);
	}
	if (rc == 0)
		rc = pl_flock_wait(env, fd, true, path, "lock or upgrade --apply", wait_s, err);
	if (rc < 0)
		return rc;
	*ret_fd = fd;
	fd = -1;
	return 0;
}
