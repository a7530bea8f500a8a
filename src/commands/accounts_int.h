// SPDX-License-Identifier: Apache-2.0
/* What the models that make and ask accounts share: the files, settings, numbers, homes. */
#pragma once

#include "commands/commands_int.h"

#include "base/map.h"
#include "effects/account_files.h"

/* -- the accounts of a call -- */

struct pl_cmd_accounts {
	struct pl_shell_call *call;
	struct pl_account_files f;
	struct pl_map login_defs; /* what /etc/login.defs says, and -K */
};
/* To be followed by _close, also after an error. */
int pl_cmd_accounts_open(struct pl_cmd_accounts *a, struct pl_shell_call *call,
			 struct pl_err *err) PL_MUST_USE;
/* Writes what changed where rc is no error, frees all, and returns rc or the error of writing. */
int pl_cmd_accounts_close(struct pl_cmd_accounts *a, int rc, struct pl_err *err) PL_MUST_USE;

/* A line of standard output. */
int pl_cmd_say(struct pl_shell_call *call, struct pl_err *err, const char *fmt, ...)
	PL_PRINTF(3, 4) PL_MUST_USE;

static inline struct pl_str *pl_cmd_user(const struct pl_cmd_accounts *a, const char *name)
{
	return pl_account_find(&a->f.passwd, 0, pl_str_of(name));
}
static inline struct pl_str *pl_cmd_group(const struct pl_cmd_accounts *a, const char *name)
{
	return pl_account_find(&a->f.group, 0, pl_str_of(name));
}
/* The line of a group by name or number. */
struct pl_str *pl_cmd_group_any(const struct pl_cmd_accounts *a, const char *name);
/* The line that has a number in its third field. */
struct pl_str *pl_cmd_by_number(const struct pl_account_file *t, uint32_t number);
/* The number in field k of a line; UINT32_MAX where there is none. */
uint32_t pl_cmd_number(struct pl_str line, unsigned k);
/* Another text in field k of that name's line, if it is there. */
void pl_cmd_account_set(struct pl_cmd_accounts *a, struct pl_account_file *t, const char *name,
			unsigned k, const char *text);
/* Another name for a line, which becomes the last one. */
void pl_cmd_account_rename(struct pl_cmd_accounts *a, struct pl_account_file *t, const char *name,
			   const char *to);
/* A user's line and its shadow's, as useradd writes them. */
struct pl_cmd_new_user {
	const char *name, *gecos, *home, *shell;
	const char *password; /* encrypted, or "!" */
	const char *inactive, *expire;
	uint32_t uid, gid;
	bool system; /* no ages in shadow */
};
void pl_cmd_user_add(struct pl_cmd_accounts *a, const struct pl_cmd_new_user *u);
/* password NULL: as groupadd has it where none is said. */
void pl_cmd_group_add(struct pl_cmd_accounts *a, const char *name, uint32_t gid,
		      const char *password);
/* Into a group's lists of members (group, gshadow), and out of them; whole is a list with commas.
 */
void pl_cmd_member_add(struct pl_cmd_accounts *a, const char *group, const char *user);
void pl_cmd_member_remove(struct pl_cmd_accounts *a, struct pl_account_file *t, struct pl_str *line,
			  unsigned k, const char *user);
void pl_cmd_members_set(struct pl_cmd_accounts *a, const char *group, const char *whole);
/* userdel(8) without the home: lines, memberships, subordinate ids, and the group of the user's own
 * where it is that. */
int pl_cmd_user_remove(struct pl_cmd_accounts *a, const char *name, struct pl_err *err) PL_MUST_USE;
/* The user whose primary group that is; NULL. */
struct pl_str *pl_cmd_primary_of(const struct pl_cmd_accounts *a, uint32_t gid);
void pl_cmd_group_remove(struct pl_cmd_accounts *a, const char *name);
/* May a name be an account's, as Debian's useradd has it? */
bool pl_cmd_account_name(const char *name);

/* A gecos field with other parts (name, room, work, home, other; NULL: as it is), as chfn writes
 * it.
 */
const char *pl_cmd_gecos_with(struct pl_cmd_accounts *a, struct pl_str gecos,
			      const char *const parts[5]);

/* -- settings -- */

/* NAME VALUE (separator 0: blanks) or NAME=VALUE of a file, later lines first, into the map; names
 * in lower case where that is asked. Texts live as the files' arena. */
int pl_cmd_settings_read(struct pl_cmd_accounts *a, const char *path, char separator, bool lower,
			 struct pl_map *ret, struct pl_err *err) PL_MUST_USE;
const char *pl_cmd_setting(const struct pl_map *m, const char *name, const char *usual);
/* A number as strtol(3) with base 0 reads it; usual when there is none. */
uint32_t pl_cmd_setting_number(const struct pl_map *m, const char *name, uint32_t usual);
/* -K NAME=VALUE. 1; 0: it is none, and that is said with status 3. */
int pl_cmd_setting_key(struct pl_cmd_accounts *a, const char *text, struct pl_err *err) PL_MUST_USE;

/* -- numbers -- */

/* useradd's and groupadd's choice: downward from the lowest in use for system accounts, upward from
 * the highest for others; preferred (-1: none) where that is free. false: none is left. */
bool pl_cmd_id_find(struct pl_cmd_accounts *a, bool is_group, bool system, int64_t preferred,
		    struct pl_command_id *want);
/* The number for an account, by the world's rule. PL_INPUT when the one that a lock gives is
 * another's in this tree. */
int pl_cmd_id_take(struct pl_cmd_accounts *a, const struct pl_command_id *want, uint32_t *ret,
		   struct pl_err *err) PL_MUST_USE;
/* Ranges of subuid and subgid for a user that is no system account, where the tree has them. */
void pl_cmd_subordinates_add(struct pl_cmd_accounts *a, const char *name, uint32_t uid);

/* -- homes -- */

/* A directory and those above it, 0755 of root's, the last with that mode and owner. PL_CONFLICT:
 * something else is in the way. */
int pl_cmd_home_make(struct pl_cmd_accounts *a, const char *home, uint32_t mode, uint32_t uid,
		     uint32_t gid, struct pl_err *err) PL_MUST_USE;
/* What is below a skeleton directory, into a home, for that owner; names that adduser passes over
 * are left out where that is asked. */
int pl_cmd_home_fill(struct pl_cmd_accounts *a, const char *skeleton, const char *home,
		     uint32_t uid, uint32_t gid, bool ignores, struct pl_err *err) PL_MUST_USE;
