// SPDX-License-Identifier: Apache-2.0
/* What the stream files share. */
#pragma once

#include "io/stream.h"

#define PL_IO_CHUNK ((size_t)256 << 10)

/* Puts `what` before the text of an error from a wrapped stream, unless it is there already. */
int pl_stream_ctx(struct pl_err *err, const char *what);
