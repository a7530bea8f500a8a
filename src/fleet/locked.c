// SPDX-License-Identifier: Apache-2.0
#include "fleet/locked.h"

bool pl_locked_is_reset(const struct pl_image *i)
{
	return !pl_digest_eq(&i->inputs, &i->declared->inputs);
}

bool pl_locked_is_stale(const struct pl_lock *lock, const struct pl_lock_image *l,
			const struct pl_image *i)
{
	bool same = lock->format >= PL_LOCK_FORMAT_INPUTS
			    ? pl_digest_eq(&l->inputs, &i->inputs)
			    : pl_digest_eq(&l->definition, &i->declared->hash) &&
				      !pl_locked_is_reset(i);
	return !same || strcmp(l->base ? l->base : "", i->base ? i->base->id : "") != 0 ||
	       strcmp(l->distro, i->distro->name) != 0;
}
