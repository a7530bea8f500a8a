// SPDX-License-Identifier: Apache-2.0
#include "package/format.h"

const struct pl_package_format *pl_format_find(const struct pl_env *env, const char *ecosystem)
{
	for (const struct pl_package_format *const *f = env->formats; f && *f; f++)
		if (strcmp((*f)->ecosystem, ecosystem) == 0)
			return *f;
	return NULL;
}
