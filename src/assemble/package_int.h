// SPDX-License-Identifier: Apache-2.0
/*
 * A package as the builder knows it: what it holds (facts) and the piece of layer made of it
 * (fragment). Both are made in one read of the package's archive, and kept as store records so that
 * an archive is decompressed once in its life. Ownership: facts live in the arena they were loaded
 * into.
 */
#pragma once

#include "assemble/source_id_int.h"
#include "base/map.h"
#include "io/compressor.h"
#include "package/format.h"

/* One path of a package, in canonical (merged /usr) form. */
struct pl_package_entry {
	struct pl_tar_entry tar;
	struct pl_digest sha256; /* of a file's body */
	bool is_library;         /* elf is filled */
	struct pl_elf_facts elf;
	const struct pl_program *program; /* of what execve(2) runs; NULL: it is none */
};

struct pl_package_facts {
	const void *own;                  /* the format's */
	struct pl_package_entry *entries; /* in the order of the archive; then the format's files */
	size_t n_entries, n_shipped;      /* all; those of the archive */
	int64_t newest;                   /* largest mtime of a file, lost or not */
	uint64_t archive_size;            /* bytes of the package itself */
};

/* A run of gzip members in the store's inputs: the package's files (never its directories). */
struct pl_fragment {
	struct pl_digest digest;
	uint64_t size, unpacked; /* bytes */
};

/* What a package's fragment depends on beside the package. Paths that are left out are excluded by
 * the definition, or another package's. */
struct pl_packing {
	const struct pl_compressor *compressor;
	const char *const *exclude; /* globs of the definition, NULL-terminated, or NULL */
	const struct pl_str *lost;  /* sorted canonical paths that another package took over */
	size_t n_lost;
};
/* Does the definition leave this path out? */
bool pl_packing_excludes(const struct pl_packing *d, struct pl_str path, enum pl_tar_type type);

/*
 * Facts and fragment of a locked package: from records, else by reading its archive from the
 * store's inputs (which must hold it: PL_NOT_FOUND). fresh says that it was read. io_raw (may be
 * NULL): a scratch file that then holds the fragment's unpacked bytes; closed and -1 where it does
 * not. One thread at a time per arena.
 */
int pl_package_load(const struct pl_env *env, struct pl_store *store,
		    const struct pl_package_format *format, const struct pl_lock_package *p,
		    const struct pl_packing *drop, struct pl_arena *a,
		    struct pl_package_facts *ret_facts, struct pl_fragment *ret_fragment,
		    bool *ret_fresh, int *io_raw, struct pl_err *err) PL_MUST_USE;
/* Is there a complete record of it, so that its archive is not needed? */
bool pl_package_known(struct pl_store *store, const struct pl_package_format *format,
		      const struct pl_lock_package *p, const struct pl_packing *drop);

/* The record of a package (facts_record.c). */
void pl_facts_format(const struct pl_package_format *format, const struct pl_package_facts *f,
		     const struct pl_fragment *fragment, struct pl_buf *ret);
/* Only the fragment of a record. */
bool pl_facts_fragment(struct pl_str data, struct pl_fragment *ret);
/* False on damage; strings are copied into the arena. */
bool pl_facts_parse(const struct pl_package_format *format, struct pl_arena *a, struct pl_str data,
		    struct pl_package_facts *ret, struct pl_fragment *ret_fragment);
