// SPDX-License-Identifier: Apache-2.0
/* What every image has, whichever packages are in it. */
#include "effects/generate.h"

/* What every image has, whether base-files is in it or not (FHS 3.0, hier(7)). */
static const struct {
	const char *path;
	uint32_t mode;
} skeleton[] = {
	{"dev", 0755},       {"etc", 0755},       {"home", 0755},      {"proc", 0755},
	{"root", 0700},      {"run", 0755},       {"sys", 0755},       {"tmp", 01777},
	{"usr", 0755},       {"usr/bin", 0755},   {"usr/lib", 0755},   {"usr/sbin", 0755},
	{"usr/share", 0755}, {"var", 0755},       {"var/cache", 0755}, {"var/lib", 0755},
	{"var/log", 0755},   {"var/spool", 0755}, {"var/tmp", 01777},
};

/* A merged-/usr link: where the tree already has it (trixie's base-files) it stays. */
static int merged_link(struct pl_tree *t, const struct pl_effect_input *in, const char *name,
		       struct pl_err *err)
{
	struct pl_node *n = pl_tree_get(t, pl_str_of(name));
	PL_AUTOFREE char *target = pl_xprintf("usr/%s", name);
	if (n && n->type == PL_TAR_SYMLINK && pl_str_is(n->link, target))
		return 0;
	if (n)
		return pl_fail(err, PL_CONFLICT, "/%s: must be a link to %s in an image", name,
			       target);
	return pl_tree_symlink(t, pl_str_of(name), pl_str_of(target), in->epoch, NULL, err);
}

int pl_gen_skeleton(struct pl_tree *t, const struct pl_effect_input *in, struct pl_err *err)
{
	static const char *const always[] = {"bin", "lib", "sbin"};
	static const char *const biarch[] = {"lib32", "lib64", "libx32"};
	bool amd64 = in->platform->elf_machine == PL_EM_X86_64;
	int rc = 0;
	for (size_t i = 0; rc >= 0 && i < PL_COUNT(skeleton); i++) {
		if (!pl_tree_get(t, pl_str_of(skeleton[i].path)))
			rc = pl_tree_mkdir(t, pl_str_of(skeleton[i].path), skeleton[i].mode, 0, 0,
					   in->epoch, NULL, err);
	}
	for (size_t i = 0; rc >= 0 && i < PL_COUNT(always); i++)
		rc = merged_link(t, in, always[i], err);
	if (rc >= 0 && amd64)
		rc = pl_gen_dir(t, in, "usr/lib64", err);
	for (size_t i = 0; rc >= 0 && i < PL_COUNT(biarch); i++) {
		PL_AUTOFREE char *below = pl_xprintf("usr/%s", biarch[i]);
		if (pl_tree_get(t, pl_str_of(below)))
			rc = merged_link(t, in, biarch[i], err);
	}
	return rc;
}

/* The shell of an account that has one everywhere: the first that is in the image. */
static const char *root_shell(const struct pl_tree *t)
{
	static const char *const shells[] = {"/bin/bash", "/bin/sh"};
	for (size_t i = 0; i < PL_COUNT(shells); i++) {
		if (pl_tree_resolve(t, pl_str_of(shells[i]), true))
			return shells[i];
	}
	return "/usr/sbin/nologin";
}

/* Without base-passwd there are root, nobody and nogroup to begin with: see recipes/README.md. */
int pl_gen_least_accounts(struct pl_tree *t, const struct pl_effect_input *in, struct pl_err *err)
{
	PL_AUTOFREE char *passwd =
		pl_xprintf("root:*:0:0:root:/root:%s\n"
			   "nobody:*:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
			   root_shell(t));
	const struct {
		const char *path, *master, *text;
	} files[] = {
		{"etc/passwd", PL_PASSWD_MASTER, passwd},
		{"etc/group", "usr/share/base-passwd/group.master",
		 "root:*:0:\nnogroup:*:65534:\n"},
	};
	for (size_t i = 0; i < PL_COUNT(files); i++) {
		if (pl_tree_resolve(t, pl_str_of(files[i].master), true) ||
		    pl_tree_resolve(t, pl_str_of(files[i].path), true))
			continue;
		int rc = pl_gen_file(t, in, files[i].path, pl_str_of(files[i].text), 0644, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Where libc-bin's template is in the image, its recipe copies it. Without the file glibc asks
 * services that an image does not have, and other resolvers (musl's, Go's) guess. The lines are
 * Debian's; a service is named when its module is there (files and dns are in libc itself). */
int pl_gen_least_nsswitch(struct pl_tree *t, const struct pl_effect_input *in, struct pl_err *err)
{
	static const struct {
		const char *line, *service, *rest;
	} lines[] = {
		{"passwd:         files", NULL, "\n"},     {"group:          files", NULL, "\n"},
		{"shadow:         files", NULL, "\n"},     {"gshadow:        files", NULL, "\n\n"},
		{"hosts:          files dns", NULL, "\n"}, {"networks:       files", NULL, "\n\n"},
		{"protocols:      ", "db", "files\n"},     {"services:       ", "db", "files\n"},
		{"ethers:         ", "db", "files\n"},     {"rpc:            ", "db", "files\n"},
	};
	const char *triplet = in->platform->triplet;
	PL_AUTO(buf) b = {0};
	if (pl_tree_resolve(t, PL_STR("etc/nsswitch.conf"), true) ||
	    (pl_gen_package(in, "libc-bin") &&
	     pl_tree_resolve(t, PL_STR("usr/share/libc-bin/nsswitch.conf"), true)))
		return 0;
	for (size_t i = 0; i < PL_COUNT(lines); i++) {
		const char *service = lines[i].service;
		PL_AUTOFREE char *module =
			pl_xprintf("usr/lib/%s/libnss_%s.so.2", triplet, service ? service : "");
		bool has = service && pl_tree_resolve(t, pl_str_of(module), true);
		pl_buf_addf(&b, "%s%s%s%s", lines[i].line, has ? service : "", has ? " " : "",
			    lines[i].rest);
	}
	return pl_gen_file(t, in, "etc/nsswitch.conf", pl_buf_str(&b), 0644, err);
}
