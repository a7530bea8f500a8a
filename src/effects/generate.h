// SPDX-License-Identifier: Apache-2.0
/*
 * The native generators behind effects.h: files that maintainer scripts or triggers compute from
 * what is installed. Each works on the whole tree, is idempotent and deterministic, and does
 * nothing when what it works from is not there. Files made get mtime in->epoch, owner 0:0 and the
 * mode that the real tool gives.
 */
#pragma once

#include "base/buf.h"
#include "effects/effects.h"

/* The body of a file of the tree, wherever it is (memory or in->read). */
int pl_gen_read(const struct pl_effect_input *in, const struct pl_node *n, struct pl_buf *ret,
		struct pl_err *err) PL_MUST_USE;

/* /etc/ld.so.cache in glibc's new format (1.1), as ldconfig of that architecture would list it:
 * directories of /etc/ld.so.conf (with its includes) then the trusted ones; soname links that
 * ldconfig would create are made too. */
int pl_gen_ld_so_cache(struct pl_tree *t, const struct pl_effect_input *in,
		       struct pl_err *err) PL_MUST_USE;
/* update-ca-certificates: /etc/ca-certificates.conf from /usr/share/ca-certificates,
 * /etc/ssl/certs/NAME.pem links, ca-certificates.crt, and the OpenSSL subject hash links (HASH.N).
 */
int pl_gen_ca_certificates(struct pl_tree *t, const struct pl_effect_input *in,
			   struct pl_err *err) PL_MUST_USE;
/* ca-certificates-java: /etc/ssl/certs/java/cacerts, JKS, password "changeit", dates in->epoch. */
int pl_gen_java_keystore(struct pl_tree *t, const struct pl_effect_input *in,
			 struct pl_err *err) PL_MUST_USE;
/* base-passwd's masters, then accounts in that order: passwd, group, shadow, gshadow (and their "-"
 * backups never). ids gives the numbers; a name missing there is PL_INPUT. shadow's dates are the
 * day of in->epoch; there is no shadow without the package passwd and without accounts. */
int pl_gen_accounts(struct pl_tree *t, const struct pl_effect_input *in, const struct pl_account *v,
		    size_t n, struct pl_err *err) PL_MUST_USE;
/* pam-auth-update: /etc/pam.d/common-* from /usr/share/pam/common-* and the profiles of
 * /usr/share/pam-configs. */
int pl_gen_pam(struct pl_tree *t, const struct pl_effect_input *in, struct pl_err *err) PL_MUST_USE;
/* update-alternatives: for each group the highest priority wins (ties: the first); links and
 * /etc/alternatives. dpkg's database is not written. An alternative whose path is not in the tree
 * is left out. */
struct pl_alternative {
	const char *name, *link, *path;
	int64_t priority;
	const struct pl_alternative *slaves; /* name, link, path */
	size_t n_slaves;
};
int pl_gen_alternatives(struct pl_tree *t, const struct pl_effect_input *in,
			const struct pl_alternative *v, size_t n, struct pl_err *err) PL_MUST_USE;
/* The lines of a tmpfiles.d(5) file of the tree (`file` is its path) of types d, D, f, L, z at
 * fresh boot that concern /var and /etc (run is a tmpfs). Specifiers are PL_INPUT, but for lines
 * that need a machine's or boot's identity (%m, %b), which systemd-tmpfiles leaves out as well. */
int pl_gen_tmpfiles(struct pl_tree *t, const struct pl_effect_input *in, struct pl_str file,
		    struct pl_err *err) PL_MUST_USE;

#define PL_PASSWD_MASTER "usr/share/base-passwd/passwd.master"

/* Folders and merged-/usr links that every image has, with base-files or without. */
int pl_gen_skeleton(struct pl_tree *t, const struct pl_effect_input *in,
		    struct pl_err *err) PL_MUST_USE;
/* Without base-passwd: root, nobody and nogroup. root's shell is one that is in the image. */
int pl_gen_least_accounts(struct pl_tree *t, const struct pl_effect_input *in,
			  struct pl_err *err) PL_MUST_USE;
/* /etc/nsswitch.conf where no package gives one; before the recipes, which may add services. */
int pl_gen_least_nsswitch(struct pl_tree *t, const struct pl_effect_input *in,
			  struct pl_err *err) PL_MUST_USE;

/* What effects are made of: reading, writing and asking for packages. */
/* The installed package of that name, NULL if none. */
const struct pl_effect_package *pl_gen_package(const struct pl_effect_input *in, const char *name);
/* The text of a file (links followed), copied into the arena; p == NULL when there is no such file.
 */
int pl_gen_text(const struct pl_tree *t, const struct pl_effect_input *in, struct pl_arena *a,
		const char *path, struct pl_str *ret, struct pl_err *err) PL_MUST_USE;
/* A file of root's with mtime in->epoch; a symbolic link or file of that name is replaced. */
int pl_gen_file(struct pl_tree *t, const struct pl_effect_input *in, const char *path,
		struct pl_str bytes, uint32_t mode, struct pl_err *err) PL_MUST_USE;
/* A symbolic link with mtime in->epoch; a symbolic link of that name is replaced. */
int pl_gen_link(struct pl_tree *t, const struct pl_effect_input *in, const char *path,
		const char *target, struct pl_err *err) PL_MUST_USE;
/* A folder 0755 of root's unless it is there. */
int pl_gen_dir(struct pl_tree *t, const struct pl_effect_input *in, const char *path,
	       struct pl_err *err) PL_MUST_USE;
