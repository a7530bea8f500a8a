// SPDX-License-Identifier: Apache-2.0
/*
 * Debian control paragraphs (deb822(5), Policy 5.1): the syntax of Packages, Release, .sources and
 * dpkg's status. A pure pull parser over one slice: fields are slices of the input (but for values
 * with comment lines inside), continuation lines included with their leading blank and newlines
 * (Policy 5.1, "multiline").
 * Limits: 256 fields a paragraph.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define PL_DEB822_FIELDS 256

struct pl_deb822_field {
	struct pl_str name, value; /* value trimmed of blanks at both ends */
	unsigned line;
	bool commented; /* comment lines stood inside; value is a copy without them */
};
struct pl_deb822 {
	struct pl_str text; /* this paragraph as it stands, without the blank line after it */
	struct pl_deb822_field f[PL_DEB822_FIELDS];
	size_t n;
};

struct pl_deb822_reader {
	struct pl_str rest;
	const char *what; /* names the input in errors */
	unsigned line;
	struct pl_arena
		*arena; /* for values with comment lines inside; may be NULL: PL_INPUT then */
};

/* 1: a paragraph in *ret; 0: the end; PL_INPUT with line on bad syntax or a duplicate field.
 * Lines beginning with '#' are comments only where `comments` is set (sources files). */
int pl_deb822_next(struct pl_deb822_reader *r, bool comments, struct pl_deb822 *ret,
		   struct pl_err *err) PL_MUST_USE;
/* The field's value (names compare without case), {NULL,0} if absent. */
struct pl_str pl_deb822_get(const struct pl_deb822 *p, const char *name);
