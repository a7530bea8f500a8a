// SPDX-License-Identifier: Apache-2.0
#include "effects/pam_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pl_err err = {0};
	struct pl_pam_profile p;
	const char *from = (const char *)data;
	if (pl_pam_parse((struct pl_str){from, size}, "fuzz", &p, &err) < 0)
		return 0;
	for (int i = 0; i < PL_PAM_TYPES; i++) {
		struct pl_str s = p.types[i].lines;
		if (s.n && (s.p < from || s.p + s.n > from + size))
			abort();
	}
	return 0;
}
