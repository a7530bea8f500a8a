// SPDX-License-Identifier: Apache-2.0
/* Registering: one transaction that either holds all of it or nothing. */
#include "inventory/stage_int.h"

/* A registration in work. */
struct put {
	struct pl_inv *inv;
	const struct pl_registration *r;
	enum pl_put_mode mode;
	struct pl_arena *a;
	struct pl_ref name;
	struct pl_stage stage;
	const char *text;      /* "repository:tag" */
	const char *base_text; /* NULL: none */
	const char *platform;  /* "" for all */
	bool has_base_digest, has_digest;
	struct pl_digest base_digest, digest;
	int64_t base_id;    /* content the base means now, 0 unknown */
	struct pl_named at; /* the name as it is, name_id 0 if new */
	int64_t stage_id, content_id;
	bool changed;
};

static int check_evidence(const char *e, struct pl_err *err)
{
	static const char *const known[] = {"build", "annotation", "layers", "declared"};
	for (size_t i = 0; e && i < PL_COUNT(known); i++)
		if (strcmp(e, known[i]) == 0)
			return 0;
	if (!e)
		return 0;
	return pl_fail(err, PL_INPUT,
		       "base_evidence: must be one of build, annotation, layers, declared");
}

/* Everything that can be checked without the database. */
static int check(struct put *p, struct pl_err *err)
{
	const struct pl_registration *r = p->r;
	int rc = pl_ref_check_name(&r->name, err);
	if (rc < 0)
		return rc;
	if (!r->name.tag)
		return pl_fail(err, PL_INPUT, "%s: an image is registered under repository:tag",
			       r->name.text);
	p->has_digest = r->has_digest || r->name.has_digest;
	p->digest = r->has_digest ? r->digest : r->name.digest;
	if (r->has_digest && r->name.has_digest && !pl_digest_eq(&r->digest, &r->name.digest))
		return pl_fail(err, PL_INPUT,
			       "%s: the digest in the name is not the one given (%s)", r->name.text,
			       PL_DIGEST_STR(&r->digest));
	p->name = pl_ref_with_tag(p->a, &r->name, r->name.tag);
	p->text = p->name.text;
	p->platform = r->platform ? r->platform : "";
	if (r->base.repository) {
		rc = pl_ref_check_name(&r->base, err);
		if (rc < 0)
			return pl_ctx(err, "base of %s", p->text);
		p->has_base_digest = r->has_base_digest || r->base.has_digest;
		p->base_digest = r->has_base_digest ? r->base_digest : r->base.digest;
		if (r->has_base_digest && r->base.has_digest &&
		    !pl_digest_eq(&r->base_digest, &r->base.digest))
			return pl_fail(
				err, PL_INPUT,
				"base of %s: the digest in the name is not the one given (%s)",
				p->text, PL_DIGEST_STR(&r->base_digest));
		p->base_text = pl_ref_format(p->a, &r->base);
	} else if (r->has_base_digest) {
		return pl_fail(err, PL_INPUT, "%s: a base_digest needs the base's name", p->text);
	}
	rc = check_evidence(r->base_evidence, err);
	if (rc == 0 && *p->platform)
		rc = pl_inv_check_text(p->platform, "platform", err);
	if (rc == 0 && r->definition)
		rc = pl_inv_check_text(r->definition, "definition", err);
	if (rc == 0)
		rc = pl_stage_make(p->a, r, &p->stage, err);
	return rc < 0 ? pl_ctx(err, "%s", p->text) : 0;
}

static int find_base(struct put *p, struct pl_err *err)
{
	struct pl_named at;
	int rc = 0;
	if (!p->base_text)
		return 0;
	if (p->has_base_digest) {
		rc = pl_inv_content_by_digest(p->inv, &p->base_digest, &p->base_id, err);
	} else {
		rc = pl_inv_name_row(p->inv, &p->r->base, &at, err);
		if (rc == 1)
			p->base_id = at.content_id;
	}
	return rc < 0 ? rc : 0;
}

enum facts { FACTS_SAME, FACTS_NEW, FACTS_OTHER };

/* How the registered facts stand to those known of a content: base and packages. A base given
 * without digest is the same whatever it means now. */
static int compare(struct put *p, int64_t content_id, enum facts *ret, struct pl_err *err)
{
	PL_AUTO(stmt) base = {0};
	PL_AUTO(stmt) facts = {0};
	int rc = pl_db_query(p->inv->db, "SELECT base, base_digest FROM content WHERE id = $1",
			     &base, err);
	if (rc < 0)
		return rc;
	pl_stmt_i64(&base, 1, content_id);
	rc = pl_stmt_step(&base, err);
	if (rc < 0)
		return rc;
	struct pl_str known = pl_stmt_col_text(&base, 0), digest = pl_stmt_col_blob(&base, 1);
	bool same = pl_str_eq(known, pl_str_of(p->base_text));
	if (p->has_base_digest && digest.n == 32)
		same = same && memcmp(digest.p, p->base_digest.b, 32) == 0;
	rc = pl_db_query(p->inv->db, "SELECT platform, stage_id FROM facts WHERE content_id = $1",
			 &facts, err);
	if (rc < 0)
		return rc;
	bool there = false, clash = !same;
	pl_stmt_i64(&facts, 1, content_id);
	while ((rc = pl_stmt_step(&facts, err)) == 1) {
		struct pl_str platform = pl_stmt_col_text(&facts, 0);
		if (pl_str_is(platform, p->platform)) {
			there = true;
			clash = clash || pl_stmt_col_i64(&facts, 1) != p->stage_id;
		} else if (platform.n == 0 || !*p->platform) {
			clash = true; /* facts of all platforms and of one do not stand together */
		}
	}
	if (rc == 0)
		*ret = clash ? FACTS_OTHER : there ? FACTS_SAME : FACTS_NEW;
	return rc;
}

static int content_of(struct put *p, int64_t id, struct pl_digest *ret, int64_t *ret_base,
		      struct pl_err *err)
{
	PL_AUTO(stmt) q = {0};
	int rc = pl_db_query(p->inv->db,
			     "SELECT digest, coalesce(base_id, 0) FROM content WHERE id = $1", &q,
			     err);
	if (rc < 0)
		return rc;
	pl_stmt_i64(&q, 1, id);
	rc = pl_stmt_step(&q, err);
	if (rc < 0)
		return rc;
	struct pl_str d = pl_stmt_col_blob(&q, 0);
	if (d.n != 32)
		return pl_fail(err, PL_INPUT, "%s: the record of %s is damaged; register it again",
			       pl_db_path(p->inv->db), p->text);
	memcpy(ret->b, d.p, 32);
	*ret_base = pl_stmt_col_i64(&q, 1);
	return 0;
}

/* Without a digest from outside: the content there is, while it says the same and (unless this only
 * asks whether it is there) stands on what the base means now; else one of its own. */
static int find_digest(struct put *p, struct pl_err *err)
{
	struct pl_digest known, base;
	int64_t known_base = 0, unused;
	enum facts facts;
	int rc;
	if (p->has_digest)
		return 0;
	if (p->at.name_id) {
		rc = compare(p, p->at.content_id, &facts, err);
		if (rc == 0)
			rc = content_of(p, p->at.content_id, &known, &known_base, err);
		if (rc < 0)
			return rc;
		if (facts != FACTS_OTHER &&
		    (p->mode == PL_PUT_CREATE || p->base_id == 0 || known_base == p->base_id)) {
			p->digest = known;
			return 0;
		}
	}
	if (p->base_id) {
		rc = content_of(p, p->base_id, &base, &unused, err);
		if (rc < 0)
			return rc;
	}
	p->digest = pl_stage_content(&p->stage, p->text, p->base_text, p->base_id ? &base : NULL,
				     p->platform);
	return 0;
}

static int insert_content(struct put *p, struct pl_err *err)
{
	PL_AUTO(stmt) q = {0};
	int rc = pl_db_query(p->inv->db,
			     "INSERT INTO content (digest, base, base_repository, base_tag,"
			     " base_digest, base_id, evidence, definition)"
			     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
			     &q, err);
	if (rc < 0)
		return rc;
	pl_stmt_blob(&q, 1, p->digest.b, 32);
	pl_stmt_text(&q, 2, pl_str_of(p->base_text));
	pl_stmt_text(&q, 3, pl_str_of(p->r->base.tag ? p->r->base.repository : NULL));
	pl_stmt_text(&q, 4, pl_str_of(p->r->base.tag));
	pl_stmt_blob(&q, 5, p->has_base_digest ? p->base_digest.b : NULL, 32);
	if (p->base_id)
		pl_stmt_i64(&q, 6, p->base_id);
	pl_stmt_text(&q, 7,
		     pl_str_of(!p->base_text         ? NULL
			       : p->r->base_evidence ? p->r->base_evidence
						     : "declared"));
	pl_stmt_text(&q, 8, pl_str_of(p->r->definition));
	rc = pl_stmt_step(&q, err);
	if (rc < 0)
		return rc;
	p->content_id = pl_stmt_col_i64(&q, 0);
	return 0;
}

/* A PUT or push says more, or something else, about a content that is known. What it stands on
 * stays as long as the base's name is the same: content does not move. */
static int update_content(struct put *p, struct pl_err *err)
{
	PL_AUTO(stmt) q = {0};
	int rc = pl_db_query(
		p->inv->db,
		"UPDATE content SET base = $2, base_repository = $3, base_tag = $4,"
		" base_digest = coalesce($5, CASE WHEN base IS NOT DISTINCT FROM $2 THEN "
		"base_digest END),"
		" base_id = CASE WHEN base IS NOT DISTINCT FROM $2 AND $5 IS NULL"
		"  THEN coalesce(base_id, $6) ELSE $6 END,"
		" evidence = CASE WHEN base IS NOT DISTINCT FROM $2 THEN coalesce($7, evidence)"
		"  WHEN $2 IS NULL THEN NULL ELSE coalesce($7, 'declared') END,"
		" definition = CASE WHEN $9 THEN $8 ELSE coalesce($8, definition) END"
		" WHERE id = $1",
		&q, err);
	if (rc < 0)
		return rc;
	pl_stmt_i64(&q, 1, p->content_id);
	pl_stmt_text(&q, 2, pl_str_of(p->base_text));
	pl_stmt_text(&q, 3, pl_str_of(p->r->base.tag ? p->r->base.repository : NULL));
	pl_stmt_text(&q, 4, pl_str_of(p->r->base.tag));
	pl_stmt_blob(&q, 5, p->has_base_digest ? p->base_digest.b : NULL, 32);
	if (p->base_id)
		pl_stmt_i64(&q, 6, p->base_id);
	pl_stmt_text(&q, 7, pl_str_of(p->base_text ? p->r->base_evidence : NULL));
	pl_stmt_text(&q, 8, pl_str_of(p->r->definition));
	pl_stmt_i64(&q, 9, p->mode == PL_PUT_REPLACE);
	return pl_stmt_run(&q, err);
}

/* Chains of the platforms beside the first one, for finding a base by its layers. */
static int store_layers(struct put *p, struct pl_err *err)
{
	const struct pl_registration *r = p->r;
	int rc = 0;
	for (size_t i = 0; i < r->n_more && rc == 0; i++) {
		PL_AUTO(stmt) add = {0};
		size_t n = r->more_n_diff_ids[i];
		if (n == 0)
			continue;
		struct pl_digest *chain = pl_arena_array(p->a, struct pl_digest, n);
		pl_inv_chain_ids(r->more_diff_ids[i], n, chain);
		rc = pl_db_query(p->inv->db,
				 "INSERT INTO layers (content_id, chain) VALUES ($1, $2)"
				 " ON CONFLICT DO NOTHING",
				 &add, err);
		if (rc < 0)
			break;
		pl_stmt_i64(&add, 1, p->content_id);
		pl_stmt_blob(&add, 2, chain[n - 1].b, 32);
		rc = pl_stmt_run(&add, err);
	}
	return rc;
}

static int store_facts(struct put *p, struct pl_err *err)
{
	PL_AUTO(stmt) drop = {0};
	PL_AUTO(stmt) add = {0};
	const struct pl_registration *r = p->r;
	int rc = pl_db_query(p->inv->db,
			     "DELETE FROM facts WHERE content_id = $1"
			     " AND (platform = '' OR $2 = '') AND platform <> $2",
			     &drop, err);
	if (rc == 0)
		rc = pl_db_query(
			p->inv->db,
			"INSERT INTO facts (content_id, platform, stage_id, chain)"
			" VALUES ($1, $2, $3, $4) ON CONFLICT (content_id, platform) DO UPDATE"
			" SET stage_id = excluded.stage_id, chain = coalesce(excluded.chain, "
			"facts.chain)",
			&add, err);
	if (rc < 0)
		return rc;
	pl_stmt_i64(&drop, 1, p->content_id);
	pl_stmt_text(&drop, 2, pl_str_of(p->platform));
	rc = pl_stmt_run(&drop, err);
	if (rc < 0)
		return rc;
	pl_stmt_i64(&add, 1, p->content_id);
	pl_stmt_text(&add, 2, pl_str_of(p->platform));
	pl_stmt_i64(&add, 3, p->stage_id);
	if (r->n_diff_ids) {
		struct pl_digest *chain = pl_arena_array(p->a, struct pl_digest, r->n_diff_ids);
		pl_inv_chain_ids(r->diff_ids, r->n_diff_ids, chain);
		pl_stmt_blob(&add, 4, chain[r->n_diff_ids - 1].b, 32);
	}
	rc = pl_stmt_run(&add, err);
	return rc < 0 ? rc : store_layers(p, err);
}

/* Everything known of a content that a registration may change, hashed: did it? */
static int content_state(struct put *p, int64_t id, struct pl_digest *ret, struct pl_err *err)
{
	PL_AUTO(stmt) q = {0};
	PL_AUTO(buf) b = {0};
	int rc = pl_db_query(p->inv->db,
			     "SELECT c.base, c.base_digest, c.base_id, c.evidence, c.definition,"
			     " f.platform, f.stage_id, f.chain FROM content c"
			     " LEFT JOIN facts f ON f.content_id = c.id WHERE c.id = $1"
			     " ORDER BY f.platform",
			     &q, err);
	if (rc < 0)
		return rc;
	pl_stmt_i64(&q, 1, id);
	while ((rc = pl_stmt_step(&q, err)) == 1)
		for (int col = 0; col < 8; col++) {
			struct pl_str s = pl_stmt_col_text(&q, col);
			pl_buf_addf(&b, "%d:%zu:", s.p != NULL, s.n);
			pl_buf_addstr(&b, s);
		}
	if (rc == 0)
		*ret = pl_sha256_of(pl_buf_str(&b));
	return rc;
}

static int refuse(struct put *p, const char *name, struct pl_err *err)
{
	return pl_fail(err, PL_CONFLICT,
		       "%s is already registered with something else; PUT replaces it", name);
}

static int put_content(struct put *p, struct pl_err *err)
{
	int rc = pl_inv_content_by_digest(p->inv, &p->digest, &p->content_id, err);
	if (rc < 0)
		return rc;
	if (rc == 0) {
		p->changed = true;
		rc = insert_content(p, err);
		return rc < 0 ? rc : store_facts(p, err);
	}
	enum facts facts;
	rc = compare(p, p->content_id, &facts, err);
	if (rc < 0)
		return rc;
	if (p->mode == PL_PUT_CREATE && facts == FACTS_OTHER)
		return pl_fail(err, PL_CONFLICT,
			       "%s: content %s is already registered with another base or other "
			       "packages; PUT replaces them",
			       p->text, PL_DIGEST_STR(&p->digest));
	struct pl_digest before, after;
	rc = content_state(p, p->content_id, &before, err);
	if (rc == 0 && !(p->mode == PL_PUT_CREATE && facts == FACTS_SAME)) {
		rc = update_content(p, err);
		if (rc == 0)
			rc = store_facts(p, err);
	}
	if (rc == 0)
		rc = content_state(p, p->content_id, &after, err);
	if (rc == 0 && !pl_digest_eq(&before, &after))
		p->changed = true;
	return rc;
}

static int insert_name(struct put *p, const struct pl_ref *n, int64_t main_id, int64_t *ret_id,
		       struct pl_err *err)
{
	PL_AUTO(stmt) q = {0};
	int rc = pl_db_query(p->inv->db,
			     "INSERT INTO name (repository, tag, content_id, main_id, since)"
			     " VALUES ($1, $2, $3, $4, $5) RETURNING id",
			     &q, err);
	if (rc < 0)
		return rc;
	pl_stmt_text(&q, 1, pl_str_of(n->repository));
	pl_stmt_text(&q, 2, pl_str_of(n->tag));
	pl_stmt_i64(&q, 3, p->content_id);
	if (main_id)
		pl_stmt_i64(&q, 4, main_id);
	pl_stmt_i64(&q, 5, pl_env_now(p->inv->env));
	rc = pl_stmt_step(&q, err);
	if (rc < 0)
		return rc;
	*ret_id = pl_stmt_col_i64(&q, 0);
	p->changed = true;
	return 0;
}

/* The name means p->content_id from now on; what it meant becomes history. */
static int move_name(struct put *p, const struct pl_named *at, bool make_main, struct pl_err *err)
{
	PL_AUTO(stmt) keep = {0};
	PL_AUTO(stmt) move = {0};
	int64_t now = pl_env_now(p->inv->env);
	int rc = pl_db_query(p->inv->db,
			     "INSERT INTO former (name_id, content_id, since, until)"
			     " VALUES ($1, $2, $3, $4)",
			     &keep, err);
	if (rc == 0)
		rc = pl_db_query(p->inv->db,
				 "UPDATE name SET content_id = $2, since = $3,"
				 " main_id = CASE WHEN $4 THEN NULL ELSE main_id END WHERE id = $1",
				 &move, err);
	if (rc < 0)
		return rc;
	pl_stmt_i64(&keep, 1, at->name_id);
	pl_stmt_i64(&keep, 2, at->content_id);
	pl_stmt_i64(&keep, 3, at->since);
	pl_stmt_i64(&keep, 4, now);
	rc = pl_stmt_run(&keep, err);
	if (rc < 0)
		return rc;
	pl_stmt_i64(&move, 1, at->name_id);
	pl_stmt_i64(&move, 2, p->content_id);
	pl_stmt_i64(&move, 3, now);
	pl_stmt_i64(&move, 4, make_main);
	p->changed = true;
	return pl_stmt_run(&move, err);
}

/* Images registered before this base was known stand on it from now on. */
static int settle(struct put *p, const struct pl_ref *n, struct pl_err *err)
{
	PL_AUTO(stmt) q = {0};
	int rc = pl_db_query(p->inv->db,
			     "UPDATE content SET base_id = $1 WHERE base_id IS NULL AND id <> $1"
			     " AND base_digest IS NULL AND base_repository = $2 AND base_tag = $3",
			     &q, err);
	if (rc < 0)
		return rc;
	pl_stmt_i64(&q, 1, p->content_id);
	pl_stmt_text(&q, 2, pl_str_of(n->repository));
	pl_stmt_text(&q, 3, pl_str_of(n->tag));
	return pl_stmt_run(&q, err);
}

static int settle_digest(struct put *p, struct pl_err *err)
{
	PL_AUTO(stmt) q = {0};
	int rc = pl_db_query(p->inv->db,
			     "UPDATE content SET base_id = $1 WHERE base_id IS NULL"
			     " AND base_digest = $2",
			     &q, err);
	if (rc < 0)
		return rc;
	pl_stmt_i64(&q, 1, p->content_id);
	pl_stmt_blob(&q, 2, p->digest.b, 32);
	return pl_stmt_run(&q, err);
}

static int put_name(struct put *p, struct pl_err *err)
{
	int rc = 0;
	if (!p->at.name_id) {
		rc = insert_name(p, &p->name, 0, &p->at.name_id, err);
		p->at.main_id = p->at.name_id;
		if (rc == 0)
			rc = settle(p, &p->name, err);
	} else if (p->at.content_id != p->content_id) {
		if (p->mode == PL_PUT_CREATE)
			return refuse(p, p->text, err);
		rc = move_name(p, &p->at, true, err);
		p->at.main_id = p->at.name_id;
	}
	return rc;
}

static int put_alias(struct put *p, const struct pl_ref *alias, struct pl_err *err)
{
	struct pl_named at = {0};
	int64_t id;
	int rc = pl_ref_check_name(alias, err);
	if (rc < 0)
		return pl_ctx(err, "alias of %s", p->text);
	if (alias->has_digest)
		return pl_fail(err, PL_INPUT, "alias of %s: %s is not repository:tag", p->text,
			       alias->text);
	rc = pl_inv_name_row(p->inv, alias, &at, err);
	if (rc < 0)
		return rc;
	if (rc == 1) {
		if (at.content_id == p->content_id)
			return 0;
		return p->mode == PL_PUT_CREATE ? refuse(p, alias->text, err)
						: move_name(p, &at, false, err);
	}
	rc = insert_name(p, alias, p->at.main_id, &id, err);
	return rc < 0 ? rc : settle(p, alias, err);
}

static int store(struct put *p, struct pl_err *err)
{
	int rc = pl_inv_name_row(p->inv, &p->name, &p->at, err);
	if (rc < 0)
		return rc;
	if (rc == 0 && p->mode == PL_PUT_REPLACE)
		return pl_fail(err, PL_NOT_FOUND,
			       "image %s is not in the inventory; POST registers it", p->text);
	if (rc == 1)
		rc = pl_inv_check_etag(p->inv, &p->at, p->r->if_match, err);
	if (rc == 0)
		rc = find_base(p, err);
	if (rc == 0)
		rc = pl_stage_store(p->inv, &p->stage, &p->stage_id, err);
	if (rc == 0)
		rc = find_digest(p, err);
	if (rc == 0)
		rc = put_content(p, err);
	if (rc == 0)
		rc = put_name(p, err);
	for (size_t i = 0; rc == 0 && i < p->r->n_aliases; i++)
		rc = put_alias(p, &p->r->aliases[i], err);
	if (rc < 0 || !p->changed)
		return rc;
	rc = settle_digest(p, err);
	return rc < 0 ? rc : pl_inv_check_cycles(p->inv, p->content_id, err);
}

int pl_inv_put(struct pl_inv *inv, const struct pl_registration *r, enum pl_put_mode mode,
	       struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	PL_AUTO(tx) tx = {0};
	struct put p = {.inv = inv, .r = r, .mode = mode, .a = &a};
	int rc = check(&p, err);
	if (rc < 0)
		return rc;
	if (inv->url)
		return pl_inv_put_remote(inv, r, mode, err);
	rc = pl_tx_write(inv->db, &tx, err);
	if (rc == 0)
		rc = store(&p, err);
	if (rc < 0 || !p.changed)
		return rc; /* an unchanged transaction is rolled back: nothing was written */
	rc = pl_tx_commit(&tx, err);
	return rc < 0 ? rc : 1;
}
