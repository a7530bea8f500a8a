// SPDX-License-Identifier: Apache-2.0
/*
 * The paths that a scan watches, as the layers read so far show them: whiteouts and opaque
 * directories of image-spec layer.md applied, bodies in a pl_keep. A path once seen keeps its
 * place, so places stand in the order in which paths were first seen. Ownership: places and paths
 * live in the arena, bodies in the keep, links' texts in their place. Thread rule: one thread.
 * Limits: PL_PLACES_MAX.
 */
#pragma once

#include "base/arena.h"
#include "base/env.h"
#include "base/map.h"
#include "scan/keep_int.h"

/* Paths with the directories above them; an image has some hundreds. */
#define PL_PLACES_MAX 50000

struct pl_place {
	struct pl_str path; /* NUL-terminated; "" is the root */
	struct pl_place *first_child, *sibling;
	uint32_t watchers; /* bit i: what is here matters to scanner i */
	int emptied_in;    /* layer whose whiteouts reached what is below; -1 none */
	/* What is there now. */
	bool there;                /* a file or symbolic link; directories are not */
	int layer;                 /* that put it there */
	char *link;                /* a symbolic link's text (heap), else NULL */
	struct pl_kept_body *body; /* a file's; NULL: a link, or a file only noticed */
};

struct pl_places {
	struct pl_arena *a;
	struct pl_keep keep;
	struct pl_map by_path; /* path -> struct pl_place, in order */
	int layer;             /* being read */
	uint32_t changed;      /* the watchers of what this layer changed */
};

void pl_places_init(struct pl_places *s, struct pl_arena *a);
void pl_places_done(struct pl_places *s);
void pl_places_begin_layer(struct pl_places *s, int layer, const struct pl_limits *limits);

struct pl_place *pl_places_get(const struct pl_places *s,
			       struct pl_str path); /* NULL: not watched */
/* A file or link comes to path, in the place of what was there: the place, empty and `there`, for
 * the caller to fill. PL_LIMIT. */
int pl_places_put(struct pl_places *s, struct pl_str path, uint32_t watchers, struct pl_place **ret,
		  struct pl_err *err) PL_MUST_USE;
/* What is at the place goes, whichever layer put it there. */
void pl_places_drop(struct pl_places *s, struct pl_place *p);
/* What lower layers have at path and below it goes; with keep_itself only what is below. */
void pl_places_hide(struct pl_places *s, struct pl_str path, bool keep_itself);
/* The file that path means in the image, links on the way followed as far as they are watched;
 * NULL: none, or one whose body was not kept. scratch is for paths on the way. */
struct pl_place *pl_places_resolve(const struct pl_places *s, struct pl_arena *scratch,
				   const char *path);
