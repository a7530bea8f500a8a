// SPDX-License-Identifier: Apache-2.0
/* A suite as it is asked for, and where it is served. Ownership: the maker's; strings are borrowed.
 */
#pragma once

/* A suite to read, with its mirrors in the order to try. */
struct pl_suite_request {
	const char *suite;
	const char **components; /* NULL-terminated */
	const char *
		*mirrors; /* the fleet's `mirror:`, NULL-terminated; NULL or empty: the machine's */
	const char *signed_by; /* the fleet's `signed_by:`; NULL: the source's, else
				  debian-archive-keyring */
};
struct pl_suite_source {
	const char *suite;
	const char **components;
	const char **uris; /* NULL-terminated, at least one */
	const char *keyring;
};
