// SPDX-License-Identifier: Apache-2.0
#include "oci/challenge_int.h"

#include <strings.h>

#define HEADER_MAX 8192

struct header_cursor {
	const char *p, *end;
};

static bool token_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

static void skip_any(struct header_cursor *c, const char *set)
{
	while (c->p < c->end && *c->p && strchr(set, *c->p))
		c->p++;
}

static struct pl_str read_token(struct header_cursor *c)
{
	const char *from = c->p;
	while (c->p < c->end && token_char(*c->p))
		c->p++;
	return (struct pl_str){from, (size_t)(c->p - from)};
}

/* A token or a quoted-string with its escapes undone; false when the quote is not closed. */
static bool read_value(struct pl_arena *a, struct header_cursor *c, const char **ret)
{
	if (c->p == c->end || *c->p != '"') {
		/* Some servers leave a URL unquoted: take all up to a comma or a blank. */
		const char *from = c->p;
		while (c->p < c->end && *c->p != ',' && *c->p != ' ' && *c->p != '\t')
			c->p++;
		*ret = pl_arena_strn(a, from, (size_t)(c->p - from));
		return true;
	}
	char *out = pl_arena_alloc(a, (size_t)(c->end - c->p) + 1);
	size_t n = 0;
	for (c->p++; c->p < c->end && *c->p != '"'; c->p++) {
		if (*c->p == '\\' && c->p + 1 < c->end)
			c->p++;
		out[n++] = *c->p;
	}
	if (c->p == c->end)
		return false;
	c->p++;
	*ret = out;
	return true;
}

/* token68 (RFC 9110 11.2), as Negotiate has: letters, digits and -._~+/ then '='s up to the comma.
 */
static bool skip_token68(struct header_cursor *c)
{
	const char *p = c->p;
	while (p < c->end && (token_char(*p) || *p == '/'))
		p++;
	while (p < c->end && *p == '=')
		p++;
	const char *after = p;
	while (p < c->end && (*p == ' ' || *p == '\t'))
		p++;
	if (after == c->p || (p < c->end && *p != ','))
		return false;
	c->p = p;
	return true;
}

static bool is_text(struct pl_str s, const char *name)
{
	return s.n == strlen(name) && strncasecmp(s.p, name, s.n) == 0;
}

struct challenges_found {
	struct pl_challenge bearer, basic;
	bool has_bearer, has_basic;
};

static void keep_challenge(struct challenges_found *f, struct pl_str scheme,
			   const struct pl_challenge *c)
{
	if (is_text(scheme, "Bearer") && c->realm && *c->realm && !f->has_bearer) {
		f->bearer = *c;
		f->has_bearer = true;
	} else if (is_text(scheme, "Basic") && !f->has_basic) {
		f->basic = *c;
		f->basic.scheme = PL_AUTH_BASIC;
		f->has_basic = true;
	}
}

/* One header: scheme [token68 | name=value, ...], scheme ... A name followed by '=' belongs to the
 * current challenge, any other begins the next one. */
static void parse_header(struct pl_arena *a, const char *text, struct challenges_found *f)
{
	struct header_cursor c = {text, text + strlen(text)};
	struct pl_str scheme = {NULL, 0};
	struct pl_challenge now = {0};
	if (c.end - c.p > HEADER_MAX)
		return;
	for (;;) {
		skip_any(&c, " \t,");
		struct pl_str word = read_token(&c);
		if (word.n == 0)
			break;
		const char *after = c.p;
		skip_any(&c, " \t");
		if (scheme.p && c.p < c.end && *c.p == '=') {
			const char *v;
			c.p++;
			skip_any(&c, " \t");
			if (!read_value(a, &c, &v))
				return; /* cut off: trust nothing of this challenge */
			const char **slot = is_text(word, "realm")     ? &now.realm
					    : is_text(word, "service") ? &now.service
					    : is_text(word, "scope")   ? &now.scope
								       : NULL;
			if (slot && !*slot)
				*slot = v;
			continue;
		}
		keep_challenge(f, scheme, &now);
		scheme = word;
		now = (struct pl_challenge){0};
		if (c.p > after)
			(void)skip_token68(&c);
	}
	keep_challenge(f, scheme, &now);
}

int pl_challenge_parse(struct pl_arena *a, const char *const *headers, struct pl_challenge *ret)
{
	struct challenges_found f = {0};
	for (; headers && *headers; headers++)
		parse_header(a, *headers, &f);
	if (f.has_bearer)
		*ret = f.bearer;
	else if (f.has_basic)
		*ret = f.basic;
	return f.has_bearer || f.has_basic;
}
