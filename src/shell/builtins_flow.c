// SPDX-License-Identifier: Apache-2.0
/* What changes where the script goes on: break, return, exit, eval, dot, exec. */
#include "shell/builtins_int.h"

#include "base/num.h"

int pl_sh_colon(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	(void)sh, (void)argc, (void)argv, (void)err;
	return 0;
}

int pl_sh_false(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	(void)argc, (void)argv, (void)err;
	sh->status = 1;
	return 0;
}

static int parse_status(struct pl_shell *sh, int argc, char **argv, int otherwise, int *ret,
			struct pl_err *err)
{
	uint64_t n;
	*ret = otherwise;
	if (argc < 2)
		return 0;
	if (!pl_parse_u64(pl_str_of(argv[1]), INT32_MAX, &n))
		return pl_sh_die(sh, err, "%s: Illegal number: %s", argv[0], argv[1]);
	*ret = (int)n;
	return 0;
}

/* break and continue. */
int pl_sh_break(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	uint64_t n = 1;
	if (argc > 1 && (!pl_parse_u64(pl_str_of(argv[1]), UINT32_MAX, &n) || n == 0))
		return pl_sh_die(sh, err, "%s: Illegal number: %s", argv[0], argv[1]);
	if (!sh->loops)
		return 0;
	sh->flow = *argv[0] == 'b' ? PL_SH_BREAK : PL_SH_CONTINUE;
	sh->flow_n = n > sh->loops ? sh->loops : (unsigned)n;
	return 0;
}

int pl_sh_return(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	int rc = parse_status(sh, argc, argv, sh->last_status, &sh->status, err);
	if (rc == 0)
		sh->flow = PL_SH_RETURN;
	if (sh->bash)
		sh->status &= 0xff;
	return rc;
}

int pl_sh_exit(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	int before = sh->ending_status < 0 ? sh->last_status : sh->ending_status;
	int rc = parse_status(sh, argc, argv, before, &sh->status, err);
	sh->status &= 0xff;
	if (rc == 0)
		sh->flow = PL_SH_EXIT;
	return rc;
}

int pl_sh_eval(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = sh->common->limits.output};
	unsigned line = sh->line;
	for (int i = 1; i < argc; i++) {
		if (i > 1)
			pl_buf_addc(&text, ' ');
		pl_buf_adds(&text, argv[i]);
	}
	sh->status = sh->last_status;
	int rc = pl_sh_text_run(sh, sh->script, pl_buf_str(&text), line, sh->tested, err);
	sh->line = line;
	return rc;
}

/* A file that is sourced: by $PATH when its name has no slash. */
static const struct pl_node *find_source(const struct pl_shell *sh, const char *name)
{
	const char *path = pl_shell_value(sh, "PATH");
	struct pl_str rest = pl_str_of(path ? path : "");
	const struct pl_node *n = NULL;
	if (strchr(name, '/'))
		return pl_shell_node(sh, name, true);
	while (rest.p && *name && !n) {
		struct pl_str dir = pl_str_cut(&rest, ':');
		PL_AUTOFREE char *whole =
			pl_xprintf(PL_STR_FMT "%s%s", PL_STR_ARG(dir), dir.n ? "/" : "", name);
		n = pl_shell_node(sh, whole, true);
		n = n && pl_node_file(n)->type == PL_TAR_FILE ? n : NULL;
	}
	return n;
}

int pl_sh_dot(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = 1 << 20};
	const char *script = sh->script, *name = argc > 1 ? argv[1] : "";
	unsigned line = sh->line;
	if (argc < 2)
		return sh->bash ? pl_sh_die(sh, err, ".: filename argument required") : 0;
	if (strcmp(name, "/dev/null") == 0)
		return 0;
	const struct pl_shell_world *w = sh->common->world;
	const char *stands = w->sourced ? w->sourced(w->sourced_ctx, name) : NULL;
	const struct pl_node *n = find_source(sh, name);
	if (!n)
		return pl_sh_die(sh, err, ".: cannot open %s: No such file", name);
	if (pl_node_file(n)->type != PL_TAR_FILE)
		return pl_fail(err, PL_INPUT, "%s: line %u: sources %s, which is no file", script,
			       line, name);
	int rc = 0;
	if (stands)
		pl_buf_adds(&text, stands);
	else
		rc = pl_shell_file_read(sh, n, &text, err);
	if (rc == 0)
		rc = pl_buf_check(&text, name, err);
	if (rc < 0)
		return rc;
	if (sh->depth >= sh->common->limits.depth)
		return pl_fail(err, PL_LIMIT, "%s: line %u: files source each other too deep",
			       script, line);
	const char *what = pl_arena_cstr(&sh->common->arena, pl_str_of(name));
	sh->status = sh->last_status;
	sh->depth++;
	/* To dash set -e counts in the file, whoever looks at the status of the dot. */
	rc = pl_sh_text_run(sh, what, pl_buf_str(&text), 1, sh->bash && sh->tested, err);
	sh->depth--;
	sh->line = line;
	if (sh->flow == PL_SH_RETURN)
		sh->flow = PL_SH_GO;
	return rc;
}

/* exec COMMAND: it takes the shell's place, so the shell ends with its status. */
int pl_sh_exec(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	if (argc < 2)
		return 0;
	int rc = pl_sh_call(sh, argc - 1, argv + 1, NULL, true, sh->tested, err);
	free(pl_steal(&sh->traps[0]));
	if (sh->flow == PL_SH_GO)
		sh->flow = PL_SH_EXIT;
	return rc;
}
