// SPDX-License-Identifier: Apache-2.0
/* Taking images out of the inventory. */
#include "inventory/inventory_int.h"

static int refuse_with_children(struct pl_inv *inv, struct pl_str name, struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	PL_AUTO(buf) text = {.max = 300};
	struct pl_inv_images c;
	int rc = pl_inv_children_in_tx(inv, &a, name, false, &c, err);
	if (rc < 0 || c.n == 0)
		return rc;
	for (size_t i = 0; i < c.n && i < 5; i++)
		pl_buf_addf(&text, "%s%.80s", i ? ", " : "", c.v[i].name);
	if (c.n > 5)
		pl_buf_addf(&text, " and %zu more", c.n - 5);
	return pl_fail(
		err, PL_CONFLICT,
		"%.*s cannot be deleted: %zu image%s based on it (%s); delete those first, or "
		"force it",
		(int)name.n, name.p, c.n, c.n == 1 ? " is" : "s are", text.p);
}

/* Contents that no name means or has meant and nothing stands on, from this one down its bases. */
static int drop_content(struct pl_inv *inv, int64_t id, struct pl_err *err)
{
	while (id) {
		PL_AUTO(stmt) q = pl_db_query(
			inv->db, "DELETE FROM content WHERE id = $1"
				 " AND NOT EXISTS (SELECT 1 FROM name WHERE content_id = $1)"
				 " AND NOT EXISTS (SELECT 1 FROM former WHERE content_id = $1)"
				 " AND NOT EXISTS (SELECT 1 FROM content WHERE base_id = $1)"
				 " RETURNING coalesce(base_id, 0)");
		pl_stmt_i64(&q, 1, id);
		int rc = pl_stmt_step(&q, err);
		if (rc < 0)
			return rc;
		id = rc ? pl_stmt_col_i64(&q, 0) : 0;
	}
	return 0;
}

typedef PL_VEC(int64_t) ids_vec;

/* What an image and its aliases, which go with it, mean and have meant. */
static int list_contents(struct pl_inv *inv, int64_t name_id, ids_vec *ret, struct pl_err *err)
{
	PL_AUTO(stmt) q = pl_db_query(
		inv->db, "SELECT content_id FROM name WHERE id = $1 OR main_id = $1"
			 " UNION SELECT f.content_id FROM former f JOIN name n ON n.id = f.name_id"
			 " WHERE n.id = $1 OR n.main_id = $1");
	int rc;
	pl_stmt_i64(&q, 1, name_id);
	while ((rc = pl_stmt_step(&q, err)) == 1)
		*pl_vec_push(ret) = pl_stmt_col_i64(&q, 0);
	return rc;
}

static int drop_name(struct pl_inv *inv, int64_t name_id, struct pl_err *err)
{
	ids_vec contents = {0};
	int rc = list_contents(inv, name_id, &contents, err);
	if (rc == 0) {
		PL_AUTO(stmt) name = pl_db_query(inv->db, "DELETE FROM name WHERE id = $1");
		pl_stmt_i64(&name, 1, name_id);
		rc = pl_stmt_run(&name, err);
	}
	for (size_t i = 0; rc == 0 && i < contents.n; i++)
		rc = drop_content(inv, contents.v[i], err);
	pl_vec_free(&contents);
	if (rc < 0)
		return rc;
	/* Packages stay: they were seen. */
	PL_AUTO(stmt) stages =
		pl_db_query(inv->db, "DELETE FROM stage WHERE NOT EXISTS"
				     " (SELECT 1 FROM facts WHERE facts.stage_id = stage.id)");
	return pl_stmt_run(&stages, err);
}

/* A deletion in work; only read, so that it can run again. */
struct deletion {
	struct pl_inv *inv;
	struct pl_str text;
	struct pl_ref name;
	bool force;
	const char *if_match;
};

static int delete_image(struct pl_db *db, void *ctx, struct pl_err *err)
{
	const struct deletion *d = ctx;
	struct pl_named at = {0};
	(void)db;
	int rc = pl_inv_resolve(d->inv, &d->name, &at, err);
	if (rc == 0 && at.former)
		rc = pl_fail(
			err, PL_CONFLICT,
			"%.*s: is former content, kept as history; delete the image by its name",
			(int)(d->text.n > 200 ? 200 : d->text.n), d->text.p);
	if (rc == 0)
		rc = pl_inv_check_etag(d->inv, &at, d->if_match, err);
	if (rc == 0 && !d->force && at.main_id == at.name_id)
		rc = refuse_with_children(d->inv, d->text, err);
	return rc < 0 ? rc : drop_name(d->inv, at.name_id, err);
}

int pl_inv_delete_match(struct pl_inv *inv, struct pl_str name, bool force, const char *if_match,
			struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	struct deletion d = {.inv = inv, .text = name, .force = force, .if_match = if_match};
	int rc = pl_ref_parse_name(&a, name, &d.name, err);
	if (rc < 0)
		return rc;
	if (!d.name.tag)
		return pl_fail(err, PL_INPUT, "%.*s: an image is deleted by repository:tag",
			       (int)(name.n > 200 ? 200 : name.n), name.p);
	return pl_db_write(inv->db, delete_image, &d, err);
}

int pl_inv_delete(struct pl_inv *inv, struct pl_str name, bool force, struct pl_err *err)
{
	return pl_inv_delete_match(inv, name, force, NULL, err);
}
