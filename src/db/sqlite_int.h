// SPDX-License-Identifier: Apache-2.0
/* What the two files of the SQLite driver share. */
#pragma once

#include "base/map.h"
#include "db/db.h"

#include <sqlite3.h>

#define PL_SQLITE_BUSY_MS 5000

struct pl_db {
	sqlite3 *h;
	char *path;
	const char *what;
	struct pl_map cache; /* statements by their text */
};

int pl_sqlite_fail(struct pl_db *db, int rc, struct pl_err *err);
int pl_sqlite_damaged(struct pl_db *db, const char *why, struct pl_err *err);
