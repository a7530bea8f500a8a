// SPDX-License-Identifier: Apache-2.0
/* What one stage leaves of the packages below it. */
#include "inventory/inventory_int.h"

/* Every text is without NUL bytes and without control characters (pl_inv_check_text). */
static struct pl_str key_of(struct pl_inv_cover *c, const struct pl_inv_package *p,
			    const char *architecture)
{
	pl_buf_clear(&c->key);
	pl_buf_addf(&c->key, "%s\n%s\n%s", p->ecosystem, p->name, architecture);
	return pl_buf_str(&c->key);
}

static bool is_neutral(const char *arch) { return !*arch || strcmp(arch, "all") == 0; }

void pl_inv_cover_add(struct pl_inv_cover *c, const struct pl_inv_package *p)
{
	const char *architectures[] = {"*", is_neutral(p->architecture) ? "all" : p->architecture};
	for (size_t i = 0; i < PL_COUNT(architectures); i++) {
		struct pl_str key = key_of(c, p, architectures[i]);
		if (!pl_map_has(&c->replaced, key))
			(void)pl_map_put(&c->replaced, pl_arena_str(c->arena, key), NULL);
	}
}

void pl_inv_cover_remove(struct pl_inv_cover *c, struct pl_str entry)
{
	(void)pl_map_put(&c->removed, entry, NULL);
}

static bool is_replaced(struct pl_inv_cover *c, const struct pl_inv_package *p)
{
	if (c->replaced.n == 0 || is_neutral(p->architecture))
		return pl_map_has(&c->replaced, key_of(c, p, "*"));
	return pl_map_has(&c->replaced, key_of(c, p, p->architecture)) ||
	       pl_map_has(&c->replaced, key_of(c, p, "all"));
}

static bool is_removed(struct pl_inv_cover *c, const struct pl_inv_package *p)
{
	if (c->removed.n == 0)
		return false;
	pl_buf_clear(&c->key);
	pl_buf_addf(&c->key, "%s:%s", p->name, p->architecture);
	return pl_map_has(&c->removed, pl_str_of(p->name)) ||
	       pl_map_has(&c->removed, pl_buf_str(&c->key));
}

bool pl_inv_covers(struct pl_inv_cover *c, const struct pl_inv_package *p)
{
	return is_replaced(c, p) || is_removed(c, p);
}

void pl_inv_cover_done(struct pl_inv_cover *c)
{
	pl_map_done(&c->replaced);
	pl_map_done(&c->removed);
	pl_buf_done(&c->key);
}
