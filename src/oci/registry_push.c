// SPDX-License-Identifier: Apache-2.0
/*
 * Pushing (distribution-spec "Push"): a blob is looked for, then mounted from a sibling repository,
 * then uploaded by POST and one PUT. An upload that fails half-way begins anew with a session of
 * its own: what registries say of the state of a broken session is not to be relied on, the digest
 * in the last PUT is.
 */
#include "oci/registry_int.h"

#include "base/clock.h"

#define MOUNT_MAX 4 /* sibling repositories to try */
#define CANCEL_S 5u
#define RESTART_MAX 3 /* sessions lost (404, 401) before giving up */

struct blob_upload {
	struct registry_repo *r;
	struct registry_handle *h;
	const struct pl_digest *digest;
	uint64_t size;
	pl_blob_open_fn *open;
	void *ctx;
	struct pl_arena *a;
	const char *doing;
	const char *session; /* where the next request of the session goes; NULL: none open */
};

/* The newest Location is the session's only valid address; its query is opaque. */
static int take_location(struct blob_upload *u, const char *asked,
			 const struct pl_http_response *resp, struct pl_err *err)
{
	const char *base = resp->effective_url ? resp->effective_url : asked;
	const char *to = resp->location ? pl_url_resolve(u->a, base, resp->location) : NULL;
	if (!to)
		return pl_fail(err, PL_REMOTE,
			       "%s: %s: the registry opened an upload without "
			       "saying where",
			       u->r->repo.name, u->doing);
	if (!pl_url_allowed(u->r->at->host, to))
		return pl_fail(err, PL_REMOTE,
			       "%s: %s: the registry sends the upload to an address that is "
			       "neither https nor this machine, or is link-local; refused (a "
			       "proxy may have to set X-Forwarded-Proto)",
			       u->r->repo.name, u->doing);
	u->session = to;
	return 0;
}

/* Best effort: a session that is not cancelled expires by itself. Works while stopping, too. */
static void cancel_session(struct blob_upload *u)
{
	struct pl_http_response resp = {0};
	struct pl_err ignored = {0};
	if (!u->session)
		return;
	struct registry_request q = {.method = "DELETE",
				     .url = u->session,
				     .scope = u->r->push_scope,
				     .no_redirect = true};
	const uint64_t until = u->h->until_ns;
	u->h->until_ns = pl_mono_ns() + CANCEL_S * UINT64_C(1000000000); /* its token included */
	atomic_store(&u->h->stop, false);
	u->h->env.stop = &u->h->stop;
	if (pl_registry_do(u->r, u->h, &q, &resp, &ignored) == 0)
		pl_http_response_done(&resp);
	u->h->env.stop = u->r->repo.env->stop;
	u->h->until_ns = until;
	u->session = NULL;
}

static int is_present(struct blob_upload *u, struct pl_err *err)
{
	PL_AUTOFREE char *url = pl_xprintf("%s/blobs/%s", u->r->base, PL_DIGEST_STR(u->digest));
	struct registry_request q = {
		.method = "HEAD", .url = url, .scope = u->r->push_scope, .timeout_s = 60};
	struct pl_http_response resp = {0};
	int rc = pl_registry_do_retry(u->r, u->h, &q, &resp, err);
	if (rc < 0)
		return rc;
	rc = resp.status == 200   ? 1
	     : resp.status == 404 ? pl_registry_absent(u->r, &resp, u->doing, err)
				  : pl_registry_fail(u->r, &resp, u->doing, err);
	pl_http_response_done(&resp);
	return rc;
}

/* Asks to mount from one repository: 1 mounted; 0 not (a session may be open, which is the answer
 * of a registry that does not want to mount). A refusal is no error: uploading may still work. */
static int mount_from(struct blob_upload *u, const char *from, struct pl_err *err)
{
	char *name = pl_url_encode(pl_str_of(from));
	const char *url = pl_arena_printf(u->a, "%s/blobs/uploads/?mount=%s&from=%s", u->r->base,
					  PL_DIGEST_STR(u->digest), name);
	const char *scope = pl_arena_printf(u->a, "%s repository:%s:pull", u->r->push_scope, from);
	struct registry_request q = {.method = "POST",
				     .url = url,
				     .scope = scope,
				     .body = PL_STR(""),
				     .no_redirect = true,
				     .timeout_s = 60};
	struct pl_http_response resp = {0};
	free(name);
	int rc = pl_registry_do_retry(u->r, u->h, &q, &resp, err);
	if (rc == -PL_AUTH)
		return 0; /* no token for both repositories: the upload asks for ours alone */
	if (rc < 0)
		return rc;
	if (resp.status == 201)
		rc = 1;
	else if (resp.status == 202)
		rc = take_location(u, url, &resp, err);
	pl_http_response_done(&resp);
	return rc;
}

static int open_session(struct blob_upload *u, struct pl_err *err)
{
	const char *url = pl_arena_printf(u->a, "%s/blobs/uploads/", u->r->base);
	struct registry_request q = {.method = "POST",
				     .url = url,
				     .scope = u->r->push_scope,
				     .body = PL_STR(""),
				     .no_redirect = true,
				     .timeout_s = 60};
	struct pl_http_response resp = {0};
	int rc = pl_registry_do_retry(u->r, u->h, &q, &resp, err);
	if (rc < 0)
		return rc;
	rc = resp.status == 202 ? take_location(u, url, &resp, err)
				: pl_registry_fail(u->r, &resp, u->doing, err);
	pl_http_response_done(&resp);
	return rc;
}

/* One PUT of the whole content into the open session. */
static int put_content(struct blob_upload *u, struct pl_http_response *resp, struct pl_err *err)
{
	const char *url =
		pl_arena_printf(u->a, "%s%cdigest=%s", u->session,
				strchr(u->session, '?') ? '&' : '?', PL_DIGEST_STR(u->digest));
	struct registry_request q = {.method = "PUT",
				     .url = url,
				     .scope = u->r->push_scope,
				     .content_type = "application/octet-stream",
				     .open = u->open,
				     .ctx = u->ctx,
				     .size = u->size,
				     .no_redirect = true};
	return pl_registry_do(u->r, u->h, &q, resp, err);
}

/* Uploads until it is there or there is nothing more to try. */
static int upload_until_there(struct blob_upload *u, struct pl_err *err)
{
	unsigned restarts = 0;
	for (unsigned attempt = 0;;) {
		struct pl_http_response resp = {0};
		int rc = u->session ? 0 : open_session(u, err);
		if (rc < 0)
			return rc;
		rc = put_content(u, &resp, err);
		if (rc == 0 && (resp.status == 201 || resp.status == 204)) {
			pl_http_response_done(&resp);
			u->session = NULL;
			return 0;
		}
		/* A session that is gone or no longer ours: begin anew, a few times. */
		bool lost = rc == 0 && (resp.status == 404 || resp.status == 401) &&
			    ++restarts < RESTART_MAX;
		if (lost) {
			u->session = NULL;
		} else if (pl_http_backoff(&u->h->env, rc, &resp, err, attempt, u->h->until_ns)) {
			attempt++;
			cancel_session(u);
		} else {
			if (rc == 0)
				rc = pl_registry_fail(u->r, &resp, u->doing, err);
			pl_http_response_done(&resp);
			return rc;
		}
		pl_http_response_done(&resp);
		/* A try whose answer was lost may have done it. */
		rc = is_present(u, err);
		if (rc != 0)
			return rc < 0 ? rc : 0;
	}
}

static int put_blob(struct blob_upload *u, const char *const *from, struct pl_err *err)
{
	struct pl_repo_stats *st = &u->r->repo.stats;
	int rc = is_present(u, err);
	if (rc == 1)
		pl_repo_count(&st->blobs_present, 1);
	if (rc != 0)
		return rc;
	for (size_t i = 0; from && from[i] && i < MOUNT_MAX && rc == 0; i++) {
		if (strcmp(from[i], u->r->path) == 0)
			continue;
		cancel_session(u); /* the session that a refused mount before this one opened */
		rc = mount_from(u, from[i], err);
	}
	if (rc == 1)
		pl_repo_count(&st->blobs_mounted, 1);
	if (rc != 0)
		return rc;
	rc = upload_until_there(u, err);
	if (rc == 0) {
		pl_repo_count(&st->blobs_uploaded, 1);
		pl_repo_count(&st->bytes_uploaded, u->size);
	}
	return rc;
}

int pl_registry_put_blob(struct pl_repo *repo, const struct pl_digest *d, uint64_t size,
			 const char *const *from, pl_blob_open_fn *open, void *ctx,
			 struct pl_err *err)
{
	struct registry_repo *r = (struct registry_repo *)repo;
	PL_AUTO(arena) a = {0};
	struct blob_upload u = {.r = r,
				.h = pl_registry_take(r->at),
				.digest = d,
				.size = size,
				.open = open,
				.ctx = ctx,
				.a = &a,
				.doing = pl_arena_printf(&a, "pushing blob %s", PL_DIGEST_STR(d))};
	int rc = put_blob(&u, from, err);
	if (rc < 0)
		cancel_session(&u);
	pl_registry_give(r->at, u.h);
	return rc < 0 ? rc : 0;
}
