// SPDX-License-Identifier: Apache-2.0
/* Which of a package's paths an image leaves out. */
#include "assemble/package_int.h"

#include <fnmatch.h>

/* Names for groups of paths that images leave out. Copyright files always stay: licences ask for
 * them and scanners read them. */
static const struct {
	const char *name;
	const char *globs[6];
} slices[] = {
	{"docs",
	 {"usr/share/doc/*", "usr/share/doc-base/*", "usr/share/info/*", "usr/share/lintian/*"}},
	{"man", {"usr/share/man/*"}},
	{"locales", {"usr/share/locale/*"}},
};

static bool matches(const char *glob, const char *path)
{
	if (glob[0] == '/')
		glob++;
	if (fnmatch(glob, path, 0) == 0) /* '*' crosses '/' */
		return true;
	size_t n = strlen(glob); /* a directory named without a wildcard means all below it */
	return strncmp(path, glob, n) == 0 && path[n] == '/';
}

/* A copyright file, or a link in the place of a package's directory: that of a package of the same
 * source, whose copyright file it leads to. Other links below lead to what is left out. */
static bool is_licence(const char *path, enum pl_tar_type type)
{
	return fnmatch("usr/share/doc/*/copyright", path, 0) == 0 ||
	       (type == PL_TAR_SYMLINK && fnmatch("usr/share/doc/*", path, FNM_PATHNAME) == 0);
}

static bool excluded(const char *rule, const char *path, enum pl_tar_type type)
{
	for (size_t i = 0; i < PL_COUNT(slices); i++) {
		if (strcmp(rule, slices[i].name) != 0)
			continue;
		for (size_t k = 0; slices[i].globs[k]; k++)
			if (matches(slices[i].globs[k], path))
				return !is_licence(path, type);
		return false;
	}
	return matches(rule, path);
}

bool pl_packing_excludes(const struct pl_packing *d, struct pl_str path, enum pl_tar_type type)
{
	for (const char *const *r = d->exclude; r && *r; r++)
		if (excluded(*r, path.p, type))
			return true;
	return false;
}
