// SPDX-License-Identifier: Apache-2.0
/* adduser: users of the system, and people. The order of checks, messages and changes is that of
 * the program. */
#include "commands/adduser_int.h"

#include "base/num.h"

static const char *no_such_file = "No such file or directory";

static bool is_nonexistent(const char *home)
{
	struct pl_str s = pl_str_of(home);
	while (s.n && s.p[0] == '/')
		s = pl_str_sub(s, 1, s.n);
	return home[0] == '/' && (pl_str_is(s, "nonexistent") || pl_str_starts(s, "nonexistent/"));
}

static bool is_directory(const struct pl_cmd_adduser *x, const char *path)
{
	const struct pl_node *n = pl_cmd_node(x->a.call, path, true);
	return n && n->type == PL_TAR_DIR;
}

/* What is said of --home before anything is done (until 3.134), or is not said (since). */
static int warn_of_home(struct pl_cmd_adduser *x, struct pl_err *err)
{
	if (!x->home || (x->recent && (x->system || is_nonexistent(x->home))))
		return 0;
	if (!x->no_home && is_directory(x, x->home))
		return pl_adduser_warn(
			x, "warn", err, "%sThe home dir %s you specified already exists.%s",
			x->recent ? "" : "Warning: ", x->home, x->recent ? "\n" : "");
	if (x->no_home && !is_directory(x, x->home))
		return pl_adduser_warn(
			x, "warn", err, "%sThe home dir %s you specified can't be accessed: %s%s",
			x->recent ? "" : "Warning: ", x->home, no_such_file, x->recent ? "\n" : "");
	return 0;
}

static int home_exists(struct pl_cmd_adduser *x, const char *home, struct pl_err *err)
{
	const struct pl_node *n = pl_node_file(pl_cmd_node(x->a.call, home, true));
	if (x->recent && x->system)
		return 0;
	int rc = pl_adduser_warn(x, "warn", err,
				 "The home directory `%s' already exists.  Not touching this "
				 "directory.",
				 home);
	if (rc < 0 || (n->uid == x->new_uid && n->gid == x->new_gid))
		return rc;
	/* 3.134 says this even when it is to be quiet. */
	bool quiet = x->quiet;
	x->quiet = false;
	rc = pl_adduser_warn(x, "warn", err,
			     "Warning: The home directory `%s' does not belong to the user you are "
			     "currently creating.",
			     home);
	x->quiet = quiet;
	return rc;
}

static int make_home(struct pl_cmd_adduser *x, const char *home, struct pl_err *err)
{
	const char *skeleton = pl_cmd_setting(&x->conf, "skel", "/etc/skel");
	if (is_nonexistent(home))
		return pl_adduser_info(x, err, "Not creating `%s'.", home);
	if (x->no_home)
		return pl_adduser_info(x, err, "Not creating home directory `%s'%s.", home,
				       x->recent ? " as requested" : "");
	if (pl_cmd_node(x->a.call, home, true))
		return home_exists(x, home, err);
	uint64_t mode = x->system ? 0755 : 0700; /* where the setting is no octal number */
	(void)!pl_parse_octal(
		pl_str_of(pl_cmd_setting(&x->conf, x->system ? "sys_dir_mode" : "dir_mode", "")),
		07777, &mode);
	int rc = pl_adduser_info(x, err, "Creating home directory `%s' ...", home);
	if (rc >= 0)
		rc = pl_cmd_home_make(&x->a, home, (uint32_t)mode, x->new_uid, x->new_gid, err);
	if (rc < 0 || x->system || !*skeleton)
		return rc;
	rc = pl_adduser_info(x, err, "Copying files from `%s' ...", skeleton);
	return rc < 0 ? rc
		      : pl_cmd_home_fill(&x->a, skeleton, home, x->new_uid, x->new_gid, true, err);
}

/* 3.134 has chfn write the gecos field, whose parts then have their commas; later usermod. */
static int set_comment(struct pl_cmd_adduser *x, struct pl_err *err)
{
	const char *parts[5] = {0};
	struct pl_str was = pl_account_field(*pl_cmd_user(&x->a, x->name), 4);
	const char *gecos = x->comment;
	if (!x->comment)
		return 0;
	if (x->recent && pl_str_is(was, gecos))
		return pl_cmd_say(x->a.call, err, "usermod: no changes");
	if (!x->recent) {
		struct pl_str rest = pl_str_of(x->comment);
		for (size_t i = 0; i < PL_COUNT(parts) && rest.p; i++)
			parts[i] = pl_arena_cstr(&x->a.f.arena, pl_str_cut(&rest, ','));
		for (size_t i = 0; i < 4; i++)
			if (parts[i] && strchr(parts[i], '='))
				return pl_shell_unknown(x->a.call, err,
							"'=' in a comment, which chfn refuses");
		gecos = pl_cmd_gecos_with(&x->a, was, parts);
	}
	pl_cmd_account_set(&x->a, &x->a.f.passwd, x->name, 4, gecos);
	return 0;
}

static uint32_t choose(const struct pl_cmd_adduser *x, int64_t option, const char *setting,
		       uint32_t usual)
{
	return option > 0 ? (uint32_t)option : pl_cmd_setting_number(&x->conf, setting, usual);
}

/* check_user_group() for what is neither there nor to be made. 1; 0: said. */
static int check_group(struct pl_cmd_adduser *x, struct pl_err *err)
{
	if (x->ingroup && !pl_cmd_group(&x->a, x->ingroup))
		return pl_adduser_die(x, 1, PL_ADDUSER_ABSENT, err,
				      "The group `%s' does not exist.", x->ingroup);
	if (x->gid >= 0 && !pl_cmd_by_number(&x->a.f.group, (uint32_t)x->gid))
		return pl_adduser_die(x, 1, PL_ADDUSER_ABSENT, err,
				      x->recent ? "No group with GID %lld found."
						: "The GID %lld does not exist.",
				      (long long)x->gid);
	return 1;
}

/* A number that the script says: taken is the fault. 1; 0: said. */
static int take_uid(struct pl_cmd_adduser *x, struct pl_err *err)
{
	struct pl_command_id want = {x->name, false, 0, UINT32_MAX, (uint32_t)x->uid, true};
	if (pl_cmd_by_number(&x->a.f.passwd, want.number) && x->recent && x->system)
		return pl_adduser_die(x, 1, PL_ADDUSER_PROPERTIES, err,
				      "The user `%s' already exists with a different UID. Exiting.",
				      x->name);
	/* 3.139 does not look at the numbers of people's accounts, but useradd does. */
	if (pl_cmd_by_number(&x->a.f.passwd, want.number))
		return pl_adduser_die(x, 1, PL_ADDUSER_FAILED, err, "The UID %u is already in use.",
				      want.number);
	int rc = pl_cmd_id_take(&x->a, &want, &x->new_uid, err);
	return rc < 0 ? rc : 1;
}

static int take_gid(struct pl_cmd_adduser *x, uint32_t gid, bool fixed, struct pl_err *err)
{
	struct pl_command_id want = {x->name, true, 0, UINT32_MAX, gid, fixed};
	return pl_cmd_id_take(&x->a, &want, &x->new_gid, err);
}

/* What useradd says of a number outside of the range; it takes it. */
static int warn_of_number(struct pl_cmd_adduser *x, struct pl_err *err)
{
	uint32_t last = choose(x, x->last_uid, "last_system_uid", 999);
	PL_AUTOFREE char *text =
		pl_xprintf("useradd warning: %s's uid %u is greater than SYS_UID_MAX %u\n", x->name,
			   x->new_uid, last);
	return x->recent || !x->system || x->new_uid <= last
		       ? 0
		       : pl_shell_write(x->a.call->shell, 2, pl_str_of(text), err);
}

static void add_user(struct pl_cmd_adduser *x, const char *home, const char *shell, uint32_t gid)
{
	struct pl_cmd_new_user u = {.name = x->name,
				    .gecos = "",
				    .home = home,
				    .shell = shell,
				    .password = "!",
				    .uid = x->new_uid,
				    .gid = gid,
				    .system = x->system};
	pl_cmd_user_add(&x->a, &u);
}

/* -- adduser --system -- */

/* A user of that name. 1: there is none; 0: said. */
static int check_existing(struct pl_cmd_adduser *x, struct pl_err *err)
{
	const struct pl_str *line = pl_cmd_user(&x->a, x->name);
	if (!line)
		return 1;
	bool is_system = pl_adduser_is_system(x, *line, false);
	bool other = x->uid >= 0 && pl_cmd_number(*line, 2) != x->uid;
	if (!is_system)
		return pl_adduser_die(x, 1, PL_ADDUSER_PROPERTIES, err,
				      other && !x->recent
					      ? "The user `%s' already exists, and is not a system "
						"user."
					      : "The user `%s' already exists, but is not a system "
						"user. Exiting.",
				      x->name);
	if (other)
		return pl_adduser_die(x, 1, PL_ADDUSER_PROPERTIES, err,
				      "The user `%s' already exists with a different UID. Exiting.",
				      x->name);
	return pl_adduser_info(x, err, "The system user `%s' already exists. Exiting.", x->name);
}

/* The user's number and its group's; *ret_group is the group that it gets. 1; 0: said. */
static int choose_system(struct pl_cmd_adduser *x, const char **ret_group, struct pl_err *err)
{
	const struct pl_str *group = x->makes_group ? pl_cmd_group(&x->a, x->name)
				     : x->ingroup
					     ? pl_cmd_group(&x->a, x->ingroup)
					     : pl_cmd_by_number(&x->a.f.group, (uint32_t)x->gid);
	bool made = x->makes_group && !group;
	int rc = 1;
	*ret_group = x->makes_group ? x->name
				    : pl_arena_cstr(&x->a.f.arena, pl_account_field(*group, 0));
	if (x->uid >= 0)
		rc = take_uid(x, err);
	else
		rc = pl_adduser_number(
			x, false, false, choose(x, x->first_uid, "first_system_uid", 100),
			choose(x, x->last_uid, "last_system_uid", 999), &x->new_uid, err);
	if (rc == 0 && x->uid < 0)
		return pl_adduser_die(x, 1, PL_ADDUSER_NO_ID, err, "The user `%s' was not created.",
				      x->name);
	if (rc <= 0)
		return rc;
	if (!x->makes_group) {
		x->new_gid = pl_cmd_number(*group, 2);
		return 1;
	}
	if (x->uid >= 0) {
		if (made && pl_cmd_by_number(&x->a.f.group, x->new_uid))
			return pl_adduser_die(x, 1, PL_ADDUSER_ID_USED, err,
					      "The GID %u is already in use.", x->new_uid);
		x->new_gid = x->new_uid;
		rc = made ? take_gid(x, x->new_uid, true, err) : 0;
		return rc < 0 ? rc : 1;
	}
	uint32_t first = choose(x, x->first_gid, "first_system_gid", 100);
	uint32_t last = choose(x, x->last_gid, "last_system_gid", 999);
	if (made)
		return pl_adduser_number(x, true, false, first, last, &x->new_gid, err);
	/* A group that is there already is the user's; but the home gets the next free number, as
	 * the program has it. */
	for (x->new_gid = first; pl_cmd_by_number(&x->a.f.group, x->new_gid);)
		x->new_gid++;
	return 1;
}

int pl_adduser_system(struct pl_cmd_adduser *x, struct pl_err *err)
{
	const char *group;
	const struct pl_str *nogroup = pl_cmd_group(&x->a, "nogroup");
	int rc = x->recent ? 0 : warn_of_home(x, err);
	if (rc >= 0)
		rc = check_existing(x, err);
	if (rc <= 0)
		return rc;
	x->makes_group = x->group;
	if (!x->ingroup && x->gid < 0 && !x->makes_group)
		x->gid = nogroup ? pl_cmd_number(*nogroup, 2) : 65534;
	rc = check_group(x, err);
	if (rc > 0)
		rc = choose_system(x, &group, err);
	if (rc <= 0)
		return rc;
	rc = pl_adduser_info(x, err, "Adding system user `%s' (UID %u) ...", x->name, x->new_uid);
	if (rc >= 0 && x->makes_group && !pl_cmd_group(&x->a, x->name)) {
		pl_cmd_group_add(&x->a, x->name, x->new_gid, NULL);
		rc = pl_adduser_info(x, err, "Adding new group `%s' (GID %u) ...", x->name,
				     x->new_gid);
	}
	if (rc >= 0)
		rc = pl_adduser_info(x, err, "Adding new user `%s' (UID %u) with group `%s' ...",
				     x->name, x->new_uid, group);
	if (rc < 0)
		return rc;
	const char *home = x->home && *x->home ? x->home : "/nonexistent";
	add_user(x, home, x->shell && *x->shell ? x->shell : "/usr/sbin/nologin",
		 pl_cmd_number(*pl_cmd_group(&x->a, group), 2));
	rc = warn_of_number(x, err);
	if (rc >= 0)
		rc = set_comment(x, err);
	return rc < 0 ? rc : make_home(x, home, err);
}

/* -- adduser -- */

static int add_to_groups(struct pl_cmd_adduser *x, struct pl_err *err)
{
	const struct pl_map *m = &x->conf;
	bool more = x->extra_groups || pl_cmd_setting_number(m, "add_extra_groups", 0);
	PL_AUTO(buf) list = {.max = 1 << 12};
	pl_buf_adds(&list, pl_cmd_setting(m, "users_group", "users"));
	if (more)
		pl_buf_addf(&list, " %s", pl_cmd_setting(m, "extra_groups", "users"));
	PL_AUTOFREE char *names = pl_str_dup(pl_buf_str(&list));
	for (size_t i = 0; names[i]; i++)
		if (names[i] == '\t')
			names[i] = ' ';
	PL_AUTO(buf) shown = {0};
	for (const char *c = names; *c; c++)
		pl_buf_adds(&shown, *c == ' ' ? ", " : (char[2]){*c, 0});
	int rc = pl_adduser_info(x, err,
				 "Adding new user `%s' to supplemental / extra groups `%s' ...",
				 x->name, shown.p);
	struct pl_str rest = pl_str_of(names);
	while (rest.p && rc >= 0) {
		const char *name = pl_arena_cstr(&x->a.f.arena, pl_str_cut(&rest, ' '));
		const struct pl_str *line = pl_cmd_group(&x->a, name);
		if (!line) {
			rc = pl_adduser_warn(x, "warn", err, "The group `%s' does not exist.",
					     name);
		} else if (pl_account_in_list(pl_account_field(*line, 3), pl_str_of(x->name))) {
			rc = pl_adduser_warn(x, "warn", err,
					     "The user `%s' is already a member of `%s'.", x->name,
					     name);
		} else {
			rc = pl_adduser_info(x, err, "Adding user `%s' to group `%s' ...", x->name,
					     name);
			pl_cmd_member_add(&x->a, name, x->name);
		}
	}
	return rc;
}

/* Number and group of a person's account. 1; 0: said. */
static int choose_person(struct pl_cmd_adduser *x, struct pl_err *err)
{
	uint32_t first = choose(x, x->first_uid, "first_uid", 1000);
	uint32_t last = choose(x, x->last_uid, "last_uid", 59999);
	int rc = x->uid >= 0
			 ? take_uid(x, err)
			 : pl_adduser_number(x, false, !x->ingroup, first, last, &x->new_uid, err);
	if (rc == 0 && x->uid < 0)
		return pl_adduser_die(x, 1, PL_ADDUSER_NO_ID, err, "The user `%s' was not created.",
				      x->name);
	if (rc <= 0)
		return rc;
	if (!x->makes_group) {
		x->new_gid = x->gid >= 0 ? (uint32_t)x->gid
					 : pl_cmd_number(*pl_cmd_group(&x->a, x->ingroup), 2);
		return 1;
	}
	if (pl_cmd_by_number(&x->a.f.group, x->new_uid))
		return pl_adduser_die(x, 1, PL_ADDUSER_ID_USED, err,
				      "The GID %u is already in use.", x->new_uid);
	rc = take_gid(x, x->new_uid, x->uid >= 0, err);
	return rc < 0 ? rc : 1;
}

static int create_person(struct pl_cmd_adduser *x, struct pl_err *err)
{
	const struct pl_map *m = &x->conf;
	int rc = 0;
	if (x->makes_group) {
		pl_cmd_group_add(&x->a, x->name, x->new_gid, NULL);
		rc = pl_adduser_info(x, err, "Adding new group `%s' (%u) ...", x->name, x->new_gid);
	}
	if (rc >= 0 && x->recent)
		rc = warn_of_home(x, err);
	struct pl_str group = pl_account_field(*pl_cmd_by_number(&x->a.f.group, x->new_gid), 0);
	if (rc >= 0)
		rc = pl_adduser_info(
			x, err, "Adding new user `%s' (%u) with group `" PL_STR_FMT " (%u)' ...",
			x->name, x->new_uid, PL_STR_ARG(group), x->new_gid);
	if (rc < 0)
		return rc;
	const char *home = x->home;
	if (!home)
		home = pl_arena_printf(&x->a.f.arena, "%s/%s", pl_cmd_setting(m, "dhome", "/home"),
				       x->name);
	const char *shell = x->shell      ? x->shell
			    : x->no_login ? "/usr/sbin/nologin"
					  : pl_cmd_setting(m, "dshell", "/bin/bash");
	add_user(x, home, shell, x->new_gid);
	pl_cmd_subordinates_add(&x->a, x->name, x->new_uid);
	rc = make_home(x, home, err);
	if (rc >= 0)
		rc = set_comment(x, err);
	return rc < 0 ? rc : add_to_groups(x, err);
}

int pl_adduser_person(struct pl_cmd_adduser *x, struct pl_err *err)
{
	struct pl_shell_call *call = x->a.call;
	if (!x->no_password && !x->no_login)
		return pl_shell_unknown(call, err,
					"a user without --disabled-password, for whom a "
					"password is asked,");
	if (!x->comment)
		return pl_shell_unknown(call, err,
					"a user without --comment (--gecos), which is asked,");
	if (strcmp(pl_cmd_setting(&x->conf, "usergroups", "yes"), "yes") != 0 ||
	    pl_map_has(&x->conf, PL_STR("users_gid")))
		return pl_shell_unknown(call, err, "USERGROUPS or USERS_GID of adduser.conf");
	int rc = x->recent ? 0 : warn_of_home(x, err);
	if (rc < 0)
		return rc;
	if (pl_cmd_user(&x->a, x->name))
		return pl_adduser_die(x, 1, PL_ADDUSER_EXISTS, err, "The user `%s' already exists.",
				      x->name);
	x->makes_group = !x->ingroup && x->gid < 0;
	if (x->makes_group && pl_cmd_group(&x->a, x->name))
		return pl_adduser_die(x, 1, PL_ADDUSER_EXISTS, err,
				      "The group `%s' already exists.", x->name);
	rc = check_group(x, err);
	if (rc <= 0)
		return rc;
	rc = pl_adduser_info(x, err, "Adding user `%s' ...", x->name);
	if (rc >= 0)
		rc = choose_person(x, err);
	return rc <= 0 ? rc : create_person(x, err);
}
