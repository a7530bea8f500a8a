// SPDX-License-Identifier: Apache-2.0
#include "debian/scripts/order_int.h"

#include "base/deb822.h"
#include "debian/deb/deps.h"

enum mark { MARK_NONE, MARK_OPEN, MARK_DONE };

struct node {
	struct pl_deps pre, depends;
	bool essential;
	enum mark unpack, configure;
};
struct dpkg_order {
	const struct pl_debian_world *w;
	struct pl_arena *a;
	struct node *v;
	struct pl_order_step *steps;
	size_t n_steps;
	struct pl_map providers; /* name -> index + 1 of the first that provides it */
};

static int load_node(struct dpkg_order *o, size_t i, struct pl_err *err)
{
	const struct pl_debian_package *p = &o->w->packages[i];
	struct pl_deb822_reader r = {.rest = p->control->control, .what = "control"};
	struct pl_deb822 c;
	struct pl_deps provides;
	const char *name = pl_arena_cstr(o->a, p->name);
	int rc = pl_deb822_next(&r, false, &c, err);
	if (rc >= 0)
		rc = pl_deps_parse(o->a, pl_deb822_get(&c, "Pre-Depends"), name, &o->v[i].pre, err);
	if (rc >= 0)
		rc = pl_deps_parse(o->a, pl_deb822_get(&c, "Depends"), name, &o->v[i].depends, err);
	if (rc >= 0)
		rc = pl_deps_parse(o->a, pl_deb822_get(&c, "Provides"), name, &provides, err);
	if (rc < 0)
		return rc;
	o->v[i].essential = pl_str_is(pl_deb822_get(&c, "Essential"), "yes");
	for (size_t k = 0; k < provides.n; k++)
		if (!pl_map_has(&o->providers, provides.v[k].alt[0].name))
			pl_map_put(&o->providers, provides.v[k].alt[0].name,
				   (void *)(uintptr_t)(i + 1));
	return 0;
}

static size_t find_index(const struct dpkg_order *o, struct pl_str name)
{
	const struct pl_debian_package *p = pl_debian_find(o->w, name);
	if (p)
		return (size_t)(p - o->w->packages);
	return (size_t)(uintptr_t)pl_map_get(&o->providers, name) - 1;
}

static void configure(struct dpkg_order *o, size_t i);

static void configure_all(struct dpkg_order *o, const struct pl_deps *deps)
{
	for (size_t i = 0; i < deps->n; i++)
		for (size_t k = 0; k < deps->v[i].n; k++) {
			size_t at = find_index(o, deps->v[i].alt[k].name);
			if (at == SIZE_MAX)
				continue;
			configure(o, at);
			break;
		}
}

static void unpack(struct dpkg_order *o, size_t i)
{
	if (o->v[i].unpack != MARK_NONE)
		return;
	o->v[i].unpack = MARK_OPEN;
	configure_all(o, &o->v[i].pre);
	o->v[i].unpack = MARK_DONE;
	o->steps[o->n_steps++] = (struct pl_order_step){PL_ORDER_UNPACK, i};
}

static void configure(struct dpkg_order *o, size_t i)
{
	if (o->v[i].configure != MARK_NONE)
		return;
	o->v[i].configure = MARK_OPEN;
	configure_all(o, &o->v[i].pre);
	configure_all(o, &o->v[i].depends);
	unpack(o, i);
	if (o->v[i].unpack != MARK_DONE) { /* in a circle of Pre-Depends */
		o->v[i].unpack = MARK_DONE;
		o->steps[o->n_steps++] = (struct pl_order_step){PL_ORDER_UNPACK, i};
	}
	o->v[i].configure = MARK_DONE;
	o->steps[o->n_steps++] = (struct pl_order_step){PL_ORDER_CONFIGURE, i};
}

int pl_order_make(struct pl_arena *a, const struct pl_debian_world *w, struct pl_order_step **ret,
		  size_t *ret_n, struct pl_err *err)
{
	static const char *const first[] = {"base-passwd", "base-files"};
	struct dpkg_order o = {.w = w, .a = a};
	int rc = 0;
	o.v = pl_arena_array(a, struct node, w->n_packages + 1);
	o.steps = pl_arena_array(a, struct pl_order_step, 2 * w->n_packages + 1);
	for (size_t i = 0; i < w->n_packages && rc >= 0; i++)
		rc = load_node(&o, i, err);
	for (int essential = 1; essential >= 0 && rc >= 0; essential--) {
		/* What base-passwd and base-files make, all others stand on. */
		for (size_t i = 0; essential && i < PL_COUNT(first); i++)
			if (pl_debian_find(w, pl_str_of(first[i]))) {
				size_t at = find_index(&o, pl_str_of(first[i]));
				unpack(&o, at);
				o.v[at].configure = MARK_DONE;
				o.steps[o.n_steps++] =
					(struct pl_order_step){PL_ORDER_CONFIGURE, at};
			}
		for (size_t i = 0; i < w->n_packages; i++)
			if (o.v[i].essential || !essential)
				unpack(&o, i);
		for (size_t i = 0; i < w->n_packages; i++)
			if (o.v[i].essential || !essential)
				configure(&o, i);
	}
	pl_map_done(&o.providers);
	*ret = o.steps;
	*ret_n = o.n_steps;
	return rc < 0 ? rc : 0;
}
