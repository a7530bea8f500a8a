// SPDX-License-Identifier: Apache-2.0
/* InRelease: fetched, verified, and held against the clock, the request and what was known. */
#include "base/clock.h"
#include "debian/archive/index_int.h"

#define INRELEASE_MAX ((uint64_t)16 << 20)
#define DAY 86400

void pl_suite_release_done(struct pl_suite_release *s)
{
	pl_buf_done(&s->text);
	pl_arena_done(&s->arena);
	*s = (struct pl_suite_release){0};
}

/* The last verified one of a suite at a URI. */
static struct pl_digest last_key(const char *uri, const char *suite)
{
	PL_AUTO(buf) b = {0};
	pl_buf_addf(&b, "inrelease 1\n%s\n%s\n", uri, suite);
	return pl_sha256_of(pl_buf_str(&b));
}

/* Every verified one, by what its signed text is: a lock names it so. */
static struct pl_digest text_key(const struct pl_digest *text)
{
	PL_AUTO(buf) b = {0};
	pl_buf_addf(&b, "inrelease 1\n%s\n", PL_DIGEST_STR(text));
	return pl_sha256_of(pl_buf_str(&b));
}

/* One suite's InRelease on its way. */
struct taking {
	struct pl_archive *a;
	unsigned worker;
	struct pl_store *store;
	const struct pl_index_request *rq;
	const struct pl_suite_source *src;
};

static int check_age(const struct taking *t, const struct pl_release *r, int64_t floor,
		     const char *where, struct pl_err *err)
{
	char then[PL_TIME_TEXT], other[PL_TIME_TEXT];
	if (t->rq->any_age || t->rq->release)
		return 0;
	if (r->valid_until && r->valid_until < pl_env_now(t->a->env))
		return pl_fail(err, PL_VERIFY, "%s: expired at %s (Valid-Until): %s", where,
			       pl_time_rfc3339(r->valid_until, then),
			       t->a->env->offline
				       ? "run once without --offline to read the current one"
				       : "the mirror is out of date, name another one; for an "
					 "archive's past state, lock --allow-old");
	if (r->date < floor)
		return pl_fail(err, PL_VERIFY,
			       "%s: dated %s, older than the one of %s that was used before: this "
			       "mirror is behind (try later, or name another one), or someone "
			       "serves old packages; to go back on purpose, lock --allow-old",
			       where, pl_time_rfc3339(r->date, then),
			       pl_time_rfc3339(floor, other));
	return 0;
}

static int check(const struct taking *t, const struct pl_release *r, int64_t floor,
		 const char *where, struct pl_err *err)
{
	char then[PL_TIME_TEXT], other[PL_TIME_TEXT];
	int64_t now = pl_env_now(t->a->env);
	const char *suite = t->src->suite;
	if (!pl_str_is(r->suite, suite) && !pl_str_is(r->codename, suite))
		return pl_fail(err, PL_VERIFY,
			       "%s: it is of suite '%.*s' (codename '%.*s'), not of %s", where,
			       PL_STR_ARG(r->suite), PL_STR_ARG(r->codename), suite);
	if (r->date > now + DAY)
		return pl_fail(err, PL_VERIFY,
			       "%s: dated %s, in the future: the clock of this machine (%s) or the "
			       "mirror is wrong",
			       where, pl_time_rfc3339(r->date, then), pl_time_rfc3339(now, other));
	return check_age(t, r, floor, where, err);
}

/* The signed file's bytes: from the mirror; offline, the last verified ones. */
static int obtain(const struct taking *t, const char *uri, struct pl_buf *ret, bool *ret_fetched,
		  struct pl_err *err)
{
	const char *suite = t->src->suite;
	*ret_fetched = !t->a->env->offline || pl_uri_is_file(uri);
	if (*ret_fetched) {
		PL_AUTOFREE char *path = pl_xprintf("dists/%s/InRelease", suite);
		return pl_archive_read(t->a, t->worker, uri, path, INRELEASE_MAX, ret, err);
	}
	struct pl_digest key = last_key(uri, suite);
	int rc = pl_store_record_get(t->store, "inrelease", &key, ret, err);
	if (rc == 0)
		return pl_fail(err, PL_REMOTE,
			       "%s: offline, and suite %s was not read from there before: run once "
			       "without --offline",
			       uri, suite);
	return rc < 0 ? rc : 0;
}

static int verify(const struct taking *t, struct pl_str signed_text, const char *where,
		  struct pl_suite_release *s, struct pl_err *err)
{
	int rc = pl_release_verify(t->a->env, signed_text, t->src->keyring, where, &s->text,
				   s->fingerprint, err);
	return rc < 0 ? rc
		      : pl_release_parse(&s->arena, pl_buf_str(&s->text), where, &s->release, err);
}

/* The Date below which the suite does not go: a former lock's, or that of the last one seen at this
 * URI, if the keyring still vouches for it (a mirror has its own pace, so the others' do not
 * count).
 */
static int64_t floor_at(const struct taking *t, const char *uri, struct pl_str now)
{
	const struct pl_index_request *rq = t->rq;
	int64_t floor = INT64_MIN;
	for (size_t i = 0; i < rq->n_floors; i++)
		if (strcmp(rq->floors[i].suite, t->src->suite) == 0 && rq->floors[i].date > floor)
			floor = rq->floors[i].date;
	PL_AUTO(buf) last = {.max = INRELEASE_MAX};
	PL_AUTO(suite_release) s = {0};
	struct pl_err none = {0};
	struct pl_digest key = last_key(uri, t->src->suite);
	if (rq->any_age || pl_store_record_get(t->store, "inrelease", &key, &last, &none) <= 0 ||
	    pl_str_eq(pl_buf_str(&last), now) || verify(t, pl_buf_str(&last), uri, &s, &none) < 0)
		return floor;
	return s.release.date > floor ? s.release.date : floor;
}

static int keep(const struct taking *t, const char *uri, struct pl_str signed_text,
		const struct pl_suite_release *s, struct pl_err *err)
{
	struct pl_digest text = pl_sha256_of(pl_buf_str(&s->text));
	struct pl_digest by_text = text_key(&text), last = last_key(uri, t->src->suite);
	int rc = pl_store_record_put(t->store, "inrelease", &by_text, signed_text, err);
	if (rc == 0 && !t->rq->aside)
		rc = pl_store_record_put(t->store, "inrelease", &last, signed_text, err);
	return rc;
}

static int from_mirror(const struct taking *t, const char *uri, struct pl_suite_release *s,
		       struct pl_err *err)
{
	PL_AUTO(buf) signed_text = {.max = INRELEASE_MAX};
	PL_AUTOFREE char *where = pl_xprintf("%s/dists/%s/InRelease", uri, t->src->suite);
	bool fetched;
	int rc = obtain(t, uri, &signed_text, &fetched, err);
	if (rc == 0)
		rc = verify(t, pl_buf_str(&signed_text), where, s, err);
	if (rc == 0)
		rc = check(t, &s->release, floor_at(t, uri, pl_buf_str(&signed_text)), where, err);
	if (rc == 0 && fetched)
		rc = keep(t, uri, pl_buf_str(&signed_text), s, err);
	s->uri = uri;
	return rc == -PL_LIMIT ? pl_ctx(err, "suite %s: InRelease", t->src->suite) : rc;
}

/* The one that the request names, out of the store, verified again. */
static int from_store(const struct taking *t, struct pl_suite_release *s, struct pl_err *err)
{
	PL_AUTO(buf) signed_text = {.max = INRELEASE_MAX};
	PL_AUTOFREE char *where = pl_xprintf("InRelease of suite %s in the store", t->src->suite);
	struct pl_digest key = text_key(t->rq->release);
	int rc = pl_store_record_get(t->store, "inrelease", &key, &signed_text, err);
	if (rc == 0)
		return pl_fail(err, PL_NOT_FOUND,
			       "this store has not seen the InRelease of the lock");
	if (rc > 0)
		rc = verify(t, pl_buf_str(&signed_text), where, s, err);
	struct pl_digest is = pl_sha256_of(pl_buf_str(&s->text));
	if (rc == 0 && !pl_digest_eq(&is, t->rq->release))
		rc = pl_fail(err, PL_VERIFY, "%s: it is another one", where);
	s->uri = t->src->uris[0];
	return rc == 0 ? check(t, &s->release, INT64_MIN, where, err) : rc;
}

int pl_suite_release_fetch(struct pl_archive *a, unsigned worker, struct pl_store *store,
			   const struct pl_index_request *rq, const struct pl_suite_source *src,
			   struct pl_suite_release *ret, struct pl_err *err)
{
	const struct taking t = {a, worker, store, rq, src};
	PL_AUTO(tries) tries = {.archive = a, .uris = (const char *const *)src->uris};
	for (const char *uri; (uri = pl_tries_next(&tries));) {
		PL_AUTO(suite_release) s = {0};
		*err = (struct pl_err){0};
		int rc = pl_env_check(a->env, err);
		if (rc == 0)
			rc = rq->release ? from_store(&t, &s, err) : from_mirror(&t, uri, &s, err);
		if (rc == 0) {
			*ret = s;
			s = (struct pl_suite_release){0};
			return 0;
		}
		if (rq->release || !pl_tries_note(&tries, uri, err))
			return rc;
	}
	PL_AUTOFREE char *what = pl_xprintf("suite %s", src->suite);
	int rc = pl_tries_fail(&tries, what, err);
	return rc == -PL_NOT_FOUND ? pl_fail(err, PL_NOT_FOUND,
					     "%s; what another archive has is a source of its own "
					     "(sources: in the distro)",
					     err->msg)
				   : rc;
}
