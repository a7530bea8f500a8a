// SPDX-License-Identifier: Apache-2.0
/*
 * Which images of a fleet are renewed, and after which others: an image that holds something old,
 * and all that stands on one that is renewed. Pure. Ownership: embedded, pl_waves_done frees; texts
 * are borrowed.
 */
#pragma once

#include "base/map.h"
#include "fleet/definition.h"

struct pl_wave_slot {
	const struct pl_image *image;
	const struct pl_wave_slot *base; /* NULL: none in the fleet */
	bool renewed;
	const char *held; /* what it holds that is old; NULL: nothing, it only follows its base */
	unsigned wave;    /* from 0; a base's comes before */
};
struct pl_waves {
	struct pl_wave_slot *slots; /* in the fleet's order: bases first */
	size_t n;
	struct pl_map repositories; /* of the fleet's images */
};
void pl_waves_init(struct pl_waves *w, struct pl_arena *a, const struct pl_fleet *f);
void pl_waves_done(struct pl_waves *w);

/* Does image i follow its base, which is renewed? True or false once the slots before i are placed.
 */
bool pl_waves_follows(const struct pl_waves *w, size_t i);
/* Decides image i. In the fleet's order. held NULL: it holds nothing old. */
void pl_waves_place(struct pl_waves *w, size_t i, const char *held);
/* The renewed ones by wave, then id; in the arena. */
const struct pl_wave_slot **pl_waves_order(const struct pl_waves *w, struct pl_arena *a,
					   size_t *ret_n);
/* Is "repository:tag" or "repository@digest" a name of this fleet's repositories? */
bool pl_waves_is_ours(const struct pl_waves *w, const char *name);
