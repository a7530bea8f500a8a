// SPDX-License-Identifier: Apache-2.0
/* update-alternatives(1) at a fresh installation: every group in automatic mode. */
#include "effects/alternatives.h"
#include "base/map.h"
#include "effects/effects_int.h"

#define DIRECTORY "etc/alternatives"

static bool exists(const struct pl_tree *t, const char *path)
{
	return path && pl_tree_resolve(t, pl_str_of(path), true) != NULL;
}

/* LINK -> /etc/alternatives/NAME -> path. A file that stands where the link should be stays, as the
 * real tool leaves it. */
static int link_one(struct pl_tree *t, const struct pl_effect_input *in,
		    const struct pl_alternative *a, struct pl_err *err)
{
	PL_AUTOFREE char *middle = pl_xprintf(DIRECTORY "/%s", a->name);
	PL_AUTOFREE char *target = pl_xprintf("/" DIRECTORY "/%s", a->name);
	if (!a->name[0] || strchr(a->name, '/') || a->link[0] != '/' || a->path[0] != '/')
		return pl_fail(err, PL_INPUT,
			       "alternative '%s': the name holds '/', or link or path does not "
			       "begin with it",
			       a->name);
	int rc = pl_effect_link(t, in, middle, a->path, err);
	if (rc < 0)
		return rc;
	const struct pl_node *at = pl_tree_resolve(t, pl_str_of(a->link), false);
	if (at && at->type != PL_TAR_SYMLINK)
		return 0;
	return pl_effect_link(t, in, a->link, target, err);
}

static int install(struct pl_tree *t, const struct pl_effect_input *in,
		   const struct pl_alternative *a, struct pl_err *err)
{
	int rc = link_one(t, in, a, err);
	for (size_t i = 0; rc >= 0 && i < a->n_slaves; i++)
		if (exists(t, a->slaves[i].path))
			rc = link_one(t, in, &a->slaves[i], err);
	return rc;
}

int pl_alternatives_make(struct pl_tree *t, const struct pl_effect_input *in,
			 const struct pl_alternative *v, size_t n, struct pl_err *err)
{
	PL_AUTO(map) groups = {0};
	/* What leads here through an older link of the group is no alternative of its own, so all
	 * are looked up before the first link is made. */
	PL_AUTOFREE const struct pl_alternative **best = pl_xcalloc(n + 1, sizeof(*best));
	for (size_t i = 0; i < n; i++) {
		void **slot = pl_map_slot(&groups, pl_str_of(v[i].name));
		const struct pl_alternative **b = *slot;
		if (!b)
			*slot = b = &best[groups.n - 1];
		if (exists(t, v[i].path) && (!*b || v[i].priority > (*b)->priority))
			*b = &v[i];
	}
	for (size_t i = 0; i < groups.n; i++) {
		int rc = best[i] ? install(t, in, best[i], err) : 0;
		if (rc < 0)
			return rc;
	}
	return 0;
}
