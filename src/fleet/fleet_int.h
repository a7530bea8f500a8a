// SPDX-License-Identifier: Apache-2.0
/*
 * Between the files of this directory: the grammar of small texts (check.c), the loader of a fleet
 * and its drafts (definition.c, variant.c, graph.c), the keys of an image (image.c, parts.c), and
 * the canonical form that is hashed (canonical.c). Ownership: nodes, texts and drafts live in the
 * fleet's arena; settings hold growing lists on the heap until they are taken over.
 */
#pragma once

#include "base/map.h"
#include "base/names.h"
#include "base/reference.h"
#include "fleet/definition.h"
#include "fleet/yaml.h"

#define PL_MOVING_TAG_MAX 112 /* leaves room for "-YYYYMMDD.nnnnnn" */
#define PL_FLEET_FILE_MAX (1 << 20)
#define PL_FLEET_FILES_MAX 10000
#define PL_FLEET_IMAGES_MAX 20000
#define PL_FLEET_VARIANTS_MAX 256
#define PL_FLEET_BYTES_MAX ((size_t)512 << 20) /* everything expanded */
#define PL_EXTENDS_MAX 16

/* A definition file, or the whole of fleet.yaml. */
struct pl_doc {
	const char *name; /* below the fleet's directory: "images/nginx.yaml" */
	struct pl_yaml *root;
};

/* A name that definitions may use as ${NAME}, and what --set chose for it. */
struct pl_parameter {
	const char *name, *usual; /* without --set */
	const char **values;      /* that it may have, NULL-terminated; NULL: any */
	const char *value;
	bool is_set;
};

/* What stands in for ${...}; NULL: has no value here. */
struct pl_vars {
	const char *image, *version, *variant, *variant_version, *distro, *arch;
	bool *arch_seen; /* where ${arch} may stand: set when it does. NULL: it may not */
};

/* One set of keys that make up an image, the most basic first. */
struct pl_layer {
	const struct pl_yaml *map;
	bool extended; /* from another definition: image, variants, description do not count */
	bool variant;  /* of the variant: `version` is the variant's */
};

/* One image and variant on its way to a struct pl_image. */
struct pl_draft {
	struct pl_image *image;
	struct pl_vars vars;
	struct pl_layer layer[PL_EXTENDS_MAX + 2];
	size_t n_layers;
	const struct pl_yaml *at; /* where it is defined: the image's name or the variant's */
	const struct pl_yaml *base_at, *distro_at, *platforms_at;
	struct pl_draft *base;
	unsigned depth; /* distance from its first base */
	enum { PL_DRAFT_NEW, PL_DRAFT_ON_PATH, PL_DRAFT_DONE } state;
};

/* One `image:` file with its drafts. */
struct pl_definition {
	const char *name;
	const struct pl_yaml *map, *at;
	struct pl_draft **draft;
	size_t n_drafts;
};

struct pl_loader {
	const struct pl_env *env;
	struct pl_fleet *f;
	struct pl_arena *a;
	char *root;                 /* the fleet's directory, canonical; NULL: no files (fuzzing) */
	PL_VEC(struct pl_doc) docs; /* images/, sorted by name */
	PL_VEC(struct pl_definition) images;   /* sorted by name of file */
	PL_VEC(struct pl_draft *) drafts;      /* sorted by id */
	struct pl_map by_file, by_name, by_id; /* shared files' maps, definitions, drafts */
	size_t n_listed;                       /* files found in directories of `from` */
	struct pl_parameter *parameters;
	size_t n_parameters;
	bool is_declared; /* every parameter has its default */
};
void pl_loader_done(struct pl_loader *l);
struct pl_reader;

/* Reads one definition file of the fleet into the arena. */
int pl_loader_yaml(struct pl_loader *l, const char *name, struct pl_yaml **ret,
		   struct pl_err *err) PL_MUST_USE;
/* fleet.yaml's keys. */
int pl_fleet_read_root(struct pl_loader *l, const struct pl_yaml *root,
		       struct pl_err *err) PL_MUST_USE;
/* parameters.c. fleet.yaml's `parameters`; --set's "NAME=VALUE" (set may be NULL), PL_USAGE. */
int pl_fleet_read_parameters(struct pl_reader *r, const struct pl_yaml *v,
			     struct pl_err *err) PL_MUST_USE;
int pl_fleet_set(struct pl_loader *l, const char *const *set, struct pl_err *err) PL_MUST_USE;
/* NULL: no such parameter. */
const char *pl_parameter_value(const struct pl_loader *l, struct pl_str name);
/* l->docs into l->f->images: everything after reading fleet.yaml. */
int pl_fleet_expand(struct pl_loader *l, struct pl_err *err) PL_MUST_USE;
/* Definitions and drafts (variants, extends), from l->docs. */
int pl_fleet_draft(struct pl_loader *l, struct pl_err *err) PL_MUST_USE;
/* Links bases, finds cycles, sorts l->drafts: bases first. */
int pl_fleet_link(struct pl_loader *l, struct pl_err *err) PL_MUST_USE;
/* Two drafts with one repository and tag. */
int pl_fleet_tags_differ(struct pl_loader *l, struct pl_err *err) PL_MUST_USE;
/* Reads every key of the draft, whose base is complete, into its image. */
int pl_image_read(struct pl_loader *l, struct pl_draft *d, struct pl_err *err) PL_MUST_USE;
/* Fails once everything expanded takes more than PL_FLEET_BYTES_MAX. */
int pl_loader_budget(const struct pl_loader *l, const struct pl_yaml *at,
		     struct pl_err *err) PL_MUST_USE;

/* directory.c. Definition files below images/ (names sorted). */
int pl_directory_definitions(struct pl_loader *l, struct pl_err *err) PL_MUST_USE;
/* The files *.recipe below recipes/ into the fleet; none without that directory. */
int pl_directory_recipes(struct pl_loader *l, struct pl_err *err) PL_MUST_USE;
/* Regular files that `from` stands for: itself, or all below a directory, as paths below the
 * fleet's directory, sorted; *ret_directory says which. Links that lead outside are refused. Errors
 * are at `at`, if not NULL. */
struct pl_paths {
	const char **v;
	size_t n, cap;
};
static inline void pl_paths_done(struct pl_paths *p) { free(p->v); }
int pl_directory_list(struct pl_loader *l, const struct pl_yaml *at, const char *from,
		      struct pl_paths *ret, bool *ret_directory, struct pl_err *err) PL_MUST_USE;

/* text.c: values with ${...} put in, in the arena. key names the value in errors. */
struct pl_reader {
	struct pl_loader *l;
	struct pl_arena *a;
	struct pl_vars vars;
};
int pl_read_text(struct pl_reader *r, const struct pl_yaml *v, const char *key, const char **ret,
		 struct pl_err *err) PL_MUST_USE;
/* One that check accepts; else "KEY 'VALUE' must be MUST". */
int pl_read_text_as(struct pl_reader *r, const struct pl_yaml *v, const char *key,
		    bool (*check)(struct pl_str), const char *must, const char **ret,
		    struct pl_err *err) PL_MUST_USE;
/* Without substitution: names, versions, platforms. */
int pl_read_plain(const struct pl_yaml *v, const char *key, struct pl_str *ret,
		  struct pl_err *err) PL_MUST_USE;
int pl_read_bool(const struct pl_yaml *v, const char *key, bool *ret,
		 struct pl_err *err) PL_MUST_USE;
int pl_need_list(const struct pl_yaml *v, const char *key, struct pl_err *err) PL_MUST_USE;
int pl_need_map(const struct pl_yaml *v, const char *key, struct pl_err *err) PL_MUST_USE;
/* A list of texts, NULL-terminated. */
int pl_read_texts(struct pl_reader *r, const struct pl_yaml *v, const char *key, const char ***ret,
		  size_t *ret_n, struct pl_err *err) PL_MUST_USE;
int pl_read_platforms(struct pl_arena *a, const struct pl_yaml *v, const struct pl_platform ***ret,
		      struct pl_err *err) PL_MUST_USE;

/*
 * The keys of one map, read one after the other. Sticky: after the first error nothing more is
 * read, and rc says so at the end. What the map lacks leaves its place as it is.
 */
struct pl_yr {
	struct pl_reader *r;
	const struct pl_yaml *map;
	struct pl_err *err;
	int rc; /* set by others too: yr.rc = pl_yaml_fail(...) */
};
void pl_yr_known(struct pl_yr *yr, const char *const *known);
/* These return the value's node if it is there and all went well, else NULL. */
const struct pl_yaml *pl_yr_get(const struct pl_yr *yr, const char *key);
const struct pl_yaml *pl_yr_text(struct pl_yr *yr, const char *key, const char **ret);
const struct pl_yaml *pl_yr_texts(struct pl_yr *yr, const char *key, const char ***ret,
				  size_t *ret_n);

/* What a definition's own layers say, gathered while they are read. */
struct pl_texts {
	const char **v;
	size_t n, cap;
};
struct pl_file_item {
	struct pl_file_entry e;
	struct pl_str key; /* in file_at: the target, with a '/' behind it when implied */
	uintptr_t owner;   /* which entry it came from */
};
struct pl_settings {
	bool has_entrypoint, has_cmd, has_health, has_read_only;
	const char **entrypoint, **cmd, *user, *workdir, *stop_signal, *description;
	bool read_only;
	struct pl_healthcheck *health;
	struct pl_texts ports, volumes, exclude, scripted;
	PL_VEC(struct pl_package_ask) packages;
	PL_VEC(struct pl_file_item) files;
	PL_VEC(struct pl_kv) env;
	PL_VEC(struct pl_kv) debconf;
	PL_VEC(struct pl_kv) labels;
	PL_VEC(struct pl_ack) acks;
	PL_VEC(struct pl_accepted) accepted;
	PL_VEC(struct pl_account_entry) accounts;
	struct pl_map file_at; /* target to the owner of the last entry that asked for it */
	uintptr_t owner;       /* of the entry being read: grows with each */
	uintptr_t layer_owner; /* first owner of the layer being read */
};
void pl_settings_done(struct pl_settings *s);
/* parts.c: readers of the keys that have a structure of their own. */
int pl_read_packages(struct pl_reader *r, const struct pl_yaml *v, struct pl_settings *s,
		     struct pl_err *err) PL_MUST_USE;
int pl_read_files(struct pl_reader *r, const struct pl_yaml *v,
		  const struct pl_platform *const *platforms, struct pl_settings *s,
		  struct pl_err *err) PL_MUST_USE;
int pl_read_health(struct pl_reader *r, const struct pl_yaml *v, struct pl_settings *s,
		   struct pl_err *err) PL_MUST_USE;
int pl_read_acks(struct pl_reader *r, const struct pl_yaml *v, struct pl_settings *s,
		 struct pl_err *err) PL_MUST_USE;
/* accounts.c */
int pl_read_accounts(struct pl_reader *r, const struct pl_yaml *v, struct pl_settings *s,
		     struct pl_err *err) PL_MUST_USE;
/* Own settings over the base's: image's effective configuration. */
void pl_image_inherit(struct pl_arena *a, struct pl_image *i, struct pl_settings *s);

/* Canonical text of what `inputs` is the SHA-256 of. */
void pl_image_inputs(const struct pl_image *i, struct pl_buf *ret);

/* Every key there is; the manual is held against these. NULL-terminated. */
extern const char *const pl_keys_fleet[];
extern const char *const pl_keys_distro[], *const pl_keys_source[];
extern const char *const pl_keys_parameter[];
extern const char *const pl_keys_file[];
extern const char *const pl_keys_account[];
extern const char *const pl_keys_health[];
extern const char *const pl_keys_ack[];
extern const char *const pl_keys_accepted[];
extern const char *const pl_keys_image[];   /* of a definition */
extern const char *const pl_keys_shared[];  /* of a file named by `extends` */
extern const char *const pl_keys_variant[]; /* of one variant */
extern const char *const pl_variables[];    /* of ${...} */
