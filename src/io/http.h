// SPDX-License-Identifier: Apache-2.0
/*
 * HTTP client over libcurl: one handle a thread, kept open between requests (keep-alive). Every
 * setopt call of the program is in http.c: redirects are followed at most
 * 5 times (GET and HEAD; other methods get the 3xx) and never carry Authorization to another host,
 * nor lead from elsewhere to this machine or a link-local address; only https (and http where the
 * request allows), sizes of header (256 KiB) and body capped. Time: an answer must have come after
 * limits->stall_s, connecting takes half of that at most, and content that moves slower than
 * limits->min_speed for that long is an error; so a large transfer may take long, and a small one
 * may not. Loopback rule: plain http:// is refused unless allow_http or the host is
 * loopback (127/8,
 * ::1, localhost). Thread rule: a handle belongs to one thread; pl_http_global_init first, in main.
 */
#pragma once

#include "io/stream.h"
#include "io/url.h"

int pl_http_global_init(struct pl_err *err) PL_MUST_USE;
void pl_http_global_done(void);

struct pl_http;
struct pl_http *pl_http_new(const struct pl_env *env); /* borrows env */
void pl_http_free(struct pl_http *h);
PL_DEFINE_FREEP(http)

struct pl_http_header {
	const char *name, *value;
};
struct pl_http_request {
	const char *method; /* GET, HEAD, POST, PUT, PATCH, DELETE */
	const char *url;
	const struct pl_http_header *headers; /* Authorization goes below, never here */
	size_t n_headers;
	const char *authorization; /* whole value of the header or NULL; dropped on another host,
				      port or scheme */
	struct pl_source *body;    /* borrowed; NULL: none */
	uint64_t body_size;        /* exact Content-Length of body */
	uint64_t max_body;         /* of the answer; 0: 16 MiB */
	bool allow_http;  /* plain http to any host (distribution mirrors: content is hash-checked)
			   */
	bool no_redirect; /* 3xx is returned as it is (uploads) */
	unsigned timeout_s; /* whole request; 0: none beyond the rules of time above */
	uint64_t
		deadline_ns; /* pl_mono_ns when whatever this is part of must have ended; 0: none */
	void (*on_bytes)(void *ctx, uint64_t n); /* n more bytes sent or received; may be NULL */
	void *on_bytes_ctx;
};
struct pl_http_response {
	int status;
	char *location, *content_type, *docker_content_digest, *link, *etag, *oci_subject,
		*warning;        /* heap or NULL */
	char **www_authenticate; /* NULL-terminated list; NULL if none */
	char *last_modified, *range, *oci_chunk_min_length;
	uint64_t content_length; /* UINT64_MAX: unknown */
	int64_t retry_after_s;   /* -1: absent; date form converted with env's clock */
	char *effective_url;
	struct pl_buf body; /* only when no sink was given, or the status is an error */
};
void pl_http_response_done(struct pl_http_response *r);
/*
 * Does one request. A 2xx body goes to sink where one is given (not finished, not closed), other
 * bodies (capped at 64 KiB) to ret->body. Any HTTP status is success here; PL_REMOTE names host and
 * cause when no complete answer came, PL_REFUSED for a redirect that is not followed, PL_VERIFY
 * when the certificate does not verify, PL_LIMIT when it is too large, PL_INTERRUPTED on stop,
 * PL_INPUT for a URL or header that cannot be sent.
 * With env->offline: PL_REMOTE "offline" for every host but loopback, also behind a redirect.
 */
int pl_http_do(struct pl_http *h, const struct pl_http_request *req, struct pl_sink *sink,
	       struct pl_http_response *ret, struct pl_err *err) PL_MUST_USE;
/* By how much the last request of h extends the budget of what it is part of, since content moves
 * in it: the time that it took, where it failed without that of the stall that ended it. */
uint64_t pl_http_content_ns(const struct pl_http *h);
/*
 * As pl_http_do, retrying what may be retried (no answer, 408, 429, 500, 502, 503, 504): 5 tries,
 * 0.2 s doubling to 10 s, or Retry-After, all within limits->request_s. Only for requests without
 * body and sink; with them use pl_http_backoff around a rewindable body. Still any status is
 * success.
 */
int pl_http_do_retry(struct pl_http *h, const struct pl_http_request *req,
		     struct pl_http_response *ret, struct pl_err *err) PL_MUST_USE;
/* When something that begins now, with all its requests and retries, must have ended. */
uint64_t pl_http_budget(const struct pl_env *env);
/* Should try number `attempt` (from 0) be followed by another one? Sleeps if so (stop-aware), never
 * past until_ns (pl_mono_ns): retries within retries share one, or they multiply. rc is
 * pl_http_do's result. */
bool pl_http_backoff(const struct pl_env *env, int rc, const struct pl_http_response *resp,
		     const struct pl_err *err, unsigned attempt, uint64_t until_ns);
/* For the message about an answer that is not tried again: "; it asks to come back in 86400 s"
 * where it does (Retry-After), else "". */
const char *pl_http_later(const struct pl_http_response *resp, char dst[64]);
