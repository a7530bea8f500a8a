// SPDX-License-Identifier: Apache-2.0
#include "debian/scripts/apply_int.h"

#include "base/num.h"
#include "debian/scripts/debhelper_int.h"

void pl_recipe_accounts(struct pl_arena *a, struct pl_str package, struct pl_account **ret,
			size_t *ret_n)
{
	struct pl_recipe recipe = {0};
	struct pl_err err = {0};
	/* Accounts do not depend on the architecture. Our own recipes are checked by a test. */
	if (pl_recipe_find(a, package, PL_STR("amd64"), &recipe, &err) <= 0)
		recipe.n_accounts = 0;
	*ret = recipe.accounts;
	*ret_n = recipe.n_accounts;
}

struct loaded {
	const struct pl_effect_package *package;
	const struct pl_control *control; /* NULL: not known */
	struct pl_recipe recipe;
	bool applies;
};

/* A recipe stands for scripts: a version of the package without any of them needs none. */
static bool speaks_of(const struct pl_recipe *recipe, const struct pl_control *c)
{
	for (size_t i = 0; i < recipe->n_scripts; i++) {
		for (size_t k = 0; k < c->n_scripts; k++) {
			if (pl_str_is(recipe->scripts[i].name, c->scripts[k].name))
				return true;
		}
	}
	return recipe->n_scripts == 0;
}

static int load(struct pl_effect_run *run, struct loaded *v, struct pl_err *err)
{
	for (size_t i = 0; i < run->in->n_packages; i++) {
		v[i].package = &run->in->packages[i];
		v[i].control = v[i].package->own;
		int rc = pl_recipe_find(&run->arena, v[i].package->name,
					pl_str_of(run->in->platform->debian), &v[i].recipe, err);
		if (rc < 0)
			return rc;
		v[i].applies = rc > 0 && v[i].control && speaks_of(&v[i].recipe, v[i].control);
	}
	return 0;
}

static bool known_id(const struct pl_id *ids, size_t n, const struct pl_account *c)
{
	for (size_t i = 0; i < n; i++) {
		if (ids[i].is_group == c->is_group && strcmp(ids[i].name, c->name) == 0)
			return true;
	}
	return false;
}

/* Numbers below this are allocated by Debian for all systems, and base-passwd makes them (Policy
 * 9.2.2). */
#define STATIC_IDS 100

/* passwd, group, shadow, gshadow. */
static int make_accounts(struct pl_effect_run *run, const struct loaded *v, struct pl_err *err)
{
	PL_VEC(struct pl_account) accounts = {0};
	PL_VEC(struct pl_id) ids = {0};
	bool masters = pl_tree_resolve(run->tree, PL_STR(PL_PASSWD_MASTER), true);
	/* Groups first: a user may be a member of another package's group. */
	for (size_t pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < run->in->n_packages; i++) {
			for (size_t k = 0; v[i].applies && k < v[i].recipe.n_accounts; k++) {
				const struct pl_account *c = &v[i].recipe.accounts[k];
				bool has = masters && c->fixed_id >= 0 && c->fixed_id < STATIC_IDS;
				if (c->is_group == (pass == 0) && !has)
					*pl_vec_push(&accounts) = *c;
			}
		}
	}
	for (size_t i = 0; i < run->in->n_ids; i++)
		*pl_vec_push(&ids) = run->in->ids[i];
	for (size_t i = 0; i < accounts.n; i++) {
		const struct pl_account *c = &accounts.v[i];
		if (c->fixed_id >= 0 && !known_id(ids.v, ids.n, c))
			*pl_vec_push(&ids) =
				(struct pl_id){c->name, c->is_group, (uint32_t)c->fixed_id};
	}
	struct pl_effect_input in = *run->in;
	in.ids = ids.v;
	in.n_ids = ids.n;
	int rc = pl_gen_least_accounts(run->tree, run->in, err);
	if (rc >= 0)
		rc = pl_gen_accounts(run->tree, &in, accounts.v, accounts.n, err);
	pl_vec_free(&accounts);
	pl_vec_free(&ids);
	return rc;
}

/* name:x:ID:... of passwd(5) and group(5). */
static int read_ids(struct pl_effect_run *run, const char *path, struct pl_map *ret,
		    struct pl_err *err)
{
	struct pl_str text;
	int rc = pl_gen_text(run->tree, run->in, &run->arena, path, &text, err);
	if (rc < 0)
		return rc;
	for (unsigned line = 1; text.p && text.n; line++) {
		struct pl_str rest = pl_str_cut(&text, '\n');
		uint64_t id;
		if (!rest.n)
			continue;
		struct pl_str name = pl_str_cut(&rest, ':');
		pl_str_cut(&rest, ':');
		if (!pl_parse_u64(pl_str_cut(&rest, ':'), UINT32_MAX - 1, &id))
			return pl_fail(err, PL_INPUT, "%s:%u: has no number", path, line);
		if (!pl_map_has(ret, name))
			pl_map_put(ret, name, (void *)(uintptr_t)(id + 1));
	}
	return 0;
}

static struct pl_alternative *to_alternative(struct pl_arena *a, const struct pl_alt_call *c,
					     size_t n)
{
	struct pl_alternative *v = pl_arena_array(a, struct pl_alternative, n + 1);
	for (size_t i = 0; i < n; i++)
		v[i] = (struct pl_alternative){
			.name = pl_arena_cstr(a, c[i].name),
			.link = pl_arena_cstr(a, c[i].link),
			.path = pl_arena_cstr(a, c[i].path),
			.priority = c[i].priority,
			.slaves = to_alternative(a, c[i].slaves, c[i].n_slaves),
			.n_slaves = c[i].n_slaves,
		};
	return v;
}

/* Effects of scripts that debhelper wrote whole, for which there is no recipe. */
static int do_generated(struct pl_effect_run *run, const struct loaded *l, struct pl_err *err)
{
	const struct pl_control *c = l->control;
	for (size_t i = 0; c && i < c->n_scripts; i++) {
		struct pl_recognised rec;
		bool recipe = false;
		if (strcmp(c->scripts[i].name, "postinst") != 0)
			continue;
		for (size_t k = 0; l->applies && k < l->recipe.n_scripts; k++)
			recipe = recipe || pl_str_is(l->recipe.scripts[k].name, c->scripts[i].name);
		if (recipe || !pl_debhelper_recognise(&run->arena, c->scripts[i].text, &rec))
			continue;
		struct pl_alternative *alts =
			to_alternative(&run->arena, rec.alternatives, rec.n_alternatives);
		for (size_t k = 0; k < rec.n_alternatives; k++)
			*pl_vec_push(&run->alternatives) = alts[k];
		for (size_t k = 0; k < rec.n_tmpfiles; k++) {
			int rc = pl_effect_tmpfiles(run, rec.tmpfiles[k], err);
			if (rc < 0)
				return pl_ctx(err, "package " PL_STR_FMT,
					      PL_STR_ARG(l->package->name));
		}
	}
	return 0;
}

static bool has_mark(const struct loaded *l, struct pl_str name)
{
	for (size_t i = 0; i < l->recipe.n_marks; i++) {
		const struct pl_recipe_mark *m = &l->recipe.marks[i];
		for (size_t k = 0; k < l->control->n_scripts; k++) {
			if (pl_str_eq(m->name, name) &&
			    pl_digest_eq(&m->digest, &l->control->scripts[k].normalised))
				return true;
		}
	}
	return false;
}

/* Is it this effect's turn? Links to what may be there come last, for another package's recipe may
 * make it. */
static bool is_due(const struct loaded *l, const struct pl_effect *e, bool last)
{
	return l->applies && last == (e->kind == PL_EFFECT_LINK && e->optional) &&
	       (!e->only.p || has_mark(l, e->only));
}

static int do_package(struct pl_effect_run *run, const struct loaded *l, bool last,
		      struct pl_err *err)
{
	int rc = 0;
	for (size_t i = 0; rc >= 0 && i < l->recipe.n_effects; i++) {
		if (is_due(l, &l->recipe.effects[i], last))
			rc = pl_effect_do(run, &l->recipe, &l->recipe.effects[i], err);
	}
	return rc >= 0 && !last ? do_generated(run, l, err) : rc;
}

static int do_packages(struct pl_effect_run *run, const struct loaded *v, struct pl_err *err)
{
	for (int last = 0; last <= 1; last++) {
		for (size_t i = 0; i < run->in->n_packages; i++) {
			int rc = do_package(run, &v[i], last, err);
			if (rc < 0)
				return rc;
		}
	}
	return 0;
}

/* What is computed from the whole tree, in an order in which each finds what it works from. */
static int do_generators(struct pl_effect_run *run, struct pl_err *err)
{
	int rc = pl_gen_alternatives(run->tree, run->in, run->alternatives.v, run->alternatives.n,
				     err);
	if (rc >= 0 && run->wanted[PL_GEN_SHELLS])
		rc = pl_effect_shells(run, err);
	if (rc >= 0 && run->wanted[PL_GEN_PAM])
		rc = pl_gen_pam(run->tree, run->in, err);
	if (rc >= 0 && run->wanted[PL_GEN_CA])
		rc = pl_gen_ca_certificates(run->tree, run->in, err);
	if (rc >= 0 && run->wanted[PL_GEN_JAVA])
		rc = pl_gen_java_keystore(run->tree, run->in, err);
	/* Also without libc-bin, whose ldconfig makes it: it speeds up every start. */
	if (rc >= 0 && (run->wanted[PL_GEN_LD] || pl_gen_package(run->in, "libc6")))
		rc = pl_gen_ld_so_cache(run->tree, run->in, err);
	return rc;
}

int pl_recipes_apply(struct pl_tree *t, const struct pl_effect_input *in, struct pl_err *err)
{
	struct pl_effect_run run = {.tree = t, .in = in};
	struct loaded *v = pl_arena_array(&run.arena, struct loaded, in->n_packages + 1);
	int rc = pl_gen_skeleton(t, in, err);
	if (rc >= 0)
		rc = load(&run, v, err);
	if (rc >= 0)
		rc = make_accounts(&run, v, err);
	if (rc >= 0)
		rc = read_ids(&run, "etc/passwd", &run.users, err);
	if (rc >= 0)
		rc = read_ids(&run, "etc/group", &run.groups, err);
	if (rc >= 0)
		rc = pl_gen_least_nsswitch(t, in, err);
	if (rc >= 0)
		rc = do_packages(&run, v, err);
	if (rc >= 0)
		rc = do_generators(&run, err);
	pl_vec_free(&run.alternatives);
	pl_map_done(&run.users);
	pl_map_done(&run.groups);
	pl_arena_done(&run.arena);
	return rc;
}
