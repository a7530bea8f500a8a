// SPDX-License-Identifier: Apache-2.0
/*
 * References to images, parsed once where they come in and passed on as structs: to be opened
 * (oci:DIR[:REF], docker-archive:FILE[:REF], dir:ROOTFS, HOST[:PORT]/REPO[:TAG][@DIGEST] with
 * Docker Hub's defaults), or names as people write them, with nothing completed. The names' grammar
 * is distribution-spec's ("Pulling manifests"). Pure. Ownership: the arena. Limits: a reference has
 * at most 4096 bytes, host and repository 255, a tag 128.
 */
#pragma once

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"

#define PL_TAG_MAX 128

enum pl_ref_kind { PL_REF_REGISTRY, PL_REF_OCI, PL_REF_DOCKER_ARCHIVE, PL_REF_DIR };
struct pl_ref {
	enum pl_ref_kind kind;
	const char *repository; /* as written, without tag and digest: "nginx", "oci:out/nginx" */
	/* Where to go, NULL in a name: */
	const char
		*host; /* "registry-1.docker.io" for Docker Hub; "" for what is on this machine */
	const char *path; /* repository, or the path of layout, archive, directory */
	const char *tag;  /* NULL: none; for layouts the ref.name */
	bool has_digest;
	struct pl_digest digest;
	const char *text; /* for people: normalised if it can be opened, else as written */
};

/* A reference to open. PL_INPUT says what is wrong with it. */
int pl_ref_parse(struct pl_arena *a, struct pl_str s, struct pl_ref *ret,
		 struct pl_err *err) PL_MUST_USE;
/* A name as the inventory has it: "repository:tag", "repository:tag@sha256:...",
 * "repository@sha256:...", and "oci:DIR/NAME:tag" for a directory of image layouts. Looser than
 * distribution-spec in the repository (upper-case letters, any run of '.', '_', '-'), for names of
 * old images; a tag or a digest must be there. It has no host and no path. */
int pl_ref_parse_name(struct pl_arena *a, struct pl_str s, struct pl_ref *ret,
		      struct pl_err *err) PL_MUST_USE;
/* PL_INPUT unless pl_ref_parse_name would take the reference as it was written: for those that were
 * parsed to be opened, before the inventory gets them. */
int pl_ref_check_name(const struct pl_ref *ref, struct pl_err *err) PL_MUST_USE;
/* The same repository under another tag, without digest; its text is the name as written. */
struct pl_ref pl_ref_with_tag(struct pl_arena *a, const struct pl_ref *ref, const char *tag);
/* As written: "repository[:tag][@digest]", in the arena. */
const char *pl_ref_format(struct pl_arena *a, const struct pl_ref *ref);

/* [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*, one part of a repository's name. */
bool pl_repository_part_valid(struct pl_str s);
/* Such parts with '/' between; its length is the caller's business. */
bool pl_repository_valid(struct pl_str s);
/* [a-zA-Z0-9_][a-zA-Z0-9._-]{0,127} */
bool pl_tag_valid(struct pl_str s);
