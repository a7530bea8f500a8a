// SPDX-License-Identifier: Apache-2.0
#include "debian/deb/normalise_int.h"
#include "debian/scripts/scripts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	PL_AUTO(arena) a = {0};
	struct pl_str text = {(const char *)data, size};
	struct pl_script s[2] = {{.name = "postinst", .text = text},
				 {.name = "triggers", .text = text}};
	struct pl_control c = {.scripts = s, .n_scripts = 2};
	struct pl_script_verdict *v;
	size_t n;
	for (size_t i = 0; i < c.n_scripts; i++)
		s[i].normalised = pl_script_normalise(text, PL_STR("amd64"));
	pl_scripts_judge(&a, &c, &v, &n);
	if (n != 2 || v[0].verdict == PL_SCRIPT_NONE || !v[0].reason || !v[1].reason)
		abort();
	return 0;
}
