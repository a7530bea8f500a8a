// SPDX-License-Identifier: Apache-2.0
/*
 * The machine's apt sources (sources.list(5): one-line and deb822 forms), and what they say of a
 * suite. Ownership: results in the caller's arena. Pure except _load.
 */
#pragma once

#include "base/arena.h"
#include "base/env.h"
#include "debian/archive/sources.h"

struct pl_apt_source {
	const char *uri; /* http://, https:// or file:/, without trailing slash */
	const char *suite;
	const char **components; /* NULL-terminated */
	const char *signed_by;   /* keyring path, or NULL: the distribution's archive keyring */
};
struct pl_apt_sources {
	struct pl_apt_source *v;
	size_t n;
};

/* Parses one file's text; name tells the form (".sources" is deb822, else one-line). deb lines
 * only; disabled and deb-src stanzas and entries with exact paths ("suite/") are left out. PL_INPUT
 * with file and line. */
int pl_apt_sources_parse(struct pl_arena *a, struct pl_str text, const char *name,
			 struct pl_apt_sources *io, struct pl_err *err) PL_MUST_USE;
/* The machine's: /etc/apt/sources.list and sources.list.d. root: prefix for tests, "" for real. */
int pl_apt_sources_load(struct pl_arena *a, const char *root, struct pl_apt_sources *ret,
			struct pl_err *err) PL_MUST_USE;

/* The machine's entry for that very suite; else, for a suite of another release than the machine's,
 * the entry of the same pocket ("trixie-security" is served where "bookworm-security" is).
 * PL_NOT_FOUND says what to write (mirror:). */
int pl_suite_source_find(struct pl_arena *a, const struct pl_apt_sources *s,
			 const struct pl_suite_request *rq, struct pl_suite_source *ret,
			 struct pl_err *err) PL_MUST_USE;
