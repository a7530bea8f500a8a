// SPDX-License-Identifier: Apache-2.0
/* Regular expressions of grep, sed and expr: glibc's own, in the C locale. Limits: texts of 1 MiB
 * and expressions of 4 KiB, since back references take exponential time. */
#pragma once

#include "base/err.h"
#include "base/str.h"

#include <regex.h>

#define PL_CMD_GROUPS 10

struct pl_cmd_regex {
	regex_t re;
	bool is_set;
};
struct pl_cmd_match {
	size_t from, to;                  /* of the whole */
	regmatch_t groups[PL_CMD_GROUPS]; /* in the text; rm_so -1: took no part */
};

/* flags: REG_EXTENDED, REG_ICASE, REG_NEWLINE. PL_INPUT when it is none. */
int pl_cmd_regex_init(struct pl_cmd_regex *r, const char *text, int flags,
		      struct pl_err *err) PL_MUST_USE;
void pl_cmd_regex_done(struct pl_cmd_regex *r);
/* The first match at or after from; text is NUL-terminated behind its n bytes. */
bool pl_cmd_regex_find(const struct pl_cmd_regex *r, struct pl_str text, size_t from,
		       struct pl_cmd_match *ret);
