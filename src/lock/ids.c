// SPDX-License-Identifier: Apache-2.0
#include "lock/ids_int.h"

struct allocation {
	const char *distro;
	struct pl_lock_id *ids;
	size_t n;
	const struct pl_lock_id *former;
	size_t n_former;
};

static const struct pl_lock_id *by_number(const struct pl_lock_id *v, size_t n, bool is_group,
					  uint32_t id)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].is_group == is_group && v[i].id == id)
			return &v[i];
	return NULL;
}

static const struct pl_lock_id *by_name(const struct pl_lock_id *v, size_t n, bool is_group,
					const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].is_group == is_group && strcmp(v[i].name, name) == 0)
			return &v[i];
	return NULL;
}

static int add_fixed(struct allocation *l, const struct pl_id_want *w, struct pl_err *err)
{
	const char *kind = w->is_group ? "group" : "user";
	const struct pl_lock_id *same = by_name(l->ids, l->n, w->is_group, w->name);
	uint32_t id = (uint32_t)w->fixed;
	if (same && same->id == id)
		return 0;
	if (same)
		return pl_fail(err, PL_CONFLICT,
			       "distro %s: two packages insist on %u and %u for the %s %s; leave "
			       "one of them out",
			       l->distro, same->id, id, kind, w->name);
	const struct pl_lock_id *other = by_number(l->ids, l->n, w->is_group, id);
	if (other)
		return pl_fail(err, PL_CONFLICT,
			       "distro %s: the %ss %s and %s both insist on %u; leave one of their "
			       "packages out",
			       l->distro, kind, other->name, w->name, id);
	l->ids[l->n++] = (struct pl_lock_id){w->name, w->is_group, id};
	return 0;
}

static int add_any(struct allocation *l, const struct pl_id_want *w, struct pl_err *err)
{
	if (by_name(l->ids, l->n, w->is_group, w->name))
		return 0;
	const struct pl_lock_id *old = by_name(l->former, l->n_former, w->is_group, w->name);
	uint32_t id = old ? old->id : 0;
	uint32_t first = w->last ? w->first : PL_ID_FIRST, last = w->last ? w->last : PL_ID_LAST;
	if (id < first || id > last || by_number(l->ids, l->n, w->is_group, id)) {
		/* The number of a former name that comes later stays its own. */
		for (id = first; id <= last; id++)
			if (!by_number(l->former, l->n_former, w->is_group, id) &&
			    !by_number(l->ids, l->n, w->is_group, id))
				break;
	}
	if (id > last)
		return pl_fail(err, PL_LIMIT,
			       "distro %s: no free %s id between %u and %u for %s; spread its "
			       "images over two distros",
			       l->distro, w->is_group ? "group" : "user", first, last, w->name);
	l->ids[l->n++] = (struct pl_lock_id){w->name, w->is_group, id};
	return 0;
}

static int compare_names(bool a_is_group, const char *a, bool b_is_group, const char *b)
{
	if (a_is_group != b_is_group)
		return a_is_group ? -1 : 1;
	return strcmp(a, b);
}

static int by_want(const void *a, const void *b)
{
	const struct pl_id_want *x = a, *y = b;
	int c = compare_names(x->is_group, x->name, y->is_group, y->name);
	return c ? c : (x->fixed > y->fixed) - (x->fixed < y->fixed);
}

static int by_id(const void *a, const void *b)
{
	const struct pl_lock_id *x = a, *y = b;
	return compare_names(x->is_group, x->name, y->is_group, y->name);
}

/* A package of one image must not move an account of another image. */
static int check_former(const struct allocation *l, struct pl_err *err)
{
	for (size_t i = 0; i < l->n_former; i++) {
		const struct pl_lock_id *was = &l->former[i];
		const struct pl_lock_id *is = by_name(l->ids, l->n, was->is_group, was->name);
		if (!is || is->id == was->id || was->id < PL_ID_FIRST || was->id > PL_ID_LAST)
			continue;
		return pl_fail(err, PL_CONFLICT,
			       "distro %s: the lock gave %u to the %s %s, which a package would "
			       "move to %u; run plimsoll lock --regroup if it may move, or "
			       "leave that package out",
			       l->distro, was->id, was->is_group ? "group" : "user", was->name,
			       is->id);
	}
	return 0;
}

int pl_ids_allocate(struct pl_arena *a, const char *distro, struct pl_id_want *v, size_t n,
		    const struct pl_lock_id *former, size_t n_former, bool may_move,
		    struct pl_lock_id **ret, size_t *ret_n, struct pl_err *err)
{
	struct allocation l = {distro, pl_arena_array(a, struct pl_lock_id, n + 1), 0, former,
			       n_former};
	int rc = 0;
	if (n)
		qsort(v, n, sizeof(*v), by_want);
	/* Fixed numbers first, so that none is given away. */
	for (size_t i = 0; i < n && rc == 0; i++)
		if (v[i].fixed >= 0)
			rc = add_fixed(&l, &v[i], err);
	for (size_t i = 0; i < n && rc == 0; i++)
		if (v[i].fixed < 0)
			rc = add_any(&l, &v[i], err);
	if (rc == 0 && !may_move)
		rc = check_former(&l, err);
	if (rc < 0)
		return rc;
	if (l.n)
		qsort(l.ids, l.n, sizeof(*l.ids), by_id);
	*ret = l.ids;
	*ret_n = l.n;
	return 0;
}
