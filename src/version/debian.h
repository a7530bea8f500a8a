// SPDX-License-Identifier: Apache-2.0
/* Debian package versions (deb-version(7), Policy 5.6.12). Pure functions; dpkg is the oracle. */
#pragma once

#include "base/err.h"
#include "base/str.h"

/* <0, 0, >0 as dpkg --compare-versions orders a and b: epoch, upstream, revision. Any bytes are
 * accepted (garbage orders somehow, but totally); pl_debver_check says whether one is well-formed.
 */
int pl_debver_cmp(struct pl_str a, struct pl_str b);
int pl_debver_check(struct pl_str v, struct pl_err *err) PL_MUST_USE;

enum pl_debrel { PL_REL_NONE, PL_REL_LT, PL_REL_LE, PL_REL_EQ, PL_REL_GE, PL_REL_GT };
/* "<<", "<=", "=", ">=", ">>" (and the obsolete "<" and ">", which mean <= and >=). */
bool pl_debrel_parse(struct pl_str op, enum pl_debrel *ret) PL_MUST_USE;
bool pl_debver_meets(struct pl_str version, enum pl_debrel rel, struct pl_str than);
