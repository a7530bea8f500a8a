// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"
#include "inventory/inventory_int.h"

/*
 * name ── content ── facts (one a platform, '' for all) ── stage ── package
 *           │ └─ base_id: the content it stands on (NULL: none, or not seen yet)
 *         former: what a name meant before
 * Stages are shared: the same list of packages is stored once, whoever has it.
 */
static const char *const steps[] = {
	"CREATE TABLE package ("
	" id INTEGER PRIMARY KEY, ecosystem TEXT NOT NULL, name TEXT NOT NULL,"
	" version TEXT NOT NULL, architecture TEXT NOT NULL, source TEXT NOT NULL,"
	" source_version TEXT NOT NULL,"
	" UNIQUE (name, version, architecture, ecosystem, source, source_version)) STRICT;"
	"CREATE INDEX package_source ON package (source, name);"

	"CREATE TABLE stage (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE) STRICT;"
	"CREATE TABLE stage_package ("
	" stage_id INTEGER NOT NULL REFERENCES stage ON DELETE CASCADE,"
	" package_id INTEGER NOT NULL REFERENCES package,"
	" PRIMARY KEY (stage_id, package_id)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX stage_package_package ON stage_package (package_id, stage_id);"
	"CREATE TABLE stage_removed ("
	" stage_id INTEGER NOT NULL REFERENCES stage ON DELETE CASCADE, name TEXT NOT NULL,"
	" PRIMARY KEY (stage_id, name)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX stage_removed_name ON stage_removed (name, stage_id);"

	"CREATE TABLE content ("
	" id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE,"
	" base TEXT, base_repository TEXT, base_tag TEXT, base_digest BLOB,"
	" base_id INTEGER REFERENCES content, evidence TEXT, definition TEXT) STRICT;"
	"CREATE INDEX content_base_id ON content (base_id);"
	"CREATE INDEX content_base_name ON content (base_repository, base_tag);"
	"CREATE INDEX content_base_digest ON content (base_digest) WHERE base_id IS NULL;"
	"CREATE TABLE facts ("
	" content_id INTEGER NOT NULL REFERENCES content ON DELETE CASCADE,"
	" platform TEXT NOT NULL, stage_id INTEGER NOT NULL REFERENCES stage, chain BLOB,"
	" PRIMARY KEY (content_id, platform)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX facts_stage ON facts (stage_id);"
	"CREATE INDEX facts_chain ON facts (chain) WHERE chain IS NOT NULL;"

	"CREATE TABLE name ("
	" id INTEGER PRIMARY KEY, repository TEXT NOT NULL, tag TEXT NOT NULL,"
	" content_id INTEGER NOT NULL REFERENCES content,"
	" main_id INTEGER REFERENCES name ON DELETE CASCADE, since INTEGER NOT NULL,"
	" UNIQUE (repository, tag)) STRICT;"
	"CREATE INDEX name_content ON name (content_id);"
	"CREATE INDEX name_main ON name (main_id) WHERE main_id IS NOT NULL;"
	"CREATE TABLE former ("
	" id INTEGER PRIMARY KEY,"
	" name_id INTEGER NOT NULL REFERENCES name ON DELETE CASCADE,"
	" content_id INTEGER NOT NULL REFERENCES content,"
	" since INTEGER NOT NULL, until INTEGER NOT NULL) STRICT;"
	"CREATE INDEX former_name ON former (name_id, content_id);"
	"CREATE INDEX former_content ON former (content_id);",

	/* 2: what a build registers has a run of layers for each platform. */
	"CREATE TABLE layers ("
	" content_id INTEGER NOT NULL REFERENCES content ON DELETE CASCADE,"
	" chain BLOB NOT NULL, PRIMARY KEY (content_id, chain)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX layers_chain ON layers (chain);",
};

const struct pl_db_schema pl_inv_schema = {
	.application_id = 0x504c494d, /* "PLIM" */
	.what = "inventory",
	.steps = steps,
	.n_steps = PL_COUNT(steps),
};

static char *default_path(struct pl_err *err)
{
	const char *named = pl_environ("PLIMSOLL_DB");
	if (named)
		return pl_xstrdup(named);
	PL_AUTOFREE char *dir = pl_xdg_dir("XDG_DATA_HOME", ".local/share");
	if (dir)
		return pl_xprintf("%s/plimsoll/inventory.db", dir);
	(void)pl_fail(err, PL_USAGE,
		      "no place for the inventory: set PLIMSOLL_DB, XDG_DATA_HOME or HOME");
	return NULL;
}

int pl_inv_open(const struct pl_env *env, const char *path, struct pl_inv **ret, struct pl_err *err)
{
	PL_AUTO_FREE(inv) inv = pl_xcalloc(1, sizeof(*inv));
	PL_AUTOFREE char *found = path ? pl_xstrdup(path) : default_path(err);
	if (!found)
		return -(int)err->code;
	inv->env = env;
	inv->version_orders = pl_version_orders;
	if (pl_str_starts(pl_str_of(found), "http://") ||
	    pl_str_starts(pl_str_of(found), "https://")) {
		inv->url = pl_steal(&found);
		size_t n = strlen(inv->url);
		while (n && inv->url[n - 1] == '/')
			inv->url[--n] = '\0';
	} else {
		int rc = pl_db_open(env, found, &pl_inv_schema, &inv->db, err);
		if (rc < 0)
			return rc;
	}
	*ret = pl_steal(&inv);
	return 0;
}

void pl_inv_free(struct pl_inv *inv)
{
	if (!inv)
		return;
	pl_db_free(inv->db);
	free(inv->url);
	free(inv);
}

int pl_inv_need_local(struct pl_inv *inv, const char *what, struct pl_err *err)
{
	if (inv->db)
		return 0;
	return pl_fail(err, PL_USAGE,
		       "%s: %s needs the database itself; ask the server over HTTP (docs/api.md), "
		       "or name a database file",
		       inv->url, what);
}
