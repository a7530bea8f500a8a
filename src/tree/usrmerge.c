// SPDX-License-Identifier: Apache-2.0
#include "tree/usrmerge.h"

static const char *const aliased[] = {"bin", "sbin", "lib", "lib32", "lib64", "libx32"};

bool pl_usrmerge_applies(struct pl_str path)
{
	struct pl_str first = pl_str_sub(path, 0, pl_str_find(path, '/'));
	for (size_t i = 0; i < PL_COUNT(aliased); i++)
		if (pl_str_is(first, aliased[i]))
			return true;
	return false;
}

struct pl_str pl_usrmerge_path(struct pl_arena *a, struct pl_str path)
{
	if (!pl_usrmerge_applies(path))
		return path;
	char *p = pl_arena_alloc(a, path.n + 5);
	memcpy(p, "usr/", 4);
	memcpy(p + 4, path.p, path.n);
	return (struct pl_str){p, path.n + 4};
}
