// SPDX-License-Identifier: Apache-2.0
/*
 * What the program gets from outside, in one place, so that a test swaps any of it: clock, limits,
 * progress, cancellation, directories. Ownership: main owns it; everything borrows. Thread rule:
 * read by all threads after start; `stop` and progress are safe from any thread.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

#include <stdatomic.h>

/* Ceilings on input. 0 is never "no limit". */
struct pl_limits {
	uint64_t json_bytes;      /* an API body: 16 MiB */
	uint64_t manifest_bytes;  /* one OCI manifest, index or config: 4 MiB */
	uint64_t index_bytes;     /* one Packages file, unpacked: 512 MiB */
	uint64_t deb_bytes;       /* one .deb, packed: 2 GiB */
	uint64_t indexes_bytes;   /* the Packages files of one distro, unpacked: 2 GiB */
	uint64_t index_memory;    /* what a lock's indexes take of memory, for each distro on each
				     platform: 96 MiB */
	uint64_t unpacked_bytes;  /* one archive, unpacked: 16 GiB */
	uint64_t unpacked_ratio;  /* unpacked : packed, once over 64 MiB: 500 */
	uint64_t package_bytes;   /* a package's files, or twice its Installed-Size: 1 GiB */
	uint64_t image_bytes;     /* all layers of an image that is scanned, unpacked: 64 GiB */
	uint64_t image_free;      /* of these, what no unpacked_ratio has to warrant: 1 GiB */
	uint64_t archive_entries; /* entries of one archive: 400,000 */
	uint64_t path_bytes;      /* one path: 4096 */
	uint64_t header_bytes;    /* one pax or GNU long header: 1 MiB */
	uint64_t memory_file;     /* a file that must be held in memory (dpkg status): 64 MiB */
	uint64_t stall_s;         /* how long another side may be silent, or slower than min_speed:
				     30 seconds; connecting takes half of it at most */
	uint64_t min_speed;       /* bytes a second, over stall_s: 1024 */
	uint64_t request_s;     /* one operation of a registry, mirror or inventory with its tokens
				   and retries, without the time in which content moves: 120 */
	uint64_t scan_memory;   /* a scan's candidate files held in memory, beyond which they go
				   to a temporary file: 16 MiB */
	uint64_t scan_packages; /* of one database, a quarter of all layers' versions: 200,000 */
};
extern const struct pl_limits pl_limits_default;

/*
 * Progress of long work. begin/step/end may be called from any thread; text is copied.
 * total 0: unknown; a task that is begun again under its name goes on with another total. unit: "B"
 * for bytes, "" for things. item: what is waited for now, NULL: as before. A step's done is what
 * came since the last one, 0 where only the item is new. summary "": the end is not told.
 */
struct pl_progress_ops {
	void (*begin)(void *ctx, const char *task, uint64_t total, const char *unit);
	void (*step)(void *ctx, const char *task, uint64_t done, const char *item);
	void (*end)(void *ctx, const char *task, const char *summary);
	void (*note)(void *ctx, const char *text); /* a line for people: warning or fact */
};

struct pl_package_format;
struct pl_buf;

struct pl_env {
	int64_t (*now)(void *ctx); /* seconds since 1970, UTC */
	void *now_ctx;
	const struct pl_limits *limits;
	const struct pl_progress_ops *progress; /* NULL: silent */
	void *progress_ctx;
	struct pl_buf
		*problems; /* lines for people before the error (base/problems.h); NULL: dropped
			    */
	atomic_bool *stop; /* set by SIGINT/SIGTERM: long loops end with PL_INTERRUPTED */
	unsigned jobs;     /* threads for parallel work, at least 1 */
	/* The package formats of the program (package/format.h), NULL-terminated, in the order in
	 * which their packages go into a tree. NULL: none. */
	const struct pl_package_format *const *formats;
	bool offline;      /* any use of the network is PL_REMOTE; loopback is none */
	uint64_t until_ns; /* pl_mono_ns when the command must have ended; 0: never */
};

/* The machine's clock, default limits, CPU count (affinity honoured); no progress. */
void pl_env_init(struct pl_env *env);
int64_t pl_env_now(const struct pl_env *env);
/* PL_INTERRUPTED if a signal asked to stop, PL_TIMEOUT if the command's time is up. */
int pl_env_check(const struct pl_env *env, struct pl_err *err) PL_MUST_USE;
void pl_progress_begin(const struct pl_env *env, const char *task, uint64_t total,
		       const char *unit);
void pl_progress_step(const struct pl_env *env, const char *task, uint64_t done, const char *item);
void pl_progress_end(const struct pl_env *env, const char *task, const char *fmt, ...)
	PL_PRINTF(3, 4);
void pl_note(const struct pl_env *env, const char *fmt, ...) PL_PRINTF(2, 3);

/* The only way to the process environment (getenv is banned elsewhere): value or NULL. */
const char *pl_environ(const char *name);
/* $NAME if absolute, else $HOME/fallback; NULL when neither is there. XDG base directory
 * specification. Owned by the caller. */
char *pl_xdg_dir(const char *name, const char *fallback);
