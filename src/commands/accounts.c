// SPDX-License-Identifier: Apache-2.0
/* The files of accounts as shadow's tools change them (lib/commonio.c: lines stay where they are,
 * new ones come last). The real tools leave the former file beside the new one, with a "-" behind
 * its name, /etc/.pwd.lock, and lastlog and faillog grown by zeros: an image has no use for them.
 */
#include "commands/accounts_int.h"

#include "base/num.h"

/* What Debian's login.defs says otherwise than shadow without one. */
static void presume_login_defs(struct pl_map *m)
{
	static const char *const usual[][2] = {{"USERGROUPS_ENAB", "yes"},
					       {"PASS_MIN_DAYS", "0"},
					       {"PASS_MAX_DAYS", "99999"},
					       {"PASS_WARN_AGE", "7"}};
	for (size_t i = 0; i < PL_COUNT(usual); i++)
		pl_map_put(m, pl_str_of(usual[i][0]), (char *)(uintptr_t)usual[i][1]);
}

int pl_cmd_accounts_open(struct pl_cmd_accounts *a, struct pl_shell_call *call, struct pl_err *err)
{
	a->call = call;
	if (!pl_tree_resolve(call->world->tree, PL_STR("etc/login.defs"), true))
		presume_login_defs(&a->login_defs);
	int rc = pl_account_files_load(&a->f, call->world->tree, pl_cmd_in(call), err);
	return rc < 0 ? rc
		      : pl_cmd_settings_read(a, "etc/login.defs", 0, false, &a->login_defs, err);
}

int pl_cmd_accounts_close(struct pl_cmd_accounts *a, int rc, struct pl_err *err)
{
	if (rc >= 0)
		rc = pl_account_files_save(&a->f, err);
	pl_map_done(&a->login_defs);
	pl_account_files_done(&a->f);
	return rc < 0 ? rc : 0;
}

int pl_cmd_say(struct pl_shell_call *call, struct pl_err *err, const char *fmt, ...)
{
	PL_AUTO(buf) text = {.max = 1 << 16};
	va_list ap;
	va_start(ap, fmt);
	pl_buf_vaddf(&text, fmt, ap);
	va_end(ap);
	pl_buf_addc(&text, '\n');
	return pl_shell_write(call->shell, 1, pl_buf_str(&text), err);
}

/* -- lines -- */

uint32_t pl_cmd_number(struct pl_str line, unsigned k)
{
	uint64_t v = UINT32_MAX;
	(void)!pl_parse_u64(pl_account_field(line, k), UINT32_MAX - 1, &v);
	return (uint32_t)v;
}

struct pl_str *pl_cmd_by_number(const struct pl_account_file *t, uint32_t number)
{
	for (size_t i = 0; i < t->n; i++)
		if (pl_cmd_number(t->v[i], 2) == number)
			return &t->v[i];
	return NULL;
}

struct pl_str *pl_cmd_group_any(const struct pl_cmd_accounts *a, const char *name)
{
	uint64_t gid;
	struct pl_str *line = pl_cmd_group(a, name);
	if (!line && pl_parse_u64(pl_str_of(name), UINT32_MAX - 1, &gid))
		line = pl_cmd_by_number(&a->f.group, (uint32_t)gid);
	return line;
}

static const char *copy(struct pl_cmd_accounts *a, struct pl_str s)
{
	return pl_arena_cstr(&a->f.arena, s);
}

static void remove_line(struct pl_account_file *t, const char *name)
{
	struct pl_str *line = pl_account_find(t, 0, pl_str_of(name));
	if (line)
		pl_account_remove(t, line);
}

void pl_cmd_account_set(struct pl_cmd_accounts *a, struct pl_account_file *t, const char *name,
			unsigned k, const char *text)
{
	struct pl_str *line = pl_account_find(t, 0, pl_str_of(name));
	if (!line || pl_str_is(pl_account_field(*line, k), text))
		return;
	*line = pl_account_with(&a->f, *line, k, pl_str_of(text));
	t->changed = true;
}

void pl_cmd_account_rename(struct pl_cmd_accounts *a, struct pl_account_file *t, const char *name,
			   const char *to)
{
	struct pl_str *line = pl_account_find(t, 0, pl_str_of(name));
	if (!line)
		return;
	struct pl_str renamed = pl_account_with(&a->f, *line, 0, pl_str_of(to));
	pl_account_remove(t, line);
	pl_account_add(t, renamed.p);
}

bool pl_cmd_account_name(const char *name)
{
	/* Debian's patch 506_relaxed_usernames; bytes over 127 are no longer allowed since 4.14. */
	for (const char *c = name; *c; c++)
		if ((unsigned char)*c > 127)
			return false;
	return *name && !strchr("-+~", *name) && !strpbrk(name, ":,/ \t\n\r\v\f") &&
	       strlen(name) <= 32;
}

void pl_cmd_user_add(struct pl_cmd_accounts *a, const struct pl_cmd_new_user *u)
{
	struct pl_arena *m = &a->f.arena;
	bool hidden = a->f.shadow.is_there;
	pl_account_add(&a->f.passwd, pl_arena_printf(m, "%s:%s:%u:%u:%s:%s:%s", u->name,
						     hidden ? "x" : u->password, u->uid, u->gid,
						     u->gecos, u->home, u->shell));
	if (!hidden)
		return;
	const char *ages = "::";
	if (!u->system)
		ages = pl_arena_printf(m, "%s:%s:%s",
				       pl_cmd_setting(&a->login_defs, "PASS_MIN_DAYS", ""),
				       pl_cmd_setting(&a->login_defs, "PASS_MAX_DAYS", ""),
				       pl_cmd_setting(&a->login_defs, "PASS_WARN_AGE", ""));
	pl_account_add(&a->f.shadow, pl_arena_printf(m, "%s:%s:%s:%s:%s:%s:", u->name, u->password,
						     a->f.day, ages, u->inactive ? u->inactive : "",
						     u->expire ? u->expire : ""));
}

void pl_cmd_group_add(struct pl_cmd_accounts *a, const char *name, uint32_t gid,
		      const char *password)
{
	bool hidden = a->f.gshadow.is_there;
	if (!password)
		password = hidden ? "!" : "x";
	pl_account_add(&a->f.group, pl_arena_printf(&a->f.arena, "%s:%s:%u:", name,
						    hidden ? "x" : password, gid));
	if (hidden)
		pl_account_add(&a->f.gshadow,
			       pl_arena_printf(&a->f.arena, "%s:%s::", name, password));
}

void pl_cmd_member_add(struct pl_cmd_accounts *a, const char *group, const char *user)
{
	pl_account_add_member(&a->f, &a->f.group, 3, group, user);
	pl_account_add_member(&a->f, &a->f.gshadow, 3, group, user);
}

void pl_cmd_members_set(struct pl_cmd_accounts *a, const char *group, const char *whole)
{
	pl_cmd_account_set(a, &a->f.group, group, 3, whole);
	pl_cmd_account_set(a, &a->f.gshadow, group, 3, whole);
}

void pl_cmd_member_remove(struct pl_cmd_accounts *a, struct pl_account_file *t, struct pl_str *line,
			  unsigned k, const char *user)
{
	struct pl_str rest = pl_account_field(*line, k);
	PL_AUTO(buf) left = {0};
	if (!pl_account_in_list(rest, pl_str_of(user)))
		return;
	while (rest.p && rest.n) {
		struct pl_str one = pl_str_cut(&rest, ',');
		if (pl_str_is(one, user))
			continue;
		if (left.n)
			pl_buf_addc(&left, ',');
		pl_buf_addstr(&left, one);
	}
	*line = pl_account_with(&a->f, *line, k, pl_buf_str(&left));
	t->changed = true;
}

void pl_cmd_group_remove(struct pl_cmd_accounts *a, const char *name)
{
	remove_line(&a->f.group, name);
	remove_line(&a->f.gshadow, name);
}

struct pl_str *pl_cmd_primary_of(const struct pl_cmd_accounts *a, uint32_t gid)
{
	for (size_t i = 0; i < a->f.passwd.n; i++)
		if (pl_cmd_number(a->f.passwd.v[i], 3) == gid)
			return &a->f.passwd.v[i];
	return NULL;
}

/* The group that has the user's name goes with it, where USERGROUPS_ENAB is yes and it is nobody
 * else's. */
static int remove_own_group(struct pl_cmd_accounts *a, const char *name, uint32_t gid,
			    struct pl_err *err)
{
	const struct pl_str *line = pl_cmd_group(a, name);
	if (!line || strcmp(pl_cmd_setting(&a->login_defs, "USERGROUPS_ENAB", "no"), "yes") != 0)
		return 0;
	if (pl_cmd_number(*line, 2) != gid)
		return pl_shell_complain(
			a->call, a->call->status, err,
			"group %s not removed because it is not the primary group of user %s.",
			name, name);
	if (pl_account_field(*line, 3).n)
		return pl_shell_complain(a->call, a->call->status, err,
					 "group %s not removed because it has other members.",
					 name);
	const struct pl_str *other = pl_cmd_primary_of(a, gid);
	if (other)
		return pl_shell_complain(
			a->call, a->call->status, err,
			"group %s is the primary group of another user and is not removed.", name);
	pl_cmd_group_remove(a, name);
	return 0;
}

int pl_cmd_user_remove(struct pl_cmd_accounts *a, const char *name, struct pl_err *err)
{
	uint32_t gid = pl_cmd_number(*pl_cmd_user(a, name), 3);
	const char *kept = copy(a, pl_str_of(name)); /* name may be of a line that goes */
	remove_line(&a->f.passwd, kept);
	remove_line(&a->f.shadow, kept);
	remove_line(&a->f.subuid, kept);
	remove_line(&a->f.subgid, kept);
	for (size_t i = 0; i < a->f.group.n; i++)
		pl_cmd_member_remove(a, &a->f.group, &a->f.group.v[i], 3, kept);
	for (size_t i = 0; i < a->f.gshadow.n; i++) {
		pl_cmd_member_remove(a, &a->f.gshadow, &a->f.gshadow.v[i], 2, kept);
		pl_cmd_member_remove(a, &a->f.gshadow, &a->f.gshadow.v[i], 3, kept);
	}
	return remove_own_group(a, kept, gid, err);
}

/* -- settings -- */

static struct pl_str unquoted(struct pl_str s)
{
	if (s.n > 1 && (s.p[0] == '"' || s.p[0] == '\'') && s.p[s.n - 1] == s.p[0])
		return pl_str_sub(s, 1, s.n - 2);
	return s;
}

int pl_cmd_settings_read(struct pl_cmd_accounts *a, const char *path, char separator, bool lower,
			 struct pl_map *ret, struct pl_err *err)
{
	struct pl_account_file file = {.path = path};
	int rc = pl_account_file_read(&a->f, &file, path, err);
	for (size_t i = 0; rc >= 0 && i < file.n; i++) {
		struct pl_str line = pl_str_trim(file.v[i]);
		size_t at = 0;
		while (at < line.n && (separator ? line.p[at] != separator
						 : line.p[at] != ' ' && line.p[at] != '\t'))
			at++;
		if (!line.n || line.p[0] == '#' || (separator && at == line.n))
			continue;
		char *name = pl_arena_cstr(&a->f.arena, pl_str_trim(pl_str_sub(line, 0, at)));
		for (char *c = name; lower && *c; c++)
			if (*c >= 'A' && *c <= 'Z')
				*c = (char)(*c + 'a' - 'A');
		struct pl_str value = pl_str_trim(pl_str_sub(line, at + (separator != 0), line.n));
		if (lower)
			value = unquoted(value);
		pl_map_put(ret, pl_str_of(name), pl_arena_cstr(&a->f.arena, value));
	}
	pl_vec_free(&file);
	return rc;
}

const char *pl_cmd_setting(const struct pl_map *m, const char *name, const char *usual)
{
	const char *value = pl_map_get(m, pl_str_of(name));
	return value ? value : usual;
}

uint32_t pl_cmd_setting_number(const struct pl_map *m, const char *name, uint32_t usual)
{
	struct pl_str text = pl_str_of(pl_cmd_setting(m, name, ""));
	uint64_t v;
	if (text.n > 1 && text.p[0] == '0' ? pl_parse_octal(text, UINT32_MAX - 1, &v)
					   : pl_parse_u64(text, UINT32_MAX - 1, &v))
		return (uint32_t)v;
	return usual;
}

int pl_cmd_setting_key(struct pl_cmd_accounts *a, const char *text, struct pl_err *err)
{
	struct pl_str value = pl_arena_str(&a->f.arena, pl_str_of(text));
	struct pl_str name = pl_str_cut(&value, '=');
	if (!value.p) {
		int rc = pl_shell_complain(a->call, 3, err, "-K requires KEY=VALUE");
		return rc < 0 ? rc : 0;
	}
	pl_map_put(&a->login_defs, name, pl_arena_cstr(&a->f.arena, value));
	return 1;
}
