// SPDX-License-Identifier: Apache-2.0
/* What debconf knows, shared by its model and by what writes its database. */
#pragma once

#include "debian/commands/commands_int.h"

struct pl_debconf_template {
	struct pl_str name, type, fallback, choices, description;
};
struct pl_debconf_pair {
	const char *key, *value;
};
struct pl_debconf_pairs {
	struct pl_debconf_pair *v;
	size_t n, cap;
};
struct pl_debian_question {
	const struct pl_debconf_template *t;
	const char *name, *value; /* value NULL: the template's */
	bool input;
	struct pl_debconf_pairs substitutions, flags;
};
