// SPDX-License-Identifier: Apache-2.0
#include "effects/elf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pl_elf_facts f;
	const char *p = (const char *)data;
	pl_elf_parse((struct pl_str){p, size}, &f);
	/* Strings are slices of the input. */
	if (f.soname.p && (f.soname.p < p || f.soname.p + f.soname.n >= p + size))
		abort();
	if (f.is_shared && !f.is_elf)
		abort();
	return 0;
}
