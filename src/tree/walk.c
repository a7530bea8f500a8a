// SPDX-License-Identifier: Apache-2.0
/* Reading a whole tree: order, paths, comparison, copies; and the shorthands over put. */
#include "tree/tree_int.h"

#include <assert.h>

struct pl_node *pl_tree_next(const struct pl_node *root, const struct pl_node *n)
{
	if (!n)
		n = root;
	if (n->n_children)
		return n->children[0];
	while (n != root) {
		const struct pl_node *dir = n->parent;
		uint32_t i = pl_tree_index(n) + 1;
		if (i < dir->n_children)
			return dir->children[i];
		n = dir;
	}
	return NULL;
}

void pl_tree_path(const struct pl_node *n, struct pl_buf *b)
{
	size_t len = 0;
	for (const struct pl_node *at = n; at->parent; at = at->parent)
		len += at->name.n + (at->parent->parent != NULL);
	pl_buf_clear(b);
	char *to = pl_buf_room(b, len);
	if (!to)
		return;
	b->n = len;
	to[len] = '\0';
	for (const struct pl_node *at = n; at->parent; at = at->parent) {
		len -= at->name.n;
		memcpy(to + len, at->name.p, at->name.n);
		if (len)
			to[--len] = '/';
	}
}

static bool same_path(const struct pl_node *a, const struct pl_node *b)
{
	while (a->parent && b->parent && pl_str_eq(a->name, b->name)) {
		a = a->parent;
		b = b->parent;
	}
	return !a->parent && !b->parent;
}

bool pl_node_same(const struct pl_node *a, const struct pl_node *b)
{
	if (a->type != b->type)
		return false;
	if (a->hardlink) {
		a = a->hardlink;
		b = b->hardlink;
		if (!same_path(a, b) || a->type != b->type)
			return false;
	}
	if (a->uid != b->uid || a->gid != b->gid || a->mtime != b->mtime)
		return false;
	/* A symlink's mode is 0777 to everybody who looks (symlink(7)), whatever an archive says.
	 */
	if (a->type == PL_TAR_SYMLINK)
		return pl_str_eq(a->link, b->link);
	if (a->mode != b->mode || !pl_str_eq(a->capability, b->capability))
		return false;
	if (a->type == PL_TAR_CHAR || a->type == PL_TAR_BLOCK)
		return a->major == b->major && a->minor == b->minor;
	return a->type != PL_TAR_FILE ||
	       (a->size == b->size && pl_digest_eq(&a->sha256, &b->sha256));
}

static struct pl_node *copy_node(struct pl_tree *t, const struct pl_node *from,
				 struct pl_node *parent)
{
	struct pl_node *to = pl_arena_new(&t->arena, struct pl_node);
	*to = *from;
	to->parent = parent;
	to->hardlink = to->next_link = NULL;
	to->children = NULL;
	to->n_children = to->cap_children = 0;
	to->name = pl_arena_str(&t->arena, from->name);
	if (from->bytes.n)
		to->bytes = pl_arena_str(&t->arena, from->bytes);
	if (from->link.n)
		to->link = pl_arena_str(&t->arena, from->link);
	if (from->capability.n)
		to->capability = pl_arena_str(&t->arena, from->capability);
	return to;
}

static void copy_children(struct pl_tree *t, struct pl_node *to, const struct pl_node *from)
{
	if (from->n_children == 0)
		return;
	to->children = pl_arena_array(&t->arena, struct pl_node *, from->n_children);
	to->n_children = to->cap_children = from->n_children;
	for (uint32_t i = 0; i < from->n_children; i++)
		to->children[i] = copy_node(t, from->children[i], to);
}

void pl_tree_copy(struct pl_tree *to, const struct pl_tree *from)
{
	PL_AUTO(buf) path = {0};
	assert(to->n_nodes == 0);
	const struct pl_node *f = from->root;
	struct pl_node *n = to->root = copy_node(to, f, NULL);
	/* Both walks take the same steps: a directory is filled before the walk enters it. */
	do {
		copy_children(to, n, f);
		f = pl_tree_next(from->root, f);
		n = pl_tree_next(to->root, n);
	} while (f);
	for (f = from->root, n = to->root; f;
	     f = pl_tree_next(from->root, f), n = pl_tree_next(to->root, n)) {
		if (!f->hardlink)
			continue;
		pl_tree_path(f->hardlink, &path);
		n->hardlink = pl_tree_get(to, pl_buf_str(&path));
		n->next_link = n->hardlink->next_link;
		n->hardlink->next_link = n;
	}
	to->n_nodes = from->n_nodes;
}

int pl_tree_duplicate(struct pl_tree *t, const struct pl_node *from, struct pl_str path,
		      struct pl_node **ret, struct pl_err *err)
{
	struct pl_node *to;
	from = pl_node_file(from);
	struct pl_tar_entry e = {
		.type = from->type,
		.path = path,
		.link = from->link,
		.mode = from->mode,
		.uid = from->uid,
		.gid = from->gid,
		.mtime = from->mtime,
		.size = from->size,
		.major = from->major,
		.minor = from->minor,
	};
	int rc = pl_tree_put(t, &e, &to, err);
	if (rc < 0)
		return rc;
	to->body = from->body;
	to->size = from->size;
	to->sha256 = from->sha256;
	to->bytes = from->bytes;
	to->capability = from->capability;
	to->owner = from->owner;
	if (ret)
		*ret = to;
	return 0;
}

int pl_tree_mkdir(struct pl_tree *t, struct pl_str path, uint32_t mode, uint32_t uid, uint32_t gid,
		  int64_t mtime, struct pl_node **ret, struct pl_err *err)
{
	struct pl_tar_entry e = {.type = PL_TAR_DIR, .path = path, .mode = mode};
	e.uid = uid;
	e.gid = gid;
	e.mtime = mtime;
	return pl_tree_put(t, &e, ret, err);
}

int pl_tree_symlink(struct pl_tree *t, struct pl_str path, struct pl_str target, int64_t mtime,
		    struct pl_node **ret, struct pl_err *err)
{
	struct pl_tar_entry e = {.type = PL_TAR_SYMLINK, .path = path, .link = target};
	e.mode = 0777;
	e.mtime = mtime;
	return pl_tree_put(t, &e, ret, err);
}

int pl_tree_file(struct pl_tree *t, struct pl_str path, struct pl_str bytes, uint32_t mode,
		 uint32_t uid, uint32_t gid, int64_t mtime, struct pl_node **ret,
		 struct pl_err *err)
{
	struct pl_tar_entry e = {.type = PL_TAR_FILE, .path = path, .mode = mode};
	struct pl_node *n;
	e.uid = uid;
	e.gid = gid;
	e.mtime = mtime;
	e.size = bytes.n;
	int rc = pl_tree_put(t, &e, &n, err);
	if (rc < 0)
		return rc;
	n->sha256 = pl_sha256_of(bytes);
	if (bytes.n) {
		n->body = PL_BODY_BYTES;
		n->bytes = pl_arena_str(&t->arena, bytes);
	}
	if (ret)
		*ret = n;
	return 0;
}
