// SPDX-License-Identifier: Apache-2.0
/* The built-ins, by family; each returns as the functions of shell_int.h do. */
#pragma once

#include "shell/shell_int.h"

#define PL_SH_BUILTIN(name)                                                                        \
	int pl_sh_##name(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)

/* builtins_io.c */
PL_SH_BUILTIN(echo);
PL_SH_BUILTIN(printf);
PL_SH_BUILTIN(read);
/* builtins_test.c */
PL_SH_BUILTIN(test);
/* builtins_vars.c */
PL_SH_BUILTIN(set);
PL_SH_BUILTIN(export);
PL_SH_BUILTIN(readonly);
PL_SH_BUILTIN(local);
PL_SH_BUILTIN(declare);
PL_SH_BUILTIN(unset);
PL_SH_BUILTIN(shift);
PL_SH_BUILTIN(getopts);
/* builtins_flow.c */
PL_SH_BUILTIN(colon);
PL_SH_BUILTIN(false);
PL_SH_BUILTIN(break);
PL_SH_BUILTIN(return );
PL_SH_BUILTIN(exit);
PL_SH_BUILTIN(eval);
PL_SH_BUILTIN(dot);
PL_SH_BUILTIN(exec);
/* builtins_jobs.c */
PL_SH_BUILTIN(trap);
PL_SH_BUILTIN(kill);
PL_SH_BUILTIN(wait);
/* builtins.c */
PL_SH_BUILTIN(cd);
PL_SH_BUILTIN(pwd);
PL_SH_BUILTIN(umask);
PL_SH_BUILTIN(command);
PL_SH_BUILTIN(type);
PL_SH_BUILTIN(alias);
PL_SH_BUILTIN(unalias);
PL_SH_BUILTIN(hash);
PL_SH_BUILTIN(let);

/* A text in single quotes, as export -p and alias print it. */
void pl_sh_quote(struct pl_buf *out, const char *s);
