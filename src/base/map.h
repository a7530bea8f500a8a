// SPDX-License-Identifier: Apache-2.0
/*
 * A map from text to pointer. Keys are borrowed: they must outlive the map. Iteration is in order
 * of insertion, so it is deterministic when insertion is. No deletion of single keys; put NULL.
 * Thread rule: one writer, or many readers. Limits: 2^31 keys.
 */
#pragma once

#include "base/str.h"

struct pl_map_item {
	struct pl_str key;
	void *value;
	uint32_t hash;
};
struct pl_map {
	struct pl_map_item *items; /* in order of insertion; [0, n) */
	uint32_t *slots;           /* index + 1 into items, 0 is free */
	size_t n, cap, nslots;
};

void pl_map_done(struct pl_map *m);
void *pl_map_get(const struct pl_map *m, struct pl_str key); /* NULL if absent */
bool pl_map_has(const struct pl_map *m, struct pl_str key);
/* Adds or replaces. Returns the former value, NULL if none. */
void *pl_map_put(struct pl_map *m, struct pl_str key, void *value);
/* The same keys and values in an empty map. */
void pl_map_copy(struct pl_map *to, const struct pl_map *from);
/* The address of the value, added as NULL if absent; valid until the next put or slot. */
void **pl_map_slot(struct pl_map *m, struct pl_str key);
