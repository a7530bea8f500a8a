// SPDX-License-Identifier: Apache-2.0
/* dpkg's database as text: paragraphs in, packages out. Pure. */
#pragma once

#include "base/arena.h"
#include "scan/scan.h"

struct pl_dpkg_list {
	struct pl_found_package *v;
	size_t n, cap;
	size_t max;           /* packages, beyond which is PL_LIMIT; 0: any number */
	size_t not_installed; /* paragraphs of packages that are not on disk */
};
/* Adds what text says is on disk. status_required: paragraphs without Status are not counted (the
 * status file; status.d files have none). Strings are copied. PL_INPUT with the line, PL_LIMIT. */
int pl_dpkg_parse(struct pl_arena *a, struct pl_str text, const char *what, bool status_required,
		  struct pl_dpkg_list *list, struct pl_err *err) PL_MUST_USE;
