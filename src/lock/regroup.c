// SPDX-License-Identifier: Apache-2.0
/* Grouping again on demand, and what it is worth. */
#include "base/map.h"
#include "lock/layers_int.h"

struct regrouping {
	struct pl_lock *lock;
	struct pl_arena arena;
};

/* A package in an image. */
struct placed_package {
	const char *layer;
	const struct pl_lock_package *package;
};

static int by_layer(const void *a, const void *b)
{
	const struct placed_package *x = a, *y = b;
	int c = strcmp(x->layer, y->layer);
	return c ? c : pl_lock_package_cmp(x->package, y->package);
}

/* Packed bytes of the packages of all layers, each layer once. */
static uint64_t layers_bytes(struct regrouping *r)
{
	PL_AUTO(map) seen = {0};
	uint64_t sum = 0;
	for (size_t i = 0; i < r->lock->n_images; i++) {
		const struct pl_lock_image *li = &r->lock->images[i];
		struct placed_package *v =
			pl_arena_array(&r->arena, struct placed_package, li->n_packages + 1);
		const char *const *layers;
		size_t stack;
		pl_lock_layers(r->lock, li, &r->arena, &layers, &stack);
		for (size_t k = 0; k < li->n_packages; k++)
			v[k] = (struct placed_package){layers[k], li->packages[k]};
		qsort(v, li->n_packages, sizeof(*v), by_layer);
		for (size_t k = 0, n; k < li->n_packages; k = n) {
			PL_AUTO(buf) key = {0};
			uint64_t bytes = 0;
			for (n = k; n < li->n_packages && strcmp(v[n].layer, v[k].layer) == 0;
			     n++) {
				pl_buf_add(&key, v[n].package->sha256.b,
					   sizeof(v[n].package->sha256.b));
				bytes += v[n].package->size;
			}
			struct pl_str id = pl_arena_str(&r->arena, pl_buf_str(&key));
			if (!pl_map_put(&seen, id, r))
				sum += bytes;
		}
	}
	return sum;
}

/* Every package that an image holds, once, in the order of images. */
struct held {
	PL_VEC(struct pl_lock_package *) v;
	struct pl_map seen; /* address -> index + 1 */
};

static struct pl_str address_of(struct pl_arena *a, const struct pl_lock_package *p)
{
	return pl_arena_str(a, (struct pl_str){(const char *)&p, sizeof(p)});
}

static void collect_held(struct regrouping *r, struct held *ret)
{
	for (size_t i = 0; i < r->lock->n_images; i++)
		for (size_t k = 0; k < r->lock->images[i].n_packages; k++) {
			struct pl_lock_package *p = r->lock->images[i].packages[k];
			void **slot = pl_map_slot(&ret->seen, address_of(&r->arena, p));
			if (*slot)
				continue;
			*pl_vec_push(&ret->v) = p;
			*slot = (void *)(uintptr_t)ret->v.n;
		}
}

/* Layer -> a text that lists its packages. names[i]: the layer of held->v[i]. */
static void list_groups(struct regrouping *r, const struct held *h, const char *const *names,
			struct pl_map *ret)
{
	for (size_t i = 0; i < h->v.n; i++) {
		void **slot = pl_map_slot(ret, pl_str_of(names[i]));
		*slot = pl_arena_printf(&r->arena, "%s%zu ", *slot ? (char *)*slot : "", i);
	}
}

/* A group that has the same packages as before gets its former name back. */
static void keep_names(struct regrouping *r, const struct held *h, const char **former)
{
	PL_AUTO(map) before = {0};
	PL_AUTO(map) after = {0};
	PL_AUTO(map) by_list = {0};
	const char **now = pl_arena_array(&r->arena, const char *, h->v.n + 1);
	for (size_t i = 0; i < h->v.n; i++)
		now[i] = h->v.v[i]->layer;
	list_groups(r, h, former, &before);
	list_groups(r, h, now, &after);
	for (size_t i = 0; i < before.n; i++)
		pl_map_put(&by_list, pl_str_of(before.items[i].value),
			   (void *)(uintptr_t)before.items[i].key.p);
	for (size_t i = 0; i < h->v.n; i++) {
		const char *list = pl_map_get(&after, pl_str_of(now[i]));
		const char *name = pl_map_get(&by_list, pl_str_of(list));
		if (name)
			h->v.v[i]->layer = name;
	}
}

static bool is_changed(struct regrouping *r, const struct held *h, const char *const *former,
		       const struct pl_lock_image *li)
{
	for (size_t k = 0; k < li->n_packages; k++) {
		size_t at = (uintptr_t)pl_map_get(&h->seen, address_of(&r->arena, li->packages[k]));
		if (strcmp(former[at - 1], li->packages[k]->layer) != 0)
			return true;
	}
	return false;
}

/* Images whose own layers are other ones now; what stands on them changes with them. */
static void list_changed(struct regrouping *r, const struct held *h, const char *const *former,
			 struct pl_regrouped *ret)
{
	struct pl_lock *l = r->lock;
	ret->images = pl_arena_array(&l->arena, const char *, l->n_images + 1);
	for (size_t i = 0; i < l->n_images; i++) {
		const char *id = l->images[i].id;
		bool said = ret->n_images && strcmp(ret->images[ret->n_images - 1], id) == 0;
		if (!said && is_changed(r, h, former, &l->images[i]))
			ret->images[ret->n_images++] = id;
	}
}

int pl_layers_regroup(struct pl_lock *l, bool (*often)(const struct pl_lock_package *p),
		      struct pl_regrouped *ret, struct pl_err *err)
{
	struct regrouping r = {.lock = l};
	struct held h = {0};
	struct pl_regrouped found = {.is_done = true, .bytes_before = layers_bytes(&r)};
	collect_held(&r, &h);
	const char **former = pl_arena_array(&r.arena, const char *, h.v.n + 1);
	for (size_t i = 0; i < h.v.n; i++)
		former[i] = h.v.v[i]->layer;
	int rc = pl_layers_assign(l, NULL, often, err);
	if (rc == 0) {
		keep_names(&r, &h, former);
		found.bytes_after = layers_bytes(&r);
		list_changed(&r, &h, former, &found);
		*ret = found;
	}
	pl_vec_free(&h.v);
	pl_map_done(&h.seen);
	pl_arena_done(&r.arena);
	return rc;
}
