// SPDX-License-Identifier: Apache-2.0
/*
 * What maintainer scripts would have done, and whether we account for it. Pure: script texts in,
 * verdicts out.
 */
#pragma once

#include "debian/deb/deb.h"

enum pl_verdict {
	PL_SCRIPT_NONE,      /* no script that runs at a fresh installation */
	PL_SCRIPT_COVERED,   /* a recipe does natively what it does */
	PL_SCRIPT_IGNORABLE, /* nothing that matters in an image: reason says which class */
	PL_SCRIPT_DEFERRED,  /* left to run time on purpose (keys, clusters): reason */
	PL_SCRIPT_UNKNOWN,   /* nobody accounts for it: the build fails unless acknowledged */
};
const char *pl_verdict_name(enum pl_verdict v);
bool pl_verdict_parse(struct pl_str s, enum pl_verdict *ret) PL_MUST_USE;

struct pl_script_verdict {
	const char *script; /* postinst ... */
	struct pl_digest normalised;
	enum pl_verdict verdict;
	const char *reason; /* recipe name, class or cause; never NULL */
};
/* One verdict a script that exists (prerm, postrm: ignorable, they never run here). In the arena. A
 * new kind of script is UNKNOWN. The recipe table and the recogniser of pure debhelper blocks
 * decide. */
void pl_scripts_judge(struct pl_arena *a, struct pl_str package, struct pl_str architecture,
		      const struct pl_control *c, struct pl_script_verdict **ret, size_t *ret_n);
