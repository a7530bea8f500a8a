// SPDX-License-Identifier: Apache-2.0
/* From names to contents. */
#include "inventory/inventory_int.h"

int pl_inv_name_row(struct pl_inv *inv, const struct pl_ref *n, struct pl_named *ret,
		    struct pl_err *err)
{
	PL_AUTO(stmt) q =
		pl_db_query(inv->db, "SELECT id, coalesce(main_id, id), content_id, since FROM name"
				     " WHERE repository = $1 AND tag = $2");
	pl_stmt_text(&q, 1, pl_str_of(n->repository));
	pl_stmt_text(&q, 2, pl_str_of(n->tag));
	int rc = pl_stmt_step(&q, err);
	if (rc == 1)
		*ret = (struct pl_named){
			.name_id = pl_stmt_col_i64(&q, 0),
			.main_id = pl_stmt_col_i64(&q, 1),
			.content_id = pl_stmt_col_i64(&q, 2),
			.since = pl_stmt_col_i64(&q, 3),
		};
	return rc;
}

int pl_inv_names(struct pl_inv *inv, struct pl_arena *a, struct pl_inv_name **ret, size_t *ret_n,
		 struct pl_err *err)
{
	PL_AUTO(stmt) q =
		pl_db_query(inv->db, "SELECT n.repository, n.tag, m.repository, m.tag, n.since"
				     " FROM name n LEFT JOIN name m ON m.id = n.main_id"
				     " ORDER BY n.repository, n.tag");
	PL_VEC(struct pl_inv_name) names = {0};
	int rc;
	while ((rc = pl_stmt_step(&q, err)) == 1) {
		struct pl_str repo = pl_stmt_col_text(&q, 0), tag = pl_stmt_col_text(&q, 1);
		struct pl_str main_repo = pl_stmt_col_text(&q, 2),
			      main_tag = pl_stmt_col_text(&q, 3);
		*pl_vec_push(&names) = (struct pl_inv_name){
			.name = pl_arena_printf(a, PL_STR_FMT ":" PL_STR_FMT, PL_STR_ARG(repo),
						PL_STR_ARG(tag)),
			.image = main_repo.n ? pl_arena_printf(a, PL_STR_FMT ":" PL_STR_FMT,
							       PL_STR_ARG(main_repo),
							       PL_STR_ARG(main_tag))
					     : NULL,
			.since = pl_stmt_col_i64(&q, 4)};
	}
	if (rc == 0) {
		*ret = pl_arena_dup(a, names.v, names.n, sizeof(*names.v));
		*ret_n = names.n;
	}
	pl_vec_free(&names);
	return rc;
}

int pl_inv_content_by_digest(struct pl_inv *inv, const struct pl_digest *d, int64_t *ret_id,
			     struct pl_err *err)
{
	PL_AUTO(stmt) q = pl_db_query(inv->db, "SELECT id FROM content WHERE digest = $1");
	pl_stmt_digest(&q, 1, d);
	int rc = pl_stmt_step(&q, err);
	if (rc >= 0)
		*ret_id = rc ? pl_stmt_col_i64(&q, 0) : 0;
	return rc;
}

/* A digest is looked for among what the repository's names mean and have meant. */
static int find_by_digest(struct pl_inv *inv, const struct pl_ref *n, struct pl_named *ret,
			  struct pl_err *err)
{
	PL_AUTO(stmt) q = pl_db_query(
		inv->db, "SELECT n.id, coalesce(n.main_id, n.id), c.id, n.since, FALSE AS former"
			 " FROM content c JOIN name n ON n.content_id = c.id"
			 " WHERE c.digest = $1 AND n.repository = $2"
			 " AND (CAST($3 AS TEXT) = '' OR n.tag = $3)"
			 " UNION ALL "
			 "SELECT n.id, coalesce(n.main_id, n.id), c.id, f.since, TRUE"
			 " FROM content c JOIN former f ON f.content_id = c.id"
			 " JOIN name n ON n.id = f.name_id"
			 " WHERE c.digest = $1 AND n.repository = $2"
			 " AND (CAST($3 AS TEXT) = '' OR n.tag = $3)"
			 " ORDER BY 5, 1");
	pl_stmt_digest(&q, 1, &n->digest);
	pl_stmt_text(&q, 2, pl_str_of(n->repository));
	pl_stmt_text(&q, 3, pl_str_of(n->tag ? n->tag : ""));
	int rc = pl_stmt_step(&q, err);
	if (rc == 1)
		*ret = (struct pl_named){
			.name_id = n->tag ? pl_stmt_col_i64(&q, 0) : 0,
			.main_id = n->tag ? pl_stmt_col_i64(&q, 1) : 0,
			.content_id = pl_stmt_col_i64(&q, 2),
			.since = pl_stmt_col_i64(&q, 3),
			.former = pl_stmt_col_bool(&q, 4),
		};
	return rc;
}

int pl_inv_resolve(struct pl_inv *inv, const struct pl_ref *n, struct pl_named *ret,
		   struct pl_err *err)
{
	int rc = n->has_digest ? find_by_digest(inv, n, ret, err)
			       : pl_inv_name_row(inv, n, ret, err);
	if (rc == 0)
		return pl_fail(err, PL_NOT_FOUND, "image %s is not in the inventory", n->text);
	return rc < 0 ? rc : 0;
}
