// SPDX-License-Identifier: Apache-2.0
/* Private to store/: the open directories, temporary files, making names durable. */
#pragma once

#include "base/file.h"
#include "store/store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#define PL_STORE_AREAS 2

struct pl_store {
	const struct pl_env *env;
	char *dir;
	int area_fd[PL_STORE_AREAS]; /* blobs/sha256, inputs/sha256 */
	int tmp_fd, records_fd;
	int use_fd;         /* the lock of those who use the store; -1: nobody here can take it */
	atomic_uint serial; /* of damaged files set aside */
	/* New names that a crash could still undo; guarded by lock while being made durable. */
	atomic_bool fresh[PL_STORE_AREAS];
	pthread_mutex_t lock;
};

/* Somebody asked for this file: its time of modification says when, to the day (as git freshens its
 * loose objects), which is what pl_store_list tells. */
void pl_store_freshen(const struct pl_store *s, int dir_fd, const char *name,
		      const struct stat *st);
/* An empty file under tmp/, for this process alone. */
int pl_store_tmp_open(struct pl_store *s, const char *prefix, struct pl_file_tmp *ret,
		      struct pl_err *err) PL_MUST_USE;
