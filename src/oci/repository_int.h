// SPDX-License-Identifier: Apache-2.0
/*
 * The vtable behind pl_repo: a registry, a layout, an archive. Each call means what repository.h
 * says of the function of its name; the ops are called from many threads at once. Ownership: the
 * implementation embeds struct pl_repo as its first member and frees the whole in free.
 */
#pragma once

#include "io/stream.h"
#include "oci/repository.h"

struct pl_repo_ops {
	int (*manifest)(struct pl_repo *r, const char *tag, const struct pl_digest *digest,
			struct pl_arena *a, struct pl_descriptor *ret, struct pl_buf *ret_text,
			struct pl_err *err);
	int (*blob)(struct pl_repo *r, const struct pl_descriptor *d, struct pl_source **ret,
		    struct pl_err *err);
	int (*has_blob)(struct pl_repo *r, const struct pl_digest *d, uint64_t size,
			struct pl_err *err);
	int (*tags)(struct pl_repo *r, struct pl_arena *a, const char ***ret, size_t *ret_n,
		    struct pl_err *err);
	/* The two that write are NULL where the place is read-only. */
	int (*put_blob)(struct pl_repo *r, const struct pl_digest *d, uint64_t size,
			const char *const *from, pl_blob_open_fn *open, void *ctx,
			struct pl_err *err);
	int (*put_tags)(struct pl_repo *r, const struct pl_tagged *v, size_t n, struct pl_err *err);
	void (*free)(struct pl_repo *r); /* all but env */
};
struct pl_repo {
	const struct pl_repo_ops *ops;
	const struct pl_env *env;
	char *name;
	struct pl_repo_stats stats;
};

int pl_registry_open(struct pl_registries *registries, const struct pl_ref *ref,
		     struct pl_repo **ret, struct pl_err *err) PL_MUST_USE;
int pl_docker_archive_open(const struct pl_env *env, const char *path, struct pl_repo **ret,
			   struct pl_err *err) PL_MUST_USE;
const struct pl_env *pl_registries_env(const struct pl_registries *registries);

static inline void pl_repo_count(uint64_t *counter, uint64_t n)
{
	__atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
}
/* The media type that a manifest's text has by itself; PL_INPUT when it is none of the four. `said`
 * is what the place called it (a Content-Type, a descriptor), NULL for nothing: a difference
 * between two of the four is refused, since readers would disagree on what the image is. */
int pl_manifest_type(struct pl_arena *a, struct pl_str text, const char *said, const char *what,
		     const char **ret, struct pl_err *err) PL_MUST_USE;
bool pl_is_manifest_type(const char *media_type);
/* Sorts and drops doubles. */
void pl_sort_tags(const char **tags, size_t *n);
