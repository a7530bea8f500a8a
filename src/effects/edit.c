// SPDX-License-Identifier: Apache-2.0
#include "effects/edit.h"

#include "effects/effects_int.h"

static int find_owner(const struct pl_edit_owner *o, uint32_t *ret_uid, uint32_t *ret_gid,
		      struct pl_err *err)
{
	return pl_owners_find(o->owners, o->user, o->group, ret_uid, ret_gid, err);
}

/* What is not there is an error only where it has to be. */
static int absent(struct pl_str path, unsigned flags, struct pl_err *err)
{
	return flags & PL_EDIT_OPTIONAL ? 0 : pl_effect_missing(path, err);
}

/* chown and chmod of what is there. */
static int set_owner(struct pl_node *n, const struct pl_edit_owner *owner, struct pl_err *err)
{
	uint32_t uid = 0, gid = 0;
	int rc = find_owner(owner, &uid, &gid, err);
	if (rc < 0)
		return rc;
	n->uid = uid;
	n->gid = gid;
	if (owner->mode != PL_EDIT_SAME_MODE)
		n->mode = owner->mode;
	return 0;
}

int pl_edit_directory(struct pl_tree *t, const struct pl_effect_input *in, struct pl_str path,
		      const struct pl_edit_owner *owner, unsigned flags, struct pl_err *err)
{
	struct pl_node *n = pl_tree_resolve(t, path, true);
	uint32_t uid = 0, gid = 0;
	if (n && n->type != PL_TAR_DIR)
		return pl_fail(err, PL_CONFLICT, "/" PL_STR_FMT " is no directory",
			       PL_STR_ARG(path));
	if (n)
		return flags & PL_EDIT_KEEP ? 0 : set_owner(n, owner, err);
	int rc = find_owner(owner, &uid, &gid, err);
	if (rc < 0)
		return rc;
	return pl_tree_mkdir(t, path, owner->mode == PL_EDIT_SAME_MODE ? 0755 : owner->mode, uid,
			     gid, in->epoch, NULL, err);
}

int pl_edit_own(struct pl_tree *t, struct pl_str path, const struct pl_edit_owner *owner,
		unsigned flags, struct pl_err *err)
{
	struct pl_node *n = pl_tree_resolve(t, path, false);
	return n ? set_owner(n, owner, err) : absent(path, flags, err);
}

static int write_file(struct pl_tree *t, const struct pl_effect_input *in, struct pl_str path,
		      struct pl_str bytes, const struct pl_edit_owner *owner, uint32_t usual_mode,
		      struct pl_err *err)
{
	uint32_t mode = owner->mode == PL_EDIT_SAME_MODE ? usual_mode : owner->mode;
	uint32_t uid = 0, gid = 0;
	int rc = find_owner(owner, &uid, &gid, err);
	return rc < 0 ? rc : pl_tree_file(t, path, bytes, mode, uid, gid, in->epoch, NULL, err);
}

int pl_edit_text(struct pl_tree *t, const struct pl_effect_input *in, struct pl_str path,
		 struct pl_str text, const struct pl_edit_owner *owner, unsigned flags,
		 struct pl_err *err)
{
	if (flags & PL_EDIT_KEEP && pl_tree_resolve(t, path, false))
		return 0;
	return write_file(t, in, path, text, owner, 0644, err);
}

int pl_edit_copy(struct pl_tree *t, const struct pl_effect_input *in, struct pl_str from,
		 struct pl_str path, const struct pl_edit_owner *owner, unsigned flags,
		 struct pl_err *err)
{
	PL_AUTO(buf) b = {0};
	const struct pl_node *n = pl_tree_resolve(t, from, true);
	if (flags & PL_EDIT_KEEP && pl_tree_resolve(t, path, false))
		return 0;
	if (!n || (n->type != PL_TAR_FILE && n->type != PL_TAR_HARDLINK))
		return absent(from, flags, err);
	int rc = pl_effect_read(in, n, &b, err);
	if (rc < 0)
		return rc;
	return write_file(t, in, path, pl_buf_str(&b), owner, n->mode, err);
}

/* Is there what a link of that path would lead to? A target is relative to the link's directory, or
 * absolute. */
static bool target_is_there(const struct pl_tree *t, struct pl_str path, struct pl_str target)
{
	PL_AUTO(buf) b = {0};
	if (!pl_str_starts(target, "/"))
		pl_buf_addstr(&b, pl_str_sub(path, 0, pl_str_rfind(path, '/') + 1));
	pl_buf_addstr(&b, target);
	return pl_tree_resolve(t, pl_buf_str(&b), false);
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
	if (!n && flags & PL_EDIT_OPTIONAL && !target_is_there(t, path, target))
		return 0;
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

int pl_edit_line(struct pl_tree *t, const struct pl_effect_input *in, struct pl_str path,
		 struct pl_str line, unsigned flags, struct pl_err *err)
{
	const struct pl_node *n = pl_tree_resolve(t, path, true);
	struct pl_str text;
	PL_AUTO(arena) a = {0};
	PL_AUTO(buf) b = {0};
	if (!n)
		return absent(path, flags, err);
	int rc = pl_effect_text(t, in, &a, pl_arena_cstr(&a, path), &text, err);
	if (rc < 0)
		return rc;
	if (!text.p)
		return pl_effect_missing(path, err);
	for (struct pl_str rest = text; rest.p && rest.n;) {
		if (pl_str_eq(pl_str_cut(&rest, '\n'), line))
			return 0;
	}
	pl_buf_addstr(&b, text);
	if (b.n && b.p[b.n - 1] != '\n')
		pl_buf_addc(&b, '\n');
	pl_buf_addstr(&b, line);
	pl_buf_addc(&b, '\n');
	return pl_effect_rewrite(t, in, path, n, pl_buf_str(&b), err);
}
