// SPDX-License-Identifier: Apache-2.0
/* URLs: encoding, and the rules of where a request may go. Parsing is libcurl's, so that what is
 * judged here is what is connected to there. */
#include "io/http_int.h"

#include "base/num.h"

#include <strings.h>

char *pl_url_encode(struct pl_str s)
{
	static const char hex[] = "0123456789ABCDEF";
	PL_AUTO(buf) b = {0};
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
		if (plain) {
			pl_buf_addc(&b, (char)c);
		} else {
			pl_buf_addc(&b, '%');
			pl_buf_addc(&b, hex[c >> 4]);
			pl_buf_addc(&b, hex[c & 15]);
		}
	}
	return pl_buf_take(&b);
}

static bool is_port(struct pl_str s)
{
	uint64_t n;
	return pl_parse_u64(s, 65535, &n);
}

/* All four numbers, so that "127.example.org" is not taken for an address. */
static bool ipv4_starts(struct pl_str s, unsigned first, int second)
{
	for (int i = 0; i < 4; i++) {
		uint64_t n;
		if (!s.p || !pl_parse_u64(pl_str_cut(&s, '.'), 255, &n) || (i == 0 && n != first) ||
		    (i == 1 && second >= 0 && n != (unsigned)second))
			return false;
	}
	return !s.p;
}

static struct pl_str without_port(struct pl_str host)
{
	size_t colon = pl_str_rfind(host, ':');
	if (colon == SIZE_MAX || !is_port(pl_str_sub(host, colon + 1, host.n)))
		return host;
	struct pl_str name = pl_str_sub(host, 0, colon);
	/* Colons before it: a bare IPv6 address without port. */
	bool bare = pl_str_find(name, ':') != SIZE_MAX && !pl_str_ends(name, "]");
	return bare ? host : name;
}

bool pl_host_is_loopback(struct pl_str host)
{
	struct pl_str h = without_port(host);
	if (pl_str_is(h, "[::1]") || pl_str_is(h, "::1"))
		return true;
	if (h.n == 9 && !strncasecmp(h.p, "localhost", 9))
		return true;
	return ipv4_starts(h, 127, -1);
}

/*
 * This machine under any name, and link-local addresses (169.254.0.0/16, fe80::/10), where clouds
 * keep the credentials of their machines. IPv4 in IPv6 would only hide one of them.
 */
static bool is_inside(const char *host)
{
	static const char *const starts[] = {"[fe8", "[fe9", "[fea", "[feb", "[::ffff:", "[::]"};
	struct pl_str h = pl_str_of(host);
	for (size_t i = 0; i < PL_COUNT(starts); i++)
		if (!strncasecmp(host, starts[i], strlen(starts[i])))
			return true;
	if (pl_str_ends(h, "."))
		h.n--;
	if (h.n >= 9 && !strncasecmp(h.p + h.n - 9, "localhost", 9))
		return true;
	return pl_host_is_loopback(h) || ipv4_starts(h, 169, 254) || ipv4_starts(h, 0, -1);
}

void pl_http_target_done(struct pl_http_target *t)
{
	curl_url_cleanup(t->url);
	curl_free(t->scheme);
	curl_free(t->host);
	curl_free(t->port);
	curl_free(t->text);
	curl_free(t->full);
	*t = (struct pl_http_target){0};
}

static bool drop_user(struct pl_http_target *t)
{
	return curl_url_set(t->url, CURLUPART_USER, NULL, 0) == CURLUE_OK &&
	       curl_url_set(t->url, CURLUPART_PASSWORD, NULL, 0) == CURLUE_OK;
}

/* Takes the parts out of t->url. */
static bool take_parts(struct pl_http_target *t)
{
	return curl_url_get(t->url, CURLUPART_SCHEME, &t->scheme, 0) == CURLUE_OK &&
	       curl_url_get(t->url, CURLUPART_HOST, &t->host, 0) == CURLUE_OK &&
	       curl_url_get(t->url, CURLUPART_PORT, &t->port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
	       curl_url_set(t->url, CURLUPART_FRAGMENT, NULL, 0) == CURLUE_OK &&
	       curl_url_get(t->url, CURLUPART_URL, &t->full, 0) == CURLUE_OK && drop_user(t) &&
	       curl_url_get(t->url, CURLUPART_URL, &t->text, 0) == CURLUE_OK &&
	       (!strcmp(t->scheme, "http") || !strcmp(t->scheme, "https"));
}

static bool plain_is_allowed(const struct pl_http_target *t, bool allow_http)
{
	return strcmp(t->scheme, "http") != 0 || allow_http ||
	       pl_host_is_loopback(pl_str_of(t->host));
}

int pl_http_target_parse(const char *url, bool allow_http, struct pl_http_target *ret,
			 struct pl_err *err)
{
	struct pl_http_target t = {.url = curl_url()};
	char text[300];
	int r = 0;
	if (!t.url)
		abort(); /* only for want of memory */
	if (curl_url_set(t.url, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK ||
	    !take_parts(&t)) {
		/* What does not parse may hold a password anywhere. */
		const char *at = strchr(url, '@');
		r = pl_fail(err, PL_INPUT, "%s: not an http or https URL",
			    at ? "URL" : pl_escape(text, sizeof(text), url, strlen(url)));
	} else if (!plain_is_allowed(&t, allow_http)) {
		r = pl_fail(err, PL_INPUT,
			    "%s: plain http is refused; use https, or configure it for this host",
			    t.host);
	}
	if (r < 0) {
		pl_http_target_done(&t);
		return r;
	}
	*ret = t;
	return 0;
}

int pl_http_target_follow(const struct pl_http_target *from, const char *location, bool allow_http,
			  struct pl_http_target *ret, struct pl_err *err)
{
	struct pl_http_target t = {.url = curl_url_dup(from->url)};
	const char *why = NULL;
	if (!t.url)
		abort(); /* only for want of memory */
	if (curl_url_set(t.url, CURLUPART_URL, location,
			 CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE) != CURLUE_OK ||
	    !drop_user(&t) || !take_parts(&t))
		why = "to what is not an http or https URL";
	else if (!plain_is_allowed(&t, allow_http))
		why = "to plain http";
	else if (is_inside(t.host) && !pl_host_is_loopback(pl_str_of(from->host)))
		why = "to an address inside of this machine or its network";
	if (why) {
		pl_http_target_done(&t);
		return pl_fail(err, PL_REDIRECT, "%s: redirects %s; refused", from->host, why);
	}
	*ret = t;
	return 0;
}

bool pl_http_same_origin(const struct pl_http_target *a, const struct pl_http_target *b)
{
	return !strcmp(a->scheme, b->scheme) && !strcasecmp(a->host, b->host) &&
	       !strcmp(a->port, b->port);
}

int pl_url_authority(const char *url, char **ret, struct pl_err *err)
{
	struct pl_http_target t;
	int rc = pl_http_target_parse(url, true, &t, err);
	if (rc < 0)
		return rc;
	bool usual = !strcmp(t.port, !strcmp(t.scheme, "https") ? "443" : "80");
	*ret = pl_xprintf("%s%s%s", t.host, usual ? "" : ":", usual ? "" : t.port);
	pl_http_target_done(&t);
	return 0;
}
