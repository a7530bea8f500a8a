// SPDX-License-Identifier: Apache-2.0
/*
 * /etc/ld.so.cache as ldconfig(8) of glibc 2.36 and newer makes it at an installation. Idempotent.
 * Ownership: nothing is kept. Thread rule: as the tree. Errors name the path.
 */
#pragma once

#include "effects/effects.h"

/* /etc/ld.so.cache in glibc's new format (1.1), as ldconfig of that architecture would list it:
 * directories of /etc/ld.so.conf (with its includes; without the file those of /etc/ld.so.conf.d)
 * then the trusted ones. Soname links that ldconfig would create are made too, and those that
 * dangle are removed. generator: what the cache says made it. PL_LIMIT for includes without end. */
int pl_ld_so_cache_make(struct pl_tree *t, const struct pl_effect_input *in, const char *generator,
			struct pl_err *err) PL_MUST_USE;
