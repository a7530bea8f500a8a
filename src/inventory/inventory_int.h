// SPDX-License-Identifier: Apache-2.0
/* What the inventory's files share. Ids are database keys; 0 is none. */
#pragma once

#include "base/map.h"
#include "db/db.h"
#include "inventory/inventory.h"
#include "version/version.h"

struct pl_inv {
	const struct pl_env *env;
	struct pl_db *db;
	const struct pl_version_order *const *version_orders; /* by ecosystem; pl_version_orders */
};

extern const struct pl_db_schema pl_inv_schema;

/* A row of name, or a former content of one. */
struct pl_named {
	int64_t name_id; /* 0 when only a digest was asked for */
	int64_t main_id; /* the name this one is an alias of, else name_id */
	int64_t content_id;
	int64_t since;
	bool former;
};
/* The row of exactly this repository and tag: 1, 0, negative. */
int pl_inv_name_row(struct pl_inv *inv, const struct pl_ref *n, struct pl_named *ret,
		    struct pl_err *err) PL_MUST_USE;
/* What a name means, current or former content; PL_NOT_FOUND. */
int pl_inv_resolve(struct pl_inv *inv, const struct pl_ref *n, struct pl_named *ret,
		   struct pl_err *err) PL_MUST_USE;
int pl_inv_content_by_digest(struct pl_inv *inv, const struct pl_digest *d, int64_t *ret_id,
			     struct pl_err *err) PL_MUST_USE;
/* Fills an image from a resolved name; name is kept (arena). image.c, like the next. */
int pl_inv_image_of(struct pl_inv *inv, struct pl_arena *a, const char *name,
		    const struct pl_named *at, struct pl_inv_image *ret,
		    struct pl_err *err) PL_MUST_USE;
/* PL_STALE unless the image's etag is if_match. */
int pl_inv_check_etag(struct pl_inv *inv, const struct pl_named *at, const char *if_match,
		      struct pl_err *err) PL_MUST_USE;

/* pl_inv_children within a transaction that is open. */
int pl_inv_children_in_tx(struct pl_inv *inv, struct pl_arena *a, struct pl_str name,
			  bool recursive, struct pl_inv_images *ret,
			  struct pl_err *err) PL_MUST_USE;
/* PL_CONFLICT naming the cycle when one goes through this content or a name of it. */
int pl_inv_check_cycles(struct pl_inv *inv, int64_t content_id, struct pl_err *err) PL_MUST_USE;

/* What a stage replaces or takes away of the packages below it: those of its packages' names and
 * ecosystems (of the same architecture, or when one of the two is neutral), and those that its list
 * of removed ones names, "name" or "name:architecture". Each question takes the same time, however
 * much the stage holds. Keys and entries live in the arena, which outlives it; cover.c. */
struct pl_inv_cover {
	struct pl_arena *arena;
	struct pl_map replaced, removed;
	struct pl_buf key; /* being looked up */
};
void pl_inv_cover_add(struct pl_inv_cover *c, const struct pl_inv_package *p);
void pl_inv_cover_remove(struct pl_inv_cover *c, struct pl_str entry);
bool pl_inv_covers(struct pl_inv_cover *c, const struct pl_inv_package *p);
void pl_inv_cover_done(struct pl_inv_cover *c);
/* Order of every list of packages: name, ecosystem, version, architecture, source. */
int pl_inv_package_cmp(const void *a, const void *b);
/* OCI chain ids (image-spec config.md): chain id of the first i + 1 layers in ret[i]. */
void pl_inv_chain_ids(const struct pl_digest *diff_ids, size_t n, struct pl_digest *ret);
