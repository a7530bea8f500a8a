// SPDX-License-Identifier: Apache-2.0
/* What content the builder's records lead to: without it they are of no use. False on damage, or a
 * record of another version; digests in the arena. Pure. */
#pragma once

#include "base/arena.h"
#include "base/digest.h"

typedef bool pl_record_content_fn(struct pl_str data, struct pl_arena *a, struct pl_digest **ret,
				  size_t *ret_n);
pl_record_content_fn pl_image_record_content, pl_layer_record_content, pl_package_record_content;
