// SPDX-License-Identifier: Apache-2.0
/* The rules of where a request may go. */
#include "io/http_int.h"

static bool plain_is_allowed(const struct pl_url *u, bool allow_http)
{
	return strcmp(u->scheme, "http") != 0 || allow_http ||
	       pl_host_is_loopback(pl_str_of(u->host));
}

int pl_http_url_parse(const char *text, bool allow_http, struct pl_url *ret, struct pl_err *err)
{
	struct pl_url u = {0};
	char shown[300];
	int rc = 0;
	if (!pl_url_parse(text, &u)) {
		/* What does not parse may hold a password anywhere. */
		const char *at = strchr(text, '@');
		return pl_fail(err, PL_INPUT, "%s: not an http or https URL",
			       at ? "URL" : pl_escape(shown, sizeof(shown), text, strlen(text)));
	}
	if (!plain_is_allowed(&u, allow_http))
		rc = pl_fail(err, PL_INPUT,
			     "%s: plain http is refused; use https, or configure it for this host",
			     u.host);
	if (rc < 0)
		pl_url_done(&u);
	else
		*ret = u;
	return rc;
}

int pl_http_url_follow(const struct pl_url *from, const char *location, bool allow_http,
		       struct pl_url *ret, struct pl_err *err)
{
	struct pl_url u = {0};
	const char *why = NULL;
	if (!pl_url_follow(from, location, &u))
		why = "to what is not an http or https URL";
	else if (!plain_is_allowed(&u, allow_http))
		why = "to plain http";
	else if (pl_host_is_inside(u.host) && !pl_host_is_loopback(pl_str_of(from->host)))
		why = "to an address inside of this machine or its network";
	if (why) {
		pl_url_done(&u);
		return pl_fail(err, PL_REFUSED, "%s: redirects %s; refused", from->host, why);
	}
	*ret = u;
	return 0;
}
