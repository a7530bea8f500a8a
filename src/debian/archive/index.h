// SPDX-License-Identifier: Apache-2.0
/*
 * A distribution's package indexes for one architecture: signed InRelease, its Packages files, and
 * the packages in them, indexed by name and by what they provide. The chain of trust is: keyring ->
 * InRelease (gpgv's own output only) -> hash of each Packages file -> hash of each .deb.
 * Ownership: everything lives in the index. Thread rule: read-only after loading, but for
 * pl_package_relations, which any thread may call.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/env.h"
#include "base/map.h"
#include "debian/archive/package.h"
#include "debian/archive/sources.h"
#include "store/store.h"
#include "version/debian.h"

/* What was read of a suite: goes into the lock. */
struct pl_suite_state {
	const char *suite;
	const char **components;
	const char *uri; /* mirror that answered */
	const char *codename;
	int64_t date;
	int64_t valid_until;             /* 0: none given */
	struct pl_digest release_sha256; /* of the signed text gpgv wrote */
	char fingerprint[65];            /* primary key, upper-case hex; several: the lowest */
};

struct pl_index;
struct pl_package_list {
	struct pl_package **v;
	size_t n;
};
void pl_index_free(struct pl_index *ix);
PL_DEFINE_FREEP(index)

/* What a former lock knew of a suite: a Date before this is PL_VERIFY (rollback). So is one before
 * that of the last InRelease which the store has seen at that URI. */
struct pl_suite_floor {
	const char *suite;
	int64_t date;
};

struct pl_budget;
struct pl_index_request {
	const struct pl_suite_source *suites;
	size_t n_suites;
	const char *const *architectures; /* Debian names */
	size_t n_architectures;
	const struct pl_suite_floor *floors;
	size_t n_floors;
	struct pl_budget *memory; /* outlives the indexes; NULL: each has one of its own */
	/* An InRelease may be old: neither floors nor Valid-Until count. */
	bool any_age;
	/* Only a look: what is read becomes nobody's floor, and not what --offline takes. */
	bool aside;
	/* Of the InReleases that the store has seen, the one whose signed text has that hash; NULL:
	 * the mirrors'. PL_NOT_FOUND when there is none. Any age, and aside. */
	const struct pl_digest *release;
};
/*
 * Fetches and verifies all suites and reads the indexes of all architectures, in parallel, through
 * the store (a Packages file whose hash is there is not fetched again; by-hash paths; .xz, .gz or
 * plain; "all" packages from binary-<arch>). ret gets n_architectures indexes, in order. Errors:
 * PL_REMOTE with host; PL_VERIFY for signature, hash, size, expired Valid-Until, Date going
 * backwards, other suite/codename than asked.
 */
int pl_indexes_load(const struct pl_env *env, struct pl_store *store,
		    const struct pl_index_request *rq,
		    struct pl_index **ret /* [n_architectures] */, struct pl_err *err) PL_MUST_USE;

/* An index of a text in the form of a Packages file; architecture is borrowed. */
int pl_index_of_text(const char *architecture, struct pl_str text, const char *where,
		     struct pl_index **ret, struct pl_err *err) PL_MUST_USE;

/* Parses the relation fields of p, once. */
int pl_package_relations(struct pl_index *ix, struct pl_package *p, struct pl_err *err) PL_MUST_USE;
/* Highest version of that name, NULL if none. */
struct pl_package *pl_index_candidate(const struct pl_index *ix, struct pl_str name);
/* That very version, NULL if none. */
struct pl_package *pl_index_find(const struct pl_index *ix, struct pl_str name,
				 struct pl_str version);
/* Names of its Essential packages, in the arena, NULL-terminated. */
const char *const *pl_index_essential(const struct pl_index *ix, struct pl_arena *a);
/* Debian's name of the architecture that it is of. */
const char *pl_index_architecture(const struct pl_index *ix);
/* What was read, in the order of the request; the index's. */
const struct pl_suite_state *pl_index_suites(const struct pl_index *ix, size_t *ret_n);
/* All versions of that name, highest first; NULL if none. */
const struct pl_package_list *pl_index_versions(const struct pl_index *ix, struct pl_str name);
/* Packages that provide that name; NULL if none. */
const struct pl_package_list *pl_index_providers(const struct pl_index *ix, struct pl_str name);
/* Up to four names that are near this one, the nearest first: "python3, python3.11"; nothing if
 * none is. */
void pl_index_near(const struct pl_index *ix, struct pl_str name, struct pl_buf *ret);
