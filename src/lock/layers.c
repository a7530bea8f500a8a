// SPDX-License-Identifier: Apache-2.0
#include "lock/layers_int.h"

#include "base/map.h"

#define OWN_KIB 1024      /* a source of this size gets its own layer */
#define OWN_OFTEN_KIB 192 /* one that changes often: already from here */
#define MOST_LAYERS 120   /* more than this no runtime is asked to take */
#define CLASS_TEXT 60     /* the longest class name that spells out its images */

/* All packages of one name in one distro and ecosystem: they go together on every architecture. */
struct held_name {
	const char *name, *source, *distro, *ecosystem;
	PL_VEC(struct pl_lock_package *) packages;
	PL_VEC(size_t) holders; /* indexes of images, ascending */
	uint64_t kib;           /* of the largest architecture */
	bool often;
	bool kept; /* its layer is the former lock's: it stays, whatever others hold */
	const char *class;
	const char *layer;
};

/* An image on a platform. */
struct holding_image {
	PL_VEC(struct held_name *) names;
	size_t platforms; /* entries of the lock with the same id */
	size_t layers;    /* of its own stage; 0: not counted yet */
	bool is_capped;
};

struct layering {
	struct pl_lock *lock;
	const struct pl_lock *former;
	bool (*often)(const struct pl_lock_package *p);
	struct pl_arena arena;
	PL_VEC(struct held_name *) names;
	struct pl_map by_name;
	struct holding_image *holders; /* of lock->images */
};

static struct held_name *find_name(struct layering *l, const char *distro,
				   const struct pl_lock_package *p)
{
	struct pl_arena *a = &l->arena;
	struct pl_str key =
		pl_str_of(pl_arena_printf(a, "%s %s %s", distro, p->ecosystem, p->name));
	struct held_name *m = pl_map_get(&l->by_name, key);
	if (m)
		return m;
	m = pl_arena_new(a, struct held_name);
	*m = (struct held_name){
		.name = p->name, .source = p->source, .distro = distro, .ecosystem = p->ecosystem};
	pl_map_put(&l->by_name, key, m);
	*pl_vec_push(&l->names) = m;
	return m;
}

static void add_package(struct layering *l, struct held_name *m, struct pl_lock_package *p)
{
	for (size_t i = 0; i < m->packages.n; i++)
		if (m->packages.v[i] == p)
			return;
	*pl_vec_push(&m->packages) = p;
	m->often = m->often || l->often(p);
	if (p->installed_kib > m->kib)
		m->kib = p->installed_kib;
}

static void collect_holders(struct layering *l)
{
	struct pl_lock *lock = l->lock;
	l->holders = pl_xcalloc(lock->n_images + 1, sizeof(*l->holders));
	for (size_t i = 0; i < lock->n_images; i++) {
		const struct pl_lock_image *li = &lock->images[i];
		for (size_t k = 0; k < li->n_packages; k++) {
			struct held_name *m = find_name(l, li->distro, li->packages[k]);
			add_package(l, m, li->packages[k]);
			*pl_vec_push(&m->holders) = i;
			*pl_vec_push(&l->holders[i].names) = m;
		}
	}
	for (size_t i = 0, k; i < lock->n_images; i = k) {
		for (k = i;
		     k < lock->n_images && strcmp(lock->images[k].id, lock->images[i].id) == 0; k++)
			;
		for (size_t n = i; n < k; n++)
			l->holders[n].platforms = k - i;
	}
}

/* A class's name: the images that hold it, short ones in full. */
static const char *class_name(struct layering *l, const struct held_name *m)
{
	PL_AUTO(buf) ids = {0}, all = {0};
	const char *last = "";
	size_t n = 0, expected = 0;
	for (size_t i = 0; i < m->holders.n; i++) {
		const struct pl_lock_image *li = &l->lock->images[m->holders.v[i]];
		pl_buf_addf(&all, "%s %s\n", li->id, li->platform->name);
		if (strcmp(li->id, last) == 0)
			continue;
		pl_buf_addf(&ids, "%s%s", n++ ? "+" : "", li->id);
		expected += l->holders[m->holders.v[i]].platforms;
		last = li->id;
	}
	/* On all platforms of those images? Else two classes could have one name. */
	if (expected == m->holders.n && ids.n <= CLASS_TEXT)
		return pl_arena_cstr(&l->arena, pl_buf_str(&ids));
	char hex[PL_DIGEST_TEXT];
	struct pl_digest d = pl_sha256_of(pl_buf_str(&all));
	pl_digest_hex(&d, hex);
	return pl_arena_printf(&l->arena, "%.40s+%.12s", ids.p, hex);
}

static int name_of_package(const void *key, const void *item)
{
	return strcmp(key, ((const struct pl_lock_package *)item)->name);
}

/* The layer that the former lock gave it. */
static const char *former_layer(const struct layering *l, const struct held_name *m)
{
	const struct pl_lock_distro *f =
		l->former ? pl_lock_distro_find(l->former, m->distro) : NULL;
	const struct pl_lock_package *p = f && f->n_packages
						  ? bsearch(m->name, f->packages, f->n_packages,
							    sizeof(*f->packages), name_of_package)
						  : NULL;
	if (!p)
		return NULL;
	while (p > f->packages && strcmp(p[-1].name, m->name) == 0)
		p--;
	for (; p < f->packages + f->n_packages && strcmp(p->name, m->name) == 0; p++)
		if (strcmp(p->ecosystem, m->ecosystem) == 0 && p->layer && *p->layer)
			return p->layer;
	return NULL;
}

static int by_class_source(const void *a, const void *b)
{
	const struct held_name *x = *(struct held_name *const *)a,
			       *y = *(struct held_name *const *)b;
	int c = strcmp(x->distro, y->distro);
	if (c == 0)
		c = strcmp(x->class, y->class);
	if (c == 0)
		c = strcmp(x->source, y->source);
	if (c == 0)
		c = strcmp(x->ecosystem, y->ecosystem);
	return c ? c : strcmp(x->name, y->name);
}

/* Sources of one class: by size and rate of change into layers. */
static void assign_sources(struct layering *l)
{
	for (size_t i = 0; i < l->names.n;) {
		size_t k = i;
		uint64_t kib = 0;
		bool often = false;
		const struct held_name *first = l->names.v[i];
		for (; k < l->names.n && strcmp(l->names.v[k]->distro, first->distro) == 0 &&
		       strcmp(l->names.v[k]->class, first->class) == 0 &&
		       strcmp(l->names.v[k]->source, first->source) == 0 &&
		       strcmp(l->names.v[k]->ecosystem, first->ecosystem) == 0;
		     k++) {
			kib += l->names.v[k]->kib;
			often = often || l->names.v[k]->often;
		}
		bool own = kib >= OWN_KIB || (often && kib >= OWN_OFTEN_KIB);
		const char *name = pl_arena_printf(&l->arena, "%s/%s", first->class,
						   own ? first->source : "small");
		for (; i < k; i++) {
			const char *former = former_layer(l, l->names.v[i]);
			l->names.v[i]->layer = former ? former : name;
			l->names.v[i]->kept = former != NULL;
		}
	}
}

/* Layers of an image's own stage. */
static size_t count_layers(struct layering *l, size_t image)
{
	struct holding_image *h = &l->holders[image];
	if (h->layers || h->names.n == 0)
		return h->layers;
	PL_AUTO(map) seen = {0};
	for (size_t i = 0; i < h->names.n; i++)
		pl_map_put(&seen, pl_str_of(h->names.v[i]->layer), l);
	h->layers = seen.n;
	return seen.n;
}

/* The smallest layer of an image's own stage, other than the shared small ones and those that the
 * former lock had, goes into its class's small one. False when there is none. */
static bool merge_smallest(struct layering *l, size_t image)
{
	PL_AUTO(map) kib = {0}; /* layer -> KiB of all its packages + 1 */
	const struct held_name *least = NULL;
	uintptr_t least_kib = UINTPTR_MAX;
	PL_AUTO(map) kept = {0}; /* layers of the former lock */
	for (size_t i = 0; i < l->names.n; i++) {
		if (l->names.v[i]->kept)
			pl_map_put(&kept, pl_str_of(l->names.v[i]->layer), l);
		void **slot = pl_map_slot(&kib, pl_str_of(l->names.v[i]->layer));
		*slot = (void *)((*slot ? (uintptr_t)*slot : 1) + (uintptr_t)l->names.v[i]->kib);
	}
	/* In the order of names, so that the first of equals is the same everywhere. */
	for (size_t i = 0; i < l->names.n; i++) {
		const struct held_name *m = l->names.v[i];
		bool held = false;
		for (size_t k = 0; k < m->holders.n && !held; k++)
			held = m->holders.v[k] == image;
		uintptr_t all = (uintptr_t)pl_map_get(&kib, pl_str_of(m->layer));
		if (held && all < least_kib && !pl_str_ends(pl_str_of(m->layer), "/small") &&
		    !pl_map_has(&kept, pl_str_of(m->layer))) {
			least_kib = all;
			least = m;
		}
	}
	if (!least)
		return false;
	const char *from = least->layer, *to = pl_arena_printf(&l->arena, "%s/small", least->class);
	for (size_t i = 0; i < l->names.n; i++)
		if (strcmp(l->names.v[i]->layer, from) == 0)
			l->names.v[i]->layer = to;
	for (size_t i = 0; i < l->lock->n_images; i++)
		l->holders[i].layers = 0;
	return true;
}

/* An image's own layers, its top layer and its bases' together stay under the caps as far as they
 * can for all who share them: the rest is done image by image (pl_lock_layers). Bases come first:
 * what is merged there leaves room above. */
static void cap_image(struct layering *l, size_t image)
{
	const struct pl_lock *lock = l->lock;
	const struct pl_lock_image *li = &lock->images[image];
	size_t below = 0, max = PL_LAYERS_BASE - 1;
	if (l->holders[image].is_capped)
		return;
	l->holders[image].is_capped = true;
	for (const char *base = li->base; base;) {
		const struct pl_lock_image *b = pl_lock_image_find(lock, base, li->platform);
		if (!b)
			break;
		size_t at = (size_t)(b - lock->images);
		cap_image(l, at);
		below += count_layers(l, at) + 1;
		max = PL_LAYERS - 1;
		base = b->base;
	}
	while (below + count_layers(l, image) > max && merge_smallest(l, image))
		;
}

static int check_stack(const struct pl_lock *lock, const struct pl_lock_image *li,
		       struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	const char *const *layers;
	size_t n;
	pl_lock_layers(lock, li, &a, &layers, &n);
	if (n > MOST_LAYERS)
		return pl_fail(err, PL_LIMIT,
			       "%s (%s) would have %zu layers, more than %d: it stands on too many "
			       "bases, each on the next",
			       li->id, li->platform->name, n, MOST_LAYERS);
	return 0;
}

static void set_layers(struct layering *l)
{
	for (size_t i = 0; i < l->names.n; i++) {
		const struct held_name *m = l->names.v[i];
		const char *name = pl_arena_cstr(&l->lock->arena, pl_str_of(m->layer));
		for (size_t k = 0; k < m->packages.n; k++)
			m->packages.v[k]->layer = name;
	}
}

static void layering_done(struct layering *l)
{
	for (size_t i = 0; i < l->names.n; i++) {
		pl_vec_free(&l->names.v[i]->packages);
		pl_vec_free(&l->names.v[i]->holders);
	}
	for (size_t i = 0; i < l->lock->n_images; i++)
		pl_vec_free(&l->holders[i].names);
	free(l->holders);
	pl_vec_free(&l->names);
	pl_map_done(&l->by_name);
	pl_arena_done(&l->arena);
}

int pl_layers_assign(struct pl_lock *lock, const struct pl_lock *former,
		     bool (*often)(const struct pl_lock_package *p), struct pl_err *err)
{
	int rc = 0;
	struct layering l = {.lock = lock, .former = former, .often = often};
	collect_holders(&l);
	for (size_t i = 0; i < l.names.n; i++)
		l.names.v[i]->class = class_name(&l, l.names.v[i]);
	if (l.names.n)
		qsort(l.names.v, l.names.n, sizeof(*l.names.v), by_class_source);
	assign_sources(&l);
	for (size_t i = 0; i < lock->n_images; i++)
		cap_image(&l, i);
	set_layers(&l);
	layering_done(&l);
	for (size_t i = 0; i < lock->n_images && rc == 0; i++)
		rc = check_stack(lock, &lock->images[i], err);
	return rc;
}
