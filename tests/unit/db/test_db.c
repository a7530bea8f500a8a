// SPDX-License-Identifier: Apache-2.0
/* What is common to all drivers, by a double: SQLite's driver with one operation replaced. */
#include "base/file.h"
#include "db/db_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const steps[] = {
	"CREATE TABLE t (k {id}, n {i64}, yes {bool}, s {text} NOT NULL, b {blob}) {table};"
	"CREATE TABLE u (s {text}, k {i64}, PRIMARY KEY (s, k)) {keyed}"};
static const struct pl_db_schema schema = {7, "test", steps, 1};

struct fixture {
	struct pl_env env;
	char dir[32], *path;
	struct pl_db_driver driver;
	struct pl_db *db;
};

static int setup(void **state)
{
	struct fixture *f = pl_xcalloc(1, sizeof(*f));
	struct pl_err err = {0};
	pl_env_init(&f->env);
	memcpy(f->dir, "/tmp/db-test-XXXXXX", 20);
	if (!mkdtemp(f->dir))
		return -1;
	f->path = pl_xprintf("%s/t.db", f->dir);
	f->driver = pl_db_sqlite;
	*state = f;
	return pl_db_open_with(&f->driver, &f->env, f->path, &schema, &f->db, &err);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	pl_db_free(f->db);
	unlink(f->path);
	rmdir(f->dir);
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

/* ---- transactions that come into each other's way ---- */

static unsigned collisions; /* how many are still to come */

static int collide(struct pl_db *db, struct pl_err *err)
{
	collisions--;
	db->collided = true;
	return pl_fail(err, PL_BUSY, "somebody else was faster");
}

static int colliding_commit(struct pl_db *db, struct pl_err *err)
{
	return collisions ? collide(db, err) : pl_db_sqlite.commit(db, err);
}

static int colliding_step(struct pl_db *db, void *stmt, struct pl_err *err)
{
	return collisions ? collide(db, err) : pl_db_sqlite.step(db, stmt, err);
}

struct adding {
	unsigned runs;
	const char *text;
};

static int add_row(struct pl_db *db, void *ctx, struct pl_err *err)
{
	struct adding *a = ctx;
	a->runs++;
	PL_AUTO(stmt) q = pl_db_query(db, "INSERT INTO t (s) VALUES ($1) RETURNING k");
	pl_stmt_text(&q, 1, pl_str_of(a->text));
	int rc = pl_stmt_step(&q, err);
	return rc < 0 ? rc : (int)pl_stmt_col_i64(&q, 0);
}

static void write_runs_again(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	struct adding a = {0, "commit"};

	f->driver.commit = colliding_commit;
	collisions = 2;
	assert_int_equal(pl_db_write(f->db, add_row, &a, &err), 1);
	assert_int_equal(a.runs, 3);
	assert_int_equal(number(f->db, "SELECT count(*) FROM t"), 1);

	f->driver.commit = pl_db_sqlite.commit;
	f->driver.step = colliding_step;
	a = (struct adding){0, "step"};
	collisions = 2;
	assert_int_equal(pl_db_write(f->db, add_row, &a, &err), 2);
	assert_int_equal(a.runs, 3);
	assert_int_equal(number(f->db, "SELECT count(*) FROM t"), 2);
}

static void write_gives_up(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	struct adding a = {0, "never"};
	f->driver.commit = colliding_commit;
	collisions = 1000;
	assert_int_equal(pl_db_write(f->db, add_row, &a, &err), -PL_BUSY);
	assert_int_equal(a.runs, PL_DB_TRIES);
	assert_string_equal(err.msg, "somebody else was faster");
	collisions = 0;
	assert_int_equal(number(f->db, "SELECT count(*) FROM t"), 0);
}

/* Any other failure is the end of it. */
static void write_fails_once(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	struct adding a = {0, NULL};
	assert_int_equal(pl_db_write(f->db, add_row, &a, &err), -PL_FAILURE);
	assert_int_equal(a.runs, 1);
	assert_non_null(strstr(err.msg, "NOT NULL"));
}

/* ---- sticky errors ---- */

static void sticky_prepare(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	for (int i = 0; i < 2; i++) {
		PL_AUTO(stmt) q = pl_db_query(f->db, "SELECT x FROM nowhere WHERE a = $1");
		pl_stmt_text(&q, 1, PL_STR("x"));
		pl_stmt_bool(&q, 77, true);
		assert_null(pl_stmt_col_text(&q, 0).p);
		assert_int_equal(pl_stmt_check(&q, &err), -PL_FAILURE);
		assert_int_equal(pl_stmt_step(&q, &err), -PL_FAILURE);
		assert_int_equal(pl_stmt_run(&q, &err), -PL_FAILURE);
		assert_non_null(strstr(err.msg, "nowhere"));
		assert_non_null(strstr(err.msg, f->path));
	}
}

static int failing_bind(struct pl_db *db, void *stmt, int i, const struct pl_db_value *v,
			struct pl_err *err)
{
	(void)db;
	(void)stmt;
	(void)v;
	return pl_fail(err, PL_LIMIT, "parameter %d", i);
}

static void sticky_bind(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	f->driver.bind = failing_bind;
	PL_AUTO(stmt) q = pl_db_query(f->db, "SELECT $1, $2");
	pl_stmt_i64(&q, 2, 1);
	pl_stmt_i64(&q, 1, 1);
	assert_int_equal(pl_stmt_step(&q, &err), -PL_LIMIT);
	assert_string_equal(err.msg, "parameter 2"); /* the first to fail */
}

static void sticky_column(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	struct pl_digest d = {{1}}, got = {{9}};
	{
		PL_AUTO(stmt) q = pl_db_query(f->db, "SELECT $1, $2, $3");
		pl_stmt_digest(&q, 1, &d);
		pl_stmt_digest(&q, 2, NULL);
		pl_stmt_blob(&q, 3, d.b, 31);
		assert_int_equal(pl_stmt_step(&q, &err), 1);
		assert_false(pl_stmt_col_digest(&q, 1, &got)); /* NULL is no damage */
		assert_int_equal(got.b[0], 9);
		assert_true(pl_stmt_col_digest(&q, 0, &got));
		assert_true(pl_digest_eq(&got, &d));
		assert_int_equal(pl_stmt_check(&q, &err), 0);
		assert_false(pl_stmt_col_digest(&q, 2, &got));
		assert_int_equal(pl_stmt_check(&q, &err), -PL_DAMAGED);
		assert_int_equal(pl_stmt_step(&q, &err), -PL_DAMAGED);
		assert_non_null(strstr(err.msg, "31 bytes"));
	}
	/* The statement itself is as good as new. */
	PL_AUTO(stmt) q = pl_db_query(f->db, "SELECT $1, $2, $3");
	assert_int_equal(pl_stmt_step(&q, &err), 1);
	assert_true(pl_stmt_col_null(&q, 0));
	assert_int_equal(pl_stmt_step(&q, &err), 0);
}

/* ---- types ---- */

static void types(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	PL_AUTO(stmt) q = pl_db_query(f->db, "SELECT $1, NOT $1, CASE WHEN $1 THEN 7 ELSE 8 END,"
					     " CAST($2 AS TEXT) IS NULL, $3, $4, $5");
	for (int yes = 0; yes <= 1; yes++) {
		pl_stmt_bool(&q, 1, yes);
		pl_stmt_text(&q, 2, yes ? (struct pl_str){NULL, 0} : PL_STR(""));
		pl_stmt_key(&q, 3, yes);
		pl_stmt_i64(&q, 4, INT64_MIN + yes);
		pl_stmt_blob(&q, 5, "", 0);
		assert_int_equal(pl_stmt_step(&q, &err), 1);
		assert_int_equal(pl_stmt_col_bool(&q, 0), yes);
		assert_int_equal(pl_stmt_col_bool(&q, 1), !yes);
		assert_int_equal(pl_stmt_col_i64(&q, 2), yes ? 7 : 8);
		assert_int_equal(pl_stmt_col_bool(&q, 3), yes);
		assert_int_equal(pl_stmt_col_null(&q, 4), !yes);
		assert_true(pl_stmt_col_i64(&q, 5) == INT64_MIN + yes);
		assert_false(pl_stmt_col_null(&q, 6)); /* empty is not absent */
		assert_int_equal(pl_stmt_col_blob(&q, 6).n, 0);
		assert_int_equal(pl_stmt_step(&q, &err), 0);
	}
}

/* The words of a schema become SQLite's. */
static void words(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	static const char *const want[] = {
		"CREATE TABLE t (k INTEGER PRIMARY KEY, n INTEGER, yes INTEGER, s TEXT NOT NULL, b "
		"BLOB) STRICT",
		"CREATE TABLE u (s TEXT, k INTEGER, PRIMARY KEY (s, k)) STRICT, WITHOUT ROWID"};
	PL_AUTO(stmt) q = pl_db_query(f->db, "SELECT sql FROM sqlite_schema WHERE name IN ('t',"
					     " 'u') ORDER BY name");
	for (size_t i = 0; i < PL_COUNT(want); i++) {
		assert_int_equal(pl_stmt_step(&q, &err), 1);
		assert_true(pl_str_is(pl_stmt_col_text(&q, 0), want[i]));
	}
}

/* No driver takes the address, and nothing is made of it. */
static void unknown_address(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	struct pl_db *db = NULL;
	PL_AUTOFREE char *path = pl_xprintf("%s/nosql://host/t", f->dir);
	PL_AUTOFREE char *made = pl_xprintf("%s/nosql:", f->dir);
	assert_int_equal(pl_db_open(&f->env, path, &schema, &db, &err), -PL_USAGE);
	assert_non_null(strstr(err.msg, path));
	assert_null(db);
	assert_int_equal(access(made, F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(write_runs_again, setup, teardown),
		cmocka_unit_test_setup_teardown(write_gives_up, setup, teardown),
		cmocka_unit_test_setup_teardown(write_fails_once, setup, teardown),
		cmocka_unit_test_setup_teardown(sticky_prepare, setup, teardown),
		cmocka_unit_test_setup_teardown(sticky_bind, setup, teardown),
		cmocka_unit_test_setup_teardown(sticky_column, setup, teardown),
		cmocka_unit_test_setup_teardown(types, setup, teardown),
		cmocka_unit_test_setup_teardown(words, setup, teardown),
		cmocka_unit_test_setup_teardown(unknown_address, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
