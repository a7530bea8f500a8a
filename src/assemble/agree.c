// SPDX-License-Identifier: Apache-2.0
/*
 * What a lock says of a package can be seen in the package: it is held against it before anything
 * is made of it. An image's record is made after all this, and its key holds what was
 * compared (image_record.c), so an unchanged image is not asked again.
 */
#include "assemble/builder_int.h"

static bool same_script(const struct pl_lock_script *a, const struct pl_lock_script *b)
{
	return strcmp(a->name, b->name) == 0 && pl_digest_eq(&a->sha256, &b->sha256);
}

/* The lock lists the very scripts that the package has. */
static int check_list(const struct pl_image *i, const struct pl_lock_package *p,
		      const struct pl_loaded *l, struct pl_err *err)
{
	for (size_t k = 0; k < l->n_scripts || k < p->n_scripts; k++) {
		if (k < l->n_scripts && k < p->n_scripts &&
		    same_script(&l->scripts[k], &p->scripts[k]))
			continue;
		const struct pl_lock_script *s = k < l->n_scripts ? &l->scripts[k] : &p->scripts[k];
		return pl_fail(err, PL_INPUT,
			       "%s:%u: %s: the lock's entry of the %s of %s %s is not that of the "
			       "package: the lock was edited, or made by another version of this "
			       "program; run plimsoll lock",
			       i->file, i->line, i->id, s->name, p->name, p->version);
	}
	return 0;
}

static size_t add_roots(struct pl_arena *a, const struct pl_image *i, struct pl_package_root *v)
{
	size_t n = i->base ? add_roots(a, i->base, v) : 0;
	for (size_t k = 0; k < i->n_packages; k++) {
		const struct pl_package_ask *p = &i->packages[k];
		v[n++] = (struct pl_package_root){
			.name = p->name,
			.version = p->version,
			.relation = p->op,
			.where = pl_arena_printf(a, "%s:%u:%u", p->file, p->line, p->column)};
	}
	return n;
}

/* A package that was taken out of the lock is missed by those that need it. */
static int check_complete(const struct pl_builder *b, const struct pl_target *t, struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	size_t n_roots = 0;
	int rc = 0;
	for (const struct pl_image *i = t->image; i; i = i->base)
		n_roots += i->n_packages;
	struct pl_package_root *roots = pl_arena_array(&a, struct pl_package_root, n_roots + 1);
	struct pl_package_ref *v = pl_arena_array(&a, struct pl_package_ref, t->n_effective + 1);
	add_roots(&a, t->image, roots);
	for (size_t f = 0; b->env->formats[f] && rc == 0; f++) {
		const struct pl_package_format *format = b->env->formats[f];
		bool is_asked = strcmp(format->ecosystem, t->image->distro->ecosystem) == 0;
		size_t n = 0, n_asked = is_asked ? n_roots : 0;
		for (size_t k = 0; k < t->n_effective; k++)
			if (t->effective[k]->format == format)
				v[n++] = (struct pl_package_ref){t->effective[k]->lock,
								 t->effective[k]->facts.own};
		if (n || n_asked)
			rc = format->complete(t->platform, roots, n_asked, v, n, err);
	}
	return rc < 0 ? pl_ctx(err,
			       "%s:%u: %s: the lock's packages for %s are not all that they need; "
			       "run "
			       "plimsoll lock",
			       t->image->file, t->image->line, t->image->id, t->platform->name)
		      : 0;
}

int pl_target_agrees(const struct pl_builder *b, const struct pl_target *t, struct pl_err *err)
{
	const struct pl_image *i = t->image;
	int rc = 0;
	for (size_t k = 0; k < t->n_packages && rc == 0; k++) {
		const struct pl_lock_package *p = t->lock->packages[k];
		const struct pl_loaded *l = t->packages[k];
		const struct pl_package_ref ref = {p, l->facts.own};
		rc = l->format->identify(&ref, err);
		if (rc == 0 && p->size != l->facts.archive_size)
			rc = pl_fail(err, PL_INPUT, "%s %s: it has %llu bytes, not %llu", p->name,
				     p->version, (unsigned long long)l->facts.archive_size,
				     (unsigned long long)p->size);
		if (rc < 0)
			return pl_ctx(err,
				      "%s:%u: %s: the lock's entry is not that of the package; run "
				      "plimsoll lock",
				      i->file, i->line, i->id);
		rc = check_list(i, p, l, err);
	}
	return rc < 0 ? rc : check_complete(b, t, err);
}
