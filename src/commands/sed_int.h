// SPDX-License-Identifier: Apache-2.0
/* A sed script: parsed (sed_parse.c) and run (sed.c). POSIX sed with GNU's -i, -E, 0,/re/,
 * first~step, addr,+n, one-line a, i and c, and the flags i and I. Memory: the script's own arena.
 */
#pragma once

#include "base/arena.h"
#include "commands/commands_int.h"
#include "commands/regex_int.h"

enum pl_sed_address_kind {
	PL_SED_NONE,
	PL_SED_LINE,
	PL_SED_LAST,
	PL_SED_REGEX,
	PL_SED_STEP, /* first~step */
	PL_SED_PLUS, /* addr,+n */
};
struct pl_sed_address {
	enum pl_sed_address_kind kind;
	uint64_t line, step;
	int regex; /* index; -1: the last one used */
};
struct pl_sed_command {
	struct pl_sed_address a, b;
	bool negated;
	char name;
	unsigned end;        /* { : the command behind its }; b, t, T: where to; */
	struct pl_str text;  /* a, i, c, r, w; y's first set; s's replacement; a label */
	struct pl_str other; /* y's second set */
	int regex;
	bool global, prints; /* s */
	uint64_t number;     /* s: which match; q, Q: the status */
	const char *file;    /* s///w */
	bool in_range;       /* while running: between a and b */
	uint64_t range_end;
};
struct pl_sed {
	struct pl_arena arena;
	PL_VEC(struct pl_sed_command) commands;
	PL_VEC(struct pl_cmd_regex) regexes;
	bool extended, silent, separate, zero; /* zero: -z */
};

/* Reads a script. PL_SCRIPTS or PL_INPUT say what is not known. */
int pl_sed_parse(struct pl_sed *s, struct pl_str text, struct pl_err *err) PL_MUST_USE;
void pl_sed_done(struct pl_sed *s);
