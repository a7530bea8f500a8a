// SPDX-License-Identifier: Apache-2.0
/* Private to store/: the open folders, temporary files, making names durable. */
#pragma once

#include "store/store.h"

#include <pthread.h>
#include <stdatomic.h>

#define PL_STORE_AREAS 2

struct pl_store {
	const struct pl_env *env;
	char *dir;
	int area_fd[PL_STORE_AREAS]; /* blobs/sha256, inputs/sha256 */
	int tmp_fd, records_fd;
	atomic_uint serial; /* of temporary files */
	/* New names that a crash could still undo; guarded by lock while being made durable. */
	atomic_bool fresh[PL_STORE_AREAS];
	pthread_mutex_t lock;
};

struct pl_store_tmp {
	char name[64];
	int fd; /* -1: none */
};

/* Creates an empty file under tmp/, for this process alone. */
int pl_store_tmp_open(struct pl_store *s, const char *prefix, struct pl_store_tmp *ret,
		      struct pl_err *err) PL_MUST_USE;
/* Sets mode 0644, makes the content durable if asked, and gives the file its name in to_fd. shown
 * names the file in errors. The descriptor is closed; on failure the file is still in tmp/. */
int pl_store_tmp_commit(struct pl_store *s, struct pl_store_tmp *t, int to_fd, const char *name,
			bool durable, const char *shown, struct pl_err *err) PL_MUST_USE;
/* Drops what was not committed; fine after a commit. */
void pl_store_tmp_drop(struct pl_store *s, struct pl_store_tmp *t);
