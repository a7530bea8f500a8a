// SPDX-License-Identifier: Apache-2.0
/* Which package to name where an image lacks something that many others presuppose. */
#include "debian/debian_int.h"

const char *pl_debian_ships(const char *what)
{
	static const struct {
		const char *what, *package; /* a path, or the name of a program */
	} known[] = {
		{"/etc/os-release", "base-files"},
		{"awk", "mawk"},
		{"bash", "bash"},
		{"csh", "csh"},
		{"curl", "curl"},
		{"dash", "dash"},
		{"env", "coreutils"},
		{"fish", "fish"},
		{"gawk", "gawk"},
		{"guile", "guile-3.0"},
		{"java", "default-jre-headless"},
		{"ksh", "ksh"},
		{"lua", "lua5.4"},
		{"make", "make"},
		{"mawk", "mawk"},
		{"nginx", "nginx"},
		{"node", "nodejs"},
		{"perl", "perl-base"},
		{"php", "php-cli"},
		{"python3", "python3"},
		{"rbash", "bash"},
		{"ruby", "ruby"},
		{"sed", "sed"},
		{"sh", "dash"},
		{"tclsh", "tcl"},
		{"wget", "wget"},
		{"wish", "tk"},
		{"zsh", "zsh"},
	};
	const char *slash = strrchr(what, '/'), *name = slash ? slash + 1 : what;
	for (size_t i = 0; i < PL_COUNT(known); i++)
		if (strcmp(known[i].what, what) == 0 || strcmp(known[i].what, name) == 0)
			return known[i].package;
	return NULL;
}
