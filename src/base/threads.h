// SPDX-License-Identifier: Apache-2.0
/*
 * Parallel loops over indexed work. Deterministic errors: the error of the lowest failed index is
 * reported. Signals are blocked in workers (main handles them).
 */
#pragma once

#include "base/env.h"

/* Does item i. worker is 0..env->jobs-1, for per-thread resources (an HTTP handle, a buffer).
 * 0 or negative code with *err set. */
typedef int pl_work_fn(void *ctx, size_t i, unsigned worker, struct pl_err *err);

/* Runs fn for i in [0, n) on up to env->jobs threads, starting in index order; after a failure no
 * new item starts. Returns 0, or the error of the lowest failed index. */
int pl_parallel(const struct pl_env *env, size_t n, pl_work_fn *fn, void *ctx,
		struct pl_err *err) PL_MUST_USE;
