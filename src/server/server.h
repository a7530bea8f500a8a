// SPDX-License-Identifier: Apache-2.0
/*
 * The inventory over HTTP (docs/api.md). Ownership: everything is borrowed for
 * the length of the call. Thread rule: pl_serve blocks; its own threads answer, each request with
 * an inventory connection of its own; notes come from those threads. Limits: a body up to
 * limits->json_bytes, four times that for all bodies held at once (and for all answers); 512
 * connections, 384 of one address; 30 s for a request's head, 60 s for its body, 60 s to take the
 * answer.
 */
#pragma once

#include "base/env.h"

struct pl_serve_options {
	const char *listen;     /* "HOST:PORT", "[V6]:PORT"; port 0: any. NULL: 127.0.0.1:8077 */
	const char *db;         /* as for pl_inv_open, a file */
	const char *token_file; /* one token a line; writing needs one of them. NULL: only this
				   machine is answered, by its own names; writing is allowed only
				   when listening on loopback */
	/* Called once when connections are accepted, with "HOST:PORT" as bound. May be NULL. */
	void (*on_ready)(void *ctx, const char *bound);
	void *ctx;
};
/* Serves until env->stop, finishing requests under way. PL_SYS names an address that cannot be
 * bound; the database's errors as pl_inv_open. */
int pl_serve(const struct pl_env *env, const struct pl_serve_options *o,
	     struct pl_err *err) PL_MUST_USE;
