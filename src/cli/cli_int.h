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
#include "lockfile/lock.h"
#include "publish/registrar.h"
#include "store/store.h"

/* Every option of every command; a command sees those of its table. */
struct pl_args {
	const char *dir, *store, *db, *output, *progress, *jobs;
	bool offline, quiet, no_color, help;
	bool allow_old, check, regroup, update, recursive, effective, by_source, all, apply;
	const char *registry, *platform, *register_as, *listen, *token_file, *version, *package,
		*fixed;
	const char **operands; /* NULL-terminated */
	size_t n_operands;
};

struct pl_option {
	const char *name;  /* without "--" */
	char letter;       /* 0: none */
	const char *value; /* what stands for its value in help; NULL: a flag */
	const char *help;
	size_t offset;       /* into struct pl_args: const char * or bool */
	const char *choices; /* "text|json"; NULL: anything */
};

struct pl_cli {
	struct pl_args args;
	struct pl_env env;
	bool json;
	struct pl_buf out; /* standard output */
	struct pl_arena arena;
};

struct pl_command {
	const char *name, *operands, *summary;
	const char *about;    /* paragraphs for --help */
	const char *examples; /* lines for --help */
	const struct pl_option *options;
	size_t n_options;
	size_t min_operands, max_operands;
	int (*run)(struct pl_cli *c, struct pl_err *err);
};

extern const struct pl_option pl_global_options[];
extern const size_t pl_n_global_options;
extern const struct pl_command *const pl_commands[]; /* in the order of help */
extern const size_t pl_n_commands;
extern const struct pl_command pl_cmd_lock, pl_cmd_build, pl_cmd_push, pl_cmd_scan, pl_cmd_serve,
	pl_cmd_images, pl_cmd_packages, pl_cmd_children, pl_cmd_upgrade, pl_cmd_version;

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
/* For commands that write the lock, before they read it: see pl_lock_guard. */
int pl_cli_lock_guard(struct pl_cli *c, int *ret_fd, struct pl_err *err) PL_MUST_USE;
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
/* The images that were named, NULL for all. */
const char *const *pl_cli_images(const struct pl_cli *c);
/* --db, else the fleet's `inventory:`, else the default. f may be NULL. The second also where that
 * is a server. */
int pl_cli_inventory(struct pl_cli *c, const struct pl_fleet *f, struct pl_inv **ret,
		     struct pl_err *err) PL_MUST_USE;
int pl_cli_registrar(struct pl_cli *c, const struct pl_fleet *f, struct pl_registrar *ret,
		     struct pl_err *err) PL_MUST_USE;
/* lock_check.c: lock --check. */
int pl_cli_lock_check(struct pl_cli *c, struct pl_err *err) PL_MUST_USE;
struct pl_push_result;
/* cmd_push.c: for people, a row an image; as JSON, an array. */
void pl_out_pushed(struct pl_cli *c, const struct pl_push_result *r);
void pl_json_pushed(struct pl_jw *w, const struct pl_push_result *r);
struct pl_lock_changes;
/* cmd_lock.c: what a new lock changes. For people, a table; as JSON, the member "changes". */
void pl_out_changes(struct pl_cli *c, const struct pl_lock_changes *ch);
void pl_json_changes(struct pl_jw *w, const struct pl_lock_changes *ch);
/* Text for people: outside text escaped, sizes and durations short. */
void pl_out_text(struct pl_buf *out, const char *s); /* escaped */
void pl_out_size(struct pl_buf *out, uint64_t bytes);
/* A table: rows of n columns, padded; the last column is not. */
struct pl_table {
	struct pl_arena *a;
	size_t columns;
	PL_VEC(const char *) cells;
};
void pl_table_add(struct pl_table *t, const char *cell); /* borrowed; NULL is "-" */
void pl_table_addf(struct pl_table *t, const char *fmt, ...) PL_PRINTF(2, 3);
void pl_table_print(struct pl_table *t, struct pl_buf *out); /* and frees the cells */
