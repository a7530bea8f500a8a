// SPDX-License-Identifier: Apache-2.0
/* id, groups, whoami, logname: of the tree's accounts; the caller is root. */
#include "commands/commands_int.h"

#include "base/num.h"

struct group {
	uint32_t id;
	struct pl_str name;
};
struct ids {
	struct pl_buf passwd, group;
	uint32_t uid, gid;
	struct pl_str name;
	PL_VEC(struct group) groups; /* the login group first */
};

static void ids_done(struct ids *s)
{
	pl_buf_done(&s->passwd);
	pl_buf_done(&s->group);
	pl_vec_free(&s->groups);
}

static int read_file(struct pl_shell_call *call, const char *path, struct pl_buf *ret,
		     struct pl_err *err)
{
	const struct pl_node *n = pl_cmd_node(call, path, true);
	ret->max = 1 << 20;
	int rc = n && pl_node_file(n)->type == PL_TAR_FILE
			 ? pl_shell_file_read(call->shell, n, ret, err)
			 : 0;
	return rc < 0 ? rc : pl_buf_check(ret, path, err);
}

static bool number(struct pl_str s, uint32_t *ret)
{
	uint64_t v;
	if (!pl_parse_u64(s, UINT32_MAX, &v))
		return false;
	*ret = (uint32_t)v;
	return true;
}

/* The account of that name or number; root is there without a passwd. */
static bool find_user(struct ids *s, struct pl_str name)
{
	struct pl_str rest = pl_buf_str(&s->passwd);
	uint32_t wanted = 0;
	bool by_number = number(name, &wanted), found = false;
	while (rest.n && !found) {
		struct pl_str line = pl_str_cut(&rest, '\n'), field[4];
		uint32_t uid, gid;
		for (int i = 0; i < 4; i++)
			field[i] = pl_str_cut(&line, ':');
		if (!number(field[2], &uid) || !number(field[3], &gid))
			continue;
		found = pl_str_eq(field[0], name) || (by_number && uid == wanted);
		if (found) {
			s->uid = uid;
			s->gid = gid;
			s->name = field[0];
		}
	}
	if (!found && pl_str_is(name, "root")) {
		s->name = name;
		return true;
	}
	return found;
}

static bool is_member(struct pl_str members, struct pl_str name)
{
	while (members.n)
		if (pl_str_eq(pl_str_cut(&members, ','), name))
			return true;
	return false;
}

static void find_groups(struct ids *s)
{
	struct pl_str rest = pl_buf_str(&s->group);
	*pl_vec_push(&s->groups) = (struct group){s->gid, {NULL, 0}};
	while (rest.n) {
		struct pl_str line = pl_str_cut(&rest, '\n');
		struct pl_str name = pl_str_cut(&line, ':');
		pl_str_cut(&line, ':');
		uint32_t id;
		if (!number(pl_str_cut(&line, ':'), &id))
			continue;
		if (id == s->gid)
			s->groups.v[0].name = s->groups.v[0].name.p ? s->groups.v[0].name : name;
		else if (is_member(line, s->name))
			*pl_vec_push(&s->groups) = (struct group){id, name};
	}
	if (!s->groups.v[0].name.p && s->gid == 0)
		s->groups.v[0].name = PL_STR("root");
}

static int load(struct pl_shell_call *call, struct ids *s, const char *user, struct pl_err *err)
{
	int rc = read_file(call, "/etc/passwd", &s->passwd, err);
	if (rc == 0)
		rc = read_file(call, "/etc/group", &s->group, err);
	if (rc < 0)
		return rc;
	if (!find_user(s, pl_str_of(user)))
		return pl_shell_complain(call, 1, err, "'%s': no such user", user);
	find_groups(s);
	return 1;
}

static void put_group(struct pl_buf *out, const struct group *g, bool name)
{
	if (name && g->name.p)
		pl_buf_addstr(out, g->name);
	else
		pl_buf_addf(out, "%u", g->id);
}

static void put_long(struct pl_buf *out, const struct ids *s)
{
	pl_buf_addf(out, "uid=%u(" PL_STR_FMT ") gid=%u", s->uid, PL_STR_ARG(s->name), s->gid);
	for (size_t i = 0; i <= s->groups.n; i++) {
		const struct group *g = &s->groups.v[i ? i - 1 : 0];
		if (i)
			pl_buf_addf(out, "%s%u", i > 1 ? "," : " groups=", g->id);
		if (g->name.p)
			pl_buf_addf(out, "(" PL_STR_FMT ")", PL_STR_ARG(g->name));
	}
}

int pl_cmd_id(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'u', "user", 0},   {'g', "group", 0},
						       {'G', "groups", 0}, {'n', "name", 0},
						       {'r', "real", 0},   {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	struct ids s = {0};
	PL_AUTO(buf) out = {0};
	int rc, what = 0;
	bool name = false, several = false;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		if (a.letter == 'n')
			name = true;
		else if (a.letter != 'r') {
			several = several || what;
			what = a.letter;
		}
	}
	if (rc == 0 && (several || a.n > 1 || (name && !what)))
		rc = pl_shell_unknown(call, err, "such a question");
	if (rc == 0)
		rc = load(call, &s, a.n ? a.operands[0] : "root", err);
	if (rc > 0) {
		if (what == 'u' && name)
			pl_buf_addstr(&out, s.name);
		else if (what == 'u')
			pl_buf_addf(&out, "%u", s.uid);
		else if (!what)
			put_long(&out, &s);
		for (size_t i = 0; i < s.groups.n && (what == 'G' || (what == 'g' && !i)); i++) {
			if (i)
				pl_buf_addc(&out, ' ');
			put_group(&out, &s.groups.v[i], name);
		}
		pl_buf_addc(&out, '\n');
		rc = pl_cmd_write(call, &out, err);
	}
	ids_done(&s);
	pl_cmd_args_done(&a);
	return rc;
}

int pl_cmd_groups(struct pl_shell_call *call, struct pl_err *err)
{
	struct pl_cmd_args a = {.call = call};
	PL_AUTO(buf) out = {0};
	int rc = pl_cmd_no_option(&a, err);
	for (int i = 0; rc == 0 && i < (a.n ? a.n : 1); i++) {
		struct ids s = {0};
		rc = load(call, &s, a.n ? a.operands[i] : "root", err);
		if (rc > 0 && a.n)
			pl_buf_addf(&out, "%s : ", a.operands[i]);
		for (size_t k = 0; k < s.groups.n && rc > 0; k++) {
			if (k)
				pl_buf_addc(&out, ' ');
			put_group(&out, &s.groups.v[k], true);
		}
		if (rc > 0)
			pl_buf_addc(&out, '\n');
		rc = rc > 0 ? 0 : rc;
		ids_done(&s);
	}
	pl_cmd_args_done(&a);
	return rc < 0 ? rc : pl_cmd_write(call, &out, err);
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
