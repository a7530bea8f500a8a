// SPDX-License-Identifier: Apache-2.0
/* Resolution of every image on every platform: bases first, whose choices are then given to their
 * children. Platforms are independent, so each (distro, platform) is one piece of parallel work. */
#include "base/num.h"
#include "base/threads.h"
#include "lock/relock_int.h"

struct platform_work {
	const struct pl_relock_distro *distro;
	const struct pl_platform *platform;
};
struct resolution {
	struct pl_relock_run *run;
	PL_VEC(struct platform_work) work;
};

static int resolve_image(const struct pl_relock_run *r, struct pl_relock_image *t,
			 struct pl_err *err)
{
	const struct pl_image *i = t->image;
	const struct pl_package_format *format = t->distro->format;
	const char *const *granted =
		r->o->with_granted ? format->granted(t->distro->archive, t->platform, &t->arena)
				   : (const char *const[]){NULL};
	size_t n = 0;
	while (granted[n])
		n++;
	struct pl_package_root *roots =
		pl_arena_array(&t->arena, struct pl_package_root, i->n_packages + n + 1);
	for (size_t k = 0; k < n; k++)
		roots[i->n_packages + k] =
			(struct pl_package_root){.name = pl_str_of(granted[k]), .where = i->file};
	for (size_t k = 0; k < i->n_packages; k++)
		roots[k] = (struct pl_package_root){
			i->packages[k].name, i->packages[k].version, i->packages[k].op,
			pl_arena_printf(&t->arena, "%s:%u:%u", i->packages[k].file,
					i->packages[k].line, i->packages[k].column)};
	t->n_base = t->base ? t->base->all.n : 0;
	int rc =
		format->resolve(t->distro->archive, t->platform, roots, i->n_packages + n,
				t->base ? &t->base->all : NULL, t->former, &t->arena, &t->all, err);
	if (rc < 0)
		return pl_ctx(err, "%s:%u: %s (%s)", i->file, i->line, i->id, t->platform->name);
	return 0;
}

static int resolve_platform(void *ctx, size_t i, unsigned worker, struct pl_err *err)
{
	struct resolution *p = ctx;
	for (size_t k = 0; k < p->run->images.n; k++) {
		struct pl_relock_image *t = p->run->images.v[k];
		if (t->distro != p->work.v[i].distro || t->platform != p->work.v[i].platform)
			continue;
		int rc = resolve_image(p->run, t, err);
		if (rc < 0)
			return rc;
		pl_progress_step(p->run->env, "resolve", 1, t->image->id);
	}
	return 0;
}

/* Where an image's platforms begin in r->images; they stand in the order of its definition. */
static void list_images(struct pl_relock_run *r)
{
	PL_AUTO(map) first = {0}; /* id -> index in r->images + 1 */
	for (size_t i = 0; i < r->fleet->n_images; i++) {
		const struct pl_image *image = r->fleet->images[i];
		pl_map_put(&first, pl_str_of(image->id), (void *)(uintptr_t)(r->images.n + 1));
		for (const struct pl_platform **p = image->platforms; *p; p++) {
			struct pl_relock_image *t = pl_arena_new(&r->arena, struct pl_relock_image);
			*t = (struct pl_relock_image){
				.image = image,
				.platform = *p,
				.distro = pl_relock_distro_of(r, image->distro)};
			t->former = r->former ? pl_lock_image_find(r->former, image->id, *p) : NULL;
			if (image->base) {
				size_t at =
					(uintptr_t)pl_map_get(&first, pl_str_of(image->base->id));
				while (r->images.v[at - 1]->platform != *p)
					at++;
				t->base = r->images.v[at - 1];
			}
			*pl_vec_push(&r->images) = t;
		}
	}
}

int pl_relock_resolve(struct pl_relock_run *r, struct pl_err *err)
{
	struct resolution p = {.run = r};
	list_images(r);
	for (size_t i = 0; i < r->distros.n; i++)
		for (size_t k = 0; k < r->distros.v[i]->n_platforms; k++)
			*pl_vec_push(&p.work) = (struct platform_work){
				r->distros.v[i], r->distros.v[i]->platforms[k]};
	pl_progress_begin(r->env, "resolve", r->images.n, "");
	int rc = pl_parallel(r->env, p.work.n, resolve_platform, &p, err);
	if (rc == 0)
		pl_progress_end(r->env, "resolve", "%s on their platforms",
				PL_COUNTED(r->images.n, "image"));
	pl_vec_free(&p.work);
	return rc;
}
