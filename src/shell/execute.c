// SPDX-License-Identifier: Apache-2.0
/* Compound commands (2.9.2 to 2.9.5), subshells and set -e (2.15's set). */
#include "shell/shell_int.h"

/* -- subshells (2.12) -- */

/* A copy of the shell: what is changed in it stays in it. */
static struct pl_shell *fork_shell(const struct pl_shell *sh)
{
	struct pl_shell *c = pl_xcalloc(1, sizeof(*c));
	c->common = sh->common;
	pl_sh_vars_copy(c, sh);
	for (size_t i = 0; i < sh->functions.n; i++)
		*pl_vec_push(&c->functions) = sh->functions.v[i];
	for (size_t i = 0; i < sh->aliases.n; i++)
		*pl_vec_push(&c->aliases) = (struct pl_sh_alias){
			pl_xstrdup(sh->aliases.v[i].name), pl_xstrdup(sh->aliases.v[i].value)};
	c->args = pl_xcalloc(sh->n_args + 1, sizeof(*c->args));
	for (; c->n_args < sh->n_args; c->n_args++)
		c->args[c->n_args] = pl_xstrdup(sh->args[c->n_args]);
	c->name = pl_xstrdup(sh->name);
	c->cwd = pl_xstrdup(sh->cwd);
	c->script = sh->script;
	c->line = sh->line;
	c->depth = sh->depth + 1;
	c->loops = sh->loops;
	c->functions_deep = sh->functions_deep;
	c->options = sh->options;
	c->bash = sh->bash;
	c->is_subshell = true;
	c->status = sh->status;
	c->command_status = -1;
	c->umask = sh->umask;
	c->uid = sh->uid;
	c->gid = sh->gid;
	c->getopts_at = sh->getopts_at;
	c->getopts_next = sh->getopts_next;
	c->job = sh->job;
	c->ending_status = -1;
	for (int i = 0; i < PL_SH_FDS; i++)
		c->fds[i] = pl_sh_file_ref(sh->fds[i]);
	return c;
}

int pl_sh_end(struct pl_shell *sh, struct pl_err *err)
{
	PL_AUTOFREE char *trap = pl_steal(&sh->traps[0]);
	int status = sh->status &= 0xff;
	if (!trap || !*trap)
		return 0;
	sh->flow = PL_SH_GO;
	sh->died = false;
	sh->ending_status = status;
	int rc = pl_sh_text_run(sh, sh->script, pl_str_of(trap), sh->line, false, err);
	if (rc == 0 && sh->flow != PL_SH_EXIT)
		sh->status = status;
	return rc;
}

static void put_in(struct pl_shell *sh, int fd, struct pl_sh_file *f)
{
	if (!f)
		return;
	pl_sh_file_unref(sh, sh->fds[fd]);
	sh->fds[fd] = pl_sh_file_ref(f);
}

int pl_sh_subshell(struct pl_shell *sh, const struct pl_sh_node *n, bool tested,
		   struct pl_sh_file *in, struct pl_sh_file *out, int *ret_status,
		   struct pl_err *err)
{
	if (sh->depth >= sh->common->limits.depth)
		return pl_fail(err, PL_LIMIT,
			       "%s: line %u: more than %u subshells and functions deep", sh->script,
			       sh->line, sh->common->limits.depth);
	int rc = pl_sh_keep(sh, 256 * sh->vars.n, err);
	if (rc < 0)
		return rc;
	struct pl_shell *c = fork_shell(sh);
	put_in(c, 0, in);
	put_in(c, 1, out);
	rc = pl_sh_execute(c, n, tested, err);
	if (rc == 0)
		rc = pl_sh_end(c, err);
	*ret_status = c->status;
	pl_sh_state_free(c);
	return rc;
}

static int run_pipe(struct pl_shell *sh, const struct pl_sh_node *n, bool tested,
		    struct pl_err *err)
{
	struct pl_sh_file *in = NULL;
	int rc = 0, status = 0, worst = 0;
	for (const struct pl_sh_node *part = n->a; part && rc == 0; part = part->next) {
		struct pl_sh_file *out = part->next ? pl_sh_file_bytes(sh, PL_STR("")) : NULL;
		rc = pl_sh_subshell(sh, part, tested, in, out, &status, err);
		worst = status ? status : worst;
		pl_sh_file_unref(sh, in);
		in = out;
	}
	pl_sh_file_unref(sh, in);
	sh->status = sh->options & PL_SH_PIPEFAIL ? worst : status;
	return rc;
}

/* Nothing runs beside anything here: it is done at once, and its status waits for wait. */
static int run_background(struct pl_shell *sh, const struct pl_sh_node *n, struct pl_err *err)
{
	struct pl_sh_file *none = pl_sh_file_bytes(sh, PL_STR(""));
	int status = 0;
	int rc = pl_sh_subshell(sh, n->a, false, none, NULL, &status, err);
	pl_sh_file_unref(sh, none);
	*pl_vec_push(&sh->common->jobs) = status;
	sh->job = sh->common->jobs.n;
	sh->status = 0;
	return rc;
}

/* -- loops -- */

/* Behind a turn of a loop: is the loop to be left? */
static bool leaves_loop(struct pl_shell *sh)
{
	bool again = sh->flow == PL_SH_CONTINUE;
	if (sh->flow == PL_SH_GO)
		return false;
	if (sh->flow != PL_SH_BREAK && !again)
		return true;
	if (--sh->flow_n)
		return true;
	sh->flow = PL_SH_GO;
	return !again;
}

static int run_while(struct pl_shell *sh, const struct pl_sh_node *n, bool tested,
		     struct pl_err *err)
{
	int rc, status = 0;
	sh->loops++;
	for (;;) {
		rc = pl_sh_step(sh, err);
		if (rc == 0)
			rc = pl_sh_execute(sh, n->a, true, err);
		if (rc < 0)
			break;
		if (sh->flow != PL_SH_GO) {
			status = sh->status;
			if (leaves_loop(sh))
				break;
			continue;
		}
		if ((sh->status == 0) != (n->kind == PL_SH_WHILE))
			break;
		rc = pl_sh_execute(sh, n->b, tested, err);
		status = sh->status;
		if (rc < 0 || leaves_loop(sh))
			break;
	}
	sh->loops--;
	sh->status = status;
	return rc;
}

static int for_words(struct pl_shell *sh, const struct pl_sh_node *n, struct pl_sh_fields *ret,
		     struct pl_err *err)
{
	if (n->has_words)
		return pl_sh_expand_fields(sh, n->words, ret, err);
	for (size_t i = 0; i < sh->n_args; i++)
		pl_sh_fields_add(ret, pl_xstrdup(sh->args[i]));
	return 0;
}

static int run_for(struct pl_shell *sh, const struct pl_sh_node *n, bool tested, struct pl_err *err)
{
	PL_AUTO(sh_fields) words = {0};
	int rc = for_words(sh, n, &words, err);
	int status = 0;
	if (rc)
		return rc;
	sh->loops++;
	for (size_t i = 0; i < words.n; i++) {
		rc = pl_sh_step(sh, err);
		if (rc == 0)
			rc = pl_sh_var_set(sh, n->name, words.v[i], 0, err);
		if (rc == 0)
			rc = pl_sh_execute(sh, n->b, tested, err);
		status = sh->status;
		if (rc || leaves_loop(sh))
			break;
	}
	sh->loops--;
	sh->status = status;
	return rc;
}

/* -- case, if -- */

static int case_matches(struct pl_shell *sh, const struct pl_sh_case *c, struct pl_str word,
			bool *ret, struct pl_err *err)
{
	*ret = false;
	for (const struct pl_sh_word *w = c->patterns; w && !*ret; w = w->next) {
		PL_AUTO(sh_marked) m = {0};
		int rc = pl_sh_expand_pattern(sh, w, &m, err);
		if (rc)
			return rc;
		*ret = pl_sh_match((struct pl_sh_pattern){pl_buf_str(&m.text), m.marks.p, sh->bash},
				   word);
	}
	return 0;
}

static int run_case(struct pl_shell *sh, const struct pl_sh_node *n, bool tested,
		    struct pl_err *err)
{
	PL_AUTO(buf) word = {.max = sh->common->limits.output};
	bool matches = false, any = false;
	int rc = pl_sh_expand_text(sh, n->words, &word, err);
	if (rc)
		return rc;
	for (const struct pl_sh_case *c = n->cases; c && rc == 0; c = c->next) {
		if (!matches)
			rc = case_matches(sh, c, pl_buf_str(&word), &matches, err);
		if (rc || !matches)
			continue;
		any = any || c->body;
		if (c->body)
			rc = pl_sh_execute(sh, c->body, tested, err);
		if (!c->falls_through || sh->flow != PL_SH_GO)
			break;
	}
	if (rc == 0 && !any)
		sh->status = 0;
	return rc;
}

static int run_if(struct pl_shell *sh, const struct pl_sh_node *n, bool tested, struct pl_err *err)
{
	int rc = pl_sh_execute(sh, n->a, true, err);
	if (rc < 0 || sh->flow != PL_SH_GO)
		return rc;
	if (sh->status == 0)
		return pl_sh_execute(sh, n->b, tested, err);
	if (n->else_)
		return pl_sh_execute(sh, n->else_, tested, err);
	sh->status = 0;
	return 0;
}

static int run_sequence(struct pl_shell *sh, const struct pl_sh_node *n, bool tested,
			struct pl_err *err)
{
	int rc = 0;
	for (n = n->a; n && rc == 0 && sh->flow == PL_SH_GO; n = n->next)
		rc = pl_sh_execute(sh, n, tested, err);
	return rc;
}

static int run_and_or(struct pl_shell *sh, const struct pl_sh_node *n, bool tested,
		      struct pl_err *err)
{
	int rc = pl_sh_execute(sh, n->a, true, err);
	if (rc < 0 || sh->flow != PL_SH_GO || (sh->status == 0) != (n->kind == PL_SH_AND))
		return rc;
	return pl_sh_execute(sh, n->b, tested, err);
}

static int run_not(struct pl_shell *sh, const struct pl_sh_node *n, struct pl_err *err)
{
	int rc = pl_sh_execute(sh, n->a, true, err);
	if (rc == 0 && sh->flow == PL_SH_GO)
		sh->status = sh->status == 0;
	return rc;
}

static int run_arith_test(struct pl_shell *sh, const struct pl_sh_node *n, struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = 1 << 16};
	int64_t v = 0;
	int rc = pl_sh_expand_text(sh, n->words, &text, err);
	if (rc == 0)
		rc = pl_sh_arith(sh, pl_buf_str(&text), &v, err);
	if (rc == 0)
		sh->status = v == 0;
	return rc;
}

static int run_test(struct pl_shell *sh, const struct pl_sh_node *n, struct pl_err *err)
{
	bool is = false;
	int rc = pl_sh_test_node(sh, n->test, &is, err);
	if (rc == 0)
		sh->status = !is;
	return rc;
}

/* *ret_checks: set -e looks at the status of this kind of command itself. */
static int run_node(struct pl_shell *sh, const struct pl_sh_node *n, bool tested, bool *ret_checks,
		    struct pl_err *err)
{
	*ret_checks = false;
	switch (n->kind) {
	case PL_SH_SIMPLE:
		*ret_checks = true;
		return pl_sh_simple(sh, n, tested, err);
	case PL_SH_PIPE:
		*ret_checks = true;
		return run_pipe(sh, n, tested, err);
	case PL_SH_SUBSHELL:
		*ret_checks = true;
		return pl_sh_subshell(sh, n->a, tested, NULL, NULL, &sh->status, err);
	case PL_SH_TEST:
		*ret_checks = true;
		return run_test(sh, n, err);
	case PL_SH_ARITH_TEST:
		*ret_checks = true;
		return run_arith_test(sh, n, err);
	case PL_SH_NOT:
		return run_not(sh, n, err);
	case PL_SH_AND:
	case PL_SH_OR:
		return run_and_or(sh, n, tested, err);
	case PL_SH_SEQUENCE:
		return run_sequence(sh, n, tested, err);
	case PL_SH_BACKGROUND:
		return run_background(sh, n, err);
	case PL_SH_GROUP:
		return pl_sh_execute(sh, n->a, tested, err);
	case PL_SH_IF:
		return run_if(sh, n, tested, err);
	case PL_SH_FOR:
		return run_for(sh, n, tested, err);
	case PL_SH_WHILE:
	case PL_SH_UNTIL:
		return run_while(sh, n, tested, err);
	case PL_SH_CASE:
		return run_case(sh, n, tested, err);
	case PL_SH_FUNCTION:
		pl_sh_function_set(sh, n->name, n->a);
		sh->status = 0;
		return 0;
	}
	return 0;
}

/* A compound command with redirections of its own. */
static int run_redirected(struct pl_shell *sh, const struct pl_sh_node *n, bool tested,
			  bool *ret_checks, struct pl_err *err)
{
	struct pl_sh_file *saved[PL_SH_FDS] = {0};
	bool is_saved[PL_SH_FDS] = {false};
	int rc = pl_sh_redirect(sh, n->redirects, saved, is_saved, err);
	*ret_checks = false;
	if (rc == 0)
		rc = run_node(sh, n, tested, ret_checks, err);
	else if (rc > 0 && sh->flow == PL_SH_GO) {
		*ret_checks = true;
		sh->status = sh->bash ? 1 : 2;
	}
	pl_sh_redirect_restore(sh, saved, is_saved);
	return rc;
}

int pl_sh_execute(struct pl_shell *sh, const struct pl_sh_node *n, bool tested, struct pl_err *err)
{
	bool checks;
	int rc = pl_sh_step(sh, err);
	if (rc < 0 || sh->options & PL_SH_NOEXEC)
		return rc;
	if (n->redirects && n->kind != PL_SH_SIMPLE)
		rc = run_redirected(sh, n, tested, &checks, err);
	else
		rc = run_node(sh, n, tested, &checks, err);
	if (rc < 0)
		return rc;
	if (checks && !tested && sh->status && sh->flow == PL_SH_GO && sh->options & PL_SH_ERREXIT)
		sh->flow = PL_SH_EXIT;
	return 0;
}
