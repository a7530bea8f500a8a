// SPDX-License-Identifier: Apache-2.0
/*
 * tar: POSIX.1-1988 ustar, POSIX.1-2001 pax and GNU long names (tar(5)), read as a stream and
 * written as header blocks. Reading yields what the archive says, checked only for form: numbers in
 * range, lengths under the limits, no NUL in names. Paths are normalised: leading "./" and "/"
 * and trailing "/" gone, "//" and "/./" collapsed, the root is ""; a ".." component is PL_INPUT.
 * Sparse files, devices' numbers of 2^20 and more, hard links and directories with a body, global
 * pax headers that change entries, and unknown types are PL_INPUT with the entry's name. mtime
 * before 1970 reads as 0.
 */
#pragma once

#include "io/stream.h"

enum pl_tar_type {
	PL_TAR_FILE = '0',
	PL_TAR_HARDLINK = '1',
	PL_TAR_SYMLINK = '2',
	PL_TAR_CHAR = '3',
	PL_TAR_BLOCK = '4',
	PL_TAR_DIR = '5',
	PL_TAR_FIFO = '6',
};

struct pl_tar_entry {
	enum pl_tar_type type;
	struct pl_str path; /* NUL-terminated; valid until the next call */
	struct pl_str link; /* symlink text as it is; hardlink target normalised like path */
	uint32_t mode;      /* 07777 */
	uint32_t uid, gid;
	uint64_t size; /* of the body, 0 unless a file */
	int64_t mtime; /* seconds */
	uint32_t major, minor;
	struct pl_str
		capability; /* security.capability xattr (pax SCHILY.xattr.*), raw; else empty */
};

struct pl_tar;
/* Reads entries from `in` (uncompressed), which it owns. what names the archive in errors. */
struct pl_tar *pl_tar_new(struct pl_source *in, const struct pl_limits *limits, const char *what);
void pl_tar_free(struct pl_tar *t);
PL_DEFINE_FREEP(tar)
/* 1: the next entry (an unread body is skipped); 0: verified end of archive *and* of the source
 * (a missing end-of-archive block is PL_INPUT, though one of the two is enough; zero padding after
 * it is fine, other bytes are PL_INPUT); negative: error. */
int pl_tar_next(struct pl_tar *t, struct pl_tar_entry *ret, struct pl_err *err) PL_MUST_USE;
/* Body of the current entry: bytes read, 0 at its end. */
int64_t pl_tar_read(struct pl_tar *t, void *p, size_t n, struct pl_err *err) PL_MUST_USE;

/* Appends the header block(s) of an entry. ustar where everything fits, else preceded by one pax
 * 'x' header with exactly the records needed (path, linkpath, size, uid, gid, mtime,
 * SCHILY.xattr.security.capability), in that order. PL_INPUT: a NUL in a name, a link without
 * target, device numbers that no header holds. Directories get a trailing "/". uname and gname
 * are empty; mtime below 0 is written as 0. The bytes depend only on the entry. */
int pl_tar_format(struct pl_buf *out, const struct pl_tar_entry *e, struct pl_err *err) PL_MUST_USE;
/* Zero bytes needed after a body of this size. */
static inline size_t pl_tar_padding(uint64_t size) { return (size_t)(-size & 511); }
#define PL_TAR_END 1024 /* zero bytes that end an archive */
