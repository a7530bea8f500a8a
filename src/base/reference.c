// SPDX-License-Identifier: Apache-2.0
#include "base/reference.h"

#include "base/num.h"

#define HUB_API "registry-1.docker.io"
#define HUB_NAME "docker.io"
#define NAME_MAX_BYTES 255 /* host and repository together, what every registry accepts */
#define LAYOUTS_MAX_BYTES 1024
#define REF_MAX_BYTES 4096

static bool lower_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

static bool alnum(char c) { return lower_alnum(c) || (c >= 'A' && c <= 'Z'); }

static bool word_char(char c) { return alnum(c) || c == '.' || c == '_' || c == '-'; }

bool pl_tag_valid(struct pl_str s)
{
	if (s.n == 0 || s.n > PL_TAG_MAX || s.p[0] == '.' || s.p[0] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!word_char(s.p[i]))
			return false;
	return true;
}

/* A reference being parsed. Every error shows it, escaped and cut. */
struct ref_parse {
	struct pl_arena *a;
	struct pl_str whole;
	const char *noun;
	struct pl_err *err;
};

static int refuse(const struct ref_parse *p, const char *why)
{
	char text[160];
	const char *at = p->whole.p ? p->whole.p : "";
	pl_escape(text, sizeof(text), at, p->whole.n > 120 ? 120 : p->whole.n);
	return pl_fail(p->err, PL_INPUT, "%s '%s': %s", p->noun, text, why);
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

bool pl_repository_part_valid(struct pl_str s) { return component_fault(s) == NULL; }

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

bool pl_repository_valid(struct pl_str s) { return s.n > 0 && path_fault(s) == NULL; }

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

/* Cuts a trailing "@sha256:..." off *s, if there is an '@'. */
static int cut_digest(const struct ref_parse *p, struct pl_str *s, struct pl_ref *r)
{
	size_t at = pl_str_rfind(*s, '@');
	if (at == SIZE_MAX)
		return 0;
	struct pl_str d = pl_str_sub(*s, at + 1, s->n);
	if (!pl_digest_parse(d, &r->digest))
		return refuse(p, pl_str_starts(d, "sha256:")
					 ? "a sha256 digest is 64 lower-case hex digits"
					 : "what follows '@' must be sha256:<64 hex digits>");
	r->has_digest = true;
	*s = pl_str_sub(*s, 0, at);
	return 0;
}

/* A ':' after the last '/' begins the tag; one before it belongs to the host's port. */
static int cut_tag(const struct ref_parse *p, struct pl_str *s, struct pl_ref *r)
{
	size_t colon = pl_str_rfind(*s, ':'), slash = pl_str_rfind(*s, '/');
	if (colon == SIZE_MAX || (slash != SIZE_MAX && colon < slash))
		return 0;
	struct pl_str tag = pl_str_sub(*s, colon + 1, s->n);
	if (!pl_tag_valid(tag))
		return refuse(p, "a tag is 1 to 128 of A-Z, a-z, 0-9, '_', '.', '-', and does not "
				 "begin with '.' or '-'");
	r->tag = pl_arena_cstr(p->a, tag);
	*s = pl_str_sub(*s, 0, colon);
	return 0;
}

static const char *with_rest(struct pl_arena *a, const struct pl_ref *r, const char *repository)
{
	return pl_arena_printf(a, "%s%s%s%s%s", repository, r->tag ? ":" : "", r->tag ? r->tag : "",
			       r->has_digest ? "@" : "",
			       r->has_digest ? PL_DIGEST_STR(&r->digest) : "");
}

const char *pl_ref_format(struct pl_arena *a, const struct pl_ref *ref)
{
	return with_rest(a, ref, ref->repository);
}

/* oci:DIR[:REF][@DIGEST] and docker-archive:FILE[:REF][@DIGEST]: the path ends at the first ':'. */
static int parse_local(const struct ref_parse *p, size_t scheme, struct pl_ref *r)
{
	struct pl_str s = pl_str_sub(p->whole, scheme, p->whole.n);
	/* A directory's name may hold '@', so only a well-formed digest is one. */
	size_t at = pl_str_rfind(s, '@');
	if (at != SIZE_MAX && pl_str_starts(pl_str_sub(s, at + 1, s.n), "sha256:")) {
		int rc = cut_digest(p, &s, r);
		if (rc < 0)
			return rc;
	}
	struct pl_str rest = s;
	struct pl_str path = pl_str_cut(&rest, ':');
	if (path.n == 0)
		return refuse(p, "the path is missing");
	if (rest.p && rest.n == 0)
		return refuse(p, "nothing follows the ':' after the path");
	r->host = "";
	r->path = pl_arena_cstr(p->a, path);
	r->tag = rest.p ? pl_arena_cstr(p->a, rest) : NULL;
	r->repository = pl_arena_cstr(p->a, pl_str_sub(p->whole, 0, scheme + path.n));
	r->text = pl_ref_format(p->a, r);
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
static char *lower_case(struct pl_arena *a, struct pl_str s)
{
	char *p = pl_arena_cstr(a, s);
	for (size_t i = 0; i < s.n; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] + 32);
	return p;
}

static int split_host(const struct ref_parse *p, struct pl_str s, struct pl_ref *r)
{
	struct pl_str path = s;
	struct pl_str first = pl_str_cut(&path, '/');
	if (path.p && is_host(first)) {
		const char *why = host_fault(first);
		if (why)
			return refuse(p, why);
		r->host = lower_case(p->a, first);
	} else {
		r->host = HUB_NAME;
		path = s;
	}
	const char *why = path_fault(path);
	if (why)
		return refuse(p, why);
	bool hub = is_hub(pl_str_of(r->host));
	if (hub)
		r->host = HUB_API;
	r->path = pl_arena_printf(p->a, "%s" PL_STR_FMT,
				  hub && pl_str_find(path, '/') == SIZE_MAX ? "library/" : "",
				  PL_STR_ARG(path));
	if (strlen(r->host) + 1 + strlen(r->path) > NAME_MAX_BYTES)
		return refuse(p, "host and repository are longer than 255 bytes");
	return 0;
}

static int parse_registry(const struct ref_parse *p, struct pl_ref *r)
{
	struct pl_str s = p->whole;
	int rc = cut_digest(p, &s, r);
	if (rc == 0)
		rc = cut_tag(p, &s, r);
	if (rc == 0)
		rc = split_host(p, s, r);
	if (rc < 0)
		return rc;
	const char *host = is_hub(pl_str_of(r->host)) ? HUB_NAME : r->host;
	r->repository = pl_arena_cstr(p->a, s);
	r->text = with_rest(p->a, r, pl_arena_printf(p->a, "%s/%s", host, r->path));
	return 0;
}

int pl_ref_parse(struct pl_arena *a, struct pl_str s, struct pl_ref *ret, struct pl_err *err)
{
	const struct ref_parse p = {a, s, "image reference", err};
	struct pl_ref r = {.kind = PL_REF_REGISTRY};
	int rc;
	if (s.n == 0)
		return refuse(&p, "it is empty");
	if (s.n > REF_MAX_BYTES)
		return refuse(&p, "it is longer than 4096 bytes");
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return refuse(&p, "it holds a control character");
	if (pl_str_starts(s, "oci:")) {
		r.kind = PL_REF_OCI;
		rc = parse_local(&p, strlen("oci:"), &r);
	} else if (pl_str_starts(s, "docker-archive:")) {
		r.kind = PL_REF_DOCKER_ARCHIVE;
		rc = parse_local(&p, strlen("docker-archive:"), &r);
	} else if (pl_str_starts(s, "dir:")) {
		r.kind = PL_REF_DIR;
		r.host = "";
		r.path = pl_arena_cstr(a, pl_str_sub(s, 4, s.n));
		r.repository = r.text = pl_arena_printf(a, "dir:%s", r.path);
		rc = s.n > 4 ? 0 : refuse(&p, "the path is missing");
	} else if (pl_str_starts(s, "https://") || pl_str_starts(s, "http://") ||
		   pl_str_starts(s, "docker://")) {
		rc = refuse(&p, "write it without the part up to '//': HOST/REPOSITORY:TAG");
	} else {
		rc = parse_registry(&p, &r);
	}
	if (rc < 0)
		return rc;
	*ret = r;
	return 0;
}

/* A part of a name that nobody promises to be distribution-spec's. */
static bool is_word(struct pl_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!word_char(s.p[i]))
			return false;
	return s.n > 0 && !pl_str_is(s, ".") && !pl_str_is(s, "..");
}

/* "host", "host:port" */
static bool is_word_and_port(struct pl_str s)
{
	size_t colon = pl_str_find(s, ':');
	if (colon == SIZE_MAX)
		return is_word(s);
	struct pl_str port = pl_str_sub(s, colon + 1, SIZE_MAX);
	for (size_t i = 0; i < port.n; i++)
		if (port.p[i] < '0' || port.p[i] > '9')
			return false;
	return is_word(pl_str_sub(s, 0, colon)) && port.n >= 1 && port.n <= 5;
}

static bool upper_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); }

/* A part of a directory's path, with %XX for what a name cannot hold (base/place.h). */
static bool is_coded_word(struct pl_str s)
{
	if (pl_str_is(s, ".") || pl_str_is(s, "..") || s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (word_char(s.p[i]))
			continue;
		if (s.p[i] != '%' || s.n - i < 3 || !upper_hex(s.p[i + 1]) ||
		    !upper_hex(s.p[i + 2]))
			return false;
		i += 2;
	}
	return true;
}

/* The path of "oci:DIR/NAME", as a fleet without a registry server has it. */
static bool is_layouts_path(struct pl_str path)
{
	bool first = true, ok = path.n > 0 && path.n <= LAYOUTS_MAX_BYTES;
	for (struct pl_str rest = path; rest.p && ok; first = false) {
		struct pl_str part = pl_str_cut(&rest, '/');
		ok = is_coded_word(part) || pl_str_is(part, ".") || (first && part.n == 0);
	}
	return ok;
}

static bool is_named_repository(struct pl_str s)
{
	bool first = true;
	if (pl_str_starts(s, "oci:"))
		return is_layouts_path(pl_str_sub(s, 4, SIZE_MAX));
	if (s.n == 0 || s.n > NAME_MAX_BYTES)
		return false;
	for (struct pl_str rest = s; rest.p; first = false) {
		struct pl_str part = pl_str_cut(&rest, '/');
		/* A port needs a path after it: "a:1" is a repository and its tag. */
		if (first && rest.p ? !is_word_and_port(part) : !is_word(part))
			return false;
	}
	return true;
}

static int check_name(const struct ref_parse *p, struct pl_str repository, const struct pl_ref *r)
{
	if (!r->tag && !r->has_digest)
		return refuse(p, "has no tag; write it as repository:tag");
	if (r->tag && !pl_tag_valid(pl_str_of(r->tag))) /* a layout takes any */
		return refuse(p, "the tag is 1 to 128 of letters, digits, '_', '.', '-'");
	if (!is_named_repository(repository))
		return refuse(p,
			      "the repository is parts of letters, digits, '.', '_', '-' between "
			      "'/', at most 255 bytes");
	return 0;
}

int pl_ref_parse_name(struct pl_arena *a, struct pl_str s, struct pl_ref *ret, struct pl_err *err)
{
	const struct ref_parse p = {a, s, "image name", err};
	struct pl_ref r = {.kind = PL_REF_REGISTRY};
	struct pl_str rest = s;
	int rc = cut_digest(&p, &rest, &r);
	if (rc == 0)
		rc = cut_tag(&p, &rest, &r);
	if (rc == 0)
		rc = check_name(&p, rest, &r);
	if (rc < 0)
		return rc;
	if (pl_str_starts(rest, "oci:"))
		r.kind = PL_REF_OCI;
	r.repository = pl_arena_cstr(a, rest);
	r.text = pl_ref_format(a, &r);
	*ret = r;
	return 0;
}

int pl_ref_check_name(const struct pl_ref *ref, struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	const struct ref_parse p = {&a, pl_str_of(pl_ref_format(&a, ref)), "image name", err};
	return check_name(&p, pl_str_of(ref->repository), ref);
}

struct pl_ref pl_ref_with_tag(struct pl_arena *a, const struct pl_ref *ref, const char *tag)
{
	struct pl_ref r = *ref;
	r.tag = tag;
	r.has_digest = false;
	r.text = pl_ref_format(a, &r);
	return r;
}
