// SPDX-License-Identifier: Apache-2.0
/* Looking up in the recipes that are embedded in the program. */
#include "debian/scripts/recipe_int.h"

int pl_recipe_find(struct pl_arena *a, struct pl_str package, struct pl_str architecture,
		   struct pl_recipe *ret, struct pl_err *err)
{
	size_t low = 0, high = pl_recipe_texts_n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = pl_str_cmp(package, pl_str_of(pl_recipe_texts[mid].package));
		if (c == 0) {
			PL_AUTOFREE char *what =
				pl_xprintf("recipe of %s", pl_recipe_texts[mid].package);
			int rc = pl_recipe_parse(a, pl_str_of(pl_recipe_texts[mid].text),
						 architecture, what, ret, err);
			return rc < 0 ? rc : 1;
		}
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return 0;
}

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
