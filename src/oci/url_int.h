// SPDX-License-Identifier: Apache-2.0
/*
 * URLs as registries send them: Location, Link, token realm (RFC 3986 5.2, without "./" and "../",
 * which no registry sends). Pure.
 */
#pragma once

#include "base/arena.h"

struct pl_url {
	struct pl_str scheme, host, path; /* host with port; path with query, begins with '/' or
					     is empty */
};
/* http and https with a host, without user name, blanks or control bytes; false otherwise. */
bool pl_url_split(struct pl_str s, struct pl_url *ret) PL_MUST_USE;
/* ref relative to base, as a whole URL without fragment; NULL if it makes none. */
const char *pl_url_resolve(struct pl_arena *a, const char *base, const char *ref);
/* Same scheme, host and port: the only place that may see the same credentials. */
bool pl_url_same_origin(const char *a, const char *b);
/* May a server at `from` send us to `to`? https; or http when both are loopback; never an address
 * that is link-local or of a cloud's metadata service. */
bool pl_url_allowed(const char *from_host, const char *to);
