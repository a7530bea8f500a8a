// SPDX-License-Identifier: Apache-2.0
/*
 * WWW-Authenticate (RFC 9110 11.6.1): which way of authentication a registry asks for. Pure.
 * Ownership: the arena. Limits: headers over 8 KiB are not read.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

enum pl_auth_scheme { PL_AUTH_BEARER, PL_AUTH_BASIC };
struct pl_challenge {
	enum pl_auth_scheme scheme;
	const char *realm;   /* Bearer: the token server's URL, never NULL */
	const char *service; /* NULL: none */
	const char *scope;   /* NULL: none */
};
/* Reads a NULL-terminated list of header values, each with one or more challenges. The first Bearer
 * challenge that has a realm wins, else Basic: 1 found; 0 none that we understand. */
int pl_challenge_parse(struct pl_arena *a, const char *const *headers, struct pl_challenge *ret);
