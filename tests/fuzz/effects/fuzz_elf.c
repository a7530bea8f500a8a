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
	PL_AUTO(arena) a = {0};
	struct pl_program program;
	pl_program_parse((struct pl_str){p, size}, &a, &program);
	if (program.is_elf != f.is_elf || (program.is_elf && program.is_script))
		abort();
	if (program.interpreter.p &&
	    (program.interpreter.p < p || program.interpreter.p + program.interpreter.n > p + size))
		abort();
	if (program.needed.n && program.needed.p[program.needed.n - 1])
		abort();
	return 0;
}
