// SPDX-License-Identifier: Apache-2.0
#include "oci/url_int.h"

#include "io/http.h"

#include <arpa/inet.h>
#include <strings.h>

bool pl_url_split(struct pl_str s, struct pl_url *ret)
{
	struct pl_url u;
	if (s.n > 8192)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= 0x20 || s.p[i] == 0x7f)
			return false;
	size_t n = s.n >= 8 && strncasecmp(s.p, "https://", 8) == 0  ? 8
		   : s.n >= 7 && strncasecmp(s.p, "http://", 7) == 0 ? 7
								     : 0;
	if (n == 0)
		return false;
	u.scheme = n == 8 ? PL_STR("https") : PL_STR("http");
	struct pl_str rest = pl_str_sub(s, n, s.n);
	size_t end = 0;
	while (end < rest.n && !strchr("/?#", rest.p[end]))
		end++;
	u.host = pl_str_sub(rest, 0, end);
	u.path = pl_str_sub(rest, end, rest.n);
	u.path.n = pl_str_find(u.path, '#') == SIZE_MAX ? u.path.n : pl_str_find(u.path, '#');
	/* A user name in a URL is a way to show one host and reach another. */
	if (u.host.n == 0 || pl_str_find(u.host, '@') != SIZE_MAX ||
	    pl_str_find(u.host, '\\') != SIZE_MAX)
		return false;
	*ret = u;
	return true;
}

const char *pl_url_resolve(struct pl_arena *a, const char *base, const char *ref)
{
	struct pl_url b, u;
	const char *whole;
	if (!pl_url_split(pl_str_of(base), &b))
		return NULL;
	struct pl_str path = b.path;
	size_t query = pl_str_find(path, '?');
	if (query != SIZE_MAX)
		path.n = query;
	if (strstr(ref, "://") && pl_url_split(pl_str_of(ref), &u))
		whole = ref;
	else if (ref[0] == '/' && ref[1] == '/')
		whole = pl_arena_printf(a, PL_STR_FMT ":%s", PL_STR_ARG(b.scheme), ref);
	else if (ref[0] == '/')
		whole = pl_arena_printf(a, PL_STR_FMT "://" PL_STR_FMT "%s", PL_STR_ARG(b.scheme),
					PL_STR_ARG(b.host), ref);
	else if (ref[0] == '?')
		whole = pl_arena_printf(a, PL_STR_FMT "://" PL_STR_FMT PL_STR_FMT "%s",
					PL_STR_ARG(b.scheme), PL_STR_ARG(b.host), PL_STR_ARG(path),
					ref);
	else if (ref[0] == '\0')
		return NULL;
	else
		whole = pl_arena_printf(a, PL_STR_FMT "://" PL_STR_FMT PL_STR_FMT "/%s",
					PL_STR_ARG(b.scheme), PL_STR_ARG(b.host),
					PL_STR_ARG(pl_str_sub(path, 0,
							      pl_str_rfind(path, '/') == SIZE_MAX
								      ? 0
								      : pl_str_rfind(path, '/'))),
					ref);
	if (!pl_url_split(pl_str_of(whole), &u))
		return NULL;
	return pl_arena_printf(a, PL_STR_FMT "://" PL_STR_FMT PL_STR_FMT, PL_STR_ARG(u.scheme),
			       PL_STR_ARG(u.host), PL_STR_ARG(u.path));
}

static bool same_text(struct pl_str a, struct pl_str b)
{
	return a.n == b.n && strncasecmp(a.p, b.p, a.n) == 0;
}

/* The default port is the same as none. */
static struct pl_str without_default_port(const struct pl_url *u)
{
	const char *port = pl_str_is(u->scheme, "https") ? ":443" : ":80";
	return pl_str_ends(u->host, port) ? pl_str_sub(u->host, 0, u->host.n - strlen(port))
					  : u->host;
}

bool pl_url_same_origin(const char *a, const char *b)
{
	struct pl_url x, y;
	return pl_url_split(pl_str_of(a), &x) && pl_url_split(pl_str_of(b), &y) &&
	       same_text(x.scheme, y.scheme) &&
	       same_text(without_default_port(&x), without_default_port(&y));
}

static bool metadata_ipv4(uint32_t ip)
{
	return ip >> 16 == 0xa9fe  /* 169.254.0.0/16, RFC 3927: AWS, Azure, Google */
	       || ip == 0x646464c8 /* 100.100.100.200: Alibaba */
	       || ip == 0xc00000c0 /* 192.0.0.192: Oracle */
	       || ip >> 24 == 0;   /* 0.0.0.0/8 reaches this machine */
}

/* Link-local and metadata addresses, in every spelling that getaddrinfo takes for a number. */
static bool forbidden_host(struct pl_str host)
{
	char name[256];
	struct in_addr v4;
	struct in6_addr v6;
	static const uint8_t aws6[16] = {0xfd, 0x00, 0x0e, 0xc2, [14] = 0x02, [15] = 0x54};
	bool bracket = host.n && host.p[0] == '[';
	size_t end = bracket ? pl_str_find(host, ']') : pl_str_find(host, ':');
	struct pl_str bare = pl_str_sub(host, bracket ? 1 : 0,
					end == SIZE_MAX ? host.n : end - (bracket ? 1 : 0));
	if (bare.n == 0 || bare.n >= sizeof(name))
		return true;
	memcpy(name, bare.p, bare.n);
	name[bare.n] = '\0';
	if (name[bare.n - 1] == '.')
		name[bare.n - 1] = '\0';
	if (strcasecmp(name, "metadata") == 0 || strcasecmp(name, "metadata.google.internal") == 0)
		return true;
	if (!bracket)
		return inet_aton(name, &v4) && metadata_ipv4(ntohl(v4.s_addr));
	char *zone = strchr(name, '%');
	if (zone)
		*zone = '\0';
	if (inet_pton(AF_INET6, name, &v6) != 1)
		return true;
	uint32_t low;
	memcpy(&low, v6.s6_addr + 12, sizeof(low));
	return IN6_IS_ADDR_LINKLOCAL(&v6) || memcmp(v6.s6_addr, aws6, 16) == 0 ||
	       ((IN6_IS_ADDR_V4MAPPED(&v6)) && metadata_ipv4(ntohl(low)));
}

bool pl_url_allowed(const char *from_host, const char *to)
{
	struct pl_url u;
	if (!pl_url_split(pl_str_of(to), &u) || forbidden_host(u.host))
		return false;
	/* A remote server has no business to point us at services of this machine. */
	if (pl_host_is_loopback(u.host))
		return pl_host_is_loopback(pl_str_of(from_host));
	return pl_str_is(u.scheme, "https");
}
