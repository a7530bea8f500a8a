// SPDX-License-Identifier: Apache-2.0
/*
 * Installs packages by interpreting their maintainer scripts against a tree, in dpkg's order:
 * preinst, files, config and postinst (Policy 6.5 to 6.7), then triggers. Ownership: borrows the
 * world. Thread rule: one thread. Limits: a shell's, for each script.
 */
#pragma once

#include "debian/commands/commands.h"

struct pl_interpretation {
	struct pl_debian_world *world;
	/* Puts the files of package i into the world's tree, each where pl_debian_place says. */
	int (*unpack)(void *ctx, size_t i, struct pl_err *err);
	/* Optional: a script was refused; true: go on as if it had done nothing. */
	bool (*refused)(void *ctx, const struct pl_debian_package *p, const char *script,
			const struct pl_err *why);
	/* Optional: as the shell's. */
	void (*trace)(void *ctx, const char *script, unsigned line, struct pl_str text);
	void *ctx;
};

/* PL_SCRIPTS names package, script, line and command that nobody accounts for. */
int pl_debian_interpret(struct pl_interpretation *run, struct pl_err *err) PL_MUST_USE;
