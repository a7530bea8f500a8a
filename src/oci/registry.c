// SPDX-License-Identifier: Apache-2.0
#include "oci/registry_int.h"

#define ACCEPT_MANIFESTS                                                                           \
	PL_MT_INDEX ", " PL_MT_MANIFEST ", " PL_MT_DOCKER_LIST ", " PL_MT_DOCKER_MANIFEST

/* One try, without any thought of authentication but the given value. */
static int send_once(struct registry_repo *r, struct registry_handle *h,
		     const struct registry_request *q, const char *authorization,
		     struct pl_http_response *ret, struct pl_err *err)
{
	PL_AUTO_FREE(source) body = NULL;
	const bool is_content = q->open || q->sink;
	struct pl_http_header headers[3];
	struct pl_http_request req = {
		.method = q->method,
		.url = q->url,
		.headers = headers,
		.authorization = authorization,
		.max_body = q->max_body,
		.no_redirect = q->no_redirect,
		.timeout_s = q->timeout_s,
		.deadline_ns = is_content ? 0 : h->until_ns,
	};
	if (q->accept_manifests)
		headers[req.n_headers++] = (struct pl_http_header){"Accept", ACCEPT_MANIFESTS};
	if (q->content_type)
		headers[req.n_headers++] = (struct pl_http_header){"Content-Type", q->content_type};
	if (q->if_absent)
		headers[req.n_headers++] = (struct pl_http_header){"If-None-Match", "*"};
	if (q->open) {
		int rc = q->open(q->ctx, &body, err);
		if (rc < 0)
			return rc;
		req.body_size = q->size;
	} else if (q->body.p) {
		body = pl_source_mem(q->body);
		req.body_size = q->body.n;
	}
	req.body = body;
	pl_repo_count(&r->repo.stats.requests, 1);
	int rc = pl_http_do(h->http, &req, q->sink, ret, err);
	if (is_content)
		h->until_ns += pl_http_content_ns(h->http);
	return rc;
}

/* Who answered, when that was not the registry itself (scheme, host and port); else NULL. */
static const char *other_host(struct registry_repo *r, const struct pl_http_response *resp)
{
	const char *at = resp->effective_url;
	return at && !pl_url_same_origin(at, r->base) ? at : NULL;
}

int pl_registry_do(struct registry_repo *r, struct registry_handle *h,
		   const struct registry_request *q, struct pl_http_response *ret,
		   struct pl_err *err)
{
	/* An upload's Location may be on another host: it never sees our credentials. Nor does a
	 * challenge from where a redirect led: the storage behind a registry must not be able to
	 * name the place that passwords and refresh tokens are sent to (CVE-2020-15157). */
	bool own = pl_url_same_origin(q->url, r->base);
	struct pl_http_response resp = {0};
	char *used = NULL, *fresh = NULL;
	int rc = 0;
	if (own)
		rc = pl_registry_authorize(r, h, q->scope, &used, err);
	if (rc >= 0)
		rc = send_once(r, h, q, used, &resp, err);
	if (rc == 0 && resp.status == 401 && own && !other_host(r, &resp)) {
		rc = pl_registry_challenged(r, h, q->scope, used, &resp, &fresh, err);
		if (rc == 1) {
			pl_http_response_done(&resp);
			resp = (struct pl_http_response){0};
			rc = send_once(r, h, q, fresh, &resp, err);
		}
	}
	pl_secret_free(used);
	pl_secret_free(fresh);
	if (rc < 0) {
		pl_http_response_done(&resp);
		return rc;
	}
	*ret = resp;
	return 0;
}

/* As pl_http_backoff. A manifest is put when all that it names is there, so a registry that does
 * not find some of it is worth another try: while a second program puts the same blob,
 * distribution's link to it is an empty file for a moment. */
static bool is_tried_again(struct registry_handle *h, const struct registry_request *q, int rc,
			   const struct pl_http_response *resp, const struct pl_err *err,
			   unsigned attempt)
{
	struct pl_http_response seen = {.status = resp->status,
					.retry_after_s = resp->retry_after_s};
	if (rc == 0 && q->content_type && (resp->status == 400 || resp->status == 404) &&
	    pl_registry_says(resp, "BLOB_UNKNOWN"))
		seen.status = 503;
	return pl_http_backoff(&h->env, rc, &seen, err, attempt, h->until_ns);
}

int pl_registry_do_retry(struct registry_repo *r, struct registry_handle *h,
			 const struct registry_request *q, struct pl_http_response *ret,
			 struct pl_err *err)
{
	for (unsigned attempt = 0;; attempt++) {
		struct pl_http_response resp = {0};
		int rc = pl_registry_do(r, h, q, &resp, err);
		if (!is_tried_again(h, q, rc, &resp, err, attempt)) {
			if (rc == 0 && resp.status >= 400) /* stopped while waiting */
				rc = pl_env_check(&h->env, err);
			if (rc == 0)
				*ret = resp;
			else
				pl_http_response_done(&resp);
			return rc;
		}
		pl_http_response_done(&resp);
	}
}

bool pl_registry_says(const struct pl_http_response *resp, const char *word)
{
	return resp->body.p && memmem(resp->body.p, resp->body.n, word, strlen(word));
}

/* {"errors":[{"code","message"}]} as " CODE: message", or the beginning of whatever else came. */
static void describe_answer(struct registry_repo *r, const struct pl_http_response *resp,
			    char dst[240])
{
	PL_AUTO_FREE(jval) root = NULL;
	PL_AUTO(buf) text = {.max = 200};
	struct pl_err ignored = {0}; /* no JSON: then its beginning is shown */
	dst[0] = '\0';
	if (!resp->body.n)
		return;
	if (pl_registry_is_secret(r->at, resp->body.p)) {
		snprintf(dst, 240, "; its text repeats a credential and is not shown");
		return;
	}
	const struct pl_jval *list = NULL;
	if (pl_json_parse(pl_buf_str(&resp->body), "", &root, &ignored) == 0)
		list = pl_json_get(root, "errors");
	for (size_t i = 0; pl_json_kind(list) == PL_JARRAY && i < pl_json_len(list) && i < 3; i++) {
		const struct pl_jval *e = pl_json_at(list, i);
		struct pl_str code = pl_json_str(pl_json_get(e, "code"));
		struct pl_str message = pl_json_str(pl_json_get(e, "message"));
		pl_buf_addstr(&text, i ? PL_STR(", ") : PL_STR(""));
		pl_buf_addstr(&text, pl_str_sub(code, 0, 60));
		if (message.n) {
			pl_buf_adds(&text, ": ");
			pl_buf_addstr(&text, pl_str_sub(message, 0, 90));
		}
	}
	struct pl_str s = text.n ? pl_buf_str(&text)
				 : pl_str_trim(pl_str_sub(pl_buf_str(&resp->body), 0, 100));
	char shown[220];
	snprintf(dst, 240, " %s%s%s", text.n ? "" : "'", pl_escape(shown, sizeof(shown), s.p, s.n),
		 text.n ? "" : "'");
}

int pl_registry_fail(struct registry_repo *r, const struct pl_http_response *resp,
		     const char *doing, struct pl_err *err)
{
	char said[240], advice[200] = "", host[100], later[64];
	enum pl_code code = PL_REMOTE;
	int status = resp->status;
	const char *other = other_host(r, resp);
	PL_AUTO(url) led = {0};
	describe_answer(r, resp, said);
	if ((status == 401 || status == 403) && other) {
		bool known = pl_url_parse(other, &led);
		const char *name = known ? led.authority : "another host";
		code = PL_AUTH;
		snprintf(advice, sizeof(advice),
			 "; that was %s, where the registry led, and no credentials go there",
			 pl_escape(host, sizeof(host), name, strlen(name)));
	} else if (status == 401 || status == 403) {
		bool have = pl_registry_has_credentials(r);
		code = PL_AUTH;
		snprintf(advice, sizeof(advice),
			 have ? "; the stored credentials for %.60s do not allow it"
			      : "; no credentials for %.60s are stored, log in (skopeo login)",
			 r->at->host);
	} else if (status == 404) {
		code = PL_NOT_FOUND;
	} else if (status == 409 || status == 412) {
		code = PL_CONFLICT;
	} else if (status == 413) {
		code = PL_LIMIT;
		snprintf(advice, sizeof(advice),
			 "; the registry or a proxy before it limits the size of a request");
	} else if (status == 429) {
		snprintf(advice, sizeof(advice), "; its rate limit is reached, try again later");
	}
	return pl_fail(err, code, "%s: %s: answered %d%s%s%s", r->repo.name, doing, status, said,
		       advice, pl_http_later(resp, later));
}

static void registry_repo_free(struct pl_repo *repo)
{
	struct registry_repo *r = (struct registry_repo *)repo;
	free(r->path);
	free(r->base);
	free(r->pull_scope);
	free(r->push_scope);
	free(r);
}

static const struct pl_repo_ops registry_ops = {
	.manifest = pl_registry_manifest,
	.blob = pl_registry_blob,
	.has_blob = pl_registry_has_blob,
	.put_blob = pl_registry_put_blob,
	.put_tags = pl_registry_put_tags,
	.tags = pl_registry_tags,
	.free = registry_repo_free,
};

int pl_registry_open(struct pl_registries *all, const struct pl_ref *ref, struct pl_repo **ret,
		     struct pl_err *err)
{
	struct pl_registry *at;
	int rc = pl_registry_of(all, ref->host, &at, err);
	if (rc < 0)
		return rc;
	struct registry_repo *r = pl_xcalloc(1, sizeof(*r));
	r->repo = (struct pl_repo){.ops = &registry_ops, .env = at->env};
	r->repo.name = pl_xprintf("%s/%s", ref->host, ref->path);
	r->at = at;
	r->path = pl_xstrdup(ref->path);
	r->base = pl_xprintf("%s/%s", at->root, ref->path);
	r->pull_scope = pl_xprintf("repository:%s:pull", ref->path);
	r->push_scope = pl_xprintf("repository:%s:pull,push", ref->path);
	*ret = &r->repo;
	return 0;
}
