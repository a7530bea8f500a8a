// SPDX-License-Identifier: Apache-2.0
#include "lockfile/lock.h"

struct diff {
	struct pl_arena *a;
	PL_VEC(struct pl_lock_change) v;
};

static void add_change(struct diff *d, const struct pl_lock_distro *in,
		       const struct pl_lock_package *from, const struct pl_lock_package *to)
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

/* The packages of one name in a distro's list, which is sorted by name. */
struct name_run {
	const struct pl_lock_package *v;
	size_t n;
};

static struct name_run run_at(const struct pl_lock_distro *d, size_t i)
{
	const struct pl_lock_package *v = d ? d->packages + i : NULL;
	size_t n = 0;
	while (d && i + n < d->n_packages && strcmp(v[n].name, v->name) == 0)
		n++;
	return (struct name_run){v, n};
}

static const struct pl_lock_package *find_architecture(const struct name_run *r,
						       const char *architecture)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->v[i].architecture, architecture) == 0)
			return &r->v[i];
	return NULL;
}

/* Architectures of one name are matched with each other. */
static void diff_name(struct diff *d, const struct pl_lock_distro *in, struct name_run from,
		      struct name_run to)
{
	for (size_t i = 0; i < from.n; i++) {
		const struct pl_lock_package *p = &from.v[i],
					     *q = find_architecture(&to, p->architecture);
		if (!q || strcmp(p->version, q->version) != 0 ||
		    !pl_digest_eq(&p->sha256, &q->sha256))
			add_change(d, in, p, q);
	}
	for (size_t i = 0; i < to.n; i++)
		if (!find_architecture(&from, to.v[i].architecture))
			add_change(d, in, NULL, &to.v[i]);
}

static void diff_distro(struct diff *d, const struct pl_lock_distro *from,
			const struct pl_lock_distro *to)
{
	const struct pl_lock_distro *in = to ? to : from;
	for (size_t i = 0, k = 0;;) {
		struct name_run old = run_at(from, i), new = run_at(to, k);
		int c = !old.n ? 1 : !new.n ? -1 : strcmp(old.v->name, new.v->name);
		if (!old.n && !new.n)
			return;
		if (c < 0)
			new.n = 0;
		if (c > 0)
			old.n = 0;
		diff_name(d, in, old, new);
		i += old.n;
		k += new.n;
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
