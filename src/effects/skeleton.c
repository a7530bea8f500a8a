// SPDX-License-Identifier: Apache-2.0
#include "effects/skeleton.h"
#include "effects/effects_int.h"

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

static int make_directories(struct pl_tree *t, const struct pl_effect_input *in, struct pl_err *err)
{
	for (size_t i = 0; i < PL_COUNT(skeleton); i++) {
		struct pl_str path = pl_str_of(skeleton[i].path);
		int rc = 0;
		if (!pl_tree_get(t, path))
			rc = pl_tree_mkdir(t, path, skeleton[i].mode, 0, 0, in->epoch, NULL, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int pl_skeleton_make(struct pl_tree *t, const struct pl_effect_input *in, struct pl_err *err)
{
	static const char *const always[] = {"bin", "lib", "sbin"};
	static const char *const biarch[] = {"lib32", "lib64", "libx32"};
	int rc = make_directories(t, in, err);
	for (size_t i = 0; rc >= 0 && i < PL_COUNT(always); i++)
		rc = merged_link(t, in, always[i], err);
	if (rc < 0)
		return rc;
	if (in->platform->elf_machine == PL_EM_X86_64 &&
	    (rc = pl_effect_directory(t, in, "usr/lib64", err)) < 0)
		return rc;
	for (size_t i = 0; rc >= 0 && i < PL_COUNT(biarch); i++) {
		PL_AUTOFREE char *below = pl_xprintf("usr/%s", biarch[i]);
		if (pl_tree_get(t, pl_str_of(below)))
			rc = merged_link(t, in, biarch[i], err);
	}
	return rc;
}
