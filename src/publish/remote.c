// SPDX-License-Identifier: Apache-2.0
/* Registering and deleting in an inventory that a `plimsoll serve` keeps. $PLIMSOLL_TOKEN is its
 * bearer token.
 */
#include "inventory/registration.h"
#include "io/http.h"
#include "publish/registrar_int.h"

/* What the server says went wrong: the detail of its problem document (RFC 9457). */
static int fail_by_status(const char *url, const struct pl_http_response *r, struct pl_err *err)
{
	PL_AUTO_FREE(jval) root = NULL;
	struct pl_err bad = {0};
	struct pl_str detail = {0};
	char shown[300], later[64];
	if (pl_json_parse(pl_buf_str(&r->body), "answer", &root, &bad) == 0)
		detail = pl_json_str(pl_json_get(root, "detail"));
	pl_escape(shown, sizeof(shown), detail.p ? detail.p : "", detail.n);
	enum pl_code code = r->status == 404                       ? PL_NOT_FOUND
			    : r->status == 401 || r->status == 403 ? PL_AUTH
			    : r->status == 409                     ? PL_CONFLICT
			    : r->status == 412                     ? PL_STALE
			    : r->status == 413                     ? PL_LIMIT
			    : r->status >= 400 && r->status < 500  ? PL_INPUT
								   : PL_REMOTE;
	return pl_fail(err, code, "%s: HTTP %d%s%s%s%s", url, r->status, *shown ? ": " : "", shown,
		       code == PL_AUTH ? " (set PLIMSOLL_TOKEN)" : "", pl_http_later(r, later));
}

/* body: empty for a deletion. */
static int send_call(struct pl_registrar *to, struct pl_http *http, const char *method,
		     const char *url, const char *if_match, struct pl_str body, int *ret_status,
		     struct pl_err *err)
{
	const char *token = pl_environ("PLIMSOLL_TOKEN");
	PL_AUTOFREE char *bearer = token ? pl_xprintf("Bearer %s", token) : NULL;
	PL_AUTOFREE char *etag = if_match ? pl_xprintf("\"%s\"", if_match) : NULL;
	const struct pl_http_header headers[] = {
		{"Content-Type", "application/json"},
		{"If-Match", etag},
	};
	const uint64_t until = pl_http_budget(to->env);
	for (unsigned attempt = 0;; attempt++) {
		PL_AUTO(http_response) resp = {0};
		PL_AUTO_FREE(source) source = body.n ? pl_source_mem(body) : NULL;
		const struct pl_http_request req = {
			.method = method,
			.url = url,
			.headers = headers,
			.n_headers = etag ? 2 : 1,
			.authorization = bearer,
			.body = source,
			.body_size = body.n,
			.no_redirect = true,
			.deadline_ns = until,
		};
		int rc = pl_http_do(http, &req, NULL, &resp, err);
		/* Both are idempotent, so a lost answer may be asked for again. */
		if (pl_http_backoff(to->env, rc, &resp, err, attempt, until))
			continue;
		if (rc < 0)
			return rc;
		*ret_status = resp.status;
		return resp.status >= 200 && resp.status < 300 ? 0
							       : fail_by_status(url, &resp, err);
	}
}

int pl_registrar_put_remote(struct pl_registrar *to, const struct pl_registration *r,
			    enum pl_put_mode mode, struct pl_err *err)
{
	PL_AUTO(buf) body = {0};
	PL_AUTO_FREE(http) http = pl_http_new(to->env);
	PL_AUTOFREE char *name = pl_url_encode(pl_str_of(r->name.text));
	PL_AUTOFREE char *url = pl_xprintf("%s/v1/images/%s", to->url, name);
	int status = 0;

	pl_registration_format(r, &body);
	int rc = pl_buf_check(&body, r->name.text, err);
	if (rc < 0)
		return rc;
	if (mode != PL_PUT_CREATE) {
		rc = send_call(to, http, "PUT", url, r->if_match, pl_buf_str(&body), &status, err);
		if (rc == 0)
			return 1; /* the server does not say whether it knew it just so */
		if (mode == PL_PUT_REPLACE || err->code != PL_NOT_FOUND)
			return rc;
	}
	rc = send_call(to, http, "POST", url, NULL, pl_buf_str(&body), &status, err);
	return rc < 0 ? rc : status == 201;
}

int pl_registrar_delete_remote(struct pl_registrar *to, const char *name, bool force,
			       struct pl_err *err)
{
	PL_AUTO_FREE(http) http = pl_http_new(to->env);
	PL_AUTOFREE char *encoded = pl_url_encode(pl_str_of(name));
	PL_AUTOFREE char *url =
		pl_xprintf("%s/v1/images/%s%s", to->url, encoded, force ? "?force=1" : "");
	int status = 0;
	return send_call(to, http, "DELETE", url, NULL, (struct pl_str){NULL, 0}, &status, err);
}
