// SPDX-License-Identifier: Apache-2.0
/*
 * Recipes applied to a tree: what installation would have made, natively. Recipes are data
 * (recipes/), embedded at build time. Deterministic; no clock, no host state; ids from the lock.
 */
#pragma once

#include "debian/elf.h"
#include "debian/scripts.h"
#include "tree/tree.h"

/* Accounts a package's recipe makes: goes into the lock, which fixes the numbers. */
struct pl_account {
	const char *name;
	bool is_group;     /* a group alone; else a user */
	const char *group; /* user's primary group name */
	const char *home, *shell, *gecos;
	const char **groups; /* supplementary groups, NULL-terminated */
	int64_t fixed_id;    /* uid/gid the package insists on; -1: allocated by the lock */
};
/* Accounts of a package's recipe, in order; *ret_n 0 when it has none. In the arena. */
void pl_recipe_accounts(struct pl_arena *a, struct pl_str package, struct pl_account **ret,
			size_t *ret_n);

/* The number that Debian gives this name on every system (base-passwd's masters), -1 if none. */
int64_t pl_static_id(const char *name, bool is_group);

/* Hash of all recipes of this program: part of what an image depends on. Never NULL. */
const struct pl_digest *pl_recipes_digest(void);

/* name -> number, as the lock has it. */
struct pl_id {
	const char *name;
	bool is_group;
	uint32_t id;
};
struct pl_effect_package {
	struct pl_str name, version, architecture;
	const struct pl_control *control;
};
struct pl_effect_input {
	const struct pl_effect_package
		*packages; /* all packages of the image (base's too), sorted by name */
	size_t n_packages;
	const char *architecture;
	const struct pl_id *ids; /* base-passwd's static ids need not be here */
	size_t n_ids;
	int64_t epoch; /* mtime of what is made */
	/* Reads the body of a file of the tree that is not in memory (PL_BODY_PACKAGE,
	 * PL_BODY_BLOB). */
	int (*read)(void *ctx, const struct pl_node *n, struct pl_buf *ret, struct pl_err *err);
	void *read_ctx;
	/* Optional: what pl_elf_parse said of that file when its package was read, so that
	 * libraries need not be unpacked again. Asked of every file in a library folder for which
	 * pl_elf_is_library_name(its name, or that of a link to it). 1: *ret is filled (strings
	 * live until the next call); 0: not known, the file is read; negative: error. Gets
	 * read_ctx. */
	int (*elf)(void *ctx, const struct pl_node *n, struct pl_elf_facts *ret,
		   struct pl_err *err);
	/* Optional: a memory shared by the images of one run, for what is dear to compute and
	 * depends on some bytes alone (a certificate's name hash). recall: is there something under
	 * that key? Then it is appended. Both get read_ctx and may be called from several threads.
	 */
	bool (*recall)(void *ctx, struct pl_str key, struct pl_buf *ret);
	void (*remember)(void *ctx, struct pl_str key, struct pl_str value);
};
/* Runs every effect on a tree that holds all packages' files: merged-/usr links, base skeleton,
 * accounts, owners and modes, directories, copies, links, alternatives, CA bundle and hash links,
 * Java keystore, nsswitch, localtime, shells, ld.so.cache... Idempotent. PL_INPUT/PL_NOT_FOUND name
 * package and effect when the tree lacks what a recipe needs. */
int pl_effects_apply(struct pl_tree *t, const struct pl_effect_input *in,
		     struct pl_err *err) PL_MUST_USE;
/* The dpkg rule for overlapping files: may `winner` replace `loser`'s file (Replaces)? pure. */
