// SPDX-License-Identifier: Apache-2.0
/*
 * Reading the members of JSON objects into structs. Sticky: after the first member that is not as
 * it should be, nothing more is read and no output is written; who reads looks at rc once, at the
 * end. Errors (PL_INPUT) name the document, the way to the object and the member. Ownership: texts
 * are copied into the arena, objects are borrowed. Thread rule: one document, one thread.
 */
#pragma once

#include "base/arena.h"
#include "base/digest.h"
#include "base/json.h"

enum pl_jr_form {
	/* Of our own making, so null is a fault and a name needs no guess:
	 * "plimsoll.lock: images[3].files[0].to: must be a string" */
	PL_JR_PATH,
	/* What people and other programs write: a member that is null counts as absent, and an
	 * unknown one is told with the nearest known: "registration: packages[3]: 'name' is
	 * missing"
	 */
	PL_JR_QUOTED,
};

/* A document while it is read. */
struct pl_jr_doc {
	struct pl_arena *arena;
	const char *what; /* names the document: a file, a URL */
	enum pl_jr_form form;
	struct pl_err *err;
	int rc; /* 0, or what the first error returned; a reader of its own kind may set it, with
		   err */
};

/* A value of the document, and the way to it: lives on the stack, below its parent's. */
struct pl_jr {
	struct pl_jr_doc *doc;
	const struct pl_jr *parent; /* NULL: the whole document */
	const char *key;            /* of the parent; NULL: item `index` */
	size_t index;
	const struct pl_jval *value; /* NULL: absent */
};

struct pl_jr pl_jr_root(struct pl_jr_doc *doc, const struct pl_jval *value);
/* The value at key, whatever it is. key: borrowed, and fit to be shown. */
struct pl_jr pl_jr_member(const struct pl_jr *r, const char *key);
struct pl_jr pl_jr_item(const struct pl_jr *r, size_t i);
/* As pl_jr_member, but its errors are told as of r: the way to it says nothing more. */
struct pl_jr pl_jr_inner(const struct pl_jr *r, const char *key);
bool pl_jr_ok(const struct pl_jr *r); /* nothing of the document has failed yet */

/* "PLACE: 'key' WHY" or "PLACE.key: WHY"; key "": it is the value itself. The first one stays. */
void pl_jr_fail(const struct pl_jr *r, const char *key, const char *fmt, ...) PL_PRINTF(3, 4);
/* An object, whose members are all among names. */
void pl_jr_known(const struct pl_jr *r, const char *const *names, size_t n);
#define PL_JR_KNOWN(r, ...)                                                                        \
	pl_jr_known(r, (const char *const[]){__VA_ARGS__},                                         \
		    sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))
/* No member whose name is one of names but for its case: readers written in Go take such a member
 * for the known one, and of several the last. What is no object has none. */
void pl_jr_exact(const struct pl_jr *r, const char *const *names, size_t n);
#define PL_JR_EXACT(r, ...)                                                                        \
	pl_jr_exact(r, (const char *const[]){__VA_ARGS__},                                         \
		    sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* A text that check (NULL: any) accepts. _if: an absent one leaves its place as it is. */
void pl_jr_text(const struct pl_jr *r, const char *key, bool (*check)(struct pl_str),
		const char **ret);
void pl_jr_text_if(const struct pl_jr *r, const char *key, bool (*check)(struct pl_str),
		   const char **ret);
/* A whole number from 0 to max. */
void pl_jr_u64(const struct pl_jr *r, const char *key, uint64_t max, uint64_t *ret);
void pl_jr_u64_if(const struct pl_jr *r, const char *key, uint64_t max, uint64_t *ret);
/* "sha256:..."; _if: whether there is one. */
void pl_jr_digest(const struct pl_jr *r, const char *key, struct pl_digest *ret);
bool pl_jr_digest_if(const struct pl_jr *r, const char *key, struct pl_digest *ret);
/* An array, for pl_jr_item, and its length: 0 after an error. _if: 0 for an absent one. */
size_t pl_jr_array(const struct pl_jr *r, const char *key, struct pl_jr *ret);
size_t pl_jr_array_if(const struct pl_jr *r, const char *key, struct pl_jr *ret);
