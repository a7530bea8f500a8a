// SPDX-License-Identifier: Apache-2.0
#include "upgrade/outdated_int.h"

#include "version/version.h"

void pl_outdated_done(struct pl_outdated *o)
{
	pl_map_done(&o->fixed_in);
	pl_map_done(&o->versions);
}

static bool is_lower(const char *version, const char *than)
{
	return pl_version_relate(pl_version_order_find(pl_version_orders, PL_UPGRADE_ECOSYSTEM),
				 pl_str_of(version), pl_str_of(than)) == PL_VERSION_LOWER;
}

const struct pl_lock_package *pl_outdated_newest(const struct pl_lock *l, const char *package)
{
	const struct pl_lock_package *best = NULL;
	for (size_t d = 0; l && d < l->n_distros; d++)
		for (size_t i = 0; i < l->distros[d].n_packages; i++) {
			const struct pl_lock_package *p = &l->distros[d].packages[i];
			if (strcmp(p->name, package) == 0 &&
			    (!best || is_lower(best->version, p->version)))
				best = p;
		}
	return best;
}

static struct pl_str version_key(struct pl_arena *a, const char *image, const char *name,
				 const char *architecture)
{
	return pl_str_of(pl_arena_printf(a, "%s\n%s\n%s", image, name, architecture));
}

void pl_outdated_all(struct pl_outdated *o, struct pl_arena *a, const struct pl_lock *lock)
{
	*o = (struct pl_outdated){.a = a};
	for (size_t i = 0; i < lock->n_images; i++) {
		const struct pl_lock_image *li = &lock->images[i];
		for (size_t k = 0; k < li->n_packages; k++) {
			struct pl_lock_package *p = li->packages[k];
			/* Of several platforms the first speaks: "all" is one version in each. */
			void **at = pl_map_slot(&o->versions,
						version_key(a, li->id, p->name, p->architecture));
			if (!*at)
				*at = p;
		}
	}
}

/* The highest version of the source in each distro. */
static void index_source(struct pl_outdated *o, const struct pl_lock *lock)
{
	for (size_t d = 0; d < lock->n_distros; d++) {
		const struct pl_lock_package *best = NULL;
		for (size_t i = 0; i < lock->distros[d].n_packages; i++) {
			struct pl_lock_package *p = &lock->distros[d].packages[i];
			if (strcmp(p->source, o->source) != 0 ||
			    (best && !is_lower(best->source_version, p->source_version)))
				continue;
			best = p;
			pl_map_put(&o->fixed_in, pl_str_of(lock->distros[d].name), p);
		}
	}
}

int pl_outdated_source(struct pl_outdated *o, struct pl_arena *a, const struct pl_lock *lock,
		       const char *source, const char *package, const char *fixed,
		       struct pl_err *err)
{
	const struct pl_lock_package *now = pl_outdated_newest(lock, package);
	*o = (struct pl_outdated){.a = a, .source = source, .source_fixed = fixed};
	if (now && fixed && is_lower(now->version, fixed))
		return pl_fail(err, PL_NOT_FOUND,
			       "the archive has %s %s, older than %s: the fix is not there yet; "
			       "nothing was changed",
			       package, now->version, fixed);
	/* Binary and source versions differ for binNMUs and a few sources: then the archive's
	 * version decides. */
	if (now && (!fixed || strcmp(now->version, now->source_version) != 0))
		o->source_fixed = now->source_version;
	index_source(o, lock);
	return 0;
}

/* The source version from which on an image's own distro has it fixed: what was asked for, or the
 * archive's newest where that is older; other distros count their versions by themselves. */
static const char *fixed_for(const struct pl_outdated *o, const char *distro)
{
	const struct pl_lock_package *p = pl_map_get(&o->fixed_in, pl_str_of(distro));
	if (!p || (o->source_fixed && is_lower(o->source_fixed, p->source_version)))
		return o->source_fixed;
	return p->source_version;
}

static bool is_outdated(const struct pl_outdated *o, struct pl_arena *scratch, const char *image,
			const char *fixed, const struct pl_inv_package *have)
{
	if (strcmp(have->ecosystem, PL_UPGRADE_ECOSYSTEM) != 0)
		return false;
	if (o->source)
		return fixed && have->source && have->source_version &&
		       strcmp(have->source, o->source) == 0 &&
		       is_lower(have->source_version, fixed);
	const struct pl_lock_package *now = pl_map_get(
		&o->versions, version_key(scratch, image, have->name, have->architecture));
	return !now || strcmp(now->version, have->version) != 0;
}

const char *pl_outdated_held(const struct pl_outdated *o, const char *image, const char *distro,
			     const struct pl_inv_package *v, size_t n)
{
	PL_AUTO(arena) scratch = {0};
	const char *fixed = o->source ? fixed_for(o, distro) : NULL;
	const struct pl_inv_package *first = NULL, *last = NULL;
	size_t count = 0; /* names, whatever their architectures */
	for (size_t k = 0; k < n; k++) {
		if (!is_outdated(o, &scratch, image, fixed, &v[k]))
			continue;
		if (!first)
			first = &v[k];
		if (!last || strcmp(last->name, v[k].name) != 0)
			count++;
		last = &v[k];
	}
	if (!first)
		return NULL;
	if (o->source || count == 1)
		return pl_arena_printf(o->a, "%s %s", first->source ? first->source : first->name,
				       first->source_version ? first->source_version
							     : first->version);
	return pl_arena_printf(o->a, "%zu packages that the archive has newer",
			       count); /* 2 or more */
}
