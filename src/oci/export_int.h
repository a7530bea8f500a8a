// SPDX-License-Identifier: Apache-2.0
/* What an export consists of (export.c), for the one that writes it as a tar (export_tar.c). */
#pragma once

#include "base/map.h"
#include "oci/export.h"

struct export_text {
	struct pl_descriptor d;
	struct pl_str text;
};
struct pl_exporting {
	const struct pl_env *env;
	struct pl_repo *from;
	const struct pl_export *to;
	struct pl_arena *a;
	struct export_text root;             /* what the name means: an index or a manifest */
	PL_VEC(struct export_text) children; /* the manifests of an index */
	PL_VEC(struct pl_descriptor) blobs;  /* configs and layers, each once, in order */
	struct pl_map seen;
	struct pl_manifest manifest; /* the only one, of a docker-archive */
};
int pl_export_tar(struct pl_exporting *x, struct pl_err *err) PL_MUST_USE;
