// SPDX-License-Identifier: Apache-2.0
#include "scan/places_int.h"

#define LINK_DEPTH 8
/* Bodies of one image in all, on disk for the most part. */
#define TOTAL_FILES 16

void pl_places_init(struct pl_places *s, struct pl_arena *a)
{
	*s = (struct pl_places){.a = a};
	pl_keep_init(&s->keep);
}

void pl_places_done(struct pl_places *s)
{
	for (size_t i = 0; i < s->by_path.n; i++)
		pl_places_drop(s, s->by_path.items[i].value);
	pl_map_done(&s->by_path);
	pl_keep_done(&s->keep);
}

void pl_places_begin_layer(struct pl_places *s, int layer, const struct pl_limits *limits)
{
	s->keep.memory_max = limits->scan_memory;
	s->keep.file_max = limits->memory_file;
	s->keep.total_max = TOTAL_FILES * limits->memory_file;
	s->layer = layer;
	s->changed = 0;
}

struct pl_place *pl_places_get(const struct pl_places *s, struct pl_str path)
{
	return pl_map_get(&s->by_path, path);
}

static struct pl_place *new_place(struct pl_places *s, struct pl_str path)
{
	struct pl_place *p = pl_arena_new(s->a, struct pl_place);
	p->path = pl_arena_str(s->a, path);
	p->emptied_in = -1;
	pl_map_put(&s->by_path, p->path, p);
	return p;
}

/* The directory of a path; of a path without '/' it is the root. */
static struct pl_str parent_path(struct pl_str path)
{
	size_t slash = pl_str_rfind(path, '/');
	return pl_str_sub(path, 0, slash == SIZE_MAX ? 0 : slash);
}

/* The place of a path, made if missing, together with those of the directories above it. */
static struct pl_place *place_of(struct pl_places *s, struct pl_str path)
{
	struct pl_place *p = pl_places_get(s, path);
	if (p)
		return p;
	p = new_place(s, path);
	for (struct pl_place *below = p; below->path.n;) {
		struct pl_str dir = parent_path(below->path);
		struct pl_place *known = pl_places_get(s, dir);
		struct pl_place *above = known ? known : new_place(s, dir);
		below->sibling = above->first_child;
		above->first_child = below;
		if (known)
			break;
		below = above;
	}
	return p;
}

void pl_places_drop(struct pl_places *s, struct pl_place *p)
{
	if (!p->there)
		return;
	pl_keep_unref(&s->keep, p->body);
	p->body = NULL;
	free(p->link);
	p->link = NULL;
	p->there = false;
	s->changed |= p->watchers;
}

int pl_places_put(struct pl_places *s, struct pl_str path, uint32_t watchers, struct pl_place **ret,
		  struct pl_err *err)
{
	struct pl_place *p = place_of(s, path);
	if (s->by_path.n > PL_PLACES_MAX)
		return pl_fail(err, PL_LIMIT, "%.200s: more than %d paths of package databases",
			       p->path.p, PL_PLACES_MAX);
	pl_places_drop(s, p);
	p->watchers = watchers;
	p->there = true;
	p->layer = s->layer;
	s->changed |= watchers;
	*ret = p;
	return 0;
}

/* Only what lower layers put there: a whiteout says nothing of its own layer. */
static void hide_one(struct pl_places *s, struct pl_place *p)
{
	if (p->layer < s->layer)
		pl_places_drop(s, p);
}

/* Once a layer is enough: what comes later in it is the layer's own. */
static void hide_below(struct pl_places *s, struct pl_place *p)
{
	if (p->emptied_in == s->layer)
		return;
	p->emptied_in = s->layer;
	for (struct pl_place *c = p->first_child; c; c = c->sibling) {
		hide_one(s, c);
		hide_below(s, c);
	}
}

void pl_places_hide(struct pl_places *s, struct pl_str path, bool keep_itself)
{
	struct pl_place *p = pl_places_get(s, path);
	if (!p)
		return;
	if (!keep_itself)
		hide_one(s, p);
	hide_below(s, p);
}

/* The shortest beginning of the path that is a link. */
static struct pl_place *first_link(const struct pl_places *s, struct pl_str path)
{
	for (size_t n = 1; n <= path.n; n++) {
		if (n < path.n && path.p[n] != '/')
			continue;
		struct pl_place *p = pl_places_get(s, pl_str_sub(path, 0, n));
		if (p && p->link)
			return p;
	}
	return NULL;
}

/* Without "." and ".." and empty parts; above the root is the root. */
static struct pl_str simple_path(struct pl_arena *scratch, const char *path)
{
	char *out = pl_arena_alloc(scratch, strlen(path) + 1);
	size_t n = 0;
	for (struct pl_str parts = pl_str_of(path); parts.p;) {
		struct pl_str part = pl_str_cut(&parts, '/');
		if (part.n == 0 || pl_str_is(part, "."))
			continue;
		if (pl_str_is(part, "..")) {
			while (n && out[--n] != '/')
				;
			continue;
		}
		if (n)
			out[n++] = '/';
		memcpy(out + n, part.p, part.n);
		n += part.n;
	}
	return (struct pl_str){out, n};
}

struct pl_place *pl_places_resolve(const struct pl_places *s, struct pl_arena *scratch,
				   const char *path)
{
	struct pl_str at = pl_str_of(path);
	for (int depth = 0; depth < LINK_DEPTH; depth++) {
		struct pl_place *link = first_link(s, at);
		if (!link) {
			struct pl_place *p = pl_places_get(s, at);
			return p && p->body ? p : NULL;
		}
		/* The link's text stands for it, from the root or from the link's directory. */
		struct pl_str rest = pl_str_sub(at, link->path.n, SIZE_MAX);
		struct pl_str dir = link->link[0] == '/' ? PL_STR("") : parent_path(link->path);
		at = simple_path(scratch,
				 pl_arena_printf(scratch, PL_STR_FMT "/%s" PL_STR_FMT,
						 PL_STR_ARG(dir), link->link, PL_STR_ARG(rest)));
	}
	return NULL;
}
