// SPDX-License-Identifier: Apache-2.0
/*
 * What stands on what, over the images of today (main names; an alias is its image). An image is a
 * child of X when it was registered with X, or an alias of X, as base; or its content stands on the
 * content that X means; or, where only a digest was given, on one that X has meant. Each question
 * is one recursive query; no path is longer than there are names, which ends a damaged ring too.
 */
#include "inventory/image_int.h"

#include <stdio.h>

/* Names of the children of the image with that main name. */
#define CHILD_NAMES(name_id)                                                                       \
	"SELECT n.id FROM name x JOIN content c"                                                   \
	"  ON c.base_repository = x.repository AND c.base_tag = x.tag"                             \
	"  JOIN name n ON n.content_id = c.id AND n.base IS NULL"                                  \
	"  WHERE x.id = " name_id " OR x.main_id = " name_id                                       \
	" UNION SELECT n.id FROM name x JOIN name n"                                               \
	"  ON n.base_repository = x.repository AND n.base_tag = x.tag AND n.base IS NOT NULL"      \
	"  WHERE x.id = " name_id " OR x.main_id = " name_id                                       \
	" UNION SELECT n.id FROM name x JOIN content c ON c.base_id = x.content_id"                \
	"  JOIN name n ON n.content_id = c.id WHERE x.id = " name_id                               \
	" UNION SELECT n.id FROM former f JOIN content c ON c.base_id = f.content_id"              \
	"  JOIN name n ON n.content_id = c.id"                                                     \
	"  WHERE f.name_id = " name_id " AND " PL_BASE_TAG " IS NULL"

/* The same relation upwards: main names of the parents of the name n, whose content is c. */
#define PARENT_NAMES                                                                               \
	"SELECT coalesce(x.main_id, x.id) FROM name x"                                             \
	"  WHERE x.repository = " PL_BASE_REPOSITORY " AND x.tag = " PL_BASE_TAG                   \
	" UNION SELECT x.id FROM name x WHERE x.content_id = c.base_id AND x.main_id IS NULL"      \
	" UNION SELECT f.name_id FROM former f JOIN name x ON x.id = f.name_id"                    \
	"  WHERE f.content_id = c.base_id AND " PL_BASE_TAG " IS NULL"                             \
	"   AND f.name_id <> n.id AND x.main_id IS NULL"

/* Wave: the longest distance. first: where the walk begins, with (name id, distance). */
#define DESCENDANTS(first)                                                                         \
	"WITH RECURSIVE down (id, wave) AS (" first " UNION"                                       \
	" SELECT n.id, d.wave + 1 FROM down d JOIN name n"                                         \
	"  ON n.id IN (" CHILD_NAMES(                                                              \
		"d.id") ")"                                                                        \
			"  AND n.main_id IS NULL AND n.id <> d.id"                                 \
			"  WHERE d.wave < CASE WHEN $2 THEN (SELECT count(*) FROM name) ELSE 1 "   \
			"END)"                                                                     \
			" SELECT" PL_IMAGE_COLUMNS(                                                \
				"n.repository || ':' || n.tag", "n.since",                         \
				"w.wave") "FROM (SELECT id, max(wave) AS wave FROM down WHERE "    \
					  "wave > 0 GROUP BY id) AS w"                             \
					  " JOIN name n ON n.id = w.id JOIN content c ON c.id = "  \
					  "n.content_id" PL_IMAGE_JOINS                            \
					  "ORDER BY w.wave, n.repository || ':' || n.tag, "        \
					  "f.platform"

static const char descendants_of_name[] = DESCENDANTS("SELECT x.id, 0 FROM name x WHERE x.id = $1");
/* Content asked for by digest has the children that stand on it; a name has more. */
static const char descendants_of_content[] =
	DESCENDANTS("SELECT x.id, 1 FROM name x JOIN content k ON k.id = x.content_id"
		    " WHERE x.main_id IS NULL AND k.base_id = $1");

int pl_inv_children_in_tx(struct pl_inv *inv, struct pl_arena *a, struct pl_str name,
			  bool recursive, struct pl_inv_images *ret, struct pl_err *err)
{
	struct pl_ref n;
	struct pl_named at;
	int rc = pl_ref_parse_name(a, name, &n, err);
	if (rc == 0)
		rc = pl_inv_resolve(inv, &n, &at, err);
	if (rc < 0)
		return rc;
	bool by_name = at.name_id && !at.former;
	PL_AUTO(stmt) q =
		pl_db_query(inv->db, by_name ? descendants_of_name : descendants_of_content);
	pl_stmt_i64(&q, 1, by_name ? at.main_id : at.content_id);
	pl_stmt_bool(&q, 2, recursive);
	return pl_images_read(&q, a, ret, err);
}

int pl_inv_children(struct pl_inv *inv, struct pl_arena *a, struct pl_str name, bool recursive,
		    struct pl_inv_images *ret, struct pl_err *err)
{
	PL_AUTO(tx) tx = {0};
	int rc = pl_tx_read(inv->db, &tx, err);
	return rc < 0 ? rc : pl_inv_children_in_tx(inv, a, name, recursive, ret, err);
}

/* A step up from a name, on the way from one of the content's. */
struct ascent {
	int64_t from, below, id;
	const char *name; /* id's */
};
typedef PL_VEC(struct ascent) ascents_vec;

static const struct ascent *find_step(const ascents_vec *v, int64_t from, int64_t id)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->v[i].from == from && v->v[i].id == id)
			return &v->v[i];
	return NULL;
}

/* "a:1 is based on b:1 is based on c:1 is based on a:1". last leads back to where it began. */
static int refuse_cycle(const ascents_vec *v, const struct ascent *last, struct pl_err *err)
{
	PL_AUTO(buf) chain = {.max = 400};
	PL_VEC(const char *) path = {0};
	int64_t id = last->below;
	/* Steps stand in the order in which they were found, so each one's first is nearest. */
	for (size_t left = v->n; left > 0; left--) {
		const struct ascent *s = find_step(v, last->from, id);
		if (!s)
			break;
		*pl_vec_push(&path) = s->name;
		if (s->below == 0)
			break;
		id = s->below;
	}
	for (size_t i = path.n; i-- > 0;)
		pl_buf_addf(&chain, "%s%s", i + 1 == path.n ? "" : " is based on ", path.v[i]);
	pl_vec_free(&path);
	return pl_fail(err, PL_CONFLICT, "a cycle of bases: %s is based on %s",
		       chain.p ? chain.p : "", last->name);
}

/* Is a main name of this content above itself? */
static int check_names(struct pl_inv *inv, int64_t content_id, struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	ascents_vec v = {0};
	const struct ascent *back = NULL;
	/* A way that is back where it began goes no further. */
	PL_AUTO(stmt) q = pl_db_query(
		inv->db,
		"WITH RECURSIVE up (first, below, id, far) AS ("
		" SELECT n.id, CAST(0 AS BIGINT), n.id, 0 FROM name n WHERE n.content_id = $1"
		"  AND n.main_id IS NULL UNION"
		" SELECT u.first, u.id, p.id, u.far + 1 FROM up u JOIN name n ON n.id = u.id"
		"  JOIN content c ON c.id = n.content_id JOIN name p ON p.id IN (" PARENT_NAMES ")"
		"  WHERE (u.far = 0 OR u.id <> u.first) AND u.far < (SELECT count(*) FROM name))"
		" SELECT u.first, u.below, u.id, n.repository || ':' || n.tag"
		" FROM up u JOIN name n ON n.id = u.id ORDER BY u.far, u.first, u.below, u.id");
	int rc;
	pl_stmt_i64(&q, 1, content_id);
	while ((rc = pl_stmt_step(&q, err)) == 1)
		*pl_vec_push(&v) = (struct ascent){pl_stmt_col_i64(&q, 0), pl_stmt_col_i64(&q, 1),
						   pl_stmt_col_i64(&q, 2),
						   pl_arena_cstr(&a, pl_stmt_col_text(&q, 3))};
	for (size_t i = 0; rc == 0 && !back && i < v.n; i++)
		if (v.v[i].below != 0 && v.v[i].id == v.v[i].from)
			back = &v.v[i];
	if (back)
		rc = refuse_cycle(&v, back, err);
	pl_vec_free(&v);
	return rc;
}

/* Contents stand on each other without names too (former ones). Every cycle that a registration
 * could make goes through its own content, so following that one suffices. */
static int check_content(struct pl_inv *inv, int64_t content_id, struct pl_err *err)
{
	PL_AUTO(stmt) q =
		pl_db_query(inv->db, "WITH RECURSIVE below (id) AS ("
				     " SELECT base_id FROM content WHERE id = $1 UNION"
				     " SELECT c.base_id FROM below b JOIN content c ON c.id = b.id)"
				     " SELECT 1 FROM below WHERE id = $1");
	pl_stmt_i64(&q, 1, content_id);
	int rc = pl_stmt_step(&q, err);
	if (rc == 1)
		return pl_fail(err, PL_CONFLICT,
			       "a cycle of bases: the base given stands on this very content");
	return rc;
}

int pl_inv_check_cycles(struct pl_inv *inv, int64_t content_id, struct pl_err *err)
{
	int rc = check_names(inv, content_id, err);
	return rc < 0 ? rc : check_content(inv, content_id, err);
}
