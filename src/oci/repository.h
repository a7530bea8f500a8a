// SPDX-License-Identifier: Apache-2.0
/*
 * A place that holds one repository's images: a registry over HTTP (distribution-spec 1.1), an OCI
 * image layout in a directory, a docker-archive (read only). The seam between pushing/scanning and
 * where images are. Ownership: a repository of a registry is a light view and borrows what
 * pl_registries keeps of its host. Thread rule: registries and repositories are used by many
 * threads.
 */
#pragma once

#include "base/reference.h"
#include "io/stream.h"
#include "oci/manifest.h"

/*
 * The registries that one command speaks to. Of each host it keeps one pool of connections, the
 * credentials, one token a scope and what the host can do, for all its repositories. Opened once a
 * command and freed after the repositories opened with it; used by many threads.
 */
struct pl_registries;
struct pl_registries *pl_registries_new(const struct pl_env *env); /* borrows env */
void pl_registries_free(struct pl_registries *r);
PL_DEFINE_FREEP(registries)

struct pl_repo;
/* What moved, for reports and the promise that pushing again moves no byte. Updated atomically. */
struct pl_repo_stats {
	uint64_t blobs_uploaded, bytes_uploaded, blobs_present, blobs_mounted, manifests_put,
		requests;
};

/* Opens the repository of ref, which was parsed to be opened (tag and digest unused). create: a
 * layout's directory may be made. Credentials come from the docker and containers files, never
 * printed. A registry of this machine is asked whether it speaks TLS, once a command. */
int pl_repo_open(struct pl_registries *registries, const struct pl_ref *ref, bool create,
		 struct pl_repo **ret, struct pl_err *err) PL_MUST_USE;
/* An image layout by its directory. */
int pl_layout_open(const struct pl_env *env, const char *dir, bool create, struct pl_repo **ret,
		   struct pl_err *err) PL_MUST_USE;
/* Takes these names (NULL-terminated) out of the index.json of a layout; blobs stay. Those that are
 * not there are fine. */
int pl_layout_untag(struct pl_repo *layout, const char *const *tags,
		    struct pl_err *err) PL_MUST_USE;
void pl_repo_free(struct pl_repo *r);
PL_DEFINE_FREEP(repo)
const struct pl_repo_stats *pl_repo_stats(const struct pl_repo *r);
const char *pl_repo_name(const struct pl_repo *r); /* "host/path" or "oci:DIR", for people */

/* Resolves a digest, else a tag: 1 found (digest, media type, size; the bytes are added to ret_text
 * when it is given, verified), 0 absent. Without both: "latest" in a registry, elsewhere the only
 * image there is. */
int pl_repo_manifest(struct pl_repo *r, const char *tag, const struct pl_digest *digest,
		     struct pl_arena *a, struct pl_descriptor *ret, struct pl_buf *ret_text,
		     struct pl_err *err) PL_MUST_USE;
/* Blob content; size and digest are verified before its end shows. A registry is asked at the first
 * read, which then says what is wrong. */
int pl_repo_blob(struct pl_repo *r, const struct pl_descriptor *d, struct pl_source **ret,
		 struct pl_err *err) PL_MUST_USE;
/* 1 there, 0 not. A layout also holds a blob of another size than this for absent. */
int pl_repo_has_blob(struct pl_repo *r, const struct pl_digest *d, uint64_t size,
		     struct pl_err *err) PL_MUST_USE;
/* Makes the blob present: looked for, else mounted from one of the repositories `from` (paths on
 * the same host, or of other layouts; NULL-terminated, may be NULL; a registry is asked for the
 * first four), else what open(ctx) yields is sent (called again for a retry). */
typedef int pl_blob_open_fn(void *ctx, struct pl_source **ret, struct pl_err *err);
int pl_repo_put_blob(struct pl_repo *r, const struct pl_digest *d, uint64_t size,
		     const char *const *from, pl_blob_open_fn *open, void *ctx,
		     struct pl_err *err) PL_MUST_USE;
/* A manifest or index, and what it is to be called. */
struct pl_tagged {
	const char *media_type;
	struct pl_str text;
	const char *const *tags; /* NULL-terminated, set in this order; NULL: by digest only */
	const char *claim;       /* a tag that is set before them and never moved; NULL: none */
};
/* Puts each under its digest and its tags. A registry is asked first what a tag means: one that
 * means just this is left alone (some registries refuse to set an immutable tag even to what it
 * is). A layout's index.json is written once, with all names, or not at all.
 * 1: a claim means another image: take another tag. In a layout nothing is set then. A registry has
 * no compare-and-swap: its claims are certain among the programs of one machine, and with a
 * registry that honours If-None-Match; else a loss shows here unless the other wrote in the very
 * moment between its own look and ours. */
int pl_repo_put_tags(struct pl_repo *r, const struct pl_tagged *v, size_t n,
		     struct pl_err *err) PL_MUST_USE;
/* The same with one manifest and at most one tag (NULL: none). */
int pl_repo_put_manifest(struct pl_repo *r, const char *media_type, struct pl_str text,
			 const char *tag, struct pl_err *err) PL_MUST_USE;
/* All tags, sorted, in the arena. A repository that does not exist has none. */
int pl_repo_tags(struct pl_repo *r, struct pl_arena *a, const char ***ret, size_t *ret_n,
		 struct pl_err *err) PL_MUST_USE;
