// SPDX-License-Identifier: Apache-2.0
/* Two layers: the input twice, so that whiteouts meet what they hide. Scanned with what is kept in
 * memory and in the temporary file: the answer is the same. */
#include "scan/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int scan_twice(struct pl_arena *a, uint64_t memory, const uint8_t *data, size_t size,
		      struct pl_scan_result *ret)
{
	struct pl_limits limits = pl_limits_default;
	struct pl_env env;
	struct pl_err err = {0};
	pl_env_init(&env);
	limits.scan_memory = memory;
	env.limits = &limits;
	PL_AUTO_FREE(scan) s = pl_scan_new(&env, a);
	for (int i = 0; i < 2; i++)
		if (pl_scan_layer(s, pl_source_mem((struct pl_str){(const char *)data, size}),
				  "fuzz", &err) < 0 &&
		    (err.code == PL_OK || !*err.msg))
			abort();
	return pl_scan_finish(s, ret, &err);
}

static bool is_same(const struct pl_found_package *x, const struct pl_found_package *y)
{
	return strcmp(x->name, y->name) == 0 && strcmp(x->version, y->version) == 0 &&
	       strcmp(x->architecture, y->architecture) == 0 && strcmp(x->source, y->source) == 0 &&
	       strcmp(x->source_version, y->source_version) == 0 && x->layer == y->layer;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	PL_AUTO(arena) a = {0};
	struct pl_scan_result r, other;
	int rc = scan_twice(&a, pl_limits_default.scan_memory, data, size, &r);
	if (scan_twice(&a, 0, data, size, &other) != rc)
		abort();
	if (rc < 0)
		return 0;
	if (r.n_packages != other.n_packages || strcmp(r.database, other.database) != 0 ||
	    strcmp(r.os_id, other.os_id) != 0)
		abort();
	for (size_t i = 0; i < r.n_packages; i++)
		if (!*r.packages[i].name || !*r.packages[i].version || r.packages[i].layer < 0 ||
		    r.packages[i].layer > 1 || !is_same(&r.packages[i], &other.packages[i]))
			abort();
	size_t n = 0;
	for (; r.warnings[n] && other.warnings[n]; n++)
		if (strcmp(r.warnings[n], other.warnings[n]) != 0)
			abort();
	if (r.warnings[n] || other.warnings[n])
		abort();
	return 0;
}
