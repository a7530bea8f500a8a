// SPDX-License-Identifier: Apache-2.0
/* Questions about content itself, whatever names it has. */
#include "inventory/inventory_int.h"

int pl_inv_content_get(struct pl_inv *inv, struct pl_arena *a, const struct pl_digest *digest,
		       struct pl_inv_image *ret, struct pl_err *err)
{
	PL_AUTO(tx) tx = {0};
	int64_t id;
	int rc = pl_tx_read(inv->db, &tx, err);
	if (rc == 0)
		rc = pl_inv_content_by_digest(inv, digest, &id, err);
	if (rc <= 0)
		return rc;
	const struct pl_named at = {.content_id = id};
	rc = pl_inv_image_of(inv, a, PL_DIGEST_STR(digest), &at, ret, err);
	return rc < 0 ? rc : 1;
}

int pl_inv_content_is_whole(struct pl_inv *inv, const struct pl_digest *digest, struct pl_err *err)
{
	PL_AUTO(stmt) q =
		pl_db_query(inv->db, "SELECT 1 FROM content c JOIN facts f ON f.content_id = c.id"
				     " WHERE c.digest = $1 AND f.platform = ''");
	pl_stmt_digest(&q, 1, digest);
	return pl_stmt_step(&q, err);
}
