// SPDX-License-Identifier: Apache-2.0
#include "debian/commands/recipe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	PL_AUTO(arena) a = {0};
	struct pl_recipes r = {0};
	struct pl_err err = {0};
	int rc = pl_recipes_parse(&a, (struct pl_str){(const char *)data, size}, "fuzz", &r, &err);
	if (rc < 0 && !err.msg[0])
		abort();
	for (size_t i = 0; i < r.n && rc == 0; i++)
		if (!r.v[i].package || !r.v[i].program[0] || !r.v[i].text)
			abort();
	return 0;
}
