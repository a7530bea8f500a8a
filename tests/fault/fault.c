// SPDX-License-Identifier: Apache-2.0
#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
	bool armed, fired, fail_next_write;
	unsigned left;
	enum fault_kind kind;
	int error;
} fault;

void fault_arm(unsigned nth, enum fault_kind kind, int error)
{
	fault.armed = true;
	fault.fired = fault.fail_next_write = false;
	fault.left = nth;
	fault.kind = kind;
	fault.error = error;
}

bool fault_disarm(void)
{
	fault.armed = false;
	return fault.fired;
}

/* Is this the call? A killing fault does not come back from here, or kills after the call. */
static bool hits(void)
{
	if (!fault.armed || fault.fired || --fault.left > 0)
		return false;
	fault.fired = true;
	if (fault.kind == FAULT_KILL_BEFORE)
		raise(SIGKILL);
	return true;
}

static long after(long result)
{
	if (fault.armed && fault.fired && fault.kind == FAULT_KILL_AFTER)
		raise(SIGKILL);
	return result;
}

#define FAIL()                                                                                     \
	do {                                                                                       \
		errno = fault.error;                                                               \
		return -1;                                                                         \
	} while (0)

/* int NAME(params) called with args. */
#define WRAP(name, params, args)                                                                   \
	int __real_##name params;                                                                  \
	int __wrap_##name params;                                                                  \
	int __wrap_##name params                                                                   \
	{                                                                                          \
		if (hits() && fault.kind != FAULT_KILL_AFTER)                                      \
			FAIL();                                                                    \
		return (int)after(__real_##name args);                                             \
	}

WRAP(fsync, (int fd), (fd))
WRAP(rename, (const char *from, const char *to), (from, to))
WRAP(renameat, (int fd, const char *from, int to_fd, const char *to), (fd, from, to_fd, to))
WRAP(fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(chmod, (const char *path, mode_t mode), (path, mode))
WRAP(mkdir, (const char *path, mode_t mode), (path, mode))
WRAP(mkdirat, (int fd, const char *path, mode_t mode), (fd, path, mode))
WRAP(mkostemp64, (char *name, int flags), (name, flags))

ssize_t __real_write(int fd, const void *p, size_t n);
ssize_t __wrap_write(int fd, const void *p, size_t n);
ssize_t __wrap_write(int fd, const void *p, size_t n)
{
	if (fault.armed && fault.fail_next_write) {
		fault.fail_next_write = false;
		FAIL();
	}
	if (hits() && fault.kind != FAULT_KILL_AFTER) {
		if (fault.kind != FAULT_HALF || n < 2)
			FAIL();
		fault.fail_next_write = true;
		n /= 2;
	}
	return after(__real_write(fd, p, n));
}

int __real_openat64(int fd, const char *path, int flags, ...);
int __wrap_openat64(int fd, const char *path, int flags, ...);
int __wrap_openat64(int fd, const char *path, int flags, ...)
{
	va_list ap;
	va_start(ap, flags);
	mode_t mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	if (hits() && fault.kind != FAULT_KILL_AFTER)
		FAIL();
	return (int)after(__real_openat64(fd, path, flags, mode));
}
