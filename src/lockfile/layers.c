// SPDX-License-Identifier: Apache-2.0
#include "lockfile/lock.h"

#include "base/map.h"

#define JOINED "joined"

struct own_layer {
	const char *name;
	uint64_t kib;
};

static int by_size(const void *a, const void *b)
{
	const struct own_layer *x = a, *y = b;
	return x->kib != y->kib ? (x->kib < y->kib ? -1 : 1) : strcmp(x->name, y->name);
}

/* An image's packages into at most room layers. Returns how many they are. */
static size_t place_own(const struct pl_lock_image *i, size_t room, const char **ret)
{
	PL_AUTO(map) at = {0}; /* layer -> index + 1 */
	PL_VEC(struct own_layer) own = {0};
	for (size_t k = 0; k < i->n_packages; k++) {
		const struct pl_lock_package *p = i->packages[k];
		void **slot = pl_map_slot(&at, pl_str_of(p->layer));
		if (!*slot) {
			pl_vec_push(&own)->name = p->layer;
			*slot = (void *)(uintptr_t)own.n;
		}
		own.v[(uintptr_t)*slot - 1].kib += p->installed_kib;
		ret[k] = p->layer;
	}
	size_t n = own.n;
	if (n > room) {
		PL_AUTO(map) joined = {0};
		qsort(own.v, n, sizeof(*own.v), by_size);
		for (size_t k = 0; k <= n - room; k++)
			pl_map_put(&joined, pl_str_of(own.v[k].name), NULL);
		for (size_t k = 0; k < i->n_packages; k++)
			if (pl_map_has(&joined, pl_str_of(ret[k])))
				ret[k] = JOINED;
		n = room;
	}
	pl_vec_free(&own);
	return n;
}

void pl_lock_layers(const struct pl_lock *l, const struct pl_lock_image *i, struct pl_arena *a,
		    const char *const **ret, size_t *ret_stack)
{
	PL_VEC(const struct pl_lock_image *) chain = {0};
	const char **v = NULL;
	size_t stack = 0, max = PL_LAYERS_BASE;
	for (; i; i = i->base ? pl_lock_image_find(l, i->base, i->platform) : NULL)
		*pl_vec_push(&chain) = i;
	for (size_t k = chain.n; k-- > 0; max = PL_LAYERS) {
		/* One is for the image's top layer, and one at least for its packages. */
		size_t room = max > stack + 2 ? max - stack - 1 : 1;
		v = pl_arena_array(a, const char *, chain.v[k]->n_packages + 1);
		stack += place_own(chain.v[k], room, v) + 1;
	}
	pl_vec_free(&chain);
	*ret = v;
	*ret_stack = stack;
}
