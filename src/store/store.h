// SPDX-License-Identifier: Apache-2.0
/*
 * The store: content by digest on disk, and records made from content. Its directory is at the same
 * time an OCI image layout (image-spec image-layout.md): oci-layout, index.json, blobs/.
 *   blobs/sha256/<hex>   layers, configs, manifests
 *   inputs/sha256/<hex>  .debs, fetched files
 *   records/KIND/<hex>   small results keyed by a digest of what they were made from
 *   tmp/                 files being written, damaged ones; those older than a day go at open
 *   .use.lock            shared by who has the store open, held alone by who deletes
 * Content first, pointer last: a blob appears by rename after its digest was checked and its bytes
 * are on disk; pl_store_sync before a pointer outside of the store is written. Writers of the same
 * digest do not disturb each other. Files are 0644, directories 0755, at any umask.
 * Thread rule: all calls from any thread.
 */
#pragma once

#include "base/arena.h"
#include "io/stream.h"

struct pl_store;
enum pl_store_area { PL_STORE_BLOBS, PL_STORE_INPUTS };

/* Opens, creating what is missing; PL_FAILURE if it is another user's, or others may write to it.
 * Until it is freed nobody deletes from it; while somebody does, this waits, and says so.
 * dir NULL: $PLIMSOLL_STORE, else $XDG_DATA_HOME/plimsoll/store.
 */
int pl_store_open(const struct pl_env *env, const char *dir, struct pl_store **ret,
		  struct pl_err *err) PL_MUST_USE;
void pl_store_free(struct pl_store *s);
PL_DEFINE_FREEP(store)
const char *pl_store_dir(const struct pl_store *s);

bool pl_store_has(struct pl_store *s, enum pl_store_area a, const struct pl_digest *d,
		  uint64_t *ret_size /* may be NULL */);
/* A source over the content; with verify it ends verified (PL_VERIFY names the damaged file, which
 * is moved aside so that the next run makes or fetches it again). PL_NOT_FOUND if absent. */
int pl_store_read(struct pl_store *s, enum pl_store_area a, const struct pl_digest *d, bool verify,
		  struct pl_source **ret, struct pl_err *err) PL_MUST_USE;
int pl_store_read_all(struct pl_store *s, enum pl_store_area a, const struct pl_digest *d,
		      struct pl_buf *ret, struct pl_err *err) PL_MUST_USE; /* verified; appended */
/* For a reader that failed before the verified end, with rc and err: is the content to blame? If it
 * is not what its digest says it is moved aside, and err says PL_VERIFY as above; else err stays.
 * Returns -err->code. */
int pl_store_blame(struct pl_store *s, enum pl_store_area a, const struct pl_digest *d,
		   struct pl_err *err) PL_MUST_USE;
/* The file's path, there or not (for mmap, sendfile, a message). Owned by the caller. */
char *pl_store_path(struct pl_store *s, enum pl_store_area a, const struct pl_digest *d);

/* A sink for new content. pl_sink_finish checks size and digest where expected (PL_VERIFY) and
 * commits; then *ret_digest and *ret_size (may be NULL, must outlive the sink) are filled. */
int pl_store_writer(struct pl_store *s, enum pl_store_area a,
		    uint64_t expect_size /* UINT64_MAX any */, const struct pl_digest *expect,
		    struct pl_digest *ret_digest, uint64_t *ret_size, struct pl_sink **ret,
		    struct pl_err *err) PL_MUST_USE;
int pl_store_put(struct pl_store *s, enum pl_store_area a, struct pl_str data,
		 struct pl_digest *ret_digest, struct pl_err *err) PL_MUST_USE;

/* An unnamed file in the store's directory, open for reading and writing, gone when closed; -1
 * where that cannot be had. For what is dear to compute twice and cheap to lose. */
int pl_store_scratch(struct pl_store *s);
/* Makes the names of all content durable. To be called before a pointer to content is written that
 * others follow blindly (index.json). Cheap when nothing is new. */
int pl_store_sync(struct pl_store *s, struct pl_err *err) PL_MUST_USE;

/* Records: kind is a literal ("inrelease", "definition", "files", "package", "layer", "image",
 * "proof", "pushed", "fleet"); key a digest over inputs, rules and format. A record is checked
 * by a hash of its own, a damaged one counts as absent: 1 found (appended to *ret), 0 absent. A
 * record may outlive what it names (somebody deleted it, or the power failed): callers ask
 * pl_store_has, with the size, and make it again. */
int pl_store_record_get(struct pl_store *s, const char *kind, const struct pl_digest *key,
			struct pl_buf *ret, struct pl_err *err) PL_MUST_USE;
int pl_store_record_put(struct pl_store *s, const char *kind, const struct pl_digest *key,
			struct pl_str data, struct pl_err *err) PL_MUST_USE;

/* All that the store holds, to see what is there and to delete: by kind and name, in the arena.
 * Files that are not the store's (of another form of name) are left out, as is index.json. */
enum pl_store_part {
	PL_STORE_PART_BLOB,
	PL_STORE_PART_INPUT,
	PL_STORE_PART_RECORD,
	PL_STORE_PART_TMP
};
struct pl_store_item {
	enum pl_store_part part;
	const char *kind;        /* of a record, else "" */
	const char *name;        /* of the file */
	struct pl_digest digest; /* of content, the key of a record; of tmp/ none */
	uint64_t size;
	int64_t used; /* when it was written or last asked for, to the day */
};
struct pl_store_items {
	struct pl_store_item *v;
	size_t n;
};
int pl_store_list(struct pl_store *s, struct pl_arena *a, struct pl_store_items *ret,
		  struct pl_err *err) PL_MUST_USE;
/* As pl_store_record_get, without counting as a use. */
int pl_store_record_peek(struct pl_store *s, const struct pl_store_item *record, struct pl_buf *ret,
			 struct pl_err *err) PL_MUST_USE;
/* Waits until nobody else has the store open, and keeps everybody out until it is freed: before
 * anything is deleted. PL_BUSY after ten minutes. */
int pl_store_alone(struct pl_store *s, struct pl_err *err) PL_MUST_USE;
/* Deletes; one that is gone already is fine. */
int pl_store_drop(struct pl_store *s, const struct pl_store_item *item,
		  struct pl_err *err) PL_MUST_USE;
/* Reads all content again: what was read, and of that what is not what its name says, which is
 * moved aside so that the next run makes or fetches it anew. In the arena. */
int pl_store_check(struct pl_store *s, struct pl_arena *a, struct pl_store_items *ret_checked,
		   struct pl_store_items *ret_damaged, struct pl_err *err) PL_MUST_USE;
