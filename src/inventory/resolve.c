// SPDX-License-Identifier: Apache-2.0
/* From names to contents, and what an image looks like from outside. */
#include "inventory/inventory_int.h"

int pl_inv_name_row(struct pl_inv *inv, const struct pl_ref *n, struct pl_named *ret,
		    struct pl_err *err)
{
	PL_AUTO(stmt) q = {0};
	int rc = pl_db_query(inv->db,
			     "SELECT id, coalesce(main_id, id), content_id, since FROM name"
			     " WHERE repository = $1 AND tag = $2",
			     &q, err);
	if (rc < 0)
		return rc;
	pl_stmt_text(&q, 1, pl_str_of(n->repository));
	pl_stmt_text(&q, 2, pl_str_of(n->tag));
	rc = pl_stmt_step(&q, err);
	if (rc == 1)
		*ret = (struct pl_named){
			.name_id = pl_stmt_col_i64(&q, 0),
			.main_id = pl_stmt_col_i64(&q, 1),
			.content_id = pl_stmt_col_i64(&q, 2),
			.since = pl_stmt_col_i64(&q, 3),
		};
	return rc;
}

int pl_inv_content_by_digest(struct pl_inv *inv, const struct pl_digest *d, int64_t *ret_id,
			     struct pl_err *err)
{
	PL_AUTO(stmt) q = {0};
	int rc = pl_db_query(inv->db, "SELECT id FROM content WHERE digest = $1", &q, err);
	if (rc < 0)
		return rc;
	pl_stmt_blob(&q, 1, d->b, sizeof(d->b));
	rc = pl_stmt_step(&q, err);
	if (rc >= 0)
		*ret_id = rc ? pl_stmt_col_i64(&q, 0) : 0;
	return rc;
}

/* A digest is looked for among what the repository's names mean and have meant. */
static int by_digest(struct pl_inv *inv, const struct pl_ref *n, struct pl_named *ret,
		     struct pl_err *err)
{
	PL_AUTO(stmt) q = {0};
	int rc = pl_db_query(inv->db,
			     "SELECT n.id, coalesce(n.main_id, n.id), c.id, n.since, 0"
			     " FROM content c JOIN name n ON n.content_id = c.id"
			     " WHERE c.digest = $1 AND n.repository = $2"
			     " AND ($3 = '' OR n.tag = $3)"
			     " UNION ALL "
			     "SELECT n.id, coalesce(n.main_id, n.id), c.id, f.since, 1"
			     " FROM content c JOIN former f ON f.content_id = c.id"
			     " JOIN name n ON n.id = f.name_id"
			     " WHERE c.digest = $1 AND n.repository = $2"
			     " AND ($3 = '' OR n.tag = $3)"
			     " ORDER BY 5, 1",
			     &q, err);
	if (rc < 0)
		return rc;
	pl_stmt_blob(&q, 1, n->digest.b, sizeof(n->digest.b));
	pl_stmt_text(&q, 2, pl_str_of(n->repository));
	pl_stmt_text(&q, 3, n->tag ? pl_str_of(n->tag) : PL_STR(""));
	rc = pl_stmt_step(&q, err);
	if (rc == 1)
		*ret = (struct pl_named){
			.name_id = n->tag ? pl_stmt_col_i64(&q, 0) : 0,
			.main_id = n->tag ? pl_stmt_col_i64(&q, 1) : 0,
			.content_id = pl_stmt_col_i64(&q, 2),
			.since = pl_stmt_col_i64(&q, 3),
			.former = pl_stmt_col_i64(&q, 4) != 0,
		};
	return rc;
}

int pl_inv_resolve(struct pl_inv *inv, const struct pl_ref *n, struct pl_named *ret,
		   struct pl_err *err)
{
	int rc = n->has_digest ? by_digest(inv, n, ret, err) : pl_inv_name_row(inv, n, ret, err);
	if (rc == 0)
		return pl_fail(err, PL_NOT_FOUND, "image %s is not in the inventory", n->text);
	return rc < 0 ? rc : 0;
}

static void hash_text(struct pl_sha256 *h, struct pl_str s)
{
	uint64_t n = s.n;
	pl_sha256_add(h, &n, sizeof(n));
	if (s.n)
		pl_sha256_add(h, s.p, s.n);
}

/* A validator of everything that GET shows of the image and of its packages. */
static int make_etag(struct pl_inv *inv, struct pl_arena *a, int64_t content_id,
		     const struct pl_inv_image *i, const char **ret, struct pl_err *err)
{
	char text[PL_DIGEST_TEXT];
	PL_AUTO(sha256) h = {0};
	PL_AUTO(stmt) q = {0};
	int rc = pl_db_query(inv->db,
			     "SELECT f.platform, s.digest FROM facts f JOIN stage s"
			     " ON s.id = f.stage_id WHERE f.content_id = $1 ORDER BY f.platform",
			     &q, err);
	if (rc < 0)
		return rc;
	pl_sha256_init(&h);
	pl_sha256_add(&h, i->digest.b, sizeof(i->digest.b));
	hash_text(&h, pl_str_of(i->base));
	hash_text(&h, pl_str_of(i->base_evidence));
	hash_text(&h, pl_str_of(i->definition));
	if (i->has_base_digest)
		pl_sha256_add(&h, i->base_digest.b, sizeof(i->base_digest.b));
	pl_sha256_add(&h, &i->behind, sizeof(i->behind));
	pl_sha256_add(&h, &i->since, sizeof(i->since));
	pl_stmt_i64(&q, 1, content_id);
	while ((rc = pl_stmt_step(&q, err)) == 1) {
		hash_text(&h, pl_stmt_col_text(&q, 0));
		hash_text(&h, pl_stmt_col_blob(&q, 1));
	}
	if (rc < 0)
		return rc;
	struct pl_digest d;
	pl_sha256_final(&h, &d);
	*ret = pl_arena_strn(a, pl_digest_hex(&d, text), 32);
	return 0;
}

int pl_inv_image_of(struct pl_inv *inv, struct pl_arena *a, const char *name,
		    const struct pl_named *at, struct pl_inv_image *ret, struct pl_err *err)
{
	PL_AUTO(stmt) q = {0};
	/* Behind: the base's name means other content than the one stood on; an alias speaks for
	 * its main name. A base known by digest alone is left behind when no name means it any
	 * more but one did. */
	int rc = pl_db_query(
		inv->db,
		"SELECT c.digest, c.base, c.evidence, c.definition, coalesce(b.digest, "
		"c.base_digest),"
		" CASE WHEN c.base_tag IS NOT NULL"
		"  THEN bn.id IS NOT NULL AND"
		"   coalesce(bm.content_id, bn.content_id) IS DISTINCT FROM c.base_id"
		"  WHEN c.base_id IS NOT NULL"
		"  THEN NOT EXISTS (SELECT 1 FROM name x WHERE x.content_id = c.base_id"
		"    AND x.main_id IS NULL)"
		"   AND EXISTS (SELECT 1 FROM former f WHERE f.content_id = c.base_id)"
		"  ELSE 0 END"
		" FROM content c LEFT JOIN content b ON b.id = c.base_id"
		" LEFT JOIN name bn ON bn.repository = c.base_repository AND bn.tag = c.base_tag"
		" LEFT JOIN name bm ON bm.id = bn.main_id"
		" WHERE c.id = $1",
		&q, err);
	if (rc < 0)
		return rc;
	pl_stmt_i64(&q, 1, at->content_id);
	rc = pl_stmt_step(&q, err);
	if (rc < 0)
		return rc;
	struct pl_str digest = pl_stmt_col_blob(&q, 0), base = pl_stmt_col_blob(&q, 4);
	if (rc == 0 || digest.n != 32 || (base.n != 0 && base.n != 32))
		return pl_fail(err, PL_INPUT, "%s: the record of %s is damaged; register it again",
			       pl_db_path(inv->db), name);
	struct pl_inv_image i = {.name = name, .since = at->since};
	memcpy(i.digest.b, digest.p, 32);
	if (!pl_stmt_col_null(&q, 1))
		i.base = pl_arena_cstr(a, pl_stmt_col_text(&q, 1));
	if (!pl_stmt_col_null(&q, 2))
		i.base_evidence = pl_arena_cstr(a, pl_stmt_col_text(&q, 2));
	if (!pl_stmt_col_null(&q, 3))
		i.definition = pl_arena_cstr(a, pl_stmt_col_text(&q, 3));
	i.has_base_digest = base.n == 32;
	if (i.has_base_digest)
		memcpy(i.base_digest.b, base.p, 32);
	i.behind = pl_stmt_col_i64(&q, 5) != 0;
	rc = make_etag(inv, a, at->content_id, &i, &i.etag, err);
	if (rc < 0)
		return rc;
	*ret = i;
	return 0;
}

int pl_inv_check_etag(struct pl_inv *inv, const struct pl_named *at, const char *if_match,
		      struct pl_err *err)
{
	if (!if_match)
		return 0;
	PL_AUTO(arena) a = {0};
	struct pl_inv_image i;
	int rc = pl_inv_image_of(inv, &a, "image", at, &i, err);
	if (rc < 0 || strcmp(i.etag, if_match) == 0)
		return rc;
	rc = pl_fail(err, PL_CONFLICT,
		     "the image has changed since it was read; read it again and decide anew");
	err->sys = 412;
	return rc;
}

int pl_inv_image_get(struct pl_inv *inv, struct pl_arena *a, struct pl_str name,
		     struct pl_inv_image *ret, struct pl_err *err)
{
	struct pl_ref n;
	struct pl_named at;
	PL_AUTO(tx) tx = {0};
	int rc = pl_inv_need_local(inv, "reading an image", err);
	if (rc == 0)
		rc = pl_ref_parse_name(a, name, &n, err);
	if (rc == 0)
		rc = pl_tx_read(inv->db, &tx, err);
	if (rc == 0)
		rc = pl_inv_resolve(inv, &n, &at, err);
	if (rc < 0)
		return rc;
	return pl_inv_image_of(inv, a, pl_arena_cstr(a, name), &at, ret, err);
}

int pl_inv_images_page(struct pl_inv *inv, struct pl_arena *a, const char *after, size_t limit,
		       struct pl_inv_images *ret, struct pl_err *err)
{
	struct pl_ref n = {.repository = ""};
	PL_AUTO(tx) tx = {0};
	PL_VEC(struct pl_named) rows = {0};
	PL_VEC(const char *) names = {0};
	int rc = pl_inv_need_local(inv, "listing images", err);
	if (rc == 0 && after)
		rc = pl_ref_parse_name(a, pl_str_of(after), &n, err);
	if (rc == 0)
		rc = pl_tx_read(inv->db, &tx, err);
	if (rc < 0)
		return rc;
	{
		PL_AUTO(stmt) q = {0};
		rc = pl_db_query(inv->db,
				 "SELECT id, content_id, since, repository || ':' || tag FROM name"
				 " WHERE main_id IS NULL AND (repository, tag) > ($1, $2)"
				 " ORDER BY repository, tag LIMIT $3",
				 &q, err);
		if (rc < 0)
			return rc;
		pl_stmt_text(&q, 1, pl_str_of(n.repository));
		pl_stmt_text(&q, 2, pl_str_of(n.tag ? n.tag : ""));
		pl_stmt_i64(&q, 3, limit > INT32_MAX ? INT32_MAX : (int64_t)limit);
		while ((rc = pl_stmt_step(&q, err)) == 1) {
			*pl_vec_push(&rows) = (struct pl_named){
				.name_id = pl_stmt_col_i64(&q, 0),
				.main_id = pl_stmt_col_i64(&q, 0),
				.content_id = pl_stmt_col_i64(&q, 1),
				.since = pl_stmt_col_i64(&q, 2),
			};
			*pl_vec_push(&names) = pl_arena_cstr(a, pl_stmt_col_text(&q, 3));
		}
	}
	struct pl_inv_images out = {pl_arena_array(a, struct pl_inv_image, rows.n ? rows.n : 1), 0};
	for (; rc == 0 && out.n < rows.n; out.n++)
		rc = pl_inv_image_of(inv, a, names.v[out.n], &rows.v[out.n], &out.v[out.n], err);
	pl_vec_free(&rows);
	pl_vec_free(&names);
	if (rc == 0)
		*ret = out;
	return rc;
}

int pl_inv_images_list(struct pl_inv *inv, struct pl_arena *a, struct pl_inv_images *ret,
		       struct pl_err *err)
{
	return pl_inv_images_page(inv, a, NULL, SIZE_MAX, ret, err);
}
