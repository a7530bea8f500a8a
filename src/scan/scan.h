// SPDX-License-Identifier: Apache-2.0
/*
 * What is in an image, from its layers' tar streams: dpkg's status and status.d (Debian),
 * os-release, whiteouts and opaque directories honoured. Streaming: only candidate files are held
 * in memory, nothing goes to disk.
 */
#pragma once

#include "base/arena.h"
#include "base/digest.h"
#include "io/stream.h"

struct pl_found_package {
	const char *name, *version, *architecture, *source, *source_version,
		*ecosystem; /* "debian" */
	int layer;          /* index of the layer that added this very version */
};
struct pl_scan_result {
	struct pl_found_package *packages; /* sorted by name, architecture, version */
	size_t n_packages;
	const char *os_id, *os_version, *os_codename; /* "" if unknown */
	const char *database;                         /* "status", "status.d", "both", "none" */
	const char **warnings; /* coverage statements: what could not be read and where;
				  NULL-terminated */
};
struct pl_scan;
struct pl_scan *pl_scan_new(const struct pl_env *env, struct pl_arena *a);
void pl_scan_free(struct pl_scan *s);
PL_DEFINE_FREEP(scan)
/* Layers from the lowest up; owns layer (uncompressed tar). what names it in errors. */
int pl_scan_layer(struct pl_scan *s, struct pl_source *layer, const char *what,
		  struct pl_err *err) PL_MUST_USE;
int pl_scan_finish(struct pl_scan *s, struct pl_scan_result *ret, struct pl_err *err) PL_MUST_USE;
