// SPDX-License-Identifier: Apache-2.0
/*
 * plimsoll.lock: canonical JSON, one input a line, sorted. It decides all that comes from outside,
 * and records what the fleet's own definitions and files were (docs/decisions/0023).
 * Reading checks everything (format, sorted, no unknown key, references between parts). Ownership:
 * the lock's arena.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/env.h"
#include "base/platform.h"

#define PL_LOCK_FORMAT 2
#define PL_LOCK_FORMAT_INPUTS 2 /* the first that tells `inputs` from `definition` */
#define PL_LOCK_SCRIPTS_MAX 32  /* of one package; who opens packages holds to it too */
/* What a package of a distro belongs to when the lock does not say. */
#define PL_LOCK_ECOSYSTEM "debian"

struct pl_lock_script {
	const char *name;
	struct pl_digest sha256; /* normalised */
	const char *verdict, *reason;
};
struct pl_lock_package {
	const char *ecosystem; /* of its format: PL_LOCK_ECOSYSTEM, the only one that is written by
				  not being named */
	const char *name, *version, *architecture; /* architecture of the package: "all" possible */
	const char *source, *source_version;
	struct pl_digest sha256;
	uint64_t size, installed_kib;
	const char *filename; /* pool path */
	const char *suite;
	const char *why;   /* "asked for by base", or "nginx-common: Depends: debconf (>= 0.5)" */
	const char *layer; /* group it belongs to */
	struct pl_lock_script *scripts;
	size_t n_scripts;
	unsigned index; /* position in its distro's list */
};
struct pl_lock_suite {
	const char *suite;
	int64_t date;
	struct pl_digest sha256; /* of the signed text */
	const char *fingerprint;
};
struct pl_lock_id {
	const char *name;
	bool is_group;
	uint32_t id;
};
struct pl_lock_distro {
	const char *name;
	struct pl_lock_suite *suites;
	size_t n_suites;
	struct pl_lock_id *ids; /* sorted: groups before users, by name */
	size_t n_ids;
	struct pl_lock_package *packages; /* sorted by name, version, architecture, sha256 */
	size_t n_packages;
};
struct pl_lock_file {
	const char *to, *from;
	struct pl_digest sha256;
	uint64_t size;
	uint32_t mode;
};
/* One image, variant and platform. */
struct pl_lock_image {
	const char *id;
	const struct pl_platform *platform;
	const char *base; /* id of the base, NULL: none */
	const char *distro;
	struct pl_digest definition;       /* pl_image.hash when locked */
	struct pl_digest inputs;           /* pl_image.inputs; zeros before PL_LOCK_FORMAT_INPUTS */
	struct pl_lock_package **packages; /* of its own stage (base's left out), sorted by name */
	size_t n_packages;
	struct pl_lock_file *files;
	size_t n_files;
};
struct pl_lock {
	struct pl_arena arena;
	uint64_t format;
	const char *compressor;         /* by its name (io/compressor.h) */
	struct pl_lock_distro *distros; /* sorted by name */
	size_t n_distros;
	struct pl_lock_image *images; /* sorted by id, platform */
	size_t n_images;
};
struct pl_lock *pl_lock_new(void);
void pl_lock_free(struct pl_lock *l);
PL_DEFINE_FREEP(lock)
/* PL_NOT_FOUND (says: run plimsoll lock), PL_INPUT with file:line:column. */
int pl_lock_load(const struct pl_env *env, const char *path, struct pl_lock **ret,
		 struct pl_err *err) PL_MUST_USE;
int pl_lock_parse(struct pl_str text, const char *what, struct pl_lock **ret,
		  struct pl_err *err) PL_MUST_USE;
/* Canonical bytes; sorts nothing: the maker has sorted (asserted). */
void pl_lock_format(const struct pl_lock *l, struct pl_buf *ret);
/* How long another writer is waited for. */
#define PL_LOCK_WAIT_S 60
/* Keeps every other writer of the lock at path out, of any user and with any store: taken before
 * the lock is read, held until what was planned from it is done. Waits up to wait_s seconds and
 * says so (pl_note). The descriptor is the guard: closing it, or the end of the process, frees it.
 * PL_BUSY, PL_NOT_FOUND without its directory, PL_INPUT for a lock that is a symbolic link. */
int pl_lock_guard(const struct pl_env *env, const char *path, unsigned wait_s, int *ret_fd,
		  struct pl_err *err) PL_MUST_USE;
/* Atomic; leaves the file alone when the bytes are the same (*ret_changed false). PL_INPUT for a
 * symbolic link. The caller holds the guard. */
int pl_lock_save(const struct pl_lock *l, const char *path, bool *ret_changed,
		 struct pl_err *err) PL_MUST_USE;
const struct pl_lock_distro *pl_lock_distro_find(const struct pl_lock *l, const char *name);
const struct pl_lock_image *pl_lock_image_find(const struct pl_lock *l, const char *id,
					       const struct pl_platform *platform);

/* Runtimes fail between 70 and 127 layers: so many at most for an image without a base, and for one
 * with a base, all of the base's counted. */
#define PL_LAYERS_BASE 20
#define PL_LAYERS 40
/* The layers of an image's packages: *ret has one for each of i->packages, as the lock says, but
 * where the stack would get too high the smallest of the image's own are one, "joined". What is
 * locked need not change for it: that depends on this image and its bases alone. Where a base has
 * used up the number, an image gets one layer for its packages all the same. *ret_stack: how many
 * layers there are with those of the bases and a top layer of each, which may not be needed. The
 * list is the arena's, the names are the lock's. */
void pl_lock_layers(const struct pl_lock *l, const struct pl_lock_image *i, struct pl_arena *a,
		    const char *const **ret, size_t *ret_stack);

/* One difference between two locks, for plans. */
struct pl_lock_change {
	const char *distro, *package, *architecture;
	const char *from, *to; /* versions; NULL: added or removed */
	const char *source;
};
struct pl_lock_changes {
	struct pl_lock_change *v;
	size_t n;
};
void pl_lock_diff(struct pl_arena *a, const struct pl_lock *from, const struct pl_lock *to,
		  struct pl_lock_changes *ret);
/* An image that is new, gone, or not what it was, versions of packages apart. */
struct pl_lock_image_change {
	const char *id;
	bool is_old, is_new; /* the former lock has it, the new one has it */
	bool definition;     /* it is another one: */
	struct pl_digest from, to;
	const char **platforms_new, **platforms_gone; /* NULL-terminated, as the next */
	const char **files; /* targets of the fleet's files that are others, new or gone */
};
struct pl_lock_image_changes {
	struct pl_lock_image_change *v; /* by id */
	size_t n;
};
/* from NULL: all are new. */
void pl_lock_diff_images(struct pl_arena *a, const struct pl_lock *from, const struct pl_lock *to,
			 struct pl_lock_image_changes *ret);
/* A suite whose signed index is another one. */
struct pl_lock_suite_change {
	const char *distro, *suite;
	bool has_from;    /* it was in the former lock */
	int64_t from, to; /* dates */
};
struct pl_lock_suite_changes {
	struct pl_lock_suite_change *v; /* in the lock's order */
	size_t n;
};
void pl_lock_diff_suites(struct pl_arena *a, const struct pl_lock *from, const struct pl_lock *to,
			 struct pl_lock_suite_changes *ret);
/* Orders of the lists: what the maker sorts by and the reader checks. */
int pl_lock_package_cmp(const struct pl_lock_package *a, const struct pl_lock_package *b);
int pl_lock_id_cmp(const struct pl_lock_id *a, const struct pl_lock_id *b);
int pl_lock_image_cmp(const struct pl_lock_image *a, const struct pl_lock_image *b);
