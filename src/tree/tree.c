// SPDX-License-Identifier: Apache-2.0
/* Changing a tree: put, the shorthands, remove. */
#include "tree/tree_int.h"

#include <assert.h>

#define NAME_MAX_BYTES 255 /* NAME_MAX of every file system an image is unpacked on */

void pl_tree_init(struct pl_tree *t)
{
	*t = (struct pl_tree){0};
	t->root = pl_arena_new(&t->arena, struct pl_node);
	t->root->name = PL_STR("");
	t->root->type = PL_TAR_DIR;
	t->root->mode = 0755;
	t->root->owner = -1;
}

void pl_tree_done(struct pl_tree *t)
{
	pl_arena_done(&t->arena);
	*t = (struct pl_tree){0};
}

/* Lookups of puts before are worth nothing once a name went away or changed its kind. */
static void forget_last(struct pl_tree *t) { t->last_dir = NULL; }

static struct pl_node *insert(struct pl_tree *t, struct pl_node *dir, uint32_t at,
			      struct pl_str name)
{
	struct pl_node *n = pl_arena_new(&t->arena, struct pl_node);
	n->name = pl_arena_str(&t->arena, name);
	n->parent = dir;
	n->owner = -1;
	n->index_hint = at;
	if (dir->n_children == dir->cap_children) {
		uint32_t cap = dir->cap_children ? dir->cap_children * 2 : 4;
		struct pl_node **to = pl_arena_array(&t->arena, struct pl_node *, cap);
		if (dir->n_children)
			memcpy(to, dir->children, dir->n_children * sizeof(*to));
		dir->children = to;
		dir->cap_children = cap;
	}
	memmove(dir->children + at + 1, dir->children + at,
		(dir->n_children - at) * sizeof(*dir->children));
	dir->children[at] = n;
	dir->n_children++;
	t->n_nodes++;
	return n;
}

/* Everything that belongs to the file and not to the name. */
static void move_file(struct pl_node *to, const struct pl_node *from)
{
	to->type = from->type;
	to->body = from->body;
	to->mode = from->mode;
	to->uid = from->uid;
	to->gid = from->gid;
	to->mtime = from->mtime;
	to->size = from->size;
	to->sha256 = from->sha256;
	to->bytes = from->bytes;
	to->link = from->link;
	to->capability = from->capability;
	to->major = from->major;
	to->minor = from->minor;
	to->owner = from->owner;
}

#define GONE UINT32_MAX /* index_hint of a name on its way out */

/* Takes the names marked GONE out of the chain behind first. If first itself is one, the earliest
 * name left becomes the file: hard links to it must not lose their content. */
static void prune_names(struct pl_node *first)
{
	struct pl_node *heir = NULL, **at = &first->next_link;
	while (*at) {
		struct pl_node *l = *at;
		if (l->index_hint != GONE) {
			if (!heir || pl_tree_order(l, heir) < 0)
				heir = l;
			at = &l->next_link;
			continue;
		}
		*at = l->next_link;
		l->hardlink = l->next_link = NULL;
	}
	if (first->index_hint != GONE || !heir)
		return;
	at = &first->next_link;
	while (*at != heir)
		at = &(*at)->next_link;
	*at = heir->next_link;
	move_file(heir, first);
	heir->hardlink = NULL;
	heir->next_link = first->next_link;
	first->next_link = NULL;
	for (struct pl_node *l = heir->next_link; l; l = l->next_link)
		l->hardlink = heir;
}

void pl_tree_remove(struct pl_tree *t, struct pl_node *n)
{
	struct pl_node *dir = n->parent;
	assert(dir);
	forget_last(t);
	uint32_t at = pl_tree_index(n);
	size_t count = 1;
	for (struct pl_node *d = pl_tree_next(n, NULL); d; d = pl_tree_next(n, d)) {
		d->index_hint = GONE;
		count++;
	}
	n->index_hint = GONE;
	prune_names(pl_node_file(n));
	for (struct pl_node *d = pl_tree_next(n, NULL); d; d = pl_tree_next(n, d))
		prune_names(pl_node_file(d));
	dir->n_children--;
	memmove(dir->children + at, dir->children + at + 1,
		(dir->n_children - at) * sizeof(*dir->children));
	n->parent = NULL;
	t->n_nodes -= count;
}

/* A path that puts something into the tree names real components only. */
static int check_path(struct pl_str path, const char *shown, struct pl_err *err)
{
	if (path.n && memchr(path.p, '\0', path.n))
		return pl_fail(err, PL_INPUT, "%s: NUL in a path", shown);
	while (path.p) {
		struct pl_str name = pl_str_cut(&path, '/');
		if (pl_str_is(name, ".") || pl_str_is(name, ".."))
			return pl_fail(err, PL_INPUT, "%s: a path with '.' or '..'", shown);
		if (name.n > NAME_MAX_BYTES)
			return pl_fail(err, PL_INPUT, "%s: a name longer than %d bytes", shown,
				       NAME_MAX_BYTES);
	}
	return 0;
}

static int follow_parent(struct pl_tree *t, struct pl_node **dir, struct pl_str name,
			 unsigned *links, const char *shown, struct pl_err *err)
{
	char text[256];
	struct pl_node *to = pl_tree_walk(t, *dir, name, true, links);
	if (*links > PL_TREE_LINKS)
		return pl_fail(err, PL_LIMIT, "%s: more than %d symbolic links on the way", shown,
			       PL_TREE_LINKS);
	if (!to || to->type != PL_TAR_DIR)
		return pl_fail(err, PL_CONFLICT, "%s: its parent '%s' is not a directory", shown,
			       pl_escape(text, sizeof(text), name.p, name.n));
	*dir = to;
	return 0;
}

/* The directory of that path, made where it is missing. Nothing is made before a failure: from the
 * first missing component on, there is nothing to conflict with. */
static int parents(struct pl_tree *t, struct pl_str path, const char *shown, struct pl_node **ret,
		   struct pl_err *err)
{
	if (t->last_dir && pl_str_eq(path, (struct pl_str){t->last_path, t->last_n})) {
		*ret = t->last_dir;
		return 0;
	}
	struct pl_node *at = t->root;
	struct pl_str rest = path;
	unsigned links = 0;
	while (rest.p) {
		bool found;
		struct pl_str name = pl_str_cut(&rest, '/');
		if (name.n == 0)
			continue;
		uint32_t i = pl_tree_search(at, name, &found);
		if (!found) {
			at = insert(t, at, i, name);
			at->type = PL_TAR_DIR;
			at->mode = 0755;
			at->mtime = t->root->mtime;
		} else if (at->children[i]->type == PL_TAR_DIR) {
			at = at->children[i];
		} else {
			int rc = follow_parent(t, &at, name, &links, shown, err);
			if (rc < 0)
				return rc;
		}
	}
	if (path.n && path.n <= sizeof(t->last_path)) {
		memcpy(t->last_path, path.p, path.n);
		t->last_n = path.n;
		t->last_dir = at;
	}
	*ret = at;
	return 0;
}

/* Everything of the entry but its name; what was there is forgotten. */
static void set_file(struct pl_tree *t, struct pl_node *n, const struct pl_tar_entry *e)
{
	struct pl_node to = {.parent = n->parent, .name = n->name, .owner = -1};
	to.index_hint = n->index_hint;
	if (e->type == PL_TAR_DIR) {
		to.children = n->children;
		to.n_children = n->n_children;
		to.cap_children = n->cap_children;
	}
	to.type = e->type;
	to.mode = e->mode & 07777;
	to.uid = e->uid;
	to.gid = e->gid;
	to.mtime = e->mtime;
	to.size = e->type == PL_TAR_FILE ? e->size : 0;
	to.major = e->major;
	to.minor = e->minor;
	if (e->type == PL_TAR_SYMLINK)
		to.link = pl_arena_str(&t->arena, e->link);
	if (e->capability.n)
		to.capability = pl_arena_str(&t->arena, e->capability);
	*n = to;
}

static void set_hardlink(struct pl_node *n, struct pl_node *first)
{
	struct pl_node to = {.parent = n->parent, .name = n->name, .index_hint = n->index_hint};
	move_file(&to, first);
	to.type = PL_TAR_HARDLINK;
	to.body = PL_BODY_NONE;
	to.size = 0;
	to.hardlink = first;
	to.next_link = first->next_link;
	first->next_link = n;
	*n = to;
}

/* The file that a hard link entry names. link(2) follows no symlink in the last component. */
static int link_target(const struct pl_tree *t, const struct pl_tar_entry *e, const char *shown,
		       struct pl_node **ret, struct pl_err *err)
{
	char text[200];
	struct pl_node *to = pl_tree_resolve(t, e->link, false);
	if (!to || to->type == PL_TAR_DIR)
		return pl_fail(err, PL_INPUT, "%s: hard link to '%s', which is %s", shown,
			       pl_escape(text, sizeof(text), e->link.p, e->link.n),
			       to ? "a directory" : "not there");
	*ret = pl_node_file(to);
	return 0;
}

/* May the entry take the place of what has its name? */
static int may_replace(const struct pl_node *old, enum pl_tar_type type, const char *shown,
		       struct pl_err *err)
{
	if (old->type == PL_TAR_DIR && type != PL_TAR_DIR && (old->n_children || !old->parent))
		return pl_fail(err, PL_CONFLICT, "%s: is a directory that is not empty", shown);
	if (old->type != PL_TAR_DIR && type == PL_TAR_DIR)
		return pl_fail(err, PL_CONFLICT, "%s: is there, but is not a directory", shown);
	return 0;
}

static void detach(struct pl_node *n)
{
	uint32_t hint = n->index_hint;
	n->index_hint = GONE;
	prune_names(pl_node_file(n));
	n->index_hint = hint;
}

static int replace(struct pl_tree *t, struct pl_node *old, const struct pl_tar_entry *e,
		   struct pl_node *target, const char *shown, struct pl_node **ret,
		   struct pl_err *err)
{
	*ret = old;
	if (target == pl_node_file(old))
		return 0; /* already a name of that file */
	if (e->type == PL_TAR_DIR && pl_node_file(old)->type == PL_TAR_SYMLINK) {
		unsigned links = 0;
		struct pl_node *to = pl_tree_walk(t, old->parent, old->name, true, &links);
		if (to && to->type == PL_TAR_DIR)
			*ret = old = to;
	}
	int rc = may_replace(old, e->type, shown, err);
	if (rc < 0)
		return rc;
	if (e->type != PL_TAR_DIR) {
		forget_last(t);
		detach(old);
	}
	if (target)
		set_hardlink(old, target);
	else
		set_file(t, old, e);
	return 0;
}

int pl_tree_put(struct pl_tree *t, const struct pl_tar_entry *e, struct pl_node **ret,
		struct pl_err *err)
{
	char shown[200];
	struct pl_str path = e->path;
	struct pl_node *target = NULL, *dir, *n = t->root;
	bool found = true;
	uint32_t i = 0;

	while (path.n && path.p[path.n - 1] == '/')
		path.n--;
	while (path.n && path.p[0] == '/')
		path = pl_str_sub(path, 1, path.n);
	pl_escape(shown, sizeof(shown), path.n ? path.p : "/", path.n ? path.n : 1);
	int rc = check_path(path, shown, err);
	if (rc == 0 && e->type == PL_TAR_HARDLINK)
		rc = link_target(t, e, shown, &target, err);
	if (rc < 0)
		return rc;
	if (path.n) {
		size_t slash = pl_str_rfind(path, '/');
		size_t n_dir = slash == SIZE_MAX ? 0 : slash;
		struct pl_str name = pl_str_sub(path, n_dir ? n_dir + 1 : 0, path.n);
		rc = parents(t, pl_str_sub(path, 0, n_dir), shown, &dir, err);
		if (rc < 0)
			return rc;
		i = pl_tree_search(dir, name, &found);
		n = found ? dir->children[i] : insert(t, dir, i, name);
	}
	if (found)
		rc = replace(t, n, e, target, shown, &n, err);
	else if (target)
		set_hardlink(n, target);
	else
		set_file(t, n, e);
	if (rc == 0 && ret)
		*ret = n;
	return rc;
}
