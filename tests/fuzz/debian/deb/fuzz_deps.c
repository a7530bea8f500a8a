// SPDX-License-Identifier: Apache-2.0
#include "debian/archive/index.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	PL_AUTO(arena) a = {0};
	struct pl_err err = {0};
	struct pl_deps d = {0};
	struct pl_str text = {(const char *)data, size};
	if (pl_deps_parse(&a, text, "fuzz", &d, &err) < 0) {
		assert(err.msg[0] && !d.v);
		return 0;
	}
	for (size_t i = 0; i < d.n; i++) {
		assert(d.v[i].n > 0);
		for (size_t k = 0; k < d.v[i].n; k++) {
			const struct pl_dep *p = &d.v[i].alt[k];
			assert(p->name.n > 0 && p->name.p >= text.p);
			assert((p->rel == PL_REL_NONE) == (p->version.n == 0));
		}
	}
	return 0;
}
