// SPDX-License-Identifier: Apache-2.0
/* find, on the tree: a directory's names come sorted, where the real one has the disk's order. What
 * depends on times of files is not known. */
#include "commands/find_int.h"

#include <fnmatch.h>

#define DEPTH_MAX 1000

struct entry {
	const char *path;
	size_t start; /* bytes of path that are the operand */
	struct pl_node *n;
	uint64_t depth;
	bool prunes;
};

static int ask(struct pl_find *f, const struct pl_find_node *t, struct entry *e, bool *ret,
	       struct pl_err *err);

static bool compares(uint64_t is, const struct pl_find_node *t)
{
	return t->op == '+' ? is > t->n : t->op == '-' ? is < t->n : is == t->n;
}

static bool matches(const struct pl_find_node *t, const char *text)
{
	return fnmatch(t->text, text, t->fold ? FNM_CASEFOLD : 0) == 0;
}

static char type_letter(enum pl_tar_type type)
{
	switch (type) {
	case PL_TAR_DIR:
		return 'd';
	case PL_TAR_SYMLINK:
		return 'l';
	case PL_TAR_CHAR:
		return 'c';
	case PL_TAR_BLOCK:
		return 'b';
	case PL_TAR_FIFO:
		return 'p';
	default:
		return 'f';
	}
}

static uint64_t count_links(const struct pl_node *n)
{
	uint64_t count = 1;
	for (const struct pl_node *l = pl_node_file(n)->next_link; l; l = l->next_link)
		count++;
	return count;
}

/* Of a directory, what most file systems say of one that has few names. */
static uint64_t size_of(const struct pl_node *n)
{
	return n->type == PL_TAR_DIR ? 4096 : n->type == PL_TAR_SYMLINK ? n->link.n : n->size;
}

static bool has_mode(uint32_t mode, const struct pl_find_node *t)
{
	mode &= 07777;
	return t->op == '-'   ? (mode & t->n) == t->n
	       : t->op == '/' ? !t->n || mode & t->n
			      : mode == t->n;
}

static int is_known_owner(struct pl_find *f, const struct pl_node *n, bool group, bool *ret,
			  struct pl_err *err)
{
	struct pl_owners known = {0};
	int rc = pl_owners_load(&known, f->call->world->tree, pl_cmd_in(f->call), err);
	const struct pl_map *names = group ? &known.groups : &known.users;
	uint32_t id = group ? n->gid : n->uid;
	*ret = false;
	for (size_t i = 0; i < names->n && rc == 0 && !*ret; i++)
		*ret = (uintptr_t)names->items[i].value == (uintptr_t)id + 1;
	pl_owners_done(&known);
	return rc;
}

static const char *name_of(struct pl_find *f, const struct entry *e)
{
	PL_AUTOFREE char *name = pl_cmd_last_name(e->path);
	return pl_arena_cstr(&f->arena, pl_str_of(name));
}

static int ask_owner(struct pl_find *f, const struct pl_find_node *t, const struct pl_node *n,
		     bool *ret, struct pl_err *err)
{
	bool known;
	int rc = is_known_owner(f, n, t->kind == PL_FIND_NOGROUP, &known, err);
	*ret = rc == 0 && !known;
	return rc;
}

static bool ask_file(struct pl_find *f, const struct pl_find_node *t, const struct entry *e)
{
	const struct pl_node *n = pl_node_file(e->n);
	switch (t->kind) {
	case PL_FIND_TRUE:
		return true;
	case PL_FIND_NAME:
		return matches(t, name_of(f, e));
	case PL_FIND_PATH:
		return matches(t, e->path);
	case PL_FIND_LNAME:
		return n->type == PL_TAR_SYMLINK && matches(t, n->link.p);
	case PL_FIND_TYPE:
		return strchr(t->text, type_letter(n->type));
	case PL_FIND_PERM:
		return has_mode(n->type == PL_TAR_SYMLINK ? 0777 : n->mode, t);
	case PL_FIND_SIZE:
		return compares((size_of(n) + t->unit - 1) / t->unit, t);
	case PL_FIND_LINKS:
		return compares(count_links(n), t);
	case PL_FIND_UID:
		return compares(n->uid, t);
	case PL_FIND_GID:
		return compares(n->gid, t);
	case PL_FIND_EMPTY:
		return n->type == PL_TAR_DIR ? !n->n_children : n->type == PL_TAR_FILE && !n->size;
	case PL_FIND_SAME:
		return n == pl_node_file(t->same);
	case PL_FIND_EXECUTABLE:
		return n->type == PL_TAR_DIR || n->mode & 0111;
	default:
		return false;
	}
}

/* -- actions -- */

static int flush(struct pl_find *f, struct pl_err *err)
{
	int rc = pl_cmd_write(f->call, &f->out, err);
	pl_buf_clear(&f->out);
	return rc;
}

/* The path behind the operand, as %P has it. */
static const char *inner_path(const struct entry *e)
{
	const char *s = e->path + e->start;
	return *s == '/' ? s + 1 : s;
}

static bool print_directive(struct pl_find *f, const struct entry *e, char c)
{
	const struct pl_node *n = pl_node_file(e->n);
	struct pl_str path = pl_str_of(e->path);
	size_t slash = pl_str_rfind(path, '/');
	switch (c) {
	case '%':
		pl_buf_addc(&f->out, '%');
		return true;
	case 'p':
		pl_buf_adds(&f->out, e->path);
		return true;
	case 'f':
		pl_buf_adds(&f->out, name_of(f, e));
		return true;
	case 'h':
		pl_buf_addstr(&f->out, slash == SIZE_MAX ? PL_STR(".")
				       : slash           ? pl_str_sub(path, 0, slash)
							 : PL_STR(""));
		return true;
	case 'P':
		pl_buf_adds(&f->out, inner_path(e));
		return true;
	case 'm':
		pl_buf_addf(&f->out, "%o", n->type == PL_TAR_SYMLINK ? 0777 : n->mode & 07777);
		return true;
	case 'U':
		pl_buf_addf(&f->out, "%u", n->uid);
		return true;
	case 'G':
		pl_buf_addf(&f->out, "%u", n->gid);
		return true;
	case 's':
		pl_buf_addf(&f->out, "%llu", (unsigned long long)n->size);
		return n->type == PL_TAR_FILE;
	case 'l':
		if (n->type == PL_TAR_SYMLINK)
			pl_buf_addstr(&f->out, n->link);
		return true;
	case 'y':
		pl_buf_addc(&f->out, type_letter(n->type));
		return true;
	case 'd':
		pl_buf_addf(&f->out, "%llu", (unsigned long long)e->depth);
		return true;
	default:
		return false;
	}
}

static int print_format(struct pl_find *f, const char *s, const struct entry *e, struct pl_err *err)
{
	static const char names[] = "nt\\0", bytes[] = "\n\t\\";
	for (; *s; s++) {
		const char *known = *s == '\\' && s[1] ? strchr(names, s[1]) : NULL;
		if (known) {
			pl_buf_addc(&f->out, bytes[known - names]);
			s++;
		} else if (*s == '\\' || (*s == '%' && !print_directive(f, e, s[1]))) {
			return pl_shell_unknown(f->call, err, "such a format of -printf");
		} else if (*s == '%') {
			s++;
		} else {
			pl_buf_addc(&f->out, *s);
		}
	}
	return 0;
}

/* A word of -exec with its {} replaced; the caller's. */
static char *fill_in(const char *word, const char *path)
{
	PL_AUTO(buf) b = {.max = 1 << 20};
	const char *at;
	for (; (at = strstr(word, "{}")); word = at + 2) {
		pl_buf_add(&b, word, (size_t)(at - word));
		pl_buf_adds(&b, path);
	}
	pl_buf_adds(&b, word);
	return pl_buf_take(&b);
}

static int run_external(struct pl_find *f, int argc, char **argv, bool *ret, struct pl_err *err)
{
	int before = f->call->status;
	int rc = flush(f, err);
	if (rc == 0)
		rc = pl_shell_external(f->call, argc, argv, NULL, 0, err);
	*ret = f->call->status == 0;
	f->call->status = before;
	return rc;
}

static int run_one(struct pl_find *f, const struct pl_find_node *t, const char *path, bool *ret,
		   struct pl_err *err)
{
	char **argv = pl_xcalloc((size_t)t->argc + 1, sizeof(*argv));
	for (int i = 0; i < t->argc; i++)
		argv[i] = fill_in(t->argv[i], path);
	int rc = run_external(f, t->argc, argv, ret, err);
	for (int i = 0; i < t->argc; i++)
		free(argv[i]);
	free(argv);
	return rc;
}

/* -execdir: from the directory that has it, as ./NAME. */
static int run_there(struct pl_find *f, const struct pl_find_node *t, const char *path, bool *ret,
		     struct pl_err *err)
{
	static const char go[] = "cd -- \"$0\" && \"$@\"";
	PL_AUTOFREE char *name = pl_cmd_last_name(path);
	PL_AUTOFREE char *here = pl_xprintf("%s%s", *name == '/' ? "" : "./", name);
	size_t up = strlen(path) - strlen(name);
	PL_AUTOFREE char *dir = up ? pl_xstrndup(path, up) : pl_xstrdup(".");
	char *words[] = {(char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c", (char *)(uintptr_t)go,
			 dir};
	int n = (int)PL_COUNT(words), argc = n + t->argc;
	char **argv = pl_xcalloc((size_t)argc + 1, sizeof(*argv));
	for (int i = 0; i < argc; i++)
		argv[i] = i < n ? words[i] : fill_in(t->argv[i - n], here);
	int rc = run_external(f, argc, argv, ret, err);
	for (int i = n; i < argc; i++)
		free(argv[i]);
	free(argv);
	return rc;
}

static int run_many(struct pl_find *f, struct pl_find_node *t, struct pl_err *err)
{
	int argc = t->argc + (int)t->paths.n, rc = 0;
	bool fine = true;
	if (t->paths.n) {
		char **argv = pl_xcalloc((size_t)argc + 1, sizeof(*argv));
		for (int i = 0; i < argc; i++)
			argv[i] = i < t->argc ? t->argv[i] : t->paths.v[i - t->argc];
		rc = run_external(f, argc, argv, &fine, err);
		free(argv);
	}
	pl_vec_free(&t->paths);
	if (!fine)
		f->call->status = 1;
	return rc;
}

static int delete (struct pl_find *f, const struct entry *e, bool *ret, struct pl_err *err)
{
	*ret = true;
	if (strcmp(e->path, ".") == 0)
		return 0;
	if (!e->n->parent)
		return pl_shell_unknown(f->call, err, "removing the whole image");
	if (e->n->type == PL_TAR_DIR && e->n->n_children) {
		*ret = false;
		return pl_shell_complain(f->call, 1, err, "cannot delete '%s': Directory not empty",
					 e->path);
	}
	pl_tree_remove(f->call->world->tree, e->n);
	return 0;
}

static int act(struct pl_find *f, const struct pl_find_node *t, struct entry *e, bool *ret,
	       struct pl_err *err)
{
	*ret = true;
	switch (t->kind) {
	case PL_FIND_PRINT:
		pl_buf_adds(&f->out, e->path);
		pl_buf_addc(&f->out, t->op);
		return 0;
	case PL_FIND_PRINTF:
		return print_format(f, t->text, e, err);
	case PL_FIND_EXEC:
		return run_one(f, t, e->path, ret, err);
	case PL_FIND_EXEC_THERE:
		return run_there(f, t, e->path, ret, err);
	case PL_FIND_EXEC_MANY:
		*pl_vec_push(&((struct pl_find_node *)(uintptr_t)t)->paths) =
			pl_arena_cstr(&f->arena, pl_str_of(e->path));
		return 0;
	case PL_FIND_DELETE:
		return delete (f, e, ret, err);
	case PL_FIND_PRUNE:
		e->prunes = true;
		return 0;
	default: /* PL_FIND_QUIT */
		f->stop = true;
		return 0;
	}
}

static int ask(struct pl_find *f, const struct pl_find_node *t, struct entry *e, bool *ret,
	       struct pl_err *err)
{
	int rc;
	switch (t->kind) {
	case PL_FIND_AND:
	case PL_FIND_OR:
		rc = ask(f, t->a, e, ret, err);
		if (rc == 0 && *ret == (t->kind == PL_FIND_AND) && !f->stop)
			rc = ask(f, t->b, e, ret, err);
		return rc;
	case PL_FIND_NOT:
		rc = ask(f, t->a, e, ret, err);
		*ret = !*ret;
		return rc;
	case PL_FIND_NOUSER:
	case PL_FIND_NOGROUP:
		return ask_owner(f, t, e->n, ret, err);
	default:
		if (t->kind >= PL_FIND_PRINT)
			return act(f, t, e, ret, err);
		*ret = ask_file(f, t, e);
		return 0;
	}
}

/* -- the walk -- */

static int visit(struct pl_find *f, const char *path, size_t start, uint64_t depth,
		 struct pl_err *err);

/* The names first: what is done to one may change the directory. */
static int visit_children(struct pl_find *f, const struct entry *e, struct pl_err *err)
{
	PL_VEC(char *) names = {0};
	int rc = 0;
	for (uint32_t i = 0; i < e->n->n_children; i++)
		*pl_vec_push(&names) = pl_xstrdup(e->n->children[i]->name.p);
	for (size_t i = 0; i < names.n; i++) {
		PL_AUTOFREE char *inner = pl_cmd_join(e->path, names.v[i]);
		if (rc == 0 && !f->stop)
			rc = visit(f, inner, e->start, e->depth + 1, err);
		free(names.v[i]);
	}
	pl_vec_free(&names);
	return rc;
}

static int visit(struct pl_find *f, const char *path, size_t start, uint64_t depth,
		 struct pl_err *err)
{
	bool follows = f->follows || (f->follows_named && depth == 0), is;
	struct pl_node *link = pl_cmd_node(f->call, path, false);
	struct pl_node *n = follows ? pl_cmd_node(f->call, path, true) : link;
	n = n ? n : link; /* dangling */
	if (!n && depth)
		return 0;
	if (!n)
		return pl_shell_complain(f->call, 1, err, "'%s': No such file or directory", path);
	if (depth > DEPTH_MAX)
		return pl_fail(err, PL_LIMIT, "%s: line %u: find: more than %d directories deep",
			       f->call->script, f->call->line, DEPTH_MAX);
	struct entry e = {.path = path, .start = start, .n = n, .depth = depth};
	int rc = 0;
	if (depth >= f->min && !f->children_first)
		rc = ask(f, f->root, &e, &is, err);
	/* What -exec did may have taken it away. */
	bool there = pl_cmd_node(f->call, path, follows) == n;
	if (rc == 0 && there && n->type == PL_TAR_DIR && depth < f->max && !e.prunes && !f->stop)
		rc = visit_children(f, &e, err);
	if (rc == 0 && there && depth >= f->min && f->children_first && !f->stop)
		rc = ask(f, f->root, &e, &is, err);
	return rc;
}

/* The operands end where the expression begins. */
static bool begins_expression(const char *word)
{
	return (word[0] == '-' && word[1]) || strcmp(word, "(") == 0 || strcmp(word, "!") == 0;
}

int pl_cmd_find(struct pl_shell_call *call, struct pl_err *err)
{
	struct pl_find f = {.call = call, .max = UINT64_MAX, .out = {.max = PL_CMD_TEXT_MAX}};
	static char here[] = ".";
	char *usual[] = {here}, **paths = usual;
	int at = 1, n = 1;
	for (; at < call->argc && strlen(call->argv[at]) == 2 && call->argv[at][0] == '-' &&
	       strchr("HLP", call->argv[at][1]);
	     at++) {
		f.follows = call->argv[at][1] == 'L';
		f.follows_named = call->argv[at][1] == 'H';
	}
	int first = at;
	while (at < call->argc && !begins_expression(call->argv[at]))
		at++;
	if (at > first) {
		paths = call->argv + first;
		n = at - first;
	}
	int rc = pl_find_parse(&f, at, err);
	for (int i = 0; i < n && rc > 0 && !f.stop; i++) {
		int done = visit(&f, paths[i], strlen(paths[i]), 0, err);
		rc = done < 0 ? done : rc;
	}
	for (struct pl_find_node *t = f.many; t; t = t->next_many) {
		int done = rc > 0 ? run_many(&f, t, err) : 0;
		rc = done < 0 ? done : rc;
		pl_vec_free(&t->paths);
	}
	if (rc >= 0)
		rc = flush(&f, err);
	pl_buf_done(&f.out);
	pl_arena_done(&f.arena);
	return rc < 0 ? rc : 0;
}
