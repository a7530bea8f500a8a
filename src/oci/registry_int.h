// SPDX-License-Identifier: Apache-2.0
/*
 * A registry over HTTP (distribution-spec 1.1), shared by registry*.c. Lock order: auth.lock before
 * lock. Ownership: the registry owns its handles and tokens; a request borrows all it names.
 */
#pragma once

#include "io/http.h"
#include "oci/challenge_int.h"
#include "oci/credentials_int.h"
#include "oci/repository_int.h"

#include <pthread.h>

/* One curl handle. Its env is a copy of the program's, so that a stream that is closed early can
 * stop its own transfer. */
struct registry_handle {
	struct pl_env env;
	atomic_bool stop;
	struct pl_http *http;
	struct registry_handle *next;
};

struct registry_token {
	char *scope, *authorization;
	uint64_t expires_ns; /* pl_mono_ns */
	struct registry_token *next;
};

struct registry_auth {
	pthread_mutex_t lock; /* also held while a token is fetched: others wait and share it */
	bool known;           /* a challenge was seen */
	enum pl_auth_scheme scheme;
	char *realm, *service;
	bool looked; /* for credentials */
	struct pl_credentials credentials;
	char *basic;
	struct registry_token *tokens;
};

struct registry {
	struct pl_repo repo;
	char *host, *path;
	char *base; /* "https://host/v2/path" */
	char *pull_scope, *push_scope;
	pthread_mutex_t lock; /* idle */
	struct registry_handle *idle;
	struct registry_auth auth;
};

struct registry_request {
	const char *method, *url;
	const char *scope; /* blank-separated list the token must have */
	bool accept_manifests;
	const char *content_type; /* of body; NULL: none */
	struct pl_str body;       /* small body */
	pl_blob_open_fn *open;    /* or a large one, opened once a try */
	void *ctx;
	uint64_t size;
	struct pl_sink *sink;
	uint64_t max_body;
	bool no_redirect;
	unsigned timeout_s;
};

struct registry_handle *pl_registry_take(struct registry *r);
void pl_registry_give(struct registry *r, struct registry_handle *h);

/* One request, with authorization where the URL is the registry's own; a 401 gets a new token and
 * one more try, never two. Any status is success, as in pl_http_do. */
int pl_registry_do(struct registry *r, struct registry_handle *h, const struct registry_request *q,
		   struct pl_http_response *ret, struct pl_err *err) PL_MUST_USE;
/* The same, again where pl_http_backoff says so. Not for requests with a sink. */
int pl_registry_do_retry(struct registry *r, struct registry_handle *h,
			 const struct registry_request *q, struct pl_http_response *ret,
			 struct pl_err *err) PL_MUST_USE;
/* The error that an answer means: place, status, what the registry says, what to do. */
int pl_registry_fail(struct registry *r, const struct pl_http_response *resp, const char *doing,
		     struct pl_err *err);
/* A 404: 0, or PL_REMOTE where a web server answered that is no registry. */
int pl_registry_absent(struct registry *r, const struct pl_http_response *resp, const char *doing,
		       struct pl_err *err) PL_MUST_USE;
/* Does the answer have this error code or word in it? */
bool pl_registry_says(const struct pl_http_response *resp, const char *word);

/* "Authorization" for scope, before any challenge for this request: 1 there (wipe with
 * pl_secret_free), 0 none needed or known. */
int pl_registry_authorize(struct registry *r, struct registry_handle *h, const char *scope,
			  char **ret, struct pl_err *err) PL_MUST_USE;
/* After a 401 to a request sent with `used` (NULL: none): 1 another authorization to try, 0 none.
 */
int pl_registry_challenged(struct registry *r, struct registry_handle *h, const char *scope,
			   const char *used, const struct pl_http_response *resp, char **ret,
			   struct pl_err *err) PL_MUST_USE;
bool pl_registry_has_credentials(struct registry *r);
bool pl_registry_is_secret(struct registry *r, const char *text); /* text repeats a credential */
void pl_registry_auth_done(struct registry_auth *a);

/* As pl_registry_manifest, with a token for scope: who is about to push asks for both at once. */
int pl_registry_resolve(struct registry *r, const char *scope, const char *tag,
			const struct pl_digest *digest, struct pl_arena *a,
			struct pl_descriptor *ret, struct pl_buf *ret_text,
			struct pl_err *err) PL_MUST_USE;

/* registry_pull.c, registry_stream.c, registry_push.c, registry_tags.c */
int pl_registry_manifest(struct pl_repo *r, const char *tag, const struct pl_digest *digest,
			 struct pl_arena *a, struct pl_descriptor *ret, struct pl_buf *ret_text,
			 struct pl_err *err) PL_MUST_USE;
int pl_registry_has_blob(struct pl_repo *r, const struct pl_digest *d, uint64_t size,
			 struct pl_err *err) PL_MUST_USE;
int pl_registry_blob(struct pl_repo *r, const struct pl_descriptor *d, struct pl_source **ret,
		     struct pl_err *err) PL_MUST_USE;
int pl_registry_put_blob(struct pl_repo *r, const struct pl_digest *d, uint64_t size,
			 const char *const *from, pl_blob_open_fn *open, void *ctx,
			 struct pl_err *err) PL_MUST_USE;
int pl_registry_put_manifest(struct pl_repo *r, const char *media_type, struct pl_str text,
			     const char *tag, struct pl_err *err) PL_MUST_USE;
int pl_registry_tags(struct pl_repo *r, struct pl_arena *a, const char ***ret, size_t *ret_n,
		     struct pl_err *err) PL_MUST_USE;
