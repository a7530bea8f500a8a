// SPDX-License-Identifier: Apache-2.0
/*
 * How an ecosystem orders the versions of its packages: a table, one entry an ecosystem ("debian",
 * as found packages name it). Versions of an ecosystem that has no entry are not compared by
 * another one's rules: two of them are the same or unrelated, never lower or higher, and what asks
 * for lower ones has to say that it cannot know. Pure functions; any thread.
 *
 * A new order is one file here and one line in the table in version.c.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

struct pl_version_order {
	const char *ecosystem;
	/* <0, 0, >0. Total over any bytes: well-formed versions as the ecosystem's own tool orders
	 * them, others somehow. 0 also for versions that are written differently and mean the same.
	 */
	int (*cmp)(struct pl_str a, struct pl_str b);
	/* 0, or PL_INPUT with what is wrong with the version. */
	int (*check)(struct pl_str version, struct pl_err *err);
};

/* What this program knows; ends with NULL. */
extern const struct pl_version_order *const pl_version_orders[];

/* The order of an ecosystem in a table that ends with NULL; NULL if it has none, and for an
 * ecosystem of NULL. */
const struct pl_version_order *pl_version_order_find(const struct pl_version_order *const *orders,
						     const char *ecosystem);

enum pl_version_relation {
	PL_VERSION_LOWER,
	PL_VERSION_SAME,
	PL_VERSION_HIGHER,
	PL_VERSION_UNRELATED, /* not the same, and nobody knows which is lower */
};
/* What a is to b. order NULL: SAME where the bytes are, else UNRELATED. */
enum pl_version_relation pl_version_relate(const struct pl_version_order *order, struct pl_str a,
					   struct pl_str b);
