// SPDX-License-Identifier: Apache-2.0
/* A Packages file, then the resolver over it: each package in turn is asked for. */
#include "debian/archive/index_int.h"
#include "debian/resolve/resolve.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	PL_AUTO_FREE(index) ix = pl_index_new("amd64");
	struct pl_err err = {0};
	struct pl_str text = {(const char *)data, size};
	if (pl_packages_parse(ix, text, 0, "fuzz", &err) < 0) {
		assert(err.msg[0] && ix->packages.n == 0);
		return 0;
	}
	if (pl_index_finish(ix, &err) < 0)
		return 0;
	for (size_t i = 0; i < ix->packages.n && i < 16; i++) {
		PL_AUTO(arena) a = {0};
		struct pl_root root = {.name = ix->packages.v[i]->name};
		struct pl_resolution r;
		assert(pl_index_candidate(ix, root.name));
		err = (struct pl_err){0};
		if (pl_resolve(ix, &root, 1, NULL, &a, &r, &err) < 0) {
			assert(err.msg[0]);
			continue;
		}
		assert(r.n >= 1 && pl_str_eq(r.v[0].pkg->name, root.name));
		for (size_t k = 0; k < r.n; k++)
			assert(r.v[k].parent < (int)k);
	}
	return 0;
}
