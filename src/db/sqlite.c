// SPDX-License-Identifier: Apache-2.0
/* The SQLite driver: statements and transactions; opening is in sqlite_open.c. */
#include "db/sqlite_int.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

int pl_sqlite_damaged(struct pl_db *db, const char *why, struct pl_err *err)
{
	char shown[160];
	return pl_fail(err, PL_DAMAGED,
		       "%s: the %s's database is damaged (%s): restore a backup, or move the file "
		       "away and register the images again",
		       db->path, db->what, pl_escape(shown, sizeof(shown), why, strlen(why)));
}

int pl_sqlite_fail(struct pl_db *db, int code, struct pl_err *err)
{
	const char *text = db->conn ? sqlite3_errmsg(db->conn) : sqlite3_errstr(code);
	int sys = db->conn ? sqlite3_system_errno(db->conn) : 0;

	/* A reader that wants to write after somebody else wrote. BEGIN IMMEDIATE keeps ours from
	 * it, but it is what the flag means. */
	if (code == SQLITE_BUSY_SNAPSHOT)
		db->collided = true;
	switch (code & 0xff) {
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
			return pl_fail_sys(err, sys, "%s: %s", db->path, sqlite3_errstr(code));
		return pl_fail(err, PL_SYS, "%s: %s", db->path, text);
	case SQLITE_INTERRUPT:
		return pl_fail(err, PL_INTERRUPTED, "%s: interrupted", db->path);
	case SQLITE_TOOBIG:
		return pl_fail(err, PL_LIMIT, "%s: a value is too large", db->path);
	default:
		return pl_fail(err, PL_FAILURE, "%s: %s", db->path, text);
	}
}

static void close_file(struct pl_db *db)
{
	sqlite3_close(db->conn);
	db->conn = NULL;
}

static int run_sql(struct pl_db *db, const char *sql, struct pl_err *err)
{
	int code = sqlite3_exec(db->conn, sql, NULL, NULL, NULL);
	return code == SQLITE_OK ? 0 : pl_sqlite_fail(db, code, err);
}

static int read_marks(struct pl_db *db, struct pl_db_marks *ret, struct pl_err *err)
{
	int64_t id, version, tables;
	int rc = pl_sqlite_number(db, "PRAGMA application_id", &id, err);
	if (rc == 0)
		rc = pl_sqlite_number(db, "PRAGMA user_version", &version, err);
	if (rc == 0)
		rc = pl_sqlite_number(db, "SELECT count(*) FROM sqlite_schema", &tables, err);
	if (rc == 0)
		*ret = (struct pl_db_marks){tables == 0, (uint32_t)id, version};
	return rc;
}

/* PRAGMA takes no parameters; both are numbers of ours. */
static int write_marks(struct pl_db *db, const struct pl_db_marks *m, struct pl_err *err)
{
	char sql[120];
	snprintf(sql, sizeof(sql), "PRAGMA application_id = %d; PRAGMA user_version = %lld",
		 (int)m->application_id, (long long)m->version);
	return run_sql(db, sql, err);
}

static int begin_transaction(struct pl_db *db, bool write, struct pl_err *err)
{
	return run_sql(db, write ? "BEGIN IMMEDIATE" : "BEGIN", err);
}

static int commit_transaction(struct pl_db *db, struct pl_err *err)
{
	return run_sql(db, "COMMIT", err);
}

static void roll_back_transaction(struct pl_db *db)
{
	/* After some errors (full disk, I/O) SQLite has rolled back by itself. */
	if (!sqlite3_get_autocommit(db->conn))
		sqlite3_exec(db->conn, "ROLLBACK", NULL, NULL, NULL);
}

static int prepare_statement(struct pl_db *db, const char *sql, void **ret, struct pl_err *err)
{
	sqlite3_stmt *st;
	int code = sqlite3_prepare_v3(db->conn, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL);
	if (code != SQLITE_OK)
		return pl_sqlite_fail(db, code, err);
	*ret = st;
	return 0;
}

static void finalize_statement(struct pl_db *db, void *stmt)
{
	(void)db;
	sqlite3_finalize(stmt);
}

/* SQLite numbers $N by first appearance, PostgreSQL by N: ours is N. */
static int parameter(void *stmt, int i)
{
	char name[16];
	snprintf(name, sizeof(name), "$%d", i);
	int at = sqlite3_bind_parameter_index(stmt, name);
	assert(at > 0);
	return at;
}

static int bind_parameter(struct pl_db *db, void *stmt, int i, const struct pl_db_value *v,
			  struct pl_err *err)
{
	int at = parameter(stmt, i), code = SQLITE_OK;
	switch (v->type) {
	case PL_DB_NULL:
		code = sqlite3_bind_null(stmt, at);
		break;
	case PL_DB_I64:
	case PL_DB_BOOL: /* it has no booleans but 0 and 1 */
		code = sqlite3_bind_int64(stmt, at, v->i64);
		break;
	case PL_DB_TEXT:
		code = sqlite3_bind_text64(stmt, at, v->bytes.p, v->bytes.n, SQLITE_STATIC,
					   SQLITE_UTF8);
		break;
	case PL_DB_BLOB:
		code = sqlite3_bind_blob64(stmt, at, v->bytes.p, v->bytes.n, SQLITE_STATIC);
		break;
	}
	return code == SQLITE_OK ? 0 : pl_sqlite_fail(db, code, err);
}

static int step_statement(struct pl_db *db, void *stmt, struct pl_err *err)
{
	int code = sqlite3_step(stmt);
	if (code == SQLITE_ROW)
		return 1;
	int rc = code == SQLITE_DONE ? 0 : pl_sqlite_fail(db, code, err);
	sqlite3_reset(stmt);
	return rc;
}

static void reset_statement(struct pl_db *db, void *stmt)
{
	(void)db;
	sqlite3_reset(stmt); /* its result repeats the last step's error, reported there */
	sqlite3_clear_bindings(stmt);
}

static int read_column(struct pl_db *db, void *stmt, int col, enum pl_db_type type,
		       struct pl_db_value *ret, struct pl_err *err)
{
	*ret = (struct pl_db_value){.type = PL_DB_NULL};
	if (sqlite3_column_type(stmt, col) == SQLITE_NULL)
		return 0;
	if (type == PL_DB_I64 || type == PL_DB_BOOL) {
		*ret = (struct pl_db_value){.type = type, .i64 = sqlite3_column_int64(stmt, col)};
		return 0;
	}
	const void *p = type == PL_DB_TEXT ? (const void *)sqlite3_column_text(stmt, col)
					   : sqlite3_column_blob(stmt, col);
	int n = sqlite3_column_bytes(stmt, col);
	/* An empty blob has no address either. */
	if (!p && sqlite3_errcode(db->conn) == SQLITE_NOMEM)
		return pl_sqlite_fail(db, SQLITE_NOMEM, err);
	*ret = (struct pl_db_value){.type = type,
				    .bytes = {p ? p : "", p && n > 0 ? (size_t)n : 0}};
	return 0;
}

const struct pl_db_driver pl_db_sqlite = {
	.scheme = NULL,
	/* STRICT: a column holds what its type says. */
	.words = {.id = "INTEGER PRIMARY KEY",
		  .i64 = "INTEGER",
		  .boolean = "INTEGER",
		  .text = "TEXT",
		  .blob = "BLOB",
		  .table = "STRICT",
		  .keyed = "STRICT, WITHOUT ROWID"},
	.open = pl_sqlite_open,
	.prepare_ours = pl_sqlite_prepare_ours,
	.close = close_file,
	.marks_read = read_marks,
	.marks_write = write_marks,
	.exec = run_sql,
	.begin = begin_transaction,
	.commit = commit_transaction,
	.rollback = roll_back_transaction,
	.prepare = prepare_statement,
	.finalize = finalize_statement,
	.bind = bind_parameter,
	.step = step_statement,
	.reset = reset_statement,
	.column = read_column,
};
