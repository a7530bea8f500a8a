// SPDX-License-Identifier: Apache-2.0
/* Reading all content again, against disks that rot. */
#include "store/store_int.h"

#include "base/threads.h"

struct store_check {
	struct pl_store *s;
	struct pl_store_items items;
	bool *damaged; /* one an item */
};

static int check_item(void *ctx, size_t i, unsigned worker, struct pl_err *err)
{
	struct store_check *c = ctx;
	const struct pl_store_item *item = &c->items.v[i];
	const enum pl_store_area area =
		item->part == PL_STORE_PART_BLOB ? PL_STORE_BLOBS : PL_STORE_INPUTS;
	PL_AUTO_FREE(source) in = NULL;
	char chunk[65536];
	int64_t n = 0;
	(void)worker;
	int rc = pl_store_read(c->s, area, &item->digest, true, &in, err);
	while (rc == 0 && (n = pl_source_read(in, chunk, sizeof(chunk), err)) > 0)
		rc = pl_env_check(c->s->env, err);
	if (rc == -PL_NOT_FOUND)
		return 0; /* deleted meanwhile */
	if (rc == 0 && n == -PL_VERIFY)
		c->damaged[i] = true;
	else if (rc == 0 && n < 0)
		rc = (int)n;
	pl_progress_step(c->s->env, "check", item->size, item->name);
	return rc;
}

int pl_store_check(struct pl_store *s, struct pl_arena *a, struct pl_store_items *ret_checked,
		   struct pl_store_items *ret_damaged, struct pl_err *err)
{
	struct store_check c = {.s = s};
	struct pl_store_items damaged = {0};
	uint64_t bytes = 0;
	size_t n = 0;
	int rc = pl_store_list(s, a, &c.items, err);
	if (rc < 0)
		return rc;
	/* Content comes first in the list. */
	while (n < c.items.n && c.items.v[n].part <= PL_STORE_PART_INPUT)
		bytes += c.items.v[n++].size;
	c.items.n = n;
	c.damaged = pl_arena_array(a, bool, n + 1);
	pl_progress_begin(s->env, "check", bytes, "B");
	rc = pl_parallel(s->env, n, check_item, &c, err);
	if (rc < 0)
		return rc;
	damaged.v = pl_arena_array(a, struct pl_store_item, n + 1);
	for (size_t i = 0; i < n; i++)
		if (c.damaged[i])
			damaged.v[damaged.n++] = c.items.v[i];
	pl_progress_end(s->env, "check", "%zu files read, %zu of them damaged", n, damaged.n);
	*ret_checked = c.items;
	*ret_damaged = damaged;
	return 0;
}
