// SPDX-License-Identifier: Apache-2.0
/*
 * The seam to a package format: all that locking and assembling know of packages, whichever they
 * are. A format is one constant table of functions; the program's formats stand in struct pl_env,
 * in the order in which their packages are put into a tree. Debian's is the first
 * (debian/debian.h). Ownership and threads: as each function says; a table is shared by all threads
 * and holds no state.
 */
#pragma once

#include "effects/effects.h"
#include "lockfile/lock.h"
#include "package/origin.h"
#include "package/recipes.h"
#include "package/verdict.h"
#include "store/store.h"

struct pl_budget;
struct pl_map;

/* A package to be had. */
struct pl_package_want {
	const struct pl_origin *origin;
	const struct pl_lock_package *package;
	int64_t when; /* of the index that named it: archives that keep every state may be asked for
			 that one, after the origin's mirrors; 0: not those */
};

/* An open archive: a distro's indexes for the platforms that were asked for. The format embeds it
 * as the first member of its own. */
struct pl_package_archive {
	const struct pl_package_format *format;
	struct pl_lock_suite *suites; /* what was read, for the lock; owned by the archive */
	size_t n_suites;
};

struct pl_archive_request {
	const struct pl_origin *origin;
	const struct pl_platform *const *platforms;
	size_t n_platforms;
	/* The distro in the former lock, or NULL: an index older than its suite's date is refused
	 * (but see allow_old), and its packages are kept, in those very bytes, where the archive
	 * still has them, but for those that may move. */
	const struct pl_lock_distro *former;
	bool (*moves)(const void *ctx, const struct pl_lock_package *p);
	const void *ctx;
	struct pl_budget *memory; /* of all indexes together; outlives the archive */
	bool allow_old;           /* indexes may be older than those seen before, and expired */
};

/* What the archive's signed indexes say of a locked package. */
enum pl_vouched {
	PL_VOUCHED,      /* one names it as the lock does */
	PL_VOUCHED_NOT,  /* they name another one, or the lock's own index names none */
	PL_VOUCHED_OPEN, /* the indexes that could name it are not to be had */
};
/* p NULL: the lock's word about a suite. why: in the arena of the call; NULL for PL_VOUCHED. */
typedef void pl_vouch_fn(void *ctx, const struct pl_lock_package *p, enum pl_vouched v,
			 const char *why);

/* A package that a definition asks for: any version, or one that stands in a relation. */
struct pl_package_root {
	struct pl_str name, version;
	const char *relation; /* as written: "=", ">=" ...; NULL: any version */
	const char *where;    /* "images/web.yaml:4:5" */
};

/* A package that resolution chose. Slices live as long as the archive. */
struct pl_package_choice {
	struct pl_str name, version, architecture;
	struct pl_digest sha256;
	int parent;           /* the choice that needed it; -1: a root, or the base's */
	struct pl_str reason; /* what that one asked for: "libc6 (>= 2.36)" */
	void *own;            /* the format's */
};
struct pl_package_choices {
	struct pl_package_choice *v; /* in the order chosen, the base's first */
	size_t n;
};

/* A package of the lock with what is known of its archive. */
struct pl_package_ref {
	const struct pl_lock_package *lock;
	const void *facts; /* what open gave, or facts_parse */
};

struct pl_package_reader; /* one package's archive while it is read; the format's */

/* What a script does, and what of it an image does not get. */
enum pl_install_event_kind {
	PL_INSTALL_BEGIN,   /* a script begins */
	PL_INSTALL_END,     /* it has ended */
	PL_INSTALL_COMMAND, /* a command runs: text is the command as it was expanded */
	PL_INSTALL_RUNNING, /* concerns a running system, or the package manager: nothing is lost */
	PL_INSTALL_RUN_TIME, /* a cache, made at run time where it is needed */
	PL_INSTALL_MACHINE,  /* the answer is another on each machine: the image's own was given */
	PL_INSTALL_DEFERRED, /* a key or an identity: text says what to run at the first start */
};
struct pl_install_event {
	enum pl_install_event_kind kind;
	size_t package;     /* of in->packages */
	const char *script; /* postinst ... */
	const char *file;   /* the script itself, or what it sources */
	unsigned line;      /* of the file */
	struct pl_str text; /* until the call returns */
};

/* Where a package's file goes ("usr/bin/x"); NULL: not into the tree. What is returned lives as
 * long as the path given. */
typedef const char *pl_place_fn(void *ctx, const char *path);

/* The packages of an image (in->packages, whose `own` are their facts) and what they are put into.
 * The calls get ctx; those that are optional may be NULL. */
struct pl_installation {
	struct pl_tree *tree;
	const struct pl_effect_input *in;
	/* Puts the files of package i into the tree; place NULL: each where it says. */
	int (*unpack)(void *ctx, size_t i, pl_place_fn *place, void *place_ctx, struct pl_err *err);
	const struct pl_recipe_file *recipes; /* the fleet's own, which come first */
	size_t n_recipes;
	/* Optional: does the image's definition answer for that script? It does nothing then. */
	bool (*acknowledged)(void *ctx, size_t i, const char *script,
			     const struct pl_digest *sha256);
	/* Optional: what the image's definition answers to a question of a package's script; NULL:
	 * nothing. */
	const char *(*answer)(void *ctx, const char *question);
	/* Optional: does the image's definition have that package's scripts run for real, in a
	 * sandbox? */
	bool (*scripted)(void *ctx, size_t i);
	const struct pl_env *env; /* for it */
	/* Optional: that script was accounted for in another way: covered (a recipe stands for it),
	 * scripted. */
	void (*accounted)(void *ctx, size_t i, const char *script, enum pl_verdict verdict,
			  const char *why);
	/* A script cannot be accounted for. true: go on as if it had done nothing. */
	bool (*refused)(void *ctx, size_t i, const char *script, const struct pl_digest *sha256,
			const struct pl_err *why);
	/* Optional: what happens in the scripts. */
	void (*tell)(void *ctx, const struct pl_install_event *e);
	bool trace; /* commands, too */
	void *ctx;
};

/* Adds a file of the format's own making to a package, in tree and layer alike. path is canonical;
 * bytes are borrowed. */
typedef int pl_package_add_fn(void *ctx, const char *path, struct pl_str bytes, struct pl_err *err);

/* Packages of the store's inputs, to be installed by the ecosystem's own tool. */
struct pl_real_request {
	const struct pl_lock_package *const *packages; /* with all that they and the tool need */
	size_t n_packages;
	const struct pl_platform *platform;
	const char *hostname;         /* that scripts are told */
	const char *const *questions; /* of debconf, with the answers; NULL-terminated */
	const char *const *answers;
	const char *directory; /* empty, of the caller, who deletes it: for what the tool reads */
	const char *tar;       /* the file to be written: what is installed */
};

/* A package's scripts, as it has them. */
struct pl_script_text {
	const char *name; /* postinst ... */
	struct pl_str text;
	struct pl_digest sha256; /* as locks have it */
};
struct pl_package_scripts {
	struct pl_str name, version, architecture; /* of the package, as it says itself */
	struct pl_script_text *v;
	size_t n;
};

struct pl_package_format {
	const char *ecosystem; /* "debian": as the lock and the inventory name it */
	/* Directories of what describe adds, sorted, NULL-terminated: every layer has them. */
	const char *const *directories;

	/* -- locking -- */

	/* Fetches and verifies the indexes. *ret is freed by archive_free. PL_REMOTE, PL_VERIFY,
	 * PL_INPUT name distro and place. One thread. */
	int (*archive_open)(const struct pl_env *env, struct pl_store *store,
			    const struct pl_archive_request *rq, struct pl_package_archive **ret,
			    struct pl_err *err);
	void (*archive_free)(struct pl_package_archive *ar);
	/* Why nothing in the archive can be the root on a platform of the request ("no package
	 * 'pyhton3'"), and in *ret_more what helps ("near: python3"), "" for nothing; in the arena.
	 * NULL: there may be a package. PL_INPUT for a relation that is none. */
	int (*missing)(struct pl_package_archive *ar, const struct pl_platform *on,
		       const struct pl_package_root *root, struct pl_arena *a, const char **ret_why,
		       const char **ret_more, struct pl_err *err);
	/* The packages of an image on a platform of the request; base: the choices of what it
	 * stands on, NULL: nothing. former: the image in the former lock, NULL: it is new; of two
	 * kept versions of a name it keeps its own. Results live in the arena. One thread a
	 * platform. PL_UNSOLVABLE explains itself; PL_INPUT for a relation that is none. */
	int (*resolve)(struct pl_package_archive *ar, const struct pl_platform *on,
		       const struct pl_package_root *roots, size_t n_roots,
		       const struct pl_package_choices *base, const struct pl_lock_image *former,
		       struct pl_arena *a, struct pl_package_choices *ret, struct pl_err *err);
	/* The names that the ecosystem's own tool takes for granted, which an image may do without:
	 * what an installation by it needs beside. In the arena, NULL-terminated. */
	const char *const *(*granted)(struct pl_package_archive *ar, const struct pl_platform *on,
				      struct pl_arena *a);
	/* The lock's entry of a choice but for why, layer, scripts and index; texts live in the
	 * arena. *ret_often: the archive has changed it often, so it will be changed again. */
	void (*entry)(struct pl_package_archive *ar, const struct pl_package_choice *c,
		      struct pl_arena *a, struct pl_lock_package *ret, bool *ret_often);
	/* Holds each package of rq->former against signed indexes, verified anew: those that the
	 * lock's own InRelease leads to, while the store has it; those of now; those of the lock's
	 * day, where an archive keeps every state. Any of them will do, of any age. tell is called
	 * once for each package, and for what the lock says of a suite when that is not true.
	 * PL_VERIFY when an index itself does not verify. One thread. */
	int (*vouch)(const struct pl_env *env, struct pl_store *store,
		     const struct pl_archive_request *rq, struct pl_arena *a, pl_vouch_fn *tell,
		     void *ctx, struct pl_err *err);
	/* -- both -- */

	/* Verdicts over what the package would run at its installation, by what is in it alone; in
	 * the arena. What it does in an image is found out by install. Any thread. */
	void (*judge)(const struct pl_package_ref *p, struct pl_arena *a,
		      struct pl_lock_script **ret, size_t *ret_n);
	/* Does the package itself say what its entry in the lock says: name, version, architecture,
	 * source? PL_INPUT names what differs. Any thread. */
	int (*identify)(const struct pl_package_ref *p, struct pl_err *err);
	/* Makes sure that the packages are in the store's inputs, in parallel, size and hash
	 * checked. *ret_bytes grows by what came. */
	int (*fetch)(const struct pl_env *env, struct pl_store *store,
		     const struct pl_package_want *v, size_t n, uint64_t *ret_bytes,
		     struct pl_err *err);

	/* -- assembling -- */

	/* Opens a package of the store's inputs, up to its files. *ret_facts is what the other
	 * functions need to know of it, in the arena. PL_NOT_FOUND when the store lacks it,
	 * PL_INPUT when it is malformed. Any thread. */
	int (*open)(const struct pl_env *env, struct pl_store *store,
		    const struct pl_lock_package *p, struct pl_arena *a, const void **ret_facts,
		    struct pl_package_reader **ret, struct pl_err *err);
	/* Its entries as the tree gets them: paths canonical (tree/usrmerge.h), valid until the
	 * next call. 1; 0 at the verified end; negative. */
	int (*next)(struct pl_package_reader *r, struct pl_tar_entry *ret, struct pl_err *err);
	/* Body of the current entry: bytes read, 0 at its end. */
	int64_t (*read)(struct pl_package_reader *r, void *p, size_t n, struct pl_err *err);
	void (*close)(struct pl_package_reader *r);
	/* Are these packages of a platform, an image's with its bases', all that the roots and they
	 * themselves need? PL_UNSOLVABLE says what is missing. Any thread. */
	int (*complete)(const struct pl_platform *on, const struct pl_package_root *roots,
			size_t n_roots, const struct pl_package_ref *v, size_t n,
			struct pl_err *err);
	/* The files by which scanners find the package: after the last entry, add is called for
	 * each. shipped: the paths (keys) of the files that are in the image. */
	int (*describe)(const struct pl_package_ref *p, const struct pl_map *shipped,
			pl_package_add_fn *add, void *ctx, struct pl_err *err);
	/* Facts as bytes of a record and back; strings in the arena. false on damage. */
	void (*facts_format)(const void *facts, struct pl_buf *ret);
	bool (*facts_parse)(struct pl_arena *a, struct pl_str bytes, const void **ret);
	/* Both ship one path: may a's stand where b's does? Of one format. */
	bool (*replaces)(const struct pl_package_ref *a, const struct pl_package_ref *b);
	/* Installs all packages of a format into a tree: their files and what their scripts would
	 * have done, in the order of the ecosystem's own tool. Errors name package and effect. Any
	 * thread. */
	int (*install)(const struct pl_installation *i, struct pl_err *err);
	/* The same by the ecosystem's own tool, which runs the scripts, in namespaces of its own
	 * and without network (io/sandbox.h): what install is judged by. PL_NOT_FOUND when the tool
	 * is not there, PL_FAILURE with what it said. */
	int (*install_real)(const struct pl_env *env, struct pl_store *store,
			    const struct pl_real_request *rq, struct pl_err *err);
	/* What scripts a package has: their list in the arena, texts as long as the facts. PL_INPUT
	 * when the package does not say what it is. Any thread. */
	int (*scripts)(const void *facts, struct pl_arena *a, struct pl_package_scripts *ret,
		       struct pl_err *err);
	/* The lines of the recipes that speak of a package, the fleet's own first: each "FILE:
	 * LINE", in the arena, NULL-terminated. PL_INPUT for a recipe that is none. */
	int (*recipes)(const struct pl_recipe_file *own, size_t n, const char *package,
		       struct pl_arena *a, const char *const **ret, struct pl_err *err);
	/* The package that usually brings a program (its path or name) or file, for advice; NULL:
	 * not known. */
	const char *(*ships)(const char *what);
	/* Digest of the rules behind install: what an image depends on. */
	const struct pl_digest *(*rules)(void);
};

/* The format of an ecosystem; NULL: this program has none. */
const struct pl_package_format *pl_format_find(const struct pl_env *env, const char *ecosystem);
