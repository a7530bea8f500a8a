// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"
#include "db/db_int.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const one[] = {"CREATE TABLE t (k {id}, s {text}, b {blob}) {table}"};
static const char *const two[] = {"CREATE TABLE t (k {id}, s {text}, b {blob}) {table}",
				  "CREATE TABLE u (x {i64} REFERENCES t) {table}"};
static const struct pl_db_schema v1 = {7, "test", one, 1}, v2 = {7, "test", two, 2},
				 other = {8, "test", one, 1};

struct fixture {
	struct pl_env env;
	char dir[32], *path;
};

static int setup(void **state)
{
	struct fixture *f = pl_xcalloc(1, sizeof(*f));
	pl_env_init(&f->env);
	memcpy(f->dir, "/tmp/db-test-XXXXXX", 20);
	if (!mkdtemp(f->dir))
		return -1;
	f->path = pl_xprintf("%s/new/directory/t.db", f->dir);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	static const char *const tails[] = {"/new/directory/t.db",
					    "/new/directory/t.db-wal",
					    "/new/directory/t.db-shm",
					    "/new/directory",
					    "/new",
					    ""};
	for (size_t i = 0; i < PL_COUNT(tails); i++) {
		PL_AUTOFREE char *p = pl_xprintf("%s%s", f->dir, tails[i]);
		remove(p);
	}
	free(f->path);
	free(f);
	return 0;
}

static int64_t number(struct pl_db *db, const char *sql)
{
	struct pl_err err = {0};
	PL_AUTO(stmt) q = pl_db_query(db, sql);
	assert_int_equal(pl_stmt_step(&q, &err), 1);
	return pl_stmt_col_i64(&q, 0);
}

static void values(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	PL_AUTO_FREE(db) db = NULL;
	assert_int_equal(pl_db_open(&f->env, f->path, &v1, &db, &err), 0);
	/* Numbers of parameters count, not their order. */
	PL_AUTO(stmt) add = pl_db_query(db, "INSERT INTO t (b, s, k) VALUES ($3, $2, $1)");
	for (int i = 1; i <= 2; i++) {
		pl_stmt_i64(&add, 1, i);
		pl_stmt_text(&add, 2,
			     i == 1 ? PL_STR("'; DROP TABLE t; --") : (struct pl_str){NULL, 0});
		pl_stmt_blob(&add, 3, i == 1 ? "\0\1" : NULL, 2);
		assert_int_equal(pl_stmt_run(&add, &err), 0);
	}
	PL_AUTO(stmt) get = pl_db_query(db, "SELECT k, s, b FROM t ORDER BY k");
	assert_int_equal(pl_stmt_step(&get, &err), 1);
	assert_int_equal(pl_stmt_col_i64(&get, 0), 1);
	assert_true(pl_str_is(pl_stmt_col_text(&get, 1), "'; DROP TABLE t; --"));
	assert_true(pl_str_eq(pl_stmt_col_blob(&get, 2), PL_STR("\0\1")));
	assert_int_equal(pl_stmt_step(&get, &err), 1);
	assert_true(pl_stmt_col_null(&get, 1));
	assert_null(pl_stmt_col_blob(&get, 2).p);
	assert_int_equal(pl_stmt_step(&get, &err), 0);
	/* STRICT tables, foreign keys, uniqueness. */
	assert_true(pl_db_exec(db, "INSERT INTO t (k) VALUES (1)", &err) < 0);
	assert_true(pl_db_exec(db, "INSERT INTO t (k, s) VALUES ('x', 's')", &err) < 0);
	assert_true(pl_db_exec(db, "SELECT nonsense FROM t", &err) < 0);
	assert_non_null(strstr(err.msg, f->path));
}

static int insert_key(struct pl_db *db, void *ctx, struct pl_err *err)
{
	PL_AUTO(stmt) q = pl_db_query(db, "INSERT INTO t (k) VALUES ($1)");
	pl_stmt_i64(&q, 1, *(int64_t *)ctx);
	int rc = pl_stmt_run(&q, err);
	return rc < 0 ? rc : 5;
}

static int insert_and_fail(struct pl_db *db, void *ctx, struct pl_err *err)
{
	assert_int_equal(insert_key(db, ctx, err), 5);
	return pl_fail(err, PL_CONFLICT, "no");
}

static int insert_for_nothing(struct pl_db *db, void *ctx, struct pl_err *err)
{
	assert_int_equal(insert_key(db, ctx, err), 5);
	pl_db_keep_nothing(db);
	return 7;
}

static void transactions(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	PL_AUTO_FREE(db) db = NULL;
	assert_int_equal(pl_db_open(&f->env, f->path, &v1, &db, &err), 0);
	int64_t key = 1;
	assert_int_equal(pl_db_write(db, insert_and_fail, &key, &err), -PL_CONFLICT);
	assert_int_equal(number(db, "SELECT count(*) FROM t"), 0);
	assert_int_equal(pl_db_write(db, insert_for_nothing, &key, &err), 7);
	assert_int_equal(number(db, "SELECT count(*) FROM t"), 0);
	assert_int_equal(pl_db_write(db, insert_key, &key, &err), 5);
	assert_int_equal(number(db, "SELECT count(*) FROM t"), 1);
	/* A reading transaction sees one state throughout, whatever others write. */
	PL_AUTO_FREE(db) writer = NULL;
	assert_int_equal(pl_db_open(&f->env, f->path, &v1, &writer, &err), 0);
	PL_AUTO(tx) tx = {0};
	assert_int_equal(pl_tx_read(db, &tx, &err), 0);
	assert_int_equal(number(db, "SELECT count(*) FROM t"), 1);
	assert_int_equal(pl_db_exec(writer, "INSERT INTO t (k) VALUES (2)", &err), 0);
	assert_int_equal(number(db, "SELECT count(*) FROM t"), 1);
	pl_tx_done(&tx);
	assert_int_equal(number(db, "SELECT count(*) FROM t"), 2);
}

static void migrations(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	struct pl_db *db = NULL;
	assert_int_equal(pl_db_open(&f->env, f->path, &v1, &db, &err), 0);
	assert_int_equal(pl_db_exec(db, "INSERT INTO t (k) VALUES (5)", &err), 0);
	pl_db_free(db);
	assert_int_equal(pl_db_open(&f->env, f->path, &v2, &db, &err), 0);
	assert_int_equal(number(db, "SELECT k FROM t"), 5);
	assert_int_equal(number(db, "SELECT count(*) FROM u"), 0);
	assert_true(pl_db_exec(db, "INSERT INTO u (x) VALUES (77)", &err) <
		    0); /* foreign keys on */
	pl_db_free(db);
	db = NULL;
	assert_int_equal(pl_db_open(&f->env, f->path, &v1, &db, &err), -PL_INPUT);
	assert_non_null(strstr(err.msg, "newer"));
	assert_int_equal(pl_db_open(&f->env, f->path, &other, &db, &err), -PL_INPUT);
	assert_non_null(strstr(err.msg, "another program"));
	assert_null(db);
}

static int insert_too_much(struct pl_db *db, void *ctx, struct pl_err *err)
{
	(void)ctx;
	return pl_db_exec(db, "INSERT INTO t (b) VALUES (zeroblob(4000000))", err);
}

/* A full disk, by a file size limit: the error says so, the former state stays. */
static void full(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	struct pl_db *db = NULL;
	struct rlimit was, small;
	assert_int_equal(pl_db_open(&f->env, f->path, &v1, &db, &err), 0);
	assert_int_equal(pl_db_exec(db, "INSERT INTO t (k) VALUES (1)", &err), 0);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &was);
	small = was;
	small.rlim_cur = 1 << 20;
	setrlimit(RLIMIT_FSIZE, &small);
	int rc = pl_db_write(db, insert_too_much, NULL, &err);
	setrlimit(RLIMIT_FSIZE, &was);
	assert_int_equal(rc, -PL_SYS);
	assert_non_null(strstr(err.msg, f->path));
	assert_int_equal(number(db, "SELECT count(*) FROM t"), 1);
	assert_int_equal(pl_db_exec(db, "INSERT INTO t (k) VALUES (2)", &err), 0);
	pl_db_free(db);
	assert_int_equal(pl_db_open(&f->env, f->path, &v1, &db, &err), 0);
	assert_int_equal(pl_db_exec(db, "PRAGMA max_page_count = 20", &err), 0);
	assert_int_equal(pl_db_exec(db, "INSERT INTO t (b) VALUES (zeroblob(4000000))", &err),
			 -PL_SYS);
	assert_int_equal(err.sys, ENOSPC);
	assert_non_null(strstr(err.msg, "no space left"));
	assert_int_equal(number(db, "SELECT count(*) FROM t"), 2);
	pl_db_free(db);
	/* A place that cannot be. */
	PL_AUTOFREE char *below = pl_xprintf("%s/x.db", f->path);
	db = NULL;
	assert_true(pl_db_open(&f->env, below, &v1, &db, &err) < 0);
	assert_non_null(strstr(err.msg, f->path));
	assert_null(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(values, setup, teardown),
		cmocka_unit_test_setup_teardown(transactions, setup, teardown),
		cmocka_unit_test_setup_teardown(migrations, setup, teardown),
		cmocka_unit_test_setup_teardown(full, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
