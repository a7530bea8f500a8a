// SPDX-License-Identifier: Apache-2.0
/* deluser and delgroup. */
#include "commands/adduser_int.h"

struct deluser {
	struct pl_cmd_adduser x;
	bool only_if_empty, removes_home, any_root;
};

static int done(struct pl_cmd_adduser *x, struct pl_err *err)
{
	return x->recent ? 0 : pl_adduser_info(x, err, "Done.");
}

/* crontab(1) would be asked; without it that is said. */
static int skip_crontab(struct deluser *d, struct pl_err *err)
{
	struct pl_cmd_adduser *x = &d->x;
	static const char *const text =
		"`/usr/bin/crontab' not executed. Skipping crontab removal. "
		"Package `cron' required.";
	bool quiet = x->quiet;
	if (pl_tree_resolve(x->a.f.tree, PL_STR("usr/bin/crontab"), true))
		return pl_adduser_info(x, err, "Removing crontab ...");
	if (x->recent && x->system)
		return pl_adduser_info(x, err, "%s", text);
	x->quiet = false;
	int rc = pl_adduser_warn(x, "warn", err, "%s", text);
	x->quiet = quiet;
	return rc;
}

static int remove_root(struct pl_cmd_adduser *x, struct pl_err *err)
{
	if (x->recent)
		return pl_adduser_die(x, 9, PL_ADDUSER_ROOT, err,
				      "WARNING: You are just about to delete the root account "
				      "(uid 0). Usually this is never required as it may render "
				      "the whole system unusable. If you really want this, call "
				      "deluser with parameter --no-preserve-root. Stopping now "
				      "without having performed any action");
	x->a.call->status = 9;
	return pl_cmd_say(x->a.call, err,
			  "WARNING: You are just about to delete the root account (uid 0)\n"
			  "Usually this is never required as it may render the whole system "
			  "unusable\n"
			  "If you really want this, call deluser with parameter "
			  "--no-preserve-root\n"
			  "Stopping now without having performed any action");
}

static int remove_user(struct deluser *d, struct pl_err *err)
{
	struct pl_cmd_adduser *x = &d->x;
	const struct pl_str *line = pl_cmd_user(&x->a, x->name);
	if (!line && x->system)
		return x->recent ? pl_adduser_info(x, err,
						   "The user `%s' does not exist, but --system was "
						   "given. Exiting.",
						   x->name)
				 : pl_adduser_warn(x, "info", err,
						   "The user `%s' does not exist, but --system was "
						   "given. Exiting.",
						   x->name);
	if (!line)
		return pl_adduser_die(x, 2, PL_ADDUSER_ABSENT, err, "The user `%s' does not exist.",
				      x->name);
	if (x->system && !pl_adduser_is_system(x, *line, false)) {
		x->a.call->status = x->recent ? PL_ADDUSER_PROPERTIES : 1;
		return pl_adduser_warn(x, "warn", err,
				       "The user `%s' is not a system user. Exiting.", x->name);
	}
	if (pl_cmd_number(*line, 2) == 0 && !d->any_root)
		return remove_root(x, err);
	/* Without the package perl these only say that it is needed. */
	if (d->removes_home)
		return pl_shell_unknown(x->a.call, err, "--remove-home, --remove-all-files");
	int rc = skip_crontab(d, err);
	if (rc >= 0)
		rc = pl_adduser_info(x, err, "Removing user `%s' ...", x->name);
	if (rc >= 0)
		rc = pl_cmd_user_remove(&x->a, x->name, err);
	return rc < 0 ? rc : done(x, err);
}

static int remove_group(struct deluser *d, struct pl_err *err)
{
	struct pl_cmd_adduser *x = &d->x;
	const struct pl_str *line = pl_cmd_group(&x->a, x->name);
	if (!line) {
		x->a.call->status = x->system ? 0 : x->recent ? PL_ADDUSER_ABSENT : 3;
		return pl_adduser_warn(x, "warn", err, "The group `%s' does not exist.", x->name);
	}
	if (x->system && !pl_adduser_is_system(x, *line, true)) {
		x->a.call->status = x->recent ? PL_ADDUSER_PROPERTIES : 3;
		return pl_adduser_warn(x, "fatal", err,
				       "The group `%s' is not a system group. Exiting.", x->name);
	}
	if (d->only_if_empty && pl_account_field(*line, 3).n)
		return pl_adduser_die(x, 5, PL_ADDUSER_NOT_EMPTY, err,
				      "The group `%s' is not empty!", x->name);
	int rc = pl_adduser_info(x, err, "Removing group `%s' ...", x->name);
	const struct pl_str *user = pl_cmd_primary_of(&x->a, pl_cmd_number(*line, 2));
	if (rc >= 0 && user)
		return pl_adduser_die(x, 1, PL_ADDUSER_FAILED, err,
				      "cannot remove the primary group of user '" PL_STR_FMT "'",
				      PL_STR_ARG(pl_account_field(*user, 0)));
	pl_cmd_group_remove(&x->a, x->name);
	return rc < 0 ? rc : done(x, err);
}

/* The other members that are users (get_group_members). */
static const char *others(struct pl_cmd_adduser *x, struct pl_str members)
{
	PL_AUTO(buf) left = {0};
	while (members.p && members.n) {
		struct pl_str one = pl_str_cut(&members, ',');
		if (pl_str_is(one, x->name) || !pl_account_find(&x->a.f.passwd, 0, one))
			continue;
		if (left.n)
			pl_buf_addc(&left, ',');
		pl_buf_addstr(&left, one);
	}
	return pl_arena_cstr(&x->a.f.arena, pl_buf_str(&left));
}

static int remove_from_group(struct pl_cmd_adduser *x, struct pl_err *err)
{
	const struct pl_str *user = pl_cmd_user(&x->a, x->name);
	const struct pl_str *group = pl_cmd_group(&x->a, x->second);
	const char *end = x->recent ? "\n" : "";
	if (!user)
		return pl_adduser_die(x, 2, PL_ADDUSER_ABSENT, err,
				      "The user `%s' does not exist.%s", x->name, end);
	if (!group)
		return pl_adduser_die(x, 3, PL_ADDUSER_ABSENT, err,
				      "The group `%s' does not exist.%s", x->second, end);
	if (pl_cmd_number(*user, 3) == pl_cmd_number(*group, 2))
		return pl_adduser_die(x, 7, PL_ADDUSER_NO_PRIMARY, err,
				      "You may not remove the user from their primary group.");
	struct pl_str members = pl_account_field(*group, 3);
	if (!pl_account_in_list(members, pl_str_of(x->name)))
		return pl_adduser_die(x, 6, PL_ADDUSER_NOT_MEMBER, err,
				      "The user `%s' is not a member of group `%s'.", x->name,
				      x->second);
	int rc = pl_adduser_info(x, err, "Removing user `%s' from group `%s' ...", x->name,
				 x->second);
	pl_cmd_members_set(&x->a, x->second, others(x, members));
	return rc < 0 ? rc : done(x, err);
}

static int run_deluser(struct pl_shell_call *call, bool groups, struct pl_err *err)
{
	enum { OPT_GROUP = 256, OPT_SYSTEM, OPT_EMPTY, OPT_HOME, OPT_ROOT, OPT_VERBOSE };
	static const struct pl_cmd_option options[] = {{'q', "quiet", 0},
						       {OPT_GROUP, "group", 0},
						       {OPT_SYSTEM, "system", 0},
						       {OPT_EMPTY, "only-if-empty", 0},
						       {OPT_HOME, "remove-home", 0},
						       {OPT_HOME, "remove-all-files", 0},
						       {OPT_ROOT, "no-preserve-root", 0},
						       {OPT_VERBOSE, "verbose", 0},
						       {0, NULL, 0}};
	static const char *const configs[] = {"etc/adduser.conf", "etc/deluser.conf", NULL};
	struct pl_cmd_args args = {.call = call, .options = options};
	struct deluser d = {0};
	int rc = pl_adduser_open(&d.x, call, configs, err);
	while (rc >= 0 && (rc = pl_cmd_next(&args, err)) > 0) {
		groups = groups || args.letter == OPT_GROUP;
		d.x.quiet = d.x.quiet || args.letter == 'q';
		d.x.system = d.x.system || args.letter == OPT_SYSTEM;
		d.x.verbose = d.x.verbose || args.letter == OPT_VERBOSE;
		d.only_if_empty = d.only_if_empty || args.letter == OPT_EMPTY;
		d.removes_home = d.removes_home || args.letter == OPT_HOME;
		d.any_root = d.any_root || args.letter == OPT_ROOT;
	}
	if (rc == 0 && (args.n < 1 || args.n > 2 || !args.operands[0][0])) {
		rc = pl_adduser_die(&d.x, 1, PL_ADDUSER_CALL, err,
				    "Only one or two names allowed.");
	} else if (rc == 0) {
		d.x.name = args.operands[0];
		d.x.second = args.n > 1 ? args.operands[1] : NULL;
		rc = d.x.second ? remove_from_group(&d.x, err)
		     : groups   ? remove_group(&d, err)
				: remove_user(&d, err);
	}
	pl_cmd_args_done(&args);
	return pl_adduser_close(&d.x, rc, err);
}

int pl_cmd_deluser(struct pl_shell_call *call, struct pl_err *err)
{
	return run_deluser(call, false, err);
}
int pl_cmd_delgroup(struct pl_shell_call *call, struct pl_err *err)
{
	return run_deluser(call, true, err);
}
