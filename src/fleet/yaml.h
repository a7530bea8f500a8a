// SPDX-License-Identifier: Apache-2.0
/*
 * YAML documents as a tree of nodes with their places (libyaml's event parser). Strict: one
 * document, UTF-8, no anchors, aliases, tags, merge keys; duplicate keys are errors. Scalars stay
 * text (no implicit typing): the reader of a key decides. Errors are "file:line:column: text".
 * Ownership: the arena.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

enum pl_yaml_kind { PL_YAML_SCALAR, PL_YAML_LIST, PL_YAML_MAP };
struct pl_yaml {
	enum pl_yaml_kind kind;
	const char *file;
	unsigned line, column; /* from 1 */
	struct pl_str text;    /* scalar, NUL-terminated */
	bool quoted;           /* scalar in quotes or block style */
	struct pl_yaml **item; /* list items, or map values in document order */
	struct pl_yaml **key;  /* map keys (scalars) */
	size_t n;
};
int pl_yaml_parse(struct pl_arena *a, struct pl_str text, const char *file, struct pl_yaml **ret,
		  struct pl_err *err) PL_MUST_USE;
/* Value of a map's key, NULL if absent. */
const struct pl_yaml *pl_yaml_get(const struct pl_yaml *map, const char *key);
/* PL_INPUT at the node's place. */
int pl_yaml_fail(const struct pl_yaml *at, struct pl_err *err, const char *fmt, ...)
	PL_PRINTF(3, 4);
/* Every key of map is in known (NULL-terminated), else an error with line, column and the nearest
 * known key. */
int pl_yaml_known(const struct pl_yaml *map, const char *const *known,
		  struct pl_err *err) PL_MUST_USE;
