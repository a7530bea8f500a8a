// SPDX-License-Identifier: Apache-2.0
/* In which order packages are unpacked and configured. */
#pragma once

#include "debian/commands/commands.h"

enum pl_order_action { PL_ORDER_UNPACK, PL_ORDER_CONFIGURE };
struct pl_order_step {
	enum pl_order_action action;
	size_t package;
};
/* As dpkg with apt has it: Pre-Depends are configured before a package is unpacked, Depends before
 * it is configured; a circle of them is broken where it is met. Essential packages come first.
 * Two steps a package, in the arena. PL_INPUT for a relation that is none. */
int pl_order_make(struct pl_arena *a, const struct pl_debian_world *w, struct pl_order_step **ret,
		  size_t *ret_n, struct pl_err *err) PL_MUST_USE;
