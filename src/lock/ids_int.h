// SPDX-License-Identifier: Apache-2.0
/*
 * Numbers of the accounts that packages make. Elsewhere they are given out as packages come; here
 * they are given once and stay in the lock, so that they mean the same in every image and on every
 * volume. Pure.
 */
#pragma once

#include "base/arena.h"
#include "package/format.h"

/* Gives each wanted name one number (a name wanted twice is one): the fixed one, else the former
 * lock's, else the lowest of its range that neither has. *ret is in the arena,
 * sorted: groups before users, by name; names are those of `v`. v is sorted on the way. PL_CONFLICT
 * when a name insists on two numbers or two names on one, or when a former name that is still
 * wanted would have to move and may not (files on volumes bear its number); PL_LIMIT when
 * a range is full. */
int pl_ids_allocate(struct pl_arena *a, const char *distro, struct pl_id_want *v, size_t n,
		    const struct pl_lock_id *former, size_t n_former, bool may_move,
		    struct pl_lock_id **ret, size_t *ret_n, struct pl_err *err) PL_MUST_USE;
