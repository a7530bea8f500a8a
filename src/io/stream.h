// SPDX-License-Identifier: Apache-2.0
/*
 * Byte streams: sources are pulled, sinks are pushed; decorators wrap them. Errors are sticky:
 * after a failure every call fails with the same error. A read of 0 bytes means *verified end*:
 * limits, digests and trailers have been checked, so nothing unverified is ever taken for complete.
 * Ownership: a decorator owns what it wraps; closing the outermost closes all.
 * Thread rule: a stream belongs to one thread at a time.
 */
#pragma once

#include "base/buf.h"
#include "base/digest.h"
#include "base/env.h"

struct pl_source {
	const struct pl_source_ops *ops;
	struct pl_err err; /* sticky */
	bool ended;
};
struct pl_source_ops {
	/* Reads 1..n bytes into p and returns how many; 0 at the verified end; -code with *err set.
	 * Not called again after 0 or an error. n is at least 1. */
	int64_t (*read)(struct pl_source *s, void *p, size_t n, struct pl_err *err);
	/* Frees the stream and what it wraps. Called once, in any state. */
	void (*close)(struct pl_source *s);
};
int64_t pl_source_read(struct pl_source *s, void *p, size_t n, struct pl_err *err) PL_MUST_USE;
/* Reads exactly n bytes; PL_INPUT "<what>: ends too early" otherwise. */
int pl_source_read_full(struct pl_source *s, void *p, size_t n, const char *what,
			struct pl_err *err) PL_MUST_USE;
/* Reads to the verified end into b (whose ceiling applies: PL_LIMIT). */
int pl_source_read_all(struct pl_source *s, struct pl_buf *b, const char *what,
		       struct pl_err *err) PL_MUST_USE;
void pl_source_free(struct pl_source *s); /* NULL is fine */
PL_DEFINE_FREEP(source)

/* `what` (a file, URL, package) is copied and begins every error of the stream. */
struct pl_source *pl_source_mem(struct pl_str data);      /* borrows data */
struct pl_source *pl_source_fd(int fd, const char *what); /* owns fd */
int pl_source_file(const char *path, struct pl_source **ret, struct pl_err *err) PL_MUST_USE;
/* Fails with PL_LIMIT when more than max bytes come. */
struct pl_source *pl_source_limit(struct pl_source *in, uint64_t max, const char *what);
/* Checks size (UINT64_MAX: any) and SHA-256 (NULL: any): PL_VERIFY at the end on a mismatch, and as
 * soon as too many bytes come. */
struct pl_source *pl_source_verify(struct pl_source *in, uint64_t size,
				   const struct pl_digest *digest, const char *what);
/* Decompressors. All concatenated gzip members / zstd frames / xz streams are read; text after
 * them is PL_INPUT. Output over limits->unpacked_bytes or limits->unpacked_ratio is PL_LIMIT. */
struct pl_source *pl_source_gunzip(struct pl_source *in, const struct pl_limits *l,
				   const char *what);
/* xz: its own content check is not computed; wrap the packed source in pl_source_verify. */
struct pl_source *pl_source_unxz(struct pl_source *in, const struct pl_limits *l, const char *what);
struct pl_source *pl_source_unzstd(struct pl_source *in, const struct pl_limits *l,
				   const char *what);
/* suffix: ".gz", ".xz", ".zst", "" (plain); PL_INPUT if the content is packed in another way. NULL:
 * whatever the content is. Owns in, also when it fails. */
int pl_source_decompress_as(struct pl_source *in, const char *suffix, const struct pl_limits *l,
			    const char *what, struct pl_source **ret,
			    struct pl_err *err) PL_MUST_USE;
/* By magic bytes: gzip, xz, zstd, else as it is. */
int pl_source_decompress(struct pl_source *in, const struct pl_limits *l, const char *what,
			 struct pl_source **ret,
			 struct pl_err *err) PL_MUST_USE; /* owns in even on error */
/* Passes bytes through, adding them to *h and *count (either may be NULL), which must outlive it.
 */
struct pl_source *pl_source_tee(struct pl_source *in, struct pl_sha256 *h, uint64_t *count);

struct pl_sink {
	const struct pl_sink_ops *ops;
	struct pl_err err; /* sticky */
};
struct pl_sink_ops {
	/* Takes all n bytes, or fails. */
	int (*write)(struct pl_sink *s, const void *p, size_t n, struct pl_err *err);
	/* Flushes and makes complete. Called at most once; not after an error. */
	int (*finish)(struct pl_sink *s, struct pl_err *err);
	/* Frees the sink; without a successful finish everything written is dropped. */
	void (*close)(struct pl_sink *s);
};
int pl_sink_write(struct pl_sink *s, const void *p, size_t n, struct pl_err *err) PL_MUST_USE;
int pl_sink_finish(struct pl_sink *s, struct pl_err *err) PL_MUST_USE;
void pl_sink_free(struct pl_sink *s);
PL_DEFINE_FREEP(sink)
struct pl_sink *pl_sink_buf(struct pl_buf *b); /* borrows b; PL_LIMIT at its ceiling */
/* Copies everything from in to out (neither finished nor closed); *ret_bytes may be NULL. */
int pl_copy(struct pl_source *in, struct pl_sink *out, uint64_t *ret_bytes,
	    struct pl_err *err) PL_MUST_USE;
