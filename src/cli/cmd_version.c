// SPDX-License-Identifier: Apache-2.0
#include "cli/cli_int.h"

static int print_version(struct pl_cli *c, struct pl_err *err)
{
	struct pl_jw w;
	(void)err;
	if (!c->json) {
		pl_buf_addf(&c->out, "plimsoll %s\n", PLIMSOLL_VERSION);
		return 0;
	}
	pl_json_begin(c, &w);
	pl_jw_kcstr(&w, "version", PLIMSOLL_VERSION);
	pl_jw_ku64(&w, "lock_format", PL_LOCK_FORMAT);
	pl_json_end(c, &w);
	return 0;
}

const struct pl_command pl_cmd_version = {
	.name = "version",
	.operands = "",
	.summary = "the program's version",
	.about = "Prints the version; as JSON also the format of the lock that it writes.",
	.examples = "plimsoll version --output json",
	.run = print_version,
};
