// SPDX-License-Identifier: Apache-2.0
/* accounts: the users and groups that an image gets beside those of its packages. */
#include "base/num.h"
#include "fleet/fleet_int.h"

const char *const pl_keys_account[] = {"user",  "uid",    "group",   "gid", "home",
				       "shell", "groups", "comment", NULL};

static void read_name(struct pl_yr *yr, const char *key, const char **ret)
{
	const struct pl_yaml *v = pl_yr_text(yr, key, ret);
	if (v && !pl_account_name_ok(pl_str_of(*ret)))
		yr->rc = pl_yaml_fail(v, yr->err,
				      "%s '%s' must be a name as useradd(8) takes it: letters, "
				      "digits, '_', '-' and '.', no digit first, at most 32",
				      key, PL_SHOWN(pl_str_of(*ret)));
}

/* -1 when it is not there. */
static void read_id(struct pl_yr *yr, const char *key, int64_t *ret)
{
	const char *text = NULL;
	uint64_t id;
	const struct pl_yaml *v = pl_yr_text(yr, key, &text);
	*ret = -1;
	if (!v)
		return;
	/* Both are what programs take for "no id" (Debian Policy 9.2.2). */
	if (!pl_parse_u64(pl_str_of(text), UINT32_MAX - 1, &id) || id == 65535)
		yr->rc = pl_yaml_fail(v, yr->err,
				      "%s '%s' must be a number from 0 to 4294967294, and not "
				      "65535",
				      key, PL_SHOWN(pl_str_of(text)));
	else
		*ret = (int64_t)id;
}

/* A text of a line in /etc/passwd. */
static void read_field(struct pl_yr *yr, const char *key, bool is_path, const char **ret)
{
	const struct pl_yaml *v = pl_yr_text(yr, key, ret);
	if (!v)
		return;
	struct pl_str s = pl_str_of(*ret);
	if (s.n > 1024 || pl_str_find(s, ':') != SIZE_MAX ||
	    !(is_path ? pl_image_path_ok(s) : pl_printable_ok(s)))
		yr->rc = pl_yaml_fail(v, yr->err, "%s '%s' must be %s without ':'", key,
				      PL_SHOWN(s), is_path ? "an absolute path" : "one line");
}

static void read_groups(struct pl_yr *yr, const char ***ret)
{
	size_t n = 0;
	const struct pl_yaml *v = pl_yr_texts(yr, "groups", ret, &n);
	for (size_t i = 0; v && i < n; i++)
		if (!pl_account_name_ok(pl_str_of((*ret)[i]))) {
			yr->rc = pl_yaml_fail(v->item[i], yr->err, "'%s' is not a group's name",
					      PL_SHOWN(pl_str_of((*ret)[i])));
			return;
		}
}

static int need(const struct pl_yaml *at, const char *key, const char *what, struct pl_err *err)
{
	return pl_yaml_get(at, key)
		       ? 0
		       : pl_yaml_fail(at, err, "%s needs '%s', its number in the image", what, key);
}

static int read_group(struct pl_yr *yr, struct pl_account_entry *c)
{
	static const char *const of_users[] = {"uid", "home", "shell", "groups", "comment"};
	const struct pl_yaml *at = yr->map;
	int64_t gid;
	for (size_t i = 0; i < PL_COUNT(of_users); i++)
		if (pl_yaml_get(at, of_users[i]))
			return pl_yaml_fail(at, yr->err, "'%s' is a user's: 'user' is missing",
					    of_users[i]);
	read_name(yr, "group", &c->name);
	read_id(yr, "gid", &gid);
	int rc = yr->rc < 0 ? yr->rc : need(at, "gid", "a group", yr->err);
	c->is_group = true;
	c->id = (uint32_t)gid;
	return rc;
}

static int read_user(struct pl_yr *yr, struct pl_account_entry *c)
{
	int64_t uid;
	c->shell = "/usr/sbin/nologin";
	c->comment = "";
	read_name(yr, "user", &c->name);
	read_id(yr, "uid", &uid);
	read_name(yr, "group", &c->group);
	read_id(yr, "gid", &c->gid);
	read_field(yr, "home", true, &c->home);
	read_field(yr, "shell", true, &c->shell);
	read_field(yr, "comment", false, &c->comment);
	read_groups(yr, &c->groups);
	int rc = yr->rc < 0 ? yr->rc : need(yr->map, "uid", "a user", yr->err);
	c->id = (uint32_t)uid;
	if (!c->group && c->gid < 0)
		c->gid = uid;
	if (!c->group)
		c->group = c->name;
	return rc;
}

static bool is_same(const struct pl_account_entry *a, const struct pl_account_entry *b)
{
	return a->is_group == b->is_group && strcmp(a->name, b->name) == 0;
}

/* The same name again replaces that of an earlier layer (the first n_before); within one list it is
 * an error. */
static int put_account(struct pl_settings *s, size_t *n_before, const struct pl_yaml *at,
		       const struct pl_account_entry *c, struct pl_err *err)
{
	for (size_t i = 0; i < s->accounts.n; i++) {
		if (!is_same(&s->accounts.v[i], c))
			continue;
		if (i >= *n_before)
			return pl_yaml_fail(at, err, "%s '%s' is given twice",
					    c->is_group ? "group" : "user", c->name);
		s->accounts.v[i] = s->accounts.v[--*n_before];
		memmove(&s->accounts.v[*n_before], &s->accounts.v[*n_before + 1],
			(--s->accounts.n - *n_before) * sizeof(*c));
		break;
	}
	*pl_vec_push(&s->accounts) = *c;
	return 0;
}

int pl_read_accounts(struct pl_reader *r, const struct pl_yaml *v, struct pl_settings *s,
		     struct pl_err *err)
{
	size_t n_before = s->accounts.n;
	int rc = pl_need_list(v, "accounts", err);
	for (size_t i = 0; i < v->n && rc == 0; i++) {
		const struct pl_yaml *at = v->item[i];
		struct pl_account_entry c = {.line = at->line};
		struct pl_yr yr = {r, at, err, pl_need_map(at, "accounts", err)};
		pl_yr_known(&yr, pl_keys_account);
		if (yr.rc < 0)
			return yr.rc;
		if (!pl_yaml_get(at, "user") && !pl_yaml_get(at, "group"))
			return pl_yaml_fail(at, err, "an account has 'user' or 'group', its name");
		rc = pl_yaml_get(at, "user") ? read_user(&yr, &c) : read_group(&yr, &c);
		if (rc == 0)
			rc = put_account(s, &n_before, at, &c, err);
	}
	return rc;
}
