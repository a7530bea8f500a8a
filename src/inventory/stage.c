// SPDX-License-Identifier: Apache-2.0
#include "inventory/stage_int.h"

#include <stdio.h>

#define TEXT_MAX 512

int pl_inv_check_text(const char *s, const char *what, struct pl_err *err)
{
	char shown[4 * TEXT_MAX + 8];
	size_t n = s ? strlen(s) : 0;
	if (n == 0)
		return pl_fail(err, PL_INPUT, "%s: is empty", what);
	if (n > TEXT_MAX)
		return pl_fail(err, PL_INPUT, "%s: is longer than %d bytes", what, TEXT_MAX);
	pl_escape(shown, sizeof(shown), s, n);
	if (strcmp(shown, s) != 0)
		return pl_fail(err, PL_INPUT,
			       "%s: '%.100s' holds control characters or is not UTF-8", what,
			       shown);
	return 0;
}

static int cmp_text(const char *a, const char *b) { return strcmp(a ? a : "", b ? b : ""); }

int pl_inv_package_cmp(const void *a, const void *b)
{
	const struct pl_inv_package *x = a, *y = b;
	int c = cmp_text(x->name, y->name);
	if (c == 0)
		c = cmp_text(x->ecosystem, y->ecosystem);
	if (c == 0)
		c = cmp_text(x->version, y->version);
	if (c == 0)
		c = cmp_text(x->architecture, y->architecture);
	if (c == 0)
		c = cmp_text(x->source, y->source);
	return c ? c : cmp_text(x->source_version, y->source_version);
}

static int check_package(const struct pl_inv_package *p, size_t i, struct pl_err *err)
{
	const struct {
		const char *text, *what;
		bool required;
	} fields[] = {
		{p->name, "name", true},
		{p->version, "version", true},
		{p->architecture, "architecture", false},
		{p->source, "source", false},
		{p->source_version, "source_version", false},
		{p->ecosystem, "ecosystem", false},
	};
	for (size_t k = 0; k < PL_COUNT(fields); k++) {
		char what[64];
		if (!fields[k].required && (!fields[k].text || !*fields[k].text))
			continue;
		snprintf(what, sizeof(what), "packages[%zu].%s", i, fields[k].what);
		int rc = pl_inv_check_text(fields[k].text, what, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static const char *given_or(const char *s, const char *other) { return s && *s ? s : other; }

static int make_packages(struct pl_arena *a, const struct pl_registration *r, struct pl_stage *s,
			 struct pl_err *err)
{
	s->packages = pl_arena_array(a, struct pl_inv_package, r->n_packages + 1);
	for (size_t i = 0; i < r->n_packages; i++) {
		struct pl_inv_package p = r->packages[i];
		int rc = check_package(&p, i, err);
		if (rc < 0)
			return rc;
		p.architecture = given_or(p.architecture, "");
		p.source = given_or(p.source, p.name);
		p.source_version = given_or(p.source_version, p.version);
		p.ecosystem = given_or(p.ecosystem, "debian");
		s->packages[i] = p;
	}
	qsort(s->packages, r->n_packages, sizeof(*s->packages), pl_inv_package_cmp);
	for (size_t i = 0; i < r->n_packages; i++)
		if (s->n_packages == 0 ||
		    pl_inv_package_cmp(&s->packages[s->n_packages - 1], &s->packages[i]) != 0)
			s->packages[s->n_packages++] = s->packages[i];
	return 0;
}

static int make_removed(struct pl_arena *a, const struct pl_registration *r, struct pl_stage *s,
			struct pl_err *err)
{
	size_t n = 0;
	while (r->removed && r->removed[n])
		n++;
	s->removed = pl_arena_array(a, struct pl_str, n + 1);
	for (size_t i = 0; i < n; i++) {
		char what[32];
		snprintf(what, sizeof(what), "removed[%zu]", i);
		int rc = pl_inv_check_text(r->removed[i], what, err);
		if (rc < 0)
			return rc;
		s->removed[i] = pl_str_of(r->removed[i]);
	}
	qsort(s->removed, n, sizeof(*s->removed), pl_str_qsort);
	for (size_t i = 0; i < n; i++)
		if (s->n_removed == 0 || !pl_str_eq(s->removed[s->n_removed - 1], s->removed[i]))
			s->removed[s->n_removed++] = s->removed[i];
	return 0;
}

static void write_stage(struct pl_jw *w, const struct pl_stage *s)
{
	pl_jw_key(w, "packages");
	pl_jw_array(w);
	for (size_t i = 0; i < s->n_packages; i++) {
		const struct pl_inv_package *p = &s->packages[i];
		pl_jw_array(w);
		pl_jw_cstr(w, p->name);
		pl_jw_cstr(w, p->version);
		pl_jw_cstr(w, p->architecture);
		pl_jw_cstr(w, p->source);
		pl_jw_cstr(w, p->source_version);
		pl_jw_cstr(w, p->ecosystem);
		pl_jw_end_array(w);
	}
	pl_jw_end_array(w);
	pl_jw_key(w, "removed");
	pl_jw_array(w);
	for (size_t i = 0; i < s->n_removed; i++)
		pl_jw_str(w, s->removed[i]);
	pl_jw_end_array(w);
}

int pl_stage_make(struct pl_arena *a, const struct pl_registration *r, struct pl_stage *ret,
		  struct pl_err *err)
{
	struct pl_stage s = {0};
	PL_AUTO(buf) b = {0};
	struct pl_jw w;
	int rc = make_packages(a, r, &s, err);
	if (rc == 0)
		rc = make_removed(a, r, &s, err);
	if (rc < 0)
		return rc;
	pl_jw_init(&w, &b, 0);
	pl_jw_object(&w);
	write_stage(&w, &s);
	pl_jw_end_object(&w);
	rc = pl_buf_check(&b, "list of packages", err);
	if (rc < 0)
		return rc;
	s.digest = pl_sha256_of(pl_buf_str(&b));
	*ret = s;
	return 0;
}

struct pl_digest pl_stage_content(const struct pl_stage *s, const char *name, const char *base,
				  const struct pl_digest *base_digest, const char *platform)
{
	PL_AUTO(buf) b = {0};
	struct pl_jw w;
	pl_jw_init(&w, &b, 0);
	pl_jw_object(&w);
	pl_jw_kcstr(&w, "name", name);
	pl_jw_kcstr(&w, "base", base);
	if (base_digest)
		pl_jw_kdigest(&w, "base_digest", base_digest->b);
	pl_jw_kcstr(&w, "platform", platform);
	pl_jw_kdigest(&w, "stage", s->digest.b);
	pl_jw_end_object(&w);
	return pl_sha256_of(pl_buf_str(&b));
}

static void bind_package(struct pl_stmt *q, const struct pl_inv_package *p)
{
	pl_stmt_text(q, 1, pl_str_of(p->ecosystem));
	pl_stmt_text(q, 2, pl_str_of(p->name));
	pl_stmt_text(q, 3, pl_str_of(p->version));
	pl_stmt_text(q, 4, pl_str_of(p->architecture));
	pl_stmt_text(q, 5, pl_str_of(p->source));
	pl_stmt_text(q, 6, pl_str_of(p->source_version));
}

static int package_id(struct pl_inv *inv, const struct pl_inv_package *p, int64_t *ret,
		      struct pl_err *err)
{
	PL_AUTO(stmt) find =
		pl_db_query(inv->db, "SELECT id FROM package WHERE ecosystem = $1 AND name = $2"
				     " AND version = $3 AND architecture = $4 AND source = $5"
				     " AND source_version = $6");
	bind_package(&find, p);
	int rc = pl_stmt_step(&find, err);
	if (rc == 1)
		*ret = pl_stmt_col_i64(&find, 0);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	PL_AUTO(stmt) insert = pl_db_query(
		inv->db, "INSERT INTO package (ecosystem, name, version, architecture, source,"
			 " source_version) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id");
	bind_package(&insert, p);
	rc = pl_stmt_step(&insert, err);
	if (rc < 0)
		return rc;
	*ret = pl_stmt_col_i64(&insert, 0);
	return 0;
}

static int store_package(struct pl_inv *inv, int64_t stage_id, const struct pl_inv_package *p,
			 struct pl_err *err)
{
	int64_t key = 0;
	int rc = package_id(inv, p, &key, err);
	if (rc < 0)
		return rc;
	PL_AUTO(stmt) q = pl_db_query(
		inv->db, "INSERT INTO stage_package (stage_id, package_id) VALUES ($1, $2)");
	pl_stmt_i64(&q, 1, stage_id);
	pl_stmt_i64(&q, 2, key);
	return pl_stmt_run(&q, err);
}

static int store_removed(struct pl_inv *inv, int64_t stage_id, struct pl_str name,
			 struct pl_err *err)
{
	PL_AUTO(stmt) q =
		pl_db_query(inv->db, "INSERT INTO stage_removed (stage_id, name) VALUES ($1, $2)");
	pl_stmt_i64(&q, 1, stage_id);
	pl_stmt_text(&q, 2, name);
	return pl_stmt_run(&q, err);
}

static int insert_stage(struct pl_inv *inv, const struct pl_digest *digest, int64_t *ret_id,
			struct pl_err *err)
{
	PL_AUTO(stmt) q =
		pl_db_query(inv->db, "INSERT INTO stage (digest) VALUES ($1) RETURNING id");
	pl_stmt_digest(&q, 1, digest);
	int rc = pl_stmt_step(&q, err);
	if (rc < 0)
		return rc;
	*ret_id = pl_stmt_col_i64(&q, 0);
	return 0;
}

int pl_stage_store(struct pl_inv *inv, const struct pl_stage *s, int64_t *ret_id,
		   struct pl_err *err)
{
	PL_AUTO(stmt) find = pl_db_query(inv->db, "SELECT id FROM stage WHERE digest = $1");
	pl_stmt_digest(&find, 1, &s->digest);
	int rc = pl_stmt_step(&find, err);
	if (rc == 1)
		*ret_id = pl_stmt_col_i64(&find, 0);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	int64_t id = 0;
	rc = insert_stage(inv, &s->digest, &id, err);
	for (size_t i = 0; rc == 0 && i < s->n_packages; i++)
		rc = store_package(inv, id, &s->packages[i], err);
	for (size_t i = 0; rc == 0 && i < s->n_removed; i++)
		rc = store_removed(inv, id, s->removed[i], err);
	if (rc == 0)
		*ret_id = id;
	return rc;
}

void pl_inv_chain_ids(const struct pl_digest *diff_ids, size_t n, struct pl_digest *ret)
{
	for (size_t i = 0; i < n; i++) {
		char text[2 * PL_DIGEST_TEXT + 2];
		if (i == 0) {
			ret[0] = diff_ids[0];
			continue;
		}
		snprintf(text, sizeof(text), "%s %s", PL_DIGEST_STR(&ret[i - 1]),
			 PL_DIGEST_STR(&diff_ids[i]));
		ret[i] = pl_sha256_of(pl_str_of(text));
	}
}
