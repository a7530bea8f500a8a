// SPDX-License-Identifier: Apache-2.0
/* Scanning an image by reference: opens it, streams its layers through scan/, finds its base, and
 * (if asked) registers it. */
#pragma once

#include "base/reference.h"
#include "oci/repository.h"
#include "publish/registrar.h"
#include "scan/scan.h"

struct pl_scanned {
	struct pl_ref ref;
	struct pl_digest digest;
	const char *platform;
	struct pl_scan_result result;
	struct pl_digest *diff_ids;
	size_t n_diff_ids;
	const char *base;          /* name, NULL unknown */
	const char *base_evidence; /* "build", "annotation", "layers"; NULL */
	struct pl_digest base_digest;
	bool has_base_digest;
};
/* platform NULL: this machine's, else the first. inv may be NULL (no base by layers). Strings live
 * in a. */
int pl_scan_ref(const struct pl_env *env, struct pl_registries *registries, struct pl_arena *a,
		const struct pl_ref *ref, const char *platform, struct pl_inv *inv,
		struct pl_scanned *ret, struct pl_err *err) PL_MUST_USE;
/* Registers what was scanned under name. */
int pl_scan_register(struct pl_registrar *to, const struct pl_scanned *s, const char *name,
		     struct pl_err *err) PL_MUST_USE;
