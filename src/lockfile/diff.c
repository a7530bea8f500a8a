// SPDX-License-Identifier: Apache-2.0
#include "lockfile/lock.h"

struct diff {
	struct pl_arena *a;
	PL_VEC(struct pl_lock_change) v;
};

static int same_package(const struct pl_lock_package *x, const struct pl_lock_package *y)
{
	int c = strcmp(x->name, y->name);
	return c ? c : strcmp(x->architecture, y->architecture);
}

static void add(struct diff *d, const struct pl_lock_distro *in, const struct pl_lock_package *from,
		const struct pl_lock_package *to)
{
	const struct pl_lock_package *any = to ? to : from;
	struct pl_lock_change *c = pl_vec_push(&d->v);
	*c = (struct pl_lock_change){
		.distro = pl_arena_cstr(d->a, pl_str_of(in->name)),
		.package = pl_arena_cstr(d->a, pl_str_of(any->name)),
		.architecture = pl_arena_cstr(d->a, pl_str_of(any->architecture)),
		.source = pl_arena_cstr(d->a, pl_str_of(any->source)),
		.from = from ? pl_arena_cstr(d->a, pl_str_of(from->version)) : NULL,
		.to = to ? pl_arena_cstr(d->a, pl_str_of(to->version)) : NULL,
	};
}

/* Both lists are sorted by name and version; architectures of one name are matched with each other.
 */
static void diff_distro(struct diff *d, const struct pl_lock_distro *from,
			const struct pl_lock_distro *to)
{
	for (size_t i = 0; from && i < from->n_packages; i++) {
		const struct pl_lock_package *p = &from->packages[i], *q = NULL;
		for (size_t k = 0; to && k < to->n_packages && !q; k++)
			if (same_package(p, &to->packages[k]) == 0)
				q = &to->packages[k];
		if (!q || strcmp(p->version, q->version) != 0 ||
		    !pl_digest_eq(&p->sha256, &q->sha256))
			add(d, from, p, q);
	}
	for (size_t k = 0; to && k < to->n_packages; k++) {
		bool known = false;
		for (size_t i = 0; from && i < from->n_packages && !known; i++)
			known = same_package(&from->packages[i], &to->packages[k]) == 0;
		if (!known)
			add(d, to, NULL, &to->packages[k]);
	}
}

static int by_change(const void *a, const void *b)
{
	const struct pl_lock_change *x = a, *y = b;
	int c = strcmp(x->distro, y->distro);
	if (c == 0)
		c = strcmp(x->package, y->package);
	return c ? c : strcmp(x->architecture, y->architecture);
}

void pl_lock_diff(struct pl_arena *a, const struct pl_lock *from, const struct pl_lock *to,
		  struct pl_lock_changes *ret)
{
	struct diff d = {.a = a};
	for (size_t i = 0; i < to->n_distros; i++)
		diff_distro(&d, from ? pl_lock_distro_find(from, to->distros[i].name) : NULL,
			    &to->distros[i]);
	for (size_t i = 0; from && i < from->n_distros; i++)
		if (!pl_lock_distro_find(to, from->distros[i].name))
			diff_distro(&d, &from->distros[i], NULL);
	if (d.v.n)
		qsort(d.v.v, d.v.n, sizeof(*d.v.v), by_change);
	ret->v = pl_arena_dup(a, d.v.v, d.v.n, sizeof(*d.v.v));
	ret->n = d.v.n;
	pl_vec_free(&d.v);
}
