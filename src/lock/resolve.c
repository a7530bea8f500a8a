// SPDX-License-Identifier: Apache-2.0
/* Resolution of every image on every platform: bases first, whose choices are then given to their
 * children. Platforms are independent, so each (distro, platform) is one piece of parallel work
 * with an index of its own. */
#include "base/threads.h"
#include "lock/relock_int.h"

struct piece {
	struct pl_relock_distro *distro;
	size_t index;
};
struct pieces {
	struct pl_relock_run *run;
	PL_VEC(struct piece) v;
};

static struct pl_relock_image *find(struct pl_relock_run *r, const struct pl_image *i,
				    const struct pl_platform *platform)
{
	for (size_t k = 0; k < r->images.n; k++)
		if (r->images.v[k]->image == i && r->images.v[k]->platform == platform)
			return r->images.v[k];
	return NULL;
}

static int roots_of(struct pl_relock_image *t, struct pl_root **ret, struct pl_err *err)
{
	const struct pl_image *i = t->image;
	struct pl_root *v = pl_arena_array(&t->arena, struct pl_root, i->n_packages + 1);
	for (size_t k = 0; k < i->n_packages; k++) {
		v[k] = (struct pl_root){.name = i->packages[k].name,
					.version = i->packages[k].version};
		if (i->packages[k].op && !pl_debrel_parse(pl_str_of(i->packages[k].op), &v[k].rel))
			return pl_fail(err, PL_INPUT, "%s:%u: '%s' is not a version relation",
				       i->file, i->packages[k].line, i->packages[k].op);
	}
	*ret = v;
	return 0;
}

static int resolve_one(struct pl_relock_image *t, struct pl_err *err)
{
	struct pl_index *ix = t->distro->indexes[t->index];
	struct pl_resolve_options o = {.keep = &t->distro->keep[t->index]};
	struct pl_root *roots = NULL;
	if (t->base) {
		struct pl_package **pre =
			pl_arena_array(&t->arena, struct pl_package *, t->base->all.n + 1);
		for (size_t i = 0; i < t->base->all.n; i++)
			pre[i] = t->base->all.v[i].pkg;
		o.preselected = pre;
		o.n_preselected = t->n_base = t->base->all.n;
	}
	int rc = roots_of(t, &roots, err);
	if (rc == 0)
		rc = pl_resolve(ix, roots, t->image->n_packages, &o, &t->arena, &t->all, err);
	if (rc < 0)
		return pl_ctx(err, "%s:%u: %s (%s)", t->image->file, t->image->line, t->image->id,
			      t->platform->name);
	return 0;
}

static int do_piece(void *ctx, size_t i, unsigned worker, struct pl_err *err)
{
	struct pieces *p = ctx;
	for (size_t k = 0; k < p->run->images.n; k++) {
		struct pl_relock_image *t = p->run->images.v[k];
		if (t->distro != p->v.v[i].distro || t->index != p->v.v[i].index)
			continue;
		int rc = resolve_one(t, err);
		if (rc < 0)
			return rc;
		pl_progress_step(p->run->env, "resolve", 1, t->image->id);
	}
	return 0;
}

static void add_images(struct pl_relock_run *r)
{
	for (size_t i = 0; i < r->fleet->n_images; i++) {
		const struct pl_image *im = r->fleet->images[i];
		for (const struct pl_platform **p = im->platforms; *p; p++) {
			struct pl_relock_image *t = pl_arena_new(&r->arena, struct pl_relock_image);
			*t = (struct pl_relock_image){.image = im, .platform = *p};
			for (size_t k = 0; k < r->distros.n; k++)
				if (r->distros.v[k]->d == im->distro)
					t->distro = r->distros.v[k];
			while (t->distro->platforms[t->index] != *p)
				t->index++;
			t->base = im->base ? find(r, im->base, *p) : NULL;
			*pl_vec_push(&r->images) = t;
		}
	}
}

int pl_relock_resolve(struct pl_relock_run *r, struct pl_err *err)
{
	struct pieces p = {.run = r};
	add_images(r);
	for (size_t i = 0; i < r->distros.n; i++)
		for (size_t k = 0; k < r->distros.v[i]->n_platforms; k++)
			*pl_vec_push(&p.v) = (struct piece){r->distros.v[i], k};
	pl_progress_begin(r->env, "resolve", r->images.n, "");
	int rc = pl_parallel(r->env, p.v.n, do_piece, &p, err);
	if (rc == 0)
		pl_progress_end(r->env, "resolve", "%zu images on their platforms", r->images.n);
	pl_vec_free(&p.v);
	return rc;
}
