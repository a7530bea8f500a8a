// SPDX-License-Identifier: Apache-2.0
/* What all drivers share: choosing one, the schema's history, transactions. */
#include "base/buf.h"
#include "db/db_int.h"

#include <assert.h>

static const struct pl_db_driver *const drivers[] = {
	&pl_db_sqlite,
};

static const struct pl_db_driver *driver_of(const char *path)
{
	bool address = strstr(path, "://") != NULL;
	for (size_t i = 0; i < PL_COUNT(drivers); i++)
		if (address ? drivers[i]->scheme &&
				      pl_str_starts(pl_str_of(path), drivers[i]->scheme)
			    : !drivers[i]->scheme)
			return drivers[i];
	return NULL;
}

const char *pl_db_path(const struct pl_db *db) { return db->path; }

void pl_db_free(struct pl_db *db)
{
	if (!db)
		return;
	pl_db_cache_done(db);
	db->driver->close(db);
	free(db->path);
	free(db);
}

int pl_db_exec(struct pl_db *db, const char *sql, struct pl_err *err)
{
	return db->driver->exec(db, sql, err);
}

static const char *word_of(const struct pl_db_words *w, struct pl_str name)
{
	const struct {
		const char *name, *word;
	} table[] = {
		{"id", w->id},     {"i64", w->i64},     {"bool", w->boolean}, {"text", w->text},
		{"blob", w->blob}, {"table", w->table}, {"keyed", w->keyed},
	};
	for (size_t i = 0; i < PL_COUNT(table); i++)
		if (pl_str_is(name, table[i].name))
			return table[i].word;
	assert(!"a word that db.h does not list");
	return "";
}

/* A step of the schema in the driver's language. */
static void translate(const struct pl_db_driver *driver, const char *step, struct pl_buf *ret)
{
	for (struct pl_str rest = pl_str_of(step); rest.p;) {
		pl_buf_addstr(ret, pl_str_cut(&rest, '{'));
		if (rest.p)
			pl_buf_adds(ret, word_of(&driver->words, pl_str_cut(&rest, '}')));
	}
}

/* Refuses what is not ours. */
static int read_version(struct pl_db *db, const struct pl_db_schema *s, size_t *ret,
			struct pl_err *err)
{
	struct pl_db_marks m = {0};
	int rc = db->driver->marks_read(db, &m, err);
	if (rc < 0)
		return rc;
	if (m.empty && m.application_id == 0 && m.version == 0) {
		*ret = 0;
		return 0;
	}
	if (m.application_id != s->application_id)
		return pl_fail(err, PL_INPUT,
			       "%s: is another program's database, not plimsoll's %s; name "
			       "another file",
			       db->path, s->what);
	if (m.version < 0 || (uint64_t)m.version > s->n_steps)
		return pl_fail(err, PL_INPUT,
			       "%s: was written by a newer plimsoll (schema %lld, this one knows "
			       "%zu); use that one",
			       db->path, (long long)m.version, s->n_steps);
	*ret = (size_t)m.version;
	return 0;
}

static int run_steps(struct pl_db *db, void *ctx, struct pl_err *err)
{
	const struct pl_db_schema *s = ctx;
	size_t version;
	int rc = read_version(db, s, &version, err); /* somebody may have been faster */
	for (size_t i = version; rc == 0 && i < s->n_steps; i++) {
		PL_AUTO(buf) sql = {0};
		translate(db->driver, s->steps[i], &sql);
		rc = pl_db_exec(db, sql.p, err);
	}
	const struct pl_db_marks after = {.application_id = s->application_id,
					  .version = (int64_t)s->n_steps};
	return rc < 0 ? rc : db->driver->marks_write(db, &after, err);
}

int pl_db_open_with(const struct pl_db_driver *driver, const struct pl_env *env, const char *path,
		    const struct pl_db_schema *schema, struct pl_db **ret, struct pl_err *err)
{
	PL_AUTO_FREE(db) db = pl_xcalloc(1, sizeof(*db));
	size_t version = 0;
	db->driver = driver;
	db->path = pl_xstrdup(path);
	db->what = schema->what;
	int rc = pl_env_check(env, err);
	if (rc == 0)
		rc = driver->open(env, db, err);
	if (rc == 0)
		rc = read_version(db, schema, &version, err);
	if (rc == 0)
		rc = driver->prepare_ours(db, err);
	if (rc == 0 && version < schema->n_steps)
		rc = pl_db_write(db, run_steps, (void *)(uintptr_t)schema, err);
	if (rc < 0)
		return rc;
	*ret = pl_steal(&db);
	return 0;
}

int pl_db_open(const struct pl_env *env, const char *path, const struct pl_db_schema *schema,
	       struct pl_db **ret, struct pl_err *err)
{
	const struct pl_db_driver *driver = driver_of(path);
	if (!driver)
		return pl_fail(err, PL_USAGE,
			       "%.200s: no database of this kind is known; name a file", path);
	return pl_db_open_with(driver, env, path, schema, ret, err);
}

static int start_tx(struct pl_db *db, bool write, struct pl_err *err)
{
	assert(!db->in_tx);
	db->collided = db->keep_nothing = false;
	int rc = db->driver->begin(db, write, err);
	db->in_tx = rc == 0;
	return rc;
}

static void abandon_tx(struct pl_db *db)
{
	db->driver->rollback(db);
	db->in_tx = false;
}

static int try_write(struct pl_db *db, pl_db_write_fn *fn, void *ctx, struct pl_err *err)
{
	int rc = start_tx(db, true, err);
	if (rc < 0)
		return rc;
	rc = fn(db, ctx, err);
	int end = rc >= 0 && !db->keep_nothing ? db->driver->commit(db, err) : 1;
	if (end == 0)
		db->in_tx = false;
	else
		abandon_tx(db);
	return end < 0 ? end : rc;
}

int pl_db_write(struct pl_db *db, pl_db_write_fn *fn, void *ctx, struct pl_err *err)
{
	int rc = 0;
	for (unsigned tries = 0; tries < PL_DB_TRIES; tries++) {
		rc = try_write(db, fn, ctx, err);
		if (rc >= 0 || !db->collided)
			break;
	}
	return rc;
}

void pl_db_keep_nothing(struct pl_db *db) { db->keep_nothing = true; }

int pl_tx_read(struct pl_db *db, struct pl_tx *ret, struct pl_err *err)
{
	int rc = start_tx(db, false, err);
	if (rc == 0)
		*ret = (struct pl_tx){db};
	return rc;
}

void pl_tx_done(struct pl_tx *tx)
{
	if (tx->db)
		abandon_tx(tx->db);
	tx->db = NULL;
}
