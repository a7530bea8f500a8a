// SPDX-License-Identifier: Apache-2.0
/*
 * A lock held against signed indexes. Whoever could edit the lock could edit its hashes of
 * InRelease too, so nothing of it is believed: it only says where to look first. A package that any
 * index with a good signature names, in those very bytes, is Debian's; that it is missing proves
 * something only in the index that the lock was made from, for archives move on.
 */
#include "debian/debian_int.h"

#include "base/clock.h"
#include "debian/archive/index.h"
#include "debian/archive/suites.h"

enum look { LOCKED, NOW, THEN, LOOKS }; /* in the order to try */

struct vouching {
	const struct pl_env *env;
	struct pl_store *store;
	const struct pl_archive_request *rq;
	struct pl_arena *a;
	struct pl_suites suites;
	const char **architectures;
	bool *told; /* [rq->former->n_packages] */
	pl_vouch_fn *tell;
	void *ctx;
};

static void tell(struct vouching *v, size_t i, enum pl_vouched how, const char *why)
{
	v->told[i] = true;
	v->tell(v->ctx, &v->rq->former->packages[i], how, why);
}

/* Packages of the suite of which nothing is known yet. */
static size_t left_of(const struct vouching *v, const char *suite)
{
	const struct pl_lock_distro *d = v->rq->former;
	size_t n = 0;
	for (size_t i = 0; i < d->n_packages; i++)
		n += !v->told[i] && strcmp(d->packages[i].suite, suite) == 0;
	return n;
}

static const struct pl_lock_suite *suite_of_lock(const struct vouching *v, const char *suite)
{
	const struct pl_lock_distro *d = v->rq->former;
	for (size_t i = 0; i < d->n_suites; i++)
		if (strcmp(d->suites[i].suite, suite) == 0)
			return &d->suites[i];
	return NULL;
}

/* What differs between entry and index, in the arena; NULL: nothing. */
static const char *difference(struct pl_arena *a, const struct pl_lock_package *p,
			      const struct pl_package *is)
{
	if (!pl_digest_eq(&p->sha256, &is->sha256))
		return pl_arena_printf(a, "the signed index of %s has it with another sha256: %s",
				       p->suite, PL_DIGEST_STR(&is->sha256));
	if (p->size != is->size)
		return pl_arena_printf(a, "the signed index of %s has it with %llu bytes, not %llu",
				       p->suite, (unsigned long long)is->size,
				       (unsigned long long)p->size);
	if (p->installed_kib != is->installed_kib)
		return pl_arena_printf(a,
				       "the signed index of %s has it with %llu KiB installed, not "
				       "%llu",
				       p->suite, (unsigned long long)is->installed_kib,
				       (unsigned long long)p->installed_kib);
	if (!pl_str_is(is->source, p->source) || !pl_str_is(is->source_version, p->source_version))
		return pl_arena_printf(a,
				       "the signed index of %s has it from source %s %s, not %s %s",
				       p->suite, PL_SHOWN(is->source), PL_SHOWN(is->source_version),
				       p->source, p->source_version);
	return NULL;
}

static const struct pl_package *find_package(struct pl_index *const *ix, size_t n,
					     const struct pl_lock_package *p)
{
	for (size_t i = 0; i < n; i++) {
		const struct pl_package *is =
			pl_index_find(ix[i], pl_str_of(p->name), pl_str_of(p->version));
		if (is && pl_str_is(is->architecture, p->architecture))
			return is;
	}
	return NULL;
}

/* What the index has of that name instead. */
static const char *absence(struct pl_arena *a, struct pl_index *const *ix, size_t n,
			   const struct pl_lock_package *p, int64_t date)
{
	char when[PL_TIME_TEXT];
	const struct pl_package *other = NULL;
	for (size_t i = 0; i < n && !other; i++)
		other = pl_index_candidate(ix[i], pl_str_of(p->name));
	return pl_arena_printf(a,
			       "no signed index names it: that of %s of %s, from which the lock "
			       "was made, has %s%s",
			       p->suite, pl_time_rfc3339(date, when),
			       other ? "version " : "no package of that name",
			       other ? PL_SHOWN(other->version) : "");
}

/* Of the suite's own packages when the index is the one that the lock was made from. */
static void hold_against(struct vouching *v, struct pl_index *const *ix, const char *suite,
			 bool is_exact, int64_t date)
{
	const struct pl_lock_distro *d = v->rq->former;
	for (size_t i = 0; i < d->n_packages; i++) {
		const struct pl_lock_package *p = &d->packages[i];
		if (v->told[i] || strcmp(p->suite, suite) != 0)
			continue;
		const struct pl_package *is = find_package(ix, v->rq->n_platforms, p);
		const char *why = is ? difference(v->a, p, is) : NULL;
		if (is)
			tell(v, i, why ? PL_VOUCHED_NOT : PL_VOUCHED, why);
		else if (is_exact)
			tell(v, i, PL_VOUCHED_NOT, absence(v->a, ix, v->rq->n_platforms, p, date));
	}
}

/* The lock's word about a suite, when its very InRelease is at hand. */
static void hold_suite(struct vouching *v, const struct pl_lock_suite *s,
		       const struct pl_suite_state *is)
{
	char says[PL_TIME_TEXT], when[PL_TIME_TEXT];
	if (s->date == is->date && strcmp(s->fingerprint, is->fingerprint) == 0)
		return;
	v->tell(v->ctx, NULL, PL_VOUCHED_NOT,
		pl_arena_printf(v->a,
				"suite %s: the lock has its InRelease of %s by %s, which is of %s "
				"by %s",
				s->suite, pl_time_rfc3339(s->date, says), s->fingerprint,
				pl_time_rfc3339(is->date, when), is->fingerprint));
}

/* The mirrors of a look; an archive that keeps every state comes last among them. */
static int mirrors_of(struct vouching *v, const struct pl_suite_request *suite, enum look look,
		      int64_t date, struct pl_suite_source *io, struct pl_err *err)
{
	const char *const *all;
	if (look == NOW)
		return 0;
	int rc = pl_suites_mirrors(&v->suites, v->rq->origin->distro, suite, date, &all, err);
	if (rc < 0)
		return rc;
	size_t n = 0;
	while (look == THEN && all[n + 1])
		n++;
	io->uris = (const char **)(uintptr_t)(all + n);
	return 0;
}

/* One look at a suite's indexes. */
static int look_at(struct vouching *v, const char *suite, enum look look, struct pl_err *err)
{
	const struct pl_archive_request *rq = v->rq;
	const struct pl_lock_suite *s = suite_of_lock(v, suite);
	struct pl_suite_request want = pl_debian_suite(rq->origin, suite);
	const struct pl_suite_source *found;
	if (!s && look != NOW)
		return pl_fail(err, PL_NOT_FOUND, "the lock knows no InRelease of suite %s", suite);
	int rc = pl_suites_find(&v->suites, rq->origin->distro, &want, &found, err);
	if (rc < 0)
		return rc;
	struct pl_suite_source source = *found;
	rc = mirrors_of(v, &want, look, s ? s->date : 0, &source, err);
	if (rc < 0)
		return rc;
	const struct pl_index_request request = {.suites = &source,
						 .n_suites = 1,
						 .architectures = v->architectures,
						 .n_architectures = rq->n_platforms,
						 .memory = rq->memory,
						 .any_age = true,
						 .aside = true,
						 .release = look == LOCKED ? &s->sha256 : NULL};
	struct pl_index **ix = pl_arena_array(v->a, struct pl_index *, rq->n_platforms + 1);
	rc = pl_indexes_load(v->env, v->store, &request, ix, err);
	if (rc < 0)
		return rc;
	size_t n;
	const struct pl_suite_state *is = pl_index_suites(ix[0], &n);
	bool is_exact = s && pl_digest_eq(&is->release_sha256, &s->sha256);
	if (is_exact)
		hold_suite(v, s, is);
	hold_against(v, ix, suite, is_exact, is->date);
	for (size_t i = 0; i < rq->n_platforms; i++)
		pl_index_free(ix[i]);
	return 0;
}

/* An index that is not to be had leaves a question open; one that does not verify is an answer, but
 * for an archive of all states: it may know another suite of that name. */
static bool leaves_open(enum look look, int rc)
{
	return rc == -PL_REMOTE || rc == -PL_REFUSED || rc == -PL_NOT_FOUND || rc == -PL_AUTH ||
	       (look == THEN && rc == -PL_VERIFY);
}

static int vouch_suite(struct vouching *v, const char *suite, struct pl_err *err)
{
	const char *why = "the archive has moved on";
	for (enum look look = LOCKED; look < LOOKS && left_of(v, suite); look++) {
		*err = (struct pl_err){0};
		int rc = look_at(v, suite, look, err);
		if (rc == 0)
			continue;
		if (!leaves_open(look, rc))
			return rc;
		if (look == NOW)
			why = pl_arena_cstr(v->a, pl_str_of(err->msg));
	}
	const struct pl_lock_distro *d = v->rq->former;
	for (size_t i = 0; i < d->n_packages; i++)
		if (!v->told[i] && strcmp(d->packages[i].suite, suite) == 0)
			tell(v, i, PL_VOUCHED_OPEN,
			     pl_arena_printf(v->a, "no index of %s that names it is to be had: %s",
					     suite, why));
	return 0;
}

static int vouch_all(struct vouching *v, struct pl_err *err)
{
	const struct pl_archive_request *rq = v->rq;
	const struct pl_lock_distro *d = rq->former;
	v->told = pl_arena_array(v->a, bool, d->n_packages + 1);
	v->architectures = pl_arena_array(v->a, const char *, rq->n_platforms + 1);
	for (size_t i = 0; i < rq->n_platforms; i++)
		v->architectures[i] = rq->platforms[i]->debian;
	for (size_t i = 0; i < d->n_packages; i++)
		if (strcmp(d->packages[i].ecosystem, pl_debian_format.ecosystem) != 0)
			tell(v, i, PL_VOUCHED_NOT, "it is of another ecosystem than its distro");
	size_t n_suites;
	const char **suites = pl_debian_suites(v->a, rq->origin, &n_suites);
	for (size_t i = 0; i < n_suites; i++) {
		int rc = vouch_suite(v, suites[i], err);
		if (rc < 0)
			return pl_ctx(err, "distro %s", rq->origin->distro);
	}
	for (size_t i = 0; i < d->n_packages; i++)
		if (!v->told[i])
			tell(v, i, PL_VOUCHED_NOT,
			     pl_arena_printf(v->a, "its suite %s is none of the distro %s",
					     d->packages[i].suite, rq->origin->distro));
	return 0;
}

int pl_debian_vouch(const struct pl_env *env, struct pl_store *store,
		    const struct pl_archive_request *rq, struct pl_arena *a, pl_vouch_fn *tell_fn,
		    void *ctx, struct pl_err *err)
{
	struct vouching v = {
		.env = env, .store = store, .rq = rq, .a = a, .tell = tell_fn, .ctx = ctx};
	int rc = vouch_all(&v, err);
	pl_suites_done(&v.suites);
	return rc;
}
