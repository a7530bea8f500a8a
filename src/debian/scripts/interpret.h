// SPDX-License-Identifier: Apache-2.0
/*
 * Installs packages by interpreting their maintainer scripts against a tree, in dpkg's order:
 * preinst, files, config and postinst (Policy 6.5 to 6.7), then triggers. Limits: a shell's, for
 * each script.
 */
#pragma once

#include "debian/commands/commands.h"

/* As struct pl_package_format's install; a package's own is its struct pl_control. PL_SCRIPTS names
 * package, script, line and command that nobody accounts for. */
int pl_debian_install(const struct pl_installation *i, struct pl_err *err) PL_MUST_USE;
