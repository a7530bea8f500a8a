// SPDX-License-Identifier: Apache-2.0
/*
 * What maintainer scripts would have done, and whether we account for it. Pure: script texts in,
 * verdicts out.
 */
#pragma once

#include "debian/deb/deb.h"
#include "package/verdict.h"

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
