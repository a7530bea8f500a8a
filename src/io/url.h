// SPDX-License-Identifier: Apache-2.0
/*
 * URLs, parsed by libcurl, so that what is judged here is what is connected to there: whole and
 * relative ones, origins, and where a server may send us. Pure. Ownership: embedded; _done frees.
 * Limits: what a server sends is at most 8192 bytes.
 */
#pragma once

#include "base/arena.h"

struct pl_url {
	char *scheme;    /* "http" or "https" */
	char *host;      /* as in a URL: IPv6 in brackets; a number in any spelling as 1.2.3.4 */
	char *port;      /* the scheme's own if none is written */
	char *authority; /* host, and ":port" if one is written */
	char *text;      /* whole, without user, password and fragment */
	char *full;      /* with user and password */
};
void pl_url_done(struct pl_url *u);
/* False for anything but a whole http or https URL. */
bool pl_url_parse(const char *text, struct pl_url *ret) PL_MUST_USE;
/* Where `location` leads from `from` (RFC 3986 5.2), without user and password; blanks and other
 * bytes that may not stand in a URL are encoded, as browsers do. False if that is no http or https
 * URL. */
bool pl_url_follow(const struct pl_url *from, const char *location, struct pl_url *ret) PL_MUST_USE;
/* Same scheme, host and port: the only place that may see the same credentials. */
bool pl_url_origin_eq(const struct pl_url *a, const struct pl_url *b);

/* What registries send: Location, Link, realm. Stricter: a blank, a control byte, a user name or a
 * backslash in such a URL is a way to show one host and reach another, so it is none. */

/* ref relative to base, as a whole URL without fragment, in the arena; NULL if it makes none. */
const char *pl_url_resolve(struct pl_arena *a, const char *base, const char *ref);
bool pl_url_same_origin(const char *a, const char *b);
/* May a server at host `from_host` send us to `to`? https; or http when both are loopback; never an
 * address that is link-local or of a cloud's metadata service. */
bool pl_url_allowed(const char *from_host, const char *to);

/* Percent-encodes all but unreserved characters (RFC 3986 2.3). Owned by the caller. */
char *pl_url_encode(struct pl_str s);
/* True for 127.0.0.0/8, [::1] and localhost, with or without port. */
bool pl_host_is_loopback(struct pl_str host);
/* This machine under any name, link-local addresses (169.254.0.0/16, fe80::/10), where clouds keep
 * the credentials of their machines, and their metadata services elsewhere. */
bool pl_host_is_inside(const char *host);
