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
	/* From two parts it is the same, or not known. */
	struct pl_elf_facts parts;
	struct pl_str head = {p, size / 2};
	uint64_t at = pl_elf_dynamic_at(head);
	size_t from = at < size ? (size_t)at : size;
	if (pl_elf_parse_parts(head, (struct pl_str){p + from, size - from}, at, &parts) &&
	    (parts.is_shared != f.is_shared || parts.libc != f.libc ||
	     !pl_str_eq(parts.soname, f.soname)))
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
