// SPDX-License-Identifier: Apache-2.0
/* The parts of `plimsoll recipe`. */
#pragma once

#include "cli/cli_int.h"
#include "trial/trial.h"

struct pl_cli_check {
	const char *name;
	struct pl_trial *trial;
	struct pl_comparison comparison;
};
struct pl_cli_checks {
	PL_VEC(struct pl_cli_check) v;
	size_t n_bad;
};
void pl_cli_checks_done(struct pl_cli_checks *c);
/* Does it differ without explanation, or is a script refused? */
bool pl_cli_check_bad(const struct pl_cli_check *k);

/* recipe_out.c */
void pl_out_checks(struct pl_cli *c, const struct pl_cli_checks *checks);
void pl_out_learnt(struct pl_cli *c, const char *package, const struct pl_learnt *l,
		   const char *path);

/* recipe_show.c: of a package; operands behind the verb. */
int pl_cli_recipe_show(struct pl_cli *c, const char *const *operands,
		       struct pl_err *err) PL_MUST_USE;
/* recipe_diff.c */
int pl_cli_recipe_diff(struct pl_cli *c, const char *const *operands,
		       struct pl_err *err) PL_MUST_USE;
