// SPDX-License-Identifier: Apache-2.0
#include "base/platform.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

enum { NARROW = 0, WIDE = 1, LITTLE = 0, BIG = 1, FOREIGN = 0, DEFINABLE = 1 };

/* In the order of the struct's members. arm/v6 has no port of Debian's own: armel's packages run
 * there. */
const struct pl_platform pl_platforms[] = {
	{"linux/386", "linux", "386", NULL, NULL, "386", "i386", "i386-linux-gnu", "i686",
	 PL_EM_386, NARROW, LITTLE, DEFINABLE},
	{"linux/amd64", "linux", "amd64", NULL, NULL, "amd64", "amd64", "x86_64-linux-gnu",
	 "x86_64", PL_EM_X86_64, WIDE, LITTLE, DEFINABLE},
	{"linux/arm/v5", "linux", "arm", "v5", "v5", "armv5", "armel", "arm-linux-gnueabi",
	 "armv5tel", PL_EM_ARM, NARROW, LITTLE, DEFINABLE},
	{"linux/arm/v6", "linux", "arm", "v6", "v6", "armv6", "armel", "arm-linux-gnueabi",
	 "armv6l", PL_EM_ARM, NARROW, LITTLE, FOREIGN},
	{"linux/arm/v7", "linux", "arm", "v7", "v7", "armv7", "armhf", "arm-linux-gnueabihf",
	 "armv7l", PL_EM_ARM, NARROW, LITTLE, DEFINABLE},
	{"linux/arm64", "linux", "arm64", NULL, "v8", "arm64", "arm64", "aarch64-linux-gnu",
	 "aarch64", PL_EM_AARCH64, WIDE, LITTLE, DEFINABLE},
	{"linux/loong64", "linux", "loong64", NULL, NULL, "loong64", "loong64",
	 "loongarch64-linux-gnu", "loongarch64", PL_EM_LOONGARCH, WIDE, LITTLE, FOREIGN},
	{"linux/mips64le", "linux", "mips64le", NULL, NULL, "mips64le", "mips64el",
	 "mips64el-linux-gnuabi64", "mips64", PL_EM_MIPS, WIDE, LITTLE, FOREIGN},
	{"linux/mipsle", "linux", "mipsle", NULL, NULL, "mipsle", "mipsel", "mipsel-linux-gnu",
	 "mips", PL_EM_MIPS, NARROW, LITTLE, FOREIGN},
	{"linux/ppc64le", "linux", "ppc64le", NULL, NULL, "ppc64le", "ppc64el",
	 "powerpc64le-linux-gnu", "ppc64le", PL_EM_PPC64, WIDE, LITTLE, DEFINABLE},
	{"linux/riscv64", "linux", "riscv64", NULL, NULL, "riscv64", "riscv64", "riscv64-linux-gnu",
	 "riscv64", PL_EM_RISCV, WIDE, LITTLE, DEFINABLE},
	{"linux/s390x", "linux", "s390x", NULL, NULL, "s390x", "s390x", "s390x-linux-gnu", "s390x",
	 PL_EM_S390, WIDE, BIG, DEFINABLE},
};
const size_t pl_platforms_n = PL_COUNT(pl_platforms);

static bool same_text(const char *a, const char *b) { return strcmp(a ? a : "", b ? b : "") == 0; }

/* The variant that stands for the plain name (containerd's platforms: arm64/v8, 386 and amd64 have
 * one baseline), and the one that an absent variant means. */
static const char *normal_variant(const char *architecture, const char *variant)
{
	if (same_text(architecture, "arm64") && variant && same_text(variant, "v8"))
		return NULL;
	if (same_text(architecture, "amd64") && variant && same_text(variant, "v1"))
		return NULL;
	if (same_text(architecture, "arm") && !(variant && *variant))
		return "v7";
	return variant && *variant ? variant : NULL;
}

const struct pl_platform *pl_platform_of_oci(const char *os, const char *architecture,
					     const char *variant)
{
	const char *v = normal_variant(architecture, variant);
	for (size_t i = 0; i < pl_platforms_n; i++) {
		const struct pl_platform *p = &pl_platforms[i];
		if (same_text(p->os, os ? os : "linux") &&
		    same_text(p->architecture, architecture) && same_text(p->variant, v))
			return p;
	}
	return NULL;
}

const struct pl_platform *pl_platform_find(struct pl_str name)
{
	char part[3][16] = {{0}};
	for (size_t i = 0; name.p; i++) {
		struct pl_str s = pl_str_cut(&name, '/');
		if (i == PL_COUNT(part) || s.n == 0 || s.n >= sizeof(part[0]))
			return NULL;
		memcpy(part[i], s.p, s.n);
	}
	return pl_platform_of_oci(part[0], part[1], part[2]);
}

const struct pl_platform *pl_platform_of_debian(struct pl_str architecture)
{
	for (size_t i = 0; i < pl_platforms_n; i++)
		if (pl_str_is(architecture, pl_platforms[i].debian))
			return &pl_platforms[i];
	return NULL;
}

const struct pl_platform *pl_platform_host(void)
{
	struct utsname u;
	if (uname(&u) == 0)
		for (size_t i = 0; i < pl_platforms_n; i++)
			if (strcmp(u.machine, pl_platforms[i].machine) == 0)
				return &pl_platforms[i];
	return pl_platform_find(PL_STR("linux/amd64"));
}

const char *pl_platform_text(char dst[PL_PLATFORM_TEXT], const char *os, const char *architecture,
			     const char *variant)
{
	/* An absent variant is not made up for a stranger: only what is said too much goes. */
	const char *v = variant && *variant ? normal_variant(architecture, variant) : NULL;
	snprintf(dst, PL_PLATFORM_TEXT, "%s/%s%s%s", os ? os : "linux",
		 architecture ? architecture : "unknown", v ? "/" : "", v ? v : "");
	return dst;
}
