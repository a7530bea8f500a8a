// SPDX-License-Identifier: Apache-2.0
/* What locking asks of Debian: a distro's indexes for some platforms, resolution in them, verdicts
 * over scripts, and fetching. */
#include "debian/debian_int.h"

#include "base/num.h"
#include "debian/archive/debs.h"
#include "debian/archive/index.h"
#include "debian/archive/suites.h"
#include "debian/resolve/resolve.h"

/* One platform's part. */
struct debian_platform {
	const struct pl_platform *platform;
	struct pl_index *index;
	/* The former lock's, still in the archive, as struct pl_package*: */
	struct pl_map keep; /* by name */
	struct pl_map kept; /* by hash: of a name there may be several */
};

struct debian_archive {
	struct pl_package_archive archive; /* first: what the seam sees */
	struct pl_arena arena;
	struct debian_platform *platforms;
	size_t n_platforms;
};

static struct debian_archive *debian_of(struct pl_package_archive *ar)
{
	return (struct debian_archive *)ar;
}

void pl_debian_archive_free(struct pl_package_archive *ar)
{
	struct debian_archive *d = debian_of(ar);
	if (!d)
		return;
	for (size_t i = 0; i < d->n_platforms; i++) {
		pl_map_done(&d->platforms[i].keep);
		pl_map_done(&d->platforms[i].kept);
		pl_index_free(d->platforms[i].index);
	}
	pl_arena_done(&d->arena);
	free(d);
}

/* The suite as the source that has it says. A lock's suite is in one: the lock is of this fleet. */
struct pl_suite_request pl_debian_suite(const struct pl_origin *o, const char *suite)
{
	const struct pl_origin_source *s = o->sources;
	for (size_t i = 0; i < o->n_sources; i++)
		for (const char **of = o->sources[i].suites; *of; of++)
			if (strcmp(*of, suite) == 0)
				s = &o->sources[i];
	return (struct pl_suite_request){suite, s->components, s->mirrors, s->signed_by};
}

const char **pl_debian_suites(struct pl_arena *a, const struct pl_origin *o, size_t *ret_n)
{
	size_t n = 0, max = 0;
	for (size_t i = 0; i < o->n_sources; i++)
		for (const char **of = o->sources[i].suites; *of; of++)
			max++;
	const char **v = pl_arena_array(a, const char *, max + 1);
	for (size_t i = 0; i < o->n_sources; i++)
		for (const char **of = o->sources[i].suites; *of; of++)
			v[n++] = *of;
	*ret_n = n;
	return v;
}

/* Where each suite is served, and the date before which its index is a rollback. */
static int index_request(struct debian_archive *d, const struct pl_archive_request *rq,
			 struct pl_suites *suites, struct pl_index_request *ret, struct pl_err *err)
{
	const struct pl_lock_distro *f = rq->former;
	size_t n, n_floors = f ? f->n_suites : 0;
	const char **names = pl_debian_suites(&d->arena, rq->origin, &n);
	struct pl_suite_source *v = pl_arena_array(&d->arena, struct pl_suite_source, n);
	struct pl_suite_floor *floors =
		pl_arena_array(&d->arena, struct pl_suite_floor, n_floors + 1);
	const char **architectures = pl_arena_array(&d->arena, const char *, rq->n_platforms + 1);
	for (size_t i = 0; i < n; i++) {
		const struct pl_suite_source *one;
		struct pl_suite_request suite = pl_debian_suite(rq->origin, names[i]);
		int rc = pl_suites_find(suites, rq->origin->distro, &suite, &one, err);
		if (rc < 0)
			return rc;
		v[i] = *one;
	}
	for (size_t i = 0; i < n_floors; i++)
		floors[i] = (struct pl_suite_floor){f->suites[i].suite, f->suites[i].date};
	for (size_t i = 0; i < rq->n_platforms; i++)
		architectures[i] = rq->platforms[i]->debian;
	*ret = (struct pl_index_request){.suites = v,
					 .n_suites = n,
					 .architectures = architectures,
					 .n_architectures = rq->n_platforms,
					 .floors = floors,
					 .n_floors = n_floors,
					 .memory = rq->memory,
					 .any_age = rq->allow_old};
	return 0;
}

static int load_indexes(const struct pl_env *env, struct pl_store *store, struct debian_archive *d,
			const struct pl_archive_request *rq, struct pl_err *err)
{
	PL_AUTO(suites) suites = {0};
	struct pl_index_request indexes;
	int rc = index_request(d, rq, &suites, &indexes, err);
	if (rc < 0)
		return rc;
	struct pl_index **v = pl_arena_array(&d->arena, struct pl_index *, rq->n_platforms + 1);
	rc = pl_indexes_load(env, store, &indexes, v, err);
	if (rc < 0)
		return pl_ctx(err, "distro %s", rq->origin->distro);
	d->platforms = pl_arena_array(&d->arena, struct debian_platform, rq->n_platforms + 1);
	d->n_platforms = rq->n_platforms;
	for (size_t i = 0; i < rq->n_platforms; i++)
		d->platforms[i] =
			(struct debian_platform){.platform = rq->platforms[i], .index = v[i]};
	return 0;
}

static void name_suites(struct debian_archive *d)
{
	size_t n;
	const struct pl_suite_state *v = pl_index_suites(d->platforms[0].index, &n);
	d->archive.suites = pl_arena_array(&d->arena, struct pl_lock_suite, n + 1);
	d->archive.n_suites = n;
	for (size_t i = 0; i < n; i++)
		d->archive.suites[i] = (struct pl_lock_suite){
			v[i].suite, v[i].date, v[i].release_sha256, v[i].fingerprint};
}

static void keep_former(struct debian_archive *d, const struct pl_archive_request *rq)
{
	for (size_t i = 0; rq->former && i < rq->former->n_packages; i++) {
		const struct pl_lock_package *p = &rq->former->packages[i];
		if (strcmp(p->ecosystem, pl_debian_format.ecosystem) != 0 || rq->moves(rq->ctx, p))
			continue;
		for (size_t k = 0; k < d->n_platforms; k++) {
			struct debian_platform *on = &d->platforms[k];
			if (strcmp(p->architecture, "all") != 0 &&
			    strcmp(p->architecture, on->platform->debian) != 0)
				continue;
			struct pl_package *now =
				pl_index_find(on->index, pl_str_of(p->name), pl_str_of(p->version));
			/* The same version with other bytes is not the same package. */
			if (now && pl_digest_eq(&now->sha256, &p->sha256)) {
				pl_map_put(&on->keep, now->name, now);
				pl_map_put(&on->kept, pl_digest_key(&now->sha256), now);
			}
		}
	}
}

int pl_debian_archive_open(const struct pl_env *env, struct pl_store *store,
			   const struct pl_archive_request *rq, struct pl_package_archive **ret,
			   struct pl_err *err)
{
	struct debian_archive *d = pl_xcalloc(1, sizeof(*d));
	d->archive.format = &pl_debian_format;
	int rc = load_indexes(env, store, d, rq, err);
	if (rc < 0) {
		pl_debian_archive_free(&d->archive);
		return rc;
	}
	name_suites(d);
	keep_former(d, rq);
	*ret = &d->archive;
	return 0;
}

const char *const *pl_debian_granted(struct pl_package_archive *ar, const struct pl_platform *on,
				     struct pl_arena *a)
{
	const struct debian_archive *d = debian_of(ar);
	for (size_t i = 0; i < d->n_platforms; i++)
		if (d->platforms[i].platform == on)
			return pl_index_essential(d->platforms[i].index, a);
	return pl_arena_array(a, const char *, 1);
}

int pl_debian_roots(const struct pl_package_root *v, size_t n, size_t room, struct pl_arena *a,
		    struct pl_root **ret, struct pl_err *err)
{
	struct pl_root *roots = pl_arena_array(a, struct pl_root, room + n + 1);
	for (size_t i = 0; i < n; i++) {
		roots[room + i] = (struct pl_root){
			.name = v[i].name, .version = v[i].version, .where = v[i].where};
		if (v[i].relation &&
		    !pl_debrel_parse(pl_str_of(v[i].relation), &roots[room + i].rel))
			return pl_fail(err, PL_INPUT, "%s: '%s' is not a version relation",
				       v[i].where, v[i].relation);
	}
	*ret = roots;
	return 0;
}

static void fill_choices(const struct pl_resolution *r, struct pl_arena *a,
			 struct pl_package_choices *ret)
{
	ret->v = pl_arena_array(a, struct pl_package_choice, r->n + 1);
	ret->n = r->n;
	for (size_t i = 0; i < r->n; i++) {
		struct pl_package *p = r->v[i].pkg;
		ret->v[i] = (struct pl_package_choice){.name = p->name,
						       .version = p->version,
						       .architecture = p->architecture,
						       .sha256 = p->sha256,
						       .parent = r->v[i].parent,
						       .reason = r->v[i].reason,
						       .own = p};
	}
}

static struct pl_index *index_for(struct pl_package_archive *ar, const struct pl_platform *on)
{
	const struct debian_platform *p = debian_of(ar)->platforms;
	while (p->platform != on)
		p++;
	return p->index;
}

int pl_debian_missing(struct pl_package_archive *ar, const struct pl_platform *on,
		      const struct pl_package_root *root, struct pl_arena *a, const char **ret_why,
		      const char **ret_more, struct pl_err *err)
{
	struct pl_root *wanted = NULL;
	PL_AUTO(buf) why = {0}, more = {0};
	int rc = pl_debian_roots(root, 1, 0, a, &wanted, err);
	if (rc < 0)
		return rc;
	bool missing = pl_root_missing(index_for(ar, on), wanted, &why, &more);
	*ret_why = missing ? pl_arena_cstr(a, pl_buf_str(&why)) : NULL;
	*ret_more = pl_arena_cstr(a, pl_buf_str(&more));
	return 0;
}

int pl_debian_resolve(struct pl_package_archive *ar, const struct pl_platform *on,
		      const struct pl_package_root *roots, size_t n_roots,
		      const struct pl_package_choices *base, const struct pl_lock_image *former,
		      struct pl_arena *a, struct pl_package_choices *ret, struct pl_err *err)
{
	struct debian_archive *d = debian_of(ar);
	size_t i = 0, n_base = base ? base->n : 0;
	while (d->platforms[i].platform != on)
		i++;
	struct pl_package **there = pl_arena_array(a, struct pl_package *, n_base + 1);
	for (size_t k = 0; k < n_base; k++)
		there[k] = base->v[k].own;
	PL_AUTO(map) own = {0};
	for (size_t k = 0; former && k < former->n_packages; k++) {
		struct pl_package *p = pl_map_get(&d->platforms[i].kept,
						  pl_digest_key(&former->packages[k]->sha256));
		if (p)
			pl_map_put(&own, p->name, p);
	}
	struct pl_resolve_options o = {.preselected = there,
				       .n_preselected = n_base,
				       .keep = &d->platforms[i].keep,
				       .own = &own};
	struct pl_root *wanted = NULL;
	struct pl_resolution all;
	int rc = pl_debian_roots(roots, n_roots, 0, a, &wanted, err);
	if (rc == 0)
		rc = pl_resolve(d->platforms[i].index, wanted, n_roots, &o, a, &all, err);
	if (rc == 0)
		fill_choices(&all, a, ret);
	return rc;
}

/* How often the archive has patched this version: the N of "+debXuN" and "~debXuN", and whether it
 * came from a security suite. A fair guess at how often it will move again. */
static bool changes_often(const struct pl_lock_package *p)
{
	const char *u = strstr(p->version, "+deb");
	if (!u)
		u = strstr(p->version, "~deb");
	const char *n = u ? strchr(u, 'u') : NULL;
	uint64_t count = 0;
	if (n && !pl_parse_u64(pl_str_of(n + 1), 1000, &count))
		count = 1;
	return count >= 2 || pl_str_ends(pl_str_of(p->suite), "-security");
}

void pl_debian_entry(struct pl_package_archive *ar, const struct pl_package_choice *c,
		     struct pl_arena *a, struct pl_lock_package *ret, bool *ret_often)
{
	const struct pl_package *p = c->own;
	const struct pl_lock_suite *suite = &ar->suites[p->suite];
	*ret = (struct pl_lock_package){
		.ecosystem = pl_debian_format.ecosystem,
		.name = pl_arena_cstr(a, p->name),
		.version = pl_arena_cstr(a, p->version),
		.architecture = pl_arena_cstr(a, p->architecture),
		.source = pl_arena_cstr(a, p->source),
		.source_version = pl_arena_cstr(a, p->source_version),
		.sha256 = p->sha256,
		.size = p->size,
		.installed_kib = p->installed_kib,
		.filename = pl_arena_cstr(a, p->filename),
		.suite = pl_arena_cstr(a, pl_str_of(suite->suite)),
	};
	*ret_often = changes_often(ret);
}

int pl_debian_fetch(const struct pl_env *env, struct pl_store *store,
		    const struct pl_package_want *v, size_t n, uint64_t *ret_bytes,
		    struct pl_err *err)
{
	PL_AUTO(suites) suites = {0};
	struct pl_deb_request *want = pl_arena_array(&suites.arena, struct pl_deb_request, n + 1);
	for (size_t i = 0; i < n; i++) {
		const struct pl_lock_package *p = v[i].package;
		struct pl_suite_request suite = pl_debian_suite(v[i].origin, p->suite);
		want[i] = (struct pl_deb_request){
			.filename = pl_str_of(p->filename), .size = p->size, .sha256 = p->sha256};
		int rc = pl_suites_mirrors(&suites, v[i].origin->distro, &suite, v[i].when,
					   &want[i].uris, err);
		if (rc < 0)
			return rc;
	}
	return pl_debs_fetch(env, store, want, n, ret_bytes, err);
}
