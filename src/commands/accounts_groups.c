// SPDX-License-Identifier: Apache-2.0
/* groupadd, groupmod, groupdel and gpasswd (shadow's src/). */
#include "commands/accounts_int.h"

#include "base/num.h"

enum {
	STATUS_USAGE = 2,
	STATUS_BAD_ARG = 3,
	STATUS_ID = 4,
	STATUS_NOT_FOUND = 6,
	STATUS_PRIMARY = 8,
	STATUS_NAME = 9
};

struct group_call {
	struct pl_cmd_accounts a;
	const char *name, *gid, *password, *users, *new_name;
	bool force, not_unique, system;
};

static int bad_name(struct group_call *x, const char *name, struct pl_err *err)
{
	return pl_shell_complain(x->a.call, STATUS_BAD_ARG, err, "'%s' is not a valid group name",
				 name);
}

static int bad_gid(struct group_call *x, struct pl_err *err)
{
	return pl_shell_complain(x->a.call, STATUS_BAD_ARG, err, "invalid group ID '%s'", x->gid);
}

static int add_members(struct group_call *x, struct pl_err *err)
{
	struct pl_str rest = pl_str_of(x->users);
	int rc = 0;
	while (x->users && rest.p && rest.n && rc >= 0) {
		const char *user = pl_arena_cstr(&x->a.f.arena, pl_str_cut(&rest, ','));
		if (pl_cmd_user(&x->a, user))
			pl_cmd_member_add(&x->a, x->name, user);
		else
			rc = pl_shell_unknown(x->a.call, err, "a member that is no user");
	}
	return rc;
}

static int add_group(struct group_call *x, struct pl_err *err)
{
	struct pl_command_id want = {.name = x->name};
	struct pl_shell_call *call = x->a.call;
	uint64_t gid = 0;
	uint32_t number;
	if (!pl_cmd_account_name(x->name))
		return bad_name(x, x->name, err);
	if (x->not_unique && !x->gid)
		return pl_shell_complain(call, STATUS_USAGE, err, "-o without -g");
	if (pl_cmd_group(&x->a, x->name) && x->force)
		return 0;
	if (pl_cmd_group(&x->a, x->name))
		return pl_shell_complain(call, STATUS_NAME, err, "group '%s' already exists",
					 x->name);
	if (x->gid && !pl_parse_u64(pl_str_of(x->gid), UINT32_MAX - 1, &gid))
		return bad_gid(x, err);
	bool found = pl_cmd_id_find(&x->a, true, x->system, -1, &want);
	bool taken = x->gid && pl_cmd_by_number(&x->a.f.group, (uint32_t)gid) && !x->not_unique;
	if (taken && !x->force)
		return pl_shell_complain(call, STATUS_ID, err, "GID '%u' already exists",
					 (uint32_t)gid);
	want.fixed = x->gid && !taken;
	if (want.fixed)
		want.number = (uint32_t)gid;
	else if (!found)
		return pl_shell_complain(call, STATUS_ID, err,
					 "Can't get unique GID (no more available GIDs)");
	int rc = pl_cmd_id_take(&x->a, &want, &number, err);
	if (rc < 0)
		return rc;
	pl_cmd_group_add(&x->a, x->name, number, x->password);
	return add_members(x, err);
}

/* The files' numbers are theirs to change: groupmod leaves the old one on them. */
static int modify_group(struct group_call *x, struct pl_err *err)
{
	struct pl_account_files *f = &x->a.f;
	struct pl_shell_call *call = x->a.call;
	uint64_t gid;
	if (!pl_cmd_group(&x->a, x->name))
		return pl_shell_complain(call, STATUS_NOT_FOUND, err, "group '%s' does not exist",
					 x->name);
	uint32_t was = pl_cmd_number(*pl_cmd_group(&x->a, x->name), 2);
	gid = was;
	if (x->gid && !pl_parse_u64(pl_str_of(x->gid), UINT32_MAX - 1, &gid))
		return bad_gid(x, err);
	if (gid != was && !x->not_unique && pl_cmd_by_number(&f->group, (uint32_t)gid))
		return pl_shell_complain(call, STATUS_ID, err, "GID '%u' already exists",
					 (uint32_t)gid);
	if (x->new_name && !pl_cmd_account_name(x->new_name))
		return bad_name(x, x->new_name, err);
	if (x->new_name && strcmp(x->new_name, x->name) != 0 && pl_cmd_group(&x->a, x->new_name))
		return pl_shell_complain(call, STATUS_NAME, err, "group '%s' already exists",
					 x->new_name);
	const char *number = pl_arena_printf(&f->arena, "%u", (uint32_t)gid);
	for (size_t i = 0; i < f->passwd.n && gid != was; i++)
		if (pl_cmd_number(f->passwd.v[i], 3) == was) {
			f->passwd.v[i] = pl_account_with(f, f->passwd.v[i], 3, pl_str_of(number));
			f->passwd.changed = true;
		}
	pl_cmd_account_set(&x->a, &f->group, x->name, 2, number);
	if (x->new_name && strcmp(x->new_name, x->name) != 0) {
		pl_cmd_account_rename(&x->a, &f->group, x->name, x->new_name);
		pl_cmd_account_rename(&x->a, &f->gshadow, x->name, x->new_name);
	}
	return 0;
}

static int delete_group(struct group_call *x, struct pl_err *err)
{
	const struct pl_str *line = pl_cmd_group(&x->a, x->name);
	if (!line)
		return pl_shell_complain(x->a.call, STATUS_NOT_FOUND, err,
					 "group '%s' does not exist", x->name);
	const struct pl_str *user = pl_cmd_primary_of(&x->a, pl_cmd_number(*line, 2));
	if (user && !x->force)
		return pl_shell_complain(x->a.call, STATUS_PRIMARY, err,
					 "cannot remove the primary group of user '" PL_STR_FMT "'",
					 PL_STR_ARG(pl_account_field(*user, 0)));
	pl_cmd_group_remove(&x->a, x->name);
	return 0;
}

static int run_group(struct pl_shell_call *call, const struct pl_cmd_option *options,
		     int (*act)(struct group_call *x, struct pl_err *err), struct pl_err *err)
{
	struct pl_cmd_args args = {.call = call, .options = options};
	struct group_call x = {0};
	int rc = pl_cmd_accounts_open(&x.a, call, err), go = 1;
	while (rc >= 0 && go > 0 && (rc = pl_cmd_next(&args, err)) > 0) {
		x.force = x.force || args.letter == 'f';
		x.not_unique = x.not_unique || args.letter == 'o';
		x.system = x.system || args.letter == 'r';
		x.gid = args.letter == 'g' ? args.value : x.gid;
		x.new_name = args.letter == 'n' ? args.value : x.new_name;
		x.password = args.letter == 'p' ? args.value : x.password;
		x.users = args.letter == 'U' ? args.value : x.users;
		if (args.letter == 'K')
			rc = go = pl_cmd_setting_key(&x.a, args.value, err);
	}
	if (rc == 0 && go > 0 && args.n != 1) {
		rc = pl_shell_unknown(call, err, "other than one name");
	} else if (rc == 0 && go > 0) {
		x.name = args.operands[0];
		rc = act(&x, err);
	}
	pl_cmd_args_done(&args);
	return pl_cmd_accounts_close(&x.a, rc, err);
}

int pl_cmd_groupadd(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'f', "force", 0},
						       {'g', "gid", PL_CMD_VALUE},
						       {'K', "key", PL_CMD_VALUE},
						       {'o', "non-unique", 0},
						       {'p', "password", PL_CMD_VALUE},
						       {'r', "system", 0},
						       {'U', "users", PL_CMD_VALUE},
						       {0, NULL, 0}};
	return run_group(call, options, add_group, err);
}

int pl_cmd_groupmod(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'g', "gid", PL_CMD_VALUE},
						       {'n', "new-name", PL_CMD_VALUE},
						       {'o', "non-unique", 0},
						       {0, NULL, 0}};
	return run_group(call, options, modify_group, err);
}

int pl_cmd_groupdel(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'f', "force", 0}, {0, NULL, 0}};
	return run_group(call, options, delete_group, err);
}

/* -- gpasswd -- */

static int remove_member(struct pl_cmd_accounts *a, const char *group, const char *user,
			 struct pl_err *err)
{
	struct pl_str *line = pl_cmd_group(a, group);
	struct pl_str *hidden = pl_account_find(&a->f.gshadow, 0, pl_str_of(group));
	int rc = pl_cmd_say(a->call, err, "Removing user %s from group %s", user, group);
	if (rc < 0)
		return rc;
	if (!pl_account_in_list(pl_account_field(*line, 3), pl_str_of(user)))
		return pl_shell_complain(a->call, 3, err, "user '%s' is not a member of '%s'", user,
					 group);
	pl_cmd_member_remove(a, &a->f.group, line, 3, user);
	if (hidden)
		pl_cmd_member_remove(a, &a->f.gshadow, hidden, 3, user);
	return 0;
}

static int no_user(struct pl_cmd_accounts *a, struct pl_str list, struct pl_err *err)
{
	while (list.p && list.n) {
		struct pl_str user = pl_str_cut(&list, ',');
		if (user.n && !pl_account_find(&a->f.passwd, 0, user))
			return pl_shell_complain(a->call, 3, err,
						 "user '" PL_STR_FMT "' does not exist",
						 PL_STR_ARG(user));
	}
	return 0;
}

int pl_cmd_gpasswd(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'a', "add", PL_CMD_VALUE},
						       {'d', "delete", PL_CMD_VALUE},
						       {'M', "members", PL_CMD_VALUE},
						       {0, NULL, 0}};
	struct pl_cmd_args args = {.call = call, .options = options};
	struct pl_cmd_accounts a = {0};
	const char *value = NULL;
	int rc = pl_cmd_accounts_open(&a, call, err), what = 0;
	while (rc >= 0 && (rc = pl_cmd_next(&args, err)) > 0) {
		what = what ? 'x' : args.letter;
		value = args.value;
	}
	if (rc == 0 && (args.n != 1 || !what || what == 'x'))
		rc = pl_shell_unknown(call, err, "other than one of -a, -d, -M and one group");
	const char *group = rc == 0 ? args.operands[0] : NULL;
	if (group && what != 'd')
		rc = no_user(&a, pl_str_of(value), err);
	if (rc == 0 && call->status == 0 && !pl_cmd_group(&a, group)) {
		rc = pl_shell_complain(call, 3, err, "group '%s' does not exist in /etc/group",
				       group);
	} else if (rc == 0 && call->status == 0 && what == 'a') {
		rc = pl_cmd_say(call, err, "Adding user %s to group %s", value, group);
		pl_cmd_member_add(&a, group, value);
	} else if (rc == 0 && call->status == 0 && what == 'd') {
		rc = remove_member(&a, group, value, err);
	} else if (rc == 0 && call->status == 0) {
		pl_cmd_members_set(&a, group, value);
	}
	pl_cmd_args_done(&args);
	return pl_cmd_accounts_close(&a, rc, err);
}
