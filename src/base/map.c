// SPDX-License-Identifier: Apache-2.0
#include "base/map.h"

void pl_map_done(struct pl_map *m)
{
	free(m->items);
	free(m->slots);
	*m = (struct pl_map){0};
}

/* FNV-1a with a final mix: the keys are not secret and the tables bounded by input limits. */
static uint32_t hash(struct pl_str s)
{
	uint64_t h = 14695981039346656037u;
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
	return (uint32_t)(h ^ h >> 32);
}

static uint32_t *slot_of(const struct pl_map *m, struct pl_str key, uint32_t h)
{
	size_t mask = m->nslots - 1;
	for (size_t i = h & mask;; i = (i + 1) & mask) {
		uint32_t *slot = &m->slots[i];
		if (*slot == 0)
			return slot;
		const struct pl_map_item *it = &m->items[*slot - 1];
		if (it->hash == h && pl_str_eq(it->key, key))
			return slot;
	}
}

void *pl_map_get(const struct pl_map *m, struct pl_str key)
{
	if (m->n == 0)
		return NULL;
	uint32_t slot = *slot_of(m, key, hash(key));
	return slot ? m->items[slot - 1].value : NULL;
}

bool pl_map_has(const struct pl_map *m, struct pl_str key)
{
	return m->n && *slot_of(m, key, hash(key));
}

static void grow(struct pl_map *m)
{
	if (m->n == m->cap) {
		m->cap = m->cap ? m->cap * 2 : 16;
		m->items = pl_xrealloc(m->items, m->cap, sizeof(*m->items));
	}
	if (2 * (m->n + 1) <= m->nslots)
		return;
	m->nslots = m->nslots ? m->nslots * 2 : 32;
	free(m->slots);
	m->slots = pl_xcalloc(m->nslots, sizeof(*m->slots));
	for (size_t i = 0; i < m->n; i++)
		*slot_of(m, m->items[i].key, m->items[i].hash) = (uint32_t)i + 1;
}

void **pl_map_slot(struct pl_map *m, struct pl_str key)
{
	grow(m);
	uint32_t h = hash(key);
	uint32_t *slot = slot_of(m, key, h);
	if (*slot == 0) {
		m->items[m->n] = (struct pl_map_item){key, NULL, h};
		*slot = (uint32_t)++m->n;
	}
	return &m->items[*slot - 1].value;
}

void *pl_map_put(struct pl_map *m, struct pl_str key, void *value)
{
	void **slot = pl_map_slot(m, key);
	void *former = *slot;
	*slot = value;
	return former;
}

void pl_map_copy(struct pl_map *to, const struct pl_map *from)
{
	if (from->n == 0)
		return;
	*to = *from;
	to->cap = from->n;
	to->items = pl_xrealloc(NULL, to->cap, sizeof(*to->items));
	to->slots = pl_xrealloc(NULL, to->nslots, sizeof(*to->slots));
	memcpy(to->items, from->items, to->cap * sizeof(*to->items));
	memcpy(to->slots, from->slots, to->nslots * sizeof(*to->slots));
}
