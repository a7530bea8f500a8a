// SPDX-License-Identifier: Apache-2.0
#include "debian/scripts/apply_int.h"
#include "debian/scripts/debhelper_int.h"
#include "effects/nsswitch.h"
#include "effects/skeleton.h"
#include "effects/tmpfiles.h"

/* What base-passwd's postinst begins with. */
static const struct pl_account_templates masters = {
	.passwd = "usr/share/base-passwd/passwd.master",
	.group = "usr/share/base-passwd/group.master",
};

const struct pl_effect_package *pl_recipe_installed(const struct pl_effect_input *in,
						    const char *name)
{
	for (size_t i = 0; i < in->n_packages; i++)
		if (pl_str_is(in->packages[i].name, name))
			return &in->packages[i];
	return NULL;
}

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

static int load_recipes(struct pl_recipe_run *run, struct pl_err *err)
{
	struct pl_str architecture = pl_str_of(run->in->platform->debian);
	run->packages =
		pl_arena_array(&run->arena, struct pl_recipe_package, run->in->n_packages + 1);
	for (size_t i = 0; i < run->in->n_packages; i++) {
		struct pl_recipe_package *p = &run->packages[i];
		p->package = &run->in->packages[i];
		p->control = p->package->own;
		int rc = pl_recipe_find(&run->arena, p->package->name, architecture, &p->recipe,
					err);
		if (rc < 0)
			return rc;
		p->applies = rc > 0 && p->control && speaks_of(&p->recipe, p->control);
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

struct account_list {
	struct pl_account *v;
	size_t n, cap;
};

/* Those that recipes ask for. Groups first: a user may be a member of another package's group. */
static void collect_accounts(const struct pl_recipe_run *run, struct account_list *ret)
{
	bool has_masters = pl_tree_resolve(run->tree, pl_str_of(masters.passwd), true);
	for (size_t pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < run->in->n_packages; i++) {
			const struct pl_recipe_package *p = &run->packages[i];
			for (size_t k = 0; p->applies && k < p->recipe.n_accounts; k++) {
				const struct pl_account *c = &p->recipe.accounts[k];
				bool has =
					has_masters && c->fixed_id >= 0 && c->fixed_id < STATIC_IDS;
				if (c->is_group == (pass == 0) && !has)
					*pl_vec_push(ret) = *c;
			}
		}
	}
}

/* passwd, group, shadow, gshadow. */
static int make_accounts(struct pl_recipe_run *run, struct pl_err *err)
{
	struct account_list accounts = {0};
	PL_VEC(struct pl_id) ids = {0};
	collect_accounts(run, &accounts);
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
	/* The package passwd turns shadow passwords on. */
	bool shadowed = pl_recipe_installed(&in, "passwd");
	int rc = pl_accounts_make_least(run->tree, &in, &masters, err);
	if (rc >= 0)
		rc = pl_accounts_make(run->tree, &in, &masters, shadowed, accounts.v, accounts.n,
				      err);
	pl_vec_free(&accounts);
	pl_vec_free(&ids);
	return rc;
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
static int do_generated(struct pl_recipe_run *run, const struct pl_recipe_package *p,
			struct pl_err *err)
{
	const struct pl_control *c = p->control;
	for (size_t i = 0; c && i < c->n_scripts; i++) {
		struct pl_recognised rec;
		bool recipe = false;
		if (strcmp(c->scripts[i].name, "postinst") != 0)
			continue;
		for (size_t k = 0; p->applies && k < p->recipe.n_scripts; k++)
			recipe = recipe || pl_str_is(p->recipe.scripts[k].name, c->scripts[i].name);
		if (recipe || !pl_debhelper_recognise(&run->arena, c->scripts[i].text, &rec))
			continue;
		struct pl_alternative *alts =
			to_alternative(&run->arena, rec.alternatives, rec.n_alternatives);
		for (size_t k = 0; k < rec.n_alternatives; k++)
			*pl_vec_push(&run->alternatives) = alts[k];
		for (size_t k = 0; k < rec.n_tmpfiles; k++) {
			int rc = pl_tmpfiles_apply_named(run->tree, run->in, rec.tmpfiles[k], err);
			if (rc < 0)
				return pl_ctx(err, "package " PL_STR_FMT,
					      PL_STR_ARG(p->package->name));
		}
	}
	return 0;
}

static bool has_mark(const struct pl_recipe_package *p, struct pl_str name)
{
	for (size_t i = 0; i < p->recipe.n_marks; i++) {
		const struct pl_recipe_mark *m = &p->recipe.marks[i];
		for (size_t k = 0; k < p->control->n_scripts; k++) {
			if (pl_str_eq(m->name, name) &&
			    pl_digest_eq(&m->digest, &p->control->scripts[k].normalised))
				return true;
		}
	}
	return false;
}

/* Is it this effect's turn? Links to what may be there come last, for another package's recipe may
 * make it. */
static bool is_due(const struct pl_recipe_package *p, const struct pl_recipe_effect *e, bool last)
{
	return p->applies && last == (e->kind == PL_RECIPE_LINK && e->optional) &&
	       (!e->only.p || has_mark(p, e->only));
}

static int do_package(struct pl_recipe_run *run, const struct pl_recipe_package *p, bool last,
		      struct pl_err *err)
{
	for (size_t i = 0; i < p->recipe.n_effects; i++) {
		int rc = 0;
		if (is_due(p, &p->recipe.effects[i], last))
			rc = pl_recipe_effect_do(run, &p->recipe, &p->recipe.effects[i], err);
		if (rc < 0)
			return rc;
	}
	return last ? 0 : do_generated(run, p, err);
}

static int do_packages(struct pl_recipe_run *run, struct pl_err *err)
{
	for (int last = 0; last <= 1; last++) {
		for (size_t i = 0; i < run->in->n_packages; i++) {
			int rc = do_package(run, &run->packages[i], last, err);
			if (rc < 0)
				return rc;
		}
	}
	return 0;
}

static int make_skeleton(struct pl_recipe_run *run, struct pl_err *err)
{
	return pl_skeleton_make(run->tree, run->in, err);
}

static int load_owners(struct pl_recipe_run *run, struct pl_err *err)
{
	return pl_owners_load(&run->owners, run->tree, run->in, err);
}

/* Before the recipes, which may add services. Where libc-bin's template is in the image, its recipe
 * copies it. */
static int make_nsswitch(struct pl_recipe_run *run, struct pl_err *err)
{
	if (pl_recipe_installed(run->in, "libc-bin") &&
	    pl_tree_resolve(run->tree, PL_STR("usr/share/libc-bin/nsswitch.conf"), true))
		return 0;
	return pl_nsswitch_make(run->tree, run->in, err);
}

static int make_alternatives(struct pl_recipe_run *run, struct pl_err *err)
{
	return pl_alternatives_make(run->tree, run->in, run->alternatives.v, run->alternatives.n,
				    err);
}

static int add_sources(struct pl_recipe_run *run, struct pl_err *err)
{
	return run->in->add_sources ? run->in->add_sources(run->in->read_ctx, err) : 0;
}

int pl_recipes_apply(struct pl_tree *t, const struct pl_effect_input *in, struct pl_err *err)
{
	static int (*const steps[])(struct pl_recipe_run * run, struct pl_err * err) = {
		make_skeleton,     load_recipes,  make_accounts,
		load_owners,       make_nsswitch, do_packages,
		make_alternatives, add_sources,   pl_recipe_generators_make,
	};
	struct pl_recipe_run run = {.tree = t, .in = in};
	int rc = 0;
	for (size_t i = 0; rc >= 0 && i < PL_COUNT(steps); i++)
		rc = steps[i](&run, err);
	pl_vec_free(&run.alternatives);
	pl_owners_done(&run.owners);
	pl_arena_done(&run.arena);
	return rc;
}
