// SPDX-License-Identifier: Apache-2.0
/* The first byte chooses the form; then a suite is looked up in what was read. */
#include "debian/archive/sources_int.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	PL_AUTO(arena) a = {0};
	struct pl_err err = {0};
	struct pl_apt_sources s = {0};
	if (size == 0)
		return 0;
	struct pl_str text = {(const char *)data + 1, size - 1};
	int rc = pl_apt_sources_parse(&a, text, data[0] & 1 ? "x.sources" : "x.list", &s, &err);
	assert(rc == 0 ? err.code == PL_OK : err.msg[0] && s.n == 0);
	const char *components[] = {"main", NULL};
	struct pl_suite_request rq = {.suite = "trixie-security", .components = components};
	struct pl_suite_source found = {0};
	rc = pl_suite_source_find(&a, &s, &rq, &found, &err);
	assert(rc < 0 || (found.uris[0] && found.keyring));
	for (size_t i = 0; i < s.n; i++)
		assert(strlen(s.v[i].uri) && strlen(s.v[i].suite) && s.v[i].components[0]);
	return 0;
}
