// SPDX-License-Identifier: Apache-2.0
/* What somebody may have meant by a package that no image ever held. */
#include "inventory/inventory_int.h"

static const char names[] = "SELECT DISTINCT name FROM package ORDER BY name";
static const char sources[] = "SELECT DISTINCT source FROM package ORDER BY source";

static int is_source(struct pl_inv *inv, struct pl_str name, struct pl_err *err)
{
	PL_AUTO(stmt) q = pl_db_query(inv->db, "SELECT 1 FROM package WHERE source = $1 LIMIT 1");
	pl_stmt_text(&q, 1, name);
	return pl_stmt_step(&q, err);
}

int pl_inv_package_near(struct pl_inv *inv, struct pl_arena *a, struct pl_str name, bool by_source,
			const char **ret, struct pl_err *err)
{
	unsigned least = name.n < 4 ? 2 : 3; /* as pl_nearest */
	const char *best = NULL;
	int rc = by_source ? 0 : is_source(inv, name, err);
	if (rc == 1)
		*ret = "it is the name of a source package: see plimsoll packages --source";
	if (rc != 0)
		return rc;
	PL_AUTO(stmt) q = pl_db_query(inv->db, by_source ? sources : names);
	while ((rc = pl_stmt_step(&q, err)) == 1) {
		struct pl_str seen = pl_stmt_col_text(&q, 0);
		unsigned distance = pl_str_distance(name, seen);
		if (distance >= least)
			continue;
		least = distance;
		best = pl_arena_cstr(a, seen);
	}
	if (rc == 0 && best)
		*ret = pl_arena_printf(a, "did you mean %s?", best);
	return rc < 0 ? rc : best != NULL;
}
