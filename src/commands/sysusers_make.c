// SPDX-License-Identifier: Apache-2.0
/* systemd-sysusers: groups, then users with a group of their name, then members. The rules are
 * those of src/sysusers/sysusers.c (add_group, add_user, uid_is_ok, gid_is_ok). */
#include "commands/sysusers_int.h"

/* SYSTEM_ALLOC_UID_MIN and SYSTEM_UID_MAX of Debian's build. */
enum { FIRST = 1, LAST = 999 };

static int say(struct pl_sysusers *s, struct pl_err *err, const char *fmt, ...) PL_PRINTF(3, 4);
static int say(struct pl_sysusers *s, struct pl_err *err, const char *fmt, ...)
{
	PL_AUTO(buf) text = {.max = 1 << 12};
	va_list ap;
	va_start(ap, fmt);
	pl_buf_vaddf(&text, fmt, ap);
	va_end(ap);
	pl_buf_addc(&text, '\n');
	return pl_shell_write(s->a.call->shell, 2, pl_buf_str(&text), err);
}

/* Is a number free for that name? both: the other kind may have it under the same name only. */
static bool is_free(const struct pl_sysusers *s, bool is_group, uint32_t number, const char *name,
		    bool both)
{
	const struct pl_account_file *own = is_group ? &s->a.f.group : &s->a.f.passwd;
	const struct pl_account_file *other = is_group ? &s->a.f.passwd : &s->a.f.group;
	const struct pl_str *line = pl_cmd_by_number(other, number);
	if (pl_cmd_by_number(own, number))
		return false;
	return !both || !line || pl_str_is(pl_account_field(*line, 0), name);
}

/* The next number below the last one, within the ranges; false: there is none. */
static bool next_lower(struct pl_sysusers *s)
{
	int64_t best = -1;
	for (size_t i = 0; i < s->ranges.n; i++) {
		const struct pl_command_id *r = &s->ranges.v[i];
		int64_t at = s->last > r->last ? r->last : (int64_t)s->last - 1;
		if (at >= r->first && at > best)
			best = at;
	}
	if (best >= 0)
		s->last = (uint32_t)best;
	return best >= 0;
}

static bool search(struct pl_sysusers *s, bool is_group, const char *name, uint32_t *ret)
{
	while (next_lower(s)) {
		if (!is_free(s, is_group, s->last, name, true))
			continue;
		*ret = s->last;
		return true;
	}
	return false;
}

static const struct pl_node *owned(const struct pl_sysusers *s, const struct pl_sysusers_item *i)
{
	const struct pl_node *n = i->path ? pl_cmd_node(s->a.call, i->path, true) : NULL;
	return n ? pl_node_file(n) : NULL;
}

/* 1: *ret is its number; 0: it cannot be made, and that is said. */
static int take(struct pl_sysusers *s, bool is_group, const char *name, uint32_t usual, bool fixed,
		uint32_t *ret, struct pl_err *err)
{
	struct pl_command_id want = {name, is_group, FIRST, LAST, usual, fixed};
	int rc = pl_cmd_id_take(&s->a, &want, ret, err);
	return rc < 0 ? rc : 1;
}

static int add_group(struct pl_sysusers *s, struct pl_sysusers_item *i, struct pl_err *err)
{
	const struct pl_str *line = pl_cmd_group(&s->a, i->name);
	const struct pl_node *at = owned(s, i);
	uint32_t number = 0;
	bool fixed = i->gid >= 0;
	int rc = 0;
	if (line) {
		i->gid = pl_cmd_number(*line, 2);
		return 1;
	}
	if (i->gid >= 0 && i->strict) {
		if (pl_cmd_by_number(&s->a.f.group, (uint32_t)i->gid))
			return 1;
		return say(s, err, "Failed to create %s: please create GID %lld", i->name,
			   (long long)i->gid);
	}
	if (i->gid >= 0 && !is_free(s, true, (uint32_t)i->gid, i->name, false)) {
		rc = say(s, err, "Suggested group ID %lld for %s already used.", (long long)i->gid,
			 i->name);
		i->gid = -1;
	}
	if (rc < 0)
		return rc;
	if (i->gid < 0 && i->uid >= 0 && is_free(s, true, (uint32_t)i->uid, i->name, true)) {
		i->gid = i->uid;
		fixed = true;
	}
	if (i->gid < 0 && at && at->gid && is_free(s, true, at->gid, i->name, true))
		i->gid = at->gid;
	if (i->gid >= 0)
		number = (uint32_t)i->gid;
	else if (!search(s, true, i->name, &number))
		return say(s, err, "No free group ID available for %s.", i->name);
	rc = take(s, true, i->name, number, fixed && i->gid >= 0, &number, err);
	if (rc <= 0)
		return rc;
	i->gid = number;
	i->done = true;
	pl_cmd_group_add(&s->a, i->name, number, "!*");
	rc = say(s, err, "Creating group '%s' with GID %u.", i->name, number);
	return rc < 0 ? rc : 1;
}

static int add_line(struct pl_sysusers *s, const struct pl_sysusers_item *i, uint32_t uid,
		    struct pl_err *err)
{
	struct pl_cmd_new_user u = {.name = i->name,
				    .gecos = i->gecos ? i->gecos : "",
				    .home = i->home ? i->home : "/",
				    .shell = i->shell   ? i->shell
					     : uid == 0 ? "/bin/sh"
							: "/usr/sbin/nologin",
				    .password = "!*",
				    .expire = i->locked ? "1" : NULL,
				    .uid = uid,
				    .gid = (uint32_t)i->gid,
				    .system = true};
	int rc = say(s, err, "Creating user '%s' (%s) with UID %u and GID %u.", i->name,
		     i->gecos ? i->gecos : "n/a", uid, u.gid);
	pl_cmd_user_add(&s->a, &u);
	return rc;
}

static int add_user(struct pl_sysusers *s, struct pl_sysusers_item *i, struct pl_err *err)
{
	const struct pl_node *at = owned(s, i);
	bool fixed = i->uid >= 0;
	uint32_t number = 0;
	int rc = 0;
	if (pl_cmd_user(&s->a, i->name))
		return 0;
	if (i->uid >= 0 && !is_free(s, false, (uint32_t)i->uid, i->name, !i->strict)) {
		rc = say(s, err, "Suggested user ID %lld for %s already used.", (long long)i->uid,
			 i->name);
		i->uid = -1;
	}
	if (i->uid < 0 && at && at->uid && is_free(s, false, at->uid, i->name, true))
		i->uid = at->uid;
	if (i->uid < 0 && i->gid >= 0 && is_free(s, false, (uint32_t)i->gid, i->name, true))
		i->uid = i->gid;
	if (rc < 0)
		return rc;
	if (i->uid >= 0)
		number = (uint32_t)i->uid;
	else if (!search(s, false, i->name, &number))
		return say(s, err, "No free user ID available for %s.", i->name);
	rc = take(s, false, i->name, number, fixed && i->uid >= 0, &number, err);
	return rc <= 0 ? rc : add_line(s, i, number, err);
}

/* The group that a user gets: one that is asked for too, one that is there, or one of its name. */
static int process_user(struct pl_sysusers *s, struct pl_sysusers_item *i, struct pl_err *err)
{
	struct pl_sysusers_item *j = NULL;
	int rc = 1;
	if (i->gid < 0)
		j = pl_sysusers_find(&s->groups, i->group ? i->group : i->name);
	if (j && j->done && j->gid >= 0) {
		i->gid = j->gid;
		i->strict = true;
	} else if (i->group) {
		const struct pl_str *line = pl_cmd_group(&s->a, i->group);
		if (!line)
			return say(s, err, "Group %s not found.", i->group);
		i->gid = pl_cmd_number(*line, 2);
		i->strict = true;
	} else {
		rc = add_group(s, i, err);
	}
	return rc <= 0 ? rc : add_user(s, i, err);
}

static void add_implicit(struct pl_sysusers *s)
{
	const struct pl_sysusers_item none = {.uid = -1, .gid = -1};
	for (size_t k = 0; k < s->members.n; k++) {
		const struct pl_sysusers_member *m = &s->members.v[k];
		if (!pl_sysusers_find(&s->users, m->user)) {
			struct pl_sysusers_item *i = pl_vec_push(&s->users);
			*i = none;
			i->name = m->user;
		}
		if (!pl_sysusers_find(&s->groups, m->group) &&
		    !pl_sysusers_find(&s->users, m->group)) {
			struct pl_sysusers_item *i = pl_vec_push(&s->groups);
			*i = none;
			i->name = m->group;
		}
	}
}

/* The program sorts a list that it adds to. */
static void sort_members(struct pl_sysusers *s, struct pl_account_file *t, const char *group)
{
	struct pl_str *line = pl_account_find(t, 0, pl_str_of(group));
	struct pl_str rest = line ? pl_account_field(*line, 3) : (struct pl_str){NULL, 0};
	PL_VEC(struct pl_str) names = {0};
	PL_AUTO(buf) b = {0};
	while (rest.p && rest.n)
		*pl_vec_push(&names) = pl_str_cut(&rest, ',');
	if (names.n)
		qsort(names.v, names.n, sizeof(*names.v), pl_str_qsort);
	for (size_t i = 0; i < names.n; i++) {
		if (i)
			pl_buf_addc(&b, ',');
		pl_buf_addstr(&b, names.v[i]);
	}
	if (names.n)
		*line = pl_account_with(&s->a.f, *line, 3, pl_buf_str(&b));
	pl_vec_free(&names);
}

static void add_members(struct pl_sysusers *s)
{
	struct pl_account_file *files[] = {&s->a.f.group, &s->a.f.gshadow};
	for (size_t i = 0; i < s->members.n; i++)
		for (size_t k = 0; k < PL_COUNT(files); k++) {
			const struct pl_sysusers_member *m = &s->members.v[i];
			struct pl_str *line = pl_account_find(files[k], 0, pl_str_of(m->group));
			if (!line ||
			    pl_account_in_list(pl_account_field(*line, 3), pl_str_of(m->user)))
				continue;
			pl_account_add_member(&s->a.f, files[k], 3, m->group, m->user);
			sort_members(s, files[k], m->group);
		}
}

/* shadow and gshadow are made where they are not there, and nobody may read them. */
static int save(struct pl_sysusers *s, struct pl_err *err)
{
	struct pl_account_file *files[] = {&s->a.f.shadow, &s->a.f.gshadow};
	struct pl_tree *t = s->a.f.tree;
	int rc = pl_account_files_save(&s->a.f, err);
	for (size_t i = 0; i < PL_COUNT(files) && rc >= 0; i++) {
		struct pl_node *n = pl_tree_resolve(t, pl_str_of(files[i]->path), true);
		if (!s->is_new[i] || !n)
			continue;
		n->mode = 0;
		n->gid = 0;
	}
	return rc;
}

int pl_sysusers_make(struct pl_sysusers *s, struct pl_err *err)
{
	int rc = 0;
	s->is_new[0] = !s->a.f.shadow.is_there;
	s->is_new[1] = !s->a.f.gshadow.is_there;
	s->a.f.shadow.is_there = s->a.f.gshadow.is_there = true;
	if (s->ranges.n == 0)
		*pl_vec_push(&s->ranges) = (struct pl_command_id){.first = FIRST, .last = LAST};
	s->last = UINT32_MAX;
	add_implicit(s);
	for (size_t i = 0; i < s->groups.n && rc >= 0; i++)
		rc = add_group(s, &s->groups.v[i], err);
	for (size_t i = 0; i < s->users.n && rc >= 0; i++)
		rc = process_user(s, &s->users.v[i], err);
	if (rc >= 0)
		add_members(s);
	return rc < 0 ? rc : save(s, err);
}
