// SPDX-License-Identifier: Apache-2.0
/* Where a distro's packages come from, as fleet.yaml says it. Ownership: the fleet's; who has one
 * borrows it, strings and all. */
#pragma once

#include <stddef.h>

/* One archive, which has these suites; all its addresses serve the same. */
struct pl_origin_source {
	const char **suites, **components; /* NULL-terminated */
	const char *
		*mirrors; /* NULL-terminated, tried in order; empty: the machine's own sources */
	const char *signed_by; /* absolute path of a keyring, NULL: the format's default */
};
struct pl_origin {
	const char *distro; /* its name, for messages */
	const struct pl_origin_source *sources;
	size_t n_sources; /* at least one; no suite is in two */
};
