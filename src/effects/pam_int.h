// SPDX-License-Identifier: Apache-2.0
/*
 * One profile of pam-auth-update(8) (/usr/share/pam-configs): fields and their lines. Pure.
 * Strings are slices of the input, which must outlive them.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

enum pl_pam_type {
	PL_PAM_AUTH,
	PL_PAM_ACCOUNT,
	PL_PAM_PASSWORD,
	PL_PAM_SESSION,
	PL_PAM_TYPES,
};

struct pl_pam_profile {
	struct pl_str file; /* its name; the caller's */
	int64_t priority;
	bool is_default; /* enabled unless somebody says no */
	bool interactive_only;
	struct pl_str conflicts; /* as it stands: names between ", " */
	struct {
		struct pl_str kind;           /* "Primary" or "Additional"; empty: not at all */
		struct pl_str lines, initial; /* module lines; initial where it comes first */
	} types[PL_PAM_TYPES];
};

/* PL_INPUT names what and the line. */
int pl_pam_parse(struct pl_str text, const char *what, struct pl_pam_profile *ret,
		 struct pl_err *err) PL_MUST_USE;
