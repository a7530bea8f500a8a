// SPDX-License-Identifier: Apache-2.0
/* A text run as a script with all models of commands, on a small tree, with small limits. */
#include "commands/commands.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct pl_shell_limits small = {
		.steps = 300, .output = 1 << 16, .memory = 1 << 20, .files = 4 << 20, .depth = 20};
	struct pl_tree tree;
	struct pl_err err = {0};
	int status = -1;
	pl_tree_init(&tree);
	int rc = pl_tree_file(&tree, PL_STR("etc/passwd"),
			      PL_STR("root:x:0:0:root:/root:/bin/bash\nu:x:1:2::/:/bin/sh\n"), 0644,
			      0, 0, 1, NULL, &err);
	assert(rc == 0);
	struct pl_effect_input in = {.epoch = 1};
	struct pl_command_world own = {.in = &in, .as_real = true};
	struct pl_shell_world world = {.tree = &tree,
				       .epoch = 1,
				       .commands = pl_unix_commands,
				       .n_commands = pl_unix_commands_n,
				       .limits = &small,
				       .own = &own};
	struct pl_shell *sh = pl_shell_new(&world);
	pl_shell_export(sh, "PATH", "/usr/bin:/bin");
	rc = pl_shell_run(sh, "fuzz", (struct pl_str){(const char *)data, size}, size & 1, NULL, 0,
			  &status, &err);
	assert(rc < 0 ? err.msg[0] != 0 : rc == 0 && status >= 0);
	pl_shell_free(sh);
	pl_tree_done(&tree);
	return 0;
}
