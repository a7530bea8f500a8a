// SPDX-License-Identifier: Apache-2.0
#include "io/http_int.h"

#include "base/clock.h"

#include <assert.h>
#include <unistd.h>

#define TRIES 5
#define WAIT_FIRST_MS 200
#define WAIT_MAX_MS 10000
#define RETRY_AFTER_MAX_S 60

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

bool pl_http_backoff(const struct pl_env *env, int rc, const struct pl_http_response *resp,
		     const struct pl_err *err, unsigned attempt)
{
	return pl_http_backoff_until(env, rc, resp, err, attempt, 0);
}

bool pl_http_backoff_until(const struct pl_env *env, int rc, const struct pl_http_response *resp,
			   const struct pl_err *err, unsigned attempt, uint64_t deadline_ns)
{
	struct pl_err stopped = {0};
	if (attempt + 1 >= TRIES || !may_help(env, rc, resp, err))
		return false;
	uint64_t ms = (uint64_t)WAIT_FIRST_MS << attempt;
	if (ms > WAIT_MAX_MS)
		ms = WAIT_MAX_MS;
	if (rc >= 0 && resp->retry_after_s >= 0)
		ms = 1000u * (uint64_t)(resp->retry_after_s > RETRY_AFTER_MAX_S
						? RETRY_AFTER_MAX_S
						: resp->retry_after_s);
	uint64_t until = pl_mono_ns() + ms * 1000000u;
	if (deadline_ns && until >= deadline_ns)
		return false;
	while (pl_env_check(env, &stopped) == 0) {
		if (pl_mono_ns() >= until)
			return true;
		usleep(20000);
	}
	return false;
}

int pl_http_do_retry(struct pl_http *h, const struct pl_http_request *req,
		     struct pl_http_response *ret, struct pl_err *err)
{
	assert(!req->body); /* it could not be sent twice */
	for (unsigned attempt = 0;; attempt++) {
		struct pl_http_response resp = {0};
		struct pl_err now = {0};
		int rc = pl_http_do(h, req, NULL, &resp, &now);
		if (pl_http_backoff(h->env, rc, &resp, &now, attempt)) {
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
