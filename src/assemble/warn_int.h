// SPDX-License-Identifier: Apache-2.0
/*
 * What no image has because `apt` would presuppose it: found in the tree an image wants, said of
 * the stage that brings it (a base's own matters are said of the base). Ownership: warnings are in
 * the target's arena. Thread rule: a target's thread alone.
 */
#pragma once

#include "assemble/builder_int.h"

/* A program of the tree and what it lacks. */
struct pl_lack {
	const char *kind, *about; /* as of a warning */
	const char *path;         /* of the program, absolute */
	bool is_near;             /* beside the entrypoint: likely to be run */
};

struct pl_warner {
	struct pl_builder *b;
	struct pl_target *t;
	struct pl_arena *a; /* the target's */
	const struct pl_package_format *format;
	const char *path;                      /* $PATH of the image */
	PL_VEC(const struct pl_node *) dirs;   /* what it names, links followed */
	bool *is_own;                          /* by owner number: a package of this stage */
	PL_VEC(const struct pl_node *) judged; /* commands: programs that need no second look */
	PL_VEC(struct pl_lack) lacks;
	struct pl_map libraries; /* names with ".so" of all the tree; once has_libraries */
	bool has_libraries;
	PL_VEC(struct pl_warning) v;
};

/* Is it acknowledged? path may be NULL. */
bool pl_warner_accepts(const struct pl_warner *w, const char *kind, const char *about,
		       const char *path);
/* One more warning, unless it is acknowledged. kind and about live as long as the arena. */
void pl_warn(struct pl_warner *w, const char *kind, const char *about, const char *fmt, ...)
	PL_PRINTF(4, 5);
/* "add dash to 'packages'", or how else to bring what is at that path (or of that name). */
const char *pl_warner_mend(const struct pl_warner *w, const char *path);

/* warn_programs.c */
/* A file that may be executed at the end of that path, links followed; NULL: none. */
const struct pl_node *pl_warner_executable(const struct pl_warner *w, const char *path);
/* The first of a bare name in the directories of $PATH; NULL: none. */
const struct pl_node *pl_warner_in_path(const struct pl_warner *w, const char *name);
/* Does this stage bring the program at that path? */
bool pl_warner_is_own(const struct pl_warner *w, const struct pl_node *n, const char *path);
/* What a program lacks, into w->lacks. */
int pl_warn_program(struct pl_warner *w, const struct pl_node *n, const char *path,
		    struct pl_err *err) PL_MUST_USE;
/* Every program of the stage, a warning for each thing that is lacking. */
int pl_warn_programs(struct pl_warner *w, struct pl_err *err) PL_MUST_USE;

/* warn_commands.c: entrypoint, cmd and healthcheck. */
int pl_warn_commands(struct pl_warner *w, struct pl_err *err) PL_MUST_USE;
