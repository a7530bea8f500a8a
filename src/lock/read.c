// SPDX-License-Identifier: Apache-2.0
#include "lock/relock_int.h"

static struct pl_relock_distro *distro_of(struct pl_relock_run *r, const struct pl_distro *d)
{
	for (size_t i = 0; i < r->distros.n; i++)
		if (r->distros.v[i]->d == d)
			return r->distros.v[i];
	struct pl_relock_distro *n = pl_arena_new(&r->arena, struct pl_relock_distro);
	n->d = d;
	*pl_vec_push(&r->distros) = n;
	return n;
}

static int add_platform(struct pl_relock_distro *d, const struct pl_image *i,
			const struct pl_platform *platform, struct pl_err *err)
{
	for (size_t k = 0; k < d->n_platforms; k++)
		if (d->platforms[k] == platform)
			return 0;
	if (d->n_platforms == PL_MAX_PLATFORMS)
		return pl_fail(err, PL_INPUT, "%s:%u: more than %d platforms in one distro",
			       i->file, i->line, PL_MAX_PLATFORMS);
	size_t at = d->n_platforms++;
	while (at && strcmp(d->platforms[at - 1]->name, platform->name) > 0) {
		d->platforms[at] = d->platforms[at - 1];
		d->architectures[at] = d->architectures[at - 1];
		at--;
	}
	d->platforms[at] = platform;
	d->architectures[at] = platform->debian;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(struct pl_relock_distro *const *)a)->d->name,
		      (*(struct pl_relock_distro *const *)b)->d->name);
}

/* What the former lock knew of each suite, so that a date going backwards is seen. */
static size_t floors_of(struct pl_relock_run *r, const struct pl_distro *d,
			struct pl_suite_floor **ret)
{
	const struct pl_lock_distro *f = r->former ? pl_lock_distro_find(r->former, d->name) : NULL;
	size_t n = f ? f->n_suites : 0;
	*ret = pl_arena_array(&r->arena, struct pl_suite_floor, n + 1);
	for (size_t i = 0; i < n; i++)
		(*ret)[i] = (struct pl_suite_floor){f->suites[i].suite, f->suites[i].date};
	return n;
}

static int read_distro(struct pl_relock_run *r, struct pl_relock_distro *d, struct pl_err *err)
{
	size_t n = 0;
	while (d->d->suites[n])
		n++;
	struct pl_suite_source *src = pl_arena_array(&r->arena, struct pl_suite_source, n);
	for (size_t i = 0; i < n; i++) {
		const struct pl_suite_source *one;
		struct pl_suite_request rq = {d->d->suites[i], d->d->components, d->d->mirrors,
					      d->d->signed_by};
		int rc = pl_suites_find(&r->suites, d->d->name, &rq, &one, err);
		if (rc < 0)
			return rc;
		src[i] = *one;
	}
	struct pl_suite_floor *floors;
	struct pl_index_request rq = {.suites = src,
				      .n_suites = n,
				      .architectures = d->architectures,
				      .n_architectures = d->n_platforms};
	rq.n_floors = floors_of(r, d->d, &floors);
	rq.floors = floors;
	int rc = pl_indexes_load(r->env, r->store, &rq, d->indexes, err);
	return rc < 0 ? pl_ctx(err, "distro %s", d->d->name) : 0;
}

static bool moves(const struct pl_relock_run *r, const char *source)
{
	if (r->o->mode == PL_RELOCK_ALL)
		return true;
	if (r->o->mode == PL_RELOCK_KEEP)
		return false;
	for (const char *const *m = r->o->move; m && *m; m++)
		if (strcmp(*m, source) == 0)
			return true;
	return false;
}

static void keep_former(struct pl_relock_run *r, struct pl_relock_distro *d)
{
	const struct pl_lock_distro *f =
		r->former ? pl_lock_distro_find(r->former, d->d->name) : NULL;
	for (size_t i = 0; f && i < f->n_packages; i++) {
		const struct pl_lock_package *p = &f->packages[i];
		if (moves(r, p->source))
			continue;
		for (size_t k = 0; k < d->n_platforms; k++) {
			if (strcmp(p->architecture, "all") != 0 &&
			    strcmp(p->architecture, d->architectures[k]) != 0)
				continue;
			struct pl_package *now = pl_index_find(d->indexes[k], pl_str_of(p->name),
							       pl_str_of(p->version));
			/* The same version with other bytes is not the same package. */
			if (now && pl_digest_eq(&now->sha256, &p->sha256))
				pl_map_put(&d->keep[k], now->name, now);
		}
	}
}

int pl_relock_read(struct pl_relock_run *r, struct pl_err *err)
{
	for (size_t i = 0; i < r->fleet->n_images; i++) {
		const struct pl_image *im = r->fleet->images[i];
		struct pl_relock_distro *d = distro_of(r, im->distro);
		for (const struct pl_platform **p = im->platforms; *p; p++) {
			int rc = add_platform(d, im, *p, err);
			if (rc < 0)
				return rc;
		}
	}
	if (r->distros.n)
		qsort(r->distros.v, r->distros.n, sizeof(*r->distros.v), by_name);
	for (size_t i = 0; i < r->distros.n; i++) {
		int rc = read_distro(r, r->distros.v[i], err);
		if (rc < 0)
			return rc;
		keep_former(r, r->distros.v[i]);
	}
	return 0;
}
