// SPDX-License-Identifier: Apache-2.0
/*
 * A registry over HTTP (distribution-spec 1.1), shared by registry*.c. A pl_registry is what is
 * kept of one host for one command: connections, credentials, tokens, what it can do. A
 * registry_repo is one repository there, and light. Lock order: opening, auth.lock, lock.
 * Ownership: pl_registries owns its registries, they own handles and tokens; a repository borrows
 * its registry, a request all it names.
 */
#pragma once

#include "base/map.h"
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
	uint64_t until_ns; /* when the operation that took it must have ended (pl_mono_ns) */
	struct registry_handle *next;
};

struct registry_token {
	char *scope, *authorization;
	uint64_t expires_ns; /* pl_mono_ns */
};

/* What the credential files say of one repository. */
struct registry_login {
	char *path;
	struct pl_credentials credentials;
	char *basic; /* NULL: no user name */
};

struct registry_auth {
	pthread_mutex_t lock; /* also held while a token is fetched: others wait and share it */
	bool known;           /* a challenge was seen */
	enum pl_auth_scheme scheme;
	char *realm, *service;
	bool no_post;         /* the token server knows no POST */
	struct pl_map tokens; /* scope -> registry_token */
	struct pl_map logins; /* path -> registry_login */
	struct pl_credential_files files;
	uint64_t looked_ns; /* when files were read first */
};

struct pl_registry {
	const struct pl_env *env;
	char *host;
	pthread_mutex_t opening; /* held while root is found out */
	char *root;              /* "https://host/v2"; NULL: not known yet */
	pthread_mutex_t lock;    /* idle */
	struct registry_handle *idle;
	atomic_bool mute_head; /* HEAD tells no digest here: GET at once */
	struct registry_auth auth;
};

struct registry_repo {
	struct pl_repo repo;
	struct pl_registry *at;
	char *path;
	char *base; /* "https://host/v2/path" */
	char *pull_scope, *push_scope;
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
	bool if_absent; /* a PUT that may replace nothing, where the registry honours that */
	unsigned timeout_s;
};

/* registry_session.c. The registry of a host, its root known; made when asked for first. */
int pl_registry_of(struct pl_registries *all, const char *host, struct pl_registry **ret,
		   struct pl_err *err) PL_MUST_USE;
/* A handle that no other thread has, until it is given back: for one operation, whose time begins
 * here. All its requests, those for tokens and all retries share env->limits->request_s, or a
 * token server that never answers would hold each retry of each try. Only content may take longer,
 * by what pl_http_content_ns says. */
struct registry_handle *pl_registry_take(struct pl_registry *at);
void pl_registry_give(struct pl_registry *at, struct registry_handle *h);

/* One request, with authorization where the URL is the registry's own; a 401 of the registry's own
 * (not of a host that it redirected to) gets a new token and one more try, never two. Any status is
 * success, as in pl_http_do. */
int pl_registry_do(struct registry_repo *r, struct registry_handle *h,
		   const struct registry_request *q, struct pl_http_response *ret,
		   struct pl_err *err) PL_MUST_USE;
/* The same, again where pl_http_backoff says so. Not for requests with a sink. */
int pl_registry_do_retry(struct registry_repo *r, struct registry_handle *h,
			 const struct registry_request *q, struct pl_http_response *ret,
			 struct pl_err *err) PL_MUST_USE;
/* The error that an answer means: place, status, what the registry says, what to do. */
int pl_registry_fail(struct registry_repo *r, const struct pl_http_response *resp,
		     const char *doing, struct pl_err *err);
/* A 404: 0, or PL_REMOTE where a web server answered that is no registry. */
int pl_registry_absent(struct registry_repo *r, const struct pl_http_response *resp,
		       const char *doing, struct pl_err *err) PL_MUST_USE;
/* Does the answer have this error code or word in it? */
bool pl_registry_says(const struct pl_http_response *resp, const char *word);

/* "Authorization" for scope, before any challenge for this request: 1 there (wipe with
 * pl_secret_free), 0 none needed or known. */
int pl_registry_authorize(struct registry_repo *r, struct registry_handle *h, const char *scope,
			  char **ret, struct pl_err *err) PL_MUST_USE;
/* After a 401 to a request sent with `used` (NULL: none): 1 another authorization to try, 0 none.
 */
int pl_registry_challenged(struct registry_repo *r, struct registry_handle *h, const char *scope,
			   const char *used, const struct pl_http_response *resp, char **ret,
			   struct pl_err *err) PL_MUST_USE;
/* Were credentials found for this repository? */
bool pl_registry_has_credentials(struct registry_repo *r);
/* Does the text repeat a credential or token of this host? */
bool pl_registry_is_secret(struct pl_registry *at, const char *text);
void pl_registry_auth_done(struct registry_auth *a);

/* As pl_registry_manifest, with a token for scope: who is about to push asks for both at once. */
int pl_registry_resolve(struct registry_repo *r, const char *scope, const char *tag,
			const struct pl_digest *digest, struct pl_arena *a,
			struct pl_descriptor *ret, struct pl_buf *ret_text,
			struct pl_err *err) PL_MUST_USE;

/* registry_pull.c, registry_stream.c, registry_push.c, registry_put.c,
 * registry_tags.c */
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
int pl_registry_put_tags(struct pl_repo *r, const struct pl_tagged *v, size_t n,
			 struct pl_err *err) PL_MUST_USE;
int pl_registry_tags(struct pl_repo *r, struct pl_arena *a, const char ***ret, size_t *ret_n,
		     struct pl_err *err) PL_MUST_USE;
