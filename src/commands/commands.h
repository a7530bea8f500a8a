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

/* A number that an account is to get. */
struct pl_command_id {
	const char *name;
	bool is_group;
	uint32_t first, last; /* the range that the command takes numbers from */
	uint32_t number;      /* what the real command would take in this tree */
	bool fixed;           /* the script says that number (--uid, -g ...) */
};

struct pl_command_world {
	const struct pl_effect_input *in; /* how bodies are read, the day, and see id */
	bool as_real; /* accounts get the numbers that the real commands take in this tree, not
			 those of in->ids: to compare with them */
};

/* All commands of this room, sorted by name. */
extern const struct pl_shell_command pl_unix_commands[];
extern const size_t pl_unix_commands_n;
