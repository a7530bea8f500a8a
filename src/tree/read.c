// SPDX-License-Identifier: Apache-2.0
#include "tree/tree.h"

#define CHUNK ((size_t)64 << 10)

struct tree_reading {
	const struct pl_tree *known;
	uint64_t kept_max;
	struct pl_tree *tree;
	struct pl_tar *tar;
	char *chunk;
};

/* Is it another one than what is known of that path? */
static bool is_new(const struct tree_reading *r, const struct pl_node *n)
{
	PL_AUTO(buf) path = {0};
	pl_tree_path(n, &path);
	const struct pl_node *there = r->known ? pl_tree_get(r->known, pl_buf_str(&path)) : NULL;
	return !there || pl_node_file(there)->type != PL_TAR_FILE ||
	       !pl_digest_eq(&pl_node_file(there)->sha256, &n->sha256);
}

/* The body of an entry: its hash, and its bytes where they are wanted. */
static int read_body(const struct tree_reading *r, struct pl_node *n, uint64_t size,
		     struct pl_err *err)
{
	PL_AUTO(buf) bytes = {.max = r->kept_max};
	PL_AUTO(sha256) h;
	int64_t got;
	pl_sha256_init(&h);
	while ((got = pl_tar_read(r->tar, r->chunk, CHUNK, err)) > 0) {
		pl_sha256_add(&h, r->chunk, (size_t)got);
		if (size <= r->kept_max)
			pl_buf_add(&bytes, r->chunk, (size_t)got);
	}
	if (got < 0)
		return (int)got;
	n->size = size;
	pl_sha256_final(&h, &n->sha256);
	if (size && size <= r->kept_max && is_new(r, n)) {
		n->body = PL_BODY_BYTES;
		n->bytes = pl_arena_str(&r->tree->arena, pl_buf_str(&bytes));
	}
	return 0;
}

static int read_entries(const struct tree_reading *r, struct pl_err *err)
{
	struct pl_tar_entry e;
	int rc;
	while ((rc = pl_tar_next(r->tar, &e, err)) > 0) {
		struct pl_node *n;
		if (!e.path.n)
			continue; /* the root itself */
		rc = pl_tree_put(r->tree, &e, &n, err);
		if (rc == 0 && e.type == PL_TAR_FILE)
			rc = read_body(r, n, e.size, err);
		if (rc < 0)
			return rc;
	}
	return rc;
}

int pl_tree_read(struct pl_tar *tar, const struct pl_tree *known, uint64_t kept_max,
		 struct pl_tree *ret, struct pl_err *err)
{
	PL_AUTOFREE char *chunk = pl_xcalloc(1, CHUNK);
	const struct tree_reading r = {known, kept_max, ret, tar, chunk};
	pl_tree_init(ret);
	int rc = read_entries(&r, err);
	if (rc < 0)
		pl_tree_done(ret);
	return rc;
}
