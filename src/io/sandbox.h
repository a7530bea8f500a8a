// SPDX-License-Identifier: Apache-2.0
/*
 * A shell script in namespaces of its own (unshare(1), namespaces(7)): mounts, processes, host name
 * and IPC are its own, and there is no network. Who is not root gets a user namespace with the
 * subordinate ids of /etc/subuid as well, so that files may belong to others than root; root has
 * the machine's own ids. What it mounts goes when it ends, however that is.
 */
#pragma once

#include "base/buf.h"
#include "base/env.h"

struct pl_sandbox {
	const char *hostname;
	const char *directory;   /* is covered by a file system in memory, and is $TMPDIR */
	const char *script;      /* for sh -eu; `needs PROGRAM PACKAGE` ends it where that is not
				    installed */
	const char *const *args; /* its $1 ..., NULL-terminated, at most PL_SANDBOX_ARGS */
	unsigned timeout_s;
};
#define PL_SANDBOX_ARGS 32

/* PL_NOT_FOUND: a program that is needed is not there; PL_FAILURE: the script did not end with 0,
 * with the last that it said; PL_INTERRUPTED. Thread-safe. */
int pl_sandbox_run(const struct pl_env *env, const struct pl_sandbox *s,
		   struct pl_err *err) PL_MUST_USE;
