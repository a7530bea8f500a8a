// SPDX-License-Identifier: Apache-2.0
/* Simple commands (2.9.1): expansion, redirection, assignment, and who answers to the name. */
#include "shell/builtins_int.h"
#include "shell/shell_int.h"

/* saves: the variable is put aside, as it is once the value is known (${x=...} may have set it). */
static int assign(struct pl_shell *sh, const struct pl_sh_assign *a, unsigned flags, bool saves,
		  struct pl_err *err)
{
	PL_AUTO(buf) value = {.max = sh->common->limits.output};
	bool is_list = a->value->parts && a->value->parts->kind == PL_SH_ARRAY;
	if (a->index || is_list) {
		if (saves)
			pl_sh_var_save(sh, a->name);
		return pl_sh_array_assign(sh, a, err);
	}
	if (a->append && pl_sh_var_get(sh, a->name) && pl_sh_var_get(sh, a->name)->value)
		pl_buf_adds(&value, pl_sh_var_get(sh, a->name)->value);
	int rc = pl_sh_expand_text(sh, a->value, &value, err);
	if (rc)
		return rc;
	if (saves)
		pl_sh_var_save(sh, a->name);
	return pl_sh_var_set(sh, a->name, value.p ? value.p : "", flags, err);
}

static int assign_all(struct pl_shell *sh, const struct pl_sh_assign *a, unsigned flags, bool saves,
		      struct pl_err *err)
{
	int rc = 0;
	for (; a && rc == 0; a = a->next)
		rc = assign(sh, a, flags, saves, err);
	return rc;
}

/* -- functions (2.9.5) -- */

const struct pl_sh_function *pl_sh_function_find(const struct pl_shell *sh, const char *name)
{
	for (size_t i = 0; i < sh->functions.n; i++)
		if (sh->functions.v[i].body && strcmp(sh->functions.v[i].name, name) == 0)
			return &sh->functions.v[i];
	return NULL;
}

void pl_sh_function_set(struct pl_shell *sh, struct pl_str name, const struct pl_sh_node *body)
{
	struct pl_sh_function *f = NULL;
	for (size_t i = 0; i < sh->functions.n && !f; i++)
		if (pl_str_is(name, sh->functions.v[i].name))
			f = &sh->functions.v[i];
	if (!f) {
		f = pl_vec_push(&sh->functions);
		f->name = pl_arena_cstr(&sh->common->arena, name);
	}
	f->body = body;
	f->script = sh->script;
}

static int call_function(struct pl_shell *sh, const struct pl_sh_function *f, int argc, char **argv,
			 bool tested, struct pl_err *err)
{
	struct pl_sh_function here = *f; /* it may be defined anew while it runs */
	char **args = sh->args;
	size_t n_args = sh->n_args, n_saved = sh->saved.n;
	size_t getopts_at = sh->getopts_at, getopts_next = sh->getopts_next;
	unsigned loops = sh->loops;
	const char *script = sh->script;
	if (sh->depth >= sh->common->limits.depth)
		return pl_fail(err, PL_LIMIT,
			       "%s: line %u: more than %u functions and subshells deep", sh->script,
			       sh->line, sh->common->limits.depth);
	sh->args = pl_xcalloc((size_t)argc, sizeof(*sh->args));
	for (sh->n_args = 0; sh->n_args + 1 < (size_t)argc; sh->n_args++)
		sh->args[sh->n_args] = pl_xstrdup(argv[sh->n_args + 1]);
	if (!sh->bash) /* its arguments are its own (dash) */
		sh->getopts_at = sh->getopts_next = 0;
	sh->loops = 0;
	sh->depth++;
	sh->functions_deep++;
	sh->script = here.script;
	int rc = pl_sh_execute(sh, here.body, tested, err);
	sh->script = script;
	sh->functions_deep--;
	sh->depth--;
	sh->loops = loops;
	pl_sh_args_free(sh);
	sh->args = args;
	sh->n_args = n_args;
	pl_sh_vars_restore(sh, n_saved);
	if (!sh->bash) {
		sh->getopts_at = getopts_at;
		sh->getopts_next = getopts_next;
	}
	if (sh->flow == PL_SH_RETURN)
		sh->flow = PL_SH_GO;
	return rc;
}

/* -- who answers to a name -- */

const struct pl_shell_command *pl_sh_command_find(const struct pl_shell *sh, const char *name)
{
	const struct pl_shell_world *w = sh->common->world;
	size_t low = 0, high = w->n_commands;
	while (low < high) {
		size_t mid = (low + high) / 2;
		int order = strcmp(name, w->commands[mid].name);
		if (order == 0)
			return &w->commands[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

static bool is_program(const struct pl_node *n)
{
	return n && pl_node_file(n)->type == PL_TAR_FILE && pl_node_file(n)->mode & 0111;
}

char *pl_sh_program_find(const struct pl_shell *sh, const char *name)
{
	const char *path = pl_shell_value(sh, "PATH");
	struct pl_str rest = pl_str_of(path ? path : "");
	if (strchr(name, '/'))
		return is_program(pl_shell_node(sh, name, true)) ? pl_xstrdup(name) : NULL;
	while (rest.p && *name) {
		struct pl_str dir = pl_str_cut(&rest, ':');
		PL_AUTOFREE char *whole =
			pl_xprintf(PL_STR_FMT "%s%s", PL_STR_ARG(dir), dir.n ? "/" : "", name);
		if (is_program(pl_shell_node(sh, whole, true)))
			return pl_steal(&whole);
	}
	return NULL;
}

/* A shell script of the tree is interpreted like any other. *ret_is: it was one. */
static int run_tree_script(struct pl_shell *sh, const char *path, int argc, char **argv,
			   bool *ret_is, struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = 1 << 20};
	const struct pl_node *n = pl_shell_node(sh, path, true);
	bool bash;
	unsigned options;
	*ret_is = false;
	if (pl_node_file(n)->size >= text.max)
		return 0;
	int rc = pl_shell_file_read(sh, n, &text, err);
	if (rc < 0 || !pl_sh_is_script(pl_buf_str(&text), &bash, &options))
		return rc;
	*ret_is = true;
	return pl_sh_script_run(sh, path, pl_buf_str(&text), bash, options, argc, argv, err);
}

const struct pl_shell_command *pl_sh_model_find(const struct pl_shell *sh, const char *name)
{
	const struct pl_shell_command *c = pl_sh_command_find(sh, pl_sh_program_name(name));
	if (!c && strchr(name, '/')) {
		c = pl_sh_command_find(sh, strrchr(name, '/') + 1);
		c = c && c->anywhere ? c : NULL;
		PL_AUTOFREE char *dir = pl_xstrndup(name, (size_t)(strrchr(name, '/') + 1 - name));
		c = c ? c : pl_sh_command_find(sh, dir);
	}
	return c;
}

int pl_sh_run_command(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	/* A command by its name or its usual path: /bin/chown is chown. */
	const struct pl_shell_command *model = pl_sh_model_find(sh, argv[0]);
	struct pl_shell_call call = {sh, sh->common->world, argc, argv, 0, sh->line, sh->script};
	bool is_known;
	pl_sh_files_sync(sh);
	int rc = pl_sh_program_run(sh, argc, argv, &is_known, err);
	if (rc < 0 || is_known)
		return rc;
	bool answers = model && (!model->applies || model->applies(&call));
	PL_AUTOFREE char *path = answers && model->always ? NULL : pl_sh_program_find(sh, argv[0]);
	if (answers && (path || model->always)) {
		rc = model->run(&call, err);
		sh->status = call.status;
		return rc;
	}
	if (!path) { /* 2.8.2 */
		bool is_there = strchr(argv[0], '/') && pl_shell_node(sh, argv[0], true);
		sh->status = is_there ? 126 : 127;
		return pl_sh_say(sh, err, "%s: %s", argv[0],
				 is_there ? "Permission denied" : "not found");
	}
	rc = run_tree_script(sh, path, argc, argv, &is_known, err);
	if (rc < 0 || is_known)
		return rc;
	return pl_fail(err, PL_SCRIPTS, "%s: line %u: runs %s, a program that is not interpreted",
		       sh->script, sh->line, path);
}

/* An error of a built-in that is not special ends no more than the built-in (2.8.1). */
static int call_builtin(struct pl_shell *sh, const struct pl_sh_builtin *b, bool special, int argc,
			char **argv, struct pl_err *err)
{
	sh->last_status = sh->status;
	sh->status = 0;
	int rc = b->run(sh, argc, argv, err);
	if (special || rc < 0 || !sh->died || sh->flow != PL_SH_EXIT)
		return rc;
	sh->died = false;
	sh->flow = PL_SH_GO;
	return 0;
}

/* bash has no special built-ins. */
static bool is_special(const struct pl_shell *sh, const struct pl_sh_builtin *b)
{
	return b && b->special && !sh->bash;
}

int pl_sh_call(struct pl_shell *sh, int argc, char **argv, const struct pl_sh_assign *assigns,
	       bool no_functions, bool tested, struct pl_err *err)
{
	const struct pl_sh_builtin *b = pl_sh_builtin_find(sh, argv[0]);
	const struct pl_sh_function *f = no_functions ? NULL : pl_sh_function_find(sh, argv[0]);
	size_t n_saved = sh->saved.n;
	bool special = is_special(sh, b) && !no_functions;
	bool stays = special; /* 2.14: assignments stay after it */
	bool declares = sh->bash && b && assigns && pl_sh_builtin_declares(b); /* bash's arrays */
	bool was_tested = sh->tested;
	bool saves = !stays && (!declares || sh->functions_deep);
	stays = stays || declares;
	if (!f && !pl_sh_anybody_may(sh, argc, argv))
		return pl_sh_unknown(sh, err, "%s as another user than root", argv[0]);
	int rc = assign_all(sh, assigns, stays ? 0 : PL_SH_EXPORTED, saves, err);
	sh->tested = tested;
	if (rc)
		;
	else if (f && !is_special(sh, b))
		rc = call_function(sh, f, argc, argv, tested, err);
	else if (b)
		rc = call_builtin(sh, b, special, argc, argv, err);
	else
		rc = pl_sh_run_command(sh, argc, argv, err);
	sh->tested = was_tested;
	if (assigns && !stays)
		pl_sh_vars_restore(sh, n_saved);
	return rc;
}

/* -- a simple command -- */

/* As it could be typed. */
static void add_traced(struct pl_buf *text, const char *word)
{
	static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				   "%+,-./:=@_[]^";
	if (text->n)
		pl_buf_addc(text, ' ');
	if (*word && !word[strspn(word, safe)])
		pl_buf_adds(text, word);
	else
		pl_sh_quote(text, word);
}

static void trace(const struct pl_shell *sh, const struct pl_sh_fields *words)
{
	const struct pl_shell_world *w = sh->common->world;
	PL_AUTO(buf) text = {.max = 1 << 12};
	if (!w->trace || !words->n)
		return;
	for (size_t i = 0; i < words->n; i++)
		add_traced(&text, words->v[i]);
	w->trace(w->trace_ctx, sh->script, sh->line, pl_buf_str(&text));
}

/* Assignments alone, with what they gave. */
static void trace_assigned(const struct pl_shell *sh, const struct pl_sh_assign *a)
{
	const struct pl_shell_world *w = sh->common->world;
	PL_AUTO(buf) text = {.max = 1 << 12};
	for (; w->trace && a; a = a->next) {
		PL_AUTOFREE char *name = pl_str_dup(a->name);
		const char *value = a->index ? NULL : pl_shell_value(sh, name);
		PL_AUTOFREE char *whole = pl_xprintf("%s=%s", name, value ? value : "...");
		add_traced(&text, whole);
	}
	if (text.n)
		w->trace(w->trace_ctx, sh->script, sh->line, pl_buf_str(&text));
}

/* Those that take assignments as words: 2.9.1.2's declaration utilities, and bash's. */
static bool declares(const struct pl_shell *sh, const struct pl_sh_word *w)
{
	static const char *const names[] = {"local", "readonly", "export", "declare", "typeset"};
	for (size_t i = 0; w->parts && i < (sh->bash ? PL_COUNT(names) : 3); i++)
		if (w->parts->kind == PL_SH_TEXT && pl_str_is(w->parts->text, names[i]))
			return true;
	return false;
}

/* NAME=VALUE of export and its like: how much of the word's text NAME= takes; 0: it is none. */
static size_t assigned_name(const struct pl_sh_word *w)
{
	const struct pl_sh_part *part = w->parts;
	size_t eq = part && part->kind == PL_SH_TEXT && !part->quoted ? pl_str_find(part->text, '=')
								      : SIZE_MAX;
	return eq != SIZE_MAX && pl_sh_is_name(pl_str_sub(part->text, 0, eq)) ? eq + 1 : 0;
}

static int expand_words(struct pl_shell *sh, const struct pl_sh_node *n, struct pl_sh_fields *ret,
			struct pl_err *err)
{
	int rc = 0;
	if (!n->words || !declares(sh, n->words))
		return pl_sh_expand_fields(sh, n->words, ret, err);
	for (const struct pl_sh_word *w = n->words; w && rc == 0; w = w->next) {
		struct pl_sh_word alone = *w;
		PL_AUTO(buf) text = {.max = sh->common->limits.output};
		size_t name = assigned_name(w);
		alone.next = NULL;
		if (name == 0) {
			rc = pl_sh_expand_fields(sh, &alone, ret, err);
			continue;
		}
		/* Its value is not split. */
		struct pl_sh_part value = *w->parts;
		pl_buf_addstr(&text, pl_str_sub(value.text, 0, name));
		value.text = pl_str_sub(value.text, name, value.text.n);
		alone.parts = value.text.n ? &value : value.next;
		alone.assigned = true;
		rc = pl_sh_expand_text(sh, &alone, &text, err);
		if (rc == 0)
			pl_sh_fields_add(ret, pl_buf_take(&text));
	}
	return rc;
}

/* exec without a command: its redirections stay. */
static bool is_bare_exec(const struct pl_sh_fields *words)
{
	return words->n == 1 && strcmp(words->v[0], "exec") == 0;
}

static int run_words(struct pl_shell *sh, const struct pl_sh_node *n,
		     const struct pl_sh_fields *words, bool tested, struct pl_err *err)
{
	if (words->n)
		return pl_sh_call(sh, (int)words->n, words->v, n->assigns, false, tested, err);
	int rc = assign_all(sh, n->assigns, 0, false, err);
	trace_assigned(sh, n->assigns);
	if (rc == 0)
		sh->status = sh->command_status < 0 ? 0 : sh->command_status;
	return rc;
}

int pl_sh_simple(struct pl_shell *sh, const struct pl_sh_node *n, bool tested, struct pl_err *err)
{
	PL_AUTO(sh_fields) words = {0};
	struct pl_sh_file *saved[PL_SH_FDS] = {0};
	bool is_saved[PL_SH_FDS] = {false};
	sh->line = n->line;
	sh->command_status = -1;
	int rc = expand_words(sh, n, &words, err);
	if (rc)
		return rc;
	trace(sh, &words);
	bool stays = is_bare_exec(&words);
	const struct pl_sh_builtin *b = words.n ? pl_sh_builtin_find(sh, words.v[0]) : NULL;
	rc = pl_sh_redirect(sh, n->redirects, stays ? NULL : saved, is_saved, err);
	if (rc > 0 && sh->flow == PL_SH_GO) {
		sh->status = sh->bash ? 1 : 2;
		if (is_special(sh, b)) { /* 2.8.1 */
			sh->flow = PL_SH_EXIT;
			sh->died = true;
		}
	} else if (rc == 0) {
		rc = run_words(sh, n, &words, tested, err);
	}
	pl_sh_redirect_restore(sh, saved, is_saved);
	return rc < 0 ? rc : 0;
}
