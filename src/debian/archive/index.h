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
#include "base/digest.h"
#include "base/env.h"
#include "base/map.h"
#include "debian/archive/sources.h"
#include "debian/deb/deps.h"
#include "store/store.h"
#include "version/debian.h"

#include <pthread.h>

enum pl_priority {
	PL_PRIO_REQUIRED,
	PL_PRIO_IMPORTANT,
	PL_PRIO_STANDARD,
	PL_PRIO_OPTIONAL,
	PL_PRIO_EXTRA
};

struct pl_package {
	struct pl_str name, version, architecture; /* architecture: "all" or the index's */
	struct pl_str source, source_version;      /* Source field split, else name and version */
	struct pl_str filename;                    /* pool path */
	struct pl_str section, multi_arch;
	struct pl_digest sha256;
	uint64_t size, installed_kib;
	enum pl_priority priority;
	bool essential;
	unsigned suite;       /* index into pl_index.suites */
	struct pl_str stanza; /* as it stands in Packages */
	struct pl_str provides_field;
	struct pl_deps pre_depends, depends, provides, conflicts, breaks, replaces;
	bool relations_parsed; /* the relations above are filled by pl_package_relations */
};

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

struct pl_index {
	struct pl_arena arena;
	const char *architecture; /* Debian's name */
	struct pl_suite_state *suites;
	size_t n_suites;
	struct pl_package *packages;
	size_t n_packages;
	struct pl_map by_name;   /* name -> struct pl_package_list, highest version first */
	struct pl_map providers; /* virtual name -> struct pl_package_list */
	size_t cap_packages;
	size_t n_relations;   /* parsed so far: bounded */
	pthread_mutex_t lock; /* of arena, relations and n_relations */
	char **texts;         /* heap: the Packages files that the slices above point into */
	size_t n_texts;
};
struct pl_package_list {
	struct pl_package **v;
	size_t n;
};
struct pl_index *pl_index_new(const char *architecture); /* empty; borrows architecture */
void pl_index_free(struct pl_index *ix);
PL_DEFINE_FREEP(index)

/* What a former lock knew of a suite: a Date before this is PL_VERIFY (rollback). */
struct pl_suite_floor {
	const char *suite;
	int64_t date;
};

struct pl_index_request {
	const struct pl_suite_source *suites;
	size_t n_suites;
	const char *const *architectures; /* Debian names */
	size_t n_architectures;
	const struct pl_suite_floor *floors;
	size_t n_floors;
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

/* The pure parts. */
/* Verifies clear-signed text with gpgv and keyring; ret_text is what gpgv wrote. */
int pl_release_verify(const struct pl_env *env, struct pl_str inrelease, const char *keyring,
		      const char *where, struct pl_buf *ret_text, char ret_fingerprint[65],
		      struct pl_err *err) PL_MUST_USE;
struct pl_release_file {
	struct pl_str path;
	uint64_t size;
	struct pl_digest sha256;
};
struct pl_release {
	struct pl_str suite, codename;
	int64_t date, valid_until;
	bool by_hash;
	struct pl_release_file *files; /* SHA256 section only, sorted by path */
	size_t n_files;
};
int pl_release_parse(struct pl_arena *a, struct pl_str text, const char *where,
		     struct pl_release *ret, struct pl_err *err) PL_MUST_USE;
/* Adds the paragraphs of one Packages file; text must outlive ix (it lives in ix's arena or is
 * mapped). */
int pl_packages_parse(struct pl_index *ix, struct pl_str text, unsigned suite, const char *where,
		      struct pl_err *err) PL_MUST_USE;
/* Builds by_name and providers. Call once, after the last _parse. The same version in several
 * suites counts once, from the first. */
int pl_index_finish(struct pl_index *ix, struct pl_err *err) PL_MUST_USE;
/* Parses the relation fields of p, once. */
int pl_package_relations(struct pl_index *ix, struct pl_package *p, struct pl_err *err) PL_MUST_USE;
/* Highest version of that name, NULL if none. */
struct pl_package *pl_index_candidate(const struct pl_index *ix, struct pl_str name);
/* That very version, NULL if none. */
struct pl_package *pl_index_find(const struct pl_index *ix, struct pl_str name,
				 struct pl_str version);

/* Makes sure that the .debs are in the store's inputs, fetching what is missing from the suites'
 * mirrors, in parallel, size and hash checked. */
struct pl_deb_request {
	const char *const *uris; /* mirrors to try in order, NULL-terminated */
	struct pl_str filename;
	uint64_t size;
	struct pl_digest sha256;
};
int pl_debs_fetch(const struct pl_env *env, struct pl_store *store, const struct pl_deb_request *v,
		  size_t n, uint64_t *ret_fetched_bytes, struct pl_err *err) PL_MUST_USE;
