// SPDX-License-Identifier: Apache-2.0
/*
 * Which keys of a definition have changed. The lock has a definition's digest alone; its canonical
 * text is kept as a record under that digest, so that the next lock can compare the two. A record
 * is a hint: without it a definition has changed, and that is all.
 */
#include "lock/definitions.h"

static int remember(const struct pl_image *i, struct pl_store *store, struct pl_err *err)
{
	PL_AUTO(buf) text = {0}, known = {0};
	int rc = pl_store_record_get(store, "definition", &i->hash, &known, err);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	pl_image_canonical(i, &text);
	return pl_store_record_put(store, "definition", &i->hash, pl_buf_str(&text), err);
}

int pl_definitions_remember(const struct pl_fleet *f, struct pl_store *store, struct pl_err *err)
{
	int rc = 0;
	for (size_t i = 0; i < f->n_images && rc == 0; i++)
		rc = remember(f->images[i], store, err);
	return rc;
}

static int read_definition(struct pl_store *store, const struct pl_digest *hash,
			   struct pl_jval **ret)
{
	PL_AUTO(buf) text = {0};
	struct pl_err ignored = {0};
	if (pl_store_record_get(store, "definition", hash, &text, &ignored) != 1)
		return -PL_NOT_FOUND;
	return pl_json_parse(pl_buf_str(&text), "definition", ret, &ignored);
}

static bool is_same_value(const struct pl_jval *a, const struct pl_jval *b)
{
	PL_AUTO(buf) x = {0}, y = {0};
	struct pl_jw w;
	if (!a || !b)
		return false;
	pl_jw_init(&w, &x, 0);
	pl_jw_value(&w, a);
	pl_jw_init(&w, &y, 0);
	pl_jw_value(&w, b);
	return pl_str_eq(pl_buf_str(&x), pl_buf_str(&y));
}

const char **pl_definitions_compare(struct pl_store *store, struct pl_arena *a,
				    const struct pl_digest *from, const struct pl_digest *to)
{
	PL_AUTO_FREE(jval) old = NULL;
	PL_AUTO_FREE(jval) new = NULL;
	PL_VEC(const char *) keys = {0};
	struct pl_str key;
	const struct pl_jval *v;
	if (read_definition(store, from, &old) < 0 || read_definition(store, to, &new) < 0)
		return NULL;
	for (void *it = NULL; pl_json_next(new, &it, &key, &v);)
		if (!is_same_value(pl_json_get(old, pl_arena_cstr(a, key)), v))
			*pl_vec_push(&keys) = pl_arena_cstr(a, key);
	for (void *it = NULL; pl_json_next(old, &it, &key, &v);)
		if (!pl_json_get(new, pl_arena_cstr(a, key)))
			*pl_vec_push(&keys) = pl_arena_cstr(a, key);
	*pl_vec_push(&keys) = NULL;
	const char **ret = pl_arena_dup(a, keys.v, keys.n, sizeof(*keys.v));
	pl_vec_free(&keys);
	return ret;
}
