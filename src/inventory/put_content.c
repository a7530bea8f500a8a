// SPDX-License-Identifier: Apache-2.0
/* What a registration says about a content: what it stands on, its packages, its layers. */
#include "inventory/put_int.h"

enum facts { FACTS_SAME, FACTS_NEW, FACTS_OTHER };

/* Is the base registered for a content the one given? One given without digest is the same whatever
 * it means now. What an image stands on hangs on content: under another name it is the same base
 * when both mean one content, and that name is the image's own (now.own_base). */
static int compare_base(struct pl_put *p, int64_t content_id, bool *ret, struct pl_err *err)
{
	struct pl_digest digest;
	PL_AUTO(stmt) q = pl_db_query(p->inv->db, "SELECT base, base_digest, coalesce(base_id, 0)"
						  " FROM content WHERE id = $1");
	pl_stmt_i64(&q, 1, content_id);
	int rc = pl_stmt_step(&q, err);
	if (rc < 0)
		return rc;
	bool has_digest = pl_stmt_col_digest(&q, 1, &digest) && p->has_base_digest;
	bool one_digest = has_digest && pl_digest_eq(&digest, &p->base_digest);
	bool one_content = p->now.base_id && p->now.base_id == pl_stmt_col_i64(&q, 2);
	struct pl_str name = pl_stmt_col_text(&q, 0);
	bool one_name = pl_str_eq(name, pl_str_of(p->base_text));
	p->now.own_base = !one_name && name.p && p->base_text && (one_digest || one_content);
	*ret = one_name ? !has_digest || one_digest : p->now.own_base;
	return pl_stmt_check(&q, err);
}

/* How the registered facts stand to those known of a content: base and packages. */
static int compare_facts(struct pl_put *p, int64_t content_id, enum facts *ret, struct pl_err *err)
{
	bool same_base, there = false, clash = false;
	int rc = compare_base(p, content_id, &same_base, err);
	if (rc < 0)
		return rc;
	PL_AUTO(stmt) q = pl_db_query(p->inv->db,
				      "SELECT platform, stage_id FROM facts WHERE content_id = $1");
	pl_stmt_i64(&q, 1, content_id);
	while ((rc = pl_stmt_step(&q, err)) == 1) {
		struct pl_str platform = pl_stmt_col_text(&q, 0);
		if (pl_str_is(platform, p->platform)) {
			there = true;
			clash = clash || pl_stmt_col_i64(&q, 1) != p->now.stage_id;
		} else if (platform.n == 0 || !*p->platform) {
			clash = true; /* facts of all platforms and of one do not stand together */
		}
	}
	if (rc == 0)
		*ret = clash || !same_base ? FACTS_OTHER : there ? FACTS_SAME : FACTS_NEW;
	return rc;
}

static int content_of(struct pl_put *p, int64_t id, struct pl_digest *ret, int64_t *ret_base,
		      struct pl_err *err)
{
	PL_AUTO(stmt) q = pl_db_query(p->inv->db, "SELECT digest, coalesce(base_id, 0) FROM content"
						  " WHERE id = $1");
	pl_stmt_i64(&q, 1, id);
	int rc = pl_stmt_step(&q, err);
	if (rc == 1 && pl_stmt_col_digest(&q, 0, ret)) {
		*ret_base = pl_stmt_col_i64(&q, 1);
		return 0;
	}
	if (rc >= 0)
		rc = pl_stmt_check(&q, err);
	return rc < 0 ? rc
		      : pl_fail(err, PL_DAMAGED,
				"%s: the record of %s is damaged; register it again",
				pl_db_path(p->inv->db), p->text);
}

int pl_put_find_digest(struct pl_put *p, struct pl_err *err)
{
	struct pl_put_state *s = &p->now;
	struct pl_digest known, base;
	int64_t known_base = 0, unused;
	enum facts facts;
	int rc;
	if (p->has_digest) {
		s->digest = p->asked_digest;
		return 0;
	}
	/* The content there is, while it says the same and (unless this only asks whether it is
	 * there) stands on what the base means now. */
	if (s->at.name_id) {
		rc = compare_facts(p, s->at.content_id, &facts, err);
		if (rc == 0)
			rc = content_of(p, s->at.content_id, &known, &known_base, err);
		if (rc < 0)
			return rc;
		if (facts != FACTS_OTHER &&
		    (p->mode == PL_PUT_CREATE || s->base_id == 0 || known_base == s->base_id)) {
			s->digest = known;
			return 0;
		}
	}
	if (s->base_id) {
		rc = content_of(p, s->base_id, &base, &unused, err);
		if (rc < 0)
			return rc;
	}
	s->digest = pl_stage_content(&p->stage, p->text, p->base_text, s->base_id ? &base : NULL,
				     p->platform);
	return 0;
}

/* Parameters 2 to 6 of both statements below. */
static void bind_base(struct pl_put *p, struct pl_stmt *q)
{
	const struct pl_ref *base = &p->r->base;
	pl_stmt_text(q, 2, pl_str_of(p->base_text));
	pl_stmt_text(q, 3, pl_str_of(base->tag ? base->repository : NULL));
	pl_stmt_text(q, 4, pl_str_of(base->tag));
	pl_stmt_digest(q, 5, p->has_base_digest ? &p->base_digest : NULL);
	pl_stmt_key(q, 6, p->now.base_id);
}

static int insert_content(struct pl_put *p, struct pl_err *err)
{
	const char *evidence = p->r->base_evidence ? p->r->base_evidence : "declared";
	PL_AUTO(stmt) q =
		pl_db_query(p->inv->db, "INSERT INTO content (digest, base, base_repository,"
					" base_tag, base_digest, base_id, evidence, definition)"
					" VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id");
	pl_stmt_digest(&q, 1, &p->now.digest);
	bind_base(p, &q);
	pl_stmt_text(&q, 7, pl_str_of(p->base_text ? evidence : NULL));
	pl_stmt_text(&q, 8, pl_str_of(p->r->definition));
	int rc = pl_stmt_step(&q, err);
	if (rc < 0)
		return rc;
	p->now.content_id = pl_stmt_col_i64(&q, 0);
	return 0;
}

/* The base stays as it is registered: that of another name is the name's (put_name.c). */
static int update_facts_of_base(struct pl_put *p, struct pl_err *err)
{
	PL_AUTO(stmt) q = pl_db_query(
		p->inv->db, "UPDATE content SET evidence = coalesce($2, evidence), definition ="
			    " CASE WHEN $4 THEN $3 ELSE coalesce($3, definition) END"
			    " WHERE id = $1");
	pl_stmt_i64(&q, 1, p->now.content_id);
	pl_stmt_text(&q, 2, pl_str_of(p->r->base_evidence));
	pl_stmt_text(&q, 3, pl_str_of(p->r->definition));
	pl_stmt_bool(&q, 4, p->mode == PL_PUT_REPLACE);
	return pl_stmt_run(&q, err);
}

/* Another base is another one for every name of the content. */
static int forget_own_bases(struct pl_put *p, struct pl_err *err)
{
	PL_AUTO(stmt) q = pl_db_query(
		p->inv->db, "UPDATE name SET base = NULL, base_repository = NULL, base_tag = NULL"
			    " WHERE content_id = $1 AND EXISTS"
			    " (SELECT 1 FROM content WHERE id = $1 AND base IS DISTINCT FROM $2)");
	pl_stmt_i64(&q, 1, p->now.content_id);
	pl_stmt_text(&q, 2, pl_str_of(p->base_text));
	return pl_stmt_run(&q, err);
}

/* A PUT or push says more, or something else, about a content that is known. What it stands on
 * stays as long as the base's name is the same: content does not move. */
static int update_content(struct pl_put *p, struct pl_err *err)
{
	if (p->now.own_base)
		return update_facts_of_base(p, err);
	int rc = forget_own_bases(p, err);
	if (rc < 0)
		return rc;
	PL_AUTO(stmt) q = pl_db_query(
		p->inv->db,
		"UPDATE content SET base = $2, base_repository = $3, base_tag = $4,"
		" base_digest = coalesce($5, CASE WHEN base IS NOT DISTINCT FROM $2"
		"  THEN base_digest END),"
		" base_id = CASE WHEN base IS NOT DISTINCT FROM $2 AND NOT $9"
		"  THEN coalesce(base_id, $6) ELSE $6 END,"
		" evidence = CASE WHEN base IS NOT DISTINCT FROM $2 THEN coalesce($7, evidence)"
		"  WHEN CAST($2 AS TEXT) IS NULL THEN NULL ELSE coalesce($7, 'declared') END,"
		" definition = CASE WHEN $10 THEN $8 ELSE coalesce($8, definition) END"
		" WHERE id = $1");
	pl_stmt_i64(&q, 1, p->now.content_id);
	bind_base(p, &q);
	pl_stmt_text(&q, 7, pl_str_of(p->base_text ? p->r->base_evidence : NULL));
	pl_stmt_text(&q, 8, pl_str_of(p->r->definition));
	pl_stmt_bool(&q, 9, p->has_base_digest);
	pl_stmt_bool(&q, 10, p->mode == PL_PUT_REPLACE);
	return pl_stmt_run(&q, err);
}

static struct pl_digest last_chain_id(struct pl_put *p, const struct pl_digest *diff_ids, size_t n)
{
	struct pl_digest *chain = pl_arena_array(p->a, struct pl_digest, n);
	pl_inv_chain_ids(diff_ids, n, chain);
	return chain[n - 1];
}

/* The chain of a platform beside the first one, for finding a base by its layers. */
static int store_layers(struct pl_put *p, const struct pl_digest *diff_ids, size_t n,
			struct pl_err *err)
{
	struct pl_digest chain;
	if (n == 0)
		return 0;
	chain = last_chain_id(p, diff_ids, n);
	PL_AUTO(stmt) q =
		pl_db_query(p->inv->db, "INSERT INTO layers (content_id, chain) VALUES ($1, $2)"
					" ON CONFLICT DO NOTHING");
	pl_stmt_i64(&q, 1, p->now.content_id);
	pl_stmt_digest(&q, 2, &chain);
	return pl_stmt_run(&q, err);
}

static int store_facts(struct pl_put *p, struct pl_err *err)
{
	const struct pl_registration *r = p->r;
	struct pl_digest chain;
	PL_AUTO(stmt) drop =
		pl_db_query(p->inv->db, "DELETE FROM facts WHERE content_id = $1 AND (platform = ''"
					" OR CAST($2 AS TEXT) = '') AND platform <> $2");
	pl_stmt_i64(&drop, 1, p->now.content_id);
	pl_stmt_text(&drop, 2, pl_str_of(p->platform));
	int rc = pl_stmt_run(&drop, err);
	if (rc < 0)
		return rc;
	PL_AUTO(stmt) put = pl_db_query(
		p->inv->db,
		"INSERT INTO facts (content_id, platform, stage_id, chain)"
		" VALUES ($1, $2, $3, $4) ON CONFLICT (content_id, platform) DO UPDATE SET"
		" stage_id = excluded.stage_id, chain = coalesce(excluded.chain, facts.chain)");
	if (r->n_diff_ids)
		chain = last_chain_id(p, r->diff_ids, r->n_diff_ids);
	pl_stmt_i64(&put, 1, p->now.content_id);
	pl_stmt_text(&put, 2, pl_str_of(p->platform));
	pl_stmt_i64(&put, 3, p->now.stage_id);
	pl_stmt_digest(&put, 4, r->n_diff_ids ? &chain : NULL);
	rc = pl_stmt_run(&put, err);
	for (size_t i = 0; rc == 0 && i < r->n_more; i++)
		rc = store_layers(p, r->more_diff_ids[i], r->more_n_diff_ids[i], err);
	return rc;
}

static void hash_column(struct pl_buf *b, struct pl_str s)
{
	pl_buf_addf(b, "%d:%zu:", s.p != NULL, s.n);
	pl_buf_addstr(b, s);
}

/* Everything known of a content that a registration may change, hashed: did it? */
static int hash_content(struct pl_put *p, struct pl_digest *ret, struct pl_err *err)
{
	PL_AUTO(buf) b = {0};
	PL_AUTO(stmt) q =
		pl_db_query(p->inv->db, "SELECT c.base, c.evidence, c.definition, f.platform,"
					" c.base_digest, f.chain, coalesce(c.base_id, 0),"
					" coalesce(f.stage_id, 0) FROM content c"
					" LEFT JOIN facts f ON f.content_id = c.id WHERE c.id = $1"
					" ORDER BY f.platform");
	int rc;
	pl_stmt_i64(&q, 1, p->now.content_id);
	while ((rc = pl_stmt_step(&q, err)) == 1) {
		for (int col = 0; col < 4; col++)
			hash_column(&b, pl_stmt_col_text(&q, col));
		for (int col = 4; col < 6; col++)
			hash_column(&b, pl_stmt_col_blob(&q, col));
		for (int col = 6; col < 8; col++)
			pl_buf_addf(&b, "%lld:", (long long)pl_stmt_col_i64(&q, col));
	}
	if (rc == 0)
		*ret = pl_sha256_of(pl_buf_str(&b));
	return rc;
}

/* PUT and push replace what is known of a content; POST adds to it. */
static int change_content(struct pl_put *p, struct pl_err *err)
{
	struct pl_digest before, after;
	int rc = hash_content(p, &before, err);
	if (rc == 0)
		rc = update_content(p, err);
	if (rc == 0)
		rc = store_facts(p, err);
	if (rc == 0)
		rc = hash_content(p, &after, err);
	if (rc == 0 && !pl_digest_eq(&before, &after))
		p->now.changed = true;
	return rc;
}

int pl_put_content(struct pl_put *p, struct pl_err *err)
{
	enum facts facts;
	int rc = pl_inv_content_by_digest(p->inv, &p->now.digest, &p->now.content_id, err);
	if (rc < 0)
		return rc;
	if (rc == 0) {
		p->now.changed = true;
		rc = insert_content(p, err);
		return rc < 0 ? rc : store_facts(p, err);
	}
	rc = compare_facts(p, p->now.content_id, &facts, err);
	if (rc < 0)
		return rc;
	if (p->mode == PL_PUT_CREATE && facts == FACTS_OTHER)
		return pl_fail(err, PL_CONFLICT,
			       "%s: content %s is already registered with another base or other "
			       "packages; PUT replaces them",
			       p->text, PL_DIGEST_STR(&p->now.digest));
	if (p->mode == PL_PUT_CREATE && facts == FACTS_SAME)
		return 0;
	return change_content(p, err);
}
