// SPDX-License-Identifier: Apache-2.0
/*
 * What effects on a tree work from: the installed packages, numbers of accounts, and a way to read
 * the bodies of files. Deterministic; no clock, no host state; ids from the lock.
 */
#pragma once

#include "effects/elf.h"
#include "tree/tree.h"

/* An account that a package makes; the lock fixes the numbers. */
struct pl_account {
	const char *name;
	bool is_group;     /* a group alone; else a user */
	const char *group; /* user's primary group name */
	const char *home, *shell, *gecos;
	const char **groups; /* supplementary groups, NULL-terminated */
	int64_t fixed_id;    /* uid/gid the package insists on; -1: allocated by the lock */
};

/* name -> number, as the lock has it. */
struct pl_id {
	const char *name;
	bool is_group;
	uint32_t id;
};
struct pl_effect_package {
	struct pl_str name, version, architecture;
	const void *own; /* its format's: effects do not look at it */
};
struct pl_effect_input {
	const struct pl_effect_package
		*packages; /* all packages of the image (base's too), sorted by name */
	size_t n_packages;
	const struct pl_platform *platform;
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
