// SPDX-License-Identifier: Apache-2.0
/*
 * The fields of a record: little-endian numbers, length-prefixed texts, digests. Writing appends to
 * a buffer. Reading is sticky: the first field that is not there makes `bad` true, and every later
 * one reads as zero, so that a reader asks once, at the end. The store checks a record's hash, yet
 * every length is bounded here too: a record is input. Pure. Ownership: texts are copied into the
 * reader's arena.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"

void pl_put_u64(struct pl_buf *b, uint64_t v);
void pl_put_str(struct pl_buf *b, struct pl_str s);
void pl_put_cstr(struct pl_buf *b, const char *s); /* NULL is kept apart from "" */
void pl_put_digest(struct pl_buf *b, const struct pl_digest *d);

struct pl_fields {
	struct pl_str rest;
	struct pl_arena *a;
	bool bad;
};
uint64_t pl_get_u64(struct pl_fields *f);
/* How many items follow, each of at least `least` bytes (not 0): more than there can be is bad. */
size_t pl_get_count(struct pl_fields *f, size_t least);
struct pl_str pl_get_str(struct pl_fields *f); /* NUL-terminated */
const char *pl_get_cstr(struct pl_fields *f);
void pl_get_digest(struct pl_fields *f, struct pl_digest *ret);
/* Exactly these bytes, such as the name of a format. */
void pl_get_magic(struct pl_fields *f, const char *magic);
/* Was every field there, and nothing behind the last one? */
bool pl_fields_end(const struct pl_fields *f);
