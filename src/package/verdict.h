// SPDX-License-Identifier: Apache-2.0
/* What a package's own installation code would have done, and whether we account for it. */
#pragma once

#include "base/str.h"

enum pl_verdict {
	PL_SCRIPT_NONE,        /* no script that runs at a fresh installation */
	PL_SCRIPT_INTERPRETED, /* it runs against the image's tree */
	PL_SCRIPT_COVERED,     /* a recipe stands for it: reason */
	PL_SCRIPT_SCRIPTED,    /* the definition has it run in a sandbox: `scripted` */
	PL_SCRIPT_IGNORABLE,   /* nothing that matters in an image: reason says which class */
	PL_SCRIPT_DEFERRED,    /* left to run time on purpose (keys, clusters): reason */
	PL_SCRIPT_UNKNOWN,     /* nobody accounts for it: the build fails unless acknowledged */
};
const char *pl_verdict_name(enum pl_verdict v);
bool pl_verdict_parse(struct pl_str s, enum pl_verdict *ret) PL_MUST_USE;
