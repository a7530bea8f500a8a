// SPDX-License-Identifier: Apache-2.0
#include "tree/diff.h"

struct comparison {
	pl_tree_diff_fn *tell;
	void *ctx;
};

static void tell_all(const struct comparison *c, const struct pl_node *n, bool came)
{
	c->tell(c->ctx, came ? NULL : n, came ? n : NULL);
	for (uint32_t i = 0; i < n->n_children; i++)
		tell_all(c, n->children[i], came);
}

static bool same(const struct pl_node *a, const struct pl_node *b)
{
	struct pl_node x = *pl_node_file(a), y = *pl_node_file(b);
	x.mtime = y.mtime = 0;
	return !a->hardlink == !b->hardlink && pl_node_same(&x, &y);
}

static void compare(const struct comparison *c, const struct pl_node *was, const struct pl_node *is)
{
	uint32_t i = 0, k = 0;
	if (!same(was, is))
		c->tell(c->ctx, was, is);
	while (i < was->n_children || k < is->n_children) {
		const struct pl_node *a = i < was->n_children ? was->children[i] : NULL;
		const struct pl_node *b = k < is->n_children ? is->children[k] : NULL;
		int order = !a ? 1 : !b ? -1 : pl_str_cmp(a->name, b->name);
		if (order == 0)
			compare(c, a, b);
		else
			tell_all(c, order < 0 ? a : b, order > 0);
		i += order <= 0;
		k += order >= 0;
	}
}

void pl_tree_diff(const struct pl_tree *was, const struct pl_tree *is, pl_tree_diff_fn *tell,
		  void *ctx)
{
	const struct comparison c = {tell, ctx};
	compare(&c, was->root, is->root);
}
