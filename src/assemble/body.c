// SPDX-License-Identifier: Apache-2.0
/*
 * The bytes of a file of a tree. A package's files are found in its fragment, which inflates ten
 * times faster than its archive does; the small ones are kept after the first pass, for effects
 * that read many (148 certificates).
 */
#include "assemble/builder_int.h"

#define SMALL ((uint64_t)64 << 10)
#define SMALL_SUM ((size_t)24 << 20)

static const struct pl_package_entry *entry_of(const struct pl_loaded *l,
					       const struct pl_digest *sha256)
{
	for (size_t i = 0; i < l->facts.n_entries; i++)
		if (l->facts.entries[i].tar.type == PL_TAR_FILE &&
		    pl_digest_eq(&l->facts.entries[i].sha256, sha256))
			return &l->facts.entries[i];
	return NULL;
}

static int open_fragment(struct pl_builder *b, const struct pl_loaded *l, struct pl_tar **ret,
			 struct pl_err *err)
{
	struct pl_source *in;
	int rc = pl_store_read(b->store, PL_STORE_INPUTS, &l->fragment.digest, false, &in, err);
	if (rc < 0)
		return rc;
	*ret = pl_tar_new(pl_source_gunzip(in, b->env->limits, l->lock->name), b->env->limits,
			  l->lock->name);
	return 0;
}

static int read_member(struct pl_tar *tar, uint64_t size, struct pl_buf *ret, struct pl_err *err)
{
	while (size) {
		char *to = pl_buf_room(ret, size > 65536 ? 65536 : size);
		if (!to)
			return pl_buf_check(ret, "file of a package", err);
		int64_t n = pl_tar_read(tar, to, size > 65536 ? 65536 : size, err);
		if (n <= 0)
			return n < 0 ? (int)n : pl_fail(err, PL_INPUT, "fragment ends too early");
		ret->n += (size_t)n;
		ret->p[ret->n] = '\0';
		size -= (uint64_t)n;
	}
	return 0;
}

/* The record says what a file holds; a fragment that another run made is held to it. */
static int check_body(const struct pl_loaded *l, const struct pl_package_entry *e,
		      const struct pl_buf *body, size_t from, struct pl_err *err)
{
	struct pl_digest is = pl_sha256_of(pl_str_sub(pl_buf_str(body), from, body->n));
	if (pl_digest_eq(&is, &e->sha256))
		return 0;
	return pl_fail(err, PL_VERIFY, "%s: its fragment holds another %s than recorded",
		       l->lock->name, e->tar.path.p);
}

/* Keeps every small file of the package. A fragment has no end-of-archive block, so the walk stops
 * after the last entry that the facts name. */
static int keep_small(struct pl_builder *b, struct pl_loaded *l, struct pl_err *err)
{
	PL_AUTO_FREE(tar) tar = NULL;
	PL_AUTO(buf) body = {0};
	int rc = open_fragment(b, l, &tar, err);
	for (size_t i = 0; i < l->facts.n_entries && rc == 0; i++) {
		const struct pl_package_entry *e = &l->facts.entries[i];
		struct pl_tar_entry te;
		if (e->tar.type == PL_TAR_DIR)
			continue;
		rc = pl_tar_next(tar, &te, err);
		if (rc == 0)
			rc = pl_fail(err, PL_VERIFY, "%s: its fragment lacks %s", l->lock->name,
				     e->tar.path.p);
		rc = rc < 0 ? rc : 0;
		if (rc < 0 || e->tar.type != PL_TAR_FILE || e->tar.size > SMALL ||
		    l->bodies_arena.used > SMALL_SUM)
			continue;
		pl_buf_clear(&body);
		rc = read_member(tar, e->tar.size, &body, err);
		if (rc == 0)
			rc = check_body(l, e, &body, 0, err);
		if (rc < 0)
			break;
		struct pl_str *kept = pl_arena_new(&l->bodies_arena, struct pl_str);
		*kept = pl_arena_str(&l->bodies_arena, pl_buf_str(&body));
		pl_map_put(&l->bodies, pl_digest_key(&e->sha256), kept);
	}
	return rc;
}

static int read_large(struct pl_builder *b, const struct pl_loaded *l,
		      const struct pl_package_entry *want, struct pl_buf *ret, struct pl_err *err)
{
	PL_AUTO_FREE(tar) tar = NULL;
	struct pl_tar_entry te;
	size_t before = ret->n;
	int rc = open_fragment(b, l, &tar, err);
	if (rc < 0)
		return rc;
	while ((rc = pl_tar_next(tar, &te, err)) > 0) {
		if (te.type != PL_TAR_FILE || !pl_str_eq(te.path, want->tar.path))
			continue;
		rc = read_member(tar, want->tar.size, ret, err);
		return rc < 0 ? rc : check_body(l, want, ret, before, err);
	}
	return rc < 0 ? rc
		      : pl_fail(err, PL_VERIFY, "%s: its fragment lacks %s", l->lock->name,
				want->tar.path.p);
}

static int read_package(struct pl_builder *b, struct pl_loaded *l, const struct pl_node *n,
			struct pl_buf *ret, struct pl_err *err)
{
	int rc = 0;
	pthread_mutex_lock(&l->bodies_lock);
	if (!l->bodies_loaded) {
		rc = keep_small(b, l, err);
		if (rc < 0)
			rc = pl_store_blame(b->store, PL_STORE_INPUTS, &l->fragment.digest, err);
		l->bodies_loaded = rc == 0;
	}
	const struct pl_str *kept = pl_map_get(&l->bodies, pl_digest_key(&n->sha256));
	pthread_mutex_unlock(&l->bodies_lock);
	if (rc < 0)
		return rc;
	if (kept) {
		pl_buf_addstr(ret, *kept);
		return pl_buf_check(ret, n->name.p, err);
	}
	const struct pl_package_entry *e = entry_of(l, &n->sha256);
	if (!e)
		return pl_fail(err, PL_FAILURE, "%s: no file with the content of %s", l->lock->name,
			       n->name.p);
	rc = read_large(b, l, e, ret, err);
	return rc < 0 ? pl_store_blame(b->store, PL_STORE_INPUTS, &l->fragment.digest, err) : 0;
}

int pl_target_read(struct pl_builder *b, const struct pl_target *t, const struct pl_node *n,
		   struct pl_buf *ret, struct pl_err *err)
{
	while (n->hardlink)
		n = n->hardlink;
	switch (n->body) {
	case PL_BODY_BYTES:
		pl_buf_addstr(ret, n->bytes);
		return pl_buf_check(ret, n->name.p, err);
	case PL_BODY_BLOB:
		return pl_store_read_all(b->store, PL_STORE_INPUTS, &n->sha256, ret, err);
	case PL_BODY_PACKAGE:
		return read_package(b, t->effective[n->owner], n, ret, err);
	default:
		return 0;
	}
}
