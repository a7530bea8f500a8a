// SPDX-License-Identifier: Apache-2.0
/*
 * One run of the builder: what it has loaded and made so far. Ownership: pl_builder owns everything
 * below it; results are copied out. Thread rule: `loaded` and `layers` are filled in parallel
 * phases that each own their slots, and read-only afterwards; body caches have a lock of their own.
 */
#pragma once

#include "assemble/build.h"
#include "assemble/package_int.h"
#include "base/map.h"
#include "fleet/files.h"
#include "lockfile/edits.h"
#include "package/proof.h"

#include <pthread.h>

/* mtime of everything that no package ships: directories, generated files, the fleet's files. A
 * constant, so that a new Release date alone changes no image (docs/decisions/0004).
 * 2000-01-01T00:00:00Z. */
#define PL_EPOCH 946684800

#define PL_DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* A package read under one set of exclusions. */
struct pl_loaded {
	const struct pl_package_format *format;
	const struct pl_lock_package *lock;
	const char **exclude; /* of the definition that asked, or NULL */
	const struct pl_str *lost;
	size_t n_lost;
	struct pl_arena arena;
	struct pl_package_facts facts;
	struct pl_fragment fragment;
	struct pl_lock_script *scripts; /* what it would run, as this program judges it */
	size_t n_scripts;
	bool fresh;
	int raw; /* scratch file with the fragment's unpacked bytes until its layer is made; -1:
		    none */
	/* Small bodies, read from the fragment once when an effect first asks (body.c). */
	pthread_mutex_t bodies_lock;
	struct pl_map bodies; /* raw sha256 -> struct pl_str* */
	struct pl_arena bodies_arena;
	bool bodies_loaded;
};

/* A layer made of a group of packages. */
struct pl_group {
	struct pl_digest key;
	const char *name;
	struct pl_loaded **packages; /* sorted by name */
	size_t n_packages;
	const char *created_by;
	struct pl_built_layer layer;
	bool fresh;
};

/* One image on one platform while it is being built. */
struct pl_target {
	const struct pl_image *image;
	const struct pl_platform *platform;
	const struct pl_lock_image *lock;
	struct pl_target *base; /* NULL: none */
	unsigned level;         /* distance from nothing: bases first */
	struct pl_digest key;
	bool reused;                 /* everything came from the image's record */
	struct pl_loaded **packages; /* own stage, sorted by name */
	size_t n_packages;
	struct pl_loaded **effective; /* base's too, sorted by name; owner numbers of the tree */
	size_t n_effective;
	struct pl_fleet_file *files; /* of the fleet's directory, own stage */
	size_t n_files;
	struct pl_group **groups; /* own stage, in layer order */
	size_t n_groups;
	struct pl_tree tree; /* as it is wanted; only when has_tree */
	bool has_tree;
	PL_VEC(struct pl_script_note) notes; /* composing made; texts in the arena */
	size_t n_refused;                    /* of these, unknown ones */
	PL_VEC(struct pl_id_want) ids;       /* accounts that its packages make */
	uint32_t next_id;
	int64_t newest;        /* config's created */
	struct pl_arena arena; /* of what `built` points to: targets are made in parallel */
	struct pl_built_platform built;
	bool has_children; /* in this run */
};

struct pl_builder {
	const struct pl_env *env;
	const struct pl_fleet *fleet;
	const struct pl_lock *lock;
	struct pl_store *store;
	const char *registry; /* where the images are to lie; NULL: nowhere */
	struct pl_build_options options;
	struct pl_files *files;
	struct pl_lock_edits edits;             /* with options->locked */
	const struct pl_compressor *compressor; /* the lock's */
	struct pl_arena arena;
	PL_VEC(struct pl_target *) targets; /* bases before children */
	PL_VEC(struct pl_loaded *) loaded;
	struct pl_map loaded_by_key;
	PL_VEC(struct pl_group *) groups;
	struct pl_map groups_by_key;
	pthread_mutex_t memory_lock; /* of effects' memory between images */
	struct pl_map memory;
	struct pl_arena memory_arena;
	struct pl_map elf;      /* raw sha256 -> const struct pl_elf_facts* */
	struct pl_map programs; /* raw sha256 -> const struct pl_program* */
	bool proves;            /* no layer and no image is made */
	/* Optional: hears what the scripts of the images do. */
	void (*tell)(void *ctx, const struct pl_target *t, const struct pl_lock_package *p,
		     const struct pl_install_event *e);
	void *tell_ctx;
	struct pl_build_result *result;
};

/* One image composed, whatever records say; *ret owns *ret_target. tell may be NULL. */
struct pl_compose_request {
	const char *image; /* id */
	const struct pl_platform *platform;
	void (*tell)(void *ctx, const struct pl_target *t, const struct pl_lock_package *p,
		     const struct pl_install_event *e);
	void *ctx;
};
int pl_builder_compose(const struct pl_env *env, const struct pl_fleet *f, const struct pl_lock *l,
		       struct pl_store *store, const struct pl_compose_request *rq,
		       struct pl_build_result **ret, struct pl_target **ret_target,
		       struct pl_err *err) PL_MUST_USE;

/* check.c: PL_INPUT when the lock is not of these definitions, PL_SCRIPTS for scripts that nobody
 * answers for: all of them at once. */
int pl_builder_check(const struct pl_builder *b, struct pl_err *err) PL_MUST_USE;
/* Scripts that were refused when the targets were composed, and that no definition answers for,
 * fail the build. PL_SCRIPTS. */
int pl_builder_check_scripts(const struct pl_builder *b, struct pl_err *err) PL_MUST_USE;

/* load.c: the packages that the targets need. */
int pl_builder_load(struct pl_builder *b, struct pl_err *err) PL_MUST_USE;
struct pl_loaded *pl_builder_want(struct pl_builder *b, const struct pl_lock_package *p,
				  const char **exclude);
void pl_loaded_free(struct pl_loaded *l);

/* group.c: layers of packages. */
int pl_builder_groups(struct pl_builder *b, struct pl_err *err) PL_MUST_USE;

/* body.c: the bytes of a file of a target's tree. */
int pl_target_read(struct pl_builder *b, const struct pl_target *t, const struct pl_node *n,
		   struct pl_buf *ret, struct pl_err *err) PL_MUST_USE;

/* compose.c: the tree a target wants, and the tree its package layers give. Where scripts are
 * refused, the first may lack what comes after them. */
int pl_target_compose(struct pl_builder *b, struct pl_target *t, struct pl_err *err) PL_MUST_USE;
int pl_target_stack(struct pl_builder *b, const struct pl_target *t, struct pl_tree *ret,
		    struct pl_err *err) PL_MUST_USE;
/* May a's files stand where b ships the same paths? Of two formats: never. */
bool pl_loaded_replaces(const struct pl_loaded *a, const struct pl_loaded *b);

/* top.c: the layer that turns the stacked tree into the wanted one; *ret_any false when there is no
 * difference. */
int pl_target_top(struct pl_builder *b, struct pl_target *t, const struct pl_tree *stacked,
		  struct pl_built_layer *ret, bool *ret_any, struct pl_err *err) PL_MUST_USE;

/* agree.c: what the lock says is not believed where it can be seen. Are a target's packages, which
 * are loaded, what their entries say, and their scripts those of the lock? PL_INPUT. */
int pl_target_agrees(const struct pl_builder *b, const struct pl_target *t,
		     struct pl_err *err) PL_MUST_USE;

/* files.c */
/* Puts a stage's files (its base's first) into t's tree: those whose path is one, with which NULL
 * all, its directories and links too. */
int pl_target_files(struct pl_builder *b, struct pl_target *t, const struct pl_target *stage,
		    bool (*which)(struct pl_str path), struct pl_err *err) PL_MUST_USE;

/* Numbers of "user" or "user:group", by the image's own passwd and group; NULL is 0:0. */
int pl_target_owner(struct pl_builder *b, const struct pl_target *t, const char *owner,
		    uint32_t *ret_uid, uint32_t *ret_gid, struct pl_err *err) PL_MUST_USE;

/* places.c: directories and links of a stage's definition (not of its base's). */
int pl_target_places(struct pl_builder *b, struct pl_target *t, const struct pl_target *stage,
		     struct pl_err *err) PL_MUST_USE;

/* accounts.c */
/* The text of the image's own etc/passwd or etc/group; empty when it has none. */
int pl_target_account_file(struct pl_builder *b, const struct pl_target *t, const char *path,
			   struct pl_buf *ret, struct pl_err *err) PL_MUST_USE;
/* The line of such a text whose field k (from 0) is value; p == NULL: none. */
struct pl_str pl_account_line(struct pl_str text, unsigned k, struct pl_str value);
/* Users and groups of a stage's definition (its base's first) into t's tree. */
int pl_target_accounts(struct pl_builder *b, struct pl_target *t, const struct pl_target *stage,
		       const struct pl_effect_input *in, struct pl_err *err) PL_MUST_USE;

/* image.c: layers and config. */
/* The config's labels, sorted, in the target's arena with room for more: the definition's, and what
 * those who probe from outside ask for. */
struct pl_annotation *pl_target_labels(struct pl_target *t, size_t room, size_t *ret_n);
int pl_target_image(struct pl_builder *b, struct pl_target *t, struct pl_err *err) PL_MUST_USE;

/* manifest.c: the manifest of a target whose base has one; the index of those. */
int pl_target_manifest(struct pl_builder *b, struct pl_target *t, struct pl_err *err) PL_MUST_USE;
/* The image with its platforms as they are built, in the definition's order. */
void pl_builder_list(struct pl_builder *b, const struct pl_image *image,
		     struct pl_built_image *ret);
int pl_builder_index(struct pl_builder *b, const struct pl_image *image, struct pl_built_image *ret,
		     struct pl_err *err) PL_MUST_USE;

/* warn.c: what the composed target lacks, into t->built. */
int pl_target_warn(struct pl_builder *b, struct pl_target *t, struct pl_err *err) PL_MUST_USE;

/* proof_record.c: what composing a target showed, its warnings, notes and accounts, as a record.
 * recall: 1, or 0 when there is none. */
int pl_target_proof_remember(struct pl_builder *b, const struct pl_target *t,
			     struct pl_err *err) PL_MUST_USE;
int pl_target_proof_recall(struct pl_builder *b, struct pl_target *t,
			   struct pl_err *err) PL_MUST_USE;

/* image_record.c: what a build of the same inputs gave before. */
void pl_target_key(const struct pl_builder *b, struct pl_target *t);
int pl_target_recall(struct pl_builder *b, struct pl_target *t,
		     struct pl_err *err) PL_MUST_USE; /* sets reused */
int pl_target_remember(struct pl_builder *b, const struct pl_target *t,
		       struct pl_err *err) PL_MUST_USE;
