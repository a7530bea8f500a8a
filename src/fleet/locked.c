// SPDX-License-Identifier: Apache-2.0
#include "fleet/locked.h"

/* Is what the definition takes from outside chosen by --set? */
static bool is_reset(const struct pl_image *i)
{
	return !pl_digest_eq(&i->inputs, &i->declared->inputs);
}

static bool is_stale(const struct pl_lock *lock, const struct pl_lock_image *l,
		     const struct pl_image *i)
{
	bool same = lock->format >= PL_LOCK_FORMAT_INPUTS
			    ? pl_digest_eq(&l->inputs, &i->inputs)
			    : pl_digest_eq(&l->definition, &i->declared->hash) && !is_reset(i);
	return !same || strcmp(l->base ? l->base : "", i->base ? i->base->id : "") != 0 ||
	       strcmp(l->distro, i->distro->name) != 0;
}

const char *pl_locked_stale(struct pl_arena *a, const struct pl_lock *lock,
			    const struct pl_lock_image *l, const struct pl_image *i,
			    const struct pl_platform *on)
{
	if (!l)
		return pl_arena_printf(a, "%s:%u: %s for %s is not in the lock; run plimsoll lock",
				       i->file, i->line, i->id, on->name);
	if (!is_stale(lock, l, i))
		return NULL;
	return pl_arena_printf(a, "%s:%u: %s has changed since it was locked; run plimsoll lock%s",
			       i->file, i->line, i->id, is_reset(i) ? " with the same --set" : "");
}

const char *pl_locked_recipes_stale(const struct pl_lock *lock, const struct pl_fleet *f)
{
	return pl_digest_eq(&lock->recipes, &f->recipes_digest)
		       ? NULL
		       : "the fleet's recipes/ has changed since it was locked; run plimsoll lock";
}

int pl_locked_edits(struct pl_files *files, const struct pl_lock_image *l, const struct pl_image *i,
		    const struct pl_platform *on, struct pl_arena *a, struct pl_lock_edits *e,
		    struct pl_lock_image *ret, struct pl_err *err)
{
	struct pl_fleet_file *v;
	struct pl_lock_image is = {.id = i->id, .definition = i->declared->hash};
	int rc = pl_files_collect(files, i->declared, on, a, &v, &is.n_files, err);
	if (rc < 0)
		return rc;
	is.files = pl_files_lock(a, v, is.n_files);
	pl_lock_edits_image(e, l, &is);
	*ret = is;
	return 0;
}
