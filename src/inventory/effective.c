// SPDX-License-Identifier: Apache-2.0
/* The packages of one image: of its own stage, or with those of the bases below it. */
#include "inventory/inventory_int.h"

typedef PL_VEC(struct pl_inv_package) packages_vec;
typedef PL_VEC(struct pl_str) strs_vec;

/* Puts a stage over what lies below it: *all becomes both, without what the stage replaces or
 * removes. */
static void lay_over(struct pl_arena *a, packages_vec *all, const packages_vec *own,
		     const strs_vec *removed)
{
	struct pl_inv_cover cover = {.arena = a};
	size_t kept = 0;
	for (size_t i = 0; all->n && i < own->n; i++)
		pl_inv_cover_add(&cover, &own->v[i]);
	for (size_t i = 0; all->n && i < removed->n; i++)
		pl_inv_cover_remove(&cover, removed->v[i]);
	for (size_t i = 0; i < all->n; i++)
		if (!pl_inv_covers(&cover, &all->v[i]))
			all->v[kept++] = all->v[i];
	all->n = kept;
	for (size_t i = 0; i < own->n; i++)
		*pl_vec_push(all) = own->v[i];
	if (all->n)
		qsort(all->v, all->n, sizeof(*all->v), pl_inv_package_cmp);
	pl_inv_cover_done(&cover);
}

/* The content and, with $2, those it stands on: depth 0 is the content itself. */
#define STAGES                                                                                     \
	"WITH RECURSIVE k (id, depth) AS (SELECT c.id, 0 FROM content c WHERE c.id = $1 UNION"     \
	" SELECT c.base_id, k.depth + 1 FROM k JOIN content c ON c.id = k.id"                      \
	"  WHERE $2 AND c.base_id IS NOT NULL AND k.depth < (SELECT count(*) FROM content))"

/* What one stage adds and takes away. */
struct stage_packages {
	packages_vec own;
	strs_vec removed;
};
typedef PL_VEC(struct stage_packages) stages_vec;

static struct stage_packages *stage_at(stages_vec *stages, int64_t depth)
{
	while (stages->n <= (size_t)depth)
		pl_vec_push(stages);
	return &stages->v[depth];
}

static int load_packages(struct pl_inv *inv, struct pl_arena *a, int64_t content_id, bool effective,
			 stages_vec *stages, struct pl_err *err)
{
	/* DISTINCT: platforms share packages. In the order of pl_inv_package_cmp. */
	PL_AUTO(stmt) q = pl_db_query(
		inv->db, STAGES
		" SELECT DISTINCT k.depth, p.name, p.version, p.architecture, p.source,"
		" p.source_version, p.ecosystem FROM k JOIN facts f ON f.content_id = k.id"
		" JOIN stage_package sp ON sp.stage_id = f.stage_id"
		" JOIN package p ON p.id = sp.package_id ORDER BY k.depth, p.name, p.ecosystem,"
		" p.version, p.architecture, p.source, p.source_version");
	int rc;
	pl_stmt_i64(&q, 1, content_id);
	pl_stmt_bool(&q, 2, effective);
	while ((rc = pl_stmt_step(&q, err)) == 1)
		*pl_vec_push(&stage_at(stages, pl_stmt_col_i64(&q, 0))->own) =
			(struct pl_inv_package){
				.name = pl_arena_cstr(a, pl_stmt_col_text(&q, 1)),
				.version = pl_arena_cstr(a, pl_stmt_col_text(&q, 2)),
				.architecture = pl_arena_cstr(a, pl_stmt_col_text(&q, 3)),
				.source = pl_arena_cstr(a, pl_stmt_col_text(&q, 4)),
				.source_version = pl_arena_cstr(a, pl_stmt_col_text(&q, 5)),
				.ecosystem = pl_arena_cstr(a, pl_stmt_col_text(&q, 6)),
			};
	return rc;
}

static int load_removed(struct pl_inv *inv, struct pl_arena *a, int64_t content_id, bool effective,
			stages_vec *stages, struct pl_err *err)
{
	PL_AUTO(stmt) q =
		pl_db_query(inv->db, STAGES " SELECT DISTINCT k.depth, r.name FROM k"
					    " JOIN facts f ON f.content_id = k.id"
					    " JOIN stage_removed r ON r.stage_id = f.stage_id"
					    " ORDER BY k.depth, r.name");
	int rc;
	pl_stmt_i64(&q, 1, content_id);
	pl_stmt_bool(&q, 2, effective);
	while ((rc = pl_stmt_step(&q, err)) == 1)
		*pl_vec_push(&stage_at(stages, pl_stmt_col_i64(&q, 0))->removed) =
			pl_arena_str(a, pl_stmt_col_text(&q, 1));
	return rc;
}

static int collect_packages(struct pl_inv *inv, struct pl_arena *a, int64_t content_id,
			    bool effective, packages_vec *all, struct pl_err *err)
{
	stages_vec stages = {0};
	int rc = load_packages(inv, a, content_id, effective, &stages, err);
	if (rc == 0)
		rc = load_removed(inv, a, content_id, effective, &stages, err);
	for (size_t i = stages.n; i-- > 0;) { /* from the lowest base up */
		if (rc == 0)
			lay_over(a, all, &stages.v[i].own, &stages.v[i].removed);
		pl_vec_free(&stages.v[i].own);
		pl_vec_free(&stages.v[i].removed);
	}
	pl_vec_free(&stages);
	return rc;
}

int pl_inv_image_packages(struct pl_inv *inv, struct pl_arena *a, struct pl_str name,
			  bool effective, struct pl_inv_package **ret, size_t *ret_n,
			  struct pl_err *err)
{
	struct pl_ref n;
	struct pl_named at;
	packages_vec all = {0};
	PL_AUTO(tx) tx = {0};
	int rc = pl_ref_parse_name(a, name, &n, err);
	if (rc == 0)
		rc = pl_tx_read(inv->db, &tx, err);
	if (rc == 0)
		rc = pl_inv_resolve(inv, &n, &at, err);
	if (rc == 0)
		rc = collect_packages(inv, a, at.content_id, effective, &all, err);
	if (rc == 0) {
		*ret = pl_arena_array(a, struct pl_inv_package, all.n + 1);
		if (all.n)
			memcpy(*ret, all.v, all.n * sizeof(*all.v));
		*ret_n = all.n;
	}
	pl_vec_free(&all);
	return rc;
}
