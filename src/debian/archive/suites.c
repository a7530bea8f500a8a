// SPDX-License-Identifier: Apache-2.0
#include "debian/archive/suites.h"

#include "base/clock.h"
#include "debian/archive/sources_int.h"

void pl_suites_done(struct pl_suites *s)
{
	pl_map_done(&s->found);
	pl_arena_done(&s->arena);
}

/* Without apt sources a fleet may still name its mirrors. */
static int load_machine(struct pl_suites *s, const struct pl_suite_request *rq, struct pl_err *err)
{
	struct pl_apt_sources all = {0};
	if (s->machine)
		return 0;
	int rc = pl_apt_sources_load(&s->arena, "", &all, err);
	if (rc < 0 && !(rq->mirrors && rq->mirrors[0]))
		return rc;
	s->machine = pl_arena_dup(&s->arena, &all, 1, sizeof(all));
	return 0;
}

int pl_suites_find(struct pl_suites *s, const char *distro, const struct pl_suite_request *rq,
		   const struct pl_suite_source **ret, struct pl_err *err)
{
	struct pl_str key = pl_str_of(pl_arena_printf(&s->arena, "%s %s", distro, rq->suite));
	struct pl_suite_source *src = pl_map_get(&s->found, key);
	if (!src) {
		int rc = load_machine(s, rq, err);
		if (rc < 0)
			return rc;
		src = pl_arena_new(&s->arena, struct pl_suite_source);
		rc = pl_suite_source_find(&s->arena, s->machine, rq, src, err);
		if (rc < 0)
			return pl_ctx(err, "distro %s", distro);
		pl_map_put(&s->found, key, src);
	}
	*ret = src;
	return 0;
}

/* snapshot.debian.org keeps every state of the archive, in a directory for each moment. */
static const char *snapshot_uri(struct pl_arena *a, const char *suite, int64_t when)
{
	char day[PL_TIME_TEXT];
	const char *archive =
		pl_str_ends(pl_str_of(suite), "-security") ? "debian-security" : "debian";
	return pl_arena_printf(a, "https://snapshot.debian.org/archive/%s/%sT235959Z", archive,
			       pl_time_ymd(when, day));
}

int pl_suites_mirrors(struct pl_suites *s, const char *distro, const struct pl_suite_request *rq,
		      int64_t when, const char *const **ret, struct pl_err *err)
{
	const struct pl_suite_source *src;
	int rc = pl_suites_find(s, distro, rq, &src, err);
	if (rc < 0)
		return rc;
	size_t n = 0;
	while (src->uris[n])
		n++;
	const char **uris = pl_arena_array(&s->arena, const char *, n + 2);
	memcpy(uris, src->uris, n * sizeof(*uris));
	if (when)
		uris[n] = snapshot_uri(&s->arena, rq->suite, when);
	*ret = uris;
	return 0;
}
