// SPDX-License-Identifier: Apache-2.0
#include "effects/shells.h"

#include "effects/effects_int.h"

static bool has_line(const struct pl_buf *b, struct pl_str line)
{
	struct pl_str rest = pl_buf_str(b);
	while (rest.p && rest.n) {
		if (pl_str_eq(pl_str_cut(&rest, '\n'), line))
			return true;
	}
	return false;
}

static void add_shells(struct pl_buf *b, struct pl_str text)
{
	while (text.p && text.n) {
		struct pl_str line = pl_str_trim(pl_str_cut(&text, '\n'));
		if (!line.n || line.p[0] == '#' || has_line(b, line))
			continue;
		pl_buf_addstr(b, line);
		pl_buf_addc(b, '\n');
	}
}

int pl_shells_make(struct pl_tree *t, const struct pl_effect_input *in, const char *directory,
		   struct pl_err *err)
{
	struct pl_str text;
	PL_AUTO(arena) a = {0};
	PL_AUTO(buf) b = {.max = 1 << 20};
	int rc = pl_effect_text(t, in, &a, pl_arena_printf(&a, "%s/shells", directory), &text, err);
	if (rc < 0 || !text.p)
		return rc;
	pl_buf_addstr(&b, text);
	const char *more = pl_arena_printf(&a, "%s/shells.d", directory);
	const struct pl_node *d = pl_tree_resolve(t, pl_str_of(more), true);
	for (uint32_t i = 0; d && d->type == PL_TAR_DIR && i < d->n_children; i++) {
		char *path = pl_arena_printf(&a, "%s/%s", more, d->children[i]->name.p);
		rc = pl_effect_text(t, in, &a, path, &text, err);
		if (rc < 0)
			return rc;
		add_shells(&b, text);
	}
	/* Where /usr is merged each shell has two names. */
	PL_AUTO(buf) both = {.max = 1 << 20};
	pl_buf_addstr(&both, pl_buf_str(&b));
	struct pl_str rest = pl_buf_str(&b);
	while (rest.p && rest.n) {
		struct pl_str line = pl_str_cut(&rest, '\n');
		if (pl_str_starts(line, "/bin/"))
			add_shells(&both, pl_str_of(pl_arena_printf(&a, "/usr" PL_STR_FMT,
								    PL_STR_ARG(line))));
	}
	rc = pl_buf_check(&both, "etc/shells", err);
	if (rc < 0)
		return rc;
	return pl_effect_write(t, in, "etc/shells", pl_buf_str(&both), 0644, err);
}
