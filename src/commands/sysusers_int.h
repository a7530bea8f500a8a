// SPDX-License-Identifier: Apache-2.0
/* systemd-sysusers: what its files ask for (sysusers.c), and making it (sysusers_make.c). */
#pragma once

#include "commands/accounts_int.h"

/* A line of sysusers.d(5), u or g. Numbers: -1 is none. */
struct pl_sysusers_item {
	const char *name;
	const char *group; /* of a user: another's, by name */
	const char *gecos, *home, *shell;
	const char *path; /* whose owner gives the number */
	int64_t uid, gid;
	bool strict; /* the group's number must be there already */
	bool locked; /* u! */
	bool done;   /* a group that was made */
};
struct pl_sysusers_items {
	struct pl_sysusers_item *v;
	size_t n, cap;
};
struct pl_sysusers_member {
	const char *user, *group;
};
struct pl_sysusers {
	struct pl_cmd_accounts a;
	struct pl_sysusers_items users, groups;
	struct {
		struct pl_sysusers_member *v;
		size_t n, cap;
	} members;
	struct {
		struct pl_command_id *v; /* first and last */
		size_t n, cap;
	} ranges;
	bool is_new[2]; /* shadow, gshadow */
	uint32_t last;  /* number that was searched; UINT32_MAX before */
};

struct pl_sysusers_item *pl_sysusers_find(const struct pl_sysusers_items *items, const char *name);
/* Makes all that was asked for. What cannot be made is said and passed over, as the program does.
 */
int pl_sysusers_make(struct pl_sysusers *s, struct pl_err *err) PL_MUST_USE;
