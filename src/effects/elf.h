// SPDX-License-Identifier: Apache-2.0
/*
 * What the dynamic linker's cache needs to know of one ELF file, and what a program needs to run
 * (System V gABI chapters 4 and 5): read once, when a package is read, and kept beside it.
 * Ownership: strings are slices of the input. Thread rule: pure functions. Limits: nothing is
 * allocated but the list of libraries; every offset is checked.
 */
#pragma once

#include "base/arena.h"
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

/* The same from the file's beginning and a part that begins at part_at: what a large file's dynamic
 * section is at the end of. false: something else of the file is needed. */
bool pl_elf_parse_parts(struct pl_str head, struct pl_str part, uint64_t part_at,
			struct pl_elf_facts *ret) PL_MUST_USE;
/* Where the dynamic section is, by the file's beginning; 0: there is none, or that is not known. */
uint64_t pl_elf_dynamic_at(struct pl_str head);

/* What running a file of an image takes: a script or an ELF program. */
struct pl_program {
	bool is_script, is_elf;    /* neither: nothing that execve(2) runs */
	struct pl_str interpreter; /* what stands behind "#!", or PT_INTERP; p == NULL: none */
	/* Of an ELF program. */
	uint16_t machine;
	bool calls_shell;     /* system(3), popen(3) or wordexp(3), or "/bin/sh" is a text of it */
	struct pl_str needed; /* DT_NEEDED: names with a NUL behind each */
};
/* From the whole file, or its beginning: what lies behind the end is not known then. needed is in
 * the arena, interpreter a slice of bytes. */
void pl_program_parse(struct pl_str bytes, struct pl_arena *a, struct pl_program *ret);
/* Would ldconfig look into a file of that name? Others need no facts. */
bool pl_elf_is_library_name(struct pl_str name);
