// SPDX-License-Identifier: Apache-2.0
/* The functions of Debian's format, as package/format.h describes them: archive.c and vouch.c have
 * those that locking calls, package.c those that look into a package. */
#pragma once

#include "debian/archive/sources.h"
#include "debian/debian.h"

/* A suite of an origin, as the files that read archives take it. */
struct pl_suite_request pl_debian_suite(const struct pl_origin *o, const char *suite);
/* All suites of an origin, in the order of its sources; in the arena, NULL-terminated. */
const char **pl_debian_suites(struct pl_arena *a, const struct pl_origin *o, size_t *ret_n);

int pl_debian_archive_open(const struct pl_env *env, struct pl_store *store,
			   const struct pl_archive_request *rq, struct pl_package_archive **ret,
			   struct pl_err *err) PL_MUST_USE;
void pl_debian_archive_free(struct pl_package_archive *ar);
int pl_debian_missing(struct pl_package_archive *ar, const struct pl_platform *on,
		      const struct pl_package_root *root, struct pl_arena *a, const char **ret_why,
		      const char **ret_more, struct pl_err *err) PL_MUST_USE;
int pl_debian_resolve(struct pl_package_archive *ar, const struct pl_platform *on,
		      const struct pl_package_root *roots, size_t n_roots,
		      const struct pl_package_choices *base, const struct pl_lock_image *former,
		      struct pl_arena *a, struct pl_package_choices *ret,
		      struct pl_err *err) PL_MUST_USE;
void pl_debian_entry(struct pl_package_archive *ar, const struct pl_package_choice *c,
		     struct pl_arena *a, struct pl_lock_package *ret, bool *ret_often);
const char *const *pl_debian_granted(struct pl_package_archive *ar, const struct pl_platform *on,
				     struct pl_arena *a);
int pl_debian_vouch(const struct pl_env *env, struct pl_store *store,
		    const struct pl_archive_request *rq, struct pl_arena *a, pl_vouch_fn *tell,
		    void *ctx, struct pl_err *err) PL_MUST_USE;
int pl_debian_fetch(const struct pl_env *env, struct pl_store *store,
		    const struct pl_package_want *v, size_t n, uint64_t *ret_bytes,
		    struct pl_err *err) PL_MUST_USE;

void pl_debian_judge(const struct pl_package_ref *p, struct pl_arena *a,
		     struct pl_lock_script **ret, size_t *ret_n);
int pl_debian_identify(const struct pl_package_ref *p, struct pl_err *err) PL_MUST_USE;
int pl_debian_open(const struct pl_env *env, struct pl_store *store,
		   const struct pl_lock_package *p, struct pl_arena *a, const void **ret_facts,
		   struct pl_package_reader **ret, struct pl_err *err) PL_MUST_USE;
int pl_debian_next(struct pl_package_reader *r, struct pl_tar_entry *ret,
		   struct pl_err *err) PL_MUST_USE;
int64_t pl_debian_read(struct pl_package_reader *r, void *p, size_t n,
		       struct pl_err *err) PL_MUST_USE;
void pl_debian_close(struct pl_package_reader *r);
int pl_debian_complete(const struct pl_platform *on, const struct pl_package_root *roots,
		       size_t n_roots, const struct pl_package_ref *v, size_t n,
		       struct pl_err *err) PL_MUST_USE;
int pl_debian_describe(const struct pl_package_ref *p, const struct pl_map *shipped,
		       pl_package_add_fn *add, void *ctx, struct pl_err *err) PL_MUST_USE;
void pl_debian_facts_format(const void *facts, struct pl_buf *ret);
bool pl_debian_facts_parse(struct pl_arena *a, struct pl_str bytes, const void **ret);
bool pl_debian_replaces(const struct pl_package_ref *a, const struct pl_package_ref *b);
const char *pl_debian_ships(const char *what);
int pl_debian_scripts(const void *facts, struct pl_arena *a, struct pl_package_scripts *ret,
		      struct pl_err *err) PL_MUST_USE;
/* real.c: by mmdebstrap. */
int pl_debian_install_real(const struct pl_env *env, struct pl_store *store,
			   const struct pl_real_request *rq, struct pl_err *err) PL_MUST_USE;

/* What was asked for, as the resolver takes it, behind room for others. PL_INPUT for a relation
 * that is none. */
struct pl_root;
int pl_debian_roots(const struct pl_package_root *v, size_t n, size_t room, struct pl_arena *a,
		    struct pl_root **ret, struct pl_err *err) PL_MUST_USE;

/* Where scanners look for packages without dpkg's own database. */
#define PL_STATUS_D "var/lib/dpkg/status.d"
