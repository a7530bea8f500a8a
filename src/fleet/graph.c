// SPDX-License-Identifier: Apache-2.0
/* Images and their bases: linking, chains and cycles, the order in which bases come first. */
#include "fleet/fleet_int.h"

static int by_id(const void *a, const void *b)
{
	const struct pl_draft *const *x = a, *const *y = b;
	return strcmp((*x)->image->id, (*y)->image->id);
}

static int by_depth(const void *a, const void *b)
{
	const struct pl_draft *const *x = a, *const *y = b;
	if ((*x)->depth != (*y)->depth)
		return (*x)->depth < (*y)->depth ? -1 : 1;
	return by_id(a, b);
}

/* "a -> b -> c" of the images on the path, cut in the middle of nothing: the end is what counts, so
 * a long chain loses its beginning. */
static void chain(struct pl_buf *b, struct pl_draft *const *path, size_t n)
{
	size_t from = n > 12 ? n - 12 : 0;
	if (from)
		pl_buf_adds(b, "... -> ");
	for (size_t i = from; i < n; i++)
		pl_buf_addf(b, "%s%s", i > from ? " -> " : "", path[i]->image->id);
}

static int missing(struct pl_loader *l, struct pl_draft *const *path, size_t n, struct pl_str base,
		   struct pl_err *err)
{
	const struct pl_draft *d = path[n - 1];
	const struct pl_definition *def = pl_map_get(&l->by_name, base);
	PL_AUTO(buf) way = {.max = 4096};
	chain(&way, path, n);
	pl_buf_addf(&way, " -> %s", PL_SHOWN(base));
	if (def) {
		PL_AUTO(buf) ids = {.max = 200};
		for (size_t i = 0; i < def->n_drafts; i++)
			pl_buf_addf(&ids, "%s%s", i ? ", " : "", def->draft[i]->image->id);
		return pl_yaml_fail(d->base_at, err, "base '%s' has variants; say which: %s (%s)",
				    def->name, pl_buf_str(&ids).p, way.p);
	}
	PL_VEC(const char *) ids = {0};
	for (size_t i = 0; i < l->drafts.n; i++)
		*pl_vec_push(&ids) = l->drafts.v[i]->image->id;
	const char *near = pl_nearest(base, ids.v, ids.n);
	pl_vec_free(&ids);
	return pl_yaml_fail(d->base_at, err, "no image '%s' in this fleet%s%s%s (%s)",
			    PL_SHOWN(base), near ? "; did you mean '" : "", near ? near : "",
			    near ? "'?" : "", way.p);
}

static int cycle(struct pl_draft *const *path, size_t n, const struct pl_draft *again,
		 struct pl_err *err)
{
	PL_AUTO(buf) way = {.max = 4096};
	size_t from = 0;
	while (path[from] != again)
		from++;
	chain(&way, path + from, n - from);
	pl_buf_addf(&way, " -> %s", again->image->id);
	return pl_yaml_fail(path[n - 1]->base_at, err, "an image cannot be its own base: %s",
			    way.p);
}

static int resolve_distro(struct pl_loader *l, struct pl_draft *d, struct pl_err *err)
{
	struct pl_str name = {NULL, 0};
	struct pl_image *i = d->image;
	i->distro = d->base ? d->base->image->distro : NULL;
	if (!d->distro_at && !i->distro)
		return pl_yaml_fail(d->at, err, "'%s' needs 'base' or 'distro'", i->id);
	int rc = d->distro_at ? pl_read_plain(d->distro_at, "distro", &name, err) : 0;
	if (rc < 0)
		return rc;
	if (i->distro && d->distro_at && !pl_str_is(name, i->distro->name))
		return pl_yaml_fail(d->distro_at, err,
				    "'%s' is of distro %s, because its base "
				    "'%s' is",
				    i->id, i->distro->name, d->base->image->id);
	for (size_t k = 0; k < l->f->n_distros && !i->distro; k++)
		if (pl_str_is(name, l->f->distros[k].name))
			i->distro = &l->f->distros[k];
	if (!i->distro) {
		PL_VEC(const char *) names = {0};
		for (size_t k = 0; k < l->f->n_distros; k++)
			*pl_vec_push(&names) = l->f->distros[k].name;
		const char *near = pl_nearest(name, names.v, names.n);
		pl_vec_free(&names);
		return pl_yaml_fail(d->distro_at, err, "no distro '%s' in fleet.yaml%s%s%s",
				    PL_SHOWN(name), near ? "; did you mean '" : "",
				    near ? near : "", near ? "'?" : "");
	}
	d->vars.distro = i->distro->name;
	return 0;
}

/* Sets d->base; NULL when it has none. */
static int find_base(struct pl_loader *l, struct pl_draft *const *path, size_t n,
		     struct pl_err *err)
{
	struct pl_draft *d = path[n - 1];
	const char *text = NULL;
	if (!d->base_at)
		return 0;
	struct pl_reader r = {.l = l, .a = l->a, .vars = d->vars};
	int rc = pl_read_text(&r, d->base_at, "base", &text, err);
	if (rc < 0)
		return rc;
	d->base = pl_map_get(&l->by_id, pl_str_of(text));
	if (!d->base)
		return missing(l, path, n, pl_str_of(text), err);
	d->image->base = d->base->image;
	return 0;
}

/* Walks down from one image to what is already done, then comes back up. */
static int link_from(struct pl_loader *l, struct pl_draft *start, struct pl_draft **path,
		     struct pl_err *err)
{
	size_t n = 0;
	int rc = 0;
	for (struct pl_draft *d = start; d && d->state != PL_DRAFT_DONE; d = d->base) {
		if (d->state == PL_DRAFT_ON_PATH)
			return cycle(path, n, d, err);
		d->state = PL_DRAFT_ON_PATH;
		path[n++] = d;
		rc = find_base(l, path, n, err);
		if (rc < 0)
			return rc;
	}
	while (n > 0 && rc == 0) {
		struct pl_draft *d = path[--n];
		d->depth = d->base ? d->base->depth + 1 : 0;
		d->state = PL_DRAFT_DONE;
		rc = resolve_distro(l, d, err);
	}
	return rc;
}

int pl_fleet_link(struct pl_loader *l, struct pl_err *err)
{
	int rc = 0;
	if (l->drafts.n == 0)
		return 0;
	qsort(l->drafts.v, l->drafts.n, sizeof(*l->drafts.v), by_id);
	PL_AUTOFREE struct pl_draft **path = pl_xcalloc(l->drafts.n, sizeof(struct pl_draft *));
	for (size_t i = 0; i < l->drafts.n && rc == 0; i++)
		rc = link_from(l, l->drafts.v[i], path, err);
	qsort(l->drafts.v, l->drafts.n, sizeof(*l->drafts.v), by_depth);
	return rc;
}

int pl_fleet_tags_differ(struct pl_loader *l, struct pl_err *err)
{
	__attribute__((cleanup(pl_map_done))) struct pl_map seen = {0};
	for (size_t i = 0; i < l->drafts.n; i++) {
		const struct pl_draft *d = l->drafts.v[i];
		char *name = pl_arena_printf(l->a, "%s:%s", d->image->name,
					     pl_image_tag(l->a, d->image));
		struct pl_draft *first = pl_map_put(&seen, pl_str_of(name), l->drafts.v[i]);
		if (first)
			return pl_yaml_fail(d->at, err,
					    "'%s' and '%s' have the same tag %s; the other is "
					    "%s:%u:%u",
					    d->image->id, first->image->id, name, first->at->file,
					    first->at->line, first->at->column);
	}
	return 0;
}
