// SPDX-License-Identifier: Apache-2.0
/* Statements: the cache, and errors that wait for the next step. Driven by any driver. */
#include "db/db_int.h"

#include <assert.h>

struct pl_db_cached {
	const char *sql;
	void *handle; /* the driver's */
	bool in_use;
};

static struct pl_str address_key(const char *const *sql)
{
	return (struct pl_str){(const char *)sql, sizeof(*sql)};
}

void pl_db_cache_done(struct pl_db *db)
{
	for (size_t i = 0; i < db->cache.n; i++) {
		struct pl_db_cached *c = db->cache.items[i].value;
		db->driver->finalize(db, c->handle);
		free(c);
	}
	pl_map_done(&db->cache);
}

/* The first failure is the one to tell. */
static void stick(struct pl_stmt *q, const struct pl_err *err)
{
	if (q->failed)
		return;
	q->failed = pl_xcalloc(1, sizeof(*q->failed));
	*q->failed = *err;
}

struct pl_stmt pl_db_query(struct pl_db *db, const char *sql)
{
	struct pl_stmt q = {.db = db};
	struct pl_err err = {0};
	void *handle;

	q.cached = pl_map_get(&db->cache, address_key(&sql));
	if (!q.cached) {
		if (db->driver->prepare(db, sql, &handle, &err) < 0) {
			stick(&q, &err);
			return q;
		}
		q.cached = pl_xcalloc(1, sizeof(*q.cached));
		q.cached->sql = sql;
		q.cached->handle = handle;
		pl_map_put(&db->cache, address_key(&q.cached->sql), q.cached);
	}
	assert(!q.cached->in_use);
	q.cached->in_use = true;
	return q;
}

void pl_stmt_done(struct pl_stmt *q)
{
	if (q->cached) {
		q->db->driver->reset(q->db, q->cached->handle);
		q->cached->in_use = false;
		q->cached = NULL;
	}
	free(q->failed);
	q->failed = NULL;
}

static void bind_value(struct pl_stmt *q, int i, struct pl_db_value v)
{
	struct pl_err err = {0};
	if (!q->failed && q->db->driver->bind(q->db, q->cached->handle, i, &v, &err) < 0)
		stick(q, &err);
}

void pl_stmt_text(struct pl_stmt *q, int i, struct pl_str s)
{
	bind_value(q, i, (struct pl_db_value){.type = s.p ? PL_DB_TEXT : PL_DB_NULL, .bytes = s});
}

void pl_stmt_blob(struct pl_stmt *q, int i, const void *p, size_t n)
{
	bind_value(q, i,
		   (struct pl_db_value){.type = p ? PL_DB_BLOB : PL_DB_NULL, .bytes = {p, n}});
}

void pl_stmt_digest(struct pl_stmt *q, int i, const struct pl_digest *d)
{
	pl_stmt_blob(q, i, d ? d->b : NULL, sizeof(d->b));
}

void pl_stmt_i64(struct pl_stmt *q, int i, int64_t v)
{
	bind_value(q, i, (struct pl_db_value){.type = PL_DB_I64, .i64 = v});
}

void pl_stmt_key(struct pl_stmt *q, int i, int64_t id)
{
	bind_value(q, i, (struct pl_db_value){.type = id ? PL_DB_I64 : PL_DB_NULL, .i64 = id});
}

void pl_stmt_bool(struct pl_stmt *q, int i, bool v)
{
	bind_value(q, i, (struct pl_db_value){.type = PL_DB_BOOL, .i64 = v});
}

int pl_stmt_check(const struct pl_stmt *q, struct pl_err *err)
{
	if (!q->failed)
		return 0;
	*err = *q->failed;
	return -(int)err->code;
}

int pl_stmt_step(struct pl_stmt *q, struct pl_err *err)
{
	int rc = pl_stmt_check(q, err);
	return rc < 0 ? rc : q->db->driver->step(q->db, q->cached->handle, err);
}

int pl_stmt_run(struct pl_stmt *q, struct pl_err *err)
{
	int rc = pl_stmt_step(q, err);
	assert(rc <= 0);
	return rc;
}

static struct pl_db_value column_of(struct pl_stmt *q, int col, enum pl_db_type type)
{
	const struct pl_db_value null = {.type = PL_DB_NULL};
	struct pl_db_value v;
	struct pl_err err = {0};
	if (!q->cached)
		return null;
	if (q->db->driver->column(q->db, q->cached->handle, col, type, &v, &err) == 0)
		return v;
	stick(q, &err);
	return null;
}

struct pl_str pl_stmt_col_text(struct pl_stmt *q, int col)
{
	return column_of(q, col, PL_DB_TEXT).bytes;
}

struct pl_str pl_stmt_col_blob(struct pl_stmt *q, int col)
{
	return column_of(q, col, PL_DB_BLOB).bytes;
}

int64_t pl_stmt_col_i64(struct pl_stmt *q, int col) { return column_of(q, col, PL_DB_I64).i64; }

bool pl_stmt_col_bool(struct pl_stmt *q, int col) { return column_of(q, col, PL_DB_BOOL).i64 != 0; }

bool pl_stmt_col_null(struct pl_stmt *q, int col)
{
	return column_of(q, col, PL_DB_BLOB).type == PL_DB_NULL;
}

bool pl_stmt_col_digest(struct pl_stmt *q, int col, struct pl_digest *ret)
{
	struct pl_str s = pl_stmt_col_blob(q, col);
	struct pl_err err = {0};
	if (!s.p)
		return false;
	if (s.n == sizeof(ret->b)) {
		memcpy(ret->b, s.p, sizeof(ret->b));
		return true;
	}
	(void)pl_fail(&err, PL_DAMAGED,
		      "%s: the %s's database is damaged (a digest of %zu bytes); restore a backup",
		      q->db->path, q->db->what, s.n);
	stick(q, &err);
	return false;
}
