// SPDX-License-Identifier: Apache-2.0
/*
 * Platforms: one type and one table of every name that something gives them (image-spec's
 * image-index.md, Debian's architectures and multiarch triplets, gABI's machines). Names are
 * normalised as containerd's platforms are: arm64/v8 is arm64, arm is arm/v7. Rows are constants: a
 * platform is compared by its address. Pure, but for pl_platform_host.
 */
#pragma once

#include "base/str.h"

#include <stdint.h>

/* e_machine values of ELF headers (gABI, "Machine Information"). */
enum pl_elf_machine {
	PL_EM_386 = 3,
	PL_EM_MIPS = 8,
	PL_EM_PPC64 = 21,
	PL_EM_S390 = 22,
	PL_EM_ARM = 40,
	PL_EM_X86_64 = 62,
	PL_EM_AARCH64 = 183,
	PL_EM_RISCV = 243,
	PL_EM_LOONGARCH = 258,
};

struct pl_platform {
	const char *name; /* "linux/arm/v7": what definitions, locks and the inventory write */
	const char *os, *architecture;
	const char *variant;     /* of the name; NULL: none */
	const char *oci_variant; /* as image configs and indexes write it ("v8" of arm64); NULL */
	const char *arch;        /* what ${arch} of a definition stands for: "amd64", "armv7" */
	const char *debian;      /* Debian's architecture */
	const char *triplet;     /* Debian's multiarch triplet */
	const char *machine;     /* uname -m */
	enum pl_elf_machine elf_machine;
	bool is_64, is_big_endian;
	bool is_definable; /* a fleet may name it */
};

/* The table, sorted by name. */
extern const struct pl_platform pl_platforms[];
extern const size_t pl_platforms_n;

/* The row of a name, normalised or not ("linux/arm64/v8"); NULL if there is none. */
const struct pl_platform *pl_platform_find(struct pl_str name);
/* The row of image-spec's three members (each may be NULL); NULL if there is none. */
const struct pl_platform *pl_platform_of_oci(const char *os, const char *architecture,
					     const char *variant);
/* The row of Debian's architecture; NULL if there is none ("all" has none). */
const struct pl_platform *pl_platform_of_debian(struct pl_str architecture);
/* This machine's; linux/amd64 where it is none of the table. */
const struct pl_platform *pl_platform_host(void);

#define PL_PLATFORM_TEXT 128
/* "os/architecture[/variant]", normalised, of any platform, in the table or not: what people are
 * shown of a foreign image. An absent os is linux, an absent architecture "unknown". Cut off at the
 * end of dst; returns dst. */
const char *pl_platform_text(char dst[PL_PLATFORM_TEXT], const char *os, const char *architecture,
			     const char *variant);
