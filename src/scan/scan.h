// SPDX-License-Identifier: Apache-2.0
/*
 * What is in an image, from its layers' tar streams: whatever the scanners of scanner_int.h's table
 * find (dpkg's status and status.d, os-release), whiteouts and opaque directories honoured.
 * Streaming: only the files that scanners want are kept, in memory up to limits->scan_memory and in
 * an unnamed temporary file beyond it. Ownership: results live in the arena. Thread rule: a scan
 * belongs to one thread. Limits: limits->memory_file a file.
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
	/* dpkg's: "status", "status.d", "both"; of several scanners joined with ", "; "none" */
	const char *database;
	const char **warnings; /* coverage statements: what could not be read and where;
				  NULL-terminated */
};
/* Does a scan find packages of this ecosystem at all? Of others its answer says nothing. */
bool pl_scan_reads(const char *ecosystem);

struct pl_scan;
struct pl_scan *pl_scan_new(const struct pl_env *env, struct pl_arena *a);
void pl_scan_free(struct pl_scan *s);
PL_DEFINE_FREEP(scan)
/* Layers from the lowest up; owns layer (uncompressed tar). what names it in errors. */
int pl_scan_layer(struct pl_scan *s, struct pl_source *layer, const char *what,
		  struct pl_err *err) PL_MUST_USE;
/* What the layers so far show. PL_INPUT after a layer that failed. */
int pl_scan_finish(struct pl_scan *s, struct pl_scan_result *ret, struct pl_err *err) PL_MUST_USE;
