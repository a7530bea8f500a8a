// SPDX-License-Identifier: Apache-2.0
/*
 * Runs a script in our shell on an empty tree, or one of a directory's files, and prints what it
 * did: its output, then its exit status, then the files of the tree. --owners: with uid and gid,
 * and the bytes of what the script wrote.
 *
 *     shell_tool [--bash] [--root DIRECTORY] [--owners] SCRIPT [ARGUMENT...]
 *     shell_tool --parse SCRIPT...
 *
 * Status 2 when the run ended with an error of ours, which is on standard error; with --parse, when
 * one of the scripts is none that we can read (those of other interpreters are passed over).
 */
#include "base/file.h"
#include "commands/commands.h"
#include "shell/syntax_int.h"

#include <ftw.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* -- a tree of a directory: bodies stay where they are, named by the node's owner -- */

static struct {
	struct pl_tree *tree;
	size_t base; /* bytes of the directory's name */
	PL_VEC(char *) paths;
	struct pl_err err;
} root;

static int add_path(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	struct pl_node *n = NULL;
	char target[4096];
	struct pl_str at = pl_str_of(path + root.base);
	ssize_t len;
	(void)type;
	if (ftw->level == 0)
		return 0;
	struct pl_tar_entry e = {.path = at,
				 .type = S_ISDIR(st->st_mode)   ? PL_TAR_DIR
					 : S_ISLNK(st->st_mode) ? PL_TAR_SYMLINK
								: PL_TAR_FILE,
				 .mode = st->st_mode & 07777,
				 .uid = st->st_uid,
				 .gid = st->st_gid,
				 .size = S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0};
	if (e.type == PL_TAR_SYMLINK && (len = readlink(path, target, sizeof(target))) > 0)
		e.link = (struct pl_str){target, (size_t)len};
	if (pl_tree_put(root.tree, &e, &n, &root.err) < 0)
		return -1;
	n->owner = (int)root.paths.n;
	n->body = e.size ? PL_BODY_BLOB : PL_BODY_NONE;
	*pl_vec_push(&root.paths) = pl_xstrdup(path);
	return 0;
}

static int read_body(void *ctx, const struct pl_node *n, struct pl_buf *ret, struct pl_err *err)
{
	(void)ctx;
	return pl_file_read(root.paths.v[n->owner], 16 << 20, ret, err);
}

static void print_bytes(const struct pl_node *n)
{
	if (n->body == PL_BODY_BYTES)
		printf(">>> %s\n%.*s<<<\n", n->name.p, (int)n->bytes.n, n->bytes.p);
}

static void print_tree(const struct pl_tree *t, bool owners)
{
	for (const struct pl_node *n = pl_tree_next(t->root, NULL); n;
	     n = pl_tree_next(t->root, n)) {
		PL_AUTO(buf) path = {0};
		pl_tree_path(n, &path);
		const struct pl_node *f = pl_node_file(n);
		if (owners)
			printf("%u:%u ", f->uid, f->gid);
		printf("%c %o %s",
		       "fhldcbp?"[f->type == PL_TAR_DIR       ? 3
				  : f->type == PL_TAR_SYMLINK ? 2
							      : 0],
		       f -> mode, path.p);
		if (f->type == PL_TAR_SYMLINK)
			printf(" -> %.*s", (int)f->link.n, f->link.p);
		else if (f->type == PL_TAR_FILE && !owners)
			printf(" %llu %s", (unsigned long long)f->size, PL_DIGEST_STR(&f->sha256));
		putchar('\n');
		if (owners)
			print_bytes(f);
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
	bool bash = false, owners = false;
	const char *directory = NULL;
	for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
		bash = bash || strcmp(argv[i], "--bash") == 0;
		owners = owners || strcmp(argv[i], "--owners") == 0;
		if (strcmp(argv[i], "--root") == 0 && i + 1 < argc)
			directory = argv[++i];
	}
	if (i >= argc) {
		fprintf(stderr, "usage: shell_tool [--bash] [--root DIRECTORY] [--owners] SCRIPT "
				"[ARGUMENT...]\n");
		return 2;
	}
	if (pl_file_read(argv[i], text.max, &text, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return 2;
	}
	pl_tree_init(&tree);
	root.tree = &tree;
	if (directory) {
		root.base = strlen(directory);
		if (nftw(directory, add_path, 16, FTW_PHYS) != 0) {
			fprintf(stderr, "%s: %s\n", directory, root.err.msg);
			return 2;
		}
	}
	int64_t epoch = directory ? (int64_t)time(NULL) : 1; /* the day that the judge has */
	struct pl_effect_input in = {.epoch = epoch, .read = read_body};
	struct pl_command_world own = {.in = &in, .as_real = true};
	struct pl_shell_world world = {.tree = &tree,
				       .epoch = epoch,
				       .read = read_body,
				       .commands = pl_unix_commands,
				       .n_commands = pl_unix_commands_n,
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
		printf(owners ? "\n@@@ %d\n" : "status %d\n", status);
	print_tree(&tree, owners);
	pl_shell_free(sh);
	pl_tree_done(&tree);
	for (size_t k = 0; k < root.paths.n; k++)
		free(root.paths.v[k]);
	pl_vec_free(&root.paths);
	return rc < 0 ? 2 : 0;
}
