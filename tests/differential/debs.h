// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * .debs in memory, for the tools that put them together in two ways and print what came of it
 * alike.
 */
#include "debian/deb/deb.h"
#include "effects/effects_int.h"

struct deb_entry {
	struct pl_tar_entry tar;
	struct pl_str bytes; /* of a file that has any */
	struct pl_digest sha256;
};

struct deb {
	struct pl_effect_package p; /* own: at the control below, once the array stays in place */
	struct pl_control control;
	PL_VEC(struct deb_entry) entries;
};

/* The files' bytes: a node's owner is the index of its own. Not owned. */
struct deb_bodies {
	PL_VEC(struct pl_str) v;
};

/* Reads n .debs, sorted by name. The texts are the arena's; debs_done frees the rest. */
int debs_load(struct pl_arena *a, char *const *paths, size_t n, struct deb **ret,
	      struct pl_err *err);
void debs_done(struct deb *v, size_t n);

/* Puts an entry at path into the tree, with its bytes. */
int debs_put(struct pl_tree *t, const struct deb_entry *e, const char *path, struct deb_bodies *b,
	     struct pl_err *err);

/* Reads a node's bytes; ctx is a struct deb_bodies: pl_effect_input.read. */
int debs_read(void *ctx, const struct pl_node *n, struct pl_buf *ret, struct pl_err *err);

/* The files whose bytes no package brought, each as "=PATH TAB bytes in hexadecimal". */
void debs_print_texts(const struct pl_tree *t);

/* The files of accounts as "@passwd LINE" and so on, then a line a path:
 * type mode user:group size sha256 path TAB link target. */
int debs_print(const struct pl_tree *t, const struct pl_effect_input *in, struct pl_arena *a,
	       struct pl_err *err);
