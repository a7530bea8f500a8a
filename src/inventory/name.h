// SPDX-License-Identifier: Apache-2.0
/*
 * Image names as the inventory knows them: "repository:tag", "repository:tag@sha256:..." or
 * "repository@sha256:...". The tag begins at the last ':' after the last '/', so that ports stand
 * ("host:5000/a/b:1"). Nothing is normalised or completed: a name is what people write. Pure.
 * Limits: repository 255 bytes, tag 128 (distribution-spec).
 */
#pragma once

#include "base/digest.h"

#define PL_NAME_TEXT 480 /* repository, ':', tag, '@', digest, NUL */

struct pl_name {
	struct pl_str repository, tag; /* slices of the text; tag.n == 0: none */
	bool has_digest;
	struct pl_digest digest;
};
/* PL_INPUT says what is wrong. One of tag and digest is there. */
int pl_name_parse(struct pl_str text, struct pl_name *ret, struct pl_err *err) PL_MUST_USE;
/* As parsed, into dst; returns dst. */
const char *pl_name_format(const struct pl_name *n, char dst[PL_NAME_TEXT]);
