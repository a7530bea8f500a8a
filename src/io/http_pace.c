// SPDX-License-Identifier: Apache-2.0
/* How a transfer moves: nobody is waited for without end, and content may be slow, but not drip. */
#include "io/http_int.h"

#include "base/clock.h"

#define SECOND UINT64_C(1000000000)
/* A server that has an upload reads it once more, and what lay in buffers still was on its way. */
#define COMMIT_STALLS 3
#define COMMIT_SPEED (UINT64_C(16) << 20) /* bytes a second */

void pl_http_pace_wait(struct pl_http_pace *p, uint64_t uploaded)
{
	uint64_t s = p->limits->stall_s;
	if (uploaded)
		s = s * COMMIT_STALLS + uploaded / COMMIT_SPEED;
	*p = (struct pl_http_pace){
		.limits = p->limits, .since_ns = pl_mono_ns(), .allowed_ns = s * SECOND};
}

void pl_http_pace_content(struct pl_http_pace *p)
{
	*p = (struct pl_http_pace){.limits = p->limits,
				   .is_content = true,
				   .since_ns = pl_mono_ns(),
				   .allowed_ns = p->limits->stall_s * SECOND};
}

int pl_http_pace_check(struct pl_http_pace *p, const char *host, struct pl_err *err)
{
	const uint64_t seconds = p->allowed_ns / SECOND, least = p->limits->min_speed * seconds;
	const uint64_t now = pl_mono_ns(), part = p->allowed_ns / PL_COUNT(p->parts);
	if (!p->is_content && now - p->since_ns >= p->allowed_ns)
		return pl_fail(err, PL_REMOTE, "%s: no complete answer in time (%llu s; --stall)",
			       host, (unsigned long long)seconds);
	while (p->is_content && now - p->since_ns >= part) {
		uint64_t sum = 0;
		p->parts[p->n++ % PL_COUNT(p->parts)] = p->bytes;
		p->bytes = 0;
		p->since_ns += part;
		for (size_t i = 0; i < PL_COUNT(p->parts); i++)
			sum += p->parts[i];
		if (p->n >= PL_COUNT(p->parts) && (sum == 0 || sum < least))
			return pl_fail(err, PL_REMOTE,
				       "%s: too slow: %llu bytes in %llu s (--min-speed, --stall)",
				       host, (unsigned long long)sum, (unsigned long long)seconds);
	}
	return 0;
}
