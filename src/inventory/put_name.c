// SPDX-License-Identifier: Apache-2.0
/* What a registration does to names: a new one, one that moves on, aliases, and the images that
 * waited for a base of that name. */
#include "inventory/put_int.h"

static int refuse_other(const char *name, struct pl_err *err)
{
	return pl_fail(err, PL_CONFLICT,
		       "%s is already registered with something else; PUT replaces it", name);
}

/* What the base is called for a name of the content, where that is not what the content has. 1:
 * another than before. */
static int set_own_base(struct pl_put *p, int64_t name_id, struct pl_err *err)
{
	const struct pl_ref *base = &p->r->base;
	const bool own = p->now.own_base;
	PL_AUTO(stmt) q = pl_db_query(
		p->inv->db, "UPDATE name SET base = $2, base_repository = $3, base_tag = $4"
			    " WHERE id = $1 AND base IS DISTINCT FROM $2 RETURNING id");
	pl_stmt_i64(&q, 1, name_id);
	pl_stmt_text(&q, 2, pl_str_of(own ? p->base_text : NULL));
	pl_stmt_text(&q, 3, pl_str_of(own && base->tag ? base->repository : NULL));
	pl_stmt_text(&q, 4, pl_str_of(own ? base->tag : NULL));
	int rc = pl_stmt_step(&q, err);
	if (rc == 1)
		p->now.changed = true;
	return rc;
}

static int insert_name(struct pl_put *p, const struct pl_ref *n, int64_t main_id, int64_t *ret_id,
		       struct pl_err *err)
{
	PL_AUTO(stmt) q =
		pl_db_query(p->inv->db, "INSERT INTO name (repository, tag, content_id, main_id,"
					" since) VALUES ($1, $2, $3, $4, $5) RETURNING id");
	pl_stmt_text(&q, 1, pl_str_of(n->repository));
	pl_stmt_text(&q, 2, pl_str_of(n->tag));
	pl_stmt_i64(&q, 3, p->now.content_id);
	pl_stmt_key(&q, 4, main_id);
	pl_stmt_i64(&q, 5, pl_env_now(p->inv->env));
	int rc = pl_stmt_step(&q, err);
	if (rc < 0)
		return rc;
	*ret_id = pl_stmt_col_i64(&q, 0);
	p->now.changed = true;
	return 0;
}

/* The name means the registered content from now on; what it meant becomes history. */
static int move_name(struct pl_put *p, const struct pl_named *at, bool make_main,
		     struct pl_err *err)
{
	int64_t now = pl_env_now(p->inv->env);
	PL_AUTO(stmt) keep =
		pl_db_query(p->inv->db, "INSERT INTO former (name_id, content_id, since, until)"
					" VALUES ($1, $2, $3, $4)");
	pl_stmt_i64(&keep, 1, at->name_id);
	pl_stmt_i64(&keep, 2, at->content_id);
	pl_stmt_i64(&keep, 3, at->since);
	pl_stmt_i64(&keep, 4, now);
	int rc = pl_stmt_run(&keep, err);
	if (rc < 0)
		return rc;
	PL_AUTO(stmt) move = pl_db_query(
		p->inv->db, "UPDATE name SET content_id = $2, since = $3,"
			    " main_id = CASE WHEN $4 THEN NULL ELSE main_id END WHERE id = $1");
	pl_stmt_i64(&move, 1, at->name_id);
	pl_stmt_i64(&move, 2, p->now.content_id);
	pl_stmt_i64(&move, 3, now);
	pl_stmt_bool(&move, 4, make_main);
	p->now.changed = true;
	return pl_stmt_run(&move, err);
}

/* Images registered with this name as base, before it was known, stand on it from now on. */
static int adopt_by_name(struct pl_put *p, const struct pl_ref *n, struct pl_err *err)
{
	PL_AUTO(stmt) q = pl_db_query(
		p->inv->db, "UPDATE content SET base_id = $1 WHERE base_id IS NULL AND id <> $1"
			    " AND base_digest IS NULL AND base_repository = $2 AND base_tag = $3");
	pl_stmt_i64(&q, 1, p->now.content_id);
	pl_stmt_text(&q, 2, pl_str_of(n->repository));
	pl_stmt_text(&q, 3, pl_str_of(n->tag));
	return pl_stmt_run(&q, err);
}

int pl_put_adopt_by_digest(struct pl_put *p, struct pl_err *err)
{
	PL_AUTO(stmt) q =
		pl_db_query(p->inv->db, "UPDATE content SET base_id = $1 WHERE base_id IS NULL"
					" AND base_digest = $2");
	pl_stmt_i64(&q, 1, p->now.content_id);
	pl_stmt_digest(&q, 2, &p->now.digest);
	return pl_stmt_run(&q, err);
}

/* Before names meant one place (docs/decisions/0019), a layout was registered under its path as
 * fleet.yaml has it. Where such a name ends this one and means this very content, it was this
 * place's: it gets the whole name, with its history and aliases. */
int pl_put_take_over_relative(struct pl_put *p, struct pl_err *err)
{
	if (!p->has_digest || !pl_str_starts(pl_str_of(p->name.repository), "oci:/"))
		return 0;
	PL_AUTO(stmt) q = pl_db_query(
		p->inv->db,
		"SELECT n.id, n.repository, n.content_id, n.since FROM name n"
		" JOIN content c ON c.id = n.content_id WHERE c.digest = $3 AND tag = $2"
		" AND main_id IS NULL AND repository LIKE 'oci:%' AND repository NOT LIKE 'oci:/%'"
		" AND length(repository) < length($1)"
		" AND substr($1, length($1) - length(repository) + 4) = '/' || substr(repository, "
		"5)"
		" ORDER BY length(repository) DESC LIMIT 1");
	pl_stmt_text(&q, 1, pl_str_of(p->name.repository));
	pl_stmt_text(&q, 2, pl_str_of(p->name.tag));
	pl_stmt_digest(&q, 3, &p->asked_digest);
	int rc = pl_stmt_step(&q, err);
	if (rc <= 0)
		return rc;
	int64_t id = pl_stmt_col_i64(&q, 0);
	const char *former = pl_arena_cstr(p->a, pl_stmt_col_text(&q, 1));
	p->now.at = (struct pl_named){.name_id = id,
				      .main_id = id,
				      .content_id = pl_stmt_col_i64(&q, 2),
				      .since = pl_stmt_col_i64(&q, 3)};
	PL_AUTO(stmt) rename = pl_db_query(
		p->inv->db, "UPDATE name SET repository = $1 WHERE repository = $2"
			    " AND (id = $3 OR main_id = $3) AND NOT EXISTS (SELECT 1 FROM name x"
			    " WHERE x.repository = $1 AND x.tag = name.tag)");
	pl_stmt_text(&rename, 1, pl_str_of(p->name.repository));
	pl_stmt_text(&rename, 2, pl_str_of(former));
	pl_stmt_i64(&rename, 3, id);
	p->now.changed = true;
	rc = pl_stmt_run(&rename, err);
	return rc < 0 ? rc : 1;
}

int pl_put_name(struct pl_put *p, struct pl_err *err)
{
	struct pl_named *at = &p->now.at;
	const bool is_new = !at->name_id;
	int rc = 0;
	if (is_new) {
		rc = insert_name(p, &p->name, 0, &at->name_id, err);
		at->main_id = at->name_id;
		if (rc == 0)
			rc = adopt_by_name(p, &p->name, err);
	} else if (at->content_id != p->now.content_id) {
		if (p->mode == PL_PUT_CREATE)
			return refuse_other(p->text, err);
		rc = move_name(p, at, true, err);
		at->main_id = at->name_id;
	}
	if (rc == 0)
		rc = set_own_base(p, at->name_id, err);
	if (rc == 1 && !is_new && p->mode == PL_PUT_CREATE)
		return refuse_other(p->text, err);
	return rc < 0 ? rc : 0;
}

int pl_put_alias(struct pl_put *p, const struct pl_ref *alias, struct pl_err *err)
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
		id = at.name_id;
		if (at.content_id == p->now.content_id)
			rc = 0;
		else
			rc = p->mode == PL_PUT_CREATE ? refuse_other(alias->text, err)
						      : move_name(p, &at, false, err);
	} else {
		rc = insert_name(p, alias, p->now.at.main_id, &id, err);
		if (rc == 0)
			rc = adopt_by_name(p, alias, err);
	}
	if (rc == 0)
		rc = set_own_base(p, id, err);
	return rc < 0 ? rc : 0;
}
