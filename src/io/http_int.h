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
