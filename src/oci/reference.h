// SPDX-License-Identifier: Apache-2.0
/*
 * References to images: oci:DIR[:REF],
 * docker-archive:FILE[:REF], dir:ROOTFS, HOST[:PORT]/REPO[:TAG][@DIGEST] (distribution-spec name
 * and tag grammar; docker.io defaults). Pure.
 */
#pragma once

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"

enum pl_ref_kind { PL_REF_REGISTRY, PL_REF_OCI, PL_REF_DOCKER_ARCHIVE, PL_REF_DIR };
struct pl_ref {
	enum pl_ref_kind kind;
	const char *host; /* "registry-1.docker.io" for Docker Hub */
	const char *path; /* repository, or the path of layout, archive, folder */
	const char *tag;  /* NULL: none; for layouts the ref.name */
	bool has_digest;
	struct pl_digest digest;
	const char *text; /* normalised, for people */
};
int pl_ref_parse(struct pl_arena *a, struct pl_str s, struct pl_ref *ret,
		 struct pl_err *err) PL_MUST_USE;
bool pl_tag_valid(struct pl_str tag);
