// SPDX-License-Identifier: Apache-2.0
/*
 * The files as base-passwd's postinst, shadowconfig(8) and adduser(8) leave them. The day of the
 * last password change is that of in->epoch: the real tools write today's.
 */
#include "effects/accounts.h"
#include "effects/account_files.h"
#include "effects/effects_int.h"

static bool is_field(const char *s) { return s && !strpbrk(s, ":\n") && strlen(s) <= 1024; }

/* 1 when the line is to be made, 0 when it is there with that number already. */
static int check(const struct pl_account_file *t, const char *name, uint32_t id, bool fixed,
		 struct pl_err *err)
{
	char text[16];
	snprintf(text, sizeof(text), "%u", id);
	const struct pl_str *same = pl_account_find(t, 0, pl_str_of(name));
	if (same && pl_str_is(pl_account_field(*same, 2), text))
		return 0;
	const struct pl_str *other = same ? same : pl_account_find(t, 2, pl_str_of(text));
	if (!other)
		return 1;
	struct pl_str who = pl_account_field(*other, 0), has = pl_account_field(*other, 2);
	return pl_fail(err, PL_INPUT, "/%s: %s should get the number %s, but %.*s has %.*s; %s",
		       t->path, name, text, (int)who.n, who.p, (int)has.n, has.p,
		       fixed ? "one of them needs another number" : "lock again");
}

/* A new line's number: 1 when the line is to be made, 0 when it is there. */
static int new_number(struct pl_account_files *a, const struct pl_account_file *t, const char *name,
		      bool is_group, int64_t fixed, uint32_t *ret, struct pl_err *err)
{
	const struct pl_id_want want = {.name = name, .is_group = is_group, .fixed = fixed};
	uint32_t id = 0;
	int rc = pl_effect_id(a->in, &want, &id, err);
	if (rc < 0 || (rc = check(t, name, id, fixed >= 0, err)) < 0)
		return rc;
	*ret = id;
	return rc;
}

static int add_group(struct pl_account_files *a, const char *name, int64_t fixed,
		     struct pl_err *err)
{
	uint32_t id = 0;
	if (pl_account_find(&a->group, 0, pl_str_of(name)) && fixed < 0)
		return 0;
	int rc = new_number(a, &a->group, name, true, fixed, &id, err);
	if (rc <= 0)
		return rc;
	pl_account_add(&a->group, pl_arena_printf(&a->arena, "%s:x:%u:", name, id));
	pl_account_add(&a->gshadow, pl_arena_printf(&a->arena, "%s:!::", name));
	return 0;
}

static int add_user(struct pl_account_files *a, const struct pl_account *c, struct pl_err *err)
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
		struct pl_str gid =
			pl_account_field(*pl_account_find(&a->group, 0, pl_str_of(group)), 2);
		pl_account_add(&a->passwd,
			       pl_arena_printf(&a->arena, "%s:x:%u:%.*s:%s:%s:%s", c->name, id,
					       (int)gid.n, gid.p, gecos, home, shell));
		pl_account_add(&a->shadow,
			       pl_arena_printf(&a->arena, "%s:!:%s::::::", c->name, a->day));
	}
	for (const char **g = c->groups; g && *g; g++) {
		if (!pl_account_find(&a->group, 0, pl_str_of(*g)))
			return pl_fail(err, PL_INPUT,
				       "user %s: its group %s is neither in /etc/group nor made",
				       c->name, *g);
		pl_account_add_member(a, &a->group, 3, *g, c->name);
		pl_account_add_member(a, &a->gshadow, 3, *g, c->name);
	}
	return 0;
}

static int load_templates(struct pl_account_files *a, const struct pl_account_templates *from,
			  struct pl_err *err)
{
	int rc = 0;
	if (a->passwd.n == 0 && from->passwd)
		rc = pl_account_file_read(a, &a->passwd, from->passwd, err);
	if (rc >= 0 && a->group.n == 0 && from->group)
		rc = pl_account_file_read(a, &a->group, from->group, err);
	return rc;
}

static int add_accounts(struct pl_account_files *a, bool shadowed, const struct pl_account *v,
			size_t n, struct pl_err *err)
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
	if (shadowed) {
		pl_account_files_shadow(a, true);
		pl_account_files_shadow(a, false);
	}
	for (size_t i = 0; i < n; i++) {
		if (!is_field(v[i].name) || !v[i].name[0])
			return pl_fail(err, PL_INPUT, "an account's name is empty or holds ':'");
		int rc = v[i].is_group ? add_group(a, v[i].name, v[i].fixed_id, err)
				       : add_user(a, &v[i], err);
		if (rc < 0)
			return rc;
	}
	a->passwd.changed = a->group.changed = true;
	a->shadow.changed = a->gshadow.changed = shadowed;
	return pl_account_files_save(a, err);
}

int pl_accounts_make(struct pl_tree *t, const struct pl_effect_input *in,
		     const struct pl_account_templates *from, bool shadowed,
		     const struct pl_account *v, size_t n, struct pl_err *err)
{
	struct pl_account_files a = {0};
	int rc = pl_account_files_load(&a, t, in, err);
	if (rc >= 0)
		rc = load_templates(&a, from, err);
	if (rc >= 0)
		rc = add_accounts(&a, shadowed, v, n, err);
	pl_account_files_done(&a);
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
