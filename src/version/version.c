// SPDX-License-Identifier: Apache-2.0
#include "version/version.h"

#include "version/debian.h"

static const struct pl_version_order debian = {"debian", pl_debver_cmp, pl_debver_check};

const struct pl_version_order *const pl_version_orders[] = {
	&debian,
	NULL,
};

const struct pl_version_order *pl_version_order_find(const struct pl_version_order *const *orders,
						     const char *ecosystem)
{
	for (; ecosystem && *orders; orders++)
		if (strcmp((*orders)->ecosystem, ecosystem) == 0)
			return *orders;
	return NULL;
}

enum pl_version_relation pl_version_relate(const struct pl_version_order *order, struct pl_str a,
					   struct pl_str b)
{
	if (!order)
		return pl_str_eq(a, b) ? PL_VERSION_SAME : PL_VERSION_UNRELATED;
	int c = order->cmp(a, b);
	return c < 0 ? PL_VERSION_LOWER : c > 0 ? PL_VERSION_HIGHER : PL_VERSION_SAME;
}
