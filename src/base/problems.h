// SPDX-License-Identifier: Apache-2.0
/*
 * Several things that keep a command from its work, gathered so that one run names them all: a
 * person mends a definition once, not once a run. Ownership: embedded, pl_problems_done frees.
 * Thread rule: one thread. Limits: PL_PROBLEMS_SHOWN are kept, the others counted.
 */
#pragma once

#include "base/env.h"
#include "base/macros.h"

#define PL_PROBLEMS_SHOWN 20

struct pl_problems {
	size_t n; /* of all */
	char *text[PL_PROBLEMS_SHOWN];
};
void pl_problems_done(struct pl_problems *p);
/* One problem: its place, what is wrong, what to do. Text may have further lines. */
void pl_problems_add(struct pl_problems *p, const char *fmt, ...) PL_PRINTF(2, 3);
/* 0 without problems. A single one is the error itself; several are written to the env's problems,
 * each beginning a line, and the error says how many and what to do (fmt). */
int pl_problems_fail(const struct pl_problems *p, const struct pl_env *env, enum pl_code code,
		     struct pl_err *err, const char *fmt, ...) PL_MUST_USE PL_PRINTF(5, 6);
