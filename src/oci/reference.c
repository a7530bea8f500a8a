// SPDX-License-Identifier: Apache-2.0
#include "oci/reference.h"

#include "base/num.h"

#define HUB_API "registry-1.docker.io"
#define HUB_NAME "docker.io"
#define NAME_MAX_BYTES 255 /* host and repository together, what every registry accepts */
#define TAG_MAX_BYTES 128
#define REF_MAX_BYTES 4096

static bool lower_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

static bool alnum(char c) { return lower_alnum(c) || (c >= 'A' && c <= 'Z'); }

bool pl_tag_valid(struct pl_str tag)
{
	if (tag.n == 0 || tag.n > TAG_MAX_BYTES || (!alnum(tag.p[0]) && tag.p[0] != '_'))
		return false;
	for (size_t i = 1; i < tag.n; i++)
		if (!alnum(tag.p[i]) && !strchr("._-", tag.p[i]))
			return false;
	return memchr(tag.p, '\0', tag.n) == NULL;
}

/* Every error shows the reference it speaks of, escaped and cut. */
static int bad(struct pl_err *err, struct pl_str s, const char *why)
{
	char text[160];
	return pl_fail(err, PL_INPUT, "image reference '%s': %s",
		       pl_escape(text, sizeof(text), s.p, s.n > 120 ? 120 : s.n), why);
}

/*
 * One path component, distribution-spec "Pulling manifests":
 * [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*. NULL if it is one, else what is wrong.
 */
static const char *component_fault(struct pl_str c)
{
	if (c.n == 0)
		return "an empty part in the repository name (two slashes, or one at its end)";
	size_t run = 0; /* separators since the last letter or digit */
	for (size_t i = 0; i < c.n; i++) {
		char ch = c.p[i];
		if (ch >= 'A' && ch <= 'Z')
			return "a repository name has no upper-case letters";
		if (lower_alnum(ch)) {
			run = 0;
			continue;
		}
		if (ch != '.' && ch != '_' && ch != '-')
			return "a repository name has only a-z, 0-9, '.', '_', '-' and '/'";
		if (i == 0)
			return "a part of the repository name begins with a separator";
		if (run > 0 && (ch != c.p[i - 1] || ch == '.' || (ch == '_' && run == 2)))
			return "separators in a repository name are one '.', one or two '_', or "
			       "'-'";
		run++;
	}
	return run ? "a part of the repository name ends with a separator" : NULL;
}

static const char *path_fault(struct pl_str path)
{
	struct pl_str rest = path;
	while (rest.p) {
		const char *why = component_fault(pl_str_cut(&rest, '/'));
		if (why)
			return why;
	}
	return NULL;
}

/* RFC 3986 3.2.2 as far as registries use it: "[IPv6]", or dotted names of letters, digits and
 * inner hyphens; then ":port". */
static const char *host_fault(struct pl_str host)
{
	struct pl_str name = host, port = {NULL, 0};
	uint64_t number;
	if (host.n && host.p[0] == '[') {
		size_t end = pl_str_find(host, ']');
		if (end == SIZE_MAX || end < 3)
			return "an IPv6 address in [] is not closed or empty";
		for (size_t i = 1; i < end; i++)
			if (!strchr("0123456789abcdefABCDEF:.", host.p[i]) || !host.p[i])
				return "not an IPv6 address in []";
		if (pl_str_find(pl_str_sub(host, 1, end - 1), ':') == SIZE_MAX)
			return "not an IPv6 address in []";
		struct pl_str after = pl_str_sub(host, end + 1, host.n);
		if (after.n && after.p[0] != ':')
			return "only ':port' may follow the IPv6 address";
		if (after.n)
			port = pl_str_sub(after, 1, after.n);
		else
			return NULL;
	} else {
		size_t colon = pl_str_find(host, ':');
		if (colon != SIZE_MAX) {
			name = pl_str_sub(host, 0, colon);
			port = pl_str_sub(host, colon + 1, host.n);
		}
		for (struct pl_str rest = name; rest.p;) {
			struct pl_str label = pl_str_cut(&rest, '.');
			if (label.n == 0 || !alnum(label.p[0]) || !alnum(label.p[label.n - 1]))
				return "the host is not a valid name";
			for (size_t i = 0; i < label.n; i++)
				if (!alnum(label.p[i]) && label.p[i] != '-')
					return "the host is not a valid name";
		}
		if (colon == SIZE_MAX)
			return NULL;
	}
	if (!pl_parse_u64(port, 65535, &number) || number == 0)
		return "the port must be 1 to 65535";
	return NULL;
}

/* Cuts a trailing "@sha256:..." off *s: 1 there, 0 none. */
static int cut_digest(struct pl_str whole, struct pl_str *s, struct pl_digest *ret,
		      struct pl_err *err)
{
	size_t at = pl_str_rfind(*s, '@');
	if (at == SIZE_MAX)
		return 0;
	struct pl_str d = pl_str_sub(*s, at + 1, s->n);
	if (!pl_digest_parse(d, ret))
		return bad(err, whole,
			   pl_str_starts(d, "sha256:")
				   ? "a sha256 digest is 64 lower-case hex digits"
				   : "what follows '@' must be sha256:<64 hex digits>");
	*s = pl_str_sub(*s, 0, at);
	return 1;
}

/* oci:DIR[:REF][@DIGEST] and docker-archive:FILE[:REF][@DIGEST]: the path ends at the first ':'. */
static int parse_local(struct pl_arena *a, struct pl_str whole, const char *scheme,
		       struct pl_ref *r, struct pl_err *err)
{
	struct pl_str s = pl_str_sub(whole, strlen(scheme) + 1, whole.n);
	char hex[PL_DIGEST_TEXT] = "";
	/* A folder's name may hold '@', so only a well-formed digest is one. */
	size_t at = pl_str_rfind(s, '@');
	if (at != SIZE_MAX && pl_str_starts(pl_str_sub(s, at + 1, s.n), "sha256:")) {
		int found = cut_digest(whole, &s, &r->digest, err);
		if (found < 0)
			return found;
		r->has_digest = true;
		pl_digest_format(&r->digest, hex);
	}
	struct pl_str rest = s;
	struct pl_str path = pl_str_cut(&rest, ':');
	if (path.n == 0)
		return bad(err, whole, "the path is missing");
	if (rest.p && rest.n == 0)
		return bad(err, whole, "nothing follows the ':' after the path");
	r->host = "";
	r->path = pl_arena_cstr(a, path);
	r->tag = rest.p ? pl_arena_cstr(a, rest) : NULL;
	r->text = pl_arena_printf(a, "%s:%s%s%s%s%s", scheme, r->path, r->tag ? ":" : "",
				  r->tag ? r->tag : "", *hex ? "@" : "", hex);
	return 0;
}

/* A dot, a port, brackets or "localhost" make a host. Docker takes upper-case letters as a sign of
 * one too; but in lower case, which is the same host, it would be a Docker Hub name: refused. */
static bool is_host(struct pl_str first)
{
	if (pl_str_is(first, "localhost") || pl_str_starts(first, "["))
		return true;
	for (size_t i = 0; i < first.n; i++)
		if (first.p[i] == '.' || first.p[i] == ':')
			return true;
	return false;
}

static bool is_hub(struct pl_str host)
{
	return pl_str_is(host, HUB_NAME) || pl_str_is(host, "index.docker.io") ||
	       pl_str_is(host, HUB_API);
}

/* Host names are the same in any case (RFC 3986 3.2.2); credentials and tokens are kept by host. */
static char *lower(struct pl_arena *a, struct pl_str s)
{
	char *p = pl_arena_cstr(a, s);
	for (size_t i = 0; i < s.n; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] + 32);
	return p;
}

static int split_host(struct pl_arena *a, struct pl_str whole, struct pl_str s, struct pl_ref *r,
		      struct pl_err *err)
{
	struct pl_str path = s;
	struct pl_str first = pl_str_cut(&path, '/');
	if (path.p && is_host(first)) {
		const char *why = host_fault(first);
		if (why)
			return bad(err, whole, why);
		r->host = lower(a, first);
	} else {
		r->host = HUB_NAME;
		path = s;
	}
	const char *why = path_fault(path);
	if (why)
		return bad(err, whole, why);
	bool hub = is_hub(pl_str_of(r->host));
	if (hub)
		r->host = HUB_API;
	r->path = pl_arena_printf(a, "%s%.*s",
				  hub && pl_str_find(path, '/') == SIZE_MAX ? "library/" : "",
				  (int)path.n, path.p);
	if (strlen(r->host) + 1 + strlen(r->path) > NAME_MAX_BYTES)
		return bad(err, whole, "host and repository are longer than 255 bytes");
	return 0;
}

static int parse_registry(struct pl_arena *a, struct pl_str whole, struct pl_ref *r,
			  struct pl_err *err)
{
	struct pl_str s = whole, tag = {NULL, 0};
	char hex[PL_DIGEST_TEXT] = "";
	int found = cut_digest(whole, &s, &r->digest, err);
	if (found < 0)
		return found;
	r->has_digest = found;
	if (found)
		pl_digest_format(&r->digest, hex);
	/* A ':' after the last '/' begins the tag; one before it belongs to the host's port. */
	size_t colon = pl_str_rfind(s, ':'), slash = pl_str_rfind(s, '/');
	if (colon != SIZE_MAX && (slash == SIZE_MAX || colon > slash)) {
		tag = pl_str_sub(s, colon + 1, s.n);
		s = pl_str_sub(s, 0, colon);
		if (!pl_tag_valid(tag))
			return bad(err, whole,
				   "a tag is 1 to 128 of A-Z, a-z, 0-9, '_', '.', '-', and does "
				   "not begin with '.' or '-'");
	}
	int rc = split_host(a, whole, s, r, err);
	if (rc < 0)
		return rc;
	r->tag = tag.n ? pl_arena_cstr(a, tag) : NULL;
	r->text = pl_arena_printf(a, "%s/%s%s%s%s%s",
				  is_hub(pl_str_of(r->host)) ? HUB_NAME : r->host, r->path,
				  r->tag ? ":" : "", r->tag ? r->tag : "", *hex ? "@" : "", hex);
	return 0;
}

int pl_ref_parse(struct pl_arena *a, struct pl_str s, struct pl_ref *ret, struct pl_err *err)
{
	struct pl_ref r = {.kind = PL_REF_REGISTRY};
	int rc;
	if (s.n == 0)
		return bad(err, s, "it is empty");
	if (s.n > REF_MAX_BYTES)
		return bad(err, s, "it is longer than 4096 bytes");
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return bad(err, s, "it holds a control character");
	if (pl_str_starts(s, "oci:")) {
		r.kind = PL_REF_OCI;
		rc = parse_local(a, s, "oci", &r, err);
	} else if (pl_str_starts(s, "docker-archive:")) {
		r.kind = PL_REF_DOCKER_ARCHIVE;
		rc = parse_local(a, s, "docker-archive", &r, err);
	} else if (pl_str_starts(s, "dir:")) {
		r.kind = PL_REF_DIR;
		r.host = "";
		r.path = pl_arena_cstr(a, pl_str_sub(s, 4, s.n));
		r.text = pl_arena_printf(a, "dir:%s", r.path);
		rc = s.n > 4 ? 0 : bad(err, s, "the path is missing");
	} else if (pl_str_starts(s, "https://") || pl_str_starts(s, "http://") ||
		   pl_str_starts(s, "docker://")) {
		rc = bad(err, s, "write it without the part up to '//': HOST/REPOSITORY:TAG");
	} else {
		rc = parse_registry(a, s, &r, err);
	}
	if (rc < 0)
		return rc;
	*ret = r;
	return 0;
}
