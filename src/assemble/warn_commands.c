// SPDX-License-Identifier: Apache-2.0
/* Can the container's commands be run at all? The entrypoint, or cmd where there is none, and the
 * healthcheck's. */
#include "assemble/warn_int.h"

struct command {
	const char *key;  /* of the definition */
	const char *path; /* absolute */
};

/* An executable of that name elsewhere: probably the one that was meant. */
static const char *same_name(const struct pl_warner *w, const char *path)
{
	const struct pl_node *root = w->t->tree.root;
	const char *name = strrchr(path, '/') + 1;
	const struct pl_node *found = pl_warner_in_path(w, name);
	PL_AUTO(buf) is = {0};
	for (const struct pl_node *n = pl_tree_next(root, NULL); n && !found;
	     n = pl_tree_next(root, n))
		if (pl_str_is(n->name, name) && pl_node_file(n)->type == PL_TAR_FILE &&
		    pl_node_file(n)->mode & 0111)
			found = n;
	if (!found)
		return pl_warner_mend(w, path);
	pl_tree_path(found, &is);
	return pl_arena_printf(w->a, "is it /%s?", is.p);
}

static void warn_of_command(struct pl_warner *w, const struct command *c, const char *why,
			    const char *mend)
{
	pl_warn(w, "cannot-run", c->key, "%s %s cannot run: %s; %s", c->key, c->path, why, mend);
}

/* What is no executable file. */
static void warn_of_file(struct pl_warner *w, const struct command *c)
{
	const struct pl_tree *tree = &w->t->tree;
	const struct pl_node *n = pl_tree_resolve(tree, pl_str_of(c->path), true),
			     *link = pl_tree_resolve(tree, pl_str_of(c->path), false);
	if (!n && link)
		warn_of_command(w, c,
				pl_arena_printf(w->a,
						"it is a link to " PL_STR_FMT
						", which leads to nothing in the image",
						PL_STR_ARG(link->link)),
				"add what it leads to");
	else if (!n)
		warn_of_command(w, c, "no package and no file of the fleet brings it",
				same_name(w, c->path));
	else if (pl_node_file(n)->type != PL_TAR_FILE)
		warn_of_command(w, c, "it is not a file", same_name(w, c->path));
	else
		warn_of_command(w, c, "it is not executable",
				"give its entry under 'files' a mode: 0755");
}

static void warn_of_lack(struct pl_warner *w, const struct command *c, const struct pl_lack *l)
{
	if (strcmp(l->kind, "wrong-machine") == 0)
		warn_of_command(w, c,
				pl_arena_printf(w->a, "it is of another machine than %s",
						w->t->platform->name),
				"give each platform its own, for example from: files/tool-${arch}");
	else
		warn_of_command(w, c,
				pl_arena_printf(w->a, "it needs %s, which is not there", l->about),
				strcmp(l->kind, "no-library") == 0
					? "add the package that has it to 'packages'"
					: pl_warner_mend(w, l->about));
}

static int judge(struct pl_warner *w, const struct command *c, struct pl_err *err)
{
	const struct pl_node *n = pl_warner_executable(w, c->path);
	size_t before = w->lacks.n, kept = before;
	if (!n) {
		warn_of_file(w, c);
		return 0;
	}
	int rc = pl_warn_program(w, n, c->path, err);
	for (size_t i = before; i < w->lacks.n; i++) {
		if (strcmp(w->lacks.v[i].kind, "no-shell") != 0)
			warn_of_lack(w, c, &w->lacks.v[i]);
		else if (pl_warner_is_own(w, n, c->path))
			w->lacks.v[kept++] = w->lacks.v[i]; /* it runs, but not all of it */
	}
	w->lacks.n = kept;
	*pl_vec_push(&w->judged) = n;
	return rc;
}

static int judge_argv(struct pl_warner *w, const char *key, const char *const *argv,
		      struct pl_err *err)
{
	struct command c = {key, argv[0]};
	PL_AUTO(buf) path = {0};
	const char *dir = w->t->image->workdir;
	if (strchr(argv[0], '/')) {
		if (argv[0][0] != '/')
			c.path = pl_arena_printf(w->a, "%s/%s", dir ? dir : "", argv[0]);
		return judge(w, &c, err);
	}
	const struct pl_node *n = pl_warner_in_path(w, argv[0]);
	if (!n) {
		warn_of_command(
			w, &c, pl_arena_printf(w->a, "it is in no directory of PATH (%s)", w->path),
			same_name(w, pl_arena_printf(w->a, "/usr/bin/%s", argv[0])));
		return 0;
	}
	pl_tree_path(n, &path);
	c.path = pl_arena_printf(w->a, "/%s", path.p);
	return judge(w, &c, err);
}

int pl_warn_commands(struct pl_warner *w, struct pl_err *err)
{
	static const struct pl_image nothing;
	const struct pl_image *i = w->t->image, *base = i->base ? i->base : &nothing;
	int rc = 0;
	/* What is inherited as it is, is said of the base. */
	if (i->entrypoint && i->entrypoint != base->entrypoint)
		rc = judge_argv(w, "entrypoint", i->entrypoint, err);
	if (rc == 0 && !i->entrypoint && i->cmd && i->cmd != base->cmd)
		rc = judge_argv(w, "cmd", i->cmd, err);
	if (rc == 0 && i->health && i->health->command && i->health != base->health)
		rc = judge_argv(w, "healthcheck", i->health->command, err);
	return rc;
}
