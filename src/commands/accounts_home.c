// SPDX-License-Identifier: Apache-2.0
/* Home directories, and /etc/skel. */
#include "commands/accounts_int.h"

int pl_cmd_home_make(struct pl_cmd_accounts *a, const char *home, uint32_t mode, uint32_t uid,
		     uint32_t gid, struct pl_err *err)
{
	PL_AUTO(buf) path = {.max = 1 << 13};
	struct pl_node *n;
	pl_shell_path(a->call->shell, home, &path);
	int rc = pl_buf_check(&path, home, err);
	if (rc >= 0)
		rc = pl_tree_mkdir(a->f.tree, pl_buf_str(&path), mode, uid, gid, a->f.in->epoch, &n,
				   err);
	return rc;
}

/* adduser.conf's SKEL_IGNORE_REGEX as Debian has it: \.(dpkg|ucf)-(old|new|dist)$ */
static bool is_ignored(struct pl_str name)
{
	static const char *const ends[] = {".dpkg-old", ".dpkg-new", ".dpkg-dist",
					   ".ucf-old",  ".ucf-new",  ".ucf-dist"};
	for (size_t i = 0; i < PL_COUNT(ends); i++)
		if (pl_str_ends(name, ends[i]))
			return true;
	return false;
}

int pl_cmd_home_fill(struct pl_cmd_accounts *a, const char *skeleton, const char *home,
		     uint32_t uid, uint32_t gid, bool ignores, struct pl_err *err)
{
	struct pl_node *top = pl_cmd_node(a->call, skeleton, true);
	PL_AUTO(buf) top_path = {0};
	PL_AUTO(buf) path = {0};
	PL_AUTO(buf) to = {.max = 1 << 13};
	int rc = 0;
	if (!top || top->type != PL_TAR_DIR)
		return 0;
	pl_tree_path(top, &top_path);
	for (const struct pl_node *n = pl_cmd_node(a->call, home, true); n; n = n->parent)
		if (n == top)
			return pl_shell_unknown(a->call, err, "a home within its skeleton");
	for (struct pl_node *n = pl_tree_next(top, NULL); n && rc >= 0; n = pl_tree_next(top, n)) {
		struct pl_node *made;
		if (ignores && is_ignored(n->name))
			continue;
		pl_tree_path(n, &path);
		pl_buf_clear(&to);
		pl_shell_path(a->call->shell, home, &to);
		pl_buf_adds(&to, path.p + top_path.n);
		rc = pl_buf_check(&to, home, err);
		if (rc >= 0)
			rc = pl_tree_duplicate(a->f.tree, pl_node_file(n), pl_buf_str(&to), &made,
					       err);
		if (rc < 0)
			break;
		made->uid = uid;
		made->gid = gid;
	}
	return rc;
}
