// SPDX-License-Identifier: Apache-2.0
/* run-parts(8): the programs of a directory, or their names. */
#include "debian/commands/commands_int.h"

#include <regex.h>

struct run_parts {
	bool lists, tests, lsb;
};

static bool matches(const char *name, const char *expression)
{
	regex_t re;
	bool is = regcomp(&re, expression, REG_EXTENDED | REG_NOSUB) == 0;
	if (!is)
		return false;
	is = regexec(&re, name, 0, NULL, 0) == 0;
	regfree(&re);
	return is;
}

/* debianutils' run-parts.c: valid_name. */
static bool is_valid(const struct run_parts *r, const char *name)
{
	if (!r->lsb)
		return matches(name, "^[a-zA-Z0-9_-]+$");
	return matches(name, "^[a-z0-9][a-z0-9-]*$") ||
	       (matches(name, "^_?([a-z0-9_.]+-)+[a-z0-9]+$") &&
		!matches(name,
			 "^[a-z0-9-].*(\\.rpm(save|new|orig)|~|,v|dpkg-(old|dist|new|tmp))$"));
}

static int do_part(struct pl_shell_call *call, const struct run_parts *r, const char *directory,
		   const struct pl_node *n, struct pl_err *err)
{
	PL_AUTOFREE char *path = pl_xprintf("%s/%s", directory, n->name.p);
	const struct pl_node *to =
		is_valid(r, n->name.p) ? pl_shell_node(call->shell, path, true) : NULL;
	char *argv[] = {path, NULL};
	const struct pl_node *file = to ? pl_node_file(to) : NULL;
	if (!file || file->type != PL_TAR_FILE || (!r->lists && !(file->mode & 0111)))
		return 0;
	if (r->lists || r->tests)
		return pl_deb_print(call, err, "%s\n", path);
	return pl_shell_external(call, 1, argv, NULL, 0, err);
}

int pl_deb_run_parts(struct pl_shell_call *call, struct pl_err *err)
{
	struct run_parts r = {0};
	int at = 1, rc = 0;
	for (; at < call->argc && call->argv[at][0] == '-'; at++) {
		const char *o = call->argv[at];
		if (strcmp(o, "--list") == 0)
			r.lists = true;
		else if (strcmp(o, "--test") == 0)
			r.tests = true;
		else if (strcmp(o, "--lsbsysinit") == 0)
			r.lsb = true;
		else
			return pl_shell_unknown(call, err, o);
	}
	if (at + 1 != call->argc)
		return pl_shell_unknown(call, err, "other than one directory");
	const struct pl_node *dir = pl_shell_node(call->shell, call->argv[at], true);
	if (!dir || dir->type != PL_TAR_DIR)
		return pl_shell_complain(call, 1, err, "failed to open directory %s",
					 call->argv[at]);
	for (uint32_t i = 0; i < dir->n_children && rc == 0; i++)
		rc = do_part(call, &r, call->argv[at], dir->children[i], err);
	return rc;
}
