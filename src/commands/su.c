// SPDX-License-Identifier: Apache-2.0
/* su(1) and runuser(1) for what a script asks as somebody else: a text that tests whose a file is.
 */
#include "commands/commands_int.h"

int pl_cmd_su(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {
		{'c', "command", PL_CMD_VALUE}, {'s', "shell", PL_CMD_VALUE}, {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	const char *text = NULL, *shell = NULL;
	struct pl_cmd_owner who = {0};
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		text = a.letter == 'c' ? a.value : text;
		shell = a.letter == 's' ? a.value : shell;
	}
	/* Without -s the shell is the account's, which may be /usr/sbin/nologin. */
	bool known = text && shell && a.n == 1 &&
		     (strcmp(shell, "/bin/sh") == 0 || strcmp(shell, "/bin/dash") == 0);
	if (rc == 0 && !known)
		rc = pl_shell_unknown(call, err, "other than -s /bin/sh USER -c TEXT");
	if (rc == 0) {
		PL_AUTOFREE char *name = pl_xprintf("%s:", a.operands[0]);
		rc = pl_cmd_owner_parse(call, name, false, &who, err);
		call->status = rc == 0 ? 1 : 0;
	}
	if (rc > 0) {
		char *argv[] = {(char *)(uintptr_t)shell, (char *)(uintptr_t) "-c",
				(char *)(uintptr_t)text, NULL};
		rc = pl_shell_as(call, who.uid, who.gid, 3, argv, err);
	}
	pl_cmd_args_done(&a);
	return rc;
}
