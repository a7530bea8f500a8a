// SPDX-License-Identifier: Apache-2.0
/*
 * Whole files and directories of ours (definitions, lock, store records): small, bounded, atomic.
 * Thread rule: no process state is touched (no umask, no chdir): modes are set with fchmod.
 */
#pragma once

#include "base/buf.h"
#include "base/env.h"

/* Appends a whole regular file of at most max bytes. PL_NOT_FOUND if absent, PL_LIMIT if larger. */
int pl_file_read(const char *path, uint64_t max, struct pl_buf *ret,
		 struct pl_err *err) PL_MUST_USE;
/* Replaces path atomically: temporary file beside it, write, fsync, rename, fsync of the directory.
 * mode as given. A crash leaves the former or the new content. */
int pl_file_write(const char *path, struct pl_str data, unsigned mode,
		  struct pl_err *err) PL_MUST_USE;

/* A new file that appears under its name whole or not at all. The end of its scope drops what was
 * not committed (PL_AUTO). */
struct pl_file_tmp {
	int fd;     /* -1: none */
	int dir_fd; /* where it is; AT_FDCWD: by path */
	char *name; /* NULL: none, or committed */
};
/* Creates the empty file "PREFIX.<random>" for this process alone, mode 0600. shown names what it
 * is to become in errors. */
int pl_file_tmp_open(int dir_fd, const char *prefix, const char *shown, struct pl_file_tmp *ret,
		     struct pl_err *err) PL_MUST_USE;
/* Sets the mode, makes the content durable if asked, and gives the file its name in to_fd, in place
 * of what has it. The descriptor is closed; the name itself is durable after the directory's fsync
 * (pl_dir_sync). */
int pl_file_tmp_commit(struct pl_file_tmp *t, int to_fd, const char *name, unsigned mode,
		       bool durable, const char *shown, struct pl_err *err) PL_MUST_USE;
void pl_file_tmp_done(struct pl_file_tmp *t);
int pl_dir_sync(const char *dir, struct pl_err *err) PL_MUST_USE;

/* mkdir -p with mode 0755; existing directories are fine. */
int pl_mkdirs(const char *path, struct pl_err *err) PL_MUST_USE;
bool pl_file_exists(const char *path);
/* "a/b" joined; an absolute b wins. Owned by the caller. */
char *pl_path_join(const char *a, const char *b);
/* write(2) until done. */
int pl_write_all(int fd, const void *p, size_t n, const char *what, struct pl_err *err) PL_MUST_USE;
/* An unnamed file for reading and writing, gone when closed, in dir; NULL: $TMPDIR if absolute,
 * else /var/tmp (which is on a disk where /tmp may be memory), else /tmp. */
int pl_file_scratch(const char *dir, int *ret_fd, struct pl_err *err) PL_MUST_USE;
/* A new directory of ours, mode 0700, in $TMPDIR if absolute, else in /var/tmp, for files that
 * others read by name. PL_AUTO(scratch_dir) deletes it at the end of its scope with the files and
 * empty directories that are in it. */
struct pl_scratch_dir {
	char *path;
};
int pl_scratch_dir_make(struct pl_scratch_dir *ret, struct pl_err *err) PL_MUST_USE;
void pl_scratch_dir_done(struct pl_scratch_dir *d);
/* flock(2) on fd, waiting up to wait_s seconds and saying so (pl_note). `what` is locked, `holder`
 * says whom one waits for. PL_BUSY. */
int pl_flock_wait(const struct pl_env *env, int fd, bool exclusive, const char *what,
		  const char *holder, unsigned wait_s, struct pl_err *err) PL_MUST_USE;
/* An exclusive flock(2) on path (created), waiting up to wait_s seconds; PL_BUSY names the file.
 * The descriptor is the lock: close it to release. */
int pl_lock_file(const char *path, unsigned wait_s, int *ret_fd, struct pl_err *err) PL_MUST_USE;
