// SPDX-License-Identifier: Apache-2.0
/* What the scan's own files share: the scan as a whole, and a layer as a stream. */
#pragma once

#include "scan/scanner_int.h"

#define PL_SCANNERS_MAX 32

/* A scanner at work. */
struct pl_scan_watch {
	const struct pl_scanner *scanner;
	struct pl_map since; /* "name architecture version" -> struct pl_since */
	int reads;           /* layers after which its packages were read */
};

struct pl_scan {
	const struct pl_env *env;
	struct pl_arena *a;
	struct pl_scan_watch watch[PL_SCANNERS_MAX];
	size_t n_watches;
	struct pl_places places;
	PL_VEC(const char *) warnings; /* of the layers */
	int layers;                    /* read so far */
	bool failed;
};

/* As pl_scan_new, with other scanners than those of the table (NULL-terminated, borrowed). */
struct pl_scan *pl_scan_new_with(const struct pl_env *env, struct pl_arena *a,
				 const struct pl_scanner *const *scanners);
/* Reads the layer into s->places: owns the layer. */
int pl_scan_read_layer(struct pl_scan *s, struct pl_source *layer, const char *what,
		       struct pl_err *err) PL_MUST_USE;
