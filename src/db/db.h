// SPDX-License-Identifier: Apache-2.0
/*
 * A relational database behind one small interface: statements with sticky errors, transactions
 * that may run again, and a schema's history. Which database it is, a driver says (db_int.h);
 * SQLite is the one there is. The SQL is what drivers share: parameters are $1, $2, ..., keys come
 * back by RETURNING, a test for NULL names the type (CAST($1 AS TEXT) IS NULL), truth is TRUE and
 * FALSE, and no SQL text is ever made from input. Ownership: as each function says. Thread rule:
 * one struct pl_db per thread at a time. Limits: one row's value up to 16 MiB.
 */
#pragma once

#include "base/digest.h"
#include "base/env.h"

struct pl_db;

/*
 * A step of the schema's history: SQL literals, run in order, each in one transaction. In them a
 * driver replaces
 *   {id}      the type of a key that the database gives: a 64-bit number, the primary key
 *   {i64} {bool} {text} {blob}   a column's type; text compares by its bytes
 *   {table}   what stands behind the columns of a table
 *   {keyed}   the same for a table that is only ever found by its primary key
 */
struct pl_db_schema {
	uint32_t application_id;  /* refuses another program's database; never 0 */
	const char *what;         /* "inventory": names it in errors */
	const char *const *steps; /* step i leads from version i to i + 1 */
	size_t n_steps;
};

/*
 * Opens (creating file and directories) and migrates. path: a file's, or ADDRESS:// as a driver
 * takes it. Errors: PL_USAGE for an address that no driver takes; PL_DAMAGED; PL_INPUT for a
 * foreign or newer file or one on a network file system, each with what to do; PL_BUSY when
 * somebody else holds it for 5 s; PL_SYS with the system's cause.
 */
int pl_db_open(const struct pl_env *env, const char *path, const struct pl_db_schema *schema,
	       struct pl_db **ret, struct pl_err *err) PL_MUST_USE;
void pl_db_free(struct pl_db *db);
PL_DEFINE_FREEP(db)
const char *pl_db_path(const struct pl_db *db);

/*
 * A prepared statement in use: PL_AUTO(stmt) q = pl_db_query(db, "..."); it goes back to the cache
 * at scope end. Its errors are sticky: what failed in preparing, binding or reading a column is
 * reported by the next step, run or check, so nobody asks in between.
 */
struct pl_stmt {
	struct pl_db *db;
	struct pl_db_cached *cached; /* NULL when preparing failed */
	struct pl_err *failed;       /* owned; NULL as long as all went well */
};
/* sql: a literal, known again by its address; the same one must not be in use twice at once. */
struct pl_stmt pl_db_query(struct pl_db *db, const char *sql) PL_MUST_USE;
void pl_stmt_done(struct pl_stmt *q);
/* Parameters from 1; text and blobs are borrowed until the statement is done or bound again. What
 * is never bound is NULL. */
void pl_stmt_text(struct pl_stmt *q, int i, struct pl_str s);         /* s.p == NULL binds NULL */
void pl_stmt_blob(struct pl_stmt *q, int i, const void *p, size_t n); /* p == NULL binds NULL */
void pl_stmt_digest(struct pl_stmt *q, int i, const struct pl_digest *d); /* NULL binds NULL */
void pl_stmt_i64(struct pl_stmt *q, int i, int64_t v);
void pl_stmt_key(struct pl_stmt *q, int i, int64_t id); /* 0, no row, binds NULL */
void pl_stmt_bool(struct pl_stmt *q, int i, bool v);
/* 1: a row; 0: done (and ready to be bound again); negative: error. */
int pl_stmt_step(struct pl_stmt *q, struct pl_err *err) PL_MUST_USE;
/* A step that must yield no row. */
int pl_stmt_run(struct pl_stmt *q, struct pl_err *err) PL_MUST_USE;
/* The error of what was bound or read since the last step, 0 if there is none. */
int pl_stmt_check(const struct pl_stmt *q, struct pl_err *err) PL_MUST_USE;
/* Columns of the current row, from 0, valid until the next step; each is read as the type it has.
 * NULL is {NULL,0}, 0 and false. */
struct pl_str pl_stmt_col_text(struct pl_stmt *q, int col);
struct pl_str pl_stmt_col_blob(struct pl_stmt *q, int col);
int64_t pl_stmt_col_i64(struct pl_stmt *q, int col);
bool pl_stmt_col_bool(struct pl_stmt *q, int col);
bool pl_stmt_col_null(struct pl_stmt *q, int col);
/* Into *ret: true; NULL leaves it: false. Any other length is PL_DAMAGED, sticky. */
bool pl_stmt_col_digest(struct pl_stmt *q, int col, struct pl_digest *ret);

/*
 * Runs fn in a transaction that writes, and commits it when fn returns 0 or more, which is then the
 * result. When fn or the commit fails, everything is rolled back and the error is the result, but
 * for one thing: where the driver says that the transaction came into another one's way (a
 * serialization failure), fn is run again, up to PL_DB_TRIES times in all. So fn must be
 * re-runnable: it begins from what ctx held at first, leaves nothing half done outside of the
 * database (what it takes from an arena may stay), and fills its outputs only when it succeeds.
 */
#define PL_DB_TRIES 10
typedef int pl_db_write_fn(struct pl_db *db, void *ctx, struct pl_err *err);
int pl_db_write(struct pl_db *db, pl_db_write_fn *fn, void *ctx, struct pl_err *err) PL_MUST_USE;
/* Called by an fn that found all as it should be: roll back rather than commit, although fn
 * succeeds. Saves the disk the wait. */
void pl_db_keep_nothing(struct pl_db *db);

/* Reading ones see one state throughout: PL_AUTO(tx) tx = {0}; ends at scope end. */
struct pl_tx {
	struct pl_db *db;
};
int pl_tx_read(struct pl_db *db, struct pl_tx *ret, struct pl_err *err) PL_MUST_USE;
void pl_tx_done(struct pl_tx *tx);
