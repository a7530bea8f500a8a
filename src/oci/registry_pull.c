// SPDX-License-Identifier: Apache-2.0
#include "oci/registry_int.h"

/* The manifest's place, and its name for errors: both in the arena. */
static const char *manifest_url(struct registry_repo *r, const char *tag, const struct pl_digest *d,
				struct pl_arena *a, const char **ret_doing)
{
	const char *reference = d ? pl_arena_printf(a, "%s", PL_DIGEST_STR(d)) : tag;
	*ret_doing = pl_arena_printf(a, "manifest %s", reference);
	return pl_arena_printf(a, "%s/manifests/%s", r->base, reference);
}

/* The media type alone: parameters such as charset are not part of it (RFC 9110 8.3.1). */
static const char *content_type(struct pl_arena *a, const struct pl_http_response *resp)
{
	if (!resp->content_type)
		return NULL;
	struct pl_str rest = pl_str_of(resp->content_type);
	return pl_arena_cstr(a, pl_str_trim(pl_str_cut(&rest, ';')));
}

/* A 404 from a web server that is no registry says nothing about the image: unknown, not absent. */
static bool is_web_page(const struct pl_http_response *resp)
{
	return resp->content_type && strncmp(resp->content_type, "text/html", 9) == 0;
}

int pl_registry_absent(struct registry_repo *r, const struct pl_http_response *resp,
		       const char *doing, struct pl_err *err)
{
	if (!is_web_page(resp))
		return 0;
	return pl_fail(err, PL_REMOTE, "%s: %s: answered 404 with a web page; is this a registry?",
		       r->repo.name, doing);
}

/* HEAD: 1 found, 0 absent, 2 it does not tell enough (old registries): GET it. */
static int head_manifest(struct registry_repo *r, struct registry_handle *h, const char *scope,
			 const char *url, const char *doing, const struct pl_digest *want,
			 struct pl_arena *a, struct pl_descriptor *ret, struct pl_err *err)
{
	struct registry_request q = {.method = "HEAD",
				     .url = url,
				     .scope = scope,
				     .accept_manifests = true,
				     .timeout_s = 60};
	struct pl_http_response resp = {0};
	struct pl_descriptor d = {0};
	int rc = pl_registry_do_retry(r, h, &q, &resp, err);
	if (rc < 0)
		return rc;
	if (resp.status == 404) {
		rc = pl_registry_absent(r, &resp, doing, err);
	} else if (resp.status != 200) {
		rc = resp.status == 405 ? 2 : pl_registry_fail(r, &resp, doing, err);
		if (rc == 2)
			atomic_store(&r->at->mute_head, true);
	} else {
		d.media_type = content_type(a, &resp);
		d.size = resp.content_length;
		bool has = resp.docker_content_digest &&
			   pl_digest_parse(pl_str_of(resp.docker_content_digest), &d.digest);
		if (has && want && !pl_digest_eq(&d.digest, want))
			rc = pl_fail(err, PL_VERIFY, "%s: %s: the registry has another digest, %s",
				     r->repo.name, doing, PL_DIGEST_STR(&d.digest));
		else if (!has || !pl_is_manifest_type(d.media_type) || d.size == 0 ||
			 d.size > r->repo.env->limits->manifest_bytes)
			rc = 2;
		else
			rc = 1;
	}
	pl_http_response_done(&resp);
	if (rc == 1)
		*ret = d;
	return rc;
}

/* The body that came, against what was asked for and what was announced. */
static int check_body(struct registry_repo *r, const struct pl_http_response *resp,
		      const char *doing, const struct pl_digest *want, struct pl_arena *a,
		      struct pl_descriptor *ret, struct pl_err *err)
{
	struct pl_descriptor d = {.size = resp->body.n};
	struct pl_digest said;
	const char *what = pl_arena_printf(a, "%s: %s", r->repo.name, doing);
	d.digest = pl_sha256_of(pl_buf_str(&resp->body));
	if (want && !pl_digest_eq(&d.digest, want))
		return pl_fail(err, PL_VERIFY, "%s: what came has the digest %s", what,
			       PL_DIGEST_STR(&d.digest));
	if (!want && resp->docker_content_digest &&
	    pl_digest_parse(pl_str_of(resp->docker_content_digest), &said) &&
	    !pl_digest_eq(&d.digest, &said))
		return pl_fail(err, PL_VERIFY,
			       "%s: what came has the digest %s, not the announced one", what,
			       PL_DIGEST_STR(&d.digest));
	int rc = pl_manifest_type(a, pl_buf_str(&resp->body), content_type(a, resp), what,
				  &d.media_type, err);
	if (rc < 0) {
		struct pl_str s = pl_str_sub(pl_buf_str(&resp->body), 0, 60);
		char shown[120];
		/* not from the definition at hand but from a remote server */
		if (resp->body.n == 0 || resp->body.p[0] != '{')
			return pl_fail(err, PL_REMOTE, "%s: answered 200 with '%s', no manifest",
				       what, pl_escape(shown, sizeof(shown), s.p, s.n));
		return rc;
	}
	*ret = d;
	return 1;
}

static int get_manifest(struct registry_repo *r, struct registry_handle *h, const char *scope,
			const char *url, const char *doing, const struct pl_digest *want,
			struct pl_arena *a, struct pl_descriptor *ret, struct pl_buf *ret_text,
			struct pl_err *err)
{
	struct registry_request q = {.method = "GET",
				     .url = url,
				     .scope = scope,
				     .accept_manifests = true,
				     .max_body = r->repo.env->limits->manifest_bytes};
	struct pl_http_response resp = {0};
	int rc = pl_registry_do_retry(r, h, &q, &resp, err);
	if (rc < 0)
		return rc;
	if (resp.status == 404)
		rc = pl_registry_absent(r, &resp, doing, err);
	else if (resp.status != 200)
		rc = pl_registry_fail(r, &resp, doing, err);
	else
		rc = check_body(r, &resp, doing, want, a, ret, err);
	if (rc == 1 && ret_text)
		pl_buf_addstr(ret_text, pl_buf_str(&resp.body));
	pl_http_response_done(&resp);
	return rc;
}

int pl_registry_resolve(struct registry_repo *r, const char *scope, const char *tag,
			const struct pl_digest *digest, struct pl_arena *a,
			struct pl_descriptor *ret, struct pl_buf *ret_text, struct pl_err *err)
{
	const char *doing;
	int rc = 2;
	if (!digest && !tag)
		tag = "latest";
	if (!digest && !pl_tag_valid(pl_str_of(tag)))
		return pl_fail(err, PL_INPUT, "%s: not a valid tag for a registry", r->repo.name);
	const char *url = manifest_url(r, tag, digest, a, &doing);
	struct registry_handle *h = pl_registry_take(r->at);
	if (!ret_text && !atomic_load(&r->at->mute_head))
		rc = head_manifest(r, h, scope, url, doing, digest, a, ret, err);
	if (rc == 2)
		rc = get_manifest(r, h, scope, url, doing, digest, a, ret, ret_text, err);
	pl_registry_give(r->at, h);
	return rc;
}

int pl_registry_manifest(struct pl_repo *repo, const char *tag, const struct pl_digest *digest,
			 struct pl_arena *a, struct pl_descriptor *ret, struct pl_buf *ret_text,
			 struct pl_err *err)
{
	struct registry_repo *r = (struct registry_repo *)repo;
	return pl_registry_resolve(r, r->pull_scope, tag, digest, a, ret, ret_text, err);
}

int pl_registry_has_blob(struct pl_repo *repo, const struct pl_digest *d, uint64_t size,
			 struct pl_err *err)
{
	struct registry_repo *r = (struct registry_repo *)repo;
	PL_AUTOFREE char *url = pl_xprintf("%s/blobs/%s", r->base, PL_DIGEST_STR(d));
	PL_AUTOFREE char *doing = pl_xprintf("blob %s", PL_DIGEST_STR(d));
	struct registry_request q = {
		.method = "HEAD", .url = url, .scope = r->pull_scope, .timeout_s = 60};
	struct pl_http_response resp = {0};
	struct registry_handle *h = pl_registry_take(r->at);
	int rc = pl_registry_do_retry(r, h, &q, &resp, err);
	pl_registry_give(r->at, h);
	if (rc < 0)
		return rc;
	(void)size; /* the digest says it all; some registries answer HEAD with a length of 0 */
	rc = resp.status == 200   ? 1
	     : resp.status == 404 ? pl_registry_absent(r, &resp, doing, err)
				  : pl_registry_fail(r, &resp, doing, err);
	pl_http_response_done(&resp);
	return rc;
}
