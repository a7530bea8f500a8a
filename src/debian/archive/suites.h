// SPDX-License-Identifier: Apache-2.0
/* Where suites are served: the mirrors that were named or the machine's apt sources, looked up
 * once. Ownership: results belong to the struct. Thread rule: one thread at a time. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "debian/archive/sources.h"

struct pl_suites {
	struct pl_arena arena;
	struct pl_apt_sources *machine; /* the machine's; NULL: not read yet */
	struct pl_map found;            /* "distro suite" -> struct pl_suite_source* */
};
void pl_suites_done(struct pl_suites *s);
/* A suite of the distro of that name. */
int pl_suites_find(struct pl_suites *s, const char *distro, const struct pl_suite_request *rq,
		   const struct pl_suite_source **ret, struct pl_err *err) PL_MUST_USE;
/* Mirrors of a suite's packages: the suite's, then (the pool is shared) the archive that keeps
 * every state of Debian, as it was at `when` (seconds since the epoch; 0: not that one).
 * NULL-terminated. */
int pl_suites_mirrors(struct pl_suites *s, const char *distro, const struct pl_suite_request *rq,
		      int64_t when, const char *const **ret, struct pl_err *err) PL_MUST_USE;
