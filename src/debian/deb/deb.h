// SPDX-License-Identifier: Apache-2.0
/*
 * One .deb (deb(5)): debian-binary, control.tar*, data.tar*. Read once, as a stream.
 * Paths are canonical (tree/usrmerge.h). Ownership: strings in the given arena.
 */
#pragma once

#include "base/arena.h"
#include "base/env.h"
#include "io/ar.h"
#include "io/tar.h"

struct pl_script {
	const char *name; /* preinst, postinst, prerm, postrm, config, triggers */
	struct pl_str text;
	struct pl_digest normalised; /* see normalise_int.h */
};
struct pl_control {
	struct pl_str control;     /* the control paragraph, as it stands, one '\n' at the end */
	struct pl_str md5sums;     /* as it stands, may be empty */
	struct pl_str conffiles;   /* as it stands, may be empty */
	struct pl_str templates;   /* debconf's questions, as they stand, may be empty */
	struct pl_script *scripts; /* sorted by name; only those that are there */
	size_t n_scripts;
};
struct pl_deb;
/* Reads up to the data archive. Owns in (whose end must be the .deb's verified end). PL_INPUT names
 * what. */
int pl_deb_open(struct pl_source *in, const struct pl_limits *l, const char *what,
		struct pl_arena *a, struct pl_control *ret_control, struct pl_deb **ret,
		struct pl_err *err) PL_MUST_USE;
/* The data archive's entries, paths (and hard link targets) in canonical form; the root entry is
 * skipped. 1 / 0 at the verified end of data and .deb / negative. */
int pl_deb_next(struct pl_deb *d, struct pl_tar_entry *ret, struct pl_err *err) PL_MUST_USE;
int64_t pl_deb_read(struct pl_deb *d, void *p, size_t n, struct pl_err *err) PL_MUST_USE;
const char *pl_deb_what(const struct pl_deb *d); /* its name in errors, as given to pl_deb_open */
void pl_deb_free(struct pl_deb *d);
PL_DEFINE_FREEP(deb)
