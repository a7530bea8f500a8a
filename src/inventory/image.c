// SPDX-License-Identifier: Apache-2.0
#include "inventory/image_int.h"

/* An image whose rows are being read. Its etag is a validator of everything that GET shows of it
 * and of its packages: what the first row holds, then platform and stage of each. */
struct image_reading {
	struct pl_arena *a;
	PL_VEC(struct pl_inv_image) out;
	int64_t content_id; /* of the last one; 0: none yet */
	struct pl_sha256 etag;
};

static void hash_text(struct pl_sha256 *h, struct pl_str s)
{
	uint64_t n = s.n;
	pl_sha256_add(h, &n, sizeof(n));
	if (s.n)
		pl_sha256_add(h, s.p, s.n);
}

static const char *text_or_null(struct image_reading *r, struct pl_stmt *q, int col)
{
	struct pl_str s = pl_stmt_col_text(q, col);
	return s.p ? pl_arena_cstr(r->a, s) : NULL;
}

static void finish_image(struct image_reading *r)
{
	char text[PL_DIGEST_TEXT];
	struct pl_digest d;
	if (!r->out.n)
		return;
	pl_sha256_final(&r->etag, &d);
	pl_sha256_done(&r->etag);
	r->out.v[r->out.n - 1].etag = pl_arena_strn(r->a, pl_digest_hex(&d, text), 32);
}

static void begin_image(struct image_reading *r, struct pl_stmt *q, const char *name)
{
	finish_image(r);
	struct pl_inv_image *i = pl_vec_push(&r->out);
	r->content_id = pl_stmt_col_i64(q, 3);
	i->name = name;
	i->since = pl_stmt_col_i64(q, 1);
	i->wave = (unsigned)pl_stmt_col_i64(q, 2);
	(void)pl_stmt_col_digest(q, 4, &i->digest);
	i->base = text_or_null(r, q, 5);
	i->base_evidence = text_or_null(r, q, 6);
	i->definition = text_or_null(r, q, 7);
	i->has_base_digest = pl_stmt_col_digest(q, 8, &i->base_digest);
	i->behind = pl_stmt_col_bool(q, 9);

	pl_sha256_init(&r->etag);
	pl_sha256_add(&r->etag, i->digest.b, sizeof(i->digest.b));
	hash_text(&r->etag, pl_str_of(i->base));
	hash_text(&r->etag, pl_str_of(i->base_evidence));
	hash_text(&r->etag, pl_str_of(i->definition));
	if (i->has_base_digest)
		pl_sha256_add(&r->etag, i->base_digest.b, sizeof(i->base_digest.b));
	pl_sha256_add(&r->etag, &i->behind, sizeof(i->behind));
	pl_sha256_add(&r->etag, &i->since, sizeof(i->since));
}

static void read_row(struct image_reading *r, struct pl_stmt *q)
{
	const struct pl_inv_image *last = r->out.n ? &r->out.v[r->out.n - 1] : NULL;
	struct pl_str name = pl_stmt_col_text(q, 0), platform = pl_stmt_col_text(q, 10);
	/* Two names may mean one content. */
	if (!last || r->content_id != pl_stmt_col_i64(q, 3) || !pl_str_is(name, last->name))
		begin_image(r, q, pl_arena_cstr(r->a, name));
	if (!platform.p)
		return; /* nothing is known of what is in it */
	hash_text(&r->etag, platform);
	hash_text(&r->etag, pl_stmt_col_blob(q, 11));
}

int pl_images_read(struct pl_stmt *q, struct pl_arena *a, struct pl_inv_images *ret,
		   struct pl_err *err)
{
	struct image_reading r = {.a = a};
	int rc;
	while ((rc = pl_stmt_step(q, err)) == 1)
		read_row(&r, q);
	finish_image(&r);
	if (rc == 0) {
		*ret = (struct pl_inv_images){pl_arena_array(a, struct pl_inv_image, r.out.n + 1),
					      r.out.n};
		if (r.out.n)
			memcpy(ret->v, r.out.v, r.out.n * sizeof(*ret->v));
	}
	pl_vec_free(&r.out);
	return rc;
}

int pl_inv_image_of(struct pl_inv *inv, struct pl_arena *a, const char *name,
		    const struct pl_named *at, struct pl_inv_image *ret, struct pl_err *err)
{
	struct pl_inv_images one;
	PL_AUTO(stmt) q = pl_db_query(
		inv->db, "SELECT" PL_IMAGE_COLUMNS(
				 "CAST($2 AS TEXT)", "CAST($3 AS BIGINT)",
				 "0") "FROM content c LEFT JOIN name n ON n.id = $4" PL_IMAGE_JOINS
				      "WHERE c.id = $1 ORDER BY f.platform");
	pl_stmt_i64(&q, 1, at->content_id);
	pl_stmt_text(&q, 2, pl_str_of(name));
	pl_stmt_i64(&q, 3, at->since);
	pl_stmt_key(&q, 4, at->former ? 0 : at->name_id);
	int rc = pl_images_read(&q, a, &one, err);
	if (rc == 0 && one.n != 1)
		rc = pl_fail(err, PL_DAMAGED, "%s: the record of %s is damaged; register it again",
			     pl_db_path(inv->db), name);
	if (rc == 0)
		*ret = one.v[0];
	return rc;
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
	return pl_fail(err, PL_STALE,
		       "the image has changed since it was read; read it again and decide anew");
}

int pl_inv_image_get(struct pl_inv *inv, struct pl_arena *a, struct pl_str name,
		     struct pl_inv_image *ret, struct pl_err *err)
{
	struct pl_ref n;
	struct pl_named at;
	PL_AUTO(tx) tx = {0};
	int rc = pl_ref_parse_name(a, name, &n, err);
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
	int rc = after ? pl_ref_parse_name(a, pl_str_of(after), &n, err) : 0;
	if (rc < 0)
		return rc;
	PL_AUTO(stmt) q = pl_db_query(
		inv->db, "SELECT" PL_IMAGE_COLUMNS(
				 "n.repository || ':' || n.tag", "n.since",
				 "0") "FROM (SELECT * FROM name WHERE main_id IS NULL AND "
				      "(repository, tag) > ($1, $2)"
				      "  ORDER BY repository, tag LIMIT $3) AS n"
				      " JOIN content c ON c.id = n.content_id" PL_IMAGE_JOINS
				      "ORDER BY n.repository, n.tag, f.platform");
	pl_stmt_text(&q, 1, pl_str_of(n.repository));
	pl_stmt_text(&q, 2, pl_str_of(n.tag ? n.tag : ""));
	pl_stmt_i64(&q, 3, limit > INT32_MAX ? INT32_MAX : (int64_t)limit);
	return pl_images_read(&q, a, ret, err);
}

int pl_inv_images_list(struct pl_inv *inv, struct pl_arena *a, struct pl_inv_images *ret,
		       struct pl_err *err)
{
	return pl_inv_images_page(inv, a, NULL, SIZE_MAX, ret, err);
}
