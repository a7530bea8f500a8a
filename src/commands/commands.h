// SPDX-License-Identifier: Apache-2.0
/*
 * What the commands of every Unix system do, as models on an image's tree: coreutils, findutils,
 * grep, sed, awk and those that make accounts. Each does what the GNU program of Debian does for
 * root in a fresh installation, and refuses (PL_SCRIPTS) an option or a use that it does not know:
 * a script is never taken for understood when it is not.
 *
 * The shell's world has a struct pl_command_world as its `own`. Thread rule: as the shell.
 */
#pragma once

#include "effects/effects.h"
#include "shell/shell.h"

struct pl_command_world {
	const struct pl_effect_input *in; /* accounts' numbers, and how bodies are read */
};

/* All commands of this room, sorted by name. */
extern const struct pl_shell_command pl_commands[];
extern const size_t pl_commands_n;
