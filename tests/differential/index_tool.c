// SPDX-License-Identifier: Apache-2.0
/*
 * index_tool STORE ARCH,ARCH... [--offline] SUITE...: reads component main of the suites through
 * the machine's apt sources, as `plimsoll lock` does, and prints what was read and how long it
 * took. Run twice, the second run shows the warm time.
 */
#include "base/clock.h"
#include "debian/archive/index_int.h"
#include "debian/archive/sources_int.h"
#include "io/http.h"

#include <stdio.h>

#define MOST 16

static int load(const struct pl_env *env, const char *dir, char *archs, char **suites, size_t n,
		struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	PL_AUTO_FREE(store) store = NULL;
	struct pl_apt_sources sources;
	struct pl_suite_source found[MOST];
	const char *components[] = {"main", NULL}, *names[MOST];
	struct pl_index *ix[MOST] = {0};
	struct pl_index_request rq = {.suites = found, .n_suites = n, .architectures = names};
	for (struct pl_str rest = pl_str_of(archs); rest.p && rq.n_architectures < MOST;)
		names[rq.n_architectures++] = pl_arena_cstr(&a, pl_str_cut(&rest, ','));
	int rc = pl_store_open(env, dir, &store, err);
	if (rc == 0)
		rc = pl_apt_sources_load(&a, "", &sources, err);
	for (size_t i = 0; i < n && rc == 0; i++) {
		struct pl_suite_request want = {.suite = suites[i], .components = components};
		rc = pl_suite_source_find(&a, &sources, &want, &found[i], err);
	}
	uint64_t start = pl_mono_ns();
	if (rc == 0)
		rc = pl_indexes_load(env, store, &rq, ix, err);
	if (rc < 0)
		return rc;
	printf("loaded in %.3f s\n", (double)(pl_mono_ns() - start) / 1e9);
	char date[PL_TIME_TEXT];
	size_t n_read;
	const struct pl_suite_state *s = pl_index_suites(ix[0], &n_read);
	for (size_t i = 0; i < n_read; i++)
		printf("%s: %s, codename %s, signed by %s\n", s[i].suite,
		       pl_time_rfc3339(s[i].date, date), s[i].codename, s[i].fingerprint);
	for (size_t i = 0; i < rq.n_architectures; i++) {
		printf("%s: %zu packages\n", pl_index_architecture(ix[i]), pl_index_count(ix[i]));
		pl_index_free(ix[i]);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct pl_env env;
	struct pl_err err = {0};
	pl_env_init(&env);
	int first = 3;
	if (argc > 3 && strcmp(argv[3], "--offline") == 0) {
		env.offline = true;
		first++;
	}
	if (argc <= first || argc - first > MOST)
		return 2;
	if (pl_http_global_init(&err) < 0 ||
	    load(&env, argv[1], argv[2], argv + first, (size_t)(argc - first), &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	pl_http_global_done();
	return 0;
}
