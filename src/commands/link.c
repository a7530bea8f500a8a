// SPDX-License-Identifier: Apache-2.0
/* ln: hard and symbolic links. */
#include "commands/commands_int.h"

int pl_cmd_hard_link(struct pl_shell_call *call, struct pl_node *n, const char *to, bool force,
		     struct pl_err *err)
{
	PL_AUTO(buf) at = {0};
	PL_AUTO(buf) target = {0};
	if (n->type == PL_TAR_DIR)
		return pl_shell_complain(call, 1, err, "%s: hard link not allowed for directory",
					 to);
	if (pl_cmd_node(call, to, false)) {
		if (!force)
			return pl_shell_complain(
				call, 1, err, "failed to create hard link '%s': File exists", to);
		if (pl_cmd_node(call, to, false) == n)
			return 0;
		pl_tree_remove(call->world->tree, pl_cmd_node(call, to, false));
	}
	if (!pl_cmd_place(call, to, &at))
		return pl_cmd_cannot(call, err, "create", to, "No such file or directory");
	pl_tree_path(pl_node_file(n), &target);
	struct pl_tar_entry e = {
		.type = PL_TAR_HARDLINK, .path = pl_buf_str(&at), .link = pl_buf_str(&target)};
	return pl_tree_put(call->world->tree, &e, NULL, err);
}

struct link {
	struct pl_shell_call *call;
	bool symbolic, force, no_dir, to_file, relative, logical;
};

/* The way from the directory of a link to its target, both as paths of the tree. */
static char *relative_to(struct pl_str target, struct pl_str link)
{
	PL_AUTO(buf) out = {0};
	size_t same = 0;
	for (size_t i = 0; i <= target.n && i <= link.n; i++) {
		bool ends = i == target.n || target.p[i] == '/';
		bool ends_too = i == link.n || link.p[i] == '/';
		if (ends && ends_too && i < link.n)
			same = i + 1;
		if (i == target.n || i == link.n || target.p[i] != link.p[i])
			break;
	}
	for (size_t i = same; i < link.n; i++)
		if (link.p[i] == '/')
			pl_buf_adds(&out, "../");
	pl_buf_addstr(&out, same <= target.n ? pl_str_sub(target, same, target.n) : PL_STR(""));
	while (out.n > 1 && out.p[out.n - 1] == '/')
		out.p[--out.n] = '\0';
	if (!out.n)
		pl_buf_addc(&out, '.');
	return pl_buf_take(&out);
}

static int symbolic_link(const struct link *l, const char *target, const char *to,
			 struct pl_err *err)
{
	PL_AUTO(buf) at = {0};
	PL_AUTO(buf) from = {0};
	struct pl_node *old = pl_cmd_node(l->call, to, false);
	if (old && (!l->force || old->type == PL_TAR_DIR))
		return pl_shell_complain(
			l->call, 1, err,
			old->type == PL_TAR_DIR && l->force
				? "%s: cannot overwrite directory"
				: "failed to create symbolic link '%s': File exists",
			to);
	if (old && old == pl_cmd_node(l->call, target, false))
		return pl_shell_complain(l->call, 1, err, "'%s' and '%s' are the same file", target,
					 to);
	if (!*target || !pl_cmd_place(l->call, to, &at))
		return pl_shell_complain(
			l->call, 1, err,
			"failed to create symbolic link '%s': No such file or directory", to);
	PL_AUTOFREE char *relative = NULL;
	if (l->relative && pl_cmd_canonical(l->call, target, PL_CMD_MISSING, &from)) {
		relative = relative_to(pl_str_sub(pl_buf_str(&from), 1, from.n), pl_buf_str(&at));
		target = relative;
	}
	if (old)
		pl_tree_remove(l->call->world->tree, old);
	return pl_tree_symlink(l->call->world->tree, pl_buf_str(&at), pl_str_of(target),
			       l->call->world->epoch, NULL, err);
}

static int make_link(const struct link *l, const char *target, const char *to, struct pl_err *err)
{
	if (l->symbolic)
		return symbolic_link(l, target, to, err);
	struct pl_node *n = pl_cmd_node(l->call, target, l->logical);
	if (!n)
		return pl_shell_complain(l->call, 1, err,
					 "failed to access '%s': No such file or directory",
					 target);
	return pl_cmd_hard_link(l->call, n, to, l->force, err);
}

static int link_all(const struct link *l, char **v, int n, const char *into, struct pl_err *err)
{
	const char *last = into ? into : n > 1 ? v[n - 1] : ".";
	int n_targets = into || n == 1 ? n : n - 1, rc = 0;
	struct pl_node *dir = pl_cmd_node(l->call, last, true);
	bool is_dir = dir && dir->type == PL_TAR_DIR && !l->to_file;
	struct pl_node *itself = pl_cmd_node(l->call, last, false);
	if (is_dir && l->no_dir && itself && itself->type == PL_TAR_SYMLINK)
		is_dir = false;
	if (n == 0)
		return pl_shell_complain(l->call, 1, err, "missing file operand");
	if (!is_dir && n_targets > 1)
		return pl_shell_complain(l->call, 1, err, "target '%s' is not a directory", last);
	for (int i = 0; i < n_targets && rc == 0; i++) {
		PL_AUTOFREE char *name = pl_cmd_last_name(v[i]);
		PL_AUTOFREE char *to = is_dir ? pl_cmd_join(last, name) : pl_xstrdup(last);
		rc = make_link(l, v[i], to, err);
	}
	return rc;
}

int pl_cmd_ln(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'s', "symbolic", 0},
						       {'f', "force", 0},
						       {'n', "no-dereference", 0},
						       {'v', "verbose", 0},
						       {'r', "relative", 0},
						       {'T', "no-target-directory", 0},
						       {'t', "target-directory", PL_CMD_VALUE},
						       {'L', "logical", 0},
						       {'P', "physical", 0},
						       {0, NULL, 0}};
	struct link l = {.call = call};
	struct pl_cmd_args a = {.call = call, .options = options};
	const char *into = NULL;
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		l.symbolic = l.symbolic || a.letter == 's';
		l.force = l.force || a.letter == 'f';
		l.no_dir = l.no_dir || a.letter == 'n';
		l.relative = l.relative || a.letter == 'r';
		l.to_file = l.to_file || a.letter == 'T';
		l.logical = l.logical || a.letter == 'L';
		into = a.letter == 't' ? a.value : into;
	}
	if (rc == 0)
		rc = link_all(&l, a.operands, a.n, into, err);
	pl_cmd_args_done(&a);
	return rc;
}
