// SPDX-License-Identifier: Apache-2.0
/*
 * A POSIX shell, as dash has it, that runs a script against an image's tree in memory. No process
 * is started, no file of this machine is read or written: what a script opens is a node of the
 * tree, and each command that it reaches is a built-in of the shell or one of the caller's table;
 * anything else ends the run with PL_SCRIPTS, naming script, line and command. Pipelines run from
 * left to right, each part to its end, so what is written before anybody reads is bounded.
 *
 * Ownership: the shell owns its state and borrows world and tree. Thread rule: one thread. Limits:
 * struct pl_shell_limits; exceeding one is PL_LIMIT.
 */
#pragma once

#include "base/buf.h"
#include "tree/tree.h"

struct pl_shell;
struct pl_shell_call;

struct pl_shell_limits {
	uint64_t steps;  /* commands, loop turns and words expanded: 1,000,000 */
	uint64_t output; /* bytes of one stream or file written: 16 MiB */
	uint64_t memory; /* bytes of all values and texts of commands: 64 MiB */
	uint64_t files;  /* bytes of the tree in memory, with what was overwritten: 512 MiB */
	unsigned depth;  /* functions, subshells, eval and dot within each other: 100 */
};
extern const struct pl_shell_limits pl_shell_limits_default;

/* A command that is no built-in. run writes to the call's streams and returns 0 with the call's
 * status set, or a negative error, which ends the run: PL_SCRIPTS for a use that the command's
 * model does not know (pl_shell_unknown makes it). */
struct pl_shell_command {
	const char *name; /* one that ends in a slash: every program of that directory */
	int (*run)(struct pl_shell_call *call, struct pl_err *err);
	/* Found where the tree lacks a program of the name too: what every Debian system has. */
	bool always;
	/* A program of the name in any directory is the same. */
	bool anywhere;
	/* Optional: is this call one that it answers? Else it is as if there were no such command.
	 */
	bool (*applies)(const struct pl_shell_call *call);
};

/* What a shell runs in. */
struct pl_shell_world {
	struct pl_tree *tree;
	int64_t epoch; /* mtime of what is written */
	/* The commands, sorted by name. */
	const struct pl_shell_command *commands;
	size_t n_commands;
	/* The body of a file that is not in memory, into an empty buffer (as pl_effect_input's). */
	int (*read)(void *ctx, const struct pl_node *n, struct pl_buf *ret, struct pl_err *err);
	void *read_ctx;
	/* Optional: each simple command before it runs, as a line for people: what a trace shows.
	 */
	void (*trace)(void *ctx, const char *script, unsigned line, struct pl_str text);
	void *trace_ctx;
	/* Optional: the text that stands for a file that a script sources; NULL: the file itself.
	 */
	const char *(*sourced)(void *ctx, const char *path);
	void *sourced_ctx;
	/* Optional: a command's answer depends on what an image has not (the time, a machine's
	 * name); what is a sentence about it. NULL: such a command is refused. */
	void (*finding)(void *ctx, const char *script, unsigned line, const char *command,
			const char *what);
	void *finding_ctx;
	/* Optional: a script reads bytes of chance from that path, and gets PL_SHELL_SECRET over
	 * and over. NULL: that is refused. */
	void (*secret)(void *ctx, const char *script, unsigned line, const char *path);
	void *secret_ctx;
	const struct pl_shell_limits *limits; /* NULL: the default ones */
	void *own;                            /* the caller's: commands get at it */
};

struct pl_shell *pl_shell_new(const struct pl_shell_world *world);
void pl_shell_free(struct pl_shell *sh);
PL_DEFINE_FREEP(shell)

/* What stands for bytes of chance, and for what is made of them. Short, so that the first bytes of
 * a password hold it, and no number and no name, so that nobody can compute with it. */
#define PL_SHELL_SECRET "0Secret1"
bool pl_shell_is_secret(struct pl_str text);
/* Is chance what is read from that path? */
bool pl_shell_is_chance(const char *path);

/* Sets and exports a variable; both texts are copied. */
void pl_shell_export(struct pl_shell *sh, const char *name, const char *value);

/* Runs a script of that name ($0, and in messages) with its arguments ($1...). bash: it asks for
 * bash. *ret_status is its exit status; its output goes to pl_shell_output. PL_INPUT for a syntax
 * that is none, PL_SCRIPTS for a command that nobody knows, PL_LIMIT. The tree may be changed in
 * part then: callers work on a copy or throw it away. */
int pl_shell_run(struct pl_shell *sh, const char *name, struct pl_str text, bool bash,
		 const char *const *args, size_t n_args, int *ret_status,
		 struct pl_err *err) PL_MUST_USE;
/* What was written to standard output and to standard error so far; lives with the shell. */
struct pl_str pl_shell_output(const struct pl_shell *sh);
struct pl_str pl_shell_errors(const struct pl_shell *sh);
/* The file and line of the last command before the script ended (and its trap ran); lives with the
 * shell. */
const char *pl_shell_where(const struct pl_shell *sh, unsigned *ret_line);

/* -- for commands -- */

struct pl_shell_call {
	struct pl_shell *shell;
	const struct pl_shell_world *world;
	int argc;
	char **argv; /* NULL-terminated, [0] is the command */
	int status;  /* 0 before run */
	unsigned line;
	const char *script;
};

/* Writes to standard output (1) or standard error (2), or another descriptor that the script has
 * open. What is written to a closed one is lost, as EBADF would have it. PL_LIMIT. */
int pl_shell_write(struct pl_shell *sh, int fd, struct pl_str text, struct pl_err *err) PL_MUST_USE;
/* One line to standard error, "COMMAND: ...", and the call's status. Returns 0, or PL_LIMIT. */
int pl_shell_complain(struct pl_shell_call *call, int status, struct pl_err *err, const char *fmt,
		      ...) PL_PRINTF(4, 5) PL_MUST_USE;
/* All that is left of standard input, appended. */
int pl_shell_input(struct pl_shell *sh, struct pl_buf *ret, struct pl_err *err) PL_MUST_USE;
/* The command was called in a way that its model does not know: PL_SCRIPTS. */
int pl_shell_unknown(const struct pl_shell_call *call, struct pl_err *err, const char *what);
/* A path of the script as one of the tree, from its root, without leading slash and without . and
 * empty components; ".." is kept, links are not followed. Appended to ret. */
void pl_shell_path(const struct pl_shell *sh, const char *path, struct pl_buf *ret);
/* The node of a script's path, NULL if there is none. follow: a link at its end too. */
struct pl_node *pl_shell_node(const struct pl_shell *sh, const char *path, bool follow);
/* Where a script's path is in the tree: its directory's links followed, its last component as it is
 * (which need not be there). false: its directory is not there, or is none. */
bool pl_shell_place(const struct pl_shell *sh, const char *path, struct pl_buf *ret);
/* Some KiB of chance, appended. PL_SCRIPTS where the world hears of none. */
int pl_shell_chance(struct pl_shell *sh, const char *path, struct pl_buf *ret,
		    struct pl_err *err) PL_MUST_USE;
/* A file's bytes, appended; the file is a PL_TAR_FILE. */
int pl_shell_file_read(struct pl_shell *sh, const struct pl_node *n, struct pl_buf *ret,
		       struct pl_err *err) PL_MUST_USE;
/* Writes a file as > and >> do. 1; 0: it cannot be opened, and that is said. */
int pl_shell_file_write(struct pl_shell *sh, const char *path, struct pl_str text, bool append,
			struct pl_err *err) PL_MUST_USE;
/* A variable's value, NULL if it is not set; until it is changed. */
const char *pl_shell_value(const struct pl_shell *sh, const char *name);
/* The same of one that commands see. */
const char *pl_shell_exported(const struct pl_shell *sh, const char *name);
/* A turn of a loop that a script's own program makes (awk). PL_LIMIT when there were too many. */
int pl_shell_step(struct pl_shell *sh, struct pl_err *err) PL_MUST_USE;
/* Can regcomp(3) take it in bounded memory? Repetitions within each other multiply. */
bool pl_shell_regex_fits(const char *text);
uint32_t pl_shell_umask(const struct pl_shell *sh);
/* The path of a program by $PATH, also of those that every Debian system has; the caller's. NULL:
 * there is none. */
char *pl_shell_which(const struct pl_shell *sh, const char *name);
/* Runs a command as a process of its own would (execvp): a model, a script of the tree, a shell, a
 * built-in that is a program too; no function. env: NAME=VALUE sets a variable for it, NAME unsets
 * one, - clears all that is exported. The call's status is the command's, 127 when it is not found
 * (and that is said). PL_SCRIPTS for a program that nobody knows, PL_LIMIT. */
int pl_shell_external(struct pl_shell_call *call, int argc, char **argv, char *const *env,
		      size_t n_env, struct pl_err *err) PL_MUST_USE;
/* The same as another user than root: the command may be a shell, and test files' types and owners.
 * PL_SCRIPTS for whatever else depends on who does it: other commands, files that are opened, -r.
 */
int pl_shell_as(struct pl_shell_call *call, uint32_t uid, uint32_t gid, int argc, char **argv,
		struct pl_err *err) PL_MUST_USE;
/* Is what is written there lost (closed, or /dev/null)? */
bool pl_shell_is_lost(const struct pl_shell *sh, int fd);
/* Does the script read what is written there: a pipe, $(...), a file that is no log? */
bool pl_shell_is_read(const struct pl_shell *sh, int fd);
/* Tells the world's finding; PL_SCRIPTS when the world hears of none. */
int pl_shell_finding(const struct pl_shell_call *call, struct pl_err *err,
		     const char *what) PL_MUST_USE;
