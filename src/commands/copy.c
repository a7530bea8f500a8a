// SPDX-License-Identifier: Apache-2.0
/* cp, mv, install. A copy is another node with the same reference to its bytes. */
#include "commands/commands_int.h"

enum {
	OPT_PRESERVE = 256,
	OPT_NO_PRESERVE,
	OPT_REMOVE,
	OPT_PARENTS,
	OPT_REFLINK,
	OPT_SPARSE,
};

struct copy {
	struct pl_shell_call *call;
	bool recurses, follows, keeps_owner, keeps_mode, no_clobber, force, links, symlinks, update;
	bool to_file, backs_up; /* -T, -b */
	bool removes;           /* --remove-destination */
	bool moves;
	const char *into; /* -t */
	uint32_t mode;    /* install -m */
	bool installs;
	struct pl_cmd_owner owner;
};

static int missing(const struct copy *c, const char *path, struct pl_err *err)
{
	return pl_cmd_cannot(c->call, err, "stat", path, "No such file or directory");
}

/* mode and owner of what was made: as they were, or those of a new file of root's. */
static void set_attributes(const struct copy *c, const struct pl_node *from, struct pl_node *to,
			   bool existed, const struct pl_node *before)
{
	uint32_t mode = pl_node_file(from)->mode & 0777 & ~pl_shell_umask(c->call->shell);
	if (!c->moves)
		to->mtime = c->call->world->epoch;
	if (to->type == PL_TAR_SYMLINK)
		mode = to->mode;
	if (c->installs) {
		to->mode = c->mode;
		to->uid = to->gid = 0;
		pl_cmd_owner_set(to, &c->owner);
		to->mode = c->mode;
	} else if (!c->moves) {
		if (!c->keeps_owner)
			to->uid = to->gid = 0;
		if (!c->keeps_mode)
			to->mode = mode;
		if (existed && before) { /* the bytes of the file that is there are replaced */
			if (!c->keeps_mode)
				to->mode = before->mode;
			if (!c->keeps_owner) {
				to->uid = before->uid;
				to->gid = before->gid;
			}
		}
		if (!c->keeps_owner)
			to->capability = (struct pl_str){NULL, 0};
	}
}

static int copy_one(const struct copy *c, const struct pl_node *from, const char *to,
		    struct pl_node **ret, struct pl_err *err);

/* -b: what is there gets the name with ~, unless there are backups with numbers already. */
static int back_up(const struct copy *c, struct pl_node *old, const char *to, struct pl_err *err)
{
	const struct copy move = {.call = c->call, .moves = true};
	PL_AUTOFREE char *simple = pl_xprintf("%s~", to);
	PL_AUTOFREE char *numbered = pl_xprintf("%s.~1~", to);
	struct pl_node *made;
	if (pl_cmd_node(c->call, numbered, false))
		return pl_shell_unknown(c->call, err, "backups with numbers");
	int rc = copy_one(&move, old, simple, &made, err);
	if (rc == 0 && made)
		pl_tree_remove(c->call->world->tree, old);
	return rc;
}

static int copy_one(const struct copy *c, const struct pl_node *from, const char *to,
		    struct pl_node **ret, struct pl_err *err)
{
	PL_AUTO(buf) at = {0};
	struct pl_tree *t = c->call->world->tree;
	struct pl_node *old = pl_cmd_node(c->call, to, false);
	struct pl_node before = {0};
	if (c->backs_up && old && old->type != PL_TAR_DIR) {
		int rc = back_up(c, old, to, err);
		if (rc < 0)
			return rc;
		old = NULL;
	}
	bool keeps = old && !c->moves && !c->installs && !c->removes && old->type != PL_TAR_DIR;
	*ret = NULL;
	/* A link that is there is written through, unless what comes is a link itself. */
	if (keeps && old->type == PL_TAR_SYMLINK && pl_node_file(from)->type == PL_TAR_FILE) {
		old = pl_cmd_node(c->call, to, true);
		if (!old)
			return pl_shell_complain(c->call, 1, err,
						 "not writing through dangling symlink '%s'", to);
		pl_tree_path(old, &at);
	} else if (!pl_cmd_place(c->call, to, &at)) {
		return pl_cmd_cannot(c->call, err, "create", to, "No such file or directory");
	}
	if (old)
		before = *pl_node_file(old);
	if (old && old->type != PL_TAR_DIR)
		pl_tree_remove(t, old);
	int rc = pl_tree_duplicate(t, from, pl_buf_str(&at), ret, err);
	if (rc == 0)
		set_attributes(c, from, *ret, keeps && before.type == PL_TAR_FILE, &before);
	return rc;
}

static int copy_tree(const struct copy *c, struct pl_node *from, const char *to, unsigned depth,
		     struct pl_err *err);

static int copy_children(const struct copy *c, struct pl_node *from, const char *to, unsigned depth,
			 struct pl_err *err)
{
	int rc = 0;
	for (uint32_t i = 0; i < from->n_children && rc == 0; i++) {
		PL_AUTOFREE char *inner = pl_cmd_join(to, from->children[i]->name.p);
		rc = copy_tree(c, from->children[i], inner, depth + 1, err);
	}
	return rc;
}

#define COPY_DEPTH 200

static int copy_tree(const struct copy *c, struct pl_node *from, const char *to, unsigned depth,
		     struct pl_err *err)
{
	struct pl_node *old = pl_cmd_node(c->call, to, false), *made;
	bool is_dir = from->type == PL_TAR_DIR;
	if (depth == COPY_DEPTH)
		return pl_fail(err, PL_LIMIT, "%s: directories are too deep", to);
	if (old && c->no_clobber)
		return 0;
	if (old && is_dir && old->type != PL_TAR_DIR)
		return pl_shell_complain(c->call, 1, err,
					 "cannot overwrite non-directory '%s' with directory", to);
	if (old && !is_dir && old->type == PL_TAR_DIR)
		return pl_shell_complain(c->call, 1, err,
					 "cannot overwrite directory '%s' with non-directory", to);
	if (old == from)
		return pl_shell_complain(c->call, 1, err, "'%s' is the same file", to);
	if (is_dir && old)
		return copy_children(c, from, to, depth, err);
	int rc = copy_one(c, from, to, &made, err);
	return rc < 0 || !made || !is_dir ? rc : copy_children(c, from, to, depth, err);
}

/* Is n what, or below it? */
static bool is_within(const struct pl_node *n, const struct pl_node *what)
{
	for (; n; n = n->parent)
		if (n == what)
			return true;
	return false;
}

/* Only a directory can come to a path that ends with a slash. */
static bool is_no_directory(const struct copy *c, const struct pl_node *n, const char *to)
{
	return *to && to[strlen(to) - 1] == '/' && n->type != PL_TAR_DIR &&
	       !pl_cmd_node(c->call, to, true);
}

static int move_one(const struct copy *c, const char *from, const char *to, struct pl_err *err)
{
	struct pl_node *n = pl_cmd_node(c->call, from, false),
		       *old = pl_cmd_node(c->call, to, false);
	PL_AUTO(buf) at = {0};
	if (!n)
		return missing(c, from, err);
	if (old && c->no_clobber)
		return 0;
	if (is_no_directory(c, n, to))
		return pl_shell_complain(c->call, 1, err,
					 "cannot move '%s' to '%s': Not a directory", from, to);
	if (old && pl_node_file(old) == pl_node_file(n))
		return pl_shell_complain(c->call, 1, err, "'%s' and '%s' are the same file", from,
					 to);
	if (!pl_cmd_place(c->call, to, &at))
		return pl_shell_complain(c->call, 1, err,
					 "cannot move '%s' to '%s': No such file or directory",
					 from, to);
	struct pl_str dir = pl_str_sub(pl_buf_str(&at), 0, at.n);
	size_t slash = pl_str_rfind(dir, '/');
	const struct pl_node *parent = pl_tree_resolve(
		c->call->world->tree, pl_str_sub(dir, 0, slash == SIZE_MAX ? 0 : slash), true);
	if (is_within(parent, n))
		return pl_shell_complain(c->call, 1, err,
					 "cannot move '%s' to a subdirectory of itself, '%s'", from,
					 to);
	if (old && old->type == PL_TAR_DIR && n->type == PL_TAR_DIR && old->n_children)
		return pl_shell_complain(c->call, 1, err,
					 "cannot move '%s' to '%s': Directory not empty", from, to);
	if (old && n->type == PL_TAR_DIR && old->type == PL_TAR_DIR)
		pl_tree_remove(c->call->world->tree, old);
	int before = c->call->status;
	int rc = copy_tree(c, n, to, 0, err);
	if (rc == 0 && c->call->status == before)
		pl_tree_remove(c->call->world->tree, n);
	return rc;
}

/* The tree has no devices: what is read from one is a file of that; of chance, a secret. 1; 0: path
 * is none. */
static int read_device(const struct copy *c, const char *path, struct pl_node *ret,
		       struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = 16 << 20};
	const bool input = strcmp(path, "/dev/stdin") == 0;
	const bool chance = pl_shell_is_chance(path) && !pl_cmd_node(c->call, path, true);
	int rc = 0;
	if (c->moves || (!input && !chance && strcmp(path, "/dev/null") != 0))
		return 0;
	if (input)
		rc = pl_cmd_read(c->call, path, &text, err);
	else if (chance)
		rc = pl_shell_chance(c->call->shell, path, &text, err);
	if (rc < 0)
		return rc;
	*ret = (struct pl_node){.type = PL_TAR_FILE, .mode = input ? 0600 : chance ? 0444 : 0666};
	ret->bytes = pl_arena_str(&c->call->world->tree->arena, pl_buf_str(&text));
	ret->size = ret->bytes.n;
	ret->body = ret->size ? PL_BODY_BYTES : PL_BODY_NONE;
	ret->sha256 = pl_sha256_of(ret->bytes);
	return 1;
}

static int copy_path(const struct copy *c, const char *from, const char *to, struct pl_err *err)
{
	struct pl_node device;
	if (c->moves)
		return move_one(c, from, to, err);
	int rc = read_device(c, from, &device, err);
	if (rc < 0)
		return rc;
	struct pl_node *n = rc ? &device : pl_cmd_node(c->call, from, c->follows || c->installs);
	if (!n)
		return missing(c, from, err);
	if (n->type == PL_TAR_DIR && (!c->recurses || c->installs))
		return pl_shell_complain(c->call, 1, err,
					 "-r not specified; omitting directory '%s'", from);
	if (c->links && n->type == PL_TAR_DIR)
		return pl_shell_unknown(c->call, err, "-l of a directory");
	if (c->links)
		return pl_cmd_hard_link(c->call, n, to, c->force, err);
	const struct pl_node *into = pl_cmd_node(c->call, to, true);
	if (n->type == PL_TAR_DIR && into && is_within(into, n))
		return pl_shell_complain(c->call, 1, err,
					 "cannot copy a directory, '%s', into itself, '%s'", from,
					 to);
	if (is_no_directory(c, n, to))
		return pl_cmd_cannot(c->call, err, "create regular file", to, "Not a directory");
	bool goes = c->removes && pl_cmd_node(c->call, to, false) != n;
	if (into && pl_node_file(into) == pl_node_file(n) && n->type != PL_TAR_DIR && !goes)
		return pl_shell_complain(c->call, 1, err, "'%s' and '%s' are the same file", from,
					 to);
	return copy_tree(c, n, to, 0, err);
}

/* SOURCE... DIRECTORY, or SOURCE DEST. */
static int copy_all(const struct copy *c, char **v, int n, struct pl_err *err)
{
	const char *last = c->into ? c->into : n ? v[n - 1] : NULL;
	int n_sources = c->into ? n : n - 1, rc = 0;
	if (n_sources < 1)
		return pl_shell_complain(c->call, 1, err,
					 n ? "missing destination file operand after '%s'"
					   : "missing file operand%s",
					 n ? v[0] : "");
	const struct pl_node *dir = pl_cmd_node(c->call, last, true);
	bool into = dir && dir->type == PL_TAR_DIR && !c->to_file;
	if (!into && (n_sources > 1 || c->into))
		return pl_shell_complain(c->call, 1, err, "target '%s' is not a directory", last);
	for (int i = 0; i < n_sources && rc == 0; i++) {
		PL_AUTOFREE char *name = pl_cmd_last_name(v[i]);
		PL_AUTOFREE char *to = into ? pl_cmd_join(last, name) : pl_xstrdup(last);
		rc = copy_path(c, v[i], to, err);
	}
	return rc;
}

/* --preserve's list: mode, ownership, timestamps, links, context, xattr, all. */
static void preserve(struct copy *c, const char *what)
{
	bool all = !what || strstr(what, "all");
	c->keeps_mode = c->keeps_mode || all || strstr(what, "mode");
	c->keeps_owner = c->keeps_owner || all || strstr(what, "ownership");
}

int pl_cmd_cp(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'a', "archive", 0},
						       {'r', "recursive", 0},
						       {'R', NULL, 0},
						       {'p', NULL, 0},
						       {'d', NULL, 0},
						       {'f', "force", 0},
						       {'n', "no-clobber", 0},
						       {'L', "dereference", 0},
						       {'P', "no-dereference", 0},
						       {'H', NULL, 0},
						       {'T', "no-target-directory", 0},
						       {'t', "target-directory", PL_CMD_VALUE},
						       {'v', "verbose", 0},
						       {'Z', NULL, 0}, /* no SELinux here */
						       {'l', "link", 0},
						       {'b', NULL, 0},
						       {OPT_PRESERVE, "preserve", PL_CMD_MAYBE},
						       {OPT_REMOVE, "remove-destination", 0},
						       {OPT_REFLINK, "reflink", PL_CMD_MAYBE},
						       {OPT_SPARSE, "sparse", PL_CMD_VALUE},
						       {0, NULL, 0}};
	struct copy c = {.call = call};
	struct pl_cmd_args a = {.call = call, .options = options};
	bool follows = false, as_is = false;
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		char l = a.letter < 256 ? (char)a.letter : 0;
		c.recurses = c.recurses || l == 'a' || l == 'r' || l == 'R';
		as_is = (as_is || l == 'a' || l == 'd' || l == 'P') && l != 'L';
		follows = (follows || l == 'L' || l == 'H') && !as_is;
		if (l == 'a' || l == 'p')
			preserve(&c, NULL);
		if (a.letter == OPT_PRESERVE)
			preserve(&c, a.value ? a.value : "mode,ownership");
		c.no_clobber = c.no_clobber || l == 'n';
		c.to_file = c.to_file || l == 'T';
		c.links = c.links || l == 'l';
		c.backs_up = c.backs_up || l == 'b';
		c.force = c.force || l == 'f';
		c.removes = c.removes || a.letter == OPT_REMOVE;
		c.into = l == 't' ? a.value : c.into;
	}
	c.follows = follows || (!as_is && !c.recurses);
	if (rc == 0)
		rc = copy_all(&c, a.operands, a.n, err);
	pl_cmd_args_done(&a);
	return rc;
}

int pl_cmd_mv(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'f', "force", 0},
						       {'n', "no-clobber", 0},
						       {'v', "verbose", 0},
						       {'T', "no-target-directory", 0},
						       {'t', "target-directory", PL_CMD_VALUE},
						       {'Z', "context", 0}, /* no SELinux here */
						       {'b', NULL, 0},
						       {0, NULL, 0}};
	struct copy c = {.call = call, .moves = true, .recurses = true};
	struct pl_cmd_args a = {.call = call, .options = options};
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		c.no_clobber = a.letter == 'n' || (c.no_clobber && a.letter != 'f');
		c.backs_up = c.backs_up || a.letter == 'b';
		c.to_file = c.to_file || a.letter == 'T';
		c.into = a.letter == 't' ? a.value : c.into;
	}
	if (rc == 0)
		rc = copy_all(&c, a.operands, a.n, err);
	pl_cmd_args_done(&a);
	return rc;
}

/* -- install -- */

/* A directory with those above it: only the last gets mode and owner. */
static int install_directory(const struct copy *c, const char *path, struct pl_err *err)
{
	PL_AUTO(buf) at = {0};
	struct pl_node *n;
	int rc = 0;
	for (size_t i = 1; path[i - 1] && rc == 0; i++) {
		if ((path[i] != '/' && path[i]) || path[i - 1] == '/')
			continue;
		PL_AUTOFREE char *part = pl_xstrndup(path, i);
		n = pl_cmd_node(c->call, part, true);
		if (n && n->type != PL_TAR_DIR)
			return pl_shell_complain(c->call, 1, err,
						 "cannot create directory '%s': File exists", part);
		pl_buf_clear(&at);
		if (!n && pl_cmd_place(c->call, part, &at))
			rc = pl_tree_mkdir(c->call->world->tree, pl_buf_str(&at), 0755, 0, 0,
					   c->call->world->epoch, NULL, err);
	}
	n = pl_cmd_node(c->call, path, true);
	if (rc == 0 && n) {
		pl_cmd_owner_set(n, &c->owner);
		n->mode = c->mode;
	}
	return rc;
}

static int install_parents(const struct copy *c, const char *path, struct pl_err *err)
{
	struct copy plain = {.call = c->call, .mode = 0755};
	if (c->into)
		return install_directory(&plain, c->into, err);
	size_t n = strlen(path);
	while (n && path[n - 1] == '/')
		n--;
	while (n && path[n - 1] != '/')
		n--;
	if (n < 2)
		return 0;
	PL_AUTOFREE char *dir = pl_xstrndup(path, n - 1);
	return pl_cmd_node(c->call, dir, true) ? 0 : install_directory(&plain, dir, err);
}

static int install_owner(struct copy *c, const char *text, bool group, struct pl_err *err)
{
	struct pl_cmd_owner o = {0};
	int rc = pl_cmd_owner_parse(c->call, text, group, &o, err);
	if (rc <= 0)
		return rc;
	if (group) {
		c->owner.has_gid = true;
		c->owner.gid = o.gid;
	} else {
		c->owner.has_uid = true;
		c->owner.uid = o.uid;
	}
	return 1;
}

int pl_cmd_install(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'d', "directory", 0},
						       {'D', NULL, 0},
						       {'m', "mode", PL_CMD_VALUE},
						       {'o', "owner", PL_CMD_VALUE},
						       {'g', "group", PL_CMD_VALUE},
						       {'c', NULL, 0},
						       {'p', "preserve-timestamps", 0},
						       {'v', "verbose", 0},
						       {'t', "target-directory", PL_CMD_VALUE},
						       {'T', "no-target-directory", 0},
						       {'C', "compare", 0},
						       {'b', NULL, 0},
						       {'Z', NULL, 0}, /* no SELinux here */
						       {0, NULL, 0}};
	struct copy c = {.call = call, .installs = true, .mode = 0755};
	struct pl_cmd_args a = {.call = call, .options = options};
	bool directories = false, parents = false;
	int rc, known = 1;
	while ((rc = pl_cmd_next(&a, err)) > 0 && known > 0) {
		directories = directories || a.letter == 'd';
		parents = parents || a.letter == 'D';
		c.backs_up = c.backs_up || a.letter == 'b';
		c.to_file = c.to_file || a.letter == 'T';
		c.into = a.letter == 't' ? a.value : c.into;
		if (a.letter == 'm' && !pl_cmd_mode_apply(a.value, 0, false, 0, &c.mode))
			known = pl_shell_complain(call, 1, err, "invalid mode '%s'", a.value);
		if (a.letter == 'o' || a.letter == 'g')
			known = install_owner(&c, a.value, a.letter == 'g', err);
	}
	if (rc > 0 || known <= 0)
		rc = known < 0 ? known : rc < 0 ? rc : 0;
	else if (rc == 0 && directories && a.n == 0)
		rc = pl_shell_complain(call, 1, err, "missing file operand");
	else if (rc == 0 && directories)
		for (int i = 0; i < a.n && rc == 0; i++)
			rc = install_directory(&c, a.operands[i], err);
	else if (rc == 0) {
		if (parents && (c.into || a.n == 2))
			rc = install_parents(&c, a.operands[1], err);
		if (rc == 0)
			rc = copy_all(&c, a.operands, a.n, err);
	}
	pl_cmd_args_done(&a);
	return rc;
}
