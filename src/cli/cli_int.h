// SPDX-License-Identifier: Apache-2.0
/*
 * The command line: one table a command gives parsing, --help and completion (docs/cli.md is held
 * against the tables by a test). Commands put what they have to say into `out`; main writes it
 * once, so a failed write is seen. cli/ is the only place that prints.
 */
#pragma once

#include "base/buf.h"
#include "base/env.h"
#include "base/json.h"
#include "fleet/definition.h"
#include "inventory/inventory.h"
#include "lockfile/edits.h"
#include "publish/registrar.h"
#include "store/store.h"

/* Every option of every command; a command sees those of its table. */
struct pl_args {
	const char *dir, *store, *db, *output, *progress, *jobs, *timeout, *stall, *min_speed;
	bool offline, quiet, full, no_color, help;
	bool inputs, dry_run;
	bool force, trace, write;
	const char *keep_days, *keep, *older_than, *name;
	bool allow_old, check, locked, regroup, update, recursive, effective, by_source, all, apply;
	const char *registry, *platform, *register_as, *listen, *token_file, *version, *package,
		*fixed, *distro;
	const char **set;      /* "NAME=VALUE", NULL-terminated; NULL: none */
	const char **operands; /* NULL-terminated */
	size_t n_operands;
};

struct pl_option {
	const char *name;  /* without "--" */
	char letter;       /* 0: none */
	const char *value; /* what stands for its value in help; NULL: a flag */
	const char *help;
	size_t offset; /* into struct pl_args: const char * or bool; `set` may be given again */
	const char *choices; /* "text|json"; NULL: anything */
};

struct pl_cli {
	struct pl_args args;
	struct pl_env env;
	struct pl_limits limits; /* env's */
	bool json;
	struct pl_buf out;      /* standard output */
	struct pl_buf problems; /* what is said before the error */
	struct pl_arena arena;
};

struct pl_command {
	const char *name, *operands, *summary;
	const char *about;    /* paragraphs for --help */
	const char *examples; /* lines for --help */
	const struct pl_option *options;
	size_t n_options;
	size_t min_operands, max_operands;
	bool is_endless; /* --timeout is not for it */
	int (*run)(struct pl_cli *c, struct pl_err *err);
};

extern const struct pl_option pl_global_options[];
extern const size_t pl_n_global_options;
extern const struct pl_command *const pl_commands[]; /* in the order of help */
extern const size_t pl_n_commands;
extern const struct pl_command pl_cmd_lock, pl_cmd_build, pl_cmd_push, pl_cmd_scan, pl_cmd_serve,
	pl_cmd_images, pl_cmd_packages, pl_cmd_children, pl_cmd_upgrade, pl_cmd_store,
	pl_cmd_explain, pl_cmd_recipe, pl_cmd_export, pl_cmd_forget, pl_cmd_version;

/* options.c */
const struct pl_command *pl_command_find(const char *name);
/* argv[0] is the command's name. PL_USAGE names the option and the nearest known one. */
int pl_args_parse(const struct pl_command *cmd, char **argv, int argc, struct pl_arena *a,
		  struct pl_args *ret, struct pl_err *err) PL_MUST_USE;
/* help.c: cmd NULL: the program's. */
void pl_help(const struct pl_command *cmd, struct pl_buf *out);
/* exit statuses, for help and docs */
extern const struct pl_exit_status {
	int status;
	const char *meaning;
} pl_exit_statuses[];
extern const size_t pl_n_exit_statuses;

/* progress.c */
struct pl_progress;
int pl_progress_start(struct pl_cli *c, struct pl_err *err) PL_MUST_USE;
void pl_progress_stop(struct pl_cli *c);

/* common.c: what most commands begin with. Everything is freed by the caller's cleanup. */
extern const struct pl_package_format *const pl_cli_formats[];
int pl_cli_fleet(struct pl_cli *c, struct pl_fleet **ret, struct pl_err *err) PL_MUST_USE;
char *pl_cli_lock_path(struct pl_cli *c); /* in the arena */
/* The fleet's lock; NULL where it has none yet. */
int pl_cli_lock_there(struct pl_cli *c, struct pl_lock **ret, struct pl_err *err) PL_MUST_USE;
/* For commands that write the lock, before they read it: see pl_lock_guard. */
int pl_cli_lock_guard(struct pl_cli *c, int *ret_fd, struct pl_err *err) PL_MUST_USE;
/* For commands that work in a fleet: its lock keeps what it needs in the store from now on. */
int pl_cli_store(struct pl_cli *c, struct pl_store **ret, struct pl_err *err) PL_MUST_USE;
/* All that building begins with: PL_AUTO(workspace) ws = {0}; */
struct pl_workspace {
	struct pl_fleet *fleet;
	struct pl_lock *lock;
	struct pl_store *store;
};
int pl_cli_workspace(struct pl_cli *c, struct pl_workspace *ret, struct pl_err *err) PL_MUST_USE;
void pl_workspace_done(struct pl_workspace *ws);
/* The directory that a person's relative "oci:" names are below: the fleet's, else the working
 * directory. */
const char *pl_cli_place(const struct pl_cli *c);
/* A registered name for people: short below that directory. JSON has the whole. */
const char *pl_cli_name_shown(struct pl_cli *c, const char *name);
/* names.c: images as people write them. */
/* What a person means by IMAGE: images of the fleet (NULL: none) by id or name, else one name.
 * Whole names, as the inventory has them, in the arena. */
struct pl_cli_names {
	const char **v;
	size_t n;
};
void pl_cli_names_meant(struct pl_cli *c, const struct pl_fleet *f, const char *typed,
			struct pl_cli_names *ret);
/* A name of the store's index.json in that form. */
const char *pl_cli_name_whole(struct pl_cli *c, const char *name);
/* The ids of the fleet's images that the operands mean, NULL-terminated; NULL without operands:
 * all. PL_NOT_FOUND names the nearest, PL_INPUT lists what it could mean. */
int pl_cli_images(struct pl_cli *c, const struct pl_fleet *f, const char *const **ret,
		  struct pl_err *err) PL_MUST_USE;
/* The registered name that is meant: the very one, else the fleet's image (f NULL: no fleet) by its
 * moving tag, else the only one with that ending. In the arena. */
int pl_cli_known_name(struct pl_cli *c, const struct pl_fleet *f, struct pl_inv *inv,
		      const char *text, const char **ret, struct pl_err *err) PL_MUST_USE;
/* What is to be opened: the fleet's image in its registry, else a reference as it stands. */
int pl_cli_reference(struct pl_cli *c, const struct pl_fleet *f, const char *text,
		     struct pl_ref *ret, struct pl_err *err) PL_MUST_USE;
/* For commands that need no fleet: *ret is NULL outside of one. */
int pl_cli_fleet_here(struct pl_cli *c, struct pl_fleet **ret, struct pl_err *err) PL_MUST_USE;
/* --db, else the fleet's `inventory:`, else the default. f may be NULL. The second also where that
 * is a server. */
int pl_cli_inventory(struct pl_cli *c, const struct pl_fleet *f, struct pl_inv **ret,
		     struct pl_err *err) PL_MUST_USE;
int pl_cli_registrar(struct pl_cli *c, const struct pl_fleet *f, struct pl_registrar *ret,
		     struct pl_err *err) PL_MUST_USE;
/* For commands that need no fleet: inside one its `inventory:` and the names of its images count.
 * *ret_fleet NULL: none. */
int pl_cli_inventory_here(struct pl_cli *c, struct pl_fleet **ret_fleet, struct pl_inv **ret,
			  struct pl_err *err) PL_MUST_USE;
/* A document of the command line, with the member that every one begins with. */
void pl_json_begin(struct pl_cli *c, struct pl_jw *w);
void pl_json_end(struct pl_cli *c, struct pl_jw *w);
/* lock_check.c: lock --check. */
int pl_cli_lock_check(struct pl_cli *c, struct pl_err *err) PL_MUST_USE;
struct pl_push_result;
/* cmd_push.c: for people, a row an image; as JSON, an array. */
void pl_out_pushed(struct pl_cli *c, const struct pl_push_result *r);
void pl_json_pushed(struct pl_jw *w, const struct pl_push_result *r);
/* changes.c: what a new lock changes in packages. For people, a table; as JSON, the member
 * "changes".
 */
void pl_out_changes(struct pl_cli *c, const struct pl_lock_changes *ch);
void pl_json_changes(struct pl_jw *w, const struct pl_lock_changes *ch);
/* The same for what people edited since the lock was made: lines; the member "edits". */
void pl_out_edits(struct pl_cli *c, const struct pl_lock_edits *e);
void pl_json_edits(struct pl_jw *w, const struct pl_lock_edits *e);
/* All that a new lock changes; in the arena. former NULL: there was none. */
struct pl_cli_changes {
	struct pl_lock_changes packages;
	struct pl_lock_image_changes images;
	const char ***keys; /* of each image: those of its definition that changed; NULL: unknown */
	struct pl_lock_suite_changes suites;
};
void pl_cli_compare(struct pl_cli *c, struct pl_store *store, const struct pl_lock *former,
		    const struct pl_lock *l, struct pl_cli_changes *ret);
/* "2 images on 2 platforms"; in the arena. */
const char *pl_cli_lock_counted(struct pl_cli *c, const struct pl_lock *l);
bool pl_out_lock_changes(struct pl_cli *c, const struct pl_cli_changes *ch); /* false: none */
void pl_json_lock_changes(struct pl_jw *w, const struct pl_cli_changes *ch);
struct pl_build_result;
/* warnings.c: of images. For people, on standard error; as JSON, the member "warnings".
 */
void pl_out_warnings(const struct pl_build_result *r);
void pl_json_warnings(struct pl_jw *w, const struct pl_build_result *r);
/* text.c: text for people. */
void pl_out_text(struct pl_buf *out, const char *s); /* escaped */
/* Columns of the terminal behind fd; SIZE_MAX where there is none: lines are whole then. */
size_t pl_terminal_columns(int fd);
/* A paragraph and a line end: words broken at that many columns. at: where its first line begins,
 * indent: where the others do. */
void pl_out_wrapped(struct pl_buf *out, const char *text, size_t at, size_t indent, size_t columns);
/* Escaped, and shortened to fit the terminal in a line with `taken` other columns: a name at its
 * beginning, a text at its end. In the arena. */
const char *pl_cli_fitted_name(struct pl_cli *c, const char *name, size_t taken);
const char *pl_cli_fitted_text(struct pl_cli *c, const char *text, size_t taken);
/* For people: 12 digits; whole with --full. In the arena. */
const char *pl_cli_digest(struct pl_cli *c, const struct pl_digest *d);
/* A table: rows of n columns, padded. On a terminal it is made as narrow as that is: */
enum pl_column {
	PL_COLUMN_WHOLE,    /* never shortened */
	PL_COLUMN_NAME,     /* shortened at its beginning */
	PL_COLUMN_TEXT,     /* shortened at its end */
	PL_COLUMN_OPTIONAL, /* left out before anything is shortened */
};
struct pl_table {
	struct pl_arena *a;
	size_t columns;
	const enum pl_column *kinds; /* one a column; NULL: all whole */
	PL_VEC(const char *) cells;
};
void pl_table_add(struct pl_table *t, const char *cell); /* borrowed; NULL is "-" */
void pl_table_addf(struct pl_table *t, const char *fmt, ...) PL_PRINTF(2, 3);
void pl_table_print(struct pl_table *t, struct pl_cli *c); /* to its output; frees the cells */
