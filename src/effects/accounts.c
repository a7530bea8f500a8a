// SPDX-License-Identifier: Apache-2.0
/*
 * The files as base-passwd's postinst, shadowconfig(8) and adduser(8) leave them. The day of the
 * last password change is that of in->epoch: the real tools write today's.
 */
#include "effects/accounts.h"
#include "base/num.h"
#include "effects/effects_int.h"

struct lines {
	const char *path;
	struct pl_str *v; /* lines without their newline */
	size_t n, cap;
};
struct accounts {
	struct pl_tree *tree;
	const struct pl_effect_input *in;
	struct pl_arena arena;
	struct lines passwd, group, shadow, gshadow;
	char day[24]; /* days since 1970 of in->epoch; empty for the first, which means "change now"
		       */
};

static struct pl_str field(struct pl_str line, unsigned k)
{
	struct pl_str part = pl_str_cut(&line, ':');
	while (k-- > 0)
		part = line.p ? pl_str_cut(&line, ':') : (struct pl_str){"", 0};
	return part;
}

/* The line whose field k has that value. */
static struct pl_str *find_line(const struct lines *t, unsigned k, struct pl_str value)
{
	for (size_t i = 0; i < t->n; i++)
		if (pl_str_eq(field(t->v[i], k), value))
			return &t->v[i];
	return NULL;
}

static void add_line(struct lines *t, const char *line) { *pl_vec_push(t) = pl_str_of(line); }

/* The file, or what it begins with. */
static int load(struct accounts *a, struct lines *t, const char *template, struct pl_err *err)
{
	struct pl_str text;
	int rc = pl_effect_text(a->tree, a->in, &a->arena, t->path, &text, err);
	if (rc >= 0 && !text.p && template)
		rc = pl_effect_text(a->tree, a->in, &a->arena, template, &text, err);
	if (rc < 0)
		return rc;
	while (text.p && text.n) {
		struct pl_str line = pl_str_cut(&text, '\n');
		if (line.n)
			*pl_vec_push(t) = line;
	}
	return 0;
}

static int save(struct accounts *a, const struct lines *t, uint32_t mode, uint32_t gid,
		struct pl_err *err)
{
	PL_AUTO(buf) b = {0};
	for (size_t i = 0; i < t->n; i++) {
		pl_buf_addstr(&b, t->v[i]);
		pl_buf_addc(&b, '\n');
	}
	int rc = pl_effect_write(a->tree, a->in, t->path, pl_buf_str(&b), mode, err);
	if (rc < 0)
		return rc;
	struct pl_node *n = pl_tree_resolve(a->tree, pl_str_of(t->path), false);
	n->gid = gid;
	return 0;
}

/* pwconv(8), grpconv(8): passwords move where only root reads them. */
static void shadow_on(struct accounts *a)
{
	for (size_t i = 0; i < a->passwd.n; i++) {
		struct pl_str line = a->passwd.v[i], name = pl_str_cut(&line, ':');
		struct pl_str word = pl_str_cut(&line, ':');
		if (pl_str_is(word, "x"))
			continue;
		a->passwd.v[i] = pl_str_of(pl_arena_printf(&a->arena, "%.*s:x:%.*s", (int)name.n,
							   name.p, (int)line.n, line.p));
		if (!find_line(&a->shadow, 0, name))
			add_line(&a->shadow,
				 pl_arena_printf(&a->arena, "%.*s:%.*s:%s:0:99999:7:::",
						 (int)name.n, name.p, (int)word.n, word.p, a->day));
	}
	for (size_t i = 0; i < a->group.n; i++) {
		struct pl_str line = a->group.v[i], name = pl_str_cut(&line, ':');
		struct pl_str word = pl_str_cut(&line, ':'), members = field(line, 1);
		if (pl_str_is(word, "x"))
			continue;
		a->group.v[i] = pl_str_of(pl_arena_printf(&a->arena, "%.*s:x:%.*s", (int)name.n,
							  name.p, (int)line.n, line.p));
		if (!find_line(&a->gshadow, 0, name))
			add_line(&a->gshadow,
				 pl_arena_printf(&a->arena, "%.*s:%.*s::%.*s", (int)name.n, name.p,
						 (int)word.n, word.p, (int)members.n, members.p));
	}
}

static bool is_field(const char *s) { return s && !strpbrk(s, ":\n") && strlen(s) <= 1024; }

/* The number the lock has for a name, or the one its package insists on. */
static int number(struct accounts *a, const char *name, bool is_group, int64_t fixed, uint32_t *ret,
		  struct pl_err *err)
{
	const char *kind = is_group ? "group" : "user";
	if (fixed >= 0 && fixed < UINT32_MAX) {
		*ret = (uint32_t)fixed;
		return 0;
	}
	for (size_t i = 0; i < a->in->n_ids; i++)
		if (a->in->ids[i].is_group == is_group && strcmp(a->in->ids[i].name, name) == 0) {
			*ret = a->in->ids[i].id;
			return 0;
		}
	return pl_fail(err, PL_INPUT, "%s %s: the lock has no number for it; lock again", kind,
		       name);
}

/* 1 when the line is to be made, 0 when it is there with that number already. */
static int check(const struct lines *t, const char *name, uint32_t id, bool fixed,
		 struct pl_err *err)
{
	char text[16];
	snprintf(text, sizeof(text), "%u", id);
	const struct pl_str *same = find_line(t, 0, pl_str_of(name));
	if (same && pl_str_is(field(*same, 2), text))
		return 0;
	const struct pl_str *other = same ? same : find_line(t, 2, pl_str_of(text));
	if (!other)
		return 1;
	struct pl_str who = field(*other, 0), has = field(*other, 2);
	return pl_fail(err, PL_INPUT, "/%s: %s should get the number %s, but %.*s has %.*s; %s",
		       t->path, name, text, (int)who.n, who.p, (int)has.n, has.p,
		       fixed ? "one of them needs another number" : "lock again");
}

/* A new line's number: 1 when the line is to be made, 0 when it is there. */
static int new_number(struct accounts *a, const struct lines *t, const char *name, bool is_group,
		      int64_t fixed, uint32_t *ret, struct pl_err *err)
{
	uint32_t id = 0;
	int rc = number(a, name, is_group, fixed, &id, err);
	if (rc < 0 || (rc = check(t, name, id, fixed >= 0, err)) < 0)
		return rc;
	*ret = id;
	return rc;
}

static int add_group(struct accounts *a, const char *name, int64_t fixed, struct pl_err *err)
{
	uint32_t id = 0;
	if (find_line(&a->group, 0, pl_str_of(name)) && fixed < 0)
		return 0;
	int rc = new_number(a, &a->group, name, true, fixed, &id, err);
	if (rc <= 0)
		return rc;
	add_line(&a->group, pl_arena_printf(&a->arena, "%s:x:%u:", name, id));
	add_line(&a->gshadow, pl_arena_printf(&a->arena, "%s:!::", name));
	return 0;
}

/* The member behind the others in the last field of the group's line. */
static void add_member(struct accounts *a, struct lines *t, const char *group, const char *user)
{
	struct pl_str *line = find_line(t, 0, pl_str_of(group));
	if (!line)
		return;
	struct pl_str members = field(*line, 3), rest = members;
	while (rest.n)
		if (pl_str_is(pl_str_cut(&rest, ','), user))
			return;
	*line = pl_str_of(pl_arena_printf(&a->arena, "%.*s%s%s", (int)line->n, line->p,
					  members.n ? "," : "", user));
}

static int add_user(struct accounts *a, const struct pl_account *c, struct pl_err *err)
{
	uint32_t id = 0;
	const char *group = c->group ? c->group : "nogroup";
	const char *home = c->home ? c->home : "/nonexistent";
	const char *shell = c->shell ? c->shell : "/usr/sbin/nologin";
	const char *gecos = c->gecos ? c->gecos : "";
	if (!is_field(group) || !is_field(home) || !is_field(shell) || !is_field(gecos))
		return pl_fail(err, PL_INPUT, "user %s: a field holds ':' or a newline", c->name);
	int rc = add_group(a, group, -1, err);
	if (rc < 0)
		return rc;
	rc = new_number(a, &a->passwd, c->name, false, c->fixed_id, &id, err);
	if (rc < 0)
		return rc;
	if (rc > 0) {
		struct pl_str gid = field(*find_line(&a->group, 0, pl_str_of(group)), 2);
		add_line(&a->passwd, pl_arena_printf(&a->arena, "%s:x:%u:%.*s:%s:%s:%s", c->name,
						     id, (int)gid.n, gid.p, gecos, home, shell));
		add_line(&a->shadow, pl_arena_printf(&a->arena, "%s:!:%s::::::", c->name, a->day));
	}
	for (const char **g = c->groups; g && *g; g++) {
		if (!find_line(&a->group, 0, pl_str_of(*g)))
			return pl_fail(err, PL_INPUT,
				       "user %s: its group %s is neither in /etc/group nor made",
				       c->name, *g);
		add_member(a, &a->group, *g, c->name);
		add_member(a, &a->gshadow, *g, c->name);
	}
	return 0;
}

static int write_all(struct accounts *a, bool shadowed, struct pl_err *err)
{
	uint64_t gid = 0;
	const struct pl_str *line = find_line(&a->group, 0, PL_STR("shadow"));
	if (line && !pl_parse_u64(field(*line, 2), UINT32_MAX - 1, &gid))
		return pl_fail(err, PL_INPUT, "/etc/group: the group shadow has no number");
	int rc = save(a, &a->passwd, 0644, 0, err);
	if (rc < 0 || (rc = save(a, &a->group, 0644, 0, err)) < 0 || !shadowed)
		return rc;
	rc = save(a, &a->shadow, 0640, (uint32_t)gid, err);
	return rc < 0 ? rc : save(a, &a->gshadow, 0640, (uint32_t)gid, err);
}

static int load_all(struct accounts *a, const struct pl_account_templates *from, struct pl_err *err)
{
	const struct {
		struct lines *lines;
		const char *path, *template;
	} files[] = {
		{&a->passwd, "etc/passwd", from->passwd},
		{&a->group, "etc/group", from->group},
		{&a->shadow, "etc/shadow", NULL},
		{&a->gshadow, "etc/gshadow", NULL},
	};
	for (size_t i = 0; i < PL_COUNT(files); i++) {
		files[i].lines->path = files[i].path;
		int rc = load(a, files[i].lines, files[i].template, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int add_accounts(struct accounts *a, bool shadowed, const struct pl_account *v, size_t n,
			struct pl_err *err)
{
	if (a->passwd.n == 0 || a->group.n == 0)
		return n == 0 ? 0
			      : pl_fail(err, PL_NOT_FOUND,
					"account %s: no /etc/passwd and /etc/group to add it to; "
					"add the package that makes them (Debian's is base-passwd) "
					"to the image",
					v[0].name);
	/* An account's password must not be in the open. */
	shadowed = shadowed || n > 0;
	if (shadowed)
		shadow_on(a);
	for (size_t i = 0; i < n; i++) {
		if (!is_field(v[i].name) || !v[i].name[0])
			return pl_fail(err, PL_INPUT, "an account's name is empty or holds ':'");
		int rc = v[i].is_group ? add_group(a, v[i].name, v[i].fixed_id, err)
				       : add_user(a, &v[i], err);
		if (rc < 0)
			return rc;
	}
	return write_all(a, shadowed, err);
}

int pl_accounts_make(struct pl_tree *t, const struct pl_effect_input *in,
		     const struct pl_account_templates *from, bool shadowed,
		     const struct pl_account *v, size_t n, struct pl_err *err)
{
	struct accounts a = {.tree = t, .in = in};
	if (in->epoch >= 86400)
		snprintf(a.day, sizeof(a.day), "%lld", (long long)(in->epoch / 86400));
	int rc = load_all(&a, from, err);
	if (rc >= 0)
		rc = add_accounts(&a, shadowed, v, n, err);
	pl_vec_free(&a.passwd);
	pl_vec_free(&a.group);
	pl_vec_free(&a.shadow);
	pl_vec_free(&a.gshadow);
	pl_arena_done(&a.arena);
	return rc;
}

static bool exists(const struct pl_tree *t, const char *path)
{
	return path && pl_tree_resolve(t, pl_str_of(path), true);
}

/* The shell of an account that has one everywhere: the first that is in the image. */
static const char *root_shell(const struct pl_tree *t)
{
	static const char *const shells[] = {"/bin/bash", "/bin/sh"};
	for (size_t i = 0; i < PL_COUNT(shells); i++) {
		if (pl_tree_resolve(t, pl_str_of(shells[i]), true))
			return shells[i];
	}
	return "/usr/sbin/nologin";
}

int pl_accounts_make_least(struct pl_tree *t, const struct pl_effect_input *in,
			   const struct pl_account_templates *from, struct pl_err *err)
{
	PL_AUTOFREE char *passwd =
		pl_xprintf("root:*:0:0:root:/root:%s\n"
			   "nobody:*:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
			   root_shell(t));
	const struct {
		const char *path, *template, *text;
	} files[] = {
		{"etc/passwd", from->passwd, passwd},
		{"etc/group", from->group, "root:*:0:\nnogroup:*:65534:\n"},
	};
	for (size_t i = 0; i < PL_COUNT(files); i++) {
		if (exists(t, files[i].template) || exists(t, files[i].path))
			continue;
		int rc = pl_effect_write(t, in, files[i].path, pl_str_of(files[i].text), 0644, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}
