// SPDX-License-Identifier: Apache-2.0
#include "upgrade/waves_int.h"

void pl_waves_init(struct pl_waves *w, struct pl_arena *a, const struct pl_fleet *f)
{
	struct pl_map by_id = {0};
	*w = (struct pl_waves){.n = f->n_images};
	w->slots = pl_arena_array(a, struct pl_wave_slot, f->n_images + 1);
	for (size_t i = 0; i < f->n_images; i++) {
		const struct pl_image *im = f->images[i];
		w->slots[i].image = im;
		if (im->base)
			w->slots[i].base = pl_map_get(&by_id, pl_str_of(im->base->id));
		pl_map_put(&by_id, pl_str_of(im->id), &w->slots[i]);
		pl_map_put(&w->repositories, pl_str_of(pl_image_place(a, f, im)), w);
	}
	pl_map_done(&by_id);
}

void pl_waves_done(struct pl_waves *w) { pl_map_done(&w->repositories); }

bool pl_waves_follows(const struct pl_waves *w, size_t i)
{
	return w->slots[i].base && w->slots[i].base->renewed;
}

void pl_waves_place(struct pl_waves *w, size_t i, const char *held)
{
	struct pl_wave_slot *s = &w->slots[i];
	bool follows = pl_waves_follows(w, i);
	s->held = held;
	s->renewed = held || follows;
	s->wave = follows ? s->base->wave + 1 : 0;
}

static int by_wave(const void *a, const void *b)
{
	const struct pl_wave_slot *x = *(const struct pl_wave_slot *const *)a,
				  *y = *(const struct pl_wave_slot *const *)b;
	if (x->wave != y->wave)
		return x->wave < y->wave ? -1 : 1;
	return strcmp(x->image->id, y->image->id);
}

const struct pl_wave_slot **pl_waves_order(const struct pl_waves *w, struct pl_arena *a,
					   size_t *ret_n)
{
	const struct pl_wave_slot **v = pl_arena_array(a, const struct pl_wave_slot *, w->n + 1);
	size_t n = 0;
	for (size_t i = 0; i < w->n; i++)
		if (w->slots[i].renewed)
			v[n++] = &w->slots[i];
	qsort(v, n, sizeof(*v), by_wave);
	*ret_n = n;
	return v;
}

bool pl_waves_is_ours(const struct pl_waves *w, const char *name)
{
	/* A host's port has a ':' too, and a path may hold one: every beginning is tried. */
	for (size_t n = 0; name[n]; n++)
		if ((name[n] == ':' || name[n] == '@') &&
		    pl_map_has(&w->repositories, (struct pl_str){name, n}))
			return true;
	return false;
}
