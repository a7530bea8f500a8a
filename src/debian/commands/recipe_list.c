// SPDX-License-Identifier: Apache-2.0
/* The recipes that speak of a package, for people. */
#include "debian/commands/recipe.h"

#include <fnmatch.h>

struct recipe_listing {
	struct pl_arena *a;
	const char *package;
	PL_VEC(const char *) lines;
};

/* What is for all packages speaks of none. */
static bool speaks_of(const char *pattern, const char *package)
{
	return strcmp(pattern, "*") != 0 && fnmatch(pattern, package, 0) == 0;
}

/* The lines of one text. */
static int list_text(struct recipe_listing *l, struct pl_str text, const char *what,
		     struct pl_err *err)
{
	struct pl_recipes r = {0};
	int rc = pl_recipes_parse(l->a, text, what, &r, err);
	for (size_t i = 0; rc == 0 && i < r.n; i++)
		if (speaks_of(r.v[i].package, l->package))
			*pl_vec_push(&l->lines) = pl_arena_printf(
				l->a, "%s: command \"%s\" %s: %s", what, r.v[i].command,
				pl_recipe_kinds[r.v[i].kind], r.v[i].text);
	for (size_t i = 0; rc == 0 && i < r.n_scripts; i++)
		if (speaks_of(r.scripts[i].package, l->package))
			*pl_vec_push(&l->lines) =
				pl_arena_printf(l->a, "%s: script %s: %s", what,
						r.scripts[i].script, r.scripts[i].reason);
	return rc;
}

int pl_recipes_of(const struct pl_recipe_file *own, size_t n, const char *package,
		  struct pl_arena *a, const char *const **ret, struct pl_err *err)
{
	struct recipe_listing l = {.a = a, .package = package};
	int rc = 0;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = list_text(&l, own[i].text, own[i].name, err);
	if (rc == 0)
		rc = list_text(&l, pl_str_of(pl_recipes_text), "the program", err);
	*pl_vec_push(&l.lines) = NULL;
	*ret = pl_arena_dup(a, l.lines.v, l.lines.n, sizeof(*l.lines.v));
	pl_vec_free(&l.lines);
	return rc;
}
