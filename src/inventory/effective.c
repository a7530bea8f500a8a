// SPDX-License-Identifier: Apache-2.0
/* The packages of one image: of its own stage, or with those of the bases below it. */
#include "inventory/inventory_int.h"

typedef PL_VEC(struct pl_inv_package) packages_vec;
typedef PL_VEC(struct pl_str) strs_vec;

static bool neutral(const char *arch) { return !*arch || strcmp(arch, "all") == 0; }

bool pl_inv_overrides(const struct pl_inv_package *above, const struct pl_inv_package *below)
{
	return strcmp(above->name, below->name) == 0 &&
	       strcmp(above->ecosystem, below->ecosystem) == 0 &&
	       (neutral(above->architecture) || neutral(below->architecture) ||
		strcmp(above->architecture, below->architecture) == 0);
}

/* "name", or "name:architecture" */
bool pl_inv_removes(struct pl_str entry, const struct pl_inv_package *p)
{
	size_t n = strlen(p->name);
	if (entry.n < n || memcmp(entry.p, p->name, n) != 0)
		return false;
	return entry.n == n || (entry.p[n] == ':' &&
				pl_str_is(pl_str_sub(entry, n + 1, SIZE_MAX), p->architecture));
}

static int own_packages(struct pl_inv *inv, struct pl_arena *a, int64_t content_id,
			packages_vec *ret, struct pl_err *err)
{
	PL_AUTO(stmt) q = {0};
	int rc = pl_db_query(inv->db,
			     "SELECT p.name, p.version, p.architecture, p.source, p.source_version,"
			     " p.ecosystem FROM package p WHERE p.id IN"
			     " (SELECT sp.package_id FROM facts f JOIN stage_package sp"
			     "  ON sp.stage_id = f.stage_id WHERE f.content_id = $1)",
			     &q, err);
	if (rc < 0)
		return rc;
	pl_stmt_i64(&q, 1, content_id);
	while ((rc = pl_stmt_step(&q, err)) == 1)
		*pl_vec_push(ret) = (struct pl_inv_package){
			.name = pl_arena_cstr(a, pl_stmt_col_text(&q, 0)),
			.version = pl_arena_cstr(a, pl_stmt_col_text(&q, 1)),
			.architecture = pl_arena_cstr(a, pl_stmt_col_text(&q, 2)),
			.source = pl_arena_cstr(a, pl_stmt_col_text(&q, 3)),
			.source_version = pl_arena_cstr(a, pl_stmt_col_text(&q, 4)),
			.ecosystem = pl_arena_cstr(a, pl_stmt_col_text(&q, 5)),
		};
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), pl_inv_package_cmp);
	return rc;
}

static int own_removed(struct pl_inv *inv, struct pl_arena *a, int64_t content_id, strs_vec *ret,
		       struct pl_err *err)
{
	PL_AUTO(stmt) q = {0};
	int rc = pl_db_query(inv->db,
			     "SELECT DISTINCT r.name FROM facts f JOIN stage_removed r"
			     " ON r.stage_id = f.stage_id WHERE f.content_id = $1 ORDER BY r.name",
			     &q, err);
	if (rc < 0)
		return rc;
	pl_stmt_i64(&q, 1, content_id);
	while ((rc = pl_stmt_step(&q, err)) == 1)
		*pl_vec_push(ret) = pl_arena_str(a, pl_stmt_col_text(&q, 0));
	return rc;
}

static int base_of(struct pl_inv *inv, int64_t content_id, int64_t *ret, struct pl_err *err)
{
	PL_AUTO(stmt) q = {0};
	int rc = pl_db_query(inv->db, "SELECT coalesce(base_id, 0) FROM content WHERE id = $1", &q,
			     err);
	if (rc < 0)
		return rc;
	pl_stmt_i64(&q, 1, content_id);
	rc = pl_stmt_step(&q, err);
	if (rc >= 0)
		*ret = rc ? pl_stmt_col_i64(&q, 0) : 0;
	return rc < 0 ? rc : 0;
}

/* Where name's entries begin in a sorted list. */
static size_t first_of(const struct pl_inv_package *v, size_t n, const char *name)
{
	size_t low = 0;
	while (low < n) {
		size_t mid = low + (n - low) / 2;
		if (strcmp(v[mid].name, name) < 0)
			low = mid + 1;
		else
			n = mid;
	}
	return low;
}

/* Puts a stage over what lies below it: *all becomes both, without what the stage replaces or
 * removes. Both lists are sorted. */
static void lay_over(packages_vec *all, const packages_vec *own, const strs_vec *removed)
{
	size_t kept = 0;
	for (size_t i = 0; i < all->n; i++) {
		struct pl_inv_package *p = &all->v[i];
		bool gone = false;
		for (size_t k = first_of(own->v, own->n, p->name);
		     !gone && k < own->n && strcmp(own->v[k].name, p->name) == 0; k++)
			gone = pl_inv_overrides(&own->v[k], p);
		for (size_t k = 0; !gone && k < removed->n; k++)
			gone = pl_inv_removes(removed->v[k], p);
		if (!gone)
			all->v[kept++] = *p;
	}
	all->n = kept;
	for (size_t i = 0; i < own->n; i++)
		*pl_vec_push(all) = own->v[i];
	if (all->n)
		qsort(all->v, all->n, sizeof(*all->v), pl_inv_package_cmp);
}

static int one_stage(struct pl_inv *inv, struct pl_arena *a, int64_t content_id, packages_vec *all,
		     struct pl_err *err)
{
	packages_vec own = {0};
	strs_vec removed = {0};
	int rc = own_packages(inv, a, content_id, &own, err);
	if (rc == 0)
		rc = own_removed(inv, a, content_id, &removed, err);
	if (rc == 0)
		lay_over(all, &own, &removed);
	pl_vec_free(&own);
	pl_vec_free(&removed);
	return rc;
}

static int collect(struct pl_inv *inv, struct pl_arena *a, int64_t content_id, bool effective,
		   packages_vec *all, struct pl_err *err)
{
	PL_VEC(int64_t) chain = {0};
	int rc = 0;
	for (int64_t at = content_id; rc == 0 && at;) {
		*pl_vec_push(&chain) = at;
		if (!effective)
			break;
		rc = base_of(inv, at, &at, err);
	}
	for (size_t i = chain.n; rc == 0 && i-- > 0;)
		rc = one_stage(inv, a, chain.v[i], all, err);
	pl_vec_free(&chain);
	return rc;
}

int pl_inv_image_packages(struct pl_inv *inv, struct pl_arena *a, struct pl_str name,
			  bool effective, struct pl_inv_package **ret, size_t *ret_n,
			  struct pl_err *err)
{
	struct pl_ref n;
	struct pl_named at;
	packages_vec all = {0};
	PL_AUTO(tx) tx = {0};
	int rc = pl_inv_need_local(inv, "asking for packages", err);
	if (rc == 0)
		rc = pl_ref_parse_name(a, name, &n, err);
	if (rc == 0)
		rc = pl_tx_read(inv->db, &tx, err);
	if (rc == 0)
		rc = pl_inv_resolve(inv, &n, &at, err);
	if (rc == 0)
		rc = collect(inv, a, at.content_id, effective, &all, err);
	if (rc == 0) {
		*ret = pl_arena_array(a, struct pl_inv_package, all.n + 1);
		if (all.n)
			memcpy(*ret, all.v, all.n * sizeof(*all.v));
		*ret_n = all.n;
	}
	pl_vec_free(&all);
	return rc;
}
