// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"
#include "db/sqlite_int.h"

#include <errno.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

/* Up to this size the whole file is checked on opening (some milliseconds); in a larger one damage
 * is found when its page is read. */
#define CHECK_BYTES (2 << 20)

static int make_directory(const char *path, struct pl_err *err)
{
	const char *slash = strrchr(path, '/');
	if (!slash || slash == path)
		return 0;
	PL_AUTOFREE char *dir = pl_xstrndup(path, (size_t)(slash - path));
	return pl_mkdirs(dir, err);
}

/* Locks and shared memory of WAL do not work there (sqlite.org/wal.html, howtocorrupt.html 2.1). */
static int refuse_network(struct pl_db *db, struct pl_err *err)
{
	const char *slash = strrchr(db->path, '/');
	PL_AUTOFREE char *dir =
		slash ? pl_xstrndup(db->path, (size_t)(slash - db->path) + 1) : pl_xstrdup(".");
	struct statfs fs;
	if (statfs(dir, &fs) < 0)
		return pl_fail_sys(err, errno, "%s", dir);
	switch ((uint32_t)fs.f_type) {
	case NFS_SUPER_MAGIC:
	case SMB_SUPER_MAGIC:
	case CIFS_SUPER_MAGIC:
	case SMB2_SUPER_MAGIC:
	case AFS_SUPER_MAGIC:
	case CODA_SUPER_MAGIC:
		return pl_fail(err, PL_INPUT,
			       "%s: lies on a network file system, where databases get damaged; "
			       "put it on a local disk and share it with `plimsoll serve`",
			       db->path);
	default:
		return 0;
	}
}

int pl_sqlite_number(struct pl_db *db, const char *sql, int64_t *ret, struct pl_err *err)
{
	PL_AUTO(stmt) q = pl_db_query(db, sql);
	int rc = pl_stmt_step(&q, err);
	if (rc < 0)
		return rc;
	*ret = pl_stmt_col_i64(&q, 0);
	return 0;
}

static int configure(struct pl_db *db, struct pl_err *err)
{
	sqlite3_busy_timeout(db->conn, PL_SQLITE_BUSY_MS);
	sqlite3_extended_result_codes(db->conn, 1);
	sqlite3_limit(db->conn, SQLITE_LIMIT_LENGTH, 16 << 20);
	sqlite3_limit(db->conn, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_db_config(db->conn, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db->conn, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	/* synchronous FULL: what was acknowledged survives a power cut. */
	return pl_db_exec(db,
			  "PRAGMA foreign_keys = ON;"
			  "PRAGMA cell_size_check = ON;"
			  "PRAGMA synchronous = FULL;"
			  "PRAGMA temp_store = MEMORY;"
			  "PRAGMA cache_size = -16384;",
			  err);
}

/* WAL, so that readers go on while somebody writes. Switching needs the file alone for a moment;
 * SQLite's busy handler is not asked then, so that wait is ours. */
static int enter_wal(struct pl_db *db, struct pl_err *err)
{
	for (int waited = 0;; waited += 50) {
		int rc = sqlite3_exec(db->conn, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
		if (rc == SQLITE_OK)
			return 0;
		if ((rc & 0xff) != SQLITE_BUSY || waited >= PL_SQLITE_BUSY_MS)
			return pl_sqlite_fail(db, rc, err);
		sqlite3_sleep(50);
	}
}

static int check_small(struct pl_db *db, struct pl_err *err)
{
	struct stat st;
	if (stat(db->path, &st) < 0 || st.st_size > CHECK_BYTES)
		return 0;
	PL_AUTO(stmt) q = pl_db_query(db, "PRAGMA quick_check(1)");
	int rc = pl_stmt_step(&q, err);
	if (rc < 0)
		return rc;
	struct pl_str text = pl_stmt_col_text(&q, 0);
	rc = pl_stmt_check(&q, err);
	if (rc < 0)
		return rc;
	if (pl_str_is(text, "ok"))
		return 0;
	PL_AUTOFREE char *why = pl_str_dup(text);
	return pl_sqlite_damaged(db, why, err);
}

int pl_sqlite_prepare_ours(struct pl_db *db, struct pl_err *err)
{
	int rc = check_small(db, err);
	if (rc == 0 && !sqlite3_db_readonly(db->conn, "main"))
		rc = enter_wal(db, err);
	return rc;
}

int pl_sqlite_open(const struct pl_env *env, struct pl_db *db, struct pl_err *err)
{
	sqlite3 *h;
	(void)env;
	int rc = make_directory(db->path, err);
	if (rc == 0)
		rc = refuse_network(db, err);
	if (rc < 0)
		return rc;
	int code = sqlite3_open_v2(db->path, &h,
				   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
				   NULL);
	db->conn = h; /* it has the error's text */
	if (code != SQLITE_OK)
		return pl_sqlite_fail(db, code, err);
	return configure(db, err);
}
