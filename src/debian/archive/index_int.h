// SPDX-License-Identifier: Apache-2.0
/* Shared by the files that read an archive: control fields of large texts, release checks. */
#pragma once

#include "base/budget.h"
#include "debian/archive/debs.h"
#include "debian/archive/index.h"
#include "debian/archive/release_int.h"
#include "io/stream.h"

#include <pthread.h>

/* Thread rule: read-only after loading, but for what `lock` guards. */
struct pl_index {
	struct pl_arena arena;
	const char *architecture; /* Debian's name */
	struct pl_suite_state *suites;
	size_t n_suites;
	PL_VEC(struct pl_package *) packages;
	struct pl_map by_name;    /* name -> struct pl_package_list, highest version first */
	struct pl_map providers;  /* virtual name -> struct pl_package_list */
	size_t n_relations;       /* parsed so far: bounded */
	pthread_mutex_t lock;     /* of arena, relations, n_relations and charged */
	struct pl_budget *memory; /* what all of the above is charged to */
	uint64_t charged;
	struct pl_budget own; /* of an index that was given none */
};

struct pl_index *pl_index_new(const char *architecture); /* empty; borrows architecture */
/* Charges what the index has grown by since. PL_LIMIT names where and what to do. */
int pl_index_charge(struct pl_index *ix, const char *where, struct pl_err *err) PL_MUST_USE;
/* Adds the paragraphs of one Packages file, to the verified end of in. What is needed is copied: a
 * third of the text. On an error nothing of it is added. */
int pl_packages_read(struct pl_index *ix, struct pl_source *in, unsigned suite, const char *where,
		     struct pl_err *err) PL_MUST_USE;
int pl_packages_parse(struct pl_index *ix, struct pl_str text, unsigned suite, const char *where,
		      struct pl_err *err) PL_MUST_USE; /* the same, of a text */
/* Builds by_name and providers. Call once, after the last _parse. The same version in several
 * suites counts once, from the first. */
int pl_index_finish(struct pl_index *ix, struct pl_err *err) PL_MUST_USE;
size_t pl_index_count(const struct pl_index *ix); /* of packages, all versions */

/* Cuts the next field off *rest, a stanza's text: 1 and name and value (continuation lines
 * included, blanks trimmed at both ends), 0 at the stanza's end (an empty line, which is consumed,
 * or the text's), -1 when the line is no field. Fast: nothing is copied or checked twice. */
int pl_stanza_field(struct pl_str *rest, struct pl_str *ret_name, struct pl_str *ret_value);
bool pl_field_is(struct pl_str name, const char *want); /* without case */

/* A path below an archive's root: relative, no "..", no empty parts, printable. */
bool pl_archive_path_ok(struct pl_str path);

/* An archive's files, over http(s) or from a directory (file:). One handle per worker, made when it
 * is first needed. */
struct pl_archive {
	const struct pl_env *env;
	struct pl_http **http; /* [env->jobs] */
	pthread_mutex_t lock;  /* of silent */
	struct pl_map silent;  /* addresses that did not answer: they come last */
};
void pl_archive_init(struct pl_archive *a, const struct pl_env *env);
void pl_archive_done(struct pl_archive *a);
bool pl_uri_is_file(const char *uri);
/* uri/path into a buffer. PL_NOT_FOUND if the archive has no such file. */
int pl_archive_read(struct pl_archive *a, unsigned worker, const char *uri, const char *path,
		    uint64_t max, struct pl_buf *ret, struct pl_err *err) PL_MUST_USE;
/* uri/path into the store's inputs, size and hash checked. *count grows by the bytes that came. */
int pl_archive_store(struct pl_archive *a, unsigned worker, const char *uri, const char *path,
		     uint64_t size, const struct pl_digest *sha256, struct pl_store *store,
		     void (*on_bytes)(void *ctx, uint64_t n), void *ctx,
		     struct pl_err *err) PL_MUST_USE;

/* A file's way through the addresses of its archive, and their errors as one that names each. */
struct pl_tries {
	struct pl_archive *archive;
	const char *const *uris; /* NULL-terminated */
	const char *first;       /* one of them that is preferred, NULL: none */
	struct pl_map tried;
	struct pl_buf text;
	enum pl_code code;
	unsigned n;
};
void pl_tries_done(struct pl_tries *t);
/* The next to try: in their order, but silent ones last; NULL after all. */
const char *pl_tries_next(struct pl_tries *t);
/* Notes uri's error; false if no other mirror should be asked (interrupted, our own trouble). */
bool pl_tries_note(struct pl_tries *t, const char *uri, const struct pl_err *err);
int pl_tries_fail(const struct pl_tries *t, const char *what, struct pl_err *err);

/* A verified Release and where it came from. Slices point into text. */
struct pl_suite_release {
	struct pl_buf text;
	struct pl_release release;
	struct pl_arena arena;
	const char *uri;
	char fingerprint[65];
};
void pl_suite_release_done(struct pl_suite_release *s);
/* Fetches (offline: takes the last one from the store) and verifies; checks dates and names, as the
 * request wants it. */
int pl_suite_release_fetch(struct pl_archive *a, unsigned worker, struct pl_store *store,
			   const struct pl_index_request *rq, const struct pl_suite_source *src,
			   struct pl_suite_release *ret, struct pl_err *err) PL_MUST_USE;
