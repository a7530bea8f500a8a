// SPDX-License-Identifier: Apache-2.0
/*
 * What the dynamic linker's cache needs to know of one ELF file (System V gABI chapters 4 and 5):
 * read once, when a package is read, and kept beside it. Ownership: strings are slices of the
 * input. Thread rule: pure functions. Limits: nothing is allocated; every offset is checked.
 */
#pragma once

#include "base/platform.h"

/* Which C library a file names: by its interpreter or its needed libraries. */
enum pl_elf_libc {
	PL_ELF_ANY = 1, /* none of those known */
	PL_ELF_LIBC5 = 2,
	PL_ELF_LIBC6 = 3,
};

struct pl_elf_facts {
	bool is_elf;    /* has an ELF header; nothing below counts otherwise */
	bool is_shared; /* a well-formed shared object with a dynamic section and string table */
	bool is_64, is_big_endian;
	uint16_t type, machine;
	uint32_t flags; /* e_flags: the float ABI of arm and riscv */
	enum pl_elf_libc libc;
	struct pl_str soname; /* DT_SONAME; p == NULL when it has none */
};

/* Fills *ret from the whole file; what is malformed is not shared, as ldconfig ignores it. */
void pl_elf_parse(struct pl_str bytes, struct pl_elf_facts *ret);
/* Would ldconfig look into a file of that name? Others need no facts. */
bool pl_elf_is_library_name(struct pl_str name);
