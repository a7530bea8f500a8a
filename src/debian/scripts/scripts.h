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
	const char *reason; /* never NULL */
};
/* One verdict a script that exists (prerm, postrm: ignorable, they never run here), by its kind
 * alone: whether the interpreter can run it is seen when it runs. A new kind of script is UNKNOWN.
 * In the arena. */
void pl_scripts_judge(struct pl_arena *a, const struct pl_control *c,
		      struct pl_script_verdict **ret, size_t *ret_n);
/* Is it for /bin/sh, or for bash? By its first line. */
bool pl_script_shell(struct pl_str text, bool *ret_bash) PL_MUST_USE;
