// SPDX-License-Identifier: Apache-2.0
/*
 * An image's files in memory: a tree of nodes whose bodies are references to content, never paths
 * of this host. Symbolic links are data; resolving happens inside the tree,
 * at most 40 links deep (PL_LIMIT after). Ownership: the tree's arena owns nodes and strings.
 * Thread rule: one writer, or many readers.
 */
#pragma once

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "io/tar.h"

/* Where a file's bytes are. */
enum pl_body_kind {
	PL_BODY_NONE,    /* not a file, or empty */
	PL_BODY_PACKAGE, /* in the data archive of package `owner` (re-read or take its fragment) */
	PL_BODY_BYTES,   /* in memory: made by an effect or small file */
	PL_BODY_BLOB,    /* in the store's inputs by sha256 (a file of the fleet's directory) */
};

struct pl_node {
	struct pl_node *parent,
		*hardlink;         /* hardlink: the first name of the same file, else NULL */
	struct pl_node *next_link; /* kept by tree.c: the chain of names behind a first name */
	struct pl_node **children; /* of a directory, sorted by name bytewise */
	uint32_t n_children, cap_children;
	uint32_t index_hint; /* kept by tree.c: probable place among the parent's children */
	struct pl_str name;  /* one component, NUL-terminated; "" for the root */
	enum pl_tar_type type;
	enum pl_body_kind body;
	uint32_t mode, uid, gid;
	int64_t mtime;
	uint64_t size;
	struct pl_digest sha256; /* of the body, for files */
	struct pl_str bytes;     /* PL_BODY_BYTES */
	struct pl_str link;      /* symlink text */
	struct pl_str capability;
	uint32_t major, minor;
	int owner; /* index of the package that ships it (caller's numbering), -1: none */
};

struct pl_tree {
	struct pl_arena arena;
	struct pl_node *root;
	size_t n_nodes; /* below the root */
	/* The directory of the last put, kept by tree.c: archives name a directory's files in a
	 * row. */
	struct pl_node *last_dir;
	char last_path[256];
	size_t last_n;
};

void pl_tree_init(struct pl_tree *t); /* root: directory 0755 0:0 */
void pl_tree_done(struct pl_tree *t);

/* Lookups take paths like "usr/bin/env" (no leading slash needed; "" or "/" is the root). */
/* The node of that very name, no link followed; NULL if absent. */
struct pl_node *pl_tree_get(const struct pl_tree *t, struct pl_str path);
/* Follows symlinks in every component, and the last one too when follow_last; links are resolved
 * inside the tree. NULL if absent, dangling or deeper than 40. */
struct pl_node *pl_tree_resolve(const struct pl_tree *t, struct pl_str path, bool follow_last);
/* Adds or replaces the entry of that path; missing parents become directories 0755 0:0 with the
 * root's mtime, whatever put them there first. Parent components that are symlinks to directories
 * are followed (usr-merge); PL_CONFLICT when a parent is something else. Replacing a directory by
 * something else, or the reverse, is PL_CONFLICT unless empty; a directory put over a symlink to a
 * directory keeps the link and sets the directory's attributes, as dpkg does. A hard link's target
 * must be there and no directory (PL_INPUT); its node carries the first name's attributes, and
 * *ret is the new name. A path with "..", NUL or a component over 255 bytes is PL_INPUT. ret may
 * be NULL. The entry's body is PL_BODY_NONE until set. On failure the tree is unchanged. */
int pl_tree_put(struct pl_tree *t, const struct pl_tar_entry *e, struct pl_node **ret,
		struct pl_err *err) PL_MUST_USE;
/* Shorthands for effects; attributes as given, mtime 0 is replaced by the caller's epoch later. */
int pl_tree_mkdir(struct pl_tree *t, struct pl_str path, uint32_t mode, uint32_t uid, uint32_t gid,
		  int64_t mtime, struct pl_node **ret, struct pl_err *err) PL_MUST_USE;
int pl_tree_symlink(struct pl_tree *t, struct pl_str path, struct pl_str target, int64_t mtime,
		    struct pl_node **ret, struct pl_err *err) PL_MUST_USE;
/* A file with these bytes (copied). */
int pl_tree_file(struct pl_tree *t, struct pl_str path, struct pl_str bytes, uint32_t mode,
		 uint32_t uid, uint32_t gid, int64_t mtime, struct pl_node **ret,
		 struct pl_err *err) PL_MUST_USE;
/* Puts what a node is (its attributes, content or link text; of a directory not what is in it) at
 * that path, as put does. from may be of another tree whose bytes live as long. */
int pl_tree_duplicate(struct pl_tree *t, const struct pl_node *from, struct pl_str path,
		      struct pl_node **ret, struct pl_err *err) PL_MUST_USE;
/* Removes a node (not the root) and all below. Hard links to a removed first name: the next name
 * (the first in iteration order) takes its place with attributes, body and owner. */
void pl_tree_remove(struct pl_tree *t, struct pl_node *n);
/* Path of a node without leading slash, into b (cleared first). */
void pl_tree_path(const struct pl_node *n, struct pl_buf *b);
/* The file behind a name: its first name if it is a hard link, else itself. */
static inline struct pl_node *pl_node_file(const struct pl_node *n)
{
	return n->hardlink ? n->hardlink : (struct pl_node *)(uintptr_t)n;
}
/* Depth-first, parents before children, siblings bytewise. next(root, NULL) is the first below
 * root; NULL after the last. n must still be in the tree. */
struct pl_node *pl_tree_next(const struct pl_node *root, const struct pl_node *n);
/* A copy of a whole tree into an initialised, empty one. */
void pl_tree_copy(struct pl_tree *to, const struct pl_tree *from);
/* Do two nodes look the same in a container: type, attributes, content, link text? (mtime included)
 * Hard links: only when both are, to first names of the same path. */
bool pl_node_same(const struct pl_node *a, const struct pl_node *b);
/* An archive as a tree, which is initialised by it; the archive's own root is passed over. Bytes of
 * a file are kept where `known` (may be NULL) has not the same content at that path, and they are
 * not more than kept_max; else its body is PL_BODY_NONE, and its hash and size are there all the
 * same.
 */
int pl_tree_read(struct pl_tar *tar, const struct pl_tree *known, uint64_t kept_max,
		 struct pl_tree *ret, struct pl_err *err) PL_MUST_USE;
