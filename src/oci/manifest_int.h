// SPDX-License-Identifier: Apache-2.0
/*
 * What manifest.c and config.c share: reading lists and string maps from JSON into an arena.
 * Ownership: the arena. Thread rule: pure. Limits: the text's size bounds everything.
 */
#pragma once

#include "base/json_read.h"
#include "oci/manifest.h"

#define PL_JSON_SAFE_INT (((uint64_t)1 << 53) - 1) /* RFC 7493 2.2: exact in every reader */

/* An object of strings, sorted by key; absent and null are none. */
void pl_annotations_read(const struct pl_jr *r, struct pl_annotation **ret, size_t *ret_n);
/* An optional string member; "" counts as absent, as Go's omitempty writes it. */
void pl_optional_read(const struct pl_jr *r, const char *key, const char **ret);
/* Writes key and object, nothing when there are none. */
void pl_annotations_format(struct pl_jw *w, const char *key, const struct pl_annotation *v,
			   size_t n);
void pl_descriptor_format(struct pl_jw *w, const struct pl_descriptor *d);
/* Parses text as one JSON object of at most max bytes. */
int pl_object_parse(struct pl_str text, uint64_t max, const char *what, struct pl_jval **ret,
		    struct pl_err *err) PL_MUST_USE;
/* A value from outside, escaped and cut for an error message. Lives in the arena. */
const char *pl_shown(struct pl_arena *a, struct pl_str s);
