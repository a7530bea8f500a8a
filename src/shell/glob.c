// SPDX-License-Identifier: Apache-2.0
/* Pathname expansion over the tree (2.6.6): component by component, sorted bytewise. */
#include "shell/shell_int.h"

#define PATTERN_MAX 4096

struct walk {
	struct pl_shell *sh;
	struct pl_sh_pattern pattern;
	struct pl_sh_fields *ret;
	struct pl_err *err;
};

static struct pl_sh_pattern part_of(struct pl_sh_pattern p, size_t from, size_t n)
{
	return (struct pl_sh_pattern){pl_str_sub(p.text, from, n), p.marks ? p.marks + from : NULL,
				      p.bash};
}

static int walk_from(struct walk *w, struct pl_buf *path, size_t at);

/* One component is decided; on with what is behind it. */
static int step_into(struct walk *w, struct pl_buf *path, struct pl_str name, size_t at)
{
	size_t n = path->n;
	pl_buf_addstr(path, name);
	int rc = walk_from(w, path, at);
	path->n = n;
	path->p[n] = '\0';
	return rc;
}

static int walk_directory(struct walk *w, struct pl_buf *path, struct pl_sh_pattern part, size_t at)
{
	const struct pl_node *dir = pl_shell_node(w->sh, path->n ? path->p : ".", true);
	bool hidden = part.text.n && *part.text.p == '.';
	static const struct pl_str own[] = {{".", 1}, {"..", 2}};
	int rc = 0;
	if (!dir || dir->type != PL_TAR_DIR)
		return 0;
	for (size_t i = 0; i < PL_COUNT(own) && hidden && !w->sh->bash && rc == 0; i++)
		if (pl_sh_match(part, own[i]))
			rc = step_into(w, path, own[i], at);
	for (uint32_t i = 0; i < dir->n_children && rc == 0; i++) {
		struct pl_str name = dir->children[i]->name;
		rc = pl_sh_step(w->sh, w->err);
		/* A leading dot is matched by a dot alone (2.14.3). */
		if (rc == 0 && (*name.p != '.' || hidden) && pl_sh_match(part, name))
			rc = step_into(w, path, name, at);
	}
	return rc;
}

static int walk_from(struct walk *w, struct pl_buf *path, size_t at)
{
	struct pl_str t = w->pattern.text;
	size_t end = at;
	if (at == t.n) {
		if (pl_shell_node(w->sh, path->n ? path->p : ".", false))
			pl_sh_fields_add(w->ret, pl_str_dup(pl_buf_str(path)));
		return pl_sh_keep(w->sh, path->n, w->err);
	}
	if (t.p[at] == '/')
		return step_into(w, path, PL_STR("/"), at + 1);
	while (end < t.n && t.p[end] != '/')
		end++;
	struct pl_sh_pattern part = part_of(w->pattern, at, end - at);
	if (pl_sh_is_pattern(part))
		return walk_directory(w, path, part, end);
	return step_into(w, path, part.text, end);
}

int pl_sh_glob(struct pl_shell *sh, struct pl_sh_pattern pattern, struct pl_sh_fields *ret,
	       struct pl_err *err)
{
	struct walk w = {sh, pattern, ret, err};
	PL_AUTO(buf) path = {.max = 1 << 16};
	if (pattern.text.n > PATTERN_MAX)
		return 0; /* no path is so long */
	pl_buf_adds(&path, "");
	pl_sh_files_sync(sh);
	return walk_from(&w, &path, 0);
}
