// SPDX-License-Identifier: Apache-2.0
#include "server/admit_int.h"

#include "base/num.h"

#include <assert.h>
#include <stdio.h>
#include <strings.h>

void pl_admission_init(struct pl_admission *a, const char *listen, const char *bound)
{
	struct pl_str l = pl_str_of(listen), b = pl_str_of(bound);
	uint64_t port = 0;
	bool ok = pl_parse_u64(pl_str_sub(b, pl_str_rfind(b, ':') + 1, SIZE_MAX), 65535, &port);
	assert(ok);
	a->port = (uint16_t)port;
	l = pl_str_sub(l, 0, pl_str_rfind(l, ':'));
	b = pl_str_sub(b, 0, pl_str_rfind(b, ':'));
	a->listen_name = pl_xprintf("%.*s", (int)l.n, l.p);
	a->bound_name = pl_xprintf("%.*s", (int)b.n, b.p);
	a->any_address = pl_str_is(b, "0.0.0.0") || pl_str_is(b, "[::]");
}

void pl_admission_done(struct pl_admission *a)
{
	free(a->listen_name);
	free(a->bound_name);
}

/* RFC 9110 5.6.2 */
static bool is_token(const char *s)
{
	static const char others[] = "!#$%&'*+-.^_`|~";
	const char *p = s;
	for (; *p; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
		      (*p >= '0' && *p <= '9') || strchr(others, *p)))
			return false;
	return p > s;
}

void pl_head_add(struct pl_head *h, const char *name, const char *value)
{
	const struct {
		const char *name;
		const char **to;
	} once[] = {
		{"Host", &h->host},
		{"Content-Length", &h->length},
		{"Transfer-Encoding", &h->coding},
		{"Origin", &h->origin},
		{"Authorization", &h->authorization},
		{"Content-Type", &h->content_type},
	};
	static const char *const of_proxies[] = {"Forwarded", "Via", "X-Real-IP", "X-Client-IP",
						 "X-Original-Host"};
	if (!is_token(name))
		h->malformed = true;
	for (size_t i = 0; i < PL_COUNT(once); i++) {
		if (strcasecmp(name, once[i].name) != 0)
			continue;
		if (*once[i].to)
			h->twice = once[i].name;
		*once[i].to = value;
	}
	if (strncasecmp(name, "X-Forwarded-", 12) == 0)
		h->forwarded = name;
	for (size_t i = 0; i < PL_COUNT(of_proxies); i++)
		if (strcasecmp(name, of_proxies[i]) == 0)
			h->forwarded = of_proxies[i];
}

/* Of what a host and port may consist (RFC 3986 3.2.2): a user, a path or a blank is none of it. */
static bool host_ok(const char *s)
{
	static const char others[] = "-._~%!$&'()*+;=:[]";
	if (!*s)
		return false;
	for (; *s; s++)
		if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
		      (*s >= '0' && *s <= '9') || strchr(others, *s)))
			return false;
	return true;
}

static bool target_ok(const char *s)
{
	if (*s != '/')
		return false;
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || (unsigned char)*s >= 0x7f)
			return false;
	return true;
}

static bool is_host(const struct pl_admission *a, struct pl_str s, const char *name)
{
	char text[300];
	int n = snprintf(text, sizeof(text), "%s:%u", name, a->port);
	if (n < 0 || (size_t)n >= sizeof(text))
		return false;
	if (s.n == (size_t)n && strncasecmp(s.p, text, s.n) == 0)
		return true;
	/* The port of http goes without saying. */
	return a->port == 80 && s.n == strlen(name) && strncasecmp(s.p, name, s.n) == 0;
}

/*
 * A page in a browser on this machine reaches a loopback listener under any name that its DNS gives
 * that address; only these are no stranger's.
 */
static bool is_our_host(const struct pl_admission *a, const struct pl_head *h, struct pl_str s)
{
	const char *const names[] = {"localhost", "127.0.0.1", "[::1]", a->listen_name,
				     a->bound_name};
	for (size_t i = 0; i < PL_COUNT(names); i++)
		if (is_host(a, s, names[i]))
			return true;
	return a->any_address && h->arrived && pl_str_is(s, h->arrived);
}

static bool is_our_origin(const struct pl_admission *a, const struct pl_head *h)
{
	struct pl_str s = pl_str_of(h->origin);
	return pl_str_starts(s, "http://") && is_our_host(a, h, pl_str_sub(s, 7, SIZE_MAX));
}

static bool is_json(const char *type)
{
	struct pl_str rest = pl_str_of(type);
	struct pl_str kind = pl_str_trim(pl_str_cut(&rest, ';'));
	return kind.n == 16 && strncasecmp(kind.p, "application/json", 16) == 0;
}

static unsigned refuse(unsigned status, const char *why, const char **ret_detail)
{
	*ret_detail = why;
	return status;
}

/* What a server before or behind us could read otherwise (RFC 9112 3.2, 6.3, 11.2). */
static unsigned judge_form(const struct pl_head *h, const char **ret_detail)
{
	if (h->malformed)
		return refuse(400, "a header is no name, a colon and a value on one line",
			      ret_detail);
	if (h->twice)
		return refuse(400,
			      "Host, Content-Length, Transfer-Encoding, Origin, Authorization and "
			      "Content-Type may be there once",
			      ret_detail);
	if (!h->host || !host_ok(h->host))
		return refuse(400, "the header Host must be there, with a host and its port",
			      ret_detail);
	if (!target_ok(h->target))
		return refuse(400, "a request names a path, without blanks", ret_detail);
	if (h->coding && (h->length || h->before_1_1))
		return refuse(400, "Transfer-Encoding is for HTTP/1.1, and without Content-Length",
			      ret_detail);
	if (h->coding && strcasecmp(h->coding, "chunked") != 0)
		return refuse(501, "chunked is the only Transfer-Encoding", ret_detail);
	return 0;
}

/* Who has no token must be on this machine, and speak for itself. */
static unsigned judge_stranger(const struct pl_admission *a, const struct pl_head *h,
			       const char **ret_detail)
{
	if (!is_our_host(a, h, pl_str_of(h->host)))
		return refuse(403,
			      "without tokens this server answers only to localhost, 127.0.0.1, "
			      "[::1] and its --listen address, each with its port; start it with "
			      "--token-file",
			      ret_detail);
	if (h->forwarded || h->before_1_1)
		return refuse(403,
			      "without tokens this server answers to nobody behind a proxy; start "
			      "it with --token-file",
			      ret_detail);
	if (h->origin && !is_our_origin(a, h))
		return refuse(403, "without tokens this server answers to no other web page",
			      ret_detail);
	return 0;
}

unsigned pl_admit(const struct pl_admission *a, const struct pl_head *h, uint64_t *ret_length,
		  const char **ret_detail)
{
	bool writes = h->method == PL_POST || h->method == PL_PUT || h->method == PL_DELETE;
	bool takes_body = h->method == PL_POST || h->method == PL_PUT;
	uint64_t length = h->coding ? UINT64_MAX : 0;
	unsigned status = judge_form(h, ret_detail);
	if (status == 0 && a->tokens->n == 0)
		status = judge_stranger(a, h, ret_detail);
	if (status)
		return status;
	if (writes && a->tokens->n && !pl_tokens_accept(a->tokens, h->authorization))
		return refuse(401,
			      "writing needs a header 'Authorization: Bearer TOKEN' with one of "
			      "the tokens of the server's --token-file",
			      ret_detail);
	if (writes && !a->tokens->n && !a->open_writes)
		return refuse(403,
			      "this server takes writes from other machines only with tokens; "
			      "start it with --token-file",
			      ret_detail);
	if (takes_body && !is_json(h->content_type))
		return refuse(415, "the body must be JSON with 'Content-Type: application/json'",
			      ret_detail);
	if (h->length && !pl_parse_u64(pl_str_of(h->length), UINT64_MAX, &length))
		return refuse(400, "Content-Length is no number", ret_detail);
	if (length && !takes_body)
		return refuse(400, "only POST and PUT have a body here", ret_detail);
	if (h->length && length > a->body_max)
		return refuse(413, "the body is larger than this server takes", ret_detail);
	*ret_length = length;
	return 0;
}
