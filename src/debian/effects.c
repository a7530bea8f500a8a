// SPDX-License-Identifier: Apache-2.0
#include "debian/effects_int.h"

#include "base/num.h"
#include "debian/debhelper_int.h"

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

/* What every image has, whether base-files is in it or not (FHS 3.0, hier(7)). */
static const struct {
	const char *path;
	uint32_t mode;
} skeleton[] = {
	{"dev", 0755},       {"etc", 0755},       {"home", 0755},      {"proc", 0755},
	{"root", 0700},      {"run", 0755},       {"sys", 0755},       {"tmp", 01777},
	{"usr", 0755},       {"usr/bin", 0755},   {"usr/lib", 0755},   {"usr/sbin", 0755},
	{"usr/share", 0755}, {"var", 0755},       {"var/cache", 0755}, {"var/lib", 0755},
	{"var/log", 0755},   {"var/spool", 0755}, {"var/tmp", 01777},
};

/* A merged-/usr link: where the tree already has it (trixie's base-files) it stays. */
static int merged_link(struct pl_effect_run *run, const char *name, struct pl_err *err)
{
	struct pl_node *n = pl_tree_get(run->tree, pl_str_of(name));
	const char *target = pl_arena_printf(&run->arena, "usr/%s", name);
	if (n && n->type == PL_TAR_SYMLINK && pl_str_is(n->link, target))
		return 0;
	if (n)
		return pl_fail(err, PL_CONFLICT, "/%s: must be a link to %s in an image", name,
			       target);
	return pl_tree_symlink(run->tree, pl_str_of(name), pl_str_of(target), run->in->epoch, NULL,
			       err);
}

static int lay_skeleton(struct pl_effect_run *run, struct pl_err *err)
{
	static const char *const always[] = {"bin", "lib", "sbin"};
	static const char *const biarch[] = {"lib32", "lib64", "libx32"};
	bool amd64 = strcmp(run->in->architecture, "amd64") == 0;
	int r = 0;
	for (size_t i = 0; r >= 0 && i < PL_COUNT(skeleton); i++) {
		if (!pl_tree_get(run->tree, pl_str_of(skeleton[i].path)))
			r = pl_tree_mkdir(run->tree, pl_str_of(skeleton[i].path), skeleton[i].mode,
					  0, 0, run->in->epoch, NULL, err);
	}
	for (size_t i = 0; r >= 0 && i < PL_COUNT(always); i++)
		r = merged_link(run, always[i], err);
	if (r >= 0 && amd64)
		r = pl_gen_dir(run->tree, run->in, "usr/lib64", err);
	for (size_t i = 0; r >= 0 && i < PL_COUNT(biarch); i++) {
		char *below = pl_arena_printf(&run->arena, "usr/%s", biarch[i]);
		if (pl_tree_get(run->tree, pl_str_of(below)))
			r = merged_link(run, biarch[i], err);
	}
	return r;
}

struct loaded {
	const struct pl_effect_package *package;
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
		int r = pl_recipe_find(&run->arena, v[i].package->name,
				       pl_str_of(run->in->architecture), &v[i].recipe, err);
		if (r < 0)
			return r;
		v[i].applies = r > 0 && v[i].package->control &&
			       speaks_of(&v[i].recipe, v[i].package->control);
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

#define PASSWD_MASTER "usr/share/base-passwd/passwd.master"
/* Numbers below this are allocated by Debian for all systems, and base-passwd makes them (Policy
 * 9.2.2). */
#define STATIC_IDS 100

/* Without base-passwd there are root, nobody and nogroup to begin with: see recipes/README.md. */
static int least_accounts(struct pl_effect_run *run, struct pl_err *err)
{
	static const struct {
		const char *path, *master, *text;
	} files[] = {
		{"etc/passwd", PASSWD_MASTER,
		 "root:*:0:0:root:/root:/bin/bash\n"
		 "nobody:*:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"},
		{"etc/group", "usr/share/base-passwd/group.master",
		 "root:*:0:\nnogroup:*:65534:\n"},
	};
	for (size_t i = 0; i < PL_COUNT(files); i++) {
		if (pl_tree_resolve(run->tree, pl_str_of(files[i].master), true) ||
		    pl_tree_resolve(run->tree, pl_str_of(files[i].path), true))
			continue;
		int r = pl_gen_file(run->tree, run->in, files[i].path, pl_str_of(files[i].text),
				    0644, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* passwd, group, shadow, gshadow. */
static int make_accounts(struct pl_effect_run *run, const struct loaded *v, struct pl_err *err)
{
	PL_VEC(struct pl_account) accounts = {0};
	PL_VEC(struct pl_id) ids = {0};
	bool masters = pl_tree_resolve(run->tree, PL_STR(PASSWD_MASTER), true);
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
	int r = least_accounts(run, err);
	if (r >= 0)
		r = pl_gen_accounts(run->tree, &in, accounts.v, accounts.n, err);
	pl_vec_free(&accounts);
	pl_vec_free(&ids);
	return r;
}

/* name:x:ID:... of passwd(5) and group(5). */
static int read_ids(struct pl_effect_run *run, const char *path, struct pl_map *ret,
		    struct pl_err *err)
{
	struct pl_str text;
	int r = pl_gen_text(run->tree, run->in, &run->arena, path, &text, err);
	if (r < 0)
		return r;
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
	const struct pl_control *c = l->package->control;
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
			int r = pl_effect_tmpfiles(run, rec.tmpfiles[k], err);
			if (r < 0)
				return pl_ctx(err, "package " PL_STR_FMT,
					      PL_STR_ARG(l->package->name));
		}
	}
	return 0;
}

static int do_packages(struct pl_effect_run *run, const struct loaded *v, struct pl_err *err)
{
	for (size_t i = 0; i < run->in->n_packages; i++) {
		for (size_t k = 0; v[i].applies && k < v[i].recipe.n_effects; k++) {
			int r = pl_effect_do(run, &v[i].recipe, &v[i].recipe.effects[k], err);
			if (r < 0)
				return r;
		}
		int r = do_generated(run, &v[i], err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* What is computed from the whole tree, in an order in which each finds what it works from. */
static int do_generators(struct pl_effect_run *run, struct pl_err *err)
{
	int r = pl_gen_alternatives(run->tree, run->in, run->alternatives.v, run->alternatives.n,
				    err);
	if (r >= 0 && run->wanted[PL_GEN_SHELLS])
		r = pl_effect_shells(run, err);
	if (r >= 0 && run->wanted[PL_GEN_PAM])
		r = pl_gen_pam(run->tree, run->in, err);
	if (r >= 0 && run->wanted[PL_GEN_CA])
		r = pl_gen_ca_certificates(run->tree, run->in, err);
	if (r >= 0 && run->wanted[PL_GEN_JAVA])
		r = pl_gen_java_keystore(run->tree, run->in, err);
	if (r >= 0 && run->wanted[PL_GEN_LD])
		r = pl_gen_ld_so_cache(run->tree, run->in, err);
	return r;
}

int pl_effects_apply(struct pl_tree *t, const struct pl_effect_input *in, struct pl_err *err)
{
	struct pl_effect_run run = {.tree = t, .in = in};
	struct loaded *v = pl_arena_array(&run.arena, struct loaded, in->n_packages + 1);
	int r = lay_skeleton(&run, err);
	if (r >= 0)
		r = load(&run, v, err);
	if (r >= 0)
		r = make_accounts(&run, v, err);
	if (r >= 0)
		r = read_ids(&run, "etc/passwd", &run.users, err);
	if (r >= 0)
		r = read_ids(&run, "etc/group", &run.groups, err);
	if (r >= 0)
		r = do_packages(&run, v, err);
	if (r >= 0)
		r = do_generators(&run, err);
	pl_vec_free(&run.alternatives);
	pl_map_done(&run.users);
	pl_map_done(&run.groups);
	pl_arena_done(&run.arena);
	return r;
}
