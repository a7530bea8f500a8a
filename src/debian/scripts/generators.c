// SPDX-License-Identifier: Apache-2.0
/* What a recipe's "generate" names: files that are computed from the whole tree, once, when all
 * packages have done theirs. */
#include "debian/scripts/apply_int.h"
#include "effects/ca_certificates.h"
#include "effects/java_keystore.h"
#include "effects/ld_so_cache.h"
#include "effects/pam.h"
#include "effects/shells.h"

static int make_shells(struct pl_tree *t, const struct pl_effect_input *in, struct pl_err *err)
{
	return pl_shells_make(t, in, "usr/share/debianutils", err);
}

/* The cache says who made it: "ldconfig (Debian GLIBC 2.36-9) stable release version 2.36". */
int pl_generate_ld_so_cache(struct pl_tree *t, const struct pl_effect_input *in, struct pl_err *err)
{
	const struct pl_effect_package *p = pl_recipe_installed(in, "libc-bin");
	if (!p)
		p = pl_recipe_installed(in, "libc6");
	if (!p)
		return 0;
	struct pl_str rest = p->version, upstream = pl_str_cut(&rest, '-');
	PL_AUTOFREE char *name = pl_xprintf("ldconfig (Debian GLIBC " PL_STR_FMT
					    ") stable release version " PL_STR_FMT,
					    PL_STR_ARG(p->version), PL_STR_ARG(upstream));
	return pl_ld_so_cache_make(t, in, name, err);
}

/* In an order in which each finds what it works from. */
static const struct {
	const char *name;
	const char *also_with; /* a package that is reason enough, whatever recipes say */
	int (*make)(struct pl_tree *t, const struct pl_effect_input *in, struct pl_err *err);
} generators[] = {
	{"shells", NULL, make_shells},
	{"pam", NULL, pl_pam_make},
	{"ca-certificates", NULL, pl_ca_certificates_make},
	{"java-keystore", NULL, pl_java_keystore_make},
	/* Also without libc-bin, whose ldconfig makes it: it speeds up every start. */
	{"ld-so-cache", "libc6", pl_generate_ld_so_cache},
};

int pl_recipe_generator_want(struct pl_recipe_run *run, struct pl_str name, struct pl_err *err)
{
	for (size_t i = 0; i < PL_COUNT(generators); i++) {
		if (pl_str_is(name, generators[i].name)) {
			run->generators |= 1u << i;
			return 0;
		}
	}
	return pl_fail(err, PL_INPUT, "there is no generator '" PL_STR_FMT "'", PL_STR_ARG(name));
}

int pl_recipe_generators_make(struct pl_recipe_run *run, struct pl_err *err)
{
	for (size_t i = 0; i < PL_COUNT(generators); i++) {
		const char *with = generators[i].also_with;
		if (!(run->generators & 1u << i) && !(with && pl_recipe_installed(run->in, with)))
			continue;
		int rc = generators[i].make(run->tree, run->in, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}
