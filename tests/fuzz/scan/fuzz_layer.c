// SPDX-License-Identifier: Apache-2.0
/* Two layers: the input twice, so that whiteouts meet what they hide. */
#include "scan/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pl_env env;
	struct pl_err err = {0};
	PL_AUTO(arena) a = {0};
	struct pl_scan_result r;
	pl_env_init(&env);
	PL_AUTO_FREE(scan) s = pl_scan_new(&env, &a);
	for (int i = 0; i < 2; i++)
		if (pl_scan_layer(s, pl_source_mem((struct pl_str){(const char *)data, size}),
				  "fuzz", &err) < 0 &&
		    (err.code == PL_OK || !*err.msg))
			abort();
	if (pl_scan_finish(s, &r, &err) == 0)
		for (size_t i = 0; i < r.n_packages; i++)
			if (!*r.packages[i].name || !*r.packages[i].version ||
			    r.packages[i].layer < 0 || r.packages[i].layer > 1)
				abort();
	return 0;
}
