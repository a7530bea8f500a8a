// SPDX-License-Identifier: Apache-2.0
/*
 * Which packages share a layer. Layers belong to the fleet: packages that the very same images hold
 * form a class, so a class's layer is the same blob everywhere. Within a class a source package
 * that is large, or that the archive has patched often, gets a layer of its own; the rest share
 * one. An assignment of the former lock stays while its class does.
 */
#include "lock/relock_int.h"

#include "base/num.h"

#define OWN_KIB 1024    /* a source of this size gets its own layer */
#define OWN_HOT_KIB 192 /* one that is patched often: already from here */
#define BASE_LAYERS 20  /* runtimes fail between 70 and 127 layers: 20 for a base, 40 for a leaf */
#define LEAF_LAYERS 40

/* All binary packages of one name in one distro: they go together on every architecture. */
struct member {
	const char *name, *source;
	struct pl_relock_distro *distro;
	PL_VEC(struct pl_lock_package *) packages;
	PL_VEC(size_t) holders; /* indexes of images, ascending */
	uint64_t kib;           /* of the largest architecture */
	bool hot;
	const char *class;
	const char *layer;
};

struct layering {
	struct pl_relock_run *r;
	PL_VEC(struct member *) v;
	struct pl_map by_name;
};

/* How often the archive has patched this version: the N of "+debXuN" and "~debXuN", and whether it
 * came from a security suite. A fair guess at how often it will move again. */
static bool is_hot(const struct pl_lock_package *p)
{
	const char *u = strstr(p->version, "+deb");
	if (!u)
		u = strstr(p->version, "~deb");
	const char *n = u ? strchr(u, 'u') : NULL;
	uint64_t count = 0;
	if (n && !pl_parse_u64(pl_str_of(n + 1), 1000, &count))
		count = 1;
	return count >= 2 || pl_str_ends(pl_str_of(p->suite), "-security");
}

static struct member *member_of(struct layering *l, struct pl_relock_distro *d,
				struct pl_lock_package *p)
{
	struct pl_arena *a = &l->r->arena;
	struct pl_str key = pl_str_of(pl_arena_printf(a, "%s %s", d->d->name, p->name));
	struct member *m = pl_map_get(&l->by_name, key);
	if (!m) {
		m = pl_arena_new(a, struct member);
		*m = (struct member){.name = p->name, .source = p->source, .distro = d};
		pl_map_put(&l->by_name, key, m);
		*pl_vec_push(&l->v) = m;
	}
	for (size_t i = 0; i < m->packages.n; i++)
		if (m->packages.v[i] == p)
			return m;
	*pl_vec_push(&m->packages) = p;
	m->hot = m->hot || is_hot(p);
	if (p->installed_kib > m->kib)
		m->kib = p->installed_kib;
	return m;
}

static void collect(struct layering *l)
{
	struct pl_lock *lock = l->r->lock;
	for (size_t i = 0; i < lock->n_images; i++) {
		struct pl_lock_image *li = &lock->images[i];
		struct pl_relock_distro *d = NULL;
		for (size_t k = 0; k < l->r->distros.n; k++)
			if (strcmp(l->r->distros.v[k]->d->name, li->distro) == 0)
				d = l->r->distros.v[k];
		for (size_t k = 0; k < li->n_packages; k++)
			*pl_vec_push(&member_of(l, d, li->packages[k])->holders) = i;
	}
}

/* A class's name: the images that hold it, short ones in full. */
static const char *class_name(struct layering *l, const struct member *m)
{
	PL_AUTO(buf) ids = {0}, all = {0};
	const char *last = "";
	size_t n = 0;
	for (size_t i = 0; i < m->holders.n; i++) {
		const struct pl_lock_image *li = &l->r->lock->images[m->holders.v[i]];
		pl_buf_addf(&all, "%s %s\n", li->id, li->platform->name);
		if (strcmp(li->id, last) != 0)
			pl_buf_addf(&ids, "%s%s", n++ ? "+" : "", li->id);
		last = li->id;
	}
	bool everywhere =
		true; /* on all platforms of those images? else two classes could have one name */
	size_t expected = 0;
	for (size_t i = 0; i < l->r->lock->n_images; i++)
		for (size_t k = 0; k < m->holders.n; k++)
			if (strcmp(l->r->lock->images[i].id,
				   l->r->lock->images[m->holders.v[k]].id) == 0) {
				expected++;
				break;
			}
	everywhere = expected == m->holders.n;
	if (everywhere && ids.n <= 60)
		return pl_arena_cstr(&l->r->arena, pl_buf_str(&ids));
	char hex[PL_DIGEST_TEXT];
	struct pl_digest d = pl_sha256_of(pl_buf_str(&all));
	pl_digest_hex(&d, hex);
	return pl_arena_printf(&l->r->arena, "%.40s+%.12s", ids.p, hex);
}

static const char *former_layer(const struct layering *l, const struct member *m)
{
	const struct pl_lock_distro *f =
		l->r->former ? pl_lock_distro_find(l->r->former, m->distro->d->name) : NULL;
	size_t n = strlen(m->class);
	for (size_t i = 0; f && i < f->n_packages; i++)
		if (strcmp(f->packages[i].name, m->name) == 0 &&
		    strncmp(f->packages[i].layer, m->class, n) == 0 &&
		    f->packages[i].layer[n] == '/')
			return f->packages[i].layer;
	return NULL;
}

static int by_class_source(const void *a, const void *b)
{
	const struct member *x = *(struct member *const *)a, *y = *(struct member *const *)b;
	int c = strcmp(x->distro->d->name, y->distro->d->name);
	if (c == 0)
		c = strcmp(x->class, y->class);
	if (c == 0)
		c = strcmp(x->source, y->source);
	return c ? c : strcmp(x->name, y->name);
}

/* Sources of one class: by size and heat into layers. */
static void assign(struct layering *l)
{
	struct pl_arena *a = &l->r->arena;
	for (size_t i = 0; i < l->v.n;) {
		size_t k = i;
		uint64_t kib = 0;
		bool hot = false;
		const struct member *first = l->v.v[i];
		for (; k < l->v.n && l->v.v[k]->distro == first->distro &&
		       strcmp(l->v.v[k]->class, first->class) == 0 &&
		       strcmp(l->v.v[k]->source, first->source) == 0;
		     k++) {
			kib += l->v.v[k]->kib;
			hot = hot || l->v.v[k]->hot;
		}
		bool own = kib >= OWN_KIB || (hot && kib >= OWN_HOT_KIB);
		const char *name =
			pl_arena_printf(a, "%s/%s", first->class, own ? first->source : "small");
		for (; i < k; i++) {
			const char *former = former_layer(l, l->v.v[i]);
			l->v.v[i]->layer = former ? former : name;
		}
	}
}

static size_t count_layers(struct layering *l, size_t image)
{
	PL_AUTO(map) seen = {0};
	for (size_t i = 0; i < l->v.n; i++)
		for (size_t k = 0; k < l->v.v[i]->holders.n; k++)
			if (l->v.v[i]->holders.v[k] == image)
				pl_map_put(&seen, pl_str_of(l->v.v[i]->layer), l);
	return seen.n;
}

/* The smallest layer of an image's own stage, other than the shared small ones, goes into its
 * class's small one. */
static bool merge_smallest(struct layering *l, size_t image)
{
	struct member *least = NULL;
	uint64_t least_kib = UINT64_MAX;
	for (size_t i = 0; i < l->v.n; i++) {
		struct member *m = l->v.v[i];
		bool held = false;
		uint64_t kib = 0;
		for (size_t k = 0; k < m->holders.n; k++)
			held = held || m->holders.v[k] == image;
		if (!held || pl_str_ends(pl_str_of(m->layer), "/small"))
			continue;
		for (size_t k = 0; k < l->v.n; k++)
			if (strcmp(l->v.v[k]->layer, m->layer) == 0)
				kib += l->v.v[k]->kib;
		if (kib < least_kib) {
			least_kib = kib;
			least = m;
		}
	}
	if (!least)
		return false;
	const char *from = least->layer;
	const char *to = pl_arena_printf(&l->r->arena, "%s/small", least->class);
	for (size_t i = 0; i < l->v.n; i++)
		if (strcmp(l->v.v[i]->layer, from) == 0)
			l->v.v[i]->layer = to;
	return true;
}

/* An image's own layers, its top layer and its bases' together stay under the caps. */
static void cap(struct layering *l)
{
	struct pl_lock *lock = l->r->lock;
	for (size_t i = 0; i < lock->n_images; i++) {
		size_t below = 0, max = BASE_LAYERS - 1;
		const struct pl_lock_image *li = &lock->images[i];
		for (const char *base = li->base; base;) {
			const struct pl_lock_image *b =
				pl_lock_image_find(lock, base, li->platform);
			if (!b)
				break;
			below += count_layers(l, (size_t)(b - lock->images)) + 1;
			max = LEAF_LAYERS - 1;
			base = b->base;
		}
		while (below + count_layers(l, i) > max && merge_smallest(l, i))
			;
	}
}

void pl_relock_layers(struct pl_relock_run *r)
{
	struct layering l = {.r = r};
	collect(&l);
	for (size_t i = 0; i < l.v.n; i++)
		l.v.v[i]->class = class_name(&l, l.v.v[i]);
	if (l.v.n)
		qsort(l.v.v, l.v.n, sizeof(*l.v.v), by_class_source);
	assign(&l);
	cap(&l);
	for (size_t i = 0; i < l.v.n; i++) {
		struct member *m = l.v.v[i];
		const char *name = pl_arena_cstr(&r->lock->arena, pl_str_of(m->layer));
		for (size_t k = 0; k < m->packages.n; k++)
			m->packages.v[k]->layer = name;
		pl_vec_free(&m->packages);
		pl_vec_free(&m->holders);
	}
	pl_vec_free(&l.v);
	pl_map_done(&l.by_name);
}
