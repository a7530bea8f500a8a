// SPDX-License-Identifier: Apache-2.0
/* ucf(1) at a first installation: a file that is not there, or that is as ucf has put it there
 * before, becomes a copy of the new one with its attributes; any other stays, for nobody can be
 * asked. Its database is not written. */
#include "debian/commands/commands_int.h"

#include "effects/edit.h"

int pl_deb_ucf(struct pl_shell_call *call, struct pl_err *err)
{
	const char *operands[2] = {NULL, NULL};
	int n = 0;
	bool purge = false;
	static const char *const with_value[] = {"--src-dir",         "-s", "--sum-file",
						 "--package",         "-P", "--state-dir",
						 "--debconf-template"};
	static const char *const alone[] = {"--three-way", "--debconf-ok", "-Z", "--verbose",
					    "-v",          "--debug=0",    "--", "-three-way"};
	for (int i = 1; i < call->argc; i++) {
		const char *o = call->argv[i];
		bool known = false;
		for (size_t k = 0; k < PL_COUNT(alone); k++)
			known = known || strcmp(o, alone[k]) == 0;
		for (size_t k = 0; k < PL_COUNT(with_value) && !known; k++) {
			size_t len = strlen(with_value[k]);
			if (strcmp(o, with_value[k]) == 0) {
				known = true;
				i++;
			} else if (strncmp(o, with_value[k], len) == 0 && o[len] == '=') {
				known = true;
			}
		}
		if (strcmp(o, "--purge") == 0 || strcmp(o, "-p") == 0)
			known = purge = true;
		if (!known && *o == '-')
			return pl_shell_unknown(call, err, o);
		if (!known && n == 2)
			return pl_shell_unknown(call, err, "a third file");
		if (!known)
			operands[n++] = o;
	}
	if (purge)
		return 0;
	if (n != 2)
		return pl_shell_complain(call, 2, err, "Need exactly two arguments, got %d", n);
	if (!pl_shell_node(call->shell, operands[0], true))
		return pl_shell_complain(call, 1, err, "The new file %s does not exist!",
					 operands[0]);
	const struct pl_node *to = pl_shell_node(call->shell, operands[1], true);
	struct pl_debian_world *w = pl_deb_world(call);
	const struct pl_str path = pl_arena_str(&w->arena, pl_str_of(operands[1]));
	const struct pl_digest *put = pl_map_get(&w->ucf, path);
	if (to && !(put && pl_digest_eq(put, &pl_node_file(to)->sha256)))
		return 0;
	char *const argv[] = {(char *)(uintptr_t) "cp", (char *)(uintptr_t) "-pf",
			      (char *)(uintptr_t)operands[0], (char *)(uintptr_t)operands[1], NULL};
	struct pl_shell_call cp = *call;
	cp.argc = 4;
	cp.argv = (char **)(uintptr_t)argv;
	int rc = pl_deb_unix(&cp, "cp", err);
	call->status = cp.status;
	to = rc == 0 ? pl_shell_node(call->shell, operands[1], true) : NULL;
	if (to)
		pl_map_put(&w->ucf, path,
			   pl_arena_dup(&w->arena, &pl_node_file(to)->sha256, 1, sizeof(*put)));
	return rc;
}
