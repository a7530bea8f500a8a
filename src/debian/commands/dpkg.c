// SPDX-License-Identifier: Apache-2.0
/* dpkg(1) as scripts call it: versions, architectures, questions; dpkg-trigger(1) and
 * dpkg-maintscript-helper(1). */
#include "debian/commands/commands_int.h"

#include "version/debian.h"

/* lt, le, eq, ne, ge, gt; -nl: an empty version is later than any; and the signs. */
static int compare(struct pl_shell_call *call, const char *a, const char *op, const char *b,
		   struct pl_err *err)
{
	static const struct {
		const char *name;
		bool lt, eq, gt, empty_last;
	} ops[] = {
		{"lt", true, false, false, false},   {"le", true, true, false, false},
		{"eq", false, true, false, false},   {"ne", true, false, true, false},
		{"ge", false, true, true, false},    {"gt", false, false, true, false},
		{"lt-nl", true, false, false, true}, {"le-nl", true, true, false, true},
		{"ge-nl", false, true, true, true},  {"gt-nl", false, false, true, true},
		{"<", true, true, false, false},     {"<<", true, false, false, false},
		{"<=", true, true, false, false},    {"=", false, true, false, false},
		{">=", false, true, true, false},    {">>", false, false, true, false},
		{">", false, true, true, false},
	};
	for (size_t i = 0; i < PL_COUNT(ops); i++) {
		if (strcmp(ops[i].name, op) != 0)
			continue;
		int order = !*a && !*b ? 0
			    : !*a      ? (ops[i].empty_last ? 1 : -1)
			    : !*b      ? (ops[i].empty_last ? -1 : 1)
				       : pl_debver_cmp(pl_str_of(a), pl_str_of(b));
		bool is = order < 0 ? ops[i].lt : order > 0 ? ops[i].gt : ops[i].eq;
		call->status = is ? 0 : 1;
		return 0;
	}
	return pl_shell_unknown(call, err, op);
}

static int compare_versions(struct pl_shell_call *call, int at, struct pl_err *err)
{
	const char *v[3];
	int n = 0;
	for (; at < call->argc; at++) {
		if (strcmp(call->argv[at], "--") == 0)
			continue;
		if (n == 3)
			return pl_shell_unknown(call, err, "a fourth argument");
		v[n++] = call->argv[at];
	}
	if (n != 3)
		return pl_shell_complain(call, 2, err, "--compare-versions takes three arguments");
	return compare(call, v[0], v[1], v[2], err);
}

/* Those that dpkg has had since bookworm at the latest. */
static bool has_feature(const char *name)
{
	static const char *const known[] = {"support-predepends", "working-epoch",
					    "long-filenames",     "multi-conrep",
					    "multi-arch",         "versioned-provides",
					    "protected-field"};
	for (size_t i = 0; i < PL_COUNT(known); i++)
		if (strcmp(known[i], name) == 0)
			return true;
	return false;
}

int pl_deb_dpkg(struct pl_shell_call *call, struct pl_err *err)
{
	const struct pl_debian_world *w = pl_deb_world(call);
	int at = 1;
	while (at < call->argc &&
	       (strcmp(call->argv[at], "--") == 0 || strncmp(call->argv[at], "--force-", 8) == 0 ||
		strncmp(call->argv[at], "--admindir", 10) == 0))
		at++;
	const char *verb = at < call->argc ? call->argv[at] : "";
	if (strcmp(verb, "--compare-versions") == 0)
		return compare_versions(call, at + 1, err);
	if (strcmp(verb, "--print-architecture") == 0)
		return pl_deb_print(call, err, "%s\n", w->in->platform->debian);
	if (strcmp(verb, "--print-foreign-architectures") == 0)
		return 0;
	if (strncmp(verb, "--assert-", 9) == 0)
		return has_feature(verb + 9) ? 0 : pl_shell_unknown(call, err, verb);
	if (strcmp(verb, "--validate-version") == 0 && at + 2 == call->argc) {
		struct pl_err ignored = {0};
		call->status = pl_debver_check(pl_str_of(call->argv[at + 1]), &ignored) < 0 ? 1 : 0;
		return 0;
	}
	if (strcmp(verb, "-s") == 0 || strcmp(verb, "--status") == 0 || strcmp(verb, "-L") == 0 ||
	    strcmp(verb, "--listfiles") == 0 || strcmp(verb, "-S") == 0 ||
	    strcmp(verb, "--search") == 0 || strcmp(verb, "-l") == 0 || strcmp(verb, "--list") == 0)
		return pl_deb_dpkg_query(call, err);
	return pl_shell_unknown(call, err, verb);
}

/* dpkg-realpath [--root DIRECTORY] PATH of a path that is there. */
int pl_deb_dpkg_realpath(struct pl_shell_call *call, struct pl_err *err)
{
	int at = 1;
	if (call->argc > 2 && strcmp(call->argv[1], "--root") == 0) {
		if (*call->argv[2] && strcmp(call->argv[2], "/") != 0)
			return pl_shell_unknown(call, err, call->argv[2]);
		at = 3;
	}
	if (at + 1 != call->argc || *call->argv[at] != '/')
		return pl_shell_unknown(call, err, "this use");
	const struct pl_node *n = pl_shell_node(call->shell, call->argv[at], true);
	PL_AUTO(buf) path = {0};
	if (!n)
		return pl_shell_unknown(call, err, "a path that is not there");
	pl_tree_path(n, &path);
	return pl_deb_print(call, err, "/%s\n", path.p ? path.p : "");
}

int pl_deb_dpkg_trigger(struct pl_shell_call *call, struct pl_err *err)
{
	const char *name = NULL;
	for (int i = 1; i < call->argc; i++) {
		const char *o = call->argv[i];
		if (strcmp(o, "--check-supported") == 0)
			return 0;
		if (strcmp(o, "--no-await") == 0 || strcmp(o, "--await") == 0)
			continue;
		if (strncmp(o, "--by-package=", 13) == 0)
			continue;
		if (*o == '-' || name)
			return pl_shell_unknown(call, err, o);
		name = o;
	}
	if (!name)
		return pl_shell_complain(call, 2, err, "takes one argument, the trigger name");
	pl_debian_trigger(pl_deb_world(call), name);
	return 0;
}

/* All that it does depends on a version that was there before (its code asks [ -n "$2" ]), or on
 * what it has put aside then. */
int pl_deb_dpkg_maintscript_helper(struct pl_shell_call *call, struct pl_err *err)
{
	static const char *const known[] = {"rm_conffile", "mv_conffile", "symlink_to_dir",
					    "dir_to_symlink"};
	const char *verb = call->argc > 1 ? call->argv[1] : "";
	bool supports = strcmp(verb, "supports") == 0;
	if (supports)
		verb = call->argc > 2 ? call->argv[2] : "";
	for (size_t i = 0; i < PL_COUNT(known); i++) {
		if (strcmp(verb, known[i]) != 0)
			continue;
		int k = 2;
		while (!supports && k < call->argc && strcmp(call->argv[k], "--") != 0)
			k++;
		if (!supports && k + 2 < call->argc && *call->argv[k + 2] &&
		    strcmp(call->argv[k + 1], "triggered") != 0)
			return pl_shell_unknown(call, err, "an upgrade");
		return 0;
	}
	if (supports) {
		call->status = 1;
		return 0;
	}
	return pl_shell_unknown(call, err, verb);
}
