// SPDX-License-Identifier: Apache-2.0
/*
 * A fleet's definitions: fleet.yaml and images/(any depth).yaml, read,
 * checked, and expanded: one struct pl_image per image and variant, bases resolved, in an order
 * where bases come first (then by name). Ownership: everything in the fleet's arena. Thread rule:
 * read-only after loading.
 */
#pragma once

#include "base/arena.h"
#include "base/digest.h"
#include "base/env.h"
#include "base/json.h"
#include "base/platform.h"
#include "package/origin.h"
#include "package/recipes.h"

struct pl_distro {
	const char *name;
	const char *ecosystem; /* of its packages: "debian", the only one yet */
	struct pl_origin origin;
};
enum pl_entry_kind { PL_ENTRY_FILE, PL_ENTRY_DIRECTORY, PL_ENTRY_LINK };
/* One entry of `files`. A directory given as `from` has become an entry for each file below it. */
struct pl_file_entry {
	enum pl_entry_kind kind;
	const char *from;    /* path below the fleet's directory; never outside it */
	const char *to;      /* absolute path in the image */
	const char *content; /* literal content instead of `from`, or NULL */
	const char *link;    /* of a symbolic link: its text, which is never followed here */
	/* A directory of the files of a `from` with an owner: it gets the owner if nothing else
	 * brings it. */
	bool implied;
	int64_t mode; /* -1: 0644, or 0755 when the source is executable, and for a directory */
	const char *owner; /* "uid:gid" or names of the image's passwd; NULL: 0:0 */
	const struct pl_platform
		*platform; /* only there (the entry speaks of ${arch}); NULL: everywhere */
	unsigned line;
};
struct pl_healthcheck {
	const char **command;                          /* NULL-terminated argv (CMD), or NULL */
	const char *http;                              /* URL form; kept for probes */
	int64_t every_ns, timeout_ns, start_period_ns; /* 0: unset */
	int64_t retries;
};
struct pl_kv {
	const char *key, *value;
};
/* package, hash and reason of an acknowledged script (a list under `acknowledge:`). */
struct pl_ack {
	const char *package, *script;
	struct pl_digest sha256;
	const char *reason;
};
/* A warning that is meant to be (under `acknowledge:` too). */
struct pl_accepted {
	const char *warning; /* its kind: one of pl_warning_kinds */
	const char *about;   /* what it speaks of; NULL: whatever */
	const char *reason;
};
extern const char *const pl_warning_kinds[]; /* NULL-terminated */
/* A user or a group that the image gets. */
struct pl_account_entry {
	const char *name;
	bool is_group;
	uint32_t id;
	/* Of a user. */
	const char *group; /* primary: one of the image, or of its own name */
	int64_t gid;       /* what that group's number is to be; -1: the group is another entry's,
			      or the image has it */
	const char *home, *shell, *comment; /* home NULL: none */
	const char **groups;                /* supplementary, NULL-terminated; or NULL */
	unsigned line;
};
struct pl_package_ask {
	const char *text; /* as written: "nginx", "libssl3 (>= 3.0.1)", "redis-server=5:7.0.15-1" */
	struct pl_str name, version;
	const char *op;   /* NULL, "=", ">=", "<=", ">>", "<<" */
	const char *file; /* where it is written: the definition's or one that it extends */
	unsigned line, column;
};
struct pl_image {
	const char *name;    /* "velero" */
	const char *variant; /* "aws", NULL: none */
	const char *variant_version;
	const char *version;     /* "1.12.3"; without one, the tag is the distro's name */
	const char *id;          /* unique: "velero" or "velero:aws" */
	const char *description; /* one line for people, never inherited; NULL: none */
	const char *file;        /* definition's file */
	unsigned line;
	const struct pl_distro *distro;  /* inherited from base */
	struct pl_image *base;           /* NULL: from nothing */
	struct pl_package_ask *packages; /* of its own stage, as written */
	size_t n_packages;
	struct pl_file_entry *files; /* of its own stage, sorted by to, platform */
	size_t n_files;
	struct pl_account_entry *accounts; /* of its own stage: groups, then users, by name */
	size_t n_accounts;
	/* Effective configuration: base's inherited, own overrides; NULL-terminated lists or NULL.
	 */
	const char **entrypoint, **cmd;
	struct pl_kv *env, *labels;
	size_t n_env, n_labels;
	struct pl_kv *debconf; /* answers to questions of packages' scripts, sorted by question */
	size_t n_debconf;
	const char **scripted; /* packages whose scripts are run in a sandbox; NULL-terminated */
	const char *user, *workdir, *stop_signal;
	const char **ports, **volumes;
	bool read_only;
	struct pl_healthcheck *health;        /* NULL: none */
	const struct pl_platform **platforms; /* NULL-terminated, sorted by name */
	const char **exclude; /* path globs left out (docs, man, locales or "/usr/share/x"),
				 NULL-terminated */
	struct pl_ack *acks;
	size_t n_acks;
	struct pl_accepted *accepted; /* the base's first */
	size_t n_accepted;
	struct pl_digest hash;   /* over the parsed definition of this stage and its variant,
				    canonical (no line ends, order of keys); without the list of
				    platforms, which the lock names one by one */
	struct pl_digest inputs; /* the same over what decides the lock: base, distro, packages,
				    exclude, acknowledge, debconf */
	/* As it reads with every parameter's default, which is what the lock records of it; itself
	 * without --set. */
	const struct pl_image *declared;
};
struct pl_fleet {
	struct pl_arena arena;
	const char *dir;
	const char *registry; /* "registry.example.org/platform" or "oci:DIR" (relative to dir), the
				 default oci:out */
	const char *inventory; /* path or URL; NULL: the default database */
	/* "fleet.yaml:3:11", where they are written; NULL: they are not */
	const char *registry_at, *inventory_at;
	const struct pl_platform **platforms;
	struct pl_distro *distros; /* sorted by name */
	size_t n_distros;
	struct pl_image **images; /* bases before children, then by id */
	size_t n_images;
	struct pl_recipe_file *recipes; /* of the directory recipes/, by name */
	size_t n_recipes;
	struct pl_digest recipes_digest; /* of their names and texts; zeros: there are none */
};
/* Reads the fleet in dir. Every error has file:line:column; unknown keys name the nearest known
 * one; a missing base and a cycle name the chain ("a -> b -> a"). */
int pl_fleet_load(const struct pl_env *env, const char *dir, struct pl_fleet **ret,
		  struct pl_err *err) PL_MUST_USE;
/* With "NAME=VALUE" for some of its parameters, NULL-terminated, NULL: none. PL_USAGE for a name
 * that it does not declare, or a value that it does not allow. */
int pl_fleet_load_set(const struct pl_env *env, const char *dir, const char *const *set,
		      struct pl_fleet **ret, struct pl_err *err) PL_MUST_USE;
void pl_fleet_free(struct pl_fleet *f);
PL_DEFINE_FREEP(fleet)
struct pl_image *pl_fleet_find(const struct pl_fleet *f,
			       struct pl_str id); /* by id, NULL if absent */

/* Canonical text of an image's definition, what `hash` is the SHA-256 of: a compact JSON object. */
void pl_image_canonical(const struct pl_image *i, struct pl_buf *ret);
/* Does its definition, or one of its bases', answer for that script? */
bool pl_image_acknowledges(const struct pl_image *i, const char *package, const char *script,
			   const struct pl_digest *sha256);

/* Opens a file entry's `from` for reading; links that lead outside the fleet's directory are
 * refused (PL_INPUT). */
int pl_fleet_file_open(const struct pl_fleet *f, const struct pl_file_entry *e, int *ret_fd,
		       struct pl_err *err) PL_MUST_USE;

/* Repository "<registry>/<image>" (for oci:DIR the same text with the directory); the image's
 * name alone in a fleet without a registry. */
char *pl_image_repository(struct pl_arena *a, const struct pl_fleet *f, const struct pl_image *i);
/* A fleet may come from elsewhere, so what its fleet.yaml names stays below its directory, links
 * followed, or below one of $PLIMSOLL_ALLOW_OUTSIDE (with ':' between). PL_INPUT names the line.
 * path: what is to be written to; at: registry_at or inventory_at. */
int pl_fleet_check_place(const struct pl_fleet *f, const char *at, const char *path,
			 struct pl_err *err) PL_MUST_USE;
/* The same for its registry, if that is a directory. */
int pl_fleet_check_registry(const struct pl_fleet *f, struct pl_err *err) PL_MUST_USE;
/* The repository by which the inventory knows it, the same from everywhere: for oci:DIR with the
 * directory's own place (base/place.h). It is not fit for an image's bytes. */
char *pl_image_place(struct pl_arena *a, const struct pl_fleet *f, const struct pl_image *i);
/* The moving tag: "<version>-<variant><variant-version>", "<version>", or the distro's name when
 * the definition has no version. */
char *pl_image_tag(struct pl_arena *a, const struct pl_image *i);
/* The immutable tag beside it: tag + "-YYYYMMDD.n", an existing such suffix replaced, never
 * stacked. */
char *pl_immutable_tag(struct pl_arena *a, struct pl_str tag, int64_t when, unsigned n);
/* "<tag>" and n of an immutable tag; false if it is none. */
bool pl_immutable_tag_split(struct pl_str tag, struct pl_str *ret_moving, struct pl_str *ret_ymd,
			    unsigned *ret_n);
