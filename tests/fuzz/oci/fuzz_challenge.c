// SPDX-License-Identifier: Apache-2.0
#include "oci/challenge_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One header a line. A Bearer challenge always has a realm. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	PL_AUTO(arena) a = {0};
	struct pl_challenge c = {0};
	const char *headers[5] = {0};
	struct pl_str rest = {(const char *)data, size};
	for (size_t n = 0; rest.p && n < 4; n++)
		headers[n] = pl_arena_cstr(&a, pl_str_cut(&rest, '\n'));
	if (pl_challenge_parse(&a, headers, &c) && c.scheme == PL_AUTH_BEARER &&
	    (!c.realm || !*c.realm))
		abort();
	return 0;
}
