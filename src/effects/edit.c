// SPDX-License-Identifier: Apache-2.0
#include "effects/edit.h"

#include "effects/effects_int.h"

/* What is not there is an error only where it has to be. */
static int absent(struct pl_str path, unsigned flags, struct pl_err *err)
{
	return flags & PL_EDIT_OPTIONAL ? 0 : pl_effect_missing(path, err);
}

/* ln -sf, but for the empty directory (base-files' /var/run becomes a link). */
int pl_edit_link(struct pl_tree *t, const struct pl_effect_input *in, struct pl_str path,
		 struct pl_str target, unsigned flags, struct pl_err *err)
{
	struct pl_node *n = pl_tree_resolve(t, path, false);
	if (n && flags & PL_EDIT_KEEP)
		return 0;
	if (n && n->type == PL_TAR_SYMLINK && pl_str_eq(n->link, target))
		return 0;
	if (n && n->type == PL_TAR_DIR && n->n_children)
		return pl_fail(err, PL_CONFLICT,
			       "/" PL_STR_FMT " holds files, but becomes a link to " PL_STR_FMT,
			       PL_STR_ARG(path), PL_STR_ARG(target));
	if (n)
		pl_tree_remove(t, n);
	return pl_tree_symlink(t, path, target, in->epoch, NULL, err);
}

int pl_edit_rename(struct pl_tree *t, struct pl_str from, struct pl_str path, unsigned flags,
		   struct pl_err *err)
{
	struct pl_node *n = pl_tree_resolve(t, from, false);
	if (pl_tree_resolve(t, path, false))
		return 0; /* done before */
	if (!n)
		return absent(from, flags, err);
	if (n->type == PL_TAR_DIR)
		return pl_fail(err, PL_INPUT, "/" PL_STR_FMT " is a directory: only files move",
			       PL_STR_ARG(from));
	int rc = pl_tree_duplicate(t, n, path, NULL, err);
	if (rc < 0)
		return rc;
	pl_tree_remove(t, n);
	return 0;
}

void pl_edit_remove(struct pl_tree *t, struct pl_str path)
{
	struct pl_node *n = pl_tree_resolve(t, path, false);
	if (n)
		pl_tree_remove(t, n);
}

int pl_edit_capability(struct pl_tree *t, struct pl_str path, struct pl_str value, unsigned flags,
		       struct pl_err *err)
{
	struct pl_node *n = pl_tree_resolve(t, path, true);
	if (!n)
		return absent(path, flags, err);
	n->capability = pl_arena_str(&t->arena, value);
	return 0;
}
