// SPDX-License-Identifier: Apache-2.0
/* find's expression: parsed (find_parse.c) and asked of each file (find.c). Its arena owns it. */
#pragma once

#include "base/arena.h"
#include "commands/commands_int.h"

enum pl_find_kind {
	PL_FIND_AND,
	PL_FIND_OR,
	PL_FIND_NOT,
	PL_FIND_TRUE,
	PL_FIND_FALSE,
	/* tests */
	PL_FIND_NAME, /* text: a pattern */
	PL_FIND_PATH,
	PL_FIND_LNAME,
	PL_FIND_TYPE, /* text: letters */
	PL_FIND_PERM, /* op: 0, - or / */
	PL_FIND_SIZE, /* op: 0, + or -; unit bytes */
	PL_FIND_LINKS,
	PL_FIND_UID,
	PL_FIND_GID,
	PL_FIND_NOUSER,
	PL_FIND_NOGROUP,
	PL_FIND_EMPTY,
	PL_FIND_SAME,
	PL_FIND_EXECUTABLE,
	/* actions */
	PL_FIND_PRINT, /* op: what ends a line */
	PL_FIND_PRINTF,
	PL_FIND_EXEC,
	PL_FIND_EXEC_MANY,  /* {} + */
	PL_FIND_EXEC_THERE, /* -execdir */
	PL_FIND_DELETE,
	PL_FIND_PRUNE,
	PL_FIND_QUIT,
};
struct pl_find_node {
	enum pl_find_kind kind;
	struct pl_find_node *a, *b;
	const char *text;
	bool fold; /* -iname */
	char op;
	uint64_t n, unit;
	const struct pl_node *same;
	char **argv; /* of -exec, borrowed */
	int argc;
	PL_VEC(char *) paths; /* of -exec ... + */
	struct pl_find_node *next_many;
};
struct pl_find {
	struct pl_shell_call *call;
	struct pl_arena arena;
	struct pl_find_node *root, *many;
	uint64_t min, max; /* depths */
	bool children_first, follows, follows_named, acts, stop;
	struct pl_buf out;
};

/* Reads the expression that begins at argv[at]. 1; 0: it is wrong, and that is said. PL_SCRIPTS for
 * what the model does not know. */
int pl_find_parse(struct pl_find *f, int at, struct pl_err *err) PL_MUST_USE;
