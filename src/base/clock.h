// SPDX-License-Identifier: Apache-2.0
/* Civil time without the C library's locale and zone state: always UTC. Pure functions. */
#pragma once

#include "base/str.h"

#define PL_TIME_TEXT 32

/* RFC 3339 "2026-11-21T10:00:00Z" into dst; returns dst. Years 0..9999. */
const char *pl_time_rfc3339(int64_t t, char dst[PL_TIME_TEXT]);
bool pl_time_parse_rfc3339(struct pl_str s, int64_t *ret) PL_MUST_USE;
/* "YYYYMMDD". */
const char *pl_time_ymd(int64_t t, char dst[PL_TIME_TEXT]);
/* The date of Release files and HTTP: "Sat, 11 Jul 2026 10:16:37 UTC" (or GMT, or +0000). */
bool pl_time_parse_rfc2822(struct pl_str s, int64_t *ret) PL_MUST_USE;
/* Monotonic nanoseconds, for durations only. */
uint64_t pl_mono_ns(void);
