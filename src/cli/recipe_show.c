// SPDX-License-Identifier: Apache-2.0
/* What is known of a package's scripts: the lock's verdicts, and the recipes that speak of it. */
#include "cli/recipe_int.h"

#include "package/format.h"

/* Packages of that name in the lock, which may be NULL. */
typedef PL_VEC(const struct pl_lock_package *) locked_packages;

static void find_packages(const struct pl_lock *l, const char *name, locked_packages *ret)
{
	for (size_t i = 0; l && i < l->n_distros; i++)
		for (size_t k = 0; k < l->distros[i].n_packages; k++)
			if (strcmp(l->distros[i].packages[k].name, name) == 0)
				*pl_vec_push(ret) = &l->distros[i].packages[k];
}

static void print_text(struct pl_cli *c, const locked_packages *p, const char *const *recipes)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct pl_lock_package *one = p->v[i];
		pl_buf_addf(&c->out, "%s %s (%s)%s\n", one->name, one->version, one->architecture,
			    one->n_scripts ? "" : ": no scripts");
		for (size_t k = 0; k < one->n_scripts; k++)
			pl_buf_addf(&c->out, "  %-9s %-12s %s\n", one->scripts[k].name,
				    one->scripts[k].verdict, one->scripts[k].reason);
	}
	for (size_t i = 0; recipes[i]; i++) {
		pl_out_text(&c->out, recipes[i]);
		pl_buf_addc(&c->out, '\n');
	}
}

static void print_json(struct pl_cli *c, const locked_packages *p, const char *const *recipes)
{
	struct pl_jw w;
	pl_json_begin(c, &w);
	pl_jw_key(&w, "packages");
	pl_jw_array(&w);
	for (size_t i = 0; i < p->n; i++) {
		const struct pl_lock_package *one = p->v[i];
		pl_jw_object(&w);
		pl_jw_kcstr(&w, "package", one->name);
		pl_jw_kcstr(&w, "version", one->version);
		pl_jw_kcstr(&w, "architecture", one->architecture);
		pl_jw_key(&w, "scripts");
		pl_jw_array(&w);
		for (size_t k = 0; k < one->n_scripts; k++) {
			pl_jw_object(&w);
			pl_jw_kcstr(&w, "script", one->scripts[k].name);
			pl_jw_kcstr(&w, "verdict", one->scripts[k].verdict);
			pl_jw_kcstr(&w, "reason", one->scripts[k].reason);
			pl_jw_kdigest(&w, "sha256", one->scripts[k].sha256.b);
			pl_jw_end_object(&w);
		}
		pl_jw_end_array(&w);
		pl_jw_end_object(&w);
	}
	pl_jw_end_array(&w);
	pl_jw_kcstrs(&w, "recipes", recipes);
	pl_json_end(c, &w);
}

int pl_cli_recipe_show(struct pl_cli *c, const char *const *operands, struct pl_err *err)
{
	PL_AUTO_FREE(fleet) f = NULL;
	PL_AUTO_FREE(lock) l = NULL;
	locked_packages packages = {0};
	const char *const *recipes = NULL;
	if (!operands[0] || operands[1])
		return pl_fail(err, PL_USAGE, "recipe show: give one package");
	int rc = pl_cli_fleet(c, &f, err);
	if (rc == 0)
		rc = pl_cli_lock_there(c, &l, err);
	const struct pl_package_format *format =
		rc == 0 && f->n_distros ? pl_format_find(&c->env, f->distros[0].ecosystem) : NULL;
	if (format)
		rc = format->recipes(f->recipes, f->n_recipes, operands[0], &c->arena, &recipes,
				     err);
	if (rc < 0)
		return rc;
	find_packages(l, operands[0], &packages);
	if (!packages.n && !(recipes && recipes[0]))
		rc = pl_fail(err, PL_NOT_FOUND,
			     "the lock has no package %.80s, and no recipe speaks of it",
			     operands[0]);
	else if (c->json)
		print_json(c, &packages, recipes);
	else
		print_text(c, &packages, recipes);
	pl_vec_free(&packages);
	return rc;
}
