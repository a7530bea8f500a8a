// SPDX-License-Identifier: Apache-2.0
/* Stages: what one image adds to and takes from its base, stored once for all that share it. */
#pragma once

#include "inventory/inventory_int.h"

/* A registration's packages and removals, sorted, without repetition, with every field filled. */
struct pl_stage {
	struct pl_inv_package *packages;
	size_t n_packages;
	struct pl_str *removed;
	size_t n_removed;
	struct pl_digest digest; /* of both lists */
};
/* PL_INPUT for empty, over-long or control text. */
int pl_stage_make(struct pl_arena *a, const struct pl_registration *r, struct pl_stage *ret,
		  struct pl_err *err) PL_MUST_USE;
/* The stage's id, stored if it was not there. Within a write transaction. */
int pl_stage_store(struct pl_inv *inv, const struct pl_stage *s, int64_t *ret_id,
		   struct pl_err *err) PL_MUST_USE;
/* The digest of an image that came without one: of its name, base and stage. */
struct pl_digest pl_stage_content(const struct pl_stage *s, const char *name, const char *base,
				  const struct pl_digest *base_digest, const char *platform);
/* Text from outside that is kept: 1..512 bytes of UTF-8 without control characters. */
int pl_inv_check_text(const char *s, const char *what, struct pl_err *err) PL_MUST_USE;
