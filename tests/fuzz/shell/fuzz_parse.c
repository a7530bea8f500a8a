// SPDX-License-Identifier: Apache-2.0
/* A text as a shell script, read to its end or its first error, in both dialects. */
#include "shell/syntax_int.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int bash = 0; bash <= 1; bash++) {
		PL_AUTO(arena) a = {0};
		struct pl_err err = {0};
		struct pl_sh_node *n;
		struct pl_sh_parser p = {.arena = &a,
					 .text = {(const char *)data, size},
					 .what = "fuzz",
					 .bash = bash};
		int rc;
		while ((rc = pl_sh_parse_next(&p, &n, &err)) > 0)
			assert(n);
		assert(rc == 0 || ((err.code == PL_INPUT || err.code == PL_LIMIT) && err.msg[0]));
	}
	return 0;
}
