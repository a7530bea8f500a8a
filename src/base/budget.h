// SPDX-License-Identifier: Apache-2.0
/*
 * Memory that input may take of one piece of work, such as a lock: every object that grows with
 * input charges the same budget, so that many of them are not allowed more than one. Ownership: the
 * work's. Thread rule: any thread.
 */
#pragma once

#include "base/macros.h"

#include <stdatomic.h>

struct pl_budget {
	_Atomic uint64_t used;
	uint64_t max; /* bytes */
};
/* False, and nothing is charged, when it would be over. */
static inline bool pl_budget_take(struct pl_budget *b, uint64_t bytes)
{
	uint64_t before = atomic_fetch_add(&b->used, bytes);
	if (before <= b->max && bytes <= b->max - before)
		return true;
	atomic_fetch_sub(&b->used, bytes);
	return false;
}
static inline void pl_budget_give_back(struct pl_budget *b, uint64_t bytes)
{
	atomic_fetch_sub(&b->used, bytes);
}
