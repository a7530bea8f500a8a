// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"
#include "inventory/inventory_int.h"

/*
 * name ── content ── facts (one a platform, '' for all) ── stage ── package
 *           │ └─ base_id: the content it stands on (NULL: none, or not seen yet)
 *         former: what a name meant before
 * Stages are shared: the same list of packages is stored once, whoever has it. What stands in {} is
 * the database's own word (db/db.h).
 */
static const char *const steps[] = {
	"CREATE TABLE package ("
	" id {id}, ecosystem {text} NOT NULL, name {text} NOT NULL,"
	" version {text} NOT NULL, architecture {text} NOT NULL, source {text} NOT NULL,"
	" source_version {text} NOT NULL,"
	" UNIQUE (name, version, architecture, ecosystem, source, source_version)) {table};"
	"CREATE INDEX package_source ON package (source, name);"

	"CREATE TABLE stage (id {id}, digest {blob} NOT NULL UNIQUE) {table};"
	"CREATE TABLE stage_package ("
	" stage_id {i64} NOT NULL REFERENCES stage ON DELETE CASCADE,"
	" package_id {i64} NOT NULL REFERENCES package,"
	" PRIMARY KEY (stage_id, package_id)) {keyed};"
	"CREATE INDEX stage_package_package ON stage_package (package_id, stage_id);"
	"CREATE TABLE stage_removed ("
	" stage_id {i64} NOT NULL REFERENCES stage ON DELETE CASCADE, name {text} NOT NULL,"
	" PRIMARY KEY (stage_id, name)) {keyed};"
	"CREATE INDEX stage_removed_name ON stage_removed (name, stage_id);"

	"CREATE TABLE content ("
	" id {id}, digest {blob} NOT NULL UNIQUE,"
	" base {text}, base_repository {text}, base_tag {text}, base_digest {blob},"
	" base_id {i64} REFERENCES content, evidence {text}, definition {text}) {table};"
	"CREATE INDEX content_base_id ON content (base_id);"
	"CREATE INDEX content_base_name ON content (base_repository, base_tag);"
	"CREATE INDEX content_base_digest ON content (base_digest) WHERE base_id IS NULL;"
	"CREATE TABLE facts ("
	" content_id {i64} NOT NULL REFERENCES content ON DELETE CASCADE,"
	" platform {text} NOT NULL, stage_id {i64} NOT NULL REFERENCES stage, chain {blob},"
	" PRIMARY KEY (content_id, platform)) {keyed};"
	"CREATE INDEX facts_stage ON facts (stage_id);"
	"CREATE INDEX facts_chain ON facts (chain) WHERE chain IS NOT NULL;"

	"CREATE TABLE name ("
	" id {id}, repository {text} NOT NULL, tag {text} NOT NULL,"
	" content_id {i64} NOT NULL REFERENCES content,"
	" main_id {i64} REFERENCES name ON DELETE CASCADE, since {i64} NOT NULL,"
	" UNIQUE (repository, tag)) {table};"
	"CREATE INDEX name_content ON name (content_id);"
	"CREATE INDEX name_main ON name (main_id) WHERE main_id IS NOT NULL;"
	"CREATE TABLE former ("
	" id {id},"
	" name_id {i64} NOT NULL REFERENCES name ON DELETE CASCADE,"
	" content_id {i64} NOT NULL REFERENCES content,"
	" since {i64} NOT NULL, until {i64} NOT NULL) {table};"
	"CREATE INDEX former_name ON former (name_id, content_id);"
	"CREATE INDEX former_content ON former (content_id);",

	/* 2: what a build registers has a run of layers for each platform. */
	"CREATE TABLE layers ("
	" content_id {i64} NOT NULL REFERENCES content ON DELETE CASCADE,"
	" chain {blob} NOT NULL, PRIMARY KEY (content_id, chain)) {keyed};"
	"CREATE INDEX layers_chain ON layers (chain);",

	/* 3: names of one content may each have another name of its base. */
	"ALTER TABLE name ADD COLUMN base {text};"
	"ALTER TABLE name ADD COLUMN base_repository {text};"
	"ALTER TABLE name ADD COLUMN base_tag {text};"
	"CREATE INDEX name_base ON name (base_repository, base_tag) WHERE base IS NOT NULL;",
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

bool pl_inv_is_url(const char *place)
{
	return strncmp(place, "http://", 7) == 0 || strncmp(place, "https://", 8) == 0;
}

int pl_inv_open(const struct pl_env *env, const char *path, struct pl_inv **ret, struct pl_err *err)
{
	PL_AUTO_FREE(inv) inv = pl_xcalloc(1, sizeof(*inv));
	PL_AUTOFREE char *found = path ? pl_xstrdup(path) : default_path(err);
	if (!found)
		return -(int)err->code;
	inv->env = env;
	inv->version_orders = pl_version_orders;
	if (pl_inv_is_url(found))
		return pl_fail(err, PL_USAGE,
			       "%s: a question needs the database itself; ask the server over HTTP "
			       "(docs/api.md), or name a database file",
			       found);
	int rc = pl_db_open(env, found, &pl_inv_schema, &inv->db, err);
	if (rc < 0)
		return rc;
	*ret = pl_steal(&inv);
	return 0;
}

void pl_inv_free(struct pl_inv *inv)
{
	if (!inv)
		return;
	pl_db_free(inv->db);
	free(inv);
}
