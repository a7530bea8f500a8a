// SPDX-License-Identifier: Apache-2.0
/*
 * The inventory: which package is in which image, which images stand on
 * which. Facts keyed by content: a tag is a pointer with a history. Backed by SQLite. Names are
 * "repository:tag" as people write them. Ownership: results in the caller's arena. Thread rule: one
 * struct per thread (one connection); open as many as needed.
 */
#pragma once

#include "base/arena.h"
#include "base/digest.h"
#include "base/env.h"
#include "base/json.h"
#include "base/reference.h"

struct pl_inv;
/* path NULL: $PLIMSOLL_DB, else $XDG_DATA_HOME/plimsoll/inventory.db. Creates and migrates. A
 * locked database waits 5 s, then PL_BUSY; a corrupt one is PL_DAMAGED and says what to do.
 * PL_USAGE for a URL: publish/registrar.h registers there. */
int pl_inv_open(const struct pl_env *env, const char *path, struct pl_inv **ret,
		struct pl_err *err) PL_MUST_USE;
void pl_inv_free(struct pl_inv *inv);
PL_DEFINE_FREEP(inv)

struct pl_inv_package {
	const char *name, *version; /* required */
	const char *architecture, *source, *source_version,
		*ecosystem; /* NULL: "", name, version, "debian" */
};
struct pl_registration {
	struct pl_ref name; /* "host/repo:tag" */
	struct pl_ref base; /* "name:tag" or "name@sha256:.."; repository NULL: none */
	bool has_digest, has_base_digest;
	struct pl_digest digest; /* of index or manifest; without one computed from the content */
	struct pl_digest base_digest;    /* content of the base it stands on; without one: what base
					    means now */
	const char *base_evidence;       /* "build", "annotation" (diff_ids outweigh it), "layers",
					    "declared" */
	struct pl_inv_package *packages; /* of its own stage */
	size_t n_packages;
	const char **removed; /* package names removed at that stage, NULL-terminated or NULL */
	/* Optional facts from a build or a scan. */
	struct pl_digest *diff_ids; /* of one platform, for prefix matching */
	size_t n_diff_ids;
	/* A build's other platforms: their diff_ids one after another, each of the length given. */
	const struct pl_digest *const *more_diff_ids;
	const size_t *more_n_diff_ids;
	size_t n_more;
	const char *platform;   /* "linux/amd64" when the facts are of one platform; NULL: all */
	const char *definition; /* fleet image id, NULL unknown */
	/* Further names of the same content (the immutable tag). An alias can be asked about by its
	 * name, but is not listed beside its image; when the image's name moves on, the alias keeps
	 * the former content. */
	const struct pl_ref *aliases;
	size_t n_aliases;
	const char *if_match; /* the etag that was read: PL_STALE when the image has changed
				 since; NULL: whatever it is */
};
enum pl_put_mode {
	PL_PUT_CREATE,  /* POST: PL_CONFLICT when the name holds something else */
	PL_PUT_REPLACE, /* PUT: PL_NOT_FOUND when absent */
	PL_PUT_UPSERT,  /* what push does */
};
/* PL_INPUT for what no inventory would take; asks none. */
int pl_registration_check(const struct pl_registration *r, struct pl_err *err) PL_MUST_USE;
/* One transaction. 1: something changed; 0: it was there just so. Cycles of bases: PL_CONFLICT
 * names them. */
int pl_inv_put(struct pl_inv *inv, const struct pl_registration *r, enum pl_put_mode mode,
	       struct pl_err *err) PL_MUST_USE;
/* PL_CONFLICT with the reasons while it has children, unless force. */
int pl_inv_delete(struct pl_inv *inv, struct pl_str name, bool force,
		  struct pl_err *err) PL_MUST_USE;
/* As pl_inv_delete, only while the image's etag is if_match (else PL_STALE). */
int pl_inv_delete_match(struct pl_inv *inv, struct pl_str name, bool force, const char *if_match,
			struct pl_err *err) PL_MUST_USE;

struct pl_inv_image {
	const char *name; /* repository:tag */
	struct pl_digest digest;
	const char *base; /* as registered with this name, NULL none */
	const char *base_evidence;
	bool has_base_digest; /* the content it stands on is known by digest */
	struct pl_digest base_digest;
	bool behind;            /* base's name means newer content now */
	const char *definition; /* NULL unknown */
	int64_t since;          /* when the name began to mean this content */
	unsigned wave;    /* in children queries: longest distance from the image asked about */
	const char *etag; /* changes whenever anything known of the image does */
};
struct pl_inv_images {
	struct pl_inv_image *v;
	size_t n;
};
int pl_inv_images_list(struct pl_inv *inv, struct pl_arena *a, struct pl_inv_images *ret,
		       struct pl_err *err) PL_MUST_USE;
/* At most limit images after the name `after` (NULL: from the start), by repository and tag. */
int pl_inv_images_page(struct pl_inv *inv, struct pl_arena *a, const char *after, size_t limit,
		       struct pl_inv_images *ret, struct pl_err *err) PL_MUST_USE;
/* PL_NOT_FOUND if unknown. name: "repo:tag" or "repo@sha256:..". */
int pl_inv_image_get(struct pl_inv *inv, struct pl_arena *a, struct pl_str name,
		     struct pl_inv_image *ret, struct pl_err *err) PL_MUST_USE;
/* Every name, also immutable tags, by repository and tag. */
struct pl_inv_name {
	const char *name;  /* repository:tag */
	const char *image; /* that it is an alias of; NULL: it is an image's own */
	int64_t since;     /* when it began to mean its content */
};
int pl_inv_names(struct pl_inv *inv, struct pl_arena *a, struct pl_inv_name **ret, size_t *ret_n,
		 struct pl_err *err) PL_MUST_USE;
int pl_inv_children(struct pl_inv *inv, struct pl_arena *a, struct pl_str name, bool recursive,
		    struct pl_inv_images *ret, struct pl_err *err) PL_MUST_USE;
/* effective: base's packages too (overridden and removed ones applied). */
int pl_inv_image_packages(struct pl_inv *inv, struct pl_arena *a, struct pl_str name,
			  bool effective, struct pl_inv_package **ret, size_t *ret_n,
			  struct pl_err *err) PL_MUST_USE;
/* Where a package is: effective content of current tags. */
struct pl_inv_holding {
	struct pl_inv_package package;
	const char **images; /* sorted names, NULL-terminated */
	size_t n_images;
};
struct pl_package_query {
	struct pl_str name;
	bool by_source;           /* name is a source package */
	const char *op, *version; /* "lt","le","eq","ge","gt" and version (source version with
				     by_source), in the order of the package's own ecosystem;
				     NULL: all */
	const char *ecosystem;    /* NULL: all */
};
/* By name, ecosystem and version. PL_NOT_FOUND for a package never seen. A version of an ecosystem
 * without an order (version/version.h) is neither lower nor higher than another: PL_INPUT when
 * "lt", "le", "ge" or "gt" asks about such versions alone; when there are others too, it is noted
 * in the env's progress, and they are held to be equal or left out. */
int pl_inv_packages(struct pl_inv *inv, struct pl_arena *a, const struct pl_package_query *q,
		    struct pl_inv_holding **ret, size_t *ret_n, struct pl_err *err) PL_MUST_USE;
/* What may have been meant by a (source) package that was never seen, for people: "did you mean
 * libssl3?", in the arena. Reads every name, so it is not for a server's callers. 1, 0 (nothing is
 * like it), negative. */
int pl_inv_package_near(struct pl_inv *inv, struct pl_arena *a, struct pl_str name, bool by_source,
			const char **ret, struct pl_err *err) PL_MUST_USE;
/* Known image whose diff_ids are the longest proper prefix of these; false if none. near: the
 * repository of the image (NULL: none); of the names that a base has, one beside it is preferred.
 */
int pl_inv_base_by_layers(struct pl_inv *inv, struct pl_arena *a, const char *near,
			  const struct pl_digest *diff_ids, size_t n, const char **ret_name,
			  struct pl_digest *ret_digest,
			  struct pl_err *err) PL_MUST_USE; /* 1, 0, negative */
/* May an image with these layers stand on what is claimed to be its base? 0: the base's layers are
 * known, and the image's do not begin with them; 1: they do, or nobody knows; negative. digest
 * (NULL: none): of the base; by_name: where it is not known, the base is what its name means or has
 * meant. */
int pl_inv_base_is_possible(struct pl_inv *inv, const struct pl_ref *base,
			    const struct pl_digest *digest, bool by_name,
			    const struct pl_digest *diff_ids, size_t n,
			    struct pl_err *err) PL_MUST_USE;

/* Does it name a server rather than a database? */
bool pl_inv_is_url(const char *place);
/* What is known of this content, under whatever name; its name is its digest. 1, 0 (unknown),
 * negative. */
int pl_inv_content_get(struct pl_inv *inv, struct pl_arena *a, const struct pl_digest *digest,
		       struct pl_inv_image *ret, struct pl_err *err) PL_MUST_USE;
/* Are its packages known for all its platforms (from a build)? Then one platform's scan says
 * nothing new. 1, 0, negative. */
int pl_inv_content_is_whole(struct pl_inv *inv, const struct pl_digest *digest,
			    struct pl_err *err) PL_MUST_USE;
