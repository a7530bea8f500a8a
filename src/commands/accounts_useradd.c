// SPDX-License-Identifier: Apache-2.0
/* useradd and userdel (shadow's src/useradd.c, userdel.c). */
#include "commands/accounts_int.h"

#include "base/num.h"

enum { STATUS_USAGE = 2, STATUS_BAD_ARG = 3, STATUS_ID = 4, STATUS_NOT_FOUND = 6, STATUS_NAME = 9 };
enum { OPT_BADNAME = 256 };

struct useradd {
	struct pl_cmd_accounts a;
	struct pl_cmd_new_user u;
	struct pl_map defaults; /* /etc/default/useradd */
	const char *group, *groups, *skeleton, *uid_text, *base;
	bool has_home, has_shell, not_unique, own_group, no_own_group, makes_home, no_home;
};

/* The options that need nothing of the files. 1: go on; 0: it has ended, and that is said. */
static int take_option(struct useradd *x, int letter, const char *value, struct pl_err *err)
{
	switch (letter) {
	case 'c':
		x->u.gecos = value;
		break;
	case 'd':
		x->u.home = value;
		x->has_home = true;
		break;
	case 's':
		x->u.shell = value;
		x->has_shell = true;
		break;
	case 'e':
		x->u.expire = value;
		break;
	case 'f':
		x->u.inactive = value;
		break;
	case 'g':
		x->group = value;
		break;
	case 'G':
		x->groups = value;
		break;
	case 'k':
		x->skeleton = value;
		break;
	case 'b':
		x->base = value;
		break;
	case 'K':
		return pl_cmd_setting_key(&x->a, value, err);
	case 'p':
		x->u.password = value;
		break;
	case 'u':
		x->uid_text = value;
		break;
	default:
		x->u.system = x->u.system || letter == 'r';
		x->makes_home = x->makes_home || letter == 'm';
		x->no_home = x->no_home || letter == 'M';
		x->no_own_group = x->no_own_group || letter == 'N';
		x->own_group = x->own_group || letter == 'U';
		x->not_unique = x->not_unique || letter == 'o';
	}
	return 1;
}

static const struct pl_cmd_option useradd_options[] = {{'b', "base-dir", PL_CMD_VALUE},
						       {OPT_BADNAME, "badname", 0},
						       {OPT_BADNAME, "badnames", 0},
						       {'c', "comment", PL_CMD_VALUE},
						       {'d', "home-dir", PL_CMD_VALUE},
						       {'d', "home", PL_CMD_VALUE},
						       {'e', "expiredate", PL_CMD_VALUE},
						       {'f', "inactive", PL_CMD_VALUE},
						       {'g', "gid", PL_CMD_VALUE},
						       {'G', "groups", PL_CMD_VALUE},
						       {'k', "skel", PL_CMD_VALUE},
						       {'K', "key", PL_CMD_VALUE},
						       {'l', "no-log-init", 0},
						       {'m', "create-home", 0},
						       {'M', "no-create-home", 0},
						       {'N', "no-user-group", 0},
						       {'o', "non-unique", 0},
						       {'p', "password", PL_CMD_VALUE},
						       {'r', "system", 0},
						       {'s', "shell", PL_CMD_VALUE},
						       {'u', "uid", PL_CMD_VALUE},
						       {'U', "user-group", 0},
						       {0, NULL, 0}};

/* Texts that would break a line, and days that are written as dates. 1; 0: said. */
static int check_texts(struct useradd *x, struct pl_err *err)
{
	struct pl_shell_call *call = x->a.call;
	const struct {
		const char *what, *text;
	} texts[] = {{"comment", x->u.gecos},
		     {"home directory", x->u.home},
		     {"shell", x->u.shell},
		     {"field", x->u.password},
		     {"base directory", x->base}};
	for (size_t i = 0; i < PL_COUNT(texts); i++)
		if (texts[i].text && strpbrk(texts[i].text, ":\n"))
			return pl_shell_complain(call, STATUS_BAD_ARG, err, "invalid %s '%s'",
						 texts[i].what, texts[i].text);
	if (x->has_home && x->u.home[0] != '/')
		return pl_shell_complain(call, STATUS_BAD_ARG, err, "invalid home directory '%s'",
					 x->u.home);
	if (x->has_shell && x->u.shell[0] && !strchr("/*", x->u.shell[0]))
		return pl_shell_complain(call, STATUS_BAD_ARG, err, "invalid shell '%s'",
					 x->u.shell);
	if ((x->u.expire && *x->u.expire) || (x->u.inactive && strcmp(x->u.inactive, "-1") != 0))
		return pl_shell_unknown(call, err, "an account that expires");
	x->u.expire = x->u.inactive = NULL;
	return 1;
}

static int usage(struct pl_shell_call *call, struct pl_err *err, const char *why)
{
	return pl_shell_complain(call, STATUS_USAGE, err, "%s", why);
}

static int check_flags(struct useradd *x, struct pl_err *err)
{
	struct pl_shell_call *call = x->a.call;
	if (!x->group && !x->no_own_group && !x->own_group)
		x->own_group = strcmp(pl_cmd_setting(&x->a.login_defs, "USERGROUPS_ENAB", "no"),
				      "yes") == 0;
	else if (x->group && x->own_group)
		return usage(call, err, "options -U and -g conflict");
	if (x->own_group && x->no_own_group)
		return usage(call, err, "options -U and -N conflict");
	if (x->makes_home && x->no_home)
		return usage(call, err, "options -m and -M conflict");
	if (x->not_unique && !x->uid_text)
		return usage(call, err, "-o flag is only allowed with the -u flag");
	if (x->skeleton && !x->makes_home)
		return usage(call, err, "-k flag is only allowed with the -m flag");
	/* What is allowed, and the status, changed with 4.14. */
	if (!pl_cmd_account_name(x->u.name))
		return pl_shell_unknown(call, err, "such a name");
	if (!x->u.system &&
	    strcmp(pl_cmd_setting(&x->a.login_defs, "CREATE_HOME", "no"), "yes") == 0)
		x->makes_home = true;
	x->makes_home = x->makes_home && !x->no_home;
	return 1;
}

/* A list of groups' names and numbers. 1: all are there; 0: said, with status 6. */
static int check_groups(struct pl_cmd_accounts *a, const char *list, struct pl_err *err)
{
	struct pl_str rest = pl_str_of(list);
	int rc = 1;
	while (list && rest.p && rest.n && rc >= 0) {
		const char *name = pl_arena_cstr(&a->f.arena, pl_str_cut(&rest, ','));
		if (!pl_cmd_group_any(a, name))
			rc = pl_shell_complain(a->call, STATUS_NOT_FOUND, err,
					       "group '%s' does not exist", name);
	}
	return rc < 0 ? rc : a->call->status == 0;
}

static int check_shell(struct useradd *x, struct pl_err *err)
{
	const struct pl_node *n = x->has_shell ? pl_cmd_node(x->a.call, x->u.shell, true) : NULL;
	if (!x->has_shell || !x->u.shell[0] || x->u.shell[0] == '*' ||
	    strcmp(x->u.shell, "/sbin/nologin") == 0 ||
	    strcmp(x->u.shell, "/usr/sbin/nologin") == 0 ||
	    (n && n->type != PL_TAR_DIR && pl_node_file(n)->mode & 0111))
		return 0;
	return pl_shell_complain(x->a.call, 0, err, "Warning: missing or non-executable shell '%s'",
				 x->u.shell);
}

static int warn_of_number(struct useradd *x, const struct pl_command_id *want, struct pl_err *err)
{
	PL_AUTOFREE char *range = NULL;
	if (x->u.system)
		range = pl_xprintf("is greater than SYS_UID_MAX %u", want->last);
	else
		range = pl_xprintf("outside of the UID_MIN %u and UID_MAX %u range.", want->first,
				   want->last);
	PL_AUTOFREE char *text = pl_xprintf("%s warning: %s's uid %u %s\n", x->a.call->argv[0],
					    x->u.name, want->number, range);
	return pl_shell_write(x->a.call->shell, 2, pl_str_of(text), err);
}

/* 1; 0: said. */
static int find_uid(struct useradd *x, struct pl_err *err)
{
	struct pl_command_id want = {.name = x->u.name, .fixed = x->uid_text};
	bool found = pl_cmd_id_find(&x->a, false, x->u.system, -1, &want);
	uint64_t uid;
	int rc;
	if (x->uid_text) {
		if (!pl_parse_u64(pl_str_of(x->uid_text), UINT32_MAX - 1, &uid))
			return pl_shell_complain(x->a.call, STATUS_BAD_ARG, err,
						 "invalid user ID '%s'", x->uid_text);
		want.number = (uint32_t)uid;
		if (!x->not_unique && pl_cmd_by_number(&x->a.f.passwd, want.number))
			return pl_shell_complain(x->a.call, STATUS_ID, err, "UID %u is not unique",
						 want.number);
		bool outside =
			want.number > want.last || (!x->u.system && want.number < want.first);
		rc = outside ? warn_of_number(x, &want, err) : 0;
		if (rc < 0)
			return rc;
	} else if (!found) {
		return pl_shell_complain(x->a.call, STATUS_ID, err,
					 "Can't get unique UID (no more available UIDs)");
	}
	rc = pl_cmd_id_take(&x->a, &want, &x->u.uid, err);
	return rc < 0 ? rc : 1;
}

/* The group that has the user's name, with the user's number where that is free. */
static int make_own_group(struct useradd *x, struct pl_err *err)
{
	struct pl_command_id want = {.name = x->u.name};
	if (!pl_cmd_id_find(&x->a, true, x->u.system, x->u.uid, &want))
		return pl_shell_complain(x->a.call, STATUS_ID, err,
					 "Can't get unique GID (no more available GIDs)");
	int rc = pl_cmd_id_take(&x->a, &want, &x->u.gid, err);
	if (rc < 0)
		return rc;
	pl_cmd_group_add(&x->a, x->u.name, x->u.gid, "!");
	return 1;
}

static int find_group(struct useradd *x, struct pl_err *err)
{
	const char *usual = pl_cmd_setting(&x->defaults, "GROUP", "100");
	if (x->own_group)
		return make_own_group(x, err);
	const struct pl_str *line = pl_cmd_group_any(&x->a, x->group ? x->group : usual);
	uint64_t gid = 100;
	if (line)
		gid = pl_cmd_number(*line, 2);
	x->u.gid = (uint32_t)gid;
	return 1;
}

static int make_home(struct useradd *x, struct pl_err *err)
{
	const struct pl_map *m = &x->a.login_defs;
	uint32_t mask = pl_cmd_setting_number(m, "UMASK", 022);
	if (!x->makes_home)
		return 0;
	if (pl_cmd_node(x->a.call, x->u.home, true))
		return pl_shell_complain(x->a.call, 0, err,
					 "warning: the home directory %s already exists.\n"
					 "%s: Not copying any file from skel directory into it.",
					 x->u.home, x->a.call->argv[0]);
	int rc = pl_cmd_home_make(&x->a, x->u.home,
				  pl_cmd_setting_number(m, "HOME_MODE", 0777 & ~mask), x->u.uid,
				  x->u.gid, err);
	const char *skeleton =
		x->skeleton ? x->skeleton : pl_cmd_setting(&x->defaults, "SKEL", "/etc/skel");
	return rc < 0 ? rc
		      : pl_cmd_home_fill(&x->a, skeleton, x->u.home, x->u.uid, x->u.gid, false,
					 err);
}

static int add_user(struct useradd *x, struct pl_err *err)
{
	struct pl_cmd_accounts *a = &x->a;
	if (pl_cmd_user(a, x->u.name))
		return pl_shell_complain(a->call, STATUS_NAME, err, "user '%s' already exists",
					 x->u.name);
	if (x->own_group && pl_cmd_group(a, x->u.name))
		return pl_shell_complain(a->call, STATUS_NAME, err,
					 "group %s exists - if you want to add this user to that "
					 "group, use -g.",
					 x->u.name);
	int rc = find_uid(x, err);
	if (rc > 0)
		rc = find_group(x, err);
	if (rc <= 0)
		return rc;
	pl_cmd_user_add(a, &x->u);
	if (!x->u.system)
		pl_cmd_subordinates_add(a, x->u.name, x->u.uid);
	struct pl_str rest = pl_str_of(x->groups);
	while (x->groups && rest.p && rest.n) {
		const char *name = pl_arena_cstr(&a->f.arena, pl_str_cut(&rest, ','));
		struct pl_str group = pl_account_field(*pl_cmd_group_any(a, name), 0);
		pl_cmd_member_add(a, pl_arena_cstr(&a->f.arena, group), x->u.name);
	}
	return make_home(x, err);
}

static int run_useradd(struct useradd *x, char **operands, int n, struct pl_err *err)
{
	struct pl_cmd_accounts *a = &x->a;
	if (n != 1)
		return pl_shell_unknown(a->call, err, "other than one name");
	x->u.name = operands[0];
	int rc = pl_cmd_settings_read(a, "etc/default/useradd", '=', false, &x->defaults, err);
	if (rc >= 0)
		rc = check_texts(x, err);
	if (rc > 0 && x->group && !pl_cmd_group_any(a, x->group))
		rc = pl_shell_complain(a->call, STATUS_NOT_FOUND, err, "group '%s' does not exist",
				       x->group);
	if (rc > 0)
		rc = check_groups(a, x->groups, err);
	if (rc > 0)
		rc = check_flags(x, err);
	if (rc <= 0)
		return rc;
	const char *base = x->base ? x->base : pl_cmd_setting(&x->defaults, "HOME", "/home");
	if (!x->has_home)
		x->u.home = pl_arena_printf(&a->f.arena, "%s/%s", base, x->u.name);
	rc = check_shell(x, err);
	if (!x->has_shell)
		x->u.shell = pl_cmd_setting(&x->defaults, "SHELL", "/bin/sh");
	return rc < 0 ? rc : add_user(x, err);
}

int pl_cmd_useradd(struct pl_shell_call *call, struct pl_err *err)
{
	struct pl_cmd_args args = {.call = call, .options = useradd_options};
	struct useradd x = {.u = {.password = "!", .gecos = ""}};
	int rc = pl_cmd_accounts_open(&x.a, call, err), go = 1;
	while (rc >= 0 && go > 0 && (rc = pl_cmd_next(&args, err)) > 0)
		rc = go = take_option(&x, args.letter, args.value, err);
	if (rc == 0 && go > 0)
		rc = run_useradd(&x, args.operands, args.n, err);
	pl_map_done(&x.defaults);
	pl_cmd_args_done(&args);
	return pl_cmd_accounts_close(&x.a, rc, err);
}

/* -- userdel -- */

static int remove_home(struct pl_cmd_accounts *a, const char *user, const char *home,
		       struct pl_err *err)
{
	const char *spool = pl_cmd_setting(&a->login_defs, "MAIL_DIR", "/var/mail");
	PL_AUTOFREE char *mail = pl_cmd_join(spool, user);
	struct pl_node *box = pl_cmd_node(a->call, mail, false);
	struct pl_node *n = pl_cmd_node(a->call, home, false);
	int rc = 0;
	if (box)
		pl_tree_remove(a->f.tree, box);
	else
		rc = pl_shell_complain(a->call, 0, err, "%s mail spool (%s) not found", user, mail);
	if (rc < 0)
		return rc;
	if (!n)
		return pl_shell_complain(a->call, 12, err, "%s home directory (%s) not found", user,
					 home);
	if (n == a->f.tree->root)
		return pl_shell_unknown(a->call, err, "removing the whole image");
	pl_tree_remove(a->f.tree, n);
	return 0;
}

int pl_cmd_userdel(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {
		{'f', "force", 0}, {'r', "remove", 0}, {0, NULL, 0}};
	struct pl_cmd_args args = {.call = call, .options = options};
	struct pl_cmd_accounts a = {0};
	bool removes = false;
	int rc = pl_cmd_accounts_open(&a, call, err);
	while (rc >= 0 && (rc = pl_cmd_next(&args, err)) > 0)
		removes = removes || args.letter == 'r';
	const struct pl_str *line =
		rc == 0 && args.n == 1 ? pl_cmd_user(&a, args.operands[0]) : NULL;
	if (rc == 0 && args.n != 1) {
		rc = pl_shell_unknown(call, err, "other than one name");
	} else if (rc == 0 && !line) {
		rc = pl_shell_complain(call, STATUS_NOT_FOUND, err, "user '%s' does not exist",
				       args.operands[0]);
	} else if (rc == 0) {
		const char *home = pl_arena_cstr(&a.f.arena, pl_account_field(*line, 5));
		rc = pl_cmd_user_remove(&a, args.operands[0], err);
		if (rc >= 0 && removes)
			rc = remove_home(&a, args.operands[0], home, err);
	}
	pl_cmd_args_done(&args);
	return pl_cmd_accounts_close(&a, rc, err);
}
