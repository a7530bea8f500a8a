// SPDX-License-Identifier: Apache-2.0
/*
 * Which images hold a package: from the stages that mention it (an index lookup) up through all
 * that stands on their content, so the cost follows the answer's size and not the inventory's.
 */
#include "inventory/inventory_int.h"
#include "version/version.h"

#include <stdio.h>

struct held_package {
	struct pl_inv_package p;
	int64_t id;
	const struct pl_version_order *order; /* NULL: its ecosystem's versions have none */
	PL_VEC(const char *) images;
};

/* A content that mentions the package or stands on one that does. */
struct holder {
	int64_t id, base_id;
	struct holder *base;
	PL_VEC(const char *) names; /* main names that mean it today */
	PL_VEC(struct held_package *) own;
	PL_VEC(struct pl_str) removed;
	struct held_package *
		*held; /* effective, NULL-terminated; shared with the base where equal */
};

struct search {
	struct pl_inv *inv;
	struct pl_arena *a;
	const struct pl_package_query *q;
	struct pl_map holders, packages; /* by id */
	PL_VEC(struct held_package *) found;
	PL_VEC(struct holder *) all;
};

static struct pl_str id_key(const int64_t *id)
{
	return (struct pl_str){(const char *)id, sizeof(*id)};
}

static void search_done(struct search *s)
{
	for (size_t i = 0; i < s->found.n; i++)
		pl_vec_free(&s->found.v[i]->images);
	for (size_t i = 0; i < s->all.n; i++) {
		pl_vec_free(&s->all.v[i]->names);
		pl_vec_free(&s->all.v[i]->own);
		pl_vec_free(&s->all.v[i]->removed);
	}
	pl_vec_free(&s->found);
	pl_vec_free(&s->all);
	pl_map_done(&s->holders);
	pl_map_done(&s->packages);
}

/* Every version of the package, or of every package that was ever made from the source (one that
 * has changed its source still overrides the former). */
#define PACKAGES_BY_NAME "SELECT id FROM package WHERE name = $1"
#define PACKAGES_BY_SOURCE                                                                         \
	"SELECT id FROM package WHERE name IN (SELECT name FROM package WHERE source = $1)"

#define OWN(packages)                                                                              \
	"SELECT DISTINCT f.content_id, p.id, p.name, p.version, p.architecture, p.source,"         \
	" p.source_version, p.ecosystem FROM package p"                                            \
	" JOIN stage_package sp ON sp.package_id = p.id JOIN facts f ON f.stage_id = sp.stage_id"  \
	" WHERE p.id IN (" packages ")"

/* With each its base and, a row each, its names of today. */
#define DESCENDANTS(packages)                                                                      \
	"WITH RECURSIVE d (id, base_id) AS ("                                                      \
	" SELECT c.id, c.base_id FROM stage_package sp JOIN facts f ON f.stage_id = sp.stage_id"   \
	"  JOIN content c ON c.id = f.content_id WHERE sp.package_id IN (" packages ")"            \
	" UNION SELECT c.id, c.base_id FROM d JOIN content c ON c.base_id = d.id)"                 \
	" SELECT d.id, coalesce(d.base_id, 0), n.repository || ':' || n.tag FROM d"                \
	" LEFT JOIN name n ON n.content_id = d.id AND n.main_id IS NULL ORDER BY d.id"

/* "name" and "name:architecture"; ';' follows ':'. */
#define REMOVED_BY_NAME                                                                            \
	"SELECT f.content_id, r.name FROM stage_removed r JOIN facts f ON f.stage_id = r.stage_id" \
	" WHERE r.name = $1 OR (r.name > $1 || ':' AND r.name < $1 || ';')"
#define REMOVED_BY_SOURCE                                                                          \
	"SELECT f.content_id, r.name FROM"                                                         \
	" (SELECT DISTINCT name FROM package WHERE source = $1) p"                                 \
	" JOIN stage_removed r ON r.name = p.name"                                                 \
	"  OR (r.name > p.name || ':' AND r.name < p.name || ';')"                                 \
	" JOIN facts f ON f.stage_id = r.stage_id"

/* The holders, each once, with their names. */
static int load_holders(struct search *s, struct pl_err *err)
{
	struct holder *n = NULL;
	PL_AUTO(stmt) q = pl_db_query(s->inv->db, s->q->by_source ? DESCENDANTS(PACKAGES_BY_SOURCE)
								  : DESCENDANTS(PACKAGES_BY_NAME));
	int rc;
	pl_stmt_text(&q, 1, s->q->name);
	while ((rc = pl_stmt_step(&q, err)) == 1) {
		struct pl_str name = pl_stmt_col_text(&q, 2);
		if (!n || n->id != pl_stmt_col_i64(&q, 0)) {
			n = pl_arena_new(s->a, struct holder);
			n->id = pl_stmt_col_i64(&q, 0);
			n->base_id = pl_stmt_col_i64(&q, 1);
			pl_map_put(&s->holders, id_key(&n->id), n);
			*pl_vec_push(&s->all) = n;
		}
		if (name.p)
			*pl_vec_push(&n->names) = pl_arena_cstr(s->a, name);
	}
	for (size_t i = 0; rc == 0 && i < s->all.n; i++)
		s->all.v[i]->base = pl_map_get(&s->holders, id_key(&s->all.v[i]->base_id));
	return rc;
}

static struct held_package *package_of(struct search *s, struct pl_stmt *q)
{
	int64_t id = pl_stmt_col_i64(q, 1);
	struct held_package *f = pl_map_get(&s->packages, id_key(&id));
	if (f)
		return f;
	f = pl_arena_new(s->a, struct held_package);
	f->id = id;
	f->p.name = pl_arena_cstr(s->a, pl_stmt_col_text(q, 2));
	f->p.version = pl_arena_cstr(s->a, pl_stmt_col_text(q, 3));
	f->p.architecture = pl_arena_cstr(s->a, pl_stmt_col_text(q, 4));
	f->p.source = pl_arena_cstr(s->a, pl_stmt_col_text(q, 5));
	f->p.source_version = pl_arena_cstr(s->a, pl_stmt_col_text(q, 6));
	f->p.ecosystem = pl_arena_cstr(s->a, pl_stmt_col_text(q, 7));
	f->order = pl_version_order_find(s->inv->version_orders, f->p.ecosystem);
	pl_map_put(&s->packages, id_key(&f->id), f);
	*pl_vec_push(&s->found) = f;
	return f;
}

static int load_own(struct search *s, struct pl_err *err)
{
	PL_AUTO(stmt) q = pl_db_query(s->inv->db, s->q->by_source ? OWN(PACKAGES_BY_SOURCE)
								  : OWN(PACKAGES_BY_NAME));
	int rc;
	pl_stmt_text(&q, 1, s->q->name);
	while ((rc = pl_stmt_step(&q, err)) == 1) {
		int64_t id = pl_stmt_col_i64(&q, 0);
		struct holder *n = pl_map_get(&s->holders, id_key(&id));
		if (n)
			*pl_vec_push(&n->own) = package_of(s, &q);
	}
	return rc;
}

static int load_removed(struct search *s, struct pl_err *err)
{
	PL_AUTO(stmt) q =
		pl_db_query(s->inv->db, s->q->by_source ? REMOVED_BY_SOURCE : REMOVED_BY_NAME);
	int rc;
	pl_stmt_text(&q, 1, s->q->name);
	while ((rc = pl_stmt_step(&q, err)) == 1) {
		int64_t id = pl_stmt_col_i64(&q, 0);
		struct holder *n = pl_map_get(&s->holders, id_key(&id));
		if (n)
			*pl_vec_push(&n->removed) = pl_arena_str(s->a, pl_stmt_col_text(&q, 1));
	}
	return rc;
}

/* The base's answer is there already: callers go from the root up. */
static void decide_held(struct search *s, struct holder *n)
{
	static struct held_package *none[1];
	struct held_package **below = n->base ? n->base->held : none;
	struct pl_inv_cover cover = {.arena = s->a};
	size_t n_below = 0, k = 0;
	if (n->own.n == 0 && n->removed.n == 0) {
		n->held = below;
		return;
	}
	while (below[n_below])
		n_below++;
	n->held = pl_arena_array(s->a, struct held_package *, n_below + n->own.n + 1);
	for (size_t j = 0; n_below && j < n->own.n; j++)
		pl_inv_cover_add(&cover, &n->own.v[j]->p);
	for (size_t j = 0; n_below && j < n->removed.n; j++)
		pl_inv_cover_remove(&cover, n->removed.v[j]);
	for (size_t i = 0; i < n_below; i++)
		if (!pl_inv_covers(&cover, &below[i]->p))
			n->held[k++] = below[i];
	pl_inv_cover_done(&cover);
	for (size_t j = 0; j < n->own.n; j++)
		n->held[k++] = n->own.v[j];
}

static void decide_chain(struct search *s, struct holder *n)
{
	PL_VEC(struct holder *) chain = {0};
	for (; n && !n->held; n = n->base)
		*pl_vec_push(&chain) = n;
	for (size_t i = chain.n; i-- > 0;)
		decide_held(s, chain.v[i]);
	pl_vec_free(&chain);
}

/* Is it what the query names, whatever its version? */
static bool is_named(const struct pl_package_query *q, const struct pl_inv_package *p)
{
	if (q->ecosystem && strcmp(q->ecosystem, p->ecosystem) != 0)
		return false;
	return !q->by_source || pl_str_is(q->name, p->source);
}

static bool is_asked_for(const struct pl_package_query *q, const struct held_package *f)
{
	if (!is_named(q, &f->p))
		return false;
	if (!q->op)
		return true;
	switch (pl_version_relate(f->order,
				  pl_str_of(q->by_source ? f->p.source_version : f->p.version),
				  pl_str_of(q->version))) {
	case PL_VERSION_LOWER:
		return q->op[0] == 'l'; /* lt, le */
	case PL_VERSION_SAME:
		return q->op[1] == 'e' || q->op[0] == 'e'; /* le, ge, eq */
	case PL_VERSION_HIGHER:
		return q->op[0] == 'g';
	case PL_VERSION_UNRELATED:
		break;
	}
	return false;
}

/* "None is older" must not come from versions that nobody can order: refused where that is all
 * there is, said where the answer is about the others. */
static int check_orders(struct search *s, struct pl_err *err)
{
	const struct pl_package_query *q = s->q;
	const char *without = NULL;
	bool any_order = false;
	char shown[160];
	if (!q->op || strcmp(q->op, "eq") == 0)
		return 0;
	for (size_t i = 0; i < s->found.n; i++) {
		if (!is_named(q, &s->found.v[i]->p))
			continue;
		if (s->found.v[i]->order)
			any_order = true;
		else
			without = s->found.v[i]->p.ecosystem;
	}
	if (!without)
		return 0;
	pl_escape(shown, sizeof(shown), q->name.p, q->name.n);
	if (!any_order)
		return pl_fail(err, PL_INPUT,
			       "version: this program does not know how %.100s orders the versions "
			       "of %s; ask with eq:, or for all of them",
			       without, shown);
	pl_note(s->inv->env,
		"%s is also a package of %.100s, whose versions this program cannot order: those "
		"are in the answer only where they are the very version asked for",
		shown, without);
	return 0;
}

static void name_images(struct search *s, struct holder *n)
{
	for (struct held_package **f = n->held; *f; f++)
		for (size_t i = 0; i < n->names.n && is_asked_for(s->q, *f); i++)
			*pl_vec_push(&(*f)->images) = n->names.v[i];
}

static int check_seen(struct search *s, struct pl_err *err)
{
	PL_AUTO(stmt) q = pl_db_query(
		s->inv->db, "SELECT 1 FROM package WHERE ((NOT $3 AND name = $1) OR ($3 AND"
			    " source = $1)) AND (CAST($2 AS TEXT) IS NULL OR ecosystem = $2)"
			    " LIMIT 1");
	pl_stmt_text(&q, 1, s->q->name);
	pl_stmt_text(&q, 2, pl_str_of(s->q->ecosystem));
	pl_stmt_bool(&q, 3, s->q->by_source);
	int rc = pl_stmt_step(&q, err);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	char shown[160];
	pl_escape(shown, sizeof(shown), s->q->name.p, s->q->name.n);
	return pl_fail(err, PL_NOT_FOUND, "no image ever registered held the %s %s",
		       s->q->by_source ? "source package" : "package", shown);
}

/* By name, ecosystem and version; where versions have no order, by their bytes. */
static int cmp_found(const void *a, const void *b)
{
	const struct held_package *x = *(struct held_package *const *)a,
				  *y = *(struct held_package *const *)b;
	int c = strcmp(x->p.name, y->p.name);
	if (c == 0)
		c = strcmp(x->p.ecosystem, y->p.ecosystem);
	if (c == 0 && x->order)
		c = x->order->cmp(pl_str_of(x->p.version), pl_str_of(y->p.version));
	return c ? c : pl_inv_package_cmp(&x->p, &y->p);
}

static void fill_answer(struct search *s, struct pl_inv_holding **ret, size_t *ret_n)
{
	struct pl_inv_holding *v = pl_arena_array(s->a, struct pl_inv_holding, s->found.n + 1);
	size_t n = 0;
	if (s->found.n)
		qsort(s->found.v, s->found.n, sizeof(*s->found.v), cmp_found);
	for (size_t i = 0; i < s->found.n; i++) {
		struct held_package *f = s->found.v[i];
		if (f->images.n == 0)
			continue;
		qsort(f->images.v, f->images.n, sizeof(*f->images.v), pl_cstr_qsort);
		const char **names = pl_arena_array(s->a, const char *, f->images.n + 1);
		memcpy(names, f->images.v, f->images.n * sizeof(*names));
		v[n++] = (struct pl_inv_holding){f->p, names, f->images.n};
	}
	*ret = v;
	*ret_n = n;
}

static int check_query(const struct pl_package_query *q, struct pl_err *err)
{
	static const char *const ops[] = {"lt", "le", "eq", "ge", "gt"};
	bool known = !q->op;
	for (size_t i = 0; !known && i < PL_COUNT(ops); i++)
		known = strcmp(q->op, ops[i]) == 0;
	if (!known)
		return pl_fail(err, PL_INPUT, "version: the relation is one of lt, le, eq, ge, gt");
	if (q->op && (!q->version || !*q->version))
		return pl_fail(err, PL_INPUT, "version: a version comes after '%s:'", q->op);
	return 0;
}

int pl_inv_packages(struct pl_inv *inv, struct pl_arena *a, const struct pl_package_query *q,
		    struct pl_inv_holding **ret, size_t *ret_n, struct pl_err *err)
{
	struct search s = {.inv = inv, .a = a, .q = q};
	PL_AUTO(tx) tx = {0};
	int rc = check_query(q, err);
	if (rc == 0)
		rc = pl_tx_read(inv->db, &tx, err);
	if (rc == 0)
		rc = check_seen(&s, err);
	if (rc == 0)
		rc = load_holders(&s, err);
	if (rc == 0)
		rc = load_own(&s, err);
	if (rc == 0)
		rc = load_removed(&s, err);
	if (rc == 0)
		rc = check_orders(&s, err);
	for (size_t i = 0; rc == 0 && i < s.all.n; i++) {
		decide_chain(&s, s.all.v[i]);
		name_images(&s, s.all.v[i]);
	}
	if (rc == 0)
		fill_answer(&s, ret, ret_n);
	search_done(&s);
	return rc;
}
