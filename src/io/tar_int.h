// SPDX-License-Identifier: Apache-2.0
/* What the tar files share: the block's layout (POSIX.1-1988 ustar) and the pax records. */
#pragma once

#include "io/tar.h"

#define TAR_BLOCK 512
/* No device of Linux has larger numbers. */
#define TAR_DEV_MAX (((uint32_t)1 << 20) - 1)

struct pl_tar_block {
	char name[100];
	char mode[8], uid[8], gid[8];
	char size[12], mtime[12];
	char checksum[8];
	char type;
	char link[100];
	char magic[8]; /* "ustar\0" "00", or GNU's "ustar  \0" */
	char uname[32], gname[32];
	char major[8], minor[8];
	char prefix[155];
	char rest[12];
};
_Static_assert(sizeof(struct pl_tar_block) == TAR_BLOCK, "a tar header is one block");

/* What pax records said about the next entry (pax(1), "pax Extended Header"). */
struct pl_tar_pax {
	struct pl_buf path, link, capability;
	bool has_path, has_link, has_size, has_mtime, has_uid, has_gid;
	uint64_t size;
	int64_t mtime;
	uint32_t uid, gid;
	bool sparse;
};
void pl_tar_pax_done(struct pl_tar_pax *p);
void pl_tar_pax_clear(struct pl_tar_pax *p);
/* Adds the records of one extended header; later ones win. Errors without the archive's name. */
int pl_tar_pax_parse(struct pl_tar_pax *p, struct pl_str data, struct pl_err *err) PL_MUST_USE;
/* True if any record was there that changes an entry. */
bool pl_tar_pax_any(const struct pl_tar_pax *p);

/*
 * A numeric field: octal digits between blanks and NULs, all blank is 0; or base-256 (GNU, star)
 * when the first bit is set. Below 0 only in base-256: *ret_negative, or false where it is NULL.
 * False if malformed or over max.
 */
bool pl_tar_number(const char *field, size_t n, uint64_t max, uint64_t *ret,
		   bool *ret_negative) PL_MUST_USE;
/* The sum of the block's bytes with the checksum field as blanks. */
uint32_t pl_tar_checksum(const struct pl_tar_block *b);
