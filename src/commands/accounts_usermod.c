// SPDX-License-Identifier: Apache-2.0
/* usermod, chsh and chfn (shadow's src/usermod.c, chsh.c, chfn.c). */
#include "commands/accounts_int.h"

#include "base/num.h"

enum { STATUS_USAGE = 2, STATUS_BAD_ARG = 3, STATUS_ID = 4, STATUS_NOT_FOUND = 6, STATUS_NAME = 9 };

struct usermod {
	struct pl_cmd_accounts a;
	const char *user;
	/* What is to be new; NULL: stays. */
	const char *gecos, *home, *shell, *group, *groups, *login, *password, *uid;
	bool any, appends, removes, moves, not_unique, locks, unlocks;
};

static const char *arena(struct pl_cmd_accounts *a, struct pl_str s)
{
	return pl_arena_cstr(&a->f.arena, s);
}

static void take_option(struct usermod *x, int letter, const char *value)
{
	const struct {
		int letter;
		const char **to;
	} values[] = {{'c', &x->gecos},  {'d', &x->home},  {'s', &x->shell}, {'g', &x->group},
		      {'G', &x->groups}, {'l', &x->login}, {'u', &x->uid},   {'p', &x->password}};
	for (size_t i = 0; i < PL_COUNT(values); i++)
		if (values[i].letter == letter)
			*values[i].to = value;
	x->any = true;
	x->appends = x->appends || letter == 'a';
	x->removes = x->removes || letter == 'r';
	x->moves = x->moves || letter == 'm';
	x->not_unique = x->not_unique || letter == 'o';
	x->locks = x->locks || letter == 'L';
	x->unlocks = x->unlocks || letter == 'U';
}

static int check(struct usermod *x, struct pl_err *err)
{
	struct pl_shell_call *call = x->a.call;
	const char *texts[] = {x->gecos, x->home, x->shell, x->password};
	for (size_t i = 0; i < PL_COUNT(texts); i++)
		if (texts[i] && strpbrk(texts[i], ":\n"))
			return pl_shell_complain(call, STATUS_BAD_ARG, err, "invalid field '%s'",
						 texts[i]);
	if (!pl_cmd_user(&x->a, x->user))
		return pl_shell_complain(call, STATUS_NOT_FOUND, err, "user '%s' does not exist",
					 x->user);
	if (!x->any)
		return pl_shell_complain(call, STATUS_USAGE, err, "no options");
	if ((x->appends || x->removes) && !x->groups)
		return pl_shell_complain(call, STATUS_USAGE, err,
					 "-a flag is only allowed with the -G flag");
	if ((x->locks && (x->password || x->unlocks)) || (x->password && x->unlocks))
		return pl_shell_complain(call, STATUS_USAGE, err,
					 "the -L, -p, and -U flags are exclusive");
	if (x->not_unique && !x->uid)
		return pl_shell_complain(call, STATUS_USAGE, err,
					 "-o flag is only allowed with the -u flag");
	if (x->moves && !x->home)
		return pl_shell_complain(call, STATUS_USAGE, err,
					 "-m flag is only allowed with the -d flag");
	if (x->removes)
		return pl_shell_unknown(call, err, "-r");
	if (x->home && x->home[0] != '/' && x->home[0])
		return pl_shell_complain(call, STATUS_BAD_ARG, err,
					 "homedir must be an absolute path");
	if (x->group && !pl_cmd_group_any(&x->a, x->group))
		return pl_shell_complain(call, STATUS_NOT_FOUND, err, "group '%s' does not exist",
					 x->group);
	return 1;
}

/* All named groups are there: 1; 0: said. */
static int check_groups(struct usermod *x, struct pl_err *err)
{
	struct pl_str rest = pl_str_of(x->groups);
	int rc = 1;
	while (x->groups && rest.p && rest.n && rc >= 0) {
		const char *name = arena(&x->a, pl_str_cut(&rest, ','));
		if (!pl_cmd_group_any(&x->a, name))
			rc = pl_shell_complain(x->a.call, STATUS_NOT_FOUND, err,
					       "group '%s' does not exist", name);
	}
	return rc < 0 ? rc : x->a.call->status == 0;
}

static void set_groups(struct usermod *x)
{
	struct pl_str rest = pl_str_of(x->groups);
	PL_AUTO(buf) wanted = {0};
	if (!x->groups)
		return;
	while (rest.p && rest.n) {
		const char *name = arena(&x->a, pl_str_cut(&rest, ','));
		struct pl_str group = pl_account_field(*pl_cmd_group_any(&x->a, name), 0);
		pl_buf_addf(&wanted, PL_STR_FMT ",", PL_STR_ARG(group));
		pl_cmd_member_add(&x->a, arena(&x->a, group), x->user);
	}
	struct pl_account_file *files[] = {&x->a.f.group, &x->a.f.gshadow};
	for (size_t k = 0; k < PL_COUNT(files) && !x->appends; k++)
		for (size_t i = 0; i < files[k]->n; i++) {
			struct pl_str *line = &files[k]->v[i];
			if (!pl_account_in_list(pl_buf_str(&wanted), pl_account_field(*line, 0)))
				pl_cmd_member_remove(&x->a, files[k], line, 3, x->user);
		}
}

static void set_field(struct usermod *x, unsigned k, const char *text)
{
	if (text)
		pl_cmd_account_set(&x->a, &x->a.f.passwd, x->user, k, text);
}

/* Where passwords are: shadow, if it has the user. */
static void set_password(struct usermod *x, const char *text)
{
	struct pl_account_files *f = &x->a.f;
	bool hidden = pl_account_find(&f->shadow, 0, pl_str_of(x->user));
	pl_cmd_account_set(&x->a, hidden ? &f->shadow : &f->passwd, x->user, 1, text);
	if (hidden)
		pl_cmd_account_set(&x->a, &f->shadow, x->user, 2, f->day);
}

static int change_password(struct usermod *x, struct pl_err *err)
{
	const struct pl_str *line = pl_account_find(&x->a.f.shadow, 0, pl_str_of(x->user));
	const char *now =
		arena(&x->a, pl_account_field(line ? *line : *pl_cmd_user(&x->a, x->user), 1));
	if (x->password) {
		set_password(x, x->password);
		return 0;
	}
	if (x->unlocks && now[0] == '!' && !now[1])
		return pl_shell_complain(x->a.call, 0, err,
					 "unlocking the user's password would result in a "
					 "passwordless account.\nYou should set a password with "
					 "usermod -p to unlock this user's password.");
	struct pl_account_file *t = line ? &x->a.f.shadow : &x->a.f.passwd;
	if (x->unlocks && now[0] == '!')
		pl_cmd_account_set(&x->a, t, x->user, 1, now + 1);
	else if (x->locks && now[0] != '!')
		pl_cmd_account_set(&x->a, t, x->user, 1,
				   pl_arena_printf(&x->a.f.arena, "!%s", now));
	return 0;
}

/* Another name; subordinate numbers stay with the old one, as the program leaves them. */
static int rename_user(struct usermod *x, struct pl_err *err)
{
	struct pl_account_files *f = &x->a.f;
	struct pl_account_file *files[] = {&f->passwd, &f->shadow};
	if (!x->login || strcmp(x->login, x->user) == 0)
		return 0;
	if (!pl_cmd_account_name(x->login))
		return pl_shell_complain(x->a.call, STATUS_BAD_ARG, err, "invalid user name '%s'",
					 x->login);
	if (pl_cmd_user(&x->a, x->login))
		return pl_shell_complain(x->a.call, STATUS_NAME, err, "user '%s' already exists",
					 x->login);
	for (size_t i = 0; i < f->group.n; i++) {
		struct pl_str members = pl_account_field(f->group.v[i], 3);
		if (pl_account_in_list(members, pl_str_of(x->user)))
			return pl_shell_unknown(x->a.call, err, "-l of a member of groups");
	}
	for (size_t i = 0; i < PL_COUNT(files); i++)
		pl_cmd_account_rename(&x->a, files[i], x->user, x->login);
	x->user = x->login;
	return 0;
}

struct new_owner {
	uint32_t was_uid, uid, was_gid, gid;
};
static int own_node(void *ctx, struct pl_node *n, struct pl_err *err)
{
	const struct new_owner *o = ctx;
	struct pl_node *f = pl_node_file(n);
	(void)err;
	if (f->uid == o->was_uid)
		f->uid = o->uid;
	if (f->gid == o->was_gid)
		f->gid = o->gid;
	return 0;
}

/* Other numbers: the home's files get them too. */
static int change_numbers(struct usermod *x, struct pl_err *err)
{
	struct pl_str line = *pl_cmd_user(&x->a, x->user);
	struct new_owner o = {.was_uid = pl_cmd_number(line, 2), .was_gid = pl_cmd_number(line, 3)};
	struct pl_node *home =
		pl_cmd_node(x->a.call, arena(&x->a, pl_account_field(line, 5)), false);
	uint64_t uid = o.was_uid;
	if (x->uid && !pl_parse_u64(pl_str_of(x->uid), UINT32_MAX - 1, &uid))
		return pl_shell_complain(x->a.call, STATUS_BAD_ARG, err, "invalid user ID '%s'",
					 x->uid);
	o.uid = (uint32_t)uid;
	o.gid = x->group ? pl_cmd_number(*pl_cmd_group_any(&x->a, x->group), 2) : o.was_gid;
	if (o.uid != o.was_uid && !x->not_unique && pl_cmd_by_number(&x->a.f.passwd, o.uid))
		return pl_shell_complain(x->a.call, STATUS_ID, err, "UID '%u' already exists",
					 o.uid);
	set_field(x, 2, pl_arena_printf(&x->a.f.arena, "%u", o.uid));
	set_field(x, 3, pl_arena_printf(&x->a.f.arena, "%u", o.gid));
	if ((o.uid == o.was_uid && o.gid == o.was_gid) || !home || home->type != PL_TAR_DIR ||
	    home->uid != o.was_uid)
		return 0;
	if (home == x->a.f.tree->root)
		return pl_shell_unknown(x->a.call, err, "a change of who owns the whole image");
	return pl_cmd_each(home, own_node, &o, err);
}

static bool is_same(struct usermod *x, unsigned k, const char *text)
{
	return !text || pl_str_is(pl_account_field(*pl_cmd_user(&x->a, x->user), k), text);
}

static bool changes_nothing(struct usermod *x)
{
	const struct pl_str *line = pl_cmd_user(&x->a, x->user);
	bool same_group = !x->group || pl_cmd_number(*pl_cmd_group_any(&x->a, x->group), 2) ==
					       pl_cmd_number(*line, 3);
	return is_same(x, 0, x->login) && is_same(x, 2, x->uid) && same_group &&
	       is_same(x, 4, x->gecos) && is_same(x, 5, x->home) && is_same(x, 6, x->shell) &&
	       !x->groups && !x->password && !x->locks && !x->unlocks;
}

/* -m: a home that is there goes to its new place, where nothing is. */
static int move_home(struct usermod *x, const char *from, struct pl_err *err)
{
	struct pl_node *n = pl_cmd_node(x->a.call, from, false);
	if (!x->moves || !n || strcmp(from, x->home) == 0)
		return 0;
	return pl_shell_unknown(x->a.call, err, "-m of a home that is there");
}

static int modify(struct usermod *x, struct pl_err *err)
{
	int rc = check(x, err);
	if (rc > 0)
		rc = check_groups(x, err);
	if (rc <= 0)
		return rc;
	if (changes_nothing(x))
		return pl_cmd_say(x->a.call, err, "%s: no changes", x->a.call->argv[0]);
	const char *home = arena(&x->a, pl_account_field(*pl_cmd_user(&x->a, x->user), 5));
	rc = rename_user(x, err);
	if (rc < 0 || x->a.call->status)
		return rc;
	rc = change_numbers(x, err);
	if (rc < 0 || x->a.call->status)
		return rc;
	set_field(x, 4, x->gecos);
	set_field(x, 5, x->home);
	set_field(x, 6, x->shell);
	set_groups(x);
	if (x->password || x->locks || x->unlocks)
		rc = change_password(x, err);
	return rc < 0 ? rc : move_home(x, home, err);
}

int pl_cmd_usermod(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'a', "append", 0},
						       {'b', "badname", 0},
						       {'c', "comment", PL_CMD_VALUE},
						       {'d', "home", PL_CMD_VALUE},
						       {'g', "gid", PL_CMD_VALUE},
						       {'G', "groups", PL_CMD_VALUE},
						       {'l', "login", PL_CMD_VALUE},
						       {'L', "lock", 0},
						       {'m', "move-home", 0},
						       {'o', "non-unique", 0},
						       {'p', "password", PL_CMD_VALUE},
						       {'r', "remove", 0},
						       {'s', "shell", PL_CMD_VALUE},
						       {'u', "uid", PL_CMD_VALUE},
						       {'U', "unlock", 0},
						       {0, NULL, 0}};
	struct pl_cmd_args args = {.call = call, .options = options};
	struct usermod x = {0};
	int rc = pl_cmd_accounts_open(&x.a, call, err);
	while (rc >= 0 && (rc = pl_cmd_next(&args, err)) > 0)
		take_option(&x, args.letter, args.value);
	if (rc == 0 && args.n != 1) {
		rc = pl_shell_unknown(call, err, "other than one name");
	} else if (rc == 0) {
		x.user = args.operands[0];
		rc = modify(&x, err);
	}
	pl_cmd_args_done(&args);
	return pl_cmd_accounts_close(&x.a, rc, err);
}

/* -- chsh, chfn -- */

static int no_user(struct pl_shell_call *call, const char *name, struct pl_err *err)
{
	return pl_shell_complain(call, 1, err, "user '%s' does not exist", name);
}

int pl_cmd_chsh(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'s', "shell", PL_CMD_VALUE}, {0, NULL, 0}};
	struct pl_cmd_args args = {.call = call, .options = options};
	struct pl_cmd_accounts a = {0};
	const char *shell = NULL;
	int rc = pl_cmd_accounts_open(&a, call, err);
	while (rc >= 0 && (rc = pl_cmd_next(&args, err)) > 0)
		shell = args.value;
	if (rc == 0 && (!shell || args.n > 1))
		rc = pl_shell_unknown(call, err, "other than -s SHELL USER");
	const char *name = rc == 0 && args.n ? args.operands[0] : "root";
	if (rc == 0 && !pl_cmd_user(&a, name)) {
		rc = no_user(call, name, err);
	} else if (rc == 0 && strpbrk(shell, ":,=\n")) {
		rc = pl_shell_complain(call, 1, err, "Invalid entry: %s", shell);
	} else if (rc == 0) {
		pl_cmd_account_set(&a, &a.f.passwd, name, 6, shell);
		if (!pl_cmd_node(call, shell, true))
			rc = pl_shell_complain(call, 0, err, "Warning: %s does not exist", shell);
	}
	pl_cmd_args_done(&args);
	return pl_cmd_accounts_close(&a, rc, err);
}

int pl_cmd_chfn(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {
		{'f', "full-name", PL_CMD_VALUE},  {'r', "room", PL_CMD_VALUE},
		{'w', "work-phone", PL_CMD_VALUE}, {'h', "home-phone", PL_CMD_VALUE},
		{'o', "other", PL_CMD_VALUE},      {0, NULL, 0}};
	static const char letters[] = "frwho";
	const char *parts[5] = {0};
	struct pl_cmd_args args = {.call = call, .options = options};
	struct pl_cmd_accounts a = {0};
	bool any = false, fine = true;
	int rc = pl_cmd_accounts_open(&a, call, err);
	while (rc >= 0 && (rc = pl_cmd_next(&args, err)) > 0) {
		parts[strchr(letters, args.letter) - letters] = args.value;
		any = true;
		fine = fine && !strpbrk(args.value, args.letter == 'o' ? ":\n" : ":,=\n");
	}
	const char *name = rc == 0 && args.n == 1 ? args.operands[0] : NULL;
	if (rc == 0 && (!any || !name)) {
		rc = pl_shell_unknown(call, err, "other than fields of one user");
	} else if (rc == 0 && !pl_cmd_user(&a, name)) {
		rc = no_user(call, name, err);
	} else if (rc == 0 && !fine) {
		rc = pl_shell_complain(call, 1, err, "invalid field");
	} else if (rc == 0) {
		const char *gecos =
			pl_cmd_gecos_with(&a, pl_account_field(*pl_cmd_user(&a, name), 4), parts);
		pl_cmd_account_set(&a, &a.f.passwd, name, 4, gecos);
	}
	pl_cmd_args_done(&args);
	return pl_cmd_accounts_close(&a, rc, err);
}

/* src/chfn.c: all of the four first fields are written, the last where it is there. */
const char *pl_cmd_gecos_with(struct pl_cmd_accounts *a, struct pl_str gecos,
			      const char *const parts[5])
{
	PL_AUTO(buf) b = {0};
	struct pl_str rest = gecos;
	for (size_t i = 0; i < 4; i++) {
		struct pl_str was = rest.p ? pl_str_cut(&rest, ',') : (struct pl_str){"", 0};
		if (i)
			pl_buf_addc(&b, ',');
		pl_buf_addstr(&b, parts[i] ? pl_str_of(parts[i]) : was);
	}
	struct pl_str last = parts[4] ? pl_str_of(parts[4]) : rest;
	if (last.p && last.n) {
		pl_buf_addc(&b, ',');
		pl_buf_addstr(&b, last);
	}
	return arena(a, pl_buf_str(&b));
}
