// SPDX-License-Identifier: Apache-2.0
/* May this be built? The lock is of these definitions, its packages of formats that this program
 * has, and somebody answers for every maintainer script. What is wrong is said of all images. */
#include "assemble/builder_int.h"

#include "base/problems.h"
#include "fleet/locked.h"

#define NAMES_SHOWN 4

/* The targets of an image stand one after another: each image is named once. */
static int check_lock(const struct pl_builder *b, struct pl_err *err)
{
	struct pl_problems p = {0};
	PL_AUTO(arena) a = {0};
	const struct pl_image *last = NULL;
	for (size_t k = 0; k < b->targets.n; k++) {
		const struct pl_target *t = b->targets.v[k];
		const char *stale = t->image == last ? NULL
						     : pl_locked_stale(&a, b->lock, t->lock,
								       t->image, t->platform);
		if (!stale)
			continue;
		last = t->image;
		pl_problems_add(&p, "%s", stale);
	}
	int rc = pl_problems_fail(&p, b->env, b->options.locked ? PL_VERIFY : PL_INPUT, err,
				  "%zu images are not what the lock was made of; run plimsoll lock",
				  p.n);
	pl_problems_done(&p);
	return rc;
}

static int check_formats(const struct pl_builder *b, struct pl_err *err)
{
	for (size_t i = 0; i < b->targets.n; i++) {
		const struct pl_lock_image *l = b->targets.v[i]->lock;
		for (size_t k = 0; k < l->n_packages; k++)
			if (!pl_format_find(b->env, l->packages[k]->ecosystem))
				return pl_fail(err, PL_INPUT,
					       "the lock's package %s is of '%s', which this "
					       "program does not know; use the version that wrote "
					       "the lock",
					       l->packages[k]->name, l->packages[k]->ecosystem);
	}
	return 0;
}

/* A script that nothing accounts for, and the images whose definitions do not answer for it. */
struct refused {
	const struct pl_script_note *note;
	const struct pl_image *first;
	struct pl_buf images; /* ids */
	size_t n;
	const struct pl_image *last;
};
typedef PL_VEC(struct refused) refused_scripts;

/* The same script in a package of another architecture is one script to read. */
static struct refused *refused_of(refused_scripts *v, const struct pl_script_note *n)
{
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->v[i].note->package->name, n->package->name) == 0 &&
		    strcmp(v->v[i].note->script, n->script) == 0 &&
		    pl_digest_eq(&v->v[i].note->sha256, &n->sha256))
			return &v->v[i];
	struct refused *r = pl_vec_push(v);
	*r = (struct refused){.note = n};
	return r;
}

static void refuse(refused_scripts *v, const struct pl_image *i, const struct pl_script_note *n)
{
	struct refused *r = refused_of(v, n);
	if (r->last == i)
		return;
	if (r->n == 0)
		r->first = i;
	if (r->n < NAMES_SHOWN)
		pl_buf_addf(&r->images, "%s%s", r->n ? ", " : "", i->id);
	r->last = i;
	r->n++;
}

static bool is_refused(const struct pl_target *t, const struct pl_script_note *n)
{
	for (size_t i = 0; t && i < t->notes.n; i++)
		if (t->notes.v[i].package == n->package && t->notes.v[i].verdict == n->verdict &&
		    strcmp(t->notes.v[i].script, n->script) == 0)
			return true;
	return false;
}

/* What a base's script does is said of the base alone. */
static void find_refused(const struct pl_builder *b, refused_scripts *ret)
{
	for (size_t i = 0; i < b->targets.n; i++) {
		const struct pl_target *t = b->targets.v[i];
		for (size_t k = 0; k < t->notes.n; k++)
			if (t->notes.v[k].verdict == PL_SCRIPT_UNKNOWN &&
			    !is_refused(t->base, &t->notes.v[k]))
				refuse(ret, t->image, &t->notes.v[k]);
	}
}

#define ENTRY "{package: %s, script: %s, sha256: \"%s\", reason: \"...\"}"

/* What is written into a definition must not be cut off, so the rest is short. */
static int refuse_one(const struct refused *r, struct pl_err *err)
{
	const struct pl_script_note *n = r->note;
	return pl_fail(err, PL_SCRIPTS,
		       "%s:%u: %s: nothing accounts for the %s of %s %s: %.160s; plimsoll recipe "
		       "learn %s --write may; if the image can do without it, write under "
		       "acknowledge: " ENTRY,
		       r->first->file, r->first->line, r->images.p, n->script, n->package->name,
		       n->package->version, n->why, n->package->name, n->package->name, n->script,
		       PL_DIGEST_STR(&n->sha256));
}

static int refuse_all(const struct pl_builder *b, const refused_scripts *v, struct pl_err *err)
{
	struct pl_problems p = {0};
	for (size_t i = 0; i < v->n; i++) {
		const struct refused *r = &v->v[i];
		const struct pl_script_note *n = r->note;
		pl_problems_add(&p,
				"%s:%u: nothing accounts for the %s of %s %s, in %s: %s\n"
				"  - " ENTRY,
				r->first->file, r->first->line, n->script, n->package->name,
				n->package->version, r->images.p, n->why, n->package->name,
				n->script, PL_DIGEST_STR(&n->sha256));
	}
	int rc = pl_problems_fail(&p, b->env, PL_SCRIPTS, err,
				  "%zu maintainer scripts are not accounted for; plimsoll recipe "
				  "learn PACKAGE --write learns one; for each that the images can "
				  "do without, write its line with the reason under "
				  "acknowledge: of the definition that adds the package",
				  p.n);
	pl_problems_done(&p);
	return rc;
}

int pl_builder_check_scripts(const struct pl_builder *b, struct pl_err *err)
{
	refused_scripts v = {0};
	find_refused(b, &v);
	for (size_t i = 0; i < v.n; i++)
		if (v.v[i].n > NAMES_SHOWN)
			pl_buf_addf(&v.v[i].images, " and %zu more", v.v[i].n - NAMES_SHOWN);
	int rc = v.n == 0 ? 0 : v.n == 1 ? refuse_one(&v.v[0], err) : refuse_all(b, &v, err);
	for (size_t i = 0; i < v.n; i++)
		pl_buf_done(&v.v[i].images);
	pl_vec_free(&v);
	return rc;
}

int pl_builder_check(const struct pl_builder *b, struct pl_err *err)
{
	const char *stale = b->proves ? NULL : pl_locked_recipes_stale(b->lock, b->fleet);
	int rc = stale ? pl_fail(err, b->options.locked ? PL_VERIFY : PL_INPUT, "%s", stale)
		       : check_lock(b, err);
	return rc < 0 ? rc : check_formats(b, err);
}
