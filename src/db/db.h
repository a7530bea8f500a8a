// SPDX-License-Identifier: Apache-2.0
/*
 * A relational database behind one small interface. SQLite is the driver; the interface holds
 * nothing of SQLite's, so that PostgreSQL fits behind it: parameters are $1, $2, ... in both, keys
 * come back by RETURNING, and no SQL text is ever made from input (statements are literals and are
 * cached by their address). Ownership: as each function says. Thread rule: one struct pl_db per
 * thread at a time. Limits: one row's value up to 16 MiB.
 */
#pragma once

#include "base/env.h"

struct pl_db;

/* A step of the schema's history: SQL literals, run in order, each in one transaction. */
struct pl_db_schema {
	uint32_t application_id;  /* refuses another program's database; never 0 */
	const char *what;         /* "inventory": names it in errors */
	const char *const *steps; /* step i leads from version i to i + 1 */
	size_t n_steps;
};

/*
 * Opens (creating file and folders) and migrates. Errors: PL_INPUT for a damaged, foreign or newer
 * file or one on a network file system, each with what to do; PL_BUSY when somebody else holds it
 * for 5 s; PL_SYS with the system's cause.
 */
int pl_db_open(const struct pl_env *env, const char *path, const struct pl_db_schema *schema,
	       struct pl_db **ret, struct pl_err *err) PL_MUST_USE;
void pl_db_free(struct pl_db *db);
PL_DEFINE_FREEP(db)
const char *pl_db_path(const struct pl_db *db);

/* Runs a literal of one or more statements without parameters and results. */
int pl_db_exec(struct pl_db *db, const char *sql, struct pl_err *err) PL_MUST_USE;

/* A prepared statement in use: PL_AUTO(stmt) q = {0}; it goes back to the cache at scope end. The
 * same literal must not be in use twice at once. */
struct pl_stmt {
	struct pl_db *db;
	void *handle;
	int failed; /* driver's code of a failed bind, reported by the next step */
};
int pl_db_query(struct pl_db *db, const char *sql, struct pl_stmt *ret,
		struct pl_err *err) PL_MUST_USE;
void pl_stmt_done(struct pl_stmt *q);
/* Parameters from 1; text and blobs are borrowed until the statement is done or bound again. */
void pl_stmt_text(struct pl_stmt *q, int i, struct pl_str s);         /* s.p == NULL binds NULL */
void pl_stmt_blob(struct pl_stmt *q, int i, const void *p, size_t n); /* p == NULL binds NULL */
void pl_stmt_i64(struct pl_stmt *q, int i, int64_t v);
void pl_stmt_null(struct pl_stmt *q, int i);
/* 1: a row; 0: done (and ready to be bound again); negative: error. */
int pl_stmt_step(struct pl_stmt *q, struct pl_err *err) PL_MUST_USE;
/* A step that must yield no row. */
int pl_stmt_run(struct pl_stmt *q, struct pl_err *err) PL_MUST_USE;
/* Columns of the current row, from 0; valid until the next step. NULL is {NULL,0} and 0. */
struct pl_str pl_stmt_col_text(struct pl_stmt *q, int col);
struct pl_str pl_stmt_col_blob(struct pl_stmt *q, int col);
int64_t pl_stmt_col_i64(struct pl_stmt *q, int col);
bool pl_stmt_col_null(struct pl_stmt *q, int col);

/* A transaction: PL_AUTO(tx) tx = {0}; rolled back at scope end unless committed. Writing ones take
 * the write lock at once (a later upgrade would fail without waiting); reading ones see one state
 * throughout. */
struct pl_tx {
	struct pl_db *db;
};
int pl_tx_write(struct pl_db *db, struct pl_tx *ret, struct pl_err *err) PL_MUST_USE;
int pl_tx_read(struct pl_db *db, struct pl_tx *ret, struct pl_err *err) PL_MUST_USE;
int pl_tx_commit(struct pl_tx *tx, struct pl_err *err) PL_MUST_USE;
void pl_tx_done(struct pl_tx *tx);
