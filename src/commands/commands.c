// SPDX-License-Identifier: Apache-2.0
#include "commands/commands_int.h"

const struct pl_shell_command pl_commands[] = {
	{"basename", pl_cmd_basename, true},
	{"cat", pl_cmd_cat, true},
	{"chgrp", pl_cmd_chgrp, true},
	{"chmod", pl_cmd_chmod, true},
	{"chown", pl_cmd_chown, true},
	{"cp", pl_cmd_cp, true},
	{"cut", pl_cmd_cut, true},
	{"dirname", pl_cmd_dirname, true},
	{"head", pl_cmd_head, true},
	{"install", pl_cmd_install, true},
	{"ln", pl_cmd_ln, true},
	{"mkdir", pl_cmd_mkdir, true},
	{"mktemp", pl_cmd_mktemp, true},
	{"mv", pl_cmd_mv, true},
	{"readlink", pl_cmd_readlink, true},
	{"realpath", pl_cmd_realpath, true},
	{"rm", pl_cmd_rm, true},
	{"rmdir", pl_cmd_rmdir, true},
	{"tail", pl_cmd_tail, true},
	{"tee", pl_cmd_tee, true},
	{"touch", pl_cmd_touch, true},
	{"wc", pl_cmd_wc, true},
};
const size_t pl_commands_n = PL_COUNT(pl_commands);
