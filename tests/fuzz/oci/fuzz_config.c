// SPDX-License-Identifier: Apache-2.0
#include "oci/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Writing is canonical: what was written, read and written again is the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	PL_AUTO(arena) a = {0};
	PL_AUTO(buf) b = {0}, again = {0};
	struct pl_err err = {0};
	struct pl_config c;
	if (pl_config_parse(&a, (struct pl_str){(const char *)data, size}, "fuzz", &c, &err) < 0)
		return 0;
	pl_config_format(&c, &b);
	if (pl_config_parse(&a, pl_buf_str(&b), "again", &c, &err) < 0)
		abort();
	pl_config_format(&c, &again);
	if (!pl_str_eq(pl_buf_str(&b), pl_buf_str(&again)))
		abort();
	return 0;
}
