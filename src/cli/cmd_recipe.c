// SPDX-License-Identifier: Apache-2.0
/* Recipes: is what we put together what a real installation gives, and what to write where not. */
#include "cli/recipe_int.h"

#include "base/file.h"

#define MACHINE "localhost"

static const struct pl_option options[] = {
	{"image", 0, "NAME", "check: the packages of this image of the fleet",
	 offsetof(struct pl_args, name), NULL},
	{"all", 0, NULL, "check: each image of the fleet", offsetof(struct pl_args, all), NULL},
	{"distro", 0, "NAME", "of packages: the distro of fleet.yaml (default: its only one)",
	 offsetof(struct pl_args, distro), NULL},
	{"platform", 0, "OS/ARCH", "what is installed (default: this machine's)",
	 offsetof(struct pl_args, platform), NULL},
	{"write", 0, NULL, "learn: write recipes/PACKAGE.recipe in the fleet (default: print it)",
	 offsetof(struct pl_args, write), NULL},
	{"full", 0, NULL, "check: explained differences, too", offsetof(struct pl_args, full),
	 NULL},
};

static int find_distro(const struct pl_cli *c, const struct pl_fleet *f,
		       const struct pl_distro **ret, struct pl_err *err)
{
	if (!c->args.distro && f->n_distros == 1) {
		*ret = &f->distros[0];
		return 0;
	}
	if (!c->args.distro)
		return pl_fail(err, PL_USAGE, "fleet.yaml has %zu distros: say --distro NAME",
			       f->n_distros);
	for (size_t i = 0; i < f->n_distros; i++)
		if (strcmp(f->distros[i].name, c->args.distro) == 0) {
			*ret = &f->distros[i];
			return 0;
		}
	return pl_fail(err, PL_NOT_FOUND, "fleet.yaml has no distro %.60s", c->args.distro);
}

static int find_platform(const struct pl_cli *c, const struct pl_platform **ret, struct pl_err *err)
{
	*ret = c->args.platform ? pl_platform_find(pl_str_of(c->args.platform))
				: pl_platform_host();
	return *ret ? 0
		    : pl_fail(err, PL_USAGE, "--platform %.60s: no platform is called so",
			      c->args.platform);
}

struct work {
	struct pl_fleet *fleet;
	struct pl_lock *former;
	struct pl_store *store;
	const struct pl_platform *platform;
};

static void work_done(struct work *w)
{
	pl_lock_free(w->former);
	pl_store_free(w->store);
	pl_fleet_free(w->fleet);
}

static int work_open(struct pl_cli *c, struct work *ret, struct pl_err *err)
{
	int rc = find_platform(c, &ret->platform, err);
	if (rc == 0)
		rc = pl_cli_fleet(c, &ret->fleet, err);
	if (rc == 0)
		rc = pl_cli_lock_there(c, &ret->former, err);
	return rc < 0 ? rc : pl_cli_store(c, &ret->store, err);
}

/* -- check -- */

static int check_one(struct pl_cli *c, const struct work *w, const struct pl_trial_request *rq,
		     const char *name, struct pl_cli_checks *ret, struct pl_err *err)
{
	struct pl_trial *t;
	struct pl_cli_check *k;
	int rc = pl_trial_open(&c->env, w->fleet, w->former, w->store, rq, &t, err);
	if (rc < 0)
		return pl_ctx(err, "%s", name);
	k = pl_vec_push(&ret->v);
	k->name = name;
	k->trial = t; /* its texts are shown at the end */
	rc = pl_trial_compare(t, MACHINE, &k->comparison, err);
	if (rc < 0)
		return pl_ctx(err, "%s", name);
	ret->n_bad += pl_cli_check_bad(k);
	return 0;
}

static int check_images(struct pl_cli *c, const struct work *w, struct pl_cli_checks *ret,
			struct pl_err *err)
{
	const char *one[] = {c->args.name, NULL};
	const char *const *images;
	c->args.operands = c->args.name ? one : (const char *[]){NULL};
	c->args.n_operands = c->args.name ? 1 : 0;
	int rc = pl_cli_images(c, w->fleet, &images, err);
	for (size_t i = 0; rc == 0 && i < w->fleet->n_images; i++) {
		const struct pl_image *image = w->fleet->images[i];
		bool wanted = !images;
		for (size_t k = 0; images && images[k]; k++)
			wanted = wanted || strcmp(images[k], image->id) == 0;
		const struct pl_trial_request rq = {.image = image, .platform = w->platform};
		if (wanted)
			rc = check_one(c, w, &rq, image->id, ret, err);
	}
	return rc;
}

/* "nginx curl" */
static const char *joined(struct pl_cli *c, const char *const *packages)
{
	PL_AUTO(buf) b = {0};
	for (size_t i = 0; packages[i]; i++)
		pl_buf_addf(&b, "%s%s", i ? " " : "", packages[i]);
	return pl_arena_cstr(&c->arena, pl_buf_str(&b));
}

static int check(struct pl_cli *c, const char *const *packages, struct pl_err *err)
{
	__attribute__((cleanup(work_done))) struct work w = {0};
	__attribute__((cleanup(pl_cli_checks_done))) struct pl_cli_checks checks = {0};
	struct pl_trial_request rq = {.packages = packages};
	if ((c->args.name != NULL) + c->args.all + (packages[0] != NULL) != 1)
		return pl_fail(err, PL_USAGE,
			       "recipe check: give packages, or --image NAME, or --all");
	int rc = work_open(c, &w, err);
	rq.platform = w.platform;
	if (rc == 0 && packages[0])
		rc = find_distro(c, w.fleet, &rq.distro, err);
	if (rc == 0)
		rc = packages[0] ? check_one(c, &w, &rq, joined(c, packages), &checks, err)
				 : check_images(c, &w, &checks, err);
	if (rc < 0)
		return rc;
	pl_out_checks(c, &checks);
	if (checks.n_bad)
		return pl_fail(err, PL_VERIFY,
			       "%zu of %zu differ from a real installation without explanation",
			       checks.n_bad, checks.v.n);
	return 0;
}

/* -- learn -- */

static int write_recipe(struct pl_cli *c, const char *package, const char *text,
			const char **ret_path, struct pl_err *err)
{
	const char *dir = c->args.dir ? c->args.dir : ".";
	PL_AUTOFREE char *recipes = pl_path_join(dir, "recipes");
	*ret_path = pl_arena_printf(&c->arena, "%s/%s.recipe", recipes, package);
	if (pl_file_exists(*ret_path))
		return pl_fail(err, PL_CONFLICT,
			       "%s is there already; take it away, or write what is learnt into it",
			       *ret_path);
	int rc = pl_mkdirs(recipes, err);
	return rc < 0 ? rc : pl_file_write(*ret_path, pl_str_of(text), 0644, err);
}

static int learn(struct pl_cli *c, const char *const *packages, struct pl_err *err)
{
	__attribute__((cleanup(work_done))) struct work w = {0};
	PL_AUTO_FREE(trial) t = NULL;
	const char *one[] = {packages[0], NULL}, *path = NULL;
	struct pl_trial_request rq = {.packages = one};
	struct pl_learnt learnt;
	if (!packages[0] || packages[1])
		return pl_fail(err, PL_USAGE, "recipe learn: give one package");
	int rc = work_open(c, &w, err);
	rq.platform = w.platform;
	if (rc == 0)
		rc = find_distro(c, w.fleet, &rq.distro, err);
	if (rc == 0)
		rc = pl_trial_open(&c->env, w.fleet, w.former, w.store, &rq, &t, err);
	if (rc == 0)
		rc = pl_trial_learn(t, packages[0], &learnt, err);
	if (rc == 0 && learnt.text && c->args.write)
		rc = write_recipe(c, packages[0], learnt.text, &path, err);
	if (rc == 0)
		pl_out_learnt(c, packages[0], &learnt, path);
	return rc;
}

/* -- all -- */

static int run_verb(struct pl_cli *c, struct pl_err *err)
{
	static const struct {
		const char *name;
		int (*run)(struct pl_cli *c, const char *const *packages, struct pl_err *err);
	} verbs[] = {{"check", check},
		     {"learn", learn},
		     {"show", pl_cli_recipe_show},
		     {"diff", pl_cli_recipe_diff}};
	const char *const *operands = c->args.operands;
	for (size_t i = 0; i < PL_COUNT(verbs); i++)
		if (strcmp(verbs[i].name, operands[0]) == 0)
			return verbs[i].run(c, operands + 1, err);
	return pl_fail(err, PL_USAGE, "recipe %.40s: give check, learn, show or diff", operands[0]);
}

const struct pl_command pl_cmd_recipe = {
	.name = "recipe",
	.operands = "check|learn|show|diff [PACKAGE]...",
	.summary = "hold maintainer scripts against a real installation; learn what is refused",
	.about = "recipe check installs packages, or an image's, for real, with mmdebstrap in "
		 "namespaces of its own and without\n"
		 "network, and compares every path with what we put together: type, owner, mode, "
		 "content, link, capabilities.\n"
		 "What may differ is explained as data; status 5 when anything else does. recipe "
		 "learn turns what a script that\n"
		 "is refused has done, twice and on machines of other names, into a recipe of the "
		 "fleet: what is another each\n"
		 "time is left to the first start. recipe show tells what is known of a package's "
		 "scripts, recipe diff what\n"
		 "changed in them since a version whose .deb the store has, or since a .deb file.",
	.examples = "plimsoll recipe check postgresql-15\nplimsoll recipe check --image web\n"
		    "plimsoll recipe learn privoxy --write\nplimsoll recipe show nginx-common\n"
		    "plimsoll recipe diff openssh-server 1:9.2p1-2",
	.options = options,
	.n_options = PL_COUNT(options),
	.min_operands = 1,
	.max_operands = 1000,
	.run = run_verb,
};
