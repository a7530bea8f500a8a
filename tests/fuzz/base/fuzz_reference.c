// SPDX-License-Identifier: Apache-2.0
#include "base/reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is accepted has a text that is accepted again and means the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	PL_AUTO(arena) a = {0};
	struct pl_err err = {0};
	struct pl_ref r, again;
	if (pl_ref_parse(&a, (struct pl_str){(const char *)data, size}, &r, &err) < 0)
		return 0;
	if (pl_ref_parse(&a, pl_str_of(r.text), &again, &err) < 0 ||
	    strcmp(r.text, again.text) != 0)
		abort();
	return 0;
}
