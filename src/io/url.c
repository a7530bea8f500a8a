// SPDX-License-Identifier: Apache-2.0
#include "io/url.h"

#include "base/buf.h"
#include "base/num.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <strings.h>

#define URL_MAX 8192

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

/* All four numbers, so that "127.example.org" is not taken for an address. */
static bool is_loopback_ipv4(struct pl_str s)
{
	for (int i = 0; i < 4; i++) {
		uint64_t n;
		if (!s.p || !pl_parse_u64(pl_str_cut(&s, '.'), 255, &n) || (i == 0 && n != 127))
			return false;
	}
	return !s.p;
}

bool pl_host_is_loopback(struct pl_str host)
{
	struct pl_str h = without_port(host);
	if (pl_str_is(h, "[::1]") || pl_str_is(h, "::1"))
		return true;
	if (h.n == 9 && !strncasecmp(h.p, "localhost", 9))
		return true;
	return is_loopback_ipv4(h);
}

static bool is_metadata_ipv4(uint32_t ip)
{
	return ip >> 16 == 0xa9fe  /* 169.254.0.0/16, RFC 3927: AWS, Azure, Google */
	       || ip == 0x646464c8 /* 100.100.100.200: Alibaba */
	       || ip == 0xc00000c0 /* 192.0.0.192: Oracle */
	       || ip >> 24 == 0;   /* 0.0.0.0/8 reaches this machine */
}

/* An address in brackets; what is none is treated as the worst. */
static bool is_metadata_ipv6(const char *host)
{
	static const uint8_t aws6[16] = {0xfd, 0x00, 0x0e, 0xc2, [14] = 0x02, [15] = 0x54};
	char name[64];
	struct in6_addr v6;
	uint32_t low;
	size_t n = strcspn(host + 1, "]%"); /* a zone does not matter */
	if (n >= sizeof(name))
		return true;
	memcpy(name, host + 1, n);
	name[n] = '\0';
	if (inet_pton(AF_INET6, name, &v6) != 1)
		return true;
	memcpy(&low, v6.s6_addr + 12, sizeof(low));
	return IN6_IS_ADDR_LINKLOCAL(&v6) || memcmp(v6.s6_addr, aws6, 16) == 0 ||
	       (IN6_IS_ADDR_V4MAPPED(&v6) && is_metadata_ipv4(ntohl(low)));
}

/* Link-local and metadata addresses, in every spelling that getaddrinfo takes for a number. */
static bool is_metadata(const char *host)
{
	char name[256];
	struct in_addr v4;
	struct pl_str h = pl_str_of(host);
	if (pl_str_starts(h, "["))
		return is_metadata_ipv6(host);
	if (pl_str_ends(h, "."))
		h.n--;
	if (h.n == 0 || h.n >= sizeof(name))
		return true;
	memcpy(name, h.p, h.n);
	name[h.n] = '\0';
	return strcasecmp(name, "metadata") == 0 ||
	       strcasecmp(name, "metadata.google.internal") == 0 ||
	       (inet_aton(name, &v4) && is_metadata_ipv4(ntohl(v4.s_addr)));
}

/* IPv4 in IPv6 would only hide one of the others. */
static bool is_this_machine(const char *host)
{
	static const char *const starts[] = {"[::ffff:", "[::]"};
	struct pl_str h = pl_str_of(host);
	for (size_t i = 0; i < PL_COUNT(starts); i++)
		if (!strncasecmp(host, starts[i], strlen(starts[i])))
			return true;
	if (pl_str_ends(h, "."))
		h.n--;
	if (h.n >= 9 && !strncasecmp(h.p + h.n - 9, "localhost", 9))
		return true;
	return pl_host_is_loopback(h);
}

bool pl_host_is_inside(const char *host) { return is_this_machine(host) || is_metadata(host); }

void pl_url_done(struct pl_url *u)
{
	curl_free(u->scheme);
	curl_free(u->host);
	curl_free(u->port);
	free(u->authority);
	curl_free(u->text);
	curl_free(u->full);
	*u = (struct pl_url){0};
}

static bool drop_user(CURLU *c)
{
	return curl_url_set(c, CURLUPART_USER, NULL, 0) == CURLUE_OK &&
	       curl_url_set(c, CURLUPART_PASSWORD, NULL, 0) == CURLUE_OK;
}

static bool take_authority(CURLU *c, struct pl_url *u)
{
	char *port = NULL;
	CURLUcode rc = curl_url_get(c, CURLUPART_PORT, &port, 0);
	if (rc != CURLUE_OK && rc != CURLUE_NO_PORT)
		return false;
	u->authority = pl_xprintf("%s%s%s", u->host, port ? ":" : "", port ? port : "");
	curl_free(port);
	return true;
}

/* Takes the parts out of c; the user is gone from it then. */
static bool take_parts(CURLU *c, struct pl_url *u)
{
	return curl_url_get(c, CURLUPART_SCHEME, &u->scheme, 0) == CURLUE_OK &&
	       (!strcmp(u->scheme, "http") || !strcmp(u->scheme, "https")) &&
	       curl_url_get(c, CURLUPART_HOST, &u->host, 0) == CURLUE_OK &&
	       curl_url_get(c, CURLUPART_PORT, &u->port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
	       take_authority(c, u) && curl_url_set(c, CURLUPART_FRAGMENT, NULL, 0) == CURLUE_OK &&
	       curl_url_get(c, CURLUPART_URL, &u->full, 0) == CURLUE_OK && drop_user(c) &&
	       curl_url_get(c, CURLUPART_URL, &u->text, 0) == CURLUE_OK;
}

static CURLU *new_curl_url(void)
{
	CURLU *c = curl_url();
	if (!c)
		abort(); /* only for want of memory */
	return c;
}

static bool take_url(CURLU *c, bool ok, struct pl_url *ret)
{
	struct pl_url u = {0};
	ok = ok && take_parts(c, &u);
	curl_url_cleanup(c);
	if (ok)
		*ret = u;
	else
		pl_url_done(&u);
	return ok;
}

bool pl_url_parse(const char *text, struct pl_url *ret)
{
	CURLU *c = new_curl_url();
	bool ok = curl_url_set(c, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
	return take_url(c, ok, ret);
}

/* flags: of how location is read. */
static bool follow_from(const struct pl_url *from, const char *location, unsigned flags,
			bool user_is_ok, struct pl_url *ret)
{
	CURLU *c = new_curl_url();
	char *user = NULL;
	flags |= CURLU_NON_SUPPORT_SCHEME;
	bool ok =
		curl_url_set(c, CURLUPART_URL, from->text, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
		curl_url_set(c, CURLUPART_URL, location, flags) == CURLUE_OK;
	ok = ok && (user_is_ok || curl_url_get(c, CURLUPART_USER, &user, 0) != CURLUE_OK);
	curl_free(user);
	return take_url(c, ok && drop_user(c), ret);
}

bool pl_url_follow(const struct pl_url *from, const char *location, struct pl_url *ret)
{
	/* As libcurl follows by itself: a newer one encodes a space only where it may be there. */
	return follow_from(from, location, CURLU_URLENCODE | CURLU_ALLOW_SPACE, true, ret);
}

bool pl_url_origin_eq(const struct pl_url *a, const struct pl_url *b)
{
	return !strcmp(a->scheme, b->scheme) && !strcasecmp(a->host, b->host) &&
	       !strcmp(a->port, b->port);
}

static bool is_clean(const char *text)
{
	size_t n = strlen(text);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] <= 0x20 || text[i] == 0x7f)
			return false;
	return n <= URL_MAX;
}

/* As pl_url_parse, of what a registry sent. libcurl would guess a scheme, or mend its slashes. */
static bool parse_strict(const char *text, struct pl_url *ret)
{
	size_t n = strncasecmp(text, "https://", 8) == 0  ? 8
		   : strncasecmp(text, "http://", 7) == 0 ? 7
							  : 0;
	if (n == 0 || !is_clean(text))
		return false;
	size_t host = strcspn(text + n, "/?#");
	return host > 0 && !memchr(text + n, '@', host) && !memchr(text + n, '\\', host) &&
	       pl_url_parse(text, ret);
}

const char *pl_url_resolve(struct pl_arena *a, const char *base, const char *ref)
{
	PL_AUTO(url) b = {0};
	PL_AUTO(url) whole = {0};
	bool ok = *ref && is_clean(ref) && parse_strict(base, &b) &&
		  follow_from(&b, ref, 0, false, &whole);
	return ok ? pl_arena_printf(a, "%s", whole.text) : NULL;
}

bool pl_url_same_origin(const char *a, const char *b)
{
	PL_AUTO(url) x = {0};
	PL_AUTO(url) y = {0};
	return parse_strict(a, &x) && parse_strict(b, &y) && pl_url_origin_eq(&x, &y);
}

bool pl_url_allowed(const char *from_host, const char *to)
{
	PL_AUTO(url) u = {0};
	if (!parse_strict(to, &u) || is_metadata(u.host))
		return false;
	/* A remote server has no business to point us at services of this machine. */
	if (is_this_machine(u.host))
		return pl_host_is_loopback(pl_str_of(u.host)) &&
		       pl_host_is_loopback(pl_str_of(from_host));
	return strcmp(u.scheme, "https") == 0;
}
