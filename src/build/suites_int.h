// SPDX-License-Identifier: Apache-2.0
/* Where a distro's suites are served: the fleet's mirrors or the machine's apt sources, looked up
 * once. */
#pragma once

#include "base/map.h"
#include "debian/index.h"
#include "fleet/definition.h"
#include "fleet/lock.h"

struct pl_suites {
	struct pl_arena arena;
	struct pl_apt_sources machine;
	bool loaded;
	struct pl_map found; /* "distro suite" -> struct pl_suite_source* */
};
void pl_suites_done(struct pl_suites *s);
/* A distro's suite; owned by s. */
int pl_suites_find(struct pl_suites *s, const struct pl_distro *d, const char *suite,
		   const struct pl_suite_source **ret, struct pl_err *err) PL_MUST_USE;
/* Mirrors for a locked package: its suite's, then (the pool is shared) the fallback archive of the
 * lock's time. NULL-terminated, owned by s. */
int pl_suites_mirrors(struct pl_suites *s, const struct pl_fleet *f, const struct pl_lock *l,
		      const struct pl_lock_package *p, const char *const **ret,
		      struct pl_err *err) PL_MUST_USE;
