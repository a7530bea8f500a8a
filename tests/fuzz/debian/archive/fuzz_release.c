// SPDX-License-Identifier: Apache-2.0
#include "debian/archive/release_int.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	PL_AUTO(arena) a = {0};
	struct pl_err err = {0};
	struct pl_release r = {0};
	struct pl_str text = {(const char *)data, size};
	if (pl_release_parse(&a, text, "fuzz", &r, &err) < 0) {
		assert(err.msg[0] && !r.files);
		return 0;
	}
	for (size_t i = 1; i < r.n_files; i++)
		assert(pl_str_cmp(r.files[i - 1].path, r.files[i].path) < 0);
	return 0;
}
