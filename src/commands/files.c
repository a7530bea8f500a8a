// SPDX-License-Identifier: Apache-2.0
/* chmod, chown, chgrp, mkdir, rmdir, rm, touch, mktemp. */
#include "commands/commands_int.h"

/* -- chown, chgrp, chmod -- */

enum { OPT_REFERENCE = 256, OPT_PRESERVE, OPT_NO_PRESERVE, OPT_FROM };

struct change {
	struct pl_shell_call *call;
	struct pl_cmd_owner owner;
	const char *mode; /* NULL: owners */
	uint32_t same_mode;
	bool has_same_mode, recurses, no_follow, quiet;
	bool names_followed; /* -H */
};

static int change_node(void *ctx, struct pl_node *n, struct pl_err *err)
{
	const struct change *c = ctx;
	struct pl_node *f = pl_node_file(n);
	if (c->names_followed && c->recurses && f->type == PL_TAR_SYMLINK)
		return pl_shell_unknown(c->call, err, "-H with links below"); /* follows them */
	if (!c->mode && !c->has_same_mode) {
		pl_cmd_owner_set(f, &c->owner);
	} else if (f->type != PL_TAR_SYMLINK) {
		if (c->has_same_mode)
			f->mode = c->same_mode;
		else if (!pl_cmd_mode_apply(c->mode, f->mode, f->type == PL_TAR_DIR,
					    pl_shell_umask(c->call->shell), &f->mode))
			return pl_fail(err, PL_SCRIPTS, "%s is no mode", c->mode);
	}
	return 0;
}

static int change_path(struct change *c, const char *path, struct pl_err *err)
{
	struct pl_node *n = pl_cmd_node(c->call, path, !c->no_follow && !c->recurses);
	/* With -R a link that is named is followed by chmod, by the others with -H. */
	if (n && n->type == PL_TAR_SYMLINK && c->recurses && (c->mode || c->names_followed))
		n = pl_cmd_node(c->call, path, true);
	if (!n && c->quiet) {
		c->call->status = 1;
		return 0;
	}
	if (!n)
		return pl_cmd_cannot(c->call, err, "access", path, "No such file or directory");
	if (n == c->call->world->tree->root && c->recurses)
		return pl_shell_unknown(c->call, err, "-R of the whole image");
	return c->recurses ? pl_cmd_each(n, change_node, c, err) : change_node(c, n, err);
}

static int reference(struct change *c, const char *path, bool mode, struct pl_err *err)
{
	const struct pl_node *n = pl_cmd_node(c->call, path, true);
	if (!n)
		return pl_shell_complain(
			c->call, 1, err,
			"failed to get attributes of '%s': No such file or directory", path);
	n = pl_node_file(n);
	c->owner = (struct pl_cmd_owner){true, true, n->uid, n->gid};
	c->same_mode = n->mode;
	c->has_same_mode = mode;
	return 1;
}

enum kind { OWNER, GROUP, MODE };

static int parse_change(struct change *c, enum kind kind, const char *text, struct pl_err *err)
{
	uint32_t ignored;
	if (kind != MODE)
		return pl_cmd_owner_parse(c->call, text, kind == GROUP, &c->owner, err);
	c->mode = text;
	if (pl_cmd_mode_apply(text, 0, false, 0, &ignored))
		return 1;
	return pl_shell_complain(c->call, 1, err, "invalid mode: '%s'", text);
}

/* chmod -x and its like: a mode that looks like an option. */
static bool is_mode(const char *word)
{
	uint32_t ignored;
	return word[0] == '-' && word[1] && strchr("rwxXstugo", word[1]) &&
	       pl_cmd_mode_apply(word, 0, false, 0, &ignored);
}

static int run_change(struct pl_shell_call *call, enum kind kind, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'R', "recursive", 0},
						       {'h', "no-dereference", 0},
						       {'f', "silent", 0},
						       {'f', "quiet", 0},
						       {'c', "changes", 0},
						       {'v', "verbose", 0},
						       {'H', NULL, 0},
						       {'P', NULL, 0},
						       {OPT_REFERENCE, "reference", PL_CMD_VALUE},
						       {OPT_PRESERVE, "preserve-root", 0},
						       {OPT_NO_PRESERVE, "dereference", 0},
						       {0, NULL, 0}};
	struct change c = {.call = call};
	struct pl_cmd_args a = {.call = call, .options = options};
	const char *from = NULL;
	int rc, i = 0;
	if (kind == MODE && call->argc > 1 && is_mode(call->argv[1])) {
		c.mode = call->argv[1];
		a.at = 2;
	}
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		c.recurses = c.recurses || a.letter == 'R';
		c.no_follow = c.no_follow || a.letter == 'h';
		c.quiet = c.quiet || a.letter == 'f';
		if (a.letter == 'H' || a.letter == 'P')
			c.names_followed = a.letter == 'H';
		from = a.letter == OPT_REFERENCE ? a.value : from;
	}
	if (rc == 0 && from)
		rc = reference(&c, from, kind == MODE, err);
	else if (rc == 0 && c.mode)
		rc = 1;
	else if (rc == 0 && a.n)
		rc = parse_change(&c, kind, a.operands[i++], err);
	if (rc == 0 && call->status == 0)
		rc = pl_shell_complain(call, 1, err, "missing operand");
	if (rc > 0 && i == a.n)
		rc = pl_shell_complain(call, 1, err, "missing operand");
	for (bool go = rc > 0; go && i < a.n && rc >= 0; i++)
		rc = change_path(&c, a.operands[i], err);
	pl_cmd_args_done(&a);
	return rc < 0 ? rc : 0;
}

int pl_cmd_chown(struct pl_shell_call *call, struct pl_err *err)
{
	return run_change(call, OWNER, err);
}

int pl_cmd_chgrp(struct pl_shell_call *call, struct pl_err *err)
{
	return run_change(call, GROUP, err);
}

int pl_cmd_chmod(struct pl_shell_call *call, struct pl_err *err)
{
	return run_change(call, MODE, err);
}

/* -- mkdir, rmdir -- */

static int make_directory(struct pl_shell_call *call, const char *path, uint32_t mode, bool parents,
			  struct pl_err *err)
{
	PL_AUTO(buf) at = {0};
	struct pl_node *n = pl_cmd_node(call, path, parents);
	if (n && parents && n->type == PL_TAR_DIR)
		return 0;
	if (n || pl_cmd_node(call, path, false))
		return pl_shell_complain(call, 1, err, "cannot create directory '%s': File exists",
					 path);
	if (!pl_cmd_place(call, path, &at))
		return pl_shell_complain(call, 1, err,
					 "cannot create directory '%s': No such file or directory",
					 path);
	/* A directory in one with setgid gets its group and the bit (inode(7)). */
	struct pl_str up = pl_buf_str(&at);
	size_t slash = pl_str_rfind(up, '/');
	const struct pl_node *dir = pl_tree_resolve(
		call->world->tree, pl_str_sub(up, 0, slash == SIZE_MAX ? 0 : slash), true);
	bool setgid = dir && dir->mode & 02000;
	return pl_tree_mkdir(call->world->tree, up, mode | (setgid ? 02000 : 0), 0,
			     setgid ? dir->gid : 0, call->world->epoch, NULL, err);
}

/* Every directory above that is missing, with the usual mode. */
static int make_parents(struct pl_shell_call *call, const char *path, struct pl_err *err)
{
	uint32_t mode = 0777 & ~pl_shell_umask(call->shell);
	int rc = 0;
	for (size_t i = 1; path[i] && rc == 0 && call->status == 0; i++) {
		if (path[i] != '/' || path[i - 1] == '/' ||
		    strspn(path + i, "/") == strlen(path + i))
			continue;
		PL_AUTOFREE char *part = pl_xstrndup(path, i);
		rc = make_directory(call, part, mode, true, err);
	}
	return rc;
}

int pl_cmd_mkdir(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'p', "parents", 0},
						       {'m', "mode", PL_CMD_VALUE},
						       {'v', "verbose", 0},
						       {'Z', NULL, 0}, /* no SELinux here */
						       {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	uint32_t mode = 0777 & ~pl_shell_umask(call->shell);
	bool parents = false;
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		parents = parents || a.letter == 'p';
		if (a.letter == 'm' && !pl_cmd_mode_apply(a.value, 0777, false, 0, &mode)) {
			rc = pl_shell_complain(call, 1, err, "invalid mode '%s'", a.value);
			pl_cmd_args_done(&a);
			return rc;
		}
	}
	if (rc == 0 && !a.n)
		rc = pl_shell_complain(call, 1, err, "missing operand");
	for (int i = 0; i < a.n && rc == 0; i++) {
		int before = call->status;
		call->status = 0;
		if (parents)
			rc = make_parents(call, a.operands[i], err);
		if (rc == 0 && call->status == 0)
			rc = make_directory(call, a.operands[i], mode, parents, err);
		call->status |= before;
	}
	pl_cmd_args_done(&a);
	return rc;
}

static int remove_directory(struct pl_shell_call *call, const char *path, bool parents, bool quiet,
			    struct pl_err *err)
{
	PL_AUTOFREE char *at = pl_xstrdup(path);
	for (;;) {
		struct pl_node *n = pl_cmd_node(call, at, false);
		const char *why = !n                      ? "No such file or directory"
				  : n->type != PL_TAR_DIR ? "Not a directory"
				  : n->n_children         ? "Directory not empty"
							  : NULL;
		if (why && quiet && n && n->type == PL_TAR_DIR)
			return 0;
		if (why)
			return pl_shell_complain(call, 1, err, "failed to remove '%s': %s", at,
						 why);
		if (!n->parent || at[strlen(at) - 1] == '.')
			return pl_shell_complain(call, 1, err,
						 "failed to remove '%s': Invalid argument", at);
		pl_tree_remove(call->world->tree, n);
		char *slash = strrchr(at, '/');
		if (!parents || !slash || slash == at)
			return 0;
		*slash = '\0';
	}
}

int pl_cmd_rmdir(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'p', "parents", 0},
						       {'v', "verbose", 0},
						       {256, "ignore-fail-on-non-empty", 0},
						       {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	bool parents = false, quiet = false;
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		parents = parents || a.letter == 'p';
		quiet = quiet || a.letter == 256;
	}
	for (int i = 0; i < a.n && rc == 0; i++)
		rc = remove_directory(call, a.operands[i], parents, quiet, err);
	pl_cmd_args_done(&a);
	return rc;
}

/* -- rm -- */

static int remove_path(struct pl_shell_call *call, const char *path, bool recurses, bool force,
		       bool directories, struct pl_err *err)
{
	struct pl_node *n = pl_cmd_node(call, path, false);
	PL_AUTOFREE char *name = pl_cmd_last_name(path);
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return pl_shell_complain(call, 1, err,
					 "refusing to remove '.' or '..' directory: skipping '%s'",
					 path);
	if (!n)
		return force ? 0
			     : pl_cmd_cannot(call, err, "remove", path,
					     "No such file or directory");
	if (!n->parent)
		return pl_shell_unknown(call, err, "removing the whole image");
	if (n->type == PL_TAR_DIR && !recurses && !(directories && !n->n_children))
		return pl_cmd_cannot(call, err, "remove", path,
				     directories ? "Directory not empty" : "Is a directory");
	pl_tree_remove(call->world->tree, n);
	return 0;
}

int pl_cmd_rm(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {
		{'r', "recursive", 0},       {'R', NULL, 0},
		{'f', "force", 0},           {'d', "dir", 0},
		{'v', "verbose", 0},         {256, "preserve-root", 0},
		{257, "one-file-system", 0}, {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	bool recurses = false, force = false, directories = false;
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		recurses = recurses || a.letter == 'r' || a.letter == 'R';
		force = force || a.letter == 'f';
		directories = directories || a.letter == 'd';
	}
	if (rc == 0 && !a.n && !force)
		rc = pl_shell_complain(call, 1, err, "missing operand");
	for (int i = 0; i < a.n && rc == 0; i++)
		rc = remove_path(call, a.operands[i], recurses, force, directories, err);
	pl_cmd_args_done(&a);
	return rc;
}

/* -- touch, mktemp -- */

static int touch_path(struct pl_shell_call *call, const char *path, bool create, struct pl_err *err)
{
	PL_AUTO(buf) at = {0};
	struct pl_node *n = pl_cmd_node(call, path, true);
	if (n) {
		pl_node_file(n)->mtime = call->world->epoch;
		return 0;
	}
	if (!create)
		return 0;
	if (pl_cmd_node(call, path, false)) { /* a link to what is not there yet */
		int rc = pl_shell_file_write(call->shell, path, PL_STR(""), true, err);
		return rc < 0 ? rc : 0;
	}
	if (!pl_cmd_place(call, path, &at))
		return pl_cmd_cannot(call, err, "touch", path, "No such file or directory");
	return pl_tree_file(call->world->tree, pl_buf_str(&at), PL_STR(""),
			    0666 & ~pl_shell_umask(call->shell), 0, 0, call->world->epoch, NULL,
			    err);
}

/* Every time of a file that a script makes is the image's: which one is asked for changes nothing.
 */
int pl_cmd_touch(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'c', "no-create", 0},
						       {'a', NULL, 0},
						       {'m', NULL, 0},
						       {'f', NULL, 0},
						       {'r', "reference", PL_CMD_VALUE},
						       {'d', "date", PL_CMD_VALUE},
						       {'t', NULL, PL_CMD_VALUE},
						       {'h', "no-dereference", 0},
						       {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	bool create = true;
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0)
		create = create && a.letter != 'c' && a.letter != 'h';
	if (rc == 0 && !a.n)
		rc = pl_shell_complain(call, 1, err, "missing file operand");
	for (int i = 0; i < a.n && rc == 0; i++)
		rc = touch_path(call, a.operands[i], create, err);
	pl_cmd_args_done(&a);
	return rc;
}

/* The X at a template's end (but for a suffix), replaced by a number that is not taken: names must
 * not depend on chance, for they may stay in the image. */
static bool fill_template(struct pl_shell_call *call, char *path)
{
	size_t end = strlen(path), n = 0;
	while (end && path[end - 1] != 'X')
		end--;
	while (n < end && path[end - 1 - n] == 'X')
		n++;
	if (n < 3)
		return false;
	for (unsigned k = 0; k < 100000; k++) {
		unsigned v = k;
		for (size_t i = 0; i < n; i++, v /= 10)
			path[end - 1 - i] = (char)('0' + v % 10);
		if (!pl_cmd_node(call, path, false))
			return true;
	}
	return false;
}

/* Makes the file or directory of a template and prints its path. */
static int make_temporary(struct pl_shell_call *call, char *path, bool directory, uint32_t mode,
			  struct pl_err *err)
{
	PL_AUTO(buf) at = {0};
	int rc = 0;
	if (!pl_cmd_place(call, path, &at))
		return pl_shell_complain(call, 1, err,
					 "failed to create file via template '%s': No such file or "
					 "directory",
					 path);
	if (mode && directory)
		rc = pl_tree_mkdir(call->world->tree, pl_buf_str(&at), mode, 0, 0,
				   call->world->epoch, NULL, err);
	else if (mode)
		rc = pl_tree_file(call->world->tree, pl_buf_str(&at), PL_STR(""), mode, 0, 0,
				  call->world->epoch, NULL, err);
	PL_AUTOFREE char *line = pl_xprintf("%s\n", path);
	return rc < 0 ? rc : pl_shell_write(call->shell, 1, pl_str_of(line), err);
}

/* debianutils' tempfile(1). */
int pl_cmd_tempfile(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'d', "directory", PL_CMD_VALUE},
						       {'m', "mode", PL_CMD_VALUE},
						       {'p', "prefix", PL_CMD_VALUE},
						       {'s', "suffix", PL_CMD_VALUE},
						       {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	const char *tmp = pl_shell_value(call->shell, "TMPDIR"), *prefix = "file", *suffix = "";
	const char *dir = NULL;
	uint32_t mode = 0600;
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		dir = a.letter == 'd' ? a.value : dir;
		prefix = a.letter == 'p' ? a.value : prefix;
		suffix = a.letter == 's' ? a.value : suffix;
		if (a.letter == 'm' && !pl_cmd_mode_apply(a.value, 0, false, 0, &mode))
			rc = pl_shell_unknown(call, err, "such a mode");
		if (rc < 0)
			break;
	}
	if (rc == 0 && a.n)
		rc = pl_shell_unknown(call, err, a.operands[0]);
	pl_cmd_args_done(&a);
	if (rc < 0)
		return rc;
	PL_AUTOFREE char *path = pl_xprintf("%s/%sXXXXXX%s",
					    tmp && *tmp ? tmp
					    : dir       ? dir
							: "/tmp",
					    prefix, suffix);
	return fill_template(call, path)
		       ? make_temporary(call, path, false, mode, err)
		       : pl_shell_complain(call, 1, err, "no name is left for '%s'", path);
}

int pl_cmd_mktemp(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'d', "directory", 0},
						       {'u', "dry-run", 0},
						       {'q', "quiet", 0},
						       {'p', NULL, PL_CMD_VALUE},
						       {256, "tmpdir", PL_CMD_MAYBE},
						       {'t', NULL, 0},
						       {257, "suffix", PL_CMD_VALUE},
						       {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	bool directory = false, dry = false, in_tmp = false;
	const char *dir = NULL, *suffix = "", *tmp = pl_shell_value(call->shell, "TMPDIR");
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		directory = directory || a.letter == 'd';
		dry = dry || a.letter == 'u';
		in_tmp = in_tmp || a.letter == 't' || a.letter == 256 || a.letter == 'p';
		dir = a.letter == 'p' || a.letter == 256 ? a.value : dir;
		suffix = a.letter == 257 ? a.value : suffix;
	}
	const char *name = rc == 0 && a.n ? a.operands[0] : "tmp.XXXXXXXXXX";
	in_tmp = in_tmp || (rc == 0 && !a.n);
	if (!dir)
		dir = tmp && *tmp ? tmp : "/tmp";
	PL_AUTOFREE char *whole =
		pl_xprintf("%s%s%s%s", in_tmp ? dir : "", in_tmp ? "/" : "", name, suffix);
	pl_cmd_args_done(&a);
	if (rc < 0)
		return rc;
	if (!fill_template(call, whole))
		return pl_shell_complain(call, 1, err, "too few X's in template '%s'", name);
	return make_temporary(call, whole, directory, dry ? 0 : directory ? 0700 : 0600, err);
}
