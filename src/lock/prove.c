// SPDX-License-Identifier: Apache-2.0
/* What only putting the images together shows: which scripts nobody accounts for, and the accounts
 * that packages make. */
#include "base/map.h"
#include "lock/ids_int.h"
#include "lock/relock_int.h"

/* The numbers given so far stay, while the lock is tried and after it. */
static void take_former_ids(struct pl_relock_run *r)
{
	struct pl_arena *a = &r->lock->arena;
	for (size_t i = 0; i < r->distros.n; i++) {
		const struct pl_lock_distro *f = r->distros.v[i]->former;
		struct pl_lock_distro *d = r->distros.v[i]->lock;
		d->n_ids = f ? f->n_ids : 0;
		d->ids = pl_arena_dup(a, f ? f->ids : NULL, d->n_ids, sizeof(*d->ids));
		for (size_t k = 0; k < d->n_ids; k++)
			d->ids[k].name = pl_arena_cstr(a, pl_str_of(d->ids[k].name));
	}
}

/* -- which images need it -- */

static const struct pl_lock_script *find_script(const struct pl_lock_package *p,
						const struct pl_lock_script *like)
{
	for (size_t i = 0; i < p->n_scripts; i++)
		if (strcmp(p->scripts[i].name, like->name) == 0 &&
		    pl_digest_eq(&p->scripts[i].sha256, &like->sha256))
			return &p->scripts[i];
	return NULL;
}

static const struct pl_lock_package *find_package(const struct pl_lock_image *i, const char *name)
{
	for (size_t k = 0; k < i->n_packages; k++)
		if (strcmp(i->packages[k]->name, name) == 0)
			return i->packages[k];
	return NULL;
}

/* Scripts that a former lock has of that package for the same definition come to the same. */
static bool same_scripts(const struct pl_lock_image *is, const struct pl_lock_image *was)
{
	if (is->n_packages != was->n_packages || !pl_digest_eq(&is->definition, &was->definition))
		return false;
	for (size_t i = 0; i < is->n_packages; i++) {
		const struct pl_lock_package *p = is->packages[i];
		const struct pl_lock_package *q = find_package(was, p->name);
		if (!q || q->n_scripts != p->n_scripts)
			return false;
		for (size_t k = 0; k < p->n_scripts; k++)
			if (!find_script(q, &p->scripts[k]))
				return false;
	}
	return true;
}

static bool changed(const struct pl_relock_run *r, const struct pl_lock_image *i)
{
	for (; i; i = i->base ? pl_lock_image_find(r->lock, i->base, i->platform) : NULL) {
		const struct pl_lock_image *was = pl_lock_image_find(r->former, i->id, i->platform);
		if (!was || !same_scripts(i, was))
			return true;
	}
	return false;
}

/* Ids of the images whose scripts are others than the former lock's; images are sorted by id. */
static const char **changed_images(struct pl_relock_run *r)
{
	const char **v = pl_arena_array(&r->arena, const char *, r->lock->n_images + 1);
	size_t n = 0;
	for (size_t i = 0; i < r->lock->n_images; i++) {
		const struct pl_lock_image *im = &r->lock->images[i];
		if ((n == 0 || strcmp(v[n - 1], im->id) != 0) && changed(r, im))
			v[n++] = im->id;
	}
	return v;
}

/* -- what came of it -- */

/* What a former lock says of that very script. */
static void keep_verdicts(struct pl_relock_run *r)
{
	struct pl_arena *a = &r->lock->arena;
	for (size_t i = 0; i < r->distros.n; i++) {
		const struct pl_lock_distro *f = r->distros.v[i]->former;
		struct pl_lock_distro *d = r->distros.v[i]->lock;
		PL_AUTO(map) former = {0};
		for (size_t k = 0; f && k < f->n_packages; k++)
			pl_map_put(&former, pl_str_of(f->packages[k].name), &f->packages[k]);
		for (size_t k = 0; k < d->n_packages; k++) {
			const struct pl_lock_package *q =
				pl_map_get(&former, pl_str_of(d->packages[k].name));
			for (size_t n = 0; q && n < d->packages[k].n_scripts; n++) {
				struct pl_lock_script *s = &d->packages[k].scripts[n];
				const struct pl_lock_script *was = find_script(q, s);
				if (!was)
					continue;
				s->verdict = pl_arena_cstr(a, pl_str_of(was->verdict));
				s->reason = pl_arena_cstr(a, pl_str_of(was->reason));
			}
		}
	}
}

static struct pl_lock_script *script_of(struct pl_lock *l, const struct pl_script_note *n)
{
	for (size_t i = 0; i < l->n_distros; i++) {
		struct pl_lock_distro *d = &l->distros[i];
		if (n->package < d->packages || n->package >= d->packages + d->n_packages)
			continue;
		struct pl_lock_package *p = &d->packages[n->package->index];
		for (size_t k = 0; k < p->n_scripts; k++)
			if (strcmp(p->scripts[k].name, n->script) == 0)
				return &p->scripts[k];
	}
	return NULL;
}

const enum pl_verdict pl_note_order[] = {PL_SCRIPT_COVERED, PL_SCRIPT_SCRIPTED, PL_SCRIPT_IGNORABLE,
					 PL_SCRIPT_DEFERRED, PL_SCRIPT_UNKNOWN};
const size_t pl_note_order_n = PL_COUNT(pl_note_order);

static void write_notes(struct pl_lock *l, const struct pl_proof *proof)
{
	for (size_t o = 0; o < pl_note_order_n; o++)
		for (size_t i = 0; i < proof->n_notes; i++) {
			const struct pl_script_note *n = &proof->notes[i];
			struct pl_lock_script *s =
				n->verdict == pl_note_order[o] ? script_of(l, n) : NULL;
			if (!s || strcmp(s->verdict, pl_verdict_name(n->verdict)) == 0)
				continue;
			s->verdict = pl_verdict_name(n->verdict);
			s->reason = pl_arena_cstr(&l->arena, pl_str_of(n->why));
		}
}

/* whole: every image was asked, so that a number that nobody wants is free. */
static int give_ids(struct pl_relock_run *r, struct pl_relock_distro *d,
		    const struct pl_proof *proof, bool whole, struct pl_err *err)
{
	PL_VEC(struct pl_id_want) all = {0};
	struct pl_arena *a = &r->lock->arena;
	for (size_t i = 0; i < proof->n_ids; i++)
		if (strcmp(proof->ids[i].distro, d->lock->name) == 0) {
			struct pl_id_want *w = pl_vec_push(&all);
			*w = proof->ids[i].want;
			w->name = pl_arena_cstr(a, pl_str_of(w->name));
		}
	for (size_t i = 0; !whole && i < d->lock->n_ids; i++)
		*pl_vec_push(&all) = (struct pl_id_want){.name = d->lock->ids[i].name,
							 .is_group = d->lock->ids[i].is_group,
							 .fixed = d->lock->ids[i].id};
	int rc = pl_ids_allocate(a, d->d->name, all.v, all.n, d->lock->ids, d->lock->n_ids,
				 r->o->regroup, &d->lock->ids, &d->lock->n_ids, err);
	pl_vec_free(&all);
	return rc;
}

int pl_relock_prove(struct pl_relock_run *r, struct pl_err *err)
{
	const struct pl_relock_options *o = r->o;
	const char **only = NULL;
	struct pl_proof proof = {0};
	int rc = 0;
	take_former_ids(r);
	if (!o->prove)
		return 0;
	if (o->prove_changed && r->former && pl_digest_eq(&r->former->recipes, &r->lock->recipes))
		only = changed_images(r);
	if (only)
		keep_verdicts(r);
	if (!only || only[0])
		rc = o->prove(o->prove_ctx, r->lock, only, &proof, err);
	if (rc < 0)
		return rc;
	write_notes(r->lock, &proof);
	for (size_t i = 0; i < r->distros.n && rc == 0; i++)
		rc = give_ids(r, r->distros.v[i], &proof, !only, err);
	return rc;
}
