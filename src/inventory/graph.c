// SPDX-License-Identifier: Apache-2.0
/*
 * What stands on what, over the images of today (main names; an alias is its image). An image is a
 * child of X when its content was registered with X, or an alias of X, as base; or stands on the
 * content that X means; or, where only a digest was given, on one that X has meant.
 */
#include "base/map.h"
#include "inventory/inventory_int.h"

#include <stdio.h>

/* An id as a map's key. */
static struct pl_str key_of(const int64_t *id)
{
	return (struct pl_str){(const char *)id, sizeof(*id)};
}

typedef PL_VEC(int64_t) ids_vec;

static int ids(struct pl_inv *inv, const char *sql, int64_t param, ids_vec *ret, struct pl_err *err)
{
	PL_AUTO(stmt) q = {0};
	int rc = pl_db_query(inv->db, sql, &q, err);
	if (rc < 0)
		return rc;
	pl_stmt_i64(&q, 1, param);
	while ((rc = pl_stmt_step(&q, err)) == 1)
		*pl_vec_push(ret) = pl_stmt_col_i64(&q, 0);
	return rc;
}

static const char children_of_name[] =
	"SELECT n.id FROM name n WHERE n.main_id IS NULL AND n.id <> $1 AND n.content_id IN ("
	" SELECT k.id FROM name x JOIN content k"
	"  ON k.base_repository = x.repository AND k.base_tag = x.tag"
	"  WHERE x.id = $1 OR x.main_id = $1"
	" UNION SELECT k.id FROM name x JOIN content k ON k.base_id = x.content_id WHERE x.id = $1"
	" UNION SELECT k.id FROM former f JOIN content k ON k.base_id = f.content_id"
	"  WHERE f.name_id = $1 AND k.base_tag IS NULL)"
	" ORDER BY n.repository, n.tag";

static const char children_of_content[] =
	"SELECT n.id FROM name n JOIN content k ON k.id = n.content_id"
	" WHERE n.main_id IS NULL AND k.base_id = $1 ORDER BY n.repository, n.tag";

/* The same relation upwards. */
static const char parents_of_name[] =
	"SELECT coalesce(p.main_id, p.id) FROM name n JOIN content c ON c.id = n.content_id"
	" JOIN name p ON p.repository = c.base_repository AND p.tag = c.base_tag WHERE n.id = $1"
	" UNION SELECT p.id FROM name n JOIN content c ON c.id = n.content_id"
	" JOIN name p ON p.content_id = c.base_id WHERE n.id = $1 AND p.main_id IS NULL"
	" UNION SELECT f.name_id FROM name n JOIN content c ON c.id = n.content_id"
	" JOIN former f ON f.content_id = c.base_id JOIN name p ON p.id = f.name_id"
	" WHERE n.id = $1 AND c.base_tag IS NULL AND f.name_id <> $1 AND p.main_id IS NULL";

static int name_text(struct pl_inv *inv, int64_t name_id, char dst[PL_NAME_TEXT],
		     struct pl_named *ret, struct pl_err *err)
{
	PL_AUTO(stmt) q = {0};
	int rc = pl_db_query(inv->db,
			     "SELECT repository || ':' || tag, content_id, since FROM name"
			     " WHERE id = $1",
			     &q, err);
	if (rc < 0)
		return rc;
	pl_stmt_i64(&q, 1, name_id);
	rc = pl_stmt_step(&q, err);
	if (rc < 0)
		return rc;
	struct pl_str s = pl_stmt_col_text(&q, 0);
	snprintf(dst, PL_NAME_TEXT, PL_STR_FMT, PL_STR_ARG(s));
	*ret = (struct pl_named){.name_id = name_id,
				 .main_id = name_id,
				 .content_id = pl_stmt_col_i64(&q, 1),
				 .since = pl_stmt_col_i64(&q, 2)};
	return 0;
}

/* One image of the graph below (or, for cycles, above) the one asked about. */
struct node {
	int64_t id;
	struct node **next; /* children (parents), NULL-terminated */
	struct node *from;  /* by which it was found first */
	unsigned wave, waiting;
};

struct walk {
	struct pl_inv *inv;
	struct pl_arena *a;
	const char *sql;
	struct pl_map seen;
	PL_VEC(struct node *) nodes; /* in order of discovery */
};

static void walk_done(struct walk *w)
{
	pl_map_done(&w->seen);
	pl_vec_free(&w->nodes);
}

static struct node *node_of(struct walk *w, int64_t id, struct node *from)
{
	struct node *n = pl_map_get(&w->seen, key_of(&id));
	if (n)
		return n;
	n = pl_arena_new(w->a, struct node);
	n->id = id;
	n->from = from;
	pl_map_put(&w->seen, key_of(&n->id), n);
	*pl_vec_push(&w->nodes) = n;
	return n;
}

static int expand(struct walk *w, struct node *n, const char *sql, int64_t param,
		  struct pl_err *err)
{
	ids_vec found = {0};
	int rc = ids(w->inv, sql, param, &found, err);
	if (rc == 0) {
		n->next = pl_arena_array(w->a, struct node *, found.n + 1);
		for (size_t i = 0; i < found.n; i++) {
			n->next[i] = node_of(w, found.v[i], n);
			n->next[i]->waiting++;
		}
	}
	pl_vec_free(&found);
	return rc;
}

/* Wave: longest distance from the root, by Kahn's order; cycles were refused when registered. */
static void number_waves(struct walk *w, struct node *root)
{
	PL_VEC(struct node *) ready = {0};
	*pl_vec_push(&ready) = root;
	for (size_t i = 0; i < ready.n; i++)
		for (struct node **c = ready.v[i]->next; c && *c; c++) {
			if ((*c)->wave < ready.v[i]->wave + 1)
				(*c)->wave = ready.v[i]->wave + 1;
			if (--(*c)->waiting == 0)
				*pl_vec_push(&ready) = *c;
		}
	pl_vec_free(&ready);
}

static int by_wave_and_name(const void *a, const void *b)
{
	const struct pl_inv_image *x = a, *y = b;
	if (x->wave != y->wave)
		return x->wave < y->wave ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int describe(struct walk *w, struct pl_inv_images *ret, struct pl_err *err)
{
	size_t n = w->nodes.n - 1; /* without the root */
	struct pl_inv_images out = {pl_arena_array(w->a, struct pl_inv_image, n + 1), n};
	for (size_t i = 0; i < n; i++) {
		struct node *node = w->nodes.v[i + 1];
		char text[PL_NAME_TEXT];
		struct pl_named at;
		int rc = name_text(w->inv, node->id, text, &at, err);
		if (rc == 0)
			rc = pl_inv_image_of(w->inv, w->a, pl_arena_strn(w->a, text, strlen(text)),
					     &at, &out.v[i], err);
		if (rc < 0)
			return rc;
		out.v[i].wave = node->wave;
	}
	qsort(out.v, out.n, sizeof(*out.v), by_wave_and_name);
	*ret = out;
	return 0;
}

static int walk_down(struct walk *w, const struct pl_named *at, bool recursive,
		     struct pl_inv_images *ret, struct pl_err *err)
{
	/* Content asked for by digest has the children that stand on it; a name has more. */
	bool by_name = at->name_id && !at->former;
	struct node *root = node_of(w, by_name ? at->main_id : 0, NULL);
	int rc = expand(w, root, by_name ? children_of_name : children_of_content,
			by_name ? at->main_id : at->content_id, err);
	for (size_t i = 1; rc == 0 && recursive && i < w->nodes.n; i++) {
		rc = pl_env_check(w->inv->env, err);
		if (rc == 0)
			rc = expand(w, w->nodes.v[i], children_of_name, w->nodes.v[i]->id, err);
	}
	if (rc < 0)
		return rc;
	number_waves(w, root);
	return describe(w, ret, err);
}

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
	struct walk w = {.inv = inv, .a = a};
	rc = walk_down(&w, &at, recursive, ret, err);
	walk_done(&w);
	return rc;
}

int pl_inv_children(struct pl_inv *inv, struct pl_arena *a, struct pl_str name, bool recursive,
		    struct pl_inv_images *ret, struct pl_err *err)
{
	PL_AUTO(tx) tx = {0};
	int rc = pl_inv_need_local(inv, "asking for children", err);
	if (rc == 0)
		rc = pl_tx_read(inv->db, &tx, err);
	return rc < 0 ? rc : pl_inv_children_in_tx(inv, a, name, recursive, ret, err);
}

/* "a:1 is based on b:1, based on c:1, based on a:1" */
static int name_cycle(struct walk *w, struct node *last, int64_t root, struct pl_err *err)
{
	PL_AUTO(buf) chain = {.max = 400};
	PL_VEC(int64_t) path = {0};
	struct pl_named at;
	char text[PL_NAME_TEXT];
	int rc = 0;

	for (struct node *n = last; n; n = n->from)
		*pl_vec_push(&path) = n->id;
	for (size_t i = path.n; rc == 0 && i-- > 0;) {
		rc = name_text(w->inv, path.v[i], text, &at, err);
		pl_buf_adds(&chain, i + 1 == path.n ? "" : " is based on ");
		pl_buf_adds(&chain, text);
	}
	if (rc == 0)
		rc = name_text(w->inv, root, text, &at, err);
	pl_vec_free(&path);
	if (rc < 0)
		return rc;
	return pl_fail(err, PL_CONFLICT, "a cycle of bases: %s is based on %s",
		       chain.p ? chain.p : "", text);
}

static int check_name(struct pl_inv *inv, int64_t name_id, struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	struct walk w = {.inv = inv, .a = &a};
	struct node *root = node_of(&w, name_id, NULL);
	int rc = 0;
	(void)root;
	for (size_t i = 0; rc == 0 && i < w.nodes.n; i++) {
		struct node *n = w.nodes.v[i];
		rc = expand(&w, n, parents_of_name, n->id, err);
		for (struct node **p = n->next; rc == 0 && *p; p++)
			if ((*p)->id == name_id)
				rc = name_cycle(&w, n, name_id, err);
	}
	walk_done(&w);
	return rc;
}

/* Contents stand on each other without names too (former ones). Every cycle that a registration
 * could make goes through its own content, so following that one suffices. */
static int check_content(struct pl_inv *inv, int64_t content_id, struct pl_err *err)
{
	PL_AUTO(stmt) q = {0};
	int rc = pl_db_query(inv->db, "SELECT coalesce(base_id, 0) FROM content WHERE id = $1", &q,
			     err);
	for (int64_t at = content_id; rc >= 0 && at;) {
		pl_stmt_i64(&q, 1, at);
		rc = pl_stmt_step(&q, err);
		if (rc <= 0)
			break;
		at = pl_stmt_col_i64(&q, 0);
		pl_stmt_done(&q);
		if (at == content_id)
			return pl_fail(
				err, PL_CONFLICT,
				"a cycle of bases: the base given stands on this very content");
		rc = pl_db_query(inv->db, "SELECT coalesce(base_id, 0) FROM content WHERE id = $1",
				 &q, err);
	}
	return rc < 0 ? rc : 0;
}

int pl_inv_check_cycles(struct pl_inv *inv, int64_t content_id, struct pl_err *err)
{
	ids_vec names = {0};
	int rc = ids(inv, "SELECT id FROM name WHERE content_id = $1 AND main_id IS NULL",
		     content_id, &names, err);
	for (size_t i = 0; rc == 0 && i < names.n; i++)
		rc = check_name(inv, names.v[i], err);
	pl_vec_free(&names);
	return rc < 0 ? rc : check_content(inv, content_id, err);
}
