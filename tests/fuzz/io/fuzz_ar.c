// SPDX-License-Identifier: Apache-2.0
#include "io/ar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pl_err err = {0};
	struct pl_ar_member m;
	PL_AUTO_FREE(ar) a = NULL;
	if (pl_ar_new(pl_source_mem((struct pl_str){(const char *)data, size}), "fuzz", &a, &err) <
	    0)
		return 0;
	for (bool read = true; pl_ar_next(a, &m, &err) > 0; read = !read) {
		PL_AUTO_FREE(source) s = pl_ar_body(a);
		PL_AUTO(buf) b = {0};
		if (!m.name[0] || strchr(m.name, '/'))
			abort();
		if (read && pl_source_read_all(s, &b, "body", &err) == 0 && b.n != m.size)
			abort();
	}
	return 0;
}
