// SPDX-License-Identifier: Apache-2.0
/*
 * The state of a running shell. Conventions of this directory: a function returns 0 when the shell
 * goes on (its status says how the command ended), and a negative error when the run is over.
 * sh->flow says that commands are to be left: the caller of each command looks at it. An error that
 * ends the shell as POSIX has it (2.8.1) is a message, status 2 and PL_SH_EXIT.
 */
#pragma once

#include "shell/shell.h"
#include "shell/syntax_int.h"

#include "base/map.h"

/* -- variables (vars.c) -- */

enum {
	PL_SH_EXPORTED = 1 << 0,
	PL_SH_READONLY = 1 << 1,
	PL_SH_IS_ARRAY = 1 << 2,
};
struct pl_sh_item {
	int64_t number;
	char *key; /* the number as a text */
	char *value;
};
struct pl_sh_var {
	unsigned refs; /* a subshell shares it until one of the two changes it */
	char *name;
	char *value; /* NULL: unset, or an array */
	unsigned flags;
	struct pl_sh_item *items; /* of an array */
	size_t n_items;
};
/* What local put aside, for the end of the function. */
struct pl_sh_saved {
	struct pl_sh_var var;
	bool options; /* local - */
	unsigned option_bits;
};
struct pl_sh_function {
	const char *name; /* the arena's */
	const struct pl_sh_node *body;
	const char *script;
};
struct pl_sh_alias {
	char *name, *value;
};

/* -- open files (files.c) -- */

enum pl_sh_file_kind {
	PL_SH_FILE_NULL,
	PL_SH_FILE_BYTES, /* a pipe, a captured output, a here-document */
	PL_SH_FILE_NODE,
};
/* The bytes behind open files: several may have one node open at once. */
struct pl_sh_body {
	unsigned refs;
	struct pl_buf data;
	struct pl_node *node; /* NULL: of no file of the tree */
	bool changed;         /* the tree does not have these bytes yet */
	struct pl_sh_body *next_open;
};
struct pl_sh_file {
	unsigned refs;
	enum pl_sh_file_kind kind;
	struct pl_sh_body *body; /* NULL: of PL_SH_FILE_NULL */
	size_t at;               /* where the next read or write is */
	bool writes, appends;
};
#define PL_SH_FDS 10
#define PL_SH_SIGNALS 32

enum pl_sh_flow { PL_SH_GO, PL_SH_BREAK, PL_SH_CONTINUE, PL_SH_RETURN, PL_SH_EXIT };

enum pl_sh_option {
	PL_SH_ERREXIT = 1 << 0,
	PL_SH_NOUNSET = 1 << 1,
	PL_SH_NOGLOB = 1 << 2,
	PL_SH_XTRACE = 1 << 3,
	PL_SH_ALLEXPORT = 1 << 4,
	PL_SH_NOEXEC = 1 << 5,
	PL_SH_NOCLOBBER = 1 << 6,
	PL_SH_VERBOSE = 1 << 7,
	PL_SH_PIPEFAIL = 1 << 8, /* bash */
};

/* Shared by a shell and its subshells. */
struct pl_sh_common {
	const struct pl_shell_world *world;
	struct pl_shell_limits limits;
	struct pl_arena arena; /* syntax trees, and names of scripts */
	uint64_t steps, memory;
	const char *script; /* where the last step was */
	unsigned line;
	struct pl_sh_body *open; /* of the nodes that are open */
	PL_VEC(int) jobs;        /* how commands in the background ended */
	struct pl_sh_file *out, *err;
};

struct pl_shell {
	struct pl_sh_common *common;
	struct pl_map vars; /* name -> struct pl_sh_var; unset ones stay as holes */
	PL_VEC(struct pl_sh_saved) saved;
	PL_VEC(struct pl_sh_function) functions;
	PL_VEC(struct pl_sh_alias) aliases;
	char **args; /* $1... */
	size_t n_args;
	char *name;         /* $0 */
	const char *script; /* whose text runs: in messages */
	unsigned line, depth, loops, functions_deep;
	unsigned options;
	bool bash, is_subshell;
	bool tested;             /* of the command that runs: for eval and dot */
	bool died;               /* it ends because of an error, not of exit */
	int status, last_status; /* $?, and before the built-in that runs */
	int command_status;      /* of the last command substitution, -1: none */
	enum pl_sh_flow flow;
	unsigned flow_n; /* loops that break or continue still leave */
	struct pl_sh_file *fds[PL_SH_FDS];
	char *cwd; /* absolute */
	uint32_t umask;
	uint32_t uid, gid;          /* who runs it: see pl_shell_as */
	char *traps[PL_SH_SIGNALS]; /* by the number of the condition, 0 is EXIT */
	int ending_status;          /* while the EXIT trap runs: what exit gives; else -1 */
	size_t getopts_next,
		getopts_at; /* the argument that is next, from 1; within the one before */
	size_t job;         /* the last command that was put into the background, from 1 */
};

struct pl_sh_fields {
	char **v; /* NULL-terminated */
	size_t n, cap;
};
void pl_sh_fields_add(struct pl_sh_fields *f, char *text); /* takes text over */
void pl_sh_fields_done(struct pl_sh_fields *f);

/* One step; PL_LIMIT when there were too many. */
int pl_sh_step(struct pl_shell *sh, struct pl_err *err) PL_MUST_USE;
/* n bytes are kept. */
int pl_sh_keep(struct pl_shell *sh, uint64_t n, struct pl_err *err) PL_MUST_USE;
/* A use of the shell that it does not know: PL_SCRIPTS. */
int pl_sh_unknown(const struct pl_shell *sh, struct pl_err *err, const char *fmt, ...)
	PL_PRINTF(3, 4);
/* "SCRIPT: LINE: ..." to standard error; the shell ends with status 2 (2.8.1). Returns 1, or
 * PL_LIMIT. */
int pl_sh_die(struct pl_shell *sh, struct pl_err *err, const char *fmt, ...)
	PL_PRINTF(3, 4) PL_MUST_USE;
/* The same message, and nothing ends; 0 or PL_LIMIT. */
int pl_sh_say(struct pl_shell *sh, struct pl_err *err, const char *fmt, ...)
	PL_PRINTF(3, 4) PL_MUST_USE;

/* -- variables -- */

/* NULL: never set. */
const struct pl_sh_var *pl_sh_var_get(const struct pl_shell *sh, struct pl_str name);
/* The shell's own, to be changed; there is one afterwards. */
struct pl_sh_var *pl_sh_var_own(struct pl_shell *sh, struct pl_str name);
/* Gives a variable a value. 0; 1: it is read-only, which ends the shell; negative. */
int pl_sh_var_set(struct pl_shell *sh, struct pl_str name, const char *value, unsigned flags,
		  struct pl_err *err) PL_MUST_USE;
int pl_sh_var_unset(struct pl_shell *sh, struct pl_str name, struct pl_err *err) PL_MUST_USE;
/* Puts a variable aside until the innermost function (or command with assignments) ends. */
void pl_sh_var_save(struct pl_shell *sh, struct pl_str name);
void pl_sh_vars_restore(struct pl_shell *sh, size_t n_saved);
void pl_sh_vars_copy(struct pl_shell *to, const struct pl_shell *from);
void pl_sh_vars_done(struct pl_shell *sh);
/* Numbers of processes: the shell's, which no process has, and those of its jobs. */
enum { PL_SH_PROCESS = 2 };
/* A parameter, special ones too (2.5.2), NULL: not set. buf holds what is computed. $@ and $* are
 * not asked here. */
const char *pl_sh_param(struct pl_shell *sh, struct pl_str name, struct pl_buf *buf);

/* -- files -- */

struct pl_sh_file *pl_sh_file_bytes(struct pl_shell *sh, struct pl_str text);
struct pl_sh_file *pl_sh_file_ref(struct pl_sh_file *f);
/* The last one commits what was written to the tree. NULL is fine. */
void pl_sh_file_unref(struct pl_shell *sh, struct pl_sh_file *f);
/* What is written to open files, into the tree: before anybody reads there. */
void pl_sh_files_sync(struct pl_shell *sh);
/* What is left to be read of it. */
struct pl_str pl_sh_file_rest(const struct pl_sh_file *f);
/* Puts redirections into force; what was there goes into saved[PL_SH_FDS] (refs move). 0; 1: one
 * failed, the message is written; negative. restore in every case. */
int pl_sh_redirect(struct pl_shell *sh, const struct pl_sh_redirect *r, struct pl_sh_file **saved,
		   bool *is_saved, struct pl_err *err) PL_MUST_USE;
void pl_sh_redirect_restore(struct pl_shell *sh, struct pl_sh_file **saved, const bool *is_saved);

/* -- expansion -- */

/* A text whose bytes know where they are from. */
enum {
	PL_SH_QUOTED = 1 << 0,    /* not special to patterns */
	PL_SH_SPLITS = 1 << 1,    /* from an unquoted expansion: split into fields */
	PL_SH_HOLLOW = 1 << 2,    /* no byte: here were quotes with nothing in them */
	PL_SH_FIELD_END = 1 << 3, /* no byte: a field ends here ($@) */
	PL_SH_NOBODY = 1 << 4,    /* no byte: "$@" without arguments */
};
struct pl_sh_marked {
	struct pl_buf text, marks;
};
void pl_sh_marked_done(struct pl_sh_marked *m);

/* Each returns 0; 1 when the shell ends (2.8.1); or a negative error. */
int pl_sh_expand_fields(struct pl_shell *sh, const struct pl_sh_word *words,
			struct pl_sh_fields *ret, struct pl_err *err) PL_MUST_USE;
int pl_sh_expand_text(struct pl_shell *sh, const struct pl_sh_word *word, struct pl_buf *ret,
		      struct pl_err *err) PL_MUST_USE;
/* ${...} (param.c). */
int pl_sh_expand_param(struct pl_shell *sh, const struct pl_sh_part *part, struct pl_sh_marked *out,
		       struct pl_err *err) PL_MUST_USE;
/* What stands between the values of "$*": IFS's first byte. */
struct pl_str pl_sh_joint(const struct pl_shell *sh);
void pl_sh_marked_add(struct pl_sh_marked *out, struct pl_str text, unsigned mark);
/* All marks that some byte of it has. */
unsigned pl_sh_marks(const struct pl_sh_marked *m);
void pl_sh_marked_mark(struct pl_sh_marked *out, unsigned mark); /* one of no byte */
/* A pattern to be matched: without the marks that are no bytes. */
int pl_sh_expand_pattern(struct pl_shell *sh, const struct pl_sh_word *word,
			 struct pl_sh_marked *ret, struct pl_err *err) PL_MUST_USE;
/* Its parts into out; split: what unquoted expansions give is marked so. */
int pl_sh_expand_parts(struct pl_shell *sh, const struct pl_sh_word *word, bool split,
		       struct pl_sh_marked *out, struct pl_err *err) PL_MUST_USE;
/* Cuts a text into fields (2.6.5), and those that are patterns into paths of the tree (2.6.6). */
int pl_sh_split(struct pl_shell *sh, const struct pl_sh_marked *m, struct pl_sh_fields *ret,
		struct pl_err *err) PL_MUST_USE;

/* -- patterns (pattern.c, glob.c) -- */

/* marks: as in a marked text; NULL: nothing is quoted. */
struct pl_sh_pattern {
	struct pl_str text;
	const char *marks;
	bool bash; /* [^...] is [!...] */
};
bool pl_sh_match(struct pl_sh_pattern pattern, struct pl_str text);
bool pl_sh_is_pattern(struct pl_sh_pattern pattern);
/* The paths of the tree that match, sorted bytewise; none: nothing is added. */
int pl_sh_glob(struct pl_shell *sh, struct pl_sh_pattern pattern, struct pl_sh_fields *ret,
	       struct pl_err *err) PL_MUST_USE;

/* -- arithmetic (arith.c) -- */

int pl_sh_arith(struct pl_shell *sh, struct pl_str text, int64_t *ret,
		struct pl_err *err) PL_MUST_USE;

/* -- commands -- */

/* tested: the status is looked at by the script, so set -e does not count. */
int pl_sh_execute(struct pl_shell *sh, const struct pl_sh_node *n, bool tested,
		  struct pl_err *err) PL_MUST_USE;
int pl_sh_simple(struct pl_shell *sh, const struct pl_sh_node *n, bool tested,
		 struct pl_err *err) PL_MUST_USE;
/* Words that are expanded already. */
int pl_sh_call(struct pl_shell *sh, int argc, char **argv, const struct pl_sh_assign *assigns,
	       bool no_functions, bool tested, struct pl_err *err) PL_MUST_USE;
/* The end of a shell: its EXIT trap. */
int pl_sh_end(struct pl_shell *sh, struct pl_err *err) PL_MUST_USE;
/* All but what is shared. */
void pl_sh_state_free(struct pl_shell *sh);
/* bash's NAME=(...), NAME[...]= (arrays.c). */
int pl_sh_array_assign(struct pl_shell *sh, const struct pl_sh_assign *a,
		       struct pl_err *err) PL_MUST_USE;
/* A text's commands in this shell. what: for messages. */
int pl_sh_text_run(struct pl_shell *sh, const char *what, struct pl_str text, unsigned line,
		   bool tested, struct pl_err *err) PL_MUST_USE;
/* Commands in a subshell; out NULL: standard output as it is. *ret_status: how it ended. */
int pl_sh_subshell(struct pl_shell *sh, const struct pl_sh_node *n, bool tested,
		   struct pl_sh_file *in, struct pl_sh_file *out, int *ret_status,
		   struct pl_err *err) PL_MUST_USE;
int pl_sh_test_node(struct pl_shell *sh, const struct pl_sh_test *t, bool *ret,
		    struct pl_err *err) PL_MUST_USE;
void pl_sh_args_free(struct pl_shell *sh);
/* Does a text begin as a shell's script does? *ret_options: those of its #! line. */
bool pl_sh_is_script(struct pl_str text, bool *ret_bash, unsigned *ret_options);
/* A script as a process of its own would run it, with argv[1]... as arguments. */
int pl_sh_script_run(struct pl_shell *sh, const char *path, struct pl_str text, bool bash,
		     unsigned options, int argc, char **argv, struct pl_err *err) PL_MUST_USE;
const struct pl_sh_function *pl_sh_function_find(const struct pl_shell *sh, const char *name);
void pl_sh_function_set(struct pl_shell *sh, struct pl_str name, const struct pl_sh_node *body);

/* -- built-ins -- */

struct pl_sh_builtin {
	const char *name;
	int (*run)(struct pl_shell *sh, int argc, char **argv, struct pl_err *err);
	bool special; /* 2.14: assignments stay, an error ends the shell */
	bool bash;    /* only there */
};
const struct pl_sh_builtin *pl_sh_builtin_find(const struct pl_shell *sh, const char *name);
/* local, declare: what is assigned stays until the function ends. */
bool pl_sh_builtin_declares(const struct pl_sh_builtin *b);
/* The bit of one of set's letters; false: it has none of that name. */
bool pl_sh_option_bit(char letter, unsigned *ret);
const struct pl_shell_command *pl_sh_command_find(const struct pl_shell *sh, const char *name);
/* A command by its name, or by its path. */
const struct pl_shell_command *pl_sh_model_find(const struct pl_shell *sh, const char *name);
/* The path of a program of the tree by $PATH, or the name itself with a slash in it; NULL. */
char *pl_sh_program_find(const struct pl_shell *sh, const char *name);

/* -- programs (programs.c) -- */

/* Is the command the same, whoever runs it? */
bool pl_sh_anybody_may(const struct pl_shell *sh, int argc, char **argv);

/* /usr/bin/NAME and its like as NAME, anything else as it is. */
const char *pl_sh_program_name(const char *name);
/* A command that is no function and no built-in: a model, a shell, a script of the tree; "not
 * found" is status 127. Anything else is PL_SCRIPTS. */
int pl_sh_run_command(struct pl_shell *sh, int argc, char **argv, struct pl_err *err) PL_MUST_USE;
/* A shell, or a built-in that is a program too. *ret_is: it was one. */
int pl_sh_program_run(struct pl_shell *sh, int argc, char **argv, bool *ret_is,
		      struct pl_err *err) PL_MUST_USE;
