// SPDX-License-Identifier: Apache-2.0
/*
 * What the static analyzers cannot see: that pl_fail and its kin never return 0. Without it they
 * follow paths on which an error was reported and the caller took it for success. tools/lint
 * includes this file first everywhere but in err.c, which defines these functions.
 */
#pragma once

#include "base/err.h"

#define pl_fail(err, code, ...)                                                                    \
	((pl_fail)((err), (code), __VA_ARGS__), __builtin_constant_p(code) ? -(int)(code) : -1)
#define pl_fail_sys(err, sys, ...) ((pl_fail_sys)((err), (sys), __VA_ARGS__), -(int)PL_SYS)
#define pl_ctx(err, ...) ((pl_ctx)((err), __VA_ARGS__), -1)
