// SPDX-License-Identifier: Apache-2.0
/* The users and groups of an image's definition, beside those that its packages make. */
#include "effects/accounts.h"
#include "assemble/builder_int.h"
#include "effects/account_files.h"

int pl_target_account_file(struct pl_builder *b, const struct pl_target *t, const char *path,
			   struct pl_buf *ret, struct pl_err *err)
{
	const struct pl_node *n = pl_tree_resolve(&t->tree, pl_str_of(path), true);
	return n && n->type != PL_TAR_DIR ? pl_target_read(b, t, n, ret, err) : 0;
}

struct pl_str pl_account_line(struct pl_str text, unsigned k, struct pl_str value)
{
	while (text.p && text.n) {
		struct pl_str line = pl_str_cut(&text, '\n'), part = pl_account_field(line, k);
		if (pl_str_eq(part, value))
			return line;
	}
	return (struct pl_str){NULL, 0};
}

/* A user's group with a number of its own is made before the user. */
static size_t list_accounts(const struct pl_image *i, struct pl_account *ret)
{
	size_t n = 0;
	for (size_t k = 0; k < i->n_accounts; k++) {
		const struct pl_account_entry *c = &i->accounts[k];
		if (!c->is_group && c->gid >= 0)
			ret[n++] = (struct pl_account){
				.name = c->group, .is_group = true, .fixed_id = c->gid};
		ret[n++] = (struct pl_account){.name = c->name,
					       .is_group = c->is_group,
					       .group = c->group,
					       .home = c->home,
					       .shell = c->shell,
					       .gecos = c->comment,
					       .groups = c->groups,
					       .fixed_id = c->id};
	}
	return n;
}

/* A group without a number is one that the image has, or that the definition makes. */
static int check_group(struct pl_builder *b, struct pl_target *t, const struct pl_image *i,
		       const struct pl_account_entry *c, struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = (size_t)1 << 20};
	if (c->is_group || c->gid >= 0)
		return 0;
	for (size_t k = 0; k < i->n_accounts; k++)
		if (i->accounts[k].is_group && strcmp(i->accounts[k].name, c->group) == 0)
			return 0;
	int rc = pl_target_account_file(b, t, "etc/group", &text, err);
	if (rc < 0 || pl_account_line(pl_buf_str(&text), 0, pl_str_of(c->group)).p)
		return rc;
	return pl_fail(err, PL_INPUT,
		       "the image has no group %s: give it a 'gid', or an entry of its own",
		       c->group);
}

/* An account of that name and number may be there: then it must be the very same. */
static int check_line(struct pl_builder *b, struct pl_target *t, const struct pl_account_entry *c,
		      uint32_t *ret_gid, struct pl_err *err)
{
	PL_AUTO(buf) passwd = {.max = (size_t)1 << 20};
	uint32_t uid;
	int rc = pl_target_account_file(b, t, "etc/passwd", &passwd, err);
	PL_AUTOFREE char *owner = pl_xprintf("%s:%s", c->name, c->group);
	if (rc == 0)
		rc = pl_target_owner(b, t, owner, &uid, ret_gid, err);
	if (rc < 0)
		return rc;
	struct pl_str line = pl_account_line(pl_buf_str(&passwd), 0, pl_str_of(c->name));
	PL_AUTOFREE char *wanted =
		pl_xprintf("%s:x:%u:%u:%s:%s:%s", c->name, c->id, *ret_gid, c->comment,
			   c->home ? c->home : "/nonexistent", c->shell);
	if (pl_str_is(line, wanted))
		return 0;
	return pl_fail(err, PL_INPUT,
		       "its base or a package makes it otherwise: '%.*s', not '%s'; leave it out, "
		       "or give it another name",
		       PL_STR_ARG(line), wanted);
}

static int make_home(struct pl_target *t, const struct pl_account_entry *c, uint32_t gid,
		     struct pl_err *err)
{
	const struct pl_tar_entry e = {.type = PL_TAR_DIR,
				       .path = pl_str_of(c->home),
				       .mode = 0700,
				       .uid = c->id,
				       .gid = gid,
				       .mtime = PL_EPOCH};
	if (!c->home || strcmp(c->home, "/nonexistent") == 0)
		return 0;
	const struct pl_node *n = pl_tree_resolve(&t->tree, e.path, true);
	return n && n->type == PL_TAR_DIR ? 0 : pl_tree_put(&t->tree, &e, NULL, err);
}

static int make_accounts(struct pl_builder *b, struct pl_target *t, const struct pl_image *i,
			 const struct pl_effect_input *in, struct pl_err *err)
{
	static const struct pl_account_templates none;
	PL_AUTO(arena) a = {0};
	struct pl_account *v = pl_arena_array(&a, struct pl_account, 2 * i->n_accounts);
	size_t n = list_accounts(i, v);
	int rc = pl_accounts_make_least(&t->tree, in, &none, err);
	if (rc == 0)
		rc = pl_accounts_make(&t->tree, in, &none, false, v, n, err);
	return rc;
}

int pl_target_accounts(struct pl_builder *b, struct pl_target *t, const struct pl_target *stage,
		       const struct pl_effect_input *in, struct pl_err *err)
{
	const struct pl_image *i = stage->image;
	int rc = stage->base ? pl_target_accounts(b, t, stage->base, in, err) : 0;
	if (rc < 0 || i->n_accounts == 0)
		return rc;
	for (size_t k = 0; k < i->n_accounts; k++) {
		rc = check_group(b, t, i, &i->accounts[k], err);
		if (rc < 0)
			return pl_ctx(err, "%s:%u: %s: user %s", i->file, i->accounts[k].line,
				      i->id, i->accounts[k].name);
	}
	rc = make_accounts(b, t, i, in, err);
	if (rc < 0)
		return pl_ctx(err, "%s:%u: %s: accounts", i->file, i->accounts[0].line, i->id);
	for (size_t k = 0; k < i->n_accounts; k++) {
		const struct pl_account_entry *c = &i->accounts[k];
		uint32_t gid;
		if (c->is_group)
			continue;
		rc = check_line(b, t, c, &gid, err);
		if (rc == 0)
			rc = make_home(t, c, gid, err);
		if (rc < 0)
			return pl_ctx(err, "%s:%u: %s: user %s", i->file, c->line, i->id, c->name);
	}
	return 0;
}
