// SPDX-License-Identifier: Apache-2.0
/*
 * A registration as JSON (docs/api.md), read and written. Strict: unknown members are errors with
 * the nearest known one. Ownership: the arena. Limits: the caller bounds the text.
 */
#pragma once

#include "inventory/inventory.h"

/* name is copied into *ret, its texts are borrowed. PL_INPUT names the member. */
int pl_registration_parse(struct pl_arena *a, struct pl_str text, const struct pl_ref *name,
			  struct pl_registration *ret, struct pl_err *err) PL_MUST_USE;
void pl_registration_format(const struct pl_registration *r, struct pl_buf *ret);
