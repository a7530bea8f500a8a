// SPDX-License-Identifier: Apache-2.0
/* Looking things up: children by name, paths with and without symbolic links. */
#include "tree/tree_int.h"

uint32_t pl_tree_search(const struct pl_node *dir, struct pl_str name, bool *found)
{
	uint32_t lo = 0, hi = dir->n_children;
	*found = false;
	/* Archives are mostly sorted: the new name usually comes after the last one. */
	if (hi && pl_str_cmp(dir->children[hi - 1]->name, name) < 0)
		return hi;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		int c = pl_str_cmp(dir->children[mid]->name, name);
		if (c == 0) {
			*found = true;
			return mid;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* NULL if absent or dir is no directory. */
static struct pl_node *child_named(const struct pl_node *dir, struct pl_str name)
{
	bool found;
	uint32_t i = pl_tree_search(dir, name, &found);
	return found ? dir->children[i] : NULL;
}

uint32_t pl_tree_index(const struct pl_node *n)
{
	const struct pl_node *dir = n->parent;
	bool found;
	if (n->index_hint < dir->n_children && dir->children[n->index_hint] == n)
		return n->index_hint;
	return pl_tree_search(dir, n->name, &found);
}

struct pl_node *pl_tree_get(const struct pl_tree *t, struct pl_str path)
{
	struct pl_node *at = t->root;
	while (at && path.p) {
		struct pl_str name = pl_str_cut(&path, '/');
		if (name.n)
			at = child_named(at, name);
	}
	return at;
}

/* One link more: its text continues from the directory it stands in, or from the root. The
 * recursion is as deep as links nest, so at most PL_TREE_LINKS. */
static struct pl_node *follow(const struct pl_tree *t, struct pl_node *dir,
			      const struct pl_node *link, unsigned *links)
{
	if (++*links > PL_TREE_LINKS || link->link.n == 0)
		return NULL;
	return pl_tree_walk(t, link->link.p[0] == '/' ? t->root : dir, link->link, true, links);
}

struct pl_node *pl_tree_walk(const struct pl_tree *t, struct pl_node *at, struct pl_str path,
			     bool follow_last, unsigned *links)
{
	while (at && path.p) {
		struct pl_str name = pl_str_cut(&path, '/');
		if (name.n == 0 || pl_str_is(name, "."))
			continue;
		if (at->type != PL_TAR_DIR)
			return NULL;
		if (pl_str_is(name, "..")) {
			/* ".." of the root is the root (POSIX.1-2017, 4.13). */
			at = at->parent ? at->parent : at;
			continue;
		}
		struct pl_node *child = child_named(at, name);
		if (!child)
			return NULL;
		const struct pl_node *file = pl_node_file(child);
		/* A rest, even the empty one after a trailing slash, means "the directory behind".
		 */
		if (file->type == PL_TAR_SYMLINK && (path.p || follow_last))
			child = follow(t, at, file, links);
		at = child;
	}
	return at;
}

struct pl_node *pl_tree_resolve(const struct pl_tree *t, struct pl_str path, bool follow_last)
{
	unsigned links = 0;
	return pl_tree_walk(t, t->root, path, follow_last, &links);
}

static unsigned depth_of(const struct pl_node *n)
{
	unsigned d = 0;
	for (; n->parent; n = n->parent)
		d++;
	return d;
}

int pl_tree_order(const struct pl_node *a, const struct pl_node *b)
{
	unsigned da = depth_of(a), db = depth_of(b);
	int tie = (da > db) - (da < db); /* a parent comes before what is below it */
	for (; da > db; da--)
		a = a->parent;
	for (; db > da; db--)
		b = b->parent;
	if (a == b)
		return tie;
	while (a->parent != b->parent) {
		a = a->parent;
		b = b->parent;
	}
	return pl_str_cmp(a->name, b->name);
}
