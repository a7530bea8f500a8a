// SPDX-License-Identifier: Apache-2.0
/* What an image stands on, by its layers: bases are found and judged by chain ids. */
#include "inventory/inventory_int.h"

/* The repository up to and with its first '/' (the host), or its last one; "" without any. */
static struct pl_str prefix_of(const char *repository, bool host)
{
	struct pl_str s = pl_str_of(repository ? repository : "");
	size_t at = host ? pl_str_find(s, '/') : pl_str_rfind(s, '/');
	return at == SIZE_MAX ? PL_STR("") : pl_str_sub(s, 0, at + 1);
}

/* Of all that have this chain of layers, today's image (the moving tag rather than an immutable
 * one) beside the one that is near, or on its host, with the shortest name; else former content by
 * digest. */
static int find_chain(struct pl_inv *inv, struct pl_arena *a, const char *near,
		      const struct pl_digest *chain, const char **ret_name,
		      struct pl_digest *ret_digest, struct pl_err *err)
{
	struct pl_ref n = {0};
	PL_AUTO(stmt) q = pl_db_query(
		inv->db,
		"SELECT repository, tag, digest, former FROM ("
		" SELECT n.repository, n.tag, c.digest, FALSE AS former,"
		"  n.main_id IS NOT NULL AS alias"
		"  FROM (SELECT content_id FROM facts WHERE chain = $1 UNION"
		"   SELECT content_id FROM layers WHERE chain = $1) AS f"
		"  JOIN content c ON c.id = f.content_id"
		"  JOIN name n ON n.content_id = c.id"
		" UNION ALL"
		" SELECT n.repository, n.tag, c.digest, TRUE, n.main_id IS NOT NULL"
		"  FROM (SELECT content_id FROM facts WHERE chain = $1 UNION"
		"   SELECT content_id FROM layers WHERE chain = $1) AS f"
		"  JOIN content c ON c.id = f.content_id"
		"  JOIN former o ON o.content_id = c.id JOIN name n ON n.id = o.name_id) AS found"
		" ORDER BY former, alias,"
		" CASE WHEN substr(repository, 1, length($2)) = $2 THEN 0"
		"  WHEN substr(repository, 1, length($3)) = $3 THEN 1 ELSE 2 END,"
		" length(repository) + length(tag), repository, tag");
	pl_stmt_digest(&q, 1, chain);
	pl_stmt_text(&q, 2, prefix_of(near, false));
	pl_stmt_text(&q, 3, prefix_of(near, true));
	int rc = pl_stmt_step(&q, err);
	if (rc <= 0)
		return rc;
	n.repository = pl_arena_cstr(a, pl_stmt_col_text(&q, 0));
	n.tag = pl_arena_cstr(a, pl_stmt_col_text(&q, 1));
	n.has_digest = pl_stmt_col_bool(&q, 3);
	(void)pl_stmt_col_digest(&q, 2, &n.digest);
	rc = pl_stmt_check(&q, err);
	if (rc < 0)
		return rc;
	*ret_name = pl_ref_format(a, &n);
	*ret_digest = n.digest;
	return 1;
}

int pl_inv_base_by_layers(struct pl_inv *inv, struct pl_arena *a, const char *near,
			  const struct pl_digest *diff_ids, size_t n, const char **ret_name,
			  struct pl_digest *ret_digest, struct pl_err *err)
{
	PL_AUTO(tx) tx = {0};
	if (n < 2)
		return 0;
	struct pl_digest *chain = pl_arena_array(a, struct pl_digest, n);
	pl_inv_chain_ids(diff_ids, n, chain);
	int rc = pl_tx_read(inv->db, &tx, err);
	for (size_t k = n - 1; rc == 0 && k > 0; k--)
		rc = find_chain(inv, a, near, &chain[k - 1], ret_name, ret_digest, err);
	return rc;
}

/* Contents that a base may be: the one of its digest, if that is known, else (with by_name) all
 * that its name means or has meant. $1 content, $2 and $3 name and tag. */
static const char chains_of_base[] =
	"WITH k (id) AS (SELECT CAST($1 AS BIGINT) UNION"
	" SELECT content_id FROM name WHERE repository = $2 AND tag = $3 UNION"
	" SELECT f.content_id FROM former f JOIN name n ON n.id = f.name_id"
	"  WHERE n.repository = $2 AND n.tag = $3)"
	" SELECT f.chain FROM facts f JOIN k ON k.id = f.content_id WHERE f.chain IS NOT NULL"
	" UNION SELECT l.chain FROM layers l JOIN k ON k.id = l.content_id";

static bool has_chain(const struct pl_digest *chain, size_t n, const struct pl_digest *d)
{
	for (size_t i = 0; i < n; i++)
		if (pl_digest_eq(&chain[i], d))
			return true;
	return false;
}

int pl_inv_base_is_possible(struct pl_inv *inv, const struct pl_ref *base,
			    const struct pl_digest *digest, bool by_name,
			    const struct pl_digest *diff_ids, size_t n, struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	PL_AUTO(tx) tx = {0};
	struct pl_digest *chain = pl_arena_array(&a, struct pl_digest, n + 1), d;
	int64_t content_id = 0;
	bool known = false, begins = false;
	pl_inv_chain_ids(diff_ids, n, chain);
	int rc = pl_tx_read(inv->db, &tx, err);
	if (rc == 0 && digest)
		rc = pl_inv_content_by_digest(inv, digest, &content_id, err);
	if (rc < 0)
		return rc;
	by_name = by_name && !content_id && base->tag;
	PL_AUTO(stmt) q = pl_db_query(inv->db, chains_of_base);
	pl_stmt_key(&q, 1, content_id);
	pl_stmt_text(&q, 2, pl_str_of(by_name ? base->repository : NULL));
	pl_stmt_text(&q, 3, pl_str_of(by_name ? base->tag : NULL));
	while ((rc = pl_stmt_step(&q, err)) == 1) {
		known = true;
		begins = begins || (pl_stmt_col_digest(&q, 0, &d) && has_chain(chain, n, &d));
	}
	return rc < 0 ? rc : !known || begins;
}
