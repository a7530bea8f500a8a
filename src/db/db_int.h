// SPDX-License-Identifier: Apache-2.0
/*
 * What a database driver is. A new one is one file that defines a struct pl_db_driver, its
 * declaration at the end of this header, and its line in the table of db.c. The common part (db.c,
 * stmt.c) owns the cache of statements, sticky errors, transactions that run again, and the
 * schema's history; a driver owns its connection and speaks one database's language. Thread rule:
 * one connection is used by one thread at a time; drivers hold no state outside of it.
 */
#pragma once

#include "base/map.h"
#include "db/db.h"

struct pl_db {
	const struct pl_db_driver *driver;
	void *conn;          /* the driver's own; NULL while not open */
	char *path;          /* for messages; a driver whose address holds a password shortens it */
	const char *what;    /* the schema's */
	struct pl_map cache; /* struct pl_db_cached by the address of its SQL */
	bool in_tx;
	bool collided;     /* set by the driver: the transaction failed for another one's sake */
	bool keep_nothing; /* this transaction is rolled back although it succeeded */
};

/* A value on its way to or from the database. */
enum pl_db_type { PL_DB_NULL, PL_DB_I64, PL_DB_BOOL, PL_DB_TEXT, PL_DB_BLOB };
struct pl_db_value {
	enum pl_db_type type;
	int64_t i64;         /* I64; 0 or 1 of BOOL */
	struct pl_str bytes; /* TEXT, BLOB; p is never NULL */
};

/* What a database says of itself. */
struct pl_db_marks {
	bool empty;              /* nobody has put anything into it yet */
	uint32_t application_id; /* whose it is */
	int64_t version;         /* steps of the schema's history it has behind it */
};

/*
 * The table of one driver. Every function that takes an err returns 0 (or what it says), or fails
 * with a text that names db->path and what to do: PL_BUSY when another process holds the database
 * for longer than one waits, PL_DAMAGED, PL_SYS with errno where the system is the cause, PL_AUTH
 * and PL_REMOTE from a server, PL_LIMIT for a value too large, else PL_FAILURE.
 */
struct pl_db_driver {
	/* "postgresql://": what the paths begin with that this driver opens. NULL: those without
	 * "://", a file's. */
	const char *scheme;

	/* For {id} and so on in a schema's steps, as db.h explains them. */
	struct pl_db_words {
		const char *id, *i64, *boolean, *text, *blob, *table, *keyed;
	} words;

	/*
	 * Connects to db->path and sets db->conn; what is not there is created. Must not change
	 * what another program may have put there: that is refused only afterwards, by its marks.
	 * db->conn may be set on failure too; close is called then.
	 */
	int (*open)(const struct pl_env *env, struct pl_db *db, struct pl_err *err);

	/*
	 * Called once after open, when the marks have shown that the database is ours or empty:
	 * checks and settings that may write. Reads nothing of the schema.
	 */
	int (*prepare_ours)(struct pl_db *db, struct pl_err *err);

	/* Frees db->conn (all statements are finalized, no transaction is open); NULL is fine. */
	void (*close)(struct pl_db *db);

	/* Reads the marks, in the transaction that is open, if one is. Writes them, in it. */
	int (*marks_read)(struct pl_db *db, struct pl_db_marks *ret, struct pl_err *err);
	int (*marks_write)(struct pl_db *db, const struct pl_db_marks *m, struct pl_err *err);

	/* Runs one or more statements without parameters and results. */
	int (*exec)(struct pl_db *db, const char *sql, struct pl_err *err);

	/*
	 * Begins a transaction. A writing one takes what it needs for that at once where the
	 * database locks (a later upgrade would fail without waiting); a reading one sees one state
	 * throughout. Commits it; after a failed commit it is still to be rolled back. Ends it
	 * without a trace; fine also when the database has ended it by itself, cannot fail.
	 */
	int (*begin)(struct pl_db *db, bool write, struct pl_err *err);
	int (*commit)(struct pl_db *db, struct pl_err *err);
	void (*rollback)(struct pl_db *db);

	/*
	 * Makes a statement of one SQL literal; *ret is the driver's own and lives until finalize,
	 * over any number of executions. Parameters are known by the number behind their '$', may
	 * stand in any order and more than once.
	 */
	int (*prepare)(struct pl_db *db, const char *sql, void **ret, struct pl_err *err);
	void (*finalize)(struct pl_db *db, void *stmt);

	/* Sets parameter i, from 1. v's bytes are borrowed until the next reset. */
	int (*bind)(struct pl_db *db, void *stmt, int i, const struct pl_db_value *v,
		    struct pl_err *err);

	/*
	 * 1: a row is there; 0: there is none (any more), and the statement can be bound (what is
	 * not bound anew keeps its value) and stepped again; negative: it failed, same state. When
	 * the cause is another transaction that made this one impossible (SQLSTATE 40001, 40P01),
	 * exec, step and commit also set db->collided.
	 */
	int (*step)(struct pl_db *db, void *stmt, struct pl_err *err);

	/* Ends the execution, if there is one, and makes every parameter NULL. */
	void (*reset)(struct pl_db *db, void *stmt);

	/*
	 * Column col, from 0, of the row of the last step, into *ret as `type` (I64, BOOL, TEXT or
	 * BLOB; it is the type of the expression), or as PL_DB_NULL, also when there is no row.
	 * Bytes live until the next step or reset. Fails for want of memory.
	 */
	int (*column)(struct pl_db *db, void *stmt, int col, enum pl_db_type type,
		      struct pl_db_value *ret, struct pl_err *err);
};

/* Opens with this driver, whatever the path says. */
int pl_db_open_with(const struct pl_db_driver *driver, const struct pl_env *env, const char *path,
		    const struct pl_db_schema *schema, struct pl_db **ret,
		    struct pl_err *err) PL_MUST_USE;
/* Runs one or more statements without parameters and results; a literal, or made of literals. */
int pl_db_exec(struct pl_db *db, const char *sql, struct pl_err *err) PL_MUST_USE;
/* stmt.c: frees every statement of the cache. */
void pl_db_cache_done(struct pl_db *db);

extern const struct pl_db_driver pl_db_sqlite;
