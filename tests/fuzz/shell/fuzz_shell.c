// SPDX-License-Identifier: Apache-2.0
/* A text run as a script on a small tree, with small limits. */
#include "shell/shell.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct pl_shell_limits small = {
		.steps = 2000, .output = 1 << 16, .memory = 1 << 20, .files = 4 << 20, .depth = 20};
	struct pl_tree tree;
	struct pl_err err = {0};
	int status = -1;
	pl_tree_init(&tree);
	int rc = pl_tree_file(&tree, PL_STR("etc/conf"), PL_STR("a=1\nb='2 3'\n"), 0644, 0, 0, 1,
			      NULL, &err);
	assert(rc == 0);
	struct pl_shell_world world = {.tree = &tree, .epoch = 1, .limits = &small};
	struct pl_shell *sh = pl_shell_new(&world);
	static const char *const args[] = {"configure", ""};
	rc = pl_shell_run(sh, "fuzz", (struct pl_str){(const char *)data, size}, size & 1, args, 2,
			  &status, &err);
	assert(rc < 0 ? err.msg[0] != 0 : rc == 0 && status >= 0);
	pl_shell_free(sh);
	pl_tree_done(&tree);
	return 0;
}
