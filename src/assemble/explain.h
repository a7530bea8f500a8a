// SPDX-License-Identifier: Apache-2.0
/*
 * What the maintainer scripts of one image do: each command, what it changed in the image, and what
 * was left out. The image is composed again for it; nothing is written but what reading packages
 * keeps in the store.
 */
#pragma once

#include "fleet/definition.h"
#include "package/format.h"
#include "package/proof.h"
#include "store/store.h"

/* A path that a command changed. */
struct pl_step_change {
	const char *path; /* without leading slash */
	const char *text; /* "made: file 0644 0:0, 12 bytes", "mode 0644 -> 0640" */
};
struct pl_step {
	const struct pl_lock_package *package;
	const char *script;              /* postinst ... */
	const char *file;                /* itself, or what it sources */
	unsigned line;                   /* of the file */
	enum pl_install_event_kind kind; /* a command, or what was left out of one */
	const char *text;
	struct pl_step_change *changes;
	size_t n_changes;
};
struct pl_explain_request {
	const char *image;                  /* id */
	const struct pl_platform *platform; /* of the image */
	const char *package;                /* steps of its scripts alone; NULL: of all */
	const char *path;                   /* changes of it alone; NULL: of any */
};
struct pl_explained {
	struct pl_step *steps;
	size_t n_steps;
	struct pl_script_note *notes; /* of the package, or of all: refused, acknowledged */
	size_t n_notes;
};
/* Results live in the arena and point into the lock. PL_NOT_FOUND: no such image, or it does not
 * hold the package. Errors as pl_build's. */
int pl_build_explain(const struct pl_env *env, const struct pl_fleet *f, const struct pl_lock *l,
		     struct pl_store *store, const struct pl_explain_request *rq,
		     struct pl_arena *a, struct pl_explained *ret, struct pl_err *err) PL_MUST_USE;
