// SPDX-License-Identifier: Apache-2.0
/*
 * ar archives as deb(5) uses them: magic, then members with 60-byte headers. Streamed.
 * Thread rule: one thread. Limits: names of 16 bytes, decimal sizes below 10^10.
 */
#pragma once

#include "io/stream.h"

struct pl_ar_member {
	char name[17]; /* trailing blanks and one '/' removed */
	uint64_t size;
};
struct pl_ar;
/* Owns in. */
int pl_ar_new(struct pl_source *in, const char *what, struct pl_ar **ret,
	      struct pl_err *err) PL_MUST_USE;
void pl_ar_free(struct pl_ar *a);
PL_DEFINE_FREEP(ar)
/* 1: a member (an unread body is skipped); 0: verified end; negative: error. */
int pl_ar_next(struct pl_ar *a, struct pl_ar_member *ret, struct pl_err *err) PL_MUST_USE;
/* A source over the current member's body; it borrows the archive, and closing it does not close
 * the archive. Valid until pl_ar_next. */
struct pl_source *pl_ar_body(struct pl_ar *a);
