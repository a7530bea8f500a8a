// SPDX-License-Identifier: Apache-2.0
/* Debian's adduser, addgroup, deluser and delgroup: what they share. Two generations are modelled:
 * up to 3.134 (bookworm), and from 3.139 (trixie), which says less and has a status for each fault.
 */
#pragma once

#include "commands/accounts_int.h"

struct pl_cmd_adduser {
	struct pl_cmd_accounts a;
	struct pl_map conf; /* adduser.conf, deluser.conf */
	const char *program;
	bool recent; /* 3.139 or later */
	bool quiet, verbose;
	const char *level; /* 3.139's word for what ends a call; NULL: fatal */

	const char *name, *second; /* the operands */
	/* Options; NULL and -1: not given. */
	const char *home, *shell, *comment, *ingroup;
	int64_t uid, gid, first_uid, last_uid, first_gid, last_gid;
	bool system, group, no_home, no_password, no_login, any_name, bad_name, extra_groups;
	/* What follows from them. */
	bool makes_group;
	uint32_t new_uid, new_gid;
};
/* Values of adduser's RET_..., which are 1 before 3.139. */
enum {
	PL_ADDUSER_EXISTS = 11,
	PL_ADDUSER_ABSENT = 12,
	PL_ADDUSER_PROPERTIES = 13,
	PL_ADDUSER_ID_USED = 21,
	PL_ADDUSER_NO_ID = 22,
	PL_ADDUSER_NAME = 31,
	PL_ADDUSER_HOME = 32,
	PL_ADDUSER_NOT_EMPTY = 41,
	PL_ADDUSER_NOT_MEMBER = 42,
	PL_ADDUSER_NO_PRIMARY = 43,
	PL_ADDUSER_CALL = 51,
	PL_ADDUSER_EXCLUSIVE = 53,
	PL_ADDUSER_ROOT = 55,
	PL_ADDUSER_FAILED = 82,
};

/* Opens the files, and knows which generation the tree has. */
int pl_adduser_open(struct pl_cmd_adduser *x, struct pl_shell_call *call,
		    const char *const *configs, struct pl_err *err) PL_MUST_USE;
int pl_adduser_close(struct pl_cmd_adduser *x, int rc, struct pl_err *err) PL_MUST_USE;
/* A line for people: to standard output unless --quiet, and since 3.139 only with --verbose. */
int pl_adduser_info(struct pl_cmd_adduser *x, struct pl_err *err, const char *fmt, ...)
	PL_PRINTF(3, 4) PL_MUST_USE;
/* To standard error. level is 3.139's word for it; before, a warning needs not to be quiet. */
int pl_adduser_warn(struct pl_cmd_adduser *x, const char *level, struct pl_err *err,
		    const char *fmt, ...) PL_PRINTF(4, 5) PL_MUST_USE;
/* The end: status `recent` since 3.139, `old` before. Returns 0. */
int pl_adduser_die(struct pl_cmd_adduser *x, int old, int recent, struct pl_err *err,
		   const char *fmt, ...) PL_PRINTF(5, 6) PL_MUST_USE;
/* The number of a line, in the range of system accounts? */
bool pl_adduser_is_system(const struct pl_cmd_adduser *x, struct pl_str line, bool is_group);

/* adduser_users.c: adduser --system, adduser. 0, or an error; the status is the call's. */
int pl_adduser_system(struct pl_cmd_adduser *x, struct pl_err *err) PL_MUST_USE;
int pl_adduser_person(struct pl_cmd_adduser *x, struct pl_err *err) PL_MUST_USE;
/* The first number of a range that is free (for both kinds, if both), and the world's choice then.
 * 1; 0: none is left. */
int pl_adduser_number(struct pl_cmd_adduser *x, bool is_group, bool both, uint32_t first,
		      uint32_t last, uint32_t *ret, struct pl_err *err) PL_MUST_USE;
