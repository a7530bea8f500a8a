// SPDX-License-Identifier: Apache-2.0
/* id and groups: who somebody is. The script itself is root, and nothing more. */
#include "commands/accounts_int.h"

#include "base/num.h"

struct who_is {
	const char *name; /* as it was asked for */
	uint32_t uid, gid;
	uint32_t *groups; /* gid first */
	size_t n, cap;
};

static void add_group(struct who_is *who, uint32_t gid)
{
	for (size_t i = 0; i < who->n; i++)
		if (who->groups[i] == gid)
			return;
	who->groups = pl_vec_grow_impl(who->groups, who->n, &who->cap, sizeof(*who->groups));
	who->groups[who->n++] = gid;
}

/* A user by name, else by number; NULL: the script's. */
static bool find_identity(struct pl_cmd_accounts *a, const char *user, struct who_is *who)
{
	uint64_t uid;
	const struct pl_str *line = user ? pl_cmd_user(a, user) : NULL;
	if (user && !line && pl_parse_u64(pl_str_of(user), UINT32_MAX - 1, &uid))
		line = pl_cmd_by_number(&a->f.passwd, (uint32_t)uid);
	if (user && !line)
		return false;
	who->name = user;
	who->uid = line ? pl_cmd_number(*line, 2) : 0;
	who->gid = line ? pl_cmd_number(*line, 3) : 0;
	add_group(who, who->gid);
	for (size_t i = 0; line && i < a->f.group.n; i++)
		if (pl_account_in_list(pl_account_field(a->f.group.v[i], 3),
				       pl_account_field(*line, 0)))
			add_group(who, pl_cmd_number(a->f.group.v[i], 2));
	return true;
}

/* A number as a name where it has one; else as a number, which id -n reports as a fault. */
static void add_name(struct pl_buf *b, const struct pl_account_file *t, uint32_t id, bool *ret_none)
{
	const struct pl_str *line = pl_cmd_by_number(t, id);
	if (line)
		pl_buf_addstr(b, pl_account_field(*line, 0));
	else
		pl_buf_addf(b, "%u", id);
	*ret_none = *ret_none || !line;
}

static void add_both(struct pl_buf *b, const struct pl_account_file *t, uint32_t id)
{
	const struct pl_str *line = pl_cmd_by_number(t, id);
	pl_buf_addf(b, "%u", id);
	if (line)
		pl_buf_addf(b, "(" PL_STR_FMT ")", PL_STR_ARG(pl_account_field(*line, 0)));
}

static void add_all(const struct pl_cmd_accounts *a, const struct who_is *who, struct pl_buf *b)
{
	pl_buf_adds(b, "uid=");
	add_both(b, &a->f.passwd, who->uid);
	pl_buf_adds(b, " gid=");
	add_both(b, &a->f.group, who->gid);
	for (size_t i = 0; i < who->n; i++) {
		pl_buf_adds(b, i ? "," : " groups=");
		add_both(b, &a->f.group, who->groups[i]);
	}
}

static void add_part(const struct pl_cmd_accounts *a, const struct who_is *who, int what,
		     bool names, struct pl_buf *b, bool *ret_none)
{
	size_t n = what == 'G' ? who->n : 1;
	for (size_t i = 0; i < n; i++) {
		uint32_t id = what == 'u' ? who->uid : who->groups[i];
		if (i)
			pl_buf_addc(b, ' ');
		if (names)
			add_name(b, what == 'u' ? &a->f.passwd : &a->f.group, id, ret_none);
		else
			pl_buf_addf(b, "%u", id);
	}
}

static int no_user(struct pl_shell_call *call, const char *user, struct pl_err *err)
{
	return pl_shell_complain(call, 1, err, "'%s': no such user", user);
}

/* what: u, g, G, or 0 for all. */
static int print(struct pl_cmd_accounts *a, const char *user, int what, bool names,
		 struct pl_err *err)
{
	struct who_is who = {0};
	PL_AUTO(buf) line = {.max = 1 << 16};
	bool none = false;
	int rc = 0;
	if (!find_identity(a, user, &who))
		return no_user(a->call, user, err);
	if (what)
		add_part(a, &who, what, names, &line, &none);
	else
		add_all(a, &who, &line);
	free(who.groups);
	pl_buf_addc(&line, '\n');
	if (none)
		rc = pl_shell_complain(a->call, 1, err, "cannot find name for an ID");
	return rc < 0 ? rc : pl_shell_write(a->call->shell, 1, pl_buf_str(&line), err);
}

int pl_cmd_id(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'u', "user", 0},   {'g', "group", 0},
						       {'G', "groups", 0}, {'n', "name", 0},
						       {'r', "real", 0},   {0, NULL, 0}};
	struct pl_cmd_args args = {.call = call, .options = options};
	struct pl_cmd_accounts a = {0};
	bool names = false, real = false;
	int rc = pl_cmd_accounts_open(&a, call, err), what = 0;
	while (rc >= 0 && (rc = pl_cmd_next(&args, err)) > 0) {
		names = names || args.letter == 'n';
		real = real || args.letter == 'r';
		if (strchr("ugG", args.letter))
			what = what && what != args.letter ? 'x' : args.letter;
	}
	if (rc == 0 && what == 'x')
		rc = pl_shell_complain(call, 1, err,
				       "cannot print \"only\" of more than one choice");
	else if (rc == 0 && !what && (names || real))
		rc = pl_shell_complain(call, 1, err,
				       "cannot print only names or real IDs in default format");
	else if (rc == 0 && args.n > 1)
		rc = pl_shell_unknown(call, err, "more than one user");
	else if (rc == 0)
		rc = print(&a, args.n ? args.operands[0] : NULL, what, names, err);
	pl_cmd_args_done(&args);
	return pl_cmd_accounts_close(&a, rc, err);
}

int pl_cmd_groups(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{0, NULL, 0}};
	struct pl_cmd_args args = {.call = call, .options = options};
	struct pl_cmd_accounts a = {0};
	int rc = pl_cmd_accounts_open(&a, call, err);
	if (rc >= 0)
		rc = pl_cmd_next(&args, err);
	if (rc == 0 && !args.n)
		rc = print(&a, NULL, 'G', true, err);
	for (int i = 0; i < args.n && rc >= 0; i++) {
		const char *user = args.operands[i];
		PL_AUTOFREE char *head = pl_xprintf("%s : ", user);
		if (!pl_cmd_user(&a, user)) {
			rc = no_user(call, user, err);
			continue;
		}
		rc = pl_shell_write(call->shell, 1, pl_str_of(head), err);
		if (rc >= 0)
			rc = print(&a, user, 'G', true, err);
	}
	pl_cmd_args_done(&args);
	return pl_cmd_accounts_close(&a, rc, err);
}

int pl_cmd_whoami(struct pl_shell_call *call, struct pl_err *err)
{
	if (call->argc > 1)
		return pl_shell_unknown(call, err, call->argv[1]);
	return pl_shell_write(call->shell, 1, PL_STR("root\n"), err);
}

/* Nobody has logged in. */
int pl_cmd_logname(struct pl_shell_call *call, struct pl_err *err)
{
	return pl_shell_complain(call, 1, err, "no login name");
}
