// SPDX-License-Identifier: Apache-2.0
/* The statements and transactions of the SQLite driver; opening is in sqlite_open.c. */
#include "db/sqlite_int.h"

#include <assert.h>
#include <errno.h>

/* err->sys tells it from bad input of a request. */
int pl_sqlite_damaged(struct pl_db *db, const char *why, struct pl_err *err)
{
	char shown[160];
	int rc =
		pl_fail(err, PL_INPUT,
			"%s: the %s's database is damaged (%s): restore a backup, or move the file "
			"away and register the images again",
			db->path, db->what, pl_escape(shown, sizeof(shown), why, strlen(why)));
	err->sys = EUCLEAN;
	return rc;
}

/* A result code in our terms, with the file and what to do. */
int pl_sqlite_fail(struct pl_db *db, int rc, struct pl_err *err)
{
	const char *text = db->h ? sqlite3_errmsg(db->h) : sqlite3_errstr(rc);
	int sys = db->h ? sqlite3_system_errno(db->h) : 0;

	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return pl_fail(err, PL_BUSY,
			       "%s: locked by another process for more than %d s; run it again "
			       "when that has ended",
			       db->path, PL_SQLITE_BUSY_MS / 1000);
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
	case SQLITE_FORMAT:
		return pl_sqlite_damaged(db, text, err);
	case SQLITE_FULL:
		return pl_fail_sys(err, sys == EDQUOT ? EDQUOT : ENOSPC, "%s", db->path);
	case SQLITE_READONLY:
		return pl_fail_sys(err, sys ? sys : EROFS,
				   "%s: cannot be written (give yourself write permission, or "
				   "name another database)",
				   db->path);
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		if (sys)
			return pl_fail_sys(err, sys, "%s: %s", db->path, sqlite3_errstr(rc));
		return pl_fail(err, PL_SYS, "%s: %s", db->path, text);
	case SQLITE_INTERRUPT:
		return pl_fail(err, PL_INTERRUPTED, "%s: interrupted", db->path);
	case SQLITE_TOOBIG:
		return pl_fail(err, PL_LIMIT, "%s: a value is too large", db->path);
	default:
		return pl_fail(err, PL_FAILURE, "%s: %s", db->path, text);
	}
}

const char *pl_db_path(const struct pl_db *db) { return db->path; }

void pl_db_free(struct pl_db *db)
{
	if (!db)
		return;
	for (size_t i = 0; i < db->cache.n; i++)
		sqlite3_finalize(db->cache.items[i].value);
	pl_map_done(&db->cache);
	sqlite3_close(db->h);
	free(db->path);
	free(db);
}

int pl_db_exec(struct pl_db *db, const char *sql, struct pl_err *err)
{
	int rc = sqlite3_exec(db->h, sql, NULL, NULL, NULL);
	return rc == SQLITE_OK ? 0 : pl_sqlite_fail(db, rc, err);
}

int pl_db_query(struct pl_db *db, const char *sql, struct pl_stmt *ret, struct pl_err *err)
{
	void **slot = pl_map_slot(&db->cache, pl_str_of(sql));
	if (!*slot) {
		sqlite3_stmt *st;
		int rc = sqlite3_prepare_v3(db->h, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL);
		if (rc != SQLITE_OK)
			return pl_sqlite_fail(db, rc, err);
		*slot = st;
	}
	assert(!sqlite3_stmt_busy(*slot));
	*ret = (struct pl_stmt){.db = db, .handle = *slot};
	return 0;
}

void pl_stmt_done(struct pl_stmt *q)
{
	if (!q->handle)
		return;
	sqlite3_reset(q->handle); /* its result repeats the last step's error, reported there */
	sqlite3_clear_bindings(q->handle);
	q->handle = NULL;
}

/* SQLite numbers $N by first appearance, PostgreSQL by N: ours is N. */
static int param(struct pl_stmt *q, int i)
{
	char name[16];
	snprintf(name, sizeof(name), "$%d", i);
	int at = sqlite3_bind_parameter_index(q->handle, name);
	assert(at > 0);
	return at;
}

static void bound(struct pl_stmt *q, int rc)
{
	if (rc != SQLITE_OK && !q->failed)
		q->failed = rc;
}

void pl_stmt_text(struct pl_stmt *q, int i, struct pl_str s)
{
	bound(q, sqlite3_bind_text64(q->handle, param(q, i), s.p, s.n, SQLITE_STATIC, SQLITE_UTF8));
}

void pl_stmt_blob(struct pl_stmt *q, int i, const void *p, size_t n)
{
	bound(q, sqlite3_bind_blob64(q->handle, param(q, i), p, n, SQLITE_STATIC));
}

void pl_stmt_i64(struct pl_stmt *q, int i, int64_t v)
{
	bound(q, sqlite3_bind_int64(q->handle, param(q, i), v));
}

void pl_stmt_null(struct pl_stmt *q, int i) { bound(q, sqlite3_bind_null(q->handle, param(q, i))); }

int pl_stmt_step(struct pl_stmt *q, struct pl_err *err)
{
	if (q->failed)
		return pl_sqlite_fail(q->db, q->failed, err);
	int rc = sqlite3_step(q->handle);
	if (rc == SQLITE_ROW)
		return 1;
	int ret = rc == SQLITE_DONE ? 0 : pl_sqlite_fail(q->db, rc, err);
	sqlite3_reset(q->handle);
	return ret;
}

int pl_stmt_run(struct pl_stmt *q, struct pl_err *err)
{
	int rc = pl_stmt_step(q, err);
	assert(rc <= 0);
	return rc;
}

struct pl_str pl_stmt_col_text(struct pl_stmt *q, int col)
{
	const char *p = (const char *)sqlite3_column_text(q->handle, col);
	int n = sqlite3_column_bytes(q->handle, col);
	return (struct pl_str){p, p && n > 0 ? (size_t)n : 0};
}

struct pl_str pl_stmt_col_blob(struct pl_stmt *q, int col)
{
	const char *p = sqlite3_column_blob(q->handle, col);
	int n = sqlite3_column_bytes(q->handle, col);
	return (struct pl_str){p, p && n > 0 ? (size_t)n : 0};
}

int64_t pl_stmt_col_i64(struct pl_stmt *q, int col) { return sqlite3_column_int64(q->handle, col); }

bool pl_stmt_col_null(struct pl_stmt *q, int col)
{
	return sqlite3_column_type(q->handle, col) == SQLITE_NULL;
}

static int begin(struct pl_db *db, const char *sql, struct pl_tx *ret, struct pl_err *err)
{
	int rc = pl_db_exec(db, sql, err);
	if (rc == 0)
		*ret = (struct pl_tx){db};
	return rc;
}

int pl_tx_write(struct pl_db *db, struct pl_tx *ret, struct pl_err *err)
{
	return begin(db, "BEGIN IMMEDIATE", ret, err);
}

int pl_tx_read(struct pl_db *db, struct pl_tx *ret, struct pl_err *err)
{
	return begin(db, "BEGIN", ret, err);
}

int pl_tx_commit(struct pl_tx *tx, struct pl_err *err)
{
	int rc = pl_db_exec(tx->db, "COMMIT", err);
	if (rc == 0)
		tx->db = NULL;
	return rc; /* a failed commit is rolled back by pl_tx_done */
}

void pl_tx_done(struct pl_tx *tx)
{
	if (!tx->db)
		return;
	/* After some errors (full disk, I/O) SQLite has rolled back by itself. */
	if (!sqlite3_get_autocommit(tx->db->h))
		sqlite3_exec(tx->db->h, "ROLLBACK", NULL, NULL, NULL);
	tx->db = NULL;
}
