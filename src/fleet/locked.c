// SPDX-License-Identifier: Apache-2.0
#include "fleet/locked.h"

int pl_locked_image_check(const struct pl_image *i, const struct pl_platform *platform,
			  const struct pl_lock_image *l, struct pl_err *err)
{
	if (!l)
		return pl_fail(err, PL_INPUT,
			       "%s:%u: %s for %s is not in the lock; run plimsoll lock", i->file,
			       i->line, i->id, platform->name);
	const char *base = i->base ? i->base->id : "";
	if (!pl_digest_eq(&l->definition, &i->hash) || strcmp(l->base ? l->base : "", base) != 0 ||
	    strcmp(l->distro, i->distro->name) != 0)
		return pl_fail(err, PL_INPUT,
			       "%s:%u: %s has changed since it was locked; run plimsoll lock",
			       i->file, i->line, i->id);
	return 0;
}

int pl_locked_files_check(const struct pl_image *i, const struct pl_fleet_file *v, size_t n,
			  const struct pl_lock_image *l, struct pl_err *err)
{
	for (size_t k = 0; k < n && k < l->n_files; k++) {
		const char *to = l->files[k].to;
		while (*to == '/')
			to++;
		if (strcmp(to, v[k].to) != 0 || l->files[k].mode != v[k].mode ||
		    !pl_digest_eq(&l->files[k].sha256, &v[k].sha256))
			return pl_fail(err, PL_INPUT,
				       "%s: /%s is not what the lock has; run plimsoll lock", i->id,
				       v[k].to);
	}
	if (n != l->n_files)
		return pl_fail(err, PL_INPUT,
			       "%s: %zu files of the fleet, the lock has %zu; run plimsoll lock",
			       i->id, n, l->n_files);
	return 0;
}
