// SPDX-License-Identifier: Apache-2.0
/* A fleet's own recipes, as they stand: the package format reads them (recipes/README.md). */
#pragma once

#include "base/str.h"

struct pl_recipe_file {
	const char *name; /* "recipes/x.recipe": for errors */
	struct pl_str text;
};
