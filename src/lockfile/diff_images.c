// SPDX-License-Identifier: Apache-2.0
/* What changes besides versions: images, their definitions and files, and the indexes' dates. */
#include "lockfile/lock.h"

typedef PL_VEC(const char *) texts;

/* The platforms of one image, which stand one after another. */
struct image_run {
	const struct pl_lock_image *v;
	size_t n;
};

static struct image_run run_at(const struct pl_lock *l, size_t i)
{
	struct image_run r = {l && i < l->n_images ? &l->images[i] : NULL, 0};
	while (r.v && i + r.n < l->n_images && strcmp(r.v[r.n].id, r.v->id) == 0)
		r.n++;
	return r;
}

static const struct pl_lock_image *on_platform(const struct image_run *r,
					       const struct pl_platform *p)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->v[i].platform == p)
			return &r->v[i];
	return NULL;
}

static const char **take_texts(struct pl_arena *a, texts *v)
{
	*pl_vec_push(v) = NULL;
	const char **ret = pl_arena_dup(a, v->v, v->n, sizeof(*v->v));
	pl_vec_free(v);
	return ret;
}

/* Platforms of r that the other has not. */
static const char **platforms_only_in(struct pl_arena *a, const struct image_run *r,
				      const struct image_run *other)
{
	texts v = {0};
	for (size_t i = 0; i < r->n; i++)
		if (!on_platform(other, r->v[i].platform))
			*pl_vec_push(&v) = r->v[i].platform->name;
	return take_texts(a, &v);
}

static const struct pl_lock_file *file_at(const struct pl_lock_image *i, const char *to)
{
	for (size_t k = 0; k < i->n_files; k++)
		if (strcmp(i->files[k].to, to) == 0)
			return &i->files[k];
	return NULL;
}

static bool is_same_file(const struct pl_lock_file *a, const struct pl_lock_file *b)
{
	return a && b && a->mode == b->mode && pl_digest_eq(&a->sha256, &b->sha256);
}

static void add_path(struct pl_arena *a, texts *v, const char *path)
{
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->v[i], path) == 0)
			return;
	*pl_vec_push(v) = pl_arena_cstr(a, pl_str_of(path));
}

/* Targets of files that are other ones, new or gone, on any platform. */
static const char **files_changed(struct pl_arena *a, const struct image_run *from,
				  const struct image_run *to)
{
	texts v = {0};
	for (size_t i = 0; i < to->n; i++) {
		const struct pl_lock_image *now = &to->v[i],
					   *old = on_platform(from, now->platform);
		for (size_t k = 0; old && k < now->n_files; k++)
			if (!is_same_file(&now->files[k], file_at(old, now->files[k].to)))
				add_path(a, &v, now->files[k].to);
		for (size_t k = 0; old && k < old->n_files; k++)
			if (!file_at(now, old->files[k].to))
				add_path(a, &v, old->files[k].to);
	}
	if (v.n)
		qsort(v.v, v.n, sizeof(*v.v), pl_cstr_qsort);
	return take_texts(a, &v);
}

static bool is_changed(const struct pl_lock_image_change *c)
{
	return !c->is_old || !c->is_new || c->definition || c->files[0] || c->platforms_new[0] ||
	       c->platforms_gone[0];
}

static struct pl_lock_image_change change_of(struct pl_arena *a, const struct image_run *from,
					     const struct image_run *to)
{
	const struct pl_lock_image *any = to->n ? to->v : from->v;
	struct pl_lock_image_change c = {.id = pl_arena_cstr(a, pl_str_of(any->id)),
					 .is_old = from->n > 0,
					 .is_new = to->n > 0,
					 .platforms_new = platforms_only_in(a, to, from),
					 .platforms_gone = platforms_only_in(a, from, to),
					 .files = files_changed(a, from, to)};
	if (c.is_old && c.is_new) {
		c.from = from->v->definition;
		c.to = to->v->definition;
		c.definition = !pl_digest_eq(&c.from, &c.to);
	}
	return c;
}

void pl_lock_diff_images(struct pl_arena *a, const struct pl_lock *from, const struct pl_lock *to,
			 struct pl_lock_image_changes *ret)
{
	PL_VEC(struct pl_lock_image_change) v = {0};
	for (size_t i = 0, k = 0;;) {
		struct image_run old = run_at(from, i), new = run_at(to, k);
		int c = !old.n ? 1 : !new.n ? -1 : strcmp(old.v->id, new.v->id);
		if (!old.n && !new.n)
			break;
		if (c < 0)
			new.n = 0;
		if (c > 0)
			old.n = 0;
		struct pl_lock_image_change change = change_of(a, &old, &new);
		if (is_changed(&change))
			*pl_vec_push(&v) = change;
		i += old.n;
		k += new.n;
	}
	ret->v = pl_arena_dup(a, v.v, v.n, sizeof(*v.v));
	ret->n = v.n;
	pl_vec_free(&v);
}

static const struct pl_lock_suite *suite_of(const struct pl_lock *l, const char *distro,
					    const char *suite)
{
	const struct pl_lock_distro *d = l ? pl_lock_distro_find(l, distro) : NULL;
	for (size_t i = 0; d && i < d->n_suites; i++)
		if (strcmp(d->suites[i].suite, suite) == 0)
			return &d->suites[i];
	return NULL;
}

void pl_lock_diff_suites(struct pl_arena *a, const struct pl_lock *from, const struct pl_lock *to,
			 struct pl_lock_suite_changes *ret)
{
	PL_VEC(struct pl_lock_suite_change) v = {0};
	for (size_t i = 0; i < to->n_distros; i++)
		for (size_t k = 0; k < to->distros[i].n_suites; k++) {
			const char *distro = to->distros[i].name;
			const struct pl_lock_suite *now = &to->distros[i].suites[k],
						   *old = suite_of(from, distro, now->suite);
			if (old && pl_digest_eq(&old->sha256, &now->sha256))
				continue;
			*pl_vec_push(&v) = (struct pl_lock_suite_change){
				.distro = pl_arena_cstr(a, pl_str_of(distro)),
				.suite = pl_arena_cstr(a, pl_str_of(now->suite)),
				.has_from = old != NULL,
				.from = old ? old->date : 0,
				.to = now->date};
		}
	ret->v = pl_arena_dup(a, v.v, v.n, sizeof(*v.v));
	ret->n = v.n;
	pl_vec_free(&v);
}
