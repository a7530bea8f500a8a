// SPDX-License-Identifier: Apache-2.0
/* Databases that people have: opened, brought to today's schema, and read as before. */
#include "base/file.h"
#include "inventory/inventory_int.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#define FORMER "tests/unit/inventory/schema-2.sql"

struct fixture {
	struct pl_env env;
	char dir[32], *path;
};

static int setup(void **state)
{
	struct fixture *f = pl_xcalloc(1, sizeof(*f));
	pl_env_init(&f->env);
	memcpy(f->dir, "/tmp/inv-test-XXXXXX", 21);
	if (!mkdtemp(f->dir))
		return -1;
	f->path = pl_xprintf("%s/i.db", f->dir);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	unlink(f->path);
	rmdir(f->dir);
	free(f->path);
	free(f);
	return 0;
}

/* The former database at f->path, and what `after` makes of it. */
static void restore(struct fixture *f, const char *after)
{
	struct pl_err err = {0};
	PL_AUTO(buf) sql = {0};
	sqlite3 *db;
	assert_int_equal(pl_file_read(FORMER, 1 << 20, &sql, &err), 0);
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql.p, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, after, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void read_schema(struct pl_inv *inv, struct pl_buf *ret)
{
	struct pl_err err = {0};
	PL_AUTO(stmt) q = pl_db_query(inv->db, "SELECT name, sql FROM sqlite_schema ORDER BY name");
	while (pl_stmt_step(&q, &err) == 1) {
		pl_buf_addstr(ret, pl_stmt_col_text(&q, 0));
		pl_buf_addc(ret, ' ');
		pl_buf_addstr(ret, pl_stmt_col_text(&q, 1));
		pl_buf_addc(ret, '\n');
	}
}

/* A new database and one that was migrated are the same. */
static void check_schema(struct fixture *f, struct pl_inv *inv)
{
	struct pl_err err = {0};
	PL_AUTO(buf) is = {0};
	PL_AUTO(buf) want = {0};
	PL_AUTO_FREE(inv) fresh = NULL;
	PL_AUTOFREE char *path = pl_xprintf("%s/new.db", f->dir);
	assert_int_equal(pl_inv_open(&f->env, path, &fresh, &err), 0);
	read_schema(inv, &is);
	read_schema(fresh, &want);
	assert_true(want.n > 2000);
	assert_string_equal(is.p, want.p);
	unlink(path);
}

/* What the former program answered. */
static void check_answers(struct pl_inv *inv)
{
	struct pl_err err = {0};
	PL_AUTO(arena) a = {0};
	struct pl_inv_images v;
	struct pl_inv_package *p;
	size_t n;
	assert_int_equal(pl_inv_images_list(inv, &a, &v, &err), 0);
	assert_int_equal(v.n, 3);
	assert_string_equal(v.v[0].name, "app:1");
	assert_string_equal(v.v[0].etag, "7a7e05d82854d32178f479292b1130e1");
	assert_true(v.v[0].behind);
	assert_string_equal(v.v[1].name, "late:1");
	assert_false(v.v[1].has_base_digest);
	assert_string_equal(v.v[2].name, "reg.example.org:5000/team/base:1");
	assert_string_equal(v.v[2].etag, "b1ae1d5df4ca99029b66949e5b53cd25");
	assert_int_equal(pl_inv_children(inv, &a, PL_STR("reg.example.org:5000/team/base:1"), true,
					 &v, &err),
			 0);
	assert_int_equal(v.n, 1);
	assert_string_equal(v.v[0].name, "app:1");
	assert_int_equal(v.v[0].wave, 1);
	assert_int_equal(pl_inv_image_packages(inv, &a, PL_STR("app:1"), true, &p, &n, &err), 0);
	assert_int_equal(n, 2);
	assert_string_equal(p[0].name, "curl");
	assert_string_equal(p[1].version, "3.0.1-1");
}

static void version_2(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	PL_AUTO_FREE(inv) inv = NULL;
	restore(f, "");
	assert_int_equal(pl_inv_open(&f->env, f->path, &inv, &err), 0);
	check_schema(f, inv);
	check_answers(inv);
}

static void version_1(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	PL_AUTO_FREE(inv) inv = NULL;
	restore(f, "DROP TABLE layers; PRAGMA user_version = 1");
	assert_int_equal(pl_inv_open(&f->env, f->path, &inv, &err), 0);
	check_schema(f, inv);
	check_answers(inv);
}

/* A digest that is none: said as what it is, by whatever reads it. */
static void damaged_record(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	PL_AUTO_FREE(inv) inv = NULL;
	PL_AUTO(arena) a = {0};
	struct pl_inv_images v;
	struct pl_inv_image i;
	restore(f, "UPDATE content SET digest = x'00' WHERE id = 3");
	assert_int_equal(pl_inv_open(&f->env, f->path, &inv, &err), 0);
	assert_int_equal(pl_inv_image_get(inv, &a, PL_STR("app:1"), &i, &err), 0);
	assert_int_equal(
		pl_inv_image_get(inv, &a, PL_STR("reg.example.org:5000/team/base:1"), &i, &err),
		-PL_DAMAGED);
	assert_int_equal(pl_inv_images_list(inv, &a, &v, &err), -PL_DAMAGED);
	assert_non_null(strstr(err.msg, f->path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(version_2, setup, teardown),
		cmocka_unit_test_setup_teardown(version_1, setup, teardown),
		cmocka_unit_test_setup_teardown(damaged_record, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
