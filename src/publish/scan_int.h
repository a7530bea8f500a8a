// SPDX-License-Identifier: Apache-2.0
/* The steps of a scan by reference, in their order. Each returns 0 or an error, and finds what it
 * needs in the struct, where the steps before it left it. */
#pragma once

#include "oci/manifest.h"
#include "oci/repository.h"
#include "publish/scan.h"

struct pl_image_scan {
	const struct pl_env *env;
	struct pl_registries *registries;
	struct pl_arena *a;
	const struct pl_ref *ref;
	const char *platform; /* asked for; NULL: this machine's, else the first */
	struct pl_inv *inv;   /* NULL: none */
	/* pl_image_scan_open: the manifest of one platform, and its config. */
	struct pl_repo *repo;
	struct pl_oci_index index; /* if the reference names one */
	bool has_index;
	struct pl_manifest manifest;
	struct pl_config config;
	uint64_t unpacked; /* bytes of layers so far */
	/* What every step adds to. */
	struct pl_scanned found;
};
/* Also the found digest, platform and diff_ids. PL_NOT_FOUND: no such image, or none for the
 * platform. */
int pl_image_scan_open(struct pl_image_scan *w, struct pl_err *err) PL_MUST_USE;
/* The found base with its evidence, or none. */
int pl_image_scan_base(struct pl_image_scan *w, struct pl_err *err) PL_MUST_USE;
