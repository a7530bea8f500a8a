// SPDX-License-Identifier: Apache-2.0
/* Child processes by posix_spawn: no shell, explicit file descriptors and environment (PATH, HOME,
 * LC_ALL=C, TZ=UTC), close-on-exec everywhere, bounded output and time. Thread-safe. */
#pragma once

#include "base/buf.h"
#include "base/env.h"

struct pl_process {
	const char *const *argv; /* argv[0] looked up in PATH; NULL-terminated */
	struct pl_str input;     /* standard input */
	unsigned timeout_s;      /* killed after; 0: 60 */
	struct pl_buf out, err;  /* standard output and error; ceilings are the caller's */
	int status_fd;           /* child's number for an extra pipe (gpgv --status-fd), 0: none */
	struct pl_buf status;    /* what came on it */
	int exit_status;         /* filled; 128 + signal when killed */
};
/* 0 when the child ran and ended, whatever its status. PL_NOT_FOUND names a program that is not
 * there and the Debian package that has it; PL_FAILURE: it did not end in time and was killed, with
 * its process group; PL_LIMIT: out or status over its ceiling (err is cut instead); PL_INTERRUPTED
 * on stop. */
int pl_process_run(const struct pl_env *env, struct pl_process *p, struct pl_err *err) PL_MUST_USE;
void pl_process_done(struct pl_process *p);
