// SPDX-License-Identifier: Apache-2.0
/* The distros that the fleet's images use, and their archives' indexes. */
#include "lock/relock_int.h"

static int find_distro(struct pl_relock_run *r, const struct pl_distro *d,
		       struct pl_relock_distro **ret, struct pl_err *err)
{
	for (size_t i = 0; i < r->distros.n; i++)
		if (r->distros.v[i]->d == d) {
			*ret = r->distros.v[i];
			return 0;
		}
	struct pl_relock_distro *n = pl_arena_new(&r->arena, struct pl_relock_distro);
	*n = (struct pl_relock_distro){.d = d,
				       .format = pl_format_find(r->env, d->ecosystem),
				       .former = r->former ? pl_lock_distro_find(r->former, d->name)
							   : NULL};
	if (!n->format)
		return pl_fail(err, PL_FAILURE, "distro %s: this program has no packages of '%s'",
			       d->name, d->ecosystem);
	*pl_vec_push(&r->distros) = n;
	*ret = n;
	return 0;
}

struct pl_relock_distro *pl_relock_distro_of(const struct pl_relock_run *r,
					     const struct pl_distro *d)
{
	size_t i = 0;
	while (r->distros.v[i]->d != d)
		i++;
	return r->distros.v[i];
}

/* Inserted in the order of names. */
bool pl_relock_add_platform(struct pl_relock_distro *d, const struct pl_platform *platform)
{
	for (size_t k = 0; k < d->n_platforms; k++)
		if (d->platforms[k] == platform)
			return true;
	if (d->n_platforms == PL_MAX_PLATFORMS)
		return false;
	size_t at = d->n_platforms++;
	for (; at && strcmp(d->platforms[at - 1]->name, platform->name) > 0; at--)
		d->platforms[at] = d->platforms[at - 1];
	d->platforms[at] = platform;
	return true;
}

static int by_distro_name(const void *a, const void *b)
{
	return strcmp((*(struct pl_relock_distro *const *)a)->d->name,
		      (*(struct pl_relock_distro *const *)b)->d->name);
}

static bool may_move(const void *ctx, const struct pl_lock_package *p)
{
	const struct pl_relock_options *o = ctx;
	if (o->mode == PL_RELOCK_ALL)
		return true;
	if (o->mode == PL_RELOCK_KEEP)
		return false;
	for (const char *const *m = o->move; m && *m; m++)
		if (strcmp(*m, p->source) == 0)
			return true;
	return false;
}

static int open_archive(struct pl_relock_run *r, struct pl_relock_distro *d, struct pl_err *err)
{
	const struct pl_archive_request rq = {.origin = &d->d->origin,
					      .platforms = d->platforms,
					      .n_platforms = d->n_platforms,
					      .former = d->former,
					      .moves = may_move,
					      .ctx = r->o,
					      .memory = &r->memory,
					      .allow_old = r->o->allow_old};
	return d->format->archive_open(r->env, r->store, &rq, &d->archive, err);
}

int pl_relock_distros(struct pl_relock_run *r, struct pl_err *err)
{
	for (size_t i = 0; i < r->fleet->n_images; i++) {
		const struct pl_image *image = r->fleet->images[i];
		struct pl_relock_distro *d = NULL;
		int rc = find_distro(r, image->distro, &d, err);
		for (const struct pl_platform **p = image->platforms; *p && rc == 0; p++)
			if (!pl_relock_add_platform(d, *p))
				rc = pl_fail(err, PL_INPUT,
					     "%s:%u: more than %d platforms in one distro",
					     image->file, image->line, PL_MAX_PLATFORMS);
		if (rc < 0)
			return rc;
	}
	if (r->distros.n)
		qsort(r->distros.v, r->distros.n, sizeof(*r->distros.v), by_distro_name);
	return 0;
}

int pl_relock_read(struct pl_relock_run *r, struct pl_err *err)
{
	int rc = pl_relock_distros(r, err);
	for (size_t i = 0; i < r->distros.n; i++)
		r->memory.max += r->distros.v[i]->n_platforms * r->env->limits->index_memory;
	for (size_t i = 0; i < r->distros.n && rc == 0; i++)
		rc = open_archive(r, r->distros.v[i], err);
	return rc;
}
