// SPDX-License-Identifier: Apache-2.0
/* Shared by the files that read an archive: control fields of large texts, release checks. */
#pragma once

#include "debian/index.h"

/* Cuts the next field off *rest, a stanza's text: 1 and name and value (continuation lines
 * included, blanks trimmed at both ends), 0 at the stanza's end (an empty line, which is consumed,
 * or the text's), -1 when the line is no field. Fast: nothing is copied or checked twice. */
int pl_stanza_field(struct pl_str *rest, struct pl_str *ret_name, struct pl_str *ret_value);
bool pl_field_is(struct pl_str name, const char *want); /* without case */

/* A path below an archive's root: relative, no "..", no empty parts, printable. */
bool pl_archive_path_ok(struct pl_str path);
