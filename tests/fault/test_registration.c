// SPDX-License-Identifier: Apache-2.0
/*
 * Registering and deleting over a driver that fails: for N = 1, 2, ... the Nth operation of the
 * database fails, until a run ends without meeting it. A failed one changes nothing; one that
 * failed for another transaction's sake runs again by itself and ends as if nothing had been.
 */
#include "db/db_int.h"
#include "inventory/inventory_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

static struct {
	unsigned left;  /* operations until the fault; 0: none */
	unsigned times; /* how often it happens */
	bool collision; /* ... as a serialization failure */
	unsigned fired;
} fault;

static bool hits(struct pl_db *db, struct pl_err *err)
{
	if (fault.left == 0 || fault.fired == fault.times)
		return false;
	if (fault.left > 1) {
		fault.left--;
		return false;
	}
	fault.fired++;
	db->collided = fault.collision;
	(void)pl_fail(err, PL_FAILURE, "the database says no");
	return true;
}

static int failing_begin(struct pl_db *db, bool write, struct pl_err *err)
{
	return hits(db, err) ? -PL_FAILURE : pl_db_sqlite.begin(db, write, err);
}

static int failing_commit(struct pl_db *db, struct pl_err *err)
{
	return hits(db, err) ? -PL_FAILURE : pl_db_sqlite.commit(db, err);
}

static int failing_prepare(struct pl_db *db, const char *sql, void **ret, struct pl_err *err)
{
	return hits(db, err) ? -PL_FAILURE : pl_db_sqlite.prepare(db, sql, ret, err);
}

static int failing_bind(struct pl_db *db, void *stmt, int i, const struct pl_db_value *v,
			struct pl_err *err)
{
	return hits(db, err) ? -PL_FAILURE : pl_db_sqlite.bind(db, stmt, i, v, err);
}

static int failing_step(struct pl_db *db, void *stmt, struct pl_err *err)
{
	return hits(db, err) ? -PL_FAILURE : pl_db_sqlite.step(db, stmt, err);
}

static struct pl_db_driver failing; /* SQLite's, with the above */

static int64_t clock_of(void *ctx)
{
	(void)ctx;
	return 1000;
}

struct fixture {
	struct pl_env env;
	char dir[32], *path;
	struct pl_inv *inv;
};

static int setup(void **state)
{
	struct fixture *f = pl_xcalloc(1, sizeof(*f));
	struct pl_err err = {0};
	failing = pl_db_sqlite;
	failing.begin = failing_begin;
	failing.commit = failing_commit;
	failing.prepare = failing_prepare;
	failing.bind = failing_bind;
	failing.step = failing_step;
	pl_env_init(&f->env);
	f->env.now = clock_of;
	memcpy(f->dir, "/tmp/inv-test-XXXXXX", 21);
	if (!mkdtemp(f->dir))
		return -1;
	f->path = pl_xprintf("%s/i.db", f->dir);
	*state = f;
	if (pl_inv_open(&f->env, f->path, &f->inv, &err) < 0)
		return -1;
	f->inv->db->driver = &failing;
	return pl_db_exec(f->inv->db, "PRAGMA synchronous = OFF", &err);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	pl_inv_free(f->inv);
	unlink(f->path);
	rmdir(f->dir);
	free(f->path);
	free(f);
	return 0;
}

/* Every row of every table. */
static char *dump(struct pl_inv *inv)
{
	static const char *const queries[] = {
		"SELECT id || '|' || ecosystem || '|' || name || '|' || version || '|' ||"
		" architecture || '|' || source || '|' || source_version FROM package ORDER BY id",
		"SELECT id || '|' || hex(digest) FROM stage ORDER BY id",
		"SELECT stage_id || '|' || package_id FROM stage_package ORDER BY 1",
		"SELECT stage_id || '|' || name FROM stage_removed ORDER BY 1",
		"SELECT id || '|' || hex(digest) || '|' || coalesce(base, '-') || '|' ||"
		" coalesce(base_repository, '-') || '|' || coalesce(base_tag, '-') || '|' ||"
		" hex(base_digest) || '|' || coalesce(base_id, 0) || '|' || coalesce(evidence, '-')"
		" || '|' || coalesce(definition, '-') FROM content ORDER BY id",
		"SELECT content_id || '|' || platform || '|' || stage_id || '|' || hex(chain)"
		" FROM facts ORDER BY 1",
		"SELECT content_id || '|' || hex(chain) FROM layers ORDER BY 1",
		"SELECT id || '|' || repository || '|' || tag || '|' || content_id || '|' ||"
		" coalesce(main_id, 0) || '|' || since FROM name ORDER BY id",
		"SELECT id || '|' || name_id || '|' || content_id || '|' || since || '|' || until"
		" FROM former ORDER BY id",
	};
	struct pl_err err = {0};
	PL_AUTO(buf) b = {0};
	for (size_t i = 0; i < PL_COUNT(queries); i++) {
		PL_AUTO(stmt) q = pl_db_query(inv->db, queries[i]);
		int rc;
		while ((rc = pl_stmt_step(&q, &err)) == 1) {
			pl_buf_addstr(&b, pl_stmt_col_text(&q, 0));
			pl_buf_addc(&b, '\n');
		}
		if (rc < 0)
			fail_msg("%s", err.msg);
		pl_buf_adds(&b, "--\n");
	}
	return pl_buf_take(&b);
}

/* ---- a history in which every statement of registering and deleting is met ---- */

static struct pl_inv_package packages[] = {
	{.name = "libc6", .version = "2", .architecture = "amd64", .source = "glibc"},
	{.name = "perl", .version = "5", .architecture = "amd64"},
	{.name = "tzdata", .version = "9", .architecture = "all"},
};
static const char *removed[] = {"perl", "tzdata:all", NULL};
/* Names live as long as the program does. */
static struct pl_arena names;

static struct pl_ref named(const char *text)
{
	struct pl_err err = {0};
	struct pl_ref ref;
	if (pl_ref_parse_name(&names, pl_str_of(text), &ref, &err) < 0)
		fail_msg("%s", err.msg);
	return ref;
}

static struct pl_digest layers[] = {{{1}}, {{2}}, {{3}}};
static const struct pl_digest *const more_layers[] = {&layers[1]};
static const size_t more_n_layers[] = {2};

static int put(struct pl_inv *inv, const struct pl_registration *r, struct pl_err *err)
{
	return pl_inv_put(inv, r, PL_PUT_UPSERT, err);
}

static int put_waiting(struct pl_inv *inv, struct pl_err *err)
{
	return put(inv,
		   &(struct pl_registration){.name = named("waits:1"),
					     .base = named("base:1"),
					     .packages = packages,
					     .n_packages = 1,
					     .removed = removed},
		   err);
}

static int put_base(struct pl_inv *inv, struct pl_err *err)
{
	const struct pl_ref alias = named("base:1-20240102.1");
	return put(inv,
		   &(struct pl_registration){.name = named("base:1"),
					     .has_digest = true,
					     .digest = {{1}},
					     .packages = packages,
					     .n_packages = 3,
					     .aliases = &alias,
					     .n_aliases = 1,
					     .diff_ids = layers,
					     .n_diff_ids = 1,
					     .more_diff_ids = more_layers,
					     .more_n_diff_ids = more_n_layers,
					     .n_more = 1,
					     .definition = "base"},
		   err);
}

static int move_base(struct pl_inv *inv, struct pl_err *err)
{
	const struct pl_ref alias = named("base:1-20240102.1");
	return put(inv,
		   &(struct pl_registration){.name = named("base:1"),
					     .has_digest = true,
					     .digest = {{2}},
					     .packages = packages + 1,
					     .n_packages = 1,
					     .aliases = &alias,
					     .n_aliases = 1},
		   err);
}

static int correct_base(struct pl_inv *inv, struct pl_err *err)
{
	return put(inv,
		   &(struct pl_registration){.name = named("base:1"),
					     .has_digest = true,
					     .digest = {{2}},
					     .packages = packages,
					     .n_packages = 2},
		   err);
}

static int move_waiting(struct pl_inv *inv, struct pl_err *err)
{
	return put(inv,
		   &(struct pl_registration){
			   .name = named("waits:1"), .base = named("base:1"), .packages = packages},
		   err);
}

static int delete_waiting(struct pl_inv *inv, struct pl_err *err)
{
	int rc = pl_inv_delete(inv, PL_STR("waits:1"), false, err);
	return rc < 0 ? rc : 1;
}

static int (*const history[])(struct pl_inv *inv, struct pl_err *err) = {
	put_waiting, put_base, move_base, correct_base, move_waiting, delete_waiting,
};

static void arm(unsigned nth, unsigned times, bool collision)
{
	fault.left = nth;
	fault.times = times;
	fault.collision = collision;
	fault.fired = 0;
}

/* The dumps after each event of a history without faults; owned by the caller. */
static void learn(char *want[])
{
	struct pl_err err = {0};
	struct fixture *f;
	void *state;
	arm(0, 0, false);
	assert_int_equal(setup(&state), 0);
	f = state;
	for (size_t i = 0; i < PL_COUNT(history); i++) {
		if (history[i](f->inv, &err) != 1)
			fail_msg("event %zu: %s", i, err.msg);
		want[i] = dump(f->inv);
		assert_true(i == 0 || strcmp(want[i], want[i - 1]) != 0);
	}
	teardown(&state);
}

static void test_changes_nothing(void **state)
{
	struct fixture *f = *state;
	char *want[PL_COUNT(history)];
	unsigned failed = 0;
	learn(want);
	for (size_t i = 0; i < PL_COUNT(history); i++) {
		PL_AUTOFREE char *before = dump(f->inv);
		for (unsigned n = 1;; n++) {
			struct pl_err err = {0};
			arm(n, 1, false);
			int rc = history[i](f->inv, &err);
			bool fired = fault.fired > 0;
			arm(0, 0, false);
			PL_AUTOFREE char *after = dump(f->inv);
			if (!fired) {
				assert_int_equal(rc, 1);
				assert_string_equal(after, want[i]);
				break;
			}
			failed++;
			if (rc != -PL_FAILURE || strcmp(err.msg, "the database says no") != 0)
				fail_msg("event %zu, operation %u: %d %s", i, n, rc, err.msg);
			assert_string_equal(after, before);
		}
		free(want[i]);
	}
	print_message("%u operations failed one by one\n", failed);
	assert_true(failed > 300);
}

/* Twice each, so that the second run fails as well as the first. */
static void test_runs_again(void **state)
{
	char *want[PL_COUNT(history)];
	unsigned collided = 0;
	(void)state;
	learn(want);
	for (unsigned n = 1; n; n++) {
		struct fixture *f;
		void *own;
		unsigned met = 0;
		assert_int_equal(setup(&own), 0);
		f = own;
		for (size_t i = 0; i < PL_COUNT(history); i++) {
			struct pl_err err = {0};
			arm(n, 2, true);
			int rc = history[i](f->inv, &err);
			met += fault.fired;
			arm(0, 0, false);
			if (rc != 1)
				fail_msg("event %zu, operation %u: %d %s", i, n, rc, err.msg);
			PL_AUTOFREE char *after = dump(f->inv);
			assert_string_equal(after, want[i]);
		}
		teardown(&own);
		collided += met;
		if (met == 0)
			n = UINT32_MAX;
	}
	for (size_t i = 0; i < PL_COUNT(history); i++)
		free(want[i]);
	print_message("%u collisions\n", collided);
	assert_true(collided > 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_changes_nothing, setup, teardown),
		cmocka_unit_test(test_runs_again),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	pl_arena_done(&names);
	return failed;
}
