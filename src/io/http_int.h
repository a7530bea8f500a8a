// SPDX-License-Identifier: Apache-2.0
/* What the http files share. Only http.c sets options of libcurl. */
#pragma once

#include "io/http.h"

#include <curl/curl.h>

#define PL_HTTP_ERROR_BODY ((size_t)64 << 10)
#define PL_HTTP_BODY ((uint64_t)16 << 20)
#define PL_HTTP_REDIRECTS 5

struct pl_http {
	const struct pl_env *env;
	CURL *easy;
	/* Of the last request: when it began and ended, what moved of its content, and whether all
	 * of it did. */
	uint64_t began_ns, ended_ns, moved;
	bool complete;
	char curl_text[CURL_ERROR_SIZE];
};

/* A transfer's present part: an answer that is waited for, or content that moves, always judged by
 * the last limits->stall_s. The time that our own side takes is none of it: who has the blob read
 * slowly, or makes the upload meanwhile, is not stalled by the other side. */
struct pl_http_pace {
	const struct pl_limits *limits;
	bool is_content;
	uint64_t since_ns, allowed_ns;
	/* Of content: the bytes since since_ns, and in the parts of that time before it, n of them
	 * so far. */
	uint64_t bytes, parts[8];
	size_t n;
};
/* From now an answer is waited for; uploaded: to that many bytes, 0 to none. */
void pl_http_pace_wait(struct pl_http_pace *p, uint64_t uploaded);
void pl_http_pace_content(struct pl_http_pace *p); /* from now content moves */
/* PL_REMOTE when it took too long, or was too slow. */
int pl_http_pace_check(struct pl_http_pace *p, const char *host, struct pl_err *err) PL_MUST_USE;

/* PL_INPUT on anything but an http or https URL; PL_INPUT also for plain http where it is not
 * allowed. */
int pl_http_url_parse(const char *text, bool allow_http, struct pl_url *ret,
		      struct pl_err *err) PL_MUST_USE;
/* Where `location` leads from `from`. PL_REFUSED when it may not be followed: not http or https,
 * plain http where it is not allowed, from elsewhere to this machine, to link-local addresses or to
 * a metadata service. User and password are dropped. */
int pl_http_url_follow(const struct pl_url *from, const char *location, bool allow_http,
		       struct pl_url *ret, struct pl_err *err) PL_MUST_USE;

/* Fills all but the body from the last answer of easy. */
void pl_http_response_read(struct pl_http_response *r, CURL *easy, const struct pl_env *env);
