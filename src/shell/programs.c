// SPDX-License-Identifier: Apache-2.0
/* What is a process of its own elsewhere: built-ins by their path, shells with their options, and
 * whatever a command like xargs runs. */
#include "shell/builtins_int.h"

/* The last component of a program's path in the usual directories, or the name itself. */
const char *pl_sh_program_name(const char *name)
{
	static const char *const dirs[] = {"/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/"};
	for (size_t i = 0; i < PL_COUNT(dirs); i++) {
		size_t n = strlen(dirs[i]);
		if (strncmp(name, dirs[i], n) == 0 && !strchr(name + n, '/'))
			return name + n;
	}
	return name;
}

/* coreutils has these as programs, and every Debian system has coreutils. */
static bool is_program_too(const char *name)
{
	static const char *const names[] = {"[", "echo", "false", "printf", "pwd", "test", "true"};
	for (size_t i = 0; i < PL_COUNT(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* coreutils' echo takes escapes with -e alone, as bash's does. */
static int run_builtin(struct pl_shell *sh, const struct pl_sh_builtin *b, int argc, char **argv,
		       struct pl_err *err)
{
	bool bash = sh->bash;
	char *path = argv[0];
	sh->bash = true;
	sh->status = 0;
	argv[0] = (char *)(uintptr_t)b->name; /* [ looks at it */
	int rc = b->run(sh, argc, argv, err);
	argv[0] = path;
	sh->bash = bash;
	return rc;
}

/* -- sh -- */

struct sh_call {
	unsigned options;
	bool text, input; /* -c, -s */
	int at;           /* the first operand */
};

/* false: an option that is not known. */
static bool parse_sh(int argc, char **argv, struct sh_call *c)
{
	for (c->at = 1; c->at < argc; c->at++) {
		const char *word = argv[c->at];
		unsigned bit;
		if ((word[0] != '-' && word[0] != '+') || !word[1])
			return true;
		if (strcmp(word, "--") == 0)
			return c->at++, true;
		for (const char *l = word + 1; *l; l++) {
			if (*l == 'c' || *l == 's') {
				c->text = c->text || *l == 'c';
				c->input = c->input || *l == 's';
			} else if (!pl_sh_option_bit(*l, &bit)) {
				return false;
			} else if (word[0] == '-') {
				c->options |= bit;
			} else {
				c->options &= ~bit;
			}
		}
	}
	return true;
}

static int read_script(struct pl_shell *sh, const char *path, struct pl_buf *ret,
		       struct pl_err *err)
{
	const struct pl_node *n = pl_shell_node(sh, path, true);
	if (!n || pl_node_file(n)->type != PL_TAR_FILE) {
		int rc = pl_sh_say(sh, err, "cannot open %s: No such file", path);
		sh->status = 2;
		return rc < 0 ? rc : 1;
	}
	int rc = pl_shell_file_read(sh, n, ret, err);
	return rc < 0 ? rc : pl_buf_check(ret, path, err);
}

/* sh [-OPTIONS] [-c TEXT [NAME [ARGUMENT...]]] | [FILE [ARGUMENT...]], or what it reads. */
static int run_sh(struct pl_shell *sh, int argc, char **argv, bool bash, struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = 1 << 20};
	struct sh_call c = {0};
	int rc = 0;
	if (!parse_sh(argc, argv, &c) || (c.text && c.at == argc))
		return pl_fail(err, PL_SCRIPTS, "%s: line %u: %s %s is not known", sh->script,
			       sh->line, argv[0], c.at < argc ? argv[c.at] : "-c");
	char **rest = argv + c.at;
	int n = argc - c.at;
	/* A script that has a model is that model, however it is started. */
	if (!c.text && !c.input && n && strchr(rest[0], '/') && pl_sh_model_find(sh, rest[0]))
		return pl_sh_run_command(sh, n, rest, err);
	if (c.text) {
		pl_buf_adds(&text, rest[0]);
		rest++;
		n--;
	} else if (n && !c.input) {
		rc = read_script(sh, rest[0], &text, err);
	} else {
		rc = pl_shell_input(sh, &text, err);
	}
	if (rc)
		return rc < 0 ? rc : 0;
	/* -c's name and a file's are $0; of what is read from standard input, sh is. */
	bool named = n && (c.text || !c.input);
	char *nothing[] = {argv[0], NULL};
	if (!named && n) { /* sh -s ARGUMENT... */
		rest = argv + c.at - 1;
		n++;
	}
	return pl_sh_script_run(sh, named ? rest[0] : argv[0], pl_buf_str(&text), bash, c.options,
				n ? n : 1, n ? rest : nothing, err);
}

int pl_sh_program_run(struct pl_shell *sh, int argc, char **argv, bool *ret_is, struct pl_err *err)
{
	const char *name = pl_sh_program_name(argv[0]);
	const struct pl_sh_builtin *b = is_program_too(name) ? pl_sh_builtin_find(sh, name) : NULL;
	bool bash = strcmp(name, "bash") == 0;
	*ret_is = true;
	if (b)
		return run_builtin(sh, b, argc, argv, err);
	if (bash || strcmp(name, "sh") == 0 || strcmp(name, "dash") == 0)
		return run_sh(sh, argc, argv, bash, err);
	*ret_is = false;
	return 0;
}

static bool is_known_program(const char *name)
{
	static const char *const shells[] = {"bash", "dash", "sh"};
	for (size_t i = 0; i < PL_COUNT(shells); i++)
		if (strcmp(shells[i], name) == 0)
			return true;
	return is_program_too(name);
}

char *pl_shell_which(const struct pl_shell *sh, const char *name)
{
	const struct pl_shell_command *c = pl_sh_command_find(sh, name);
	char *path = pl_sh_program_find(sh, name);
	if (path || strchr(name, '/') || (!(c && c->always) && !is_known_program(name)))
		return path;
	return pl_xprintf("/usr/bin/%s", name);
}

/* -- for commands -- */

static void clear_exported(struct pl_shell *sh)
{
	for (size_t i = 0; i < sh->vars.n; i++) {
		const struct pl_sh_var *v = sh->vars.items[i].value;
		struct pl_str name = pl_str_of(v->name);
		if (!(v->flags & PL_SH_EXPORTED))
			continue;
		pl_sh_var_save(sh, name);
		pl_sh_var_own(sh, name)->flags &= ~(unsigned)PL_SH_EXPORTED;
	}
}

static int set_environment(struct pl_shell *sh, char *const *env, size_t n, struct pl_err *err)
{
	int rc = 0;
	for (size_t i = 0; i < n && rc == 0; i++) {
		struct pl_str text = pl_str_of(env[i]);
		size_t eq = pl_str_find(text, '=');
		struct pl_str name = pl_str_sub(text, 0, eq);
		if (strcmp(env[i], "-") == 0) {
			clear_exported(sh);
			continue;
		}
		pl_sh_var_save(sh, name);
		rc = eq == SIZE_MAX ? pl_sh_var_unset(sh, name, err)
				    : pl_sh_var_set(sh, name, env[i] + eq + 1, PL_SH_EXPORTED, err);
	}
	return rc;
}

int pl_shell_external(struct pl_shell_call *call, int argc, char **argv, char *const *env,
		      size_t n_env, struct pl_err *err)
{
	struct pl_shell *sh = call->shell;
	size_t n_saved = sh->saved.n;
	int rc = pl_sh_step(sh, err);
	if (rc < 0)
		return rc;
	if (sh->depth >= sh->common->limits.depth)
		return pl_fail(err, PL_LIMIT, "%s: line %u: commands run each other too deep",
			       sh->script, sh->line);
	sh->depth++;
	rc = set_environment(sh, env, n_env, err);
	if (rc == 0)
		rc = pl_sh_run_command(sh, argc, argv, err);
	call->status = sh->status;
	pl_sh_vars_restore(sh, n_saved);
	sh->depth--;
	return rc < 0 ? rc : 0;
}

int pl_shell_as(struct pl_shell_call *call, uint32_t uid, uint32_t gid, int argc, char **argv,
		struct pl_err *err)
{
	struct pl_shell *sh = call->shell;
	uint32_t was_uid = sh->uid, was_gid = sh->gid;
	sh->uid = uid;
	sh->gid = gid;
	int rc = pl_shell_external(call, argc, argv, NULL, 0, err);
	sh->uid = was_uid;
	sh->gid = was_gid;
	return rc;
}

static bool tests_access(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (argv[i][0] == '-' && argv[i][1] && strchr("rwx", argv[i][1]) && !argv[i][2])
			return true;
	return false;
}

bool pl_sh_anybody_may(const struct pl_shell *sh, int argc, char **argv)
{
	static const char *const harmless[] = {"[", "test", "true", "false", ":", "echo", "exit"};
	const char *name = pl_sh_program_name(argv[0]);
	if (!sh->uid)
		return true;
	for (size_t i = 0; i < PL_COUNT(harmless); i++)
		if (strcmp(harmless[i], name) == 0)
			return i > 1 || !tests_access(argc, argv);
	return false;
}

bool pl_shell_is_lost(const struct pl_shell *sh, int fd)
{
	const struct pl_sh_file *f = sh->fds[fd];
	return !f || f->kind == PL_SH_FILE_NULL;
}

bool pl_shell_is_read(const struct pl_shell *sh, int fd)
{
	const struct pl_sh_file *f = sh->fds[fd];
	PL_AUTO(buf) path = {0};
	if (pl_shell_is_lost(sh, fd) || f == sh->common->out || f == sh->common->err)
		return false;
	if (f->kind == PL_SH_FILE_NODE && f->body->node)
		pl_tree_path(f->body->node, &path);
	return !pl_str_starts(pl_buf_str(&path), "var/log/");
}

int pl_shell_finding(const struct pl_shell_call *call, struct pl_err *err, const char *what)
{
	const struct pl_shell_world *w = call->world;
	if (!w->finding)
		return pl_fail(err, PL_SCRIPTS, "%s: line %u: %s: %s", call->script, call->line,
			       call->argv[0], what);
	w->finding(w->finding_ctx, call->script, call->line, call->argv[0], what);
	return 0;
}
