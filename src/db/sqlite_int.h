// SPDX-License-Identifier: Apache-2.0
/* What the two files of the SQLite driver share. A connection is a sqlite3 *. */
#pragma once

#include "db/db_int.h"

#include <sqlite3.h>

#define PL_SQLITE_BUSY_MS 5000

/* A result code in our terms, with the file and what to do. */
int pl_sqlite_fail(struct pl_db *db, int code, struct pl_err *err);
int pl_sqlite_damaged(struct pl_db *db, const char *why, struct pl_err *err);

/* sqlite_open.c: the driver's open and prepare_ours. */
int pl_sqlite_open(const struct pl_env *env, struct pl_db *db, struct pl_err *err) PL_MUST_USE;
int pl_sqlite_prepare_ours(struct pl_db *db, struct pl_err *err) PL_MUST_USE;
/* The number that a PRAGMA or SELECT answers with, 0 if it does not. */
int pl_sqlite_number(struct pl_db *db, const char *sql, int64_t *ret,
		     struct pl_err *err) PL_MUST_USE;
