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

static struct pl_digest record_key(const char *uri, const char *suite)
{
	PL_AUTO(buf) b = {0};
	pl_buf_addf(&b, "inrelease 1\n%s\n%s\n", uri, suite);
	return pl_sha256_of(pl_buf_str(&b));
}

static int check(const struct pl_env *env, const struct pl_release *r, const char *suite,
		 int64_t floor, const char *where, struct pl_err *err)
{
	char then[PL_TIME_TEXT], other[PL_TIME_TEXT];
	int64_t now = pl_env_now(env);
	if (!pl_str_is(r->suite, suite) && !pl_str_is(r->codename, suite))
		return pl_fail(err, PL_VERIFY,
			       "%s: it is of suite '%.*s' (codename '%.*s'), not of %s", where,
			       PL_STR_ARG(r->suite), PL_STR_ARG(r->codename), suite);
	if (r->date > now + DAY)
		return pl_fail(err, PL_VERIFY,
			       "%s: dated %s, in the future: the clock of this machine (%s) or the "
			       "mirror is wrong",
			       where, pl_time_rfc3339(r->date, then), pl_time_rfc3339(now, other));
	if (r->valid_until && r->valid_until < now)
		return pl_fail(err, PL_VERIFY, "%s: expired at %s (Valid-Until): %s", where,
			       pl_time_rfc3339(r->valid_until, then),
			       env->offline ? "run once without --offline to read the current one"
					    : "the mirror is out of date, name another one");
	if (r->date < floor)
		return pl_fail(err, PL_VERIFY,
			       "%s: dated %s, older than the one of %s that was used before: the "
			       "mirror is out of date, or someone serves old packages",
			       where, pl_time_rfc3339(r->date, then),
			       pl_time_rfc3339(floor, other));
	return 0;
}

/* The signed file's bytes: from the mirror; offline, the last verified ones. */
static int obtain(struct pl_archive *a, unsigned worker, struct pl_store *store, const char *uri,
		  const char *suite, struct pl_buf *ret, bool *ret_fetched, struct pl_err *err)
{
	*ret_fetched = !a->env->offline || pl_uri_is_file(uri);
	if (*ret_fetched) {
		PL_AUTOFREE char *path = pl_xprintf("dists/%s/InRelease", suite);
		return pl_archive_read(a, worker, uri, path, INRELEASE_MAX, ret, err);
	}
	struct pl_digest key = record_key(uri, suite);
	int rc = pl_store_record_get(store, "inrelease", &key, ret, err);
	if (rc == 0)
		return pl_fail(err, PL_REMOTE,
			       "%s: offline, and suite %s was not read from there before: run once "
			       "without --offline",
			       uri, suite);
	return rc < 0 ? rc : 0;
}

static int from_mirror(struct pl_archive *a, unsigned worker, struct pl_store *store,
		       const struct pl_suite_source *src, const char *uri, int64_t floor,
		       struct pl_suite_release *s, struct pl_err *err)
{
	PL_AUTO(buf) signed_text = {.max = INRELEASE_MAX};
	PL_AUTOFREE char *where = pl_xprintf("%s/dists/%s/InRelease", uri, src->suite);
	bool fetched;
	int rc = obtain(a, worker, store, uri, src->suite, &signed_text, &fetched, err);
	if (rc == 0)
		rc = pl_release_verify(a->env, pl_buf_str(&signed_text), src->keyring, where,
				       &s->text, s->fingerprint, err);
	if (rc == 0)
		rc = pl_release_parse(&s->arena, pl_buf_str(&s->text), where, &s->release, err);
	if (rc == 0)
		rc = check(a->env, &s->release, src->suite, floor, where, err);
	if (rc == 0 && fetched) {
		struct pl_digest key = record_key(uri, src->suite);
		rc = pl_store_record_put(store, "inrelease", &key, pl_buf_str(&signed_text), err);
	}
	s->uri = uri;
	return rc == -PL_LIMIT ? pl_ctx(err, "suite %s: InRelease", src->suite) : rc;
}

int pl_suite_release_fetch(struct pl_archive *a, unsigned worker, struct pl_store *store,
			   const struct pl_suite_source *src, int64_t floor,
			   struct pl_suite_release *ret, struct pl_err *err)
{
	PL_AUTO(tries) tries = {.archive = a, .uris = (const char *const *)src->uris};
	for (const char *uri; (uri = pl_tries_next(&tries));) {
		PL_AUTO(suite_release) s = {0};
		*err = (struct pl_err){0};
		int rc = pl_env_check(a->env, err);
		if (rc == 0)
			rc = from_mirror(a, worker, store, src, uri, floor, &s, err);
		if (rc == 0) {
			*ret = s;
			s = (struct pl_suite_release){0};
			return 0;
		}
		if (!pl_tries_note(&tries, uri, err))
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
