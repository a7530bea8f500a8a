// SPDX-License-Identifier: Apache-2.0
/* A request's target, and the refusals that need no database. */
#include "server/server_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pl_err err = {0};
	PL_AUTO(arena) a = {0};
	struct pl_answer answer = {0};
	struct pl_request rq = {.arena = &a, .method = PL_DELETE};
	if (pl_request_target_parse(&a, (struct pl_str){(const char *)data, size}, &rq.target,
				    &err) < 0) {
		if (err.code != PL_INPUT || !*err.msg)
			abort();
		return 0;
	}
	if (memchr(rq.target.name.p, 0, rq.target.name.n) || rq.target.name.n > size ||
	    (rq.target.route && rq.target.route->named && rq.target.name.n == 0))
		abort();
	if (!rq.target.route || !rq.target.route->handler[PL_DELETE]) {
		pl_answer_make(&rq, &answer);
		if (answer.status != 404 && answer.status != 405)
			abort();
	}
	pl_buf_done(&answer.body);
	return 0;
}
