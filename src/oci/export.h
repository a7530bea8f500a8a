// SPDX-License-Identifier: Apache-2.0
/*
 * An image with all that it consists of, out of an image layout into a file or directory of its
 * own, under one name. The bytes follow from image, name and platform alone. Ownership: the
 * caller's arena. Thread rule: one thread.
 */
#pragma once

#include "oci/repository.h"

enum pl_export_kind {
	PL_EXPORT_DIRECTORY,      /* an OCI image layout */
	PL_EXPORT_OCI_ARCHIVE,    /* that in a tar (skopeo's oci-archive) */
	PL_EXPORT_DOCKER_ARCHIVE, /* the same tar with a manifest.json for `docker load`: one
				     platform */
};
struct pl_export {
	enum pl_export_kind kind;
	const char *path;
	const char *name;     /* the image's there: "registry.example.org/base:bookworm" */
	const char *platform; /* only this one; NULL: all, of a docker-archive this machine's or the
				 first */
};
struct pl_exported {
	struct pl_digest digest; /* of what the name means there */
	const char *platform;    /* NULL: as many as the image has */
	uint64_t blobs, bytes;   /* manifests, configs and layers */
};
/* tag: the image's name in `from`. PL_NOT_FOUND without it, PL_CONFLICT when path is a layout with
 * other names or a directory of something else. A file is replaced in one step. */
int pl_export(const struct pl_env *env, struct pl_repo *from, const char *tag,
	      const struct pl_export *to, struct pl_arena *a, struct pl_exported *ret,
	      struct pl_err *err) PL_MUST_USE;
