// SPDX-License-Identifier: Apache-2.0
/*
 * Runs a script in our shell on an empty tree and prints what it did: its output, then its exit
 * status, then the files of the tree.
 *
 *     shell_tool [--bash] SCRIPT [ARGUMENT...]
 *     shell_tool --parse SCRIPT...
 *
 * Status 2 when the run ended with an error of ours, which is on standard error; with --parse, when
 * one of the scripts is none that we can read (those of other interpreters are passed over).
 */
#include "base/file.h"
#include "commands/commands.h"
#include "shell/syntax_int.h"

#include <stdio.h>

static void print_tree(const struct pl_tree *t)
{
	for (const struct pl_node *n = pl_tree_next(t->root, NULL); n;
	     n = pl_tree_next(t->root, n)) {
		PL_AUTO(buf) path = {0};
		pl_tree_path(n, &path);
		const struct pl_node *f = pl_node_file(n);
		printf("%c %o %s",
		       "fhldcbp?"[f->type == PL_TAR_DIR       ? 3
				  : f->type == PL_TAR_SYMLINK ? 2
							      : 0],
		       f -> mode, path.p);
		if (f->type == PL_TAR_SYMLINK)
			printf(" -> %.*s", (int)f->link.n, f->link.p);
		else if (f->type == PL_TAR_FILE)
			printf(" %llu %s", (unsigned long long)f->size, PL_DIGEST_STR(&f->sha256));
		putchar('\n');
	}
}

/* As its #! says; without one it is a shell's, with another interpreter nobody's. */
static bool is_shell(struct pl_str text, bool *ret_bash)
{
	struct pl_str line = pl_str_cut(&text, '\n');
	PL_AUTOFREE char *first = pl_str_dup(line);
	*ret_bash = strstr(first, "bash");
	return strncmp(first, "#!", 2) != 0 || strstr(first, "sh");
}

static int parse(const char *path, struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = 16 << 20};
	PL_AUTO(arena) a = {0};
	struct pl_sh_node *n;
	struct pl_sh_parser p = {.arena = &a, .what = path, .line = 1};
	int rc = pl_file_read(path, text.max, &text, err);
	p.text = pl_buf_str(&text);
	if (rc < 0 || !is_shell(p.text, &p.bash))
		return rc;
	while ((rc = pl_sh_parse_next(&p, &n, err)) > 0)
		;
	return rc;
}

static int parse_all(char **paths)
{
	int bad = 0, n = 0;
	for (; paths[n]; n++) {
		struct pl_err err = {0};
		if (parse(paths[n], &err) < 0) {
			printf("%s\n", err.msg);
			bad++;
		}
	}
	printf("%d scripts, %d not read\n", n, bad);
	return bad ? 2 : 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--parse") == 0)
		return parse_all(argv + 2);
	PL_AUTO(buf) text = {.max = 1 << 20};
	struct pl_err err = {0};
	struct pl_tree tree;
	int i = 1, status = 0;
	bool bash = i < argc && strcmp(argv[i], "--bash") == 0;
	i += bash;
	if (i >= argc) {
		fprintf(stderr, "usage: shell_tool [--bash] SCRIPT [ARGUMENT...]\n");
		return 2;
	}
	if (pl_file_read(argv[i], text.max, &text, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return 2;
	}
	pl_tree_init(&tree);
	struct pl_effect_input in = {.epoch = 1};
	struct pl_command_world own = {.in = &in};
	struct pl_shell_world world = {.tree = &tree,
				       .epoch = 1,
				       .commands = pl_commands,
				       .n_commands = pl_commands_n,
				       .own = &own};
	struct pl_shell *sh = pl_shell_new(&world);
	pl_shell_export(sh, "PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
	pl_shell_export(sh, "HOME", "/root");
	int rc = pl_shell_run(sh, argv[i], pl_buf_str(&text), bash,
			      (const char *const *)argv + i + 1, (size_t)(argc - i - 1), &status,
			      &err);
	struct pl_str out = pl_shell_output(sh), errors = pl_shell_errors(sh);
	fwrite(out.p, 1, out.n, stdout);
	fwrite(errors.p, 1, errors.n, stderr);
	if (rc < 0)
		fprintf(stderr, "shell_tool: %s\n", err.msg);
	else
		printf("status %d\n", status);
	print_tree(&tree);
	pl_shell_free(sh);
	pl_tree_done(&tree);
	return rc < 0 ? 2 : 0;
}
