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
	unsigned stall_s; /* 30; tests make it less */
	char curl_text[CURL_ERROR_SIZE];
};

/* Where a request goes, in the parts that decide what may be sent there. */
struct pl_http_target {
	CURLU *url;
	char *scheme, *host, *port; /* host as in a URL: IPv6 in brackets */
	char *text;                 /* whole, without user and password */
	char *full;                 /* with them */
};
void pl_http_target_done(struct pl_http_target *t);
/* PL_INPUT on anything but an http or https URL; PL_INPUT also for plain http where it is not
 * allowed. */
int pl_http_target_parse(const char *url, bool allow_http, struct pl_http_target *ret,
			 struct pl_err *err) PL_MUST_USE;
/* Where `location` leads from `from`. PL_REDIRECT when it may not be followed:
 * not http or https, plain http where it is not allowed, from elsewhere to this machine or to
 * link-local addresses. User and password are dropped. */
int pl_http_target_follow(const struct pl_http_target *from, const char *location, bool allow_http,
			  struct pl_http_target *ret, struct pl_err *err) PL_MUST_USE;
bool pl_http_same_origin(const struct pl_http_target *a, const struct pl_http_target *b);

/* Fills all but the body from the last answer of easy. */
void pl_http_response_read(struct pl_http_response *r, CURL *easy, const struct pl_env *env);
