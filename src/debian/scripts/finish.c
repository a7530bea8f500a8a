// SPDX-License-Identifier: Apache-2.0
#include "debian/scripts/finish_int.h"

#include "effects/ca_certificates.h"
#include "effects/java_keystore.h"
#include "effects/ld_so_cache.h"
#include "effects/nsswitch.h"
#include "effects/pam.h"
#include "effects/skeleton.h"

/* What keeps services from being started while packages are installed. */
#define POLICY "usr/sbin/policy-rc.d"

int pl_debian_begin(struct pl_debian_world *w, struct pl_err *err)
{
	int rc = pl_skeleton_make(w->tree, w->in, err);
	if (rc >= 0) /* as in a chroot: invoke-rc.d(8), and scripts that ask by themselves */
		rc = pl_tree_file(w->tree, PL_STR(POLICY), PL_STR("#!/bin/sh\nexit 101\n"), 0755, 0,
				  0, w->in->epoch, NULL, err);
	*pl_vec_push(&w->absent) = POLICY;
	if (rc >= 0 && !pl_debian_find(w, PL_STR("base-passwd")))
		rc = pl_static_accounts_make(w, err);
	return rc < 0 ? rc : 0;
}

static void empty_directory(struct pl_tree *t, const char *path)
{
	struct pl_node *n = pl_tree_get(t, pl_str_of(path));
	while (n && n->type == PL_TAR_DIR && n->n_children)
		pl_tree_remove(t, n->children[n->n_children - 1]);
}

static const struct pl_effect_package *find_package(const struct pl_effect_input *in,
						    const char *name)
{
	for (size_t i = 0; i < in->n_packages; i++)
		if (pl_str_is(in->packages[i].name, name))
			return &in->packages[i];
	return NULL;
}

int pl_debian_ld_so_cache(struct pl_tree *t, const struct pl_effect_input *in, struct pl_err *err)
{
	const struct pl_effect_package *p = find_package(in, "libc-bin");
	if (!p)
		p = find_package(in, "libc6");
	if (!p)
		return 0;
	struct pl_str rest = p->version, upstream = pl_str_cut(&rest, '-');
	PL_AUTOFREE char *name = pl_xprintf("ldconfig (Debian GLIBC " PL_STR_FMT
					    ") stable release version " PL_STR_FMT,
					    PL_STR_ARG(p->version), PL_STR_ARG(upstream));
	return pl_ld_so_cache_make(t, in, name, err);
}

static int make_pam(struct pl_debian_world *w, struct pl_err *err)
{
	return pl_pam_make(w->tree, w->in, err);
}
static int make_ca_certificates(struct pl_debian_world *w, struct pl_err *err)
{
	return pl_ca_certificates_make(w->tree, w->in, err);
}
static int make_java_keystore(struct pl_debian_world *w, struct pl_err *err)
{
	return pl_java_keystore_make(w->tree, w->in, err);
}

/* In an order in which each finds what it works from. */
static int generate(struct pl_debian_world *w, struct pl_err *err)
{
	static const struct {
		unsigned generator;
		int (*make)(struct pl_debian_world *w, struct pl_err *err);
	} generators[] = {
		{PL_DEBIAN_PAM, make_pam},
		{PL_DEBIAN_CA_CERTIFICATES, make_ca_certificates},
		{PL_DEBIAN_JAVA_KEYSTORE, make_java_keystore},
	};
	int rc = 0;
	for (size_t i = 0; i < PL_COUNT(generators) && rc >= 0; i++)
		if (w->generators & generators[i].generator)
			rc = generators[i].make(w, err);
	return rc < 0 ? rc : pl_debian_ld_so_cache(w->tree, w->in, err);
}

/* /run is a tmpfs, and ucf's database knows no package. */
static void remove_left(struct pl_debian_world *w)
{
	pl_debian_absent_remove(w);
	empty_directory(w->tree, "run");
	empty_directory(w->tree, "tmp");
	empty_directory(w->tree, "var/lib/ucf");
}

int pl_debian_finish(struct pl_debian_world *w, struct pl_err *err)
{
	int rc = pl_skeleton_make(w->tree, w->in, err); /* usr/lib64 is there only now */
	remove_left(w);
	if (rc >= 0 && !pl_debian_find(w, PL_STR("base-passwd")))
		rc = pl_static_accounts_finish(w, err);
	if (rc >= 0 && !pl_debian_find(w, PL_STR("libc-bin")))
		rc = pl_nsswitch_make(w->tree, w->in, err);
	if (rc >= 0 && w->in->add_sources)
		rc = w->in->add_sources(w->in->read_ctx, err);
	else
		w->generators &= ~(unsigned)PL_DEBIAN_CA_CERTIFICATES; /* nothing came since */
	return rc < 0 ? rc : generate(w, err);
}
