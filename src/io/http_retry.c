// SPDX-License-Identifier: Apache-2.0
#include "io/http_int.h"

#include "base/clock.h"

#include <assert.h>
#include <stdio.h>
#include <unistd.h>

#define TRIES 5
#define WAIT_FIRST_MS 200
#define WAIT_MAX_MS 10000

static bool may_help(const struct pl_env *env, int rc, const struct pl_http_response *resp,
		     const struct pl_err *err)
{
	if (rc < 0)
		return pl_code_info(err->code)->retryable && !env->offline;
	switch (resp->status) {
	case 408:
	case 429:
	case 500:
	case 502:
	case 503:
	case 504:
		return true;
	default:
		return false;
	}
}

uint64_t pl_http_budget(const struct pl_env *env)
{
	return pl_mono_ns() + env->limits->request_s * 1000000000u;
}

const char *pl_http_later(const struct pl_http_response *resp, char dst[64])
{
	dst[0] = '\0';
	if (resp->retry_after_s > 0 && resp->status >= 400)
		snprintf(dst, 64, "; it asks to come back in %lld s",
			 (long long)resp->retry_after_s);
	return dst;
}

bool pl_http_backoff(const struct pl_env *env, int rc, const struct pl_http_response *resp,
		     const struct pl_err *err, unsigned attempt, uint64_t until_ns)
{
	struct pl_err stopped = {0};
	if (attempt + 1 >= TRIES || !may_help(env, rc, resp, err))
		return false;
	uint64_t ms = (uint64_t)WAIT_FIRST_MS << attempt;
	if (ms > WAIT_MAX_MS)
		ms = WAIT_MAX_MS;
	if (rc >= 0 && resp->retry_after_s >= 0)
		ms = 1000u * (uint64_t)resp->retry_after_s; /* at most 2^31 s */
	const uint64_t next = pl_mono_ns() + ms * 1000000u;
	/* What has stalled may again: without time for that the error would be another. */
	const uint64_t took = rc < 0 ? env->limits->stall_s * 1000000000u : 0;
	if (next + took >= until_ns || (env->until_ns && next >= env->until_ns))
		return false;
	while (pl_env_check(env, &stopped) == 0) {
		if (pl_mono_ns() >= next)
			return true;
		usleep(20000);
	}
	return false;
}

int pl_http_do_retry(struct pl_http *h, const struct pl_http_request *req,
		     struct pl_http_response *ret, struct pl_err *err)
{
	assert(!req->body); /* it could not be sent twice */
	struct pl_http_request one = *req;
	const uint64_t until = pl_http_budget(h->env);
	if (!one.deadline_ns || until < one.deadline_ns)
		one.deadline_ns = until;
	for (unsigned attempt = 0;; attempt++) {
		struct pl_http_response resp = {0};
		struct pl_err now = {0};
		int rc = pl_http_do(h, &one, NULL, &resp, &now);
		if (pl_http_backoff(h->env, rc, &resp, &now, attempt, one.deadline_ns)) {
			pl_http_response_done(&resp);
			continue;
		}
		if (rc == 0 && (rc = pl_env_check(h->env, &now)) == 0)
			*ret = resp;
		else
			pl_http_response_done(&resp);
		if (rc < 0)
			*err = now;
		return rc;
	}
}
