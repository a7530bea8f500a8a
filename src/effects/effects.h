// SPDX-License-Identifier: Apache-2.0
/*
 * What effects on a tree work from: numbers of accounts, a way to read the bodies of files, and the
 * installed packages for the caller's own decisions. One header a module beside this one says what
 * there is to be made: each works on the whole tree, is idempotent and deterministic (no clock, no
 * host state; ids from the lock), and does nothing when what it works from is not there. Files made
 * get mtime in->epoch, owner 0:0 and the mode that the real tool gives, unless said otherwise.
 */
#pragma once

#include "effects/elf.h"
#include "tree/tree.h"

/* name -> number, as the lock has it. */
struct pl_id {
	const char *name;
	bool is_group;
	uint32_t id;
};
/* Numbers of accounts whose package insists on none: 100 is the group users on Debian, 1000 the
 * first of people. */
enum { PL_ID_FIRST = 101, PL_ID_LAST = 999 };
/* A number that a package wants for an account. */
struct pl_id_want {
	const char *name;
	bool is_group;
	int64_t fixed;        /* the number it insists on; -1: any */
	uint32_t first, last; /* of these; 0, 0: PL_ID_FIRST to PL_ID_LAST */
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
	const struct pl_id *ids; /* of accounts whose number is not fixed anyway */
	size_t n_ids;
	int64_t epoch; /* mtime of what is made */
	/* Reads the body of a file of the tree that is not in memory (PL_BODY_PACKAGE,
	 * PL_BODY_BLOB). */
	int (*read)(void *ctx, const struct pl_node *n, struct pl_buf *ret, struct pl_err *err);
	void *read_ctx;
	/* Optional: what pl_elf_parse said of that file when its package was read, so that
	 * libraries need not be unpacked again. Asked of every file in a library directory for
	 * which
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
	/* Optional: hears of each account that is made. For one that ids lacks it says a number,
	 * another one each time it is asked, or fails; without it that is PL_INPUT. Gets read_ctx.
	 */
	int (*new_id)(void *ctx, const struct pl_id_want *want, uint32_t *ret, struct pl_err *err);
	/* Optional: puts into the tree what generated files are made from beside the packages'
	 * files: the fleet's certificates. Called when all packages are set up and nothing is
	 * generated yet. Gets read_ctx. */
	int (*add_sources)(void *ctx, struct pl_err *err);
};

/* The number of an account that is being made: the one it insists on, or that of in->ids. 1: it
 * is in->new_id's word for one that has none yet, and may be asked for again when it is taken.
 * PL_INPUT when ids has none, or one that locking does not give: nobody becomes root by a lock
 * that somebody edited. */
int pl_effect_id(const struct pl_effect_input *in, const struct pl_id_want *want, uint32_t *ret,
		 struct pl_err *err) PL_MUST_USE;
