// SPDX-License-Identifier: Apache-2.0
/*
 * A database under failing files and failing memory: for N = 1, 2, ... the Nth call fails, until a
 * run ends without meeting it. After each: an error that says what and where, no leak, a database
 * that is whole and as before the run or as after it, and a next run that succeeds.
 */
#include "base/file.h"
#include "db/db_int.h"
#include "faulty_sqlite.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const steps[] = {
	"CREATE TABLE t (k {id}, s {text} NOT NULL, UNIQUE (s)) {table}",
	"CREATE TABLE u (k {i64} REFERENCES t) {table}; INSERT INTO t (s) VALUES ('two')",
};
static const struct pl_db_schema old_schema = {7, "test", steps, 1}, schema = {7, "test", steps, 2};

#define BEFORE "1"
#define AFTER "2:new,two,"

/* Each run's transaction writes more than one page. */
static int write_rows(struct pl_db *db, void *ctx, struct pl_err *err)
{
	static char big[20000];
	(void)ctx;
	PL_AUTO(stmt) find = pl_db_query(db, "SELECT k FROM t WHERE s = 'new'");
	int rc = pl_stmt_step(&find, err);
	if (rc != 0)
		return rc;
	PL_AUTO(stmt) put = pl_db_query(db, "INSERT INTO t (s) VALUES ($1) RETURNING k");
	PL_AUTO(stmt) drop = pl_db_query(db, "DELETE FROM t WHERE s = $1");
	PL_AUTO(stmt) ref = pl_db_query(db, "INSERT INTO u (k) VALUES ($1)");
	memset(big, 'x', sizeof(big));
	for (int i = 0; i < 2; i++) {
		struct pl_str s = i ? PL_STR("new") : (struct pl_str){big, sizeof(big)};
		pl_stmt_text(&put, 1, s);
		rc = pl_stmt_step(&put, err);
		if (rc < 0)
			return rc;
		int64_t k = pl_stmt_col_i64(&put, 0);
		rc = pl_stmt_step(&put, err);
		if (rc < 0)
			return rc;
		pl_stmt_text(&drop, 1, s);
		pl_stmt_i64(&ref, 1, k);
		rc = i ? pl_stmt_run(&ref, err) : pl_stmt_run(&drop, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Opens, migrates, writes, reads. */
static int work(const struct pl_env *env, const char *path, struct pl_err *err)
{
	PL_AUTO_FREE(db) db = NULL;
	PL_AUTO(tx) tx = {0};
	int rc = pl_db_open(env, path, &schema, &db, err);
	if (rc == 0)
		rc = pl_db_write(db, write_rows, NULL, err);
	if (rc >= 0)
		rc = pl_tx_read(db, &tx, err);
	if (rc < 0)
		return rc;
	PL_AUTO(stmt) q = pl_db_query(db, "SELECT s FROM t ORDER BY s");
	unsigned n = 0;
	while ((rc = pl_stmt_step(&q, err)) == 1) {
		struct pl_str s = pl_stmt_col_text(&q, 0);
		if (s.p)
			assert_true(pl_str_is(s, n ? "two" : "new"));
		n++;
	}
	if (rc == 0)
		assert_int_equal(n, 2);
	return rc;
}

/* The state by other means: whole, and what is in it. */
static char *look(const char *path)
{
	PL_AUTO(buf) b = {0};
	sqlite3 *db;
	sqlite3_stmt *q;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &q, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(q, 0), "ok");
	sqlite3_finalize(q);
	assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &q, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	pl_buf_addf(&b, "%d", sqlite3_column_int(q, 0));
	sqlite3_finalize(q);
	if (!pl_str_is(pl_buf_str(&b), "0")) {
		assert_int_equal(sqlite3_prepare_v2(db, "SELECT s FROM t ORDER BY s", -1, &q, NULL),
				 SQLITE_OK);
		while (sqlite3_step(q) == SQLITE_ROW)
			pl_buf_addf(&b, "%s%s,", strchr(b.p, ':') ? "" : ":",
				    (const char *)sqlite3_column_text(q, 0));
		sqlite3_finalize(q);
	}
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return pl_buf_take(&b);
}

static void drop(const char *dir, const char *path)
{
	static const char *const tails[] = {"", "-wal", "-shm", "-journal"};
	for (size_t i = 0; i < PL_COUNT(tails); i++) {
		PL_AUTOFREE char *p = pl_xprintf("%s%s", path, tails[i]);
		unlink(p);
	}
	assert_int_equal(rmdir(dir), 0);
}

/* The codes that the header names for what can happen here. */
static void check_error(int rc, const struct pl_err *err, const char *path, unsigned n)
{
	if (rc != -(int)err->code ||
	    (err->code != PL_SYS && err->code != PL_FAILURE && err->code != PL_DAMAGED) ||
	    !strstr(err->msg, path))
		fail_msg("call %u: %d %s", n, rc, err->msg);
}

/* True while there is an Nth call. from_old: an existing database of version 1, else none. */
static bool fail_nth(enum faulty_kind kind, unsigned n, bool for_good, bool from_old)
{
	struct pl_env env;
	struct pl_err err = {0};
	char dir[] = "/tmp/plimsoll-fault-XXXXXX";
	pl_env_init(&env);
	assert_non_null(mkdtemp(dir));
	PL_AUTOFREE char *path = pl_xprintf("%s/t.db", dir);
	if (from_old) {
		PL_AUTO_FREE(db) db = NULL;
		assert_int_equal(pl_db_open(&env, path, &old_schema, &db, &err), 0);
	}
	int64_t memory = sqlite3_memory_used();
	faulty_arm(kind, n, for_good);
	int rc = work(&env, path, &err);
	bool fired = faulty_disarm();
	assert_int_equal(sqlite3_memory_used(), memory);
	if (rc < 0 && !fired)
		fail_msg("no fault, yet: %s", err.msg);
	if (rc < 0)
		check_error(rc, &err, path, n);
	PL_AUTOFREE char *is = look(path);
	/* Opening and writing are two transactions. */
	if (strcmp(is, AFTER) != 0 &&
	    (rc >= 0 || (strcmp(is, from_old ? BEFORE : "0") != 0 && strcmp(is, "2:two,") != 0)))
		fail_msg("call %u: %d, and the database is '%s'", n, rc, is);
	if (work(&env, path, &err) < 0)
		fail_msg("the run after call %u failed: %s", n, err.msg);
	PL_AUTOFREE char *then = look(path);
	assert_string_equal(then, AFTER);
	drop(dir, path);
	return fired;
}

static void fail_each(enum faulty_kind kind, bool for_good, bool from_old, unsigned at_least)
{
	unsigned n = 1;
	while (fail_nth(kind, n, for_good, from_old))
		n++;
	print_message("%u calls failed one by one\n", n - 1);
	assert_true(n > at_least); /* a loop over nothing proves nothing */
}

static void test_io(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++)
		fail_each(FAULTY_IO, i & 1, i & 2, 30);
}

static void test_full(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++)
		fail_each(FAULTY_FULL, i & 1, i & 2, 15);
}

static void test_memory(void **state)
{
	(void)state;
	fail_each(FAULTY_MEMORY, false, false, 150);
	fail_each(FAULTY_MEMORY, true, true, 150);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_io),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_memory),
	};
	faulty_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
