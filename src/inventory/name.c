// SPDX-License-Identifier: Apache-2.0
#include "inventory/name.h"

#include <stdio.h>

static bool word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '_' || c == '-';
}

static bool words(struct pl_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!word(s.p[i]))
			return false;
	return s.n > 0 && !pl_str_is(s, ".") && !pl_str_is(s, "..");
}

/* "host", "host:port" */
static bool host(struct pl_str s)
{
	size_t colon = pl_str_find(s, ':');
	if (colon == SIZE_MAX)
		return words(s);
	struct pl_str port = pl_str_sub(s, colon + 1, SIZE_MAX);
	for (size_t i = 0; i < port.n; i++)
		if (port.p[i] < '0' || port.p[i] > '9')
			return false;
	return words(pl_str_sub(s, 0, colon)) && port.n >= 1 && port.n <= 5;
}

/* "oci:DIR/NAME": a folder of image layouts, as a fleet without a registry server has it. */
static bool layouts(struct pl_str path)
{
	bool first = true, ok = path.n > 0 && path.n <= 1024;
	for (struct pl_str rest = path; rest.p && ok; first = false) {
		struct pl_str part = pl_str_cut(&rest, '/');
		ok = words(part) || pl_str_is(part, ".") || (first && part.n == 0);
	}
	return ok;
}

static bool repository(struct pl_str s)
{
	bool first = true;
	if (pl_str_starts(s, "oci:"))
		return layouts(pl_str_sub(s, 4, SIZE_MAX));
	if (s.n == 0 || s.n > 255)
		return false;
	for (struct pl_str rest = s; rest.p; first = false) {
		struct pl_str part = pl_str_cut(&rest, '/');
		/* A port needs a path after it: "a:1" is a repository and its tag. */
		if (first && rest.p ? !host(part) : !words(part))
			return false;
	}
	return true;
}

static int bad(struct pl_str text, const char *why, struct pl_err *err)
{
	char shown[160];
	pl_escape(shown, sizeof(shown), text.p ? text.p : "", text.n);
	return pl_fail(err, PL_INPUT, "image name '%s': %s", shown, why);
}

int pl_name_parse(struct pl_str text, struct pl_name *ret, struct pl_err *err)
{
	struct pl_name n = {0};
	struct pl_str rest = text;
	size_t at = pl_str_find(rest, '@');
	if (at != SIZE_MAX) {
		if (!pl_digest_parse(pl_str_sub(rest, at + 1, SIZE_MAX), &n.digest))
			return bad(text, "after '@' comes sha256: and 64 hex digits", err);
		n.has_digest = true;
		rest = pl_str_sub(rest, 0, at);
	}
	size_t slash = pl_str_rfind(rest, '/'), colon = pl_str_rfind(rest, ':');
	n.repository = rest;
	if (colon != SIZE_MAX && (slash == SIZE_MAX || colon > slash)) {
		n.repository = pl_str_sub(rest, 0, colon);
		n.tag = pl_str_sub(rest, colon + 1, SIZE_MAX);
		/* distribution-spec: [a-zA-Z0-9_][a-zA-Z0-9._-]{0,127} */
		if (n.tag.n > 128 || !words(n.tag) || n.tag.p[0] == '.' || n.tag.p[0] == '-')
			return bad(text, "the tag is 1 to 128 of letters, digits, '_', '.', '-'",
				   err);
	} else if (!n.has_digest) {
		return bad(text, "has no tag; write it as repository:tag", err);
	}
	if (!repository(n.repository))
		return bad(text,
			   "the repository is parts of letters, digits, '.', '_', '-' between "
			   "'/', at most 255 bytes",
			   err);
	*ret = n;
	return 0;
}

const char *pl_name_format(const struct pl_name *n, char dst[PL_NAME_TEXT])
{
	snprintf(dst, PL_NAME_TEXT, "%.*s%s%.*s%s%s", (int)n->repository.n, n->repository.p,
		 n->tag.n ? ":" : "", (int)n->tag.n, n->tag.n ? n->tag.p : "",
		 n->has_digest ? "@" : "", n->has_digest ? PL_DIGEST_STR(&n->digest) : "");
	return dst;
}
