// SPDX-License-Identifier: Apache-2.0
/* A shell's life: its state, its limits, its messages, and the texts that it runs. */
#include "shell/shell_int.h"

const struct pl_shell_limits pl_shell_limits_default = {
	.steps = 1000000,
	.output = 16 << 20,
	.memory = 64 << 20,
	.files = 512 << 20,
	.depth = 100,
};

/* Of the arena that holds syntax trees: a text may come to some forty times its bytes there. */
#define SYNTAX_FACTOR 64

int pl_sh_step(struct pl_shell *sh, struct pl_err *err)
{
	struct pl_sh_common *c = sh->common;
	c->script = sh->script;
	c->line = sh->line;
	if (++c->steps <= c->limits.steps)
		return 0;
	return pl_fail(err, PL_LIMIT,
		       "%s: line %u: more than %llu commands; does a loop never end?", sh->script,
		       sh->line, (unsigned long long)c->limits.steps);
}

int pl_shell_step(struct pl_shell *sh, struct pl_err *err) { return pl_sh_step(sh, err); }

int pl_sh_keep(struct pl_shell *sh, uint64_t n, struct pl_err *err)
{
	struct pl_sh_common *c = sh->common;
	c->memory += n;
	if (c->memory <= c->limits.memory)
		return 0;
	return pl_fail(err, PL_LIMIT, "%s: line %u: values and texts of more than %llu bytes",
		       sh->script, sh->line, (unsigned long long)c->limits.memory);
}

static int say(struct pl_shell *sh, const char *fmt, va_list ap, struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = 1 << 12};
	pl_buf_addf(&text, "%s: %u: ", sh->name, sh->line);
	pl_buf_vaddf(&text, fmt, ap);
	pl_buf_addc(&text, '\n');
	return pl_shell_write(sh, 2, pl_buf_str(&text), err);
}

int pl_sh_say(struct pl_shell *sh, struct pl_err *err, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int rc = say(sh, fmt, ap, err);
	va_end(ap);
	return rc;
}

int pl_sh_unknown(const struct pl_shell *sh, struct pl_err *err, const char *fmt, ...)
{
	PL_AUTO(buf) text = {.max = 1 << 12};
	va_list ap;
	va_start(ap, fmt);
	pl_buf_vaddf(&text, fmt, ap);
	va_end(ap);
	return pl_fail(err, PL_SCRIPTS, "%s: line %u: %s is not known", sh->script, sh->line,
		       text.p ? text.p : "");
}

int pl_sh_die(struct pl_shell *sh, struct pl_err *err, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int rc = say(sh, fmt, ap, err);
	va_end(ap);
	sh->status = sh->bash ? 1 : 2;
	sh->flow = PL_SH_EXIT;
	sh->died = true;
	return rc < 0 ? rc : 1;
}

int pl_shell_complain(struct pl_shell_call *call, int status, struct pl_err *err, const char *fmt,
		      ...)
{
	PL_AUTO(buf) text = {.max = 1 << 12};
	va_list ap;
	pl_buf_addf(&text, "%s: ", call->argv[0]);
	va_start(ap, fmt);
	pl_buf_vaddf(&text, fmt, ap);
	va_end(ap);
	pl_buf_addc(&text, '\n');
	call->status = status;
	return pl_shell_write(call->shell, 2, pl_buf_str(&text), err);
}

int pl_shell_unknown(const struct pl_shell_call *call, struct pl_err *err, const char *what)
{
	return pl_fail(err, PL_SCRIPTS, "%s: line %u: %s: %s is not known", call->script,
		       call->line, call->argv[0], what);
}

/* -- texts -- */

/* The kernel hands all behind the interpreter over as one argument. */
static bool parse_options(struct pl_str word, unsigned *ret)
{
	unsigned bit;
	*ret = 0;
	for (size_t i = 1; i < word.n; i++) {
		if (*word.p != '-' || !pl_sh_option_bit(word.p[i], &bit))
			return false;
		*ret |= bit;
	}
	return word.n != 1;
}

bool pl_sh_is_script(struct pl_str text, bool *ret_bash, unsigned *ret_options)
{
	static const struct {
		const char *name;
		bool bash;
	} shells[] = {{"/bin/sh", false},         {"/usr/bin/sh", false},
		      {"/bin/dash", false},       {"/usr/bin/dash", false},
		      {"/bin/bash", true},        {"/usr/bin/bash", true},
		      {"/usr/bin/env sh", false}, {"/usr/bin/env bash", true}};
	struct pl_str line = pl_str_cut(&text, '\n');
	if (!pl_str_starts(line, "#!"))
		return false;
	line = pl_str_trim(pl_str_sub(line, 2, line.n));
	for (size_t i = 0; i < PL_COUNT(shells); i++) {
		size_t n = strlen(shells[i].name);
		if (pl_str_starts(line, shells[i].name) && (line.n == n || line.p[n] == ' ')) {
			*ret_bash = shells[i].bash;
			return parse_options(pl_str_trim(pl_str_sub(line, n, line.n)), ret_options);
		}
	}
	return false;
}

static struct pl_str find_alias(void *ctx, struct pl_str name)
{
	const struct pl_shell *sh = ctx;
	for (size_t i = 0; i < sh->aliases.n; i++)
		if (pl_str_is(name, sh->aliases.v[i].name))
			return pl_str_of(sh->aliases.v[i].value);
	return (struct pl_str){NULL, 0};
}

int pl_sh_text_run(struct pl_shell *sh, const char *what, struct pl_str text, unsigned line,
		   bool tested, struct pl_err *err)
{
	const char *script = sh->script;
	struct pl_sh_node *n;
	bool any = false;
	int rc = pl_sh_keep(sh, text.n * SYNTAX_FACTOR / 8, err);
	if (rc < 0)
		return rc;
	if (memchr(text.p ? text.p : "", '\0', text.n))
		return pl_fail(err, PL_INPUT, "%s: holds a NUL byte: it is no shell script", what);
	if (sh->depth++ >= sh->common->limits.depth)
		return pl_fail(err, PL_LIMIT, "%s: line %u: eval and files nest too deep", what,
			       line);
	struct pl_sh_parser p = {
		.arena = &sh->common->arena,
		.text = pl_arena_str(&sh->common->arena, text),
		.what = what,
		.line = line,
		.bash = sh->bash,
		.alias = find_alias,
		.alias_ctx = sh,
	};
	sh->script = what;
	while (sh->flow == PL_SH_GO && (rc = pl_sh_parse_next(&p, &n, err)) > 0) {
		any = true;
		rc = pl_sh_execute(sh, n, tested, err);
		if (rc < 0)
			break;
	}
	sh->script = script;
	sh->depth--;
	if (rc == 0 && !any)
		sh->status = 0;
	return rc < 0 ? rc : 0;
}

/* -- its state -- */

void pl_sh_args_free(struct pl_shell *sh)
{
	for (size_t i = 0; i < sh->n_args; i++)
		free(sh->args[i]);
	free(sh->args);
	sh->args = NULL;
	sh->n_args = 0;
}

void pl_sh_state_free(struct pl_shell *sh)
{
	pl_sh_vars_done(sh);
	pl_vec_free(&sh->functions);
	for (size_t i = 0; i < sh->aliases.n; i++) {
		free(sh->aliases.v[i].name);
		free(sh->aliases.v[i].value);
	}
	pl_vec_free(&sh->aliases);
	pl_sh_args_free(sh);
	for (int i = 0; i < PL_SH_FDS; i++)
		pl_sh_file_unref(sh, sh->fds[i]);
	free(sh->name);
	free(sh->cwd);
	for (int i = 0; i < PL_SH_SIGNALS; i++)
		free(sh->traps[i]);
	free(sh);
}

struct pl_shell *pl_shell_new(const struct pl_shell_world *world)
{
	struct pl_shell *sh = pl_xcalloc(1, sizeof(*sh));
	struct pl_sh_common *c = pl_xcalloc(1, sizeof(*c));
	c->world = world;
	c->limits = *(world->limits ? world->limits : &pl_shell_limits_default);
	sh->common = c;
	c->out = pl_sh_file_bytes(sh, PL_STR(""));
	c->err = pl_sh_file_bytes(sh, PL_STR(""));
	sh->fds[0] = pl_sh_file_bytes(sh, PL_STR(""));
	sh->fds[1] = pl_sh_file_ref(c->out);
	sh->fds[2] = pl_sh_file_ref(c->err);
	sh->cwd = pl_xstrdup("/");
	sh->name = pl_xstrdup("sh");
	sh->script = "sh";
	sh->umask = 022;
	sh->command_status = -1;
	sh->ending_status = -1;
	return sh;
}

void pl_shell_free(struct pl_shell *sh)
{
	if (!sh)
		return;
	struct pl_sh_common *c = sh->common;
	pl_sh_file_unref(sh, c->out);
	pl_sh_file_unref(sh, c->err);
	pl_sh_state_free(sh);
	pl_arena_done(&c->arena);
	pl_vec_free(&c->jobs);
	free(c);
}

struct pl_str pl_shell_output(const struct pl_shell *sh)
{
	return pl_buf_str(&sh->common->out->body->data);
}
struct pl_str pl_shell_errors(const struct pl_shell *sh)
{
	return pl_buf_str(&sh->common->err->body->data);
}

const char *pl_shell_where(const struct pl_shell *sh, unsigned *ret_line)
{
	*ret_line = sh->common->line;
	return sh->common->script;
}

void pl_shell_export(struct pl_shell *sh, const char *name, const char *value)
{
	struct pl_err ignored = {0};
	int rc = pl_sh_var_set(sh, pl_str_of(name), value, PL_SH_EXPORTED, &ignored);
	(void)rc; /* a fresh shell has room for it, and nothing is read-only in it */
}

static void set_names(struct pl_shell *sh, const char *name, const char *const *args, size_t n)
{
	free(sh->name);
	sh->name = pl_xstrdup(name);
	pl_sh_args_free(sh);
	sh->args = pl_xcalloc(n + 1, sizeof(*sh->args));
	for (; sh->n_args < n; sh->n_args++)
		sh->args[sh->n_args] = pl_xstrdup(args[sh->n_args]);
}

/* The variables that a shell begins with (2.5.3). */
static int set_first_vars(struct pl_shell *sh, struct pl_err *err)
{
	static const struct {
		const char *name, *value;
	} vars[] = {{"IFS", " \t\n"}, {"OPTIND", "1"}, {"PPID", "1"},
		    {"PS1", "# "},    {"PS2", "> "},   {"PS4", "+ "}};
	int rc = 0;
	for (size_t i = 0; i < PL_COUNT(vars) && rc == 0; i++)
		rc = pl_sh_var_set(sh, pl_str_of(vars[i].name), vars[i].value, 0, err);
	return rc ? rc : pl_sh_var_set(sh, PL_STR("PWD"), sh->cwd, 0, err);
}

/* What knows neither script nor line (the tree, a buffer) leaves both to us. */
static int place_error(const struct pl_shell *sh, int rc, struct pl_err *err)
{
	const struct pl_sh_common *c = sh->common;
	bool is_placed = strncmp(err->msg, c->script, strlen(c->script)) == 0;
	if (is_placed || pl_must_end(err->code))
		return rc;
	return pl_ctx(err, "%s: line %u", c->script, c->line);
}

int pl_shell_run(struct pl_shell *sh, const char *name, struct pl_str text, bool bash,
		 const char *const *args, size_t n_args, int *ret_status, struct pl_err *err)
{
	struct pl_sh_common *c = sh->common;
	const char *what = pl_arena_cstr(&c->arena, pl_str_of(name));
	bool is_bash;
	c->script = what;
	set_names(sh, name, args, n_args);
	sh->bash = bash;
	if (!pl_sh_is_script(text, &is_bash, &sh->options))
		sh->options = 0;
	int rc = set_first_vars(sh, err);
	if (rc == 0)
		rc = pl_sh_text_run(sh, what, text, 1, false, err);
	const char *script = c->script;
	unsigned line = c->line;
	if (rc == 0)
		rc = pl_sh_end(sh, err);
	pl_sh_files_sync(sh);
	if (rc < 0)
		return place_error(sh, rc, err);
	c->script = script;
	c->line = line;
	*ret_status = sh->status;
	return 0;
}

/* A process of its own has what is exported, and nothing else of the shell that starts it. */
int pl_sh_script_run(struct pl_shell *sh, const char *path, struct pl_str text, bool bash,
		     unsigned options, int argc, char **argv, struct pl_err *err)
{
	struct pl_shell *c = pl_xcalloc(1, sizeof(*c));
	int rc = 0;
	if (sh->depth >= sh->common->limits.depth) {
		free(c);
		return pl_fail(err, PL_LIMIT, "%s: line %u: scripts run each other too deep",
			       sh->script, sh->line);
	}
	c->common = sh->common;
	c->cwd = pl_xstrdup(sh->cwd);
	c->umask = sh->umask;
	c->uid = sh->uid;
	c->gid = sh->gid;
	c->depth = sh->depth + 1;
	c->is_subshell = true;
	c->bash = bash;
	c->options = options;
	c->command_status = -1;
	c->ending_status = -1;
	for (int i = 0; i < PL_SH_FDS; i++)
		c->fds[i] = pl_sh_file_ref(sh->fds[i]);
	set_names(c, path, (const char *const *)argv + 1, (size_t)argc - 1);
	c->script = pl_arena_cstr(&sh->common->arena, pl_str_of(path));
	for (size_t i = 0; i < sh->vars.n && rc == 0; i++) {
		const struct pl_sh_var *v = sh->vars.items[i].value;
		if (v->value && v->flags & PL_SH_EXPORTED)
			rc = pl_sh_var_set(c, pl_str_of(v->name), v->value, PL_SH_EXPORTED, err);
	}
	if (rc == 0)
		rc = set_first_vars(c, err);
	if (rc == 0)
		rc = pl_sh_text_run(c, c->script, text, 1, false, err);
	if (rc == 0)
		rc = pl_sh_end(c, err);
	sh->status = c->status;
	pl_sh_state_free(c);
	return rc;
}
