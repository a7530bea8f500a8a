// SPDX-License-Identifier: Apache-2.0
/*
 * Writing a layer, or a piece of one, into the store: tar entries (image-spec layer.md) in
 * deterministic gzip members, hashed packed and unpacked on the way. Ownership:
 * pl_layer_writer_done frees what an unfinished one holds; nothing is committed then. Thread rule:
 * one writer a thread.
 */
#pragma once

#include "io/gzip_write.h"
#include "io/tar.h"
#include "store/store.h"

struct pl_layer_blob {
	struct pl_digest digest; /* of the packed bytes */
	struct pl_digest diff_id;
	uint64_t size, unpacked; /* bytes */
};

struct pl_layer_writer {
	struct pl_sink *out;
	struct pl_gzip gzip;
	struct pl_sha256 hash;
	struct pl_buf header;
	struct pl_layer_blob blob;
	size_t entries;
};

/* A whole layer, into the store's blobs. */
int pl_layer_begin(struct pl_layer_writer *l, struct pl_store *store,
		   const struct pl_compressor *compressor, struct pl_err *err) PL_MUST_USE;
/* A piece that layers are put together from, into the store's inputs. It has no diff_id and no end
 * of the archive. scratch: a file that the unpacked bytes go to as well, -1: none (borrowed; -1
 * afterwards in gzip.raw if it could not hold them). */
int pl_layer_begin_piece(struct pl_layer_writer *l, struct pl_store *store,
			 const struct pl_compressor *compressor, int scratch,
			 struct pl_err *err) PL_MUST_USE;
/* An entry without its body. */
int pl_layer_entry(struct pl_layer_writer *l, const struct pl_tar_entry *e,
		   struct pl_err *err) PL_MUST_USE;
/* The padding behind a body of this size, which went through l->gzip. */
int pl_layer_padding(struct pl_layer_writer *l, uint64_t size, struct pl_err *err) PL_MUST_USE;
/* An entry with its body; e->size is the body's. */
int pl_layer_put(struct pl_layer_writer *l, const struct pl_tar_entry *e, struct pl_str body,
		 struct pl_err *err) PL_MUST_USE;
/* Ends and commits. */
int pl_layer_finish(struct pl_layer_writer *l, struct pl_layer_blob *ret,
		    struct pl_err *err) PL_MUST_USE;
int pl_layer_finish_piece(struct pl_layer_writer *l, struct pl_layer_blob *ret,
			  struct pl_err *err) PL_MUST_USE;
void pl_layer_writer_done(struct pl_layer_writer *l);
