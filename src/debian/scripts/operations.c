// SPDX-License-Identifier: Apache-2.0
/* A recipe's lines as effects: which function does which, and what it gets. */
#include "debian/scripts/apply_int.h"

#include "base/num.h"
#include "effects/edit.h"
#include "effects/nsswitch.h"
#include "effects/tmpfiles.h"

static int set_capability(struct pl_recipe_run *run, const struct pl_recipe_effect *e,
			  unsigned flags, struct pl_err *err)
{
	size_t size = e->text.n / 2;
	char *raw = pl_arena_alloc(&run->arena, size + 1);
	if (!size || !pl_unhex((uint8_t *)raw, size, e->text))
		return pl_fail(err, PL_INPUT, "capability must be hex");
	return pl_edit_capability(run->tree, e->path, (struct pl_str){raw, size}, flags, err);
}

static int apply_effect(struct pl_recipe_run *run, const struct pl_recipe_effect *e,
			struct pl_err *err)
{
	struct pl_tree *t = run->tree;
	const struct pl_effect_input *in = run->in;
	const struct pl_edit_owner owner = {&run->owners, e->owner, e->group, e->mode};
	unsigned flags = (e->keep ? PL_EDIT_KEEP : 0) | (e->optional ? PL_EDIT_OPTIONAL : 0);
	switch (e->kind) {
	case PL_RECIPE_DIR:
		return pl_edit_directory(t, in, e->path, &owner, flags, err);
	case PL_RECIPE_OWN:
		return pl_edit_own(t, e->path, &owner, flags, err);
	case PL_RECIPE_TEXT:
		return pl_edit_text(t, in, e->path, e->text, &owner, flags, err);
	case PL_RECIPE_COPY:
		return pl_edit_copy(t, in, e->from, e->path, &owner, flags, err);
	case PL_RECIPE_LINK:
		return pl_edit_link(t, in, e->path, e->text, flags, err);
	case PL_RECIPE_RENAME:
		return pl_edit_rename(t, e->from, e->path, flags, err);
	case PL_RECIPE_REMOVE:
		pl_edit_remove(t, e->path);
		return 0;
	case PL_RECIPE_CAPABILITY:
		return set_capability(run, e, flags, err);
	case PL_RECIPE_LINE:
		return pl_edit_line(t, in, e->path, e->text, flags, err);
	case PL_RECIPE_NSSWITCH:
		return pl_nsswitch_add(t, in, e->text, e->from, e->before, e->owner, err);
	case PL_RECIPE_TMPFILES:
		return pl_tmpfiles_apply_named(t, in, e->text, err);
	case PL_RECIPE_ALTERNATIVE:
		*pl_vec_push(&run->alternatives) = *e->alternative;
		return 0;
	case PL_RECIPE_GENERATE:
		return pl_recipe_generator_want(run, e->text, err);
	}
	return pl_fail(err, PL_FAILURE, "unknown effect");
}

int pl_recipe_effect_do(struct pl_recipe_run *run, const struct pl_recipe *recipe,
			const struct pl_recipe_effect *e, struct pl_err *err)
{
	int rc = apply_effect(run, e, err);
	if (rc < 0)
		return pl_ctx(err, "package " PL_STR_FMT ": recipe, line %u",
			      PL_STR_ARG(recipe->package), e->line);
	return 0;
}
