// SPDX-License-Identifier: Apache-2.0
/* The table of built-ins, and those that ask or change what the shell itself is. */
#include "shell/builtins_int.h"

#include "base/num.h"

/* What bash has and we have not: it is not "not found". */
static int refuse(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	return pl_sh_unknown(sh, err, "bash's %s%s%s", argv[0], argc > 1 ? " " : "",
			     argc > 1 ? argv[1] : "");
}

/* Sorted by name. */
static const struct pl_sh_builtin table[] = {
	{.name = ".", .run = pl_sh_dot, .special = true},
	{.name = ":", .run = pl_sh_colon, .special = true},
	{.name = "[", .run = pl_sh_test},
	{.name = "alias", .run = pl_sh_alias},
	{.name = "bg", .run = pl_sh_colon},
	{.name = "break", .run = pl_sh_break, .special = true},
	{.name = "builtin", .run = refuse, .bash = true},
	{.name = "caller", .run = refuse, .bash = true},
	{.name = "cd", .run = pl_sh_cd},
	{.name = "chdir", .run = pl_sh_cd},
	{.name = "command", .run = pl_sh_command},
	{.name = "compgen", .run = refuse, .bash = true},
	{.name = "complete", .run = refuse, .bash = true},
	{.name = "continue", .run = pl_sh_break, .special = true},
	{.name = "coproc", .run = refuse, .bash = true},
	{.name = "declare", .run = pl_sh_declare, .bash = true},
	{.name = "dirs", .run = refuse, .bash = true},
	{.name = "disown", .run = refuse, .bash = true},
	{.name = "echo", .run = pl_sh_echo},
	{.name = "enable", .run = refuse, .bash = true},
	{.name = "eval", .run = pl_sh_eval, .special = true},
	{.name = "exec", .run = pl_sh_exec, .special = true},
	{.name = "exit", .run = pl_sh_exit, .special = true},
	{.name = "export", .run = pl_sh_export, .special = true},
	{.name = "false", .run = pl_sh_false},
	{.name = "fg", .run = pl_sh_colon},
	{.name = "getopts", .run = pl_sh_getopts},
	{.name = "hash", .run = pl_sh_hash},
	{.name = "jobs", .run = pl_sh_colon},
	{.name = "kill", .run = pl_sh_kill},
	{.name = "let", .run = pl_sh_let, .bash = true},
	{.name = "local", .run = pl_sh_local, .special = true},
	{.name = "mapfile", .run = refuse, .bash = true},
	{.name = "popd", .run = refuse, .bash = true},
	{.name = "printf", .run = pl_sh_printf},
	{.name = "pushd", .run = refuse, .bash = true},
	{.name = "pwd", .run = pl_sh_pwd},
	{.name = "read", .run = pl_sh_read},
	{.name = "readarray", .run = refuse, .bash = true},
	{.name = "readonly", .run = pl_sh_readonly, .special = true},
	{.name = "return", .run = pl_sh_return, .special = true},
	{.name = "select", .run = refuse, .bash = true},
	{.name = "set", .run = pl_sh_set, .special = true},
	{.name = "shift", .run = pl_sh_shift, .special = true},
	{.name = "shopt", .run = refuse, .bash = true},
	{.name = "source", .run = pl_sh_dot, .bash = true},
	{.name = "test", .run = pl_sh_test},
	{.name = "time", .run = refuse, .bash = true},
	{.name = "times", .run = pl_sh_colon, .special = true},
	{.name = "trap", .run = pl_sh_trap, .special = true},
	{.name = "true", .run = pl_sh_colon},
	{.name = "type", .run = pl_sh_type},
	{.name = "typeset", .run = pl_sh_declare, .bash = true},
	{.name = "ulimit", .run = pl_sh_colon},
	{.name = "umask", .run = pl_sh_umask},
	{.name = "unalias", .run = pl_sh_unalias},
	{.name = "unset", .run = pl_sh_unset, .special = true},
	{.name = "wait", .run = pl_sh_wait},
};

const struct pl_sh_builtin *pl_sh_builtin_find(const struct pl_shell *sh, const char *name)
{
	size_t low = 0, high = PL_COUNT(table);
	while (low < high) {
		size_t mid = (low + high) / 2;
		int order = strcmp(name, table[mid].name);
		if (order == 0)
			return table[mid].bash && !sh->bash ? NULL : &table[mid];
		low = order > 0 ? mid + 1 : low;
		high = order < 0 ? mid : high;
	}
	return NULL;
}

bool pl_sh_builtin_declares(const struct pl_sh_builtin *b)
{
	return b->run == pl_sh_local || b->run == pl_sh_declare;
}

/* -- where it is -- */

/* A path without . and .. : cd goes by the text (dash's -L). */
static char *logical(const struct pl_shell *sh, const char *path)
{
	PL_AUTO(buf) whole = {0};
	PL_AUTO(buf) out = {0};
	pl_shell_path(sh, path, &whole);
	struct pl_str rest = pl_buf_str(&whole);
	while (rest.p && rest.n) {
		struct pl_str part = pl_str_cut(&rest, '/');
		if (!pl_str_is(part, "..")) {
			pl_buf_addc(&out, '/');
			pl_buf_addstr(&out, part);
			continue;
		}
		size_t slash = pl_str_rfind(pl_buf_str(&out), '/');
		out.n = slash == SIZE_MAX ? 0 : slash;
		if (out.p)
			out.p[out.n] = '\0';
	}
	if (out.n == 0)
		pl_buf_addc(&out, '/');
	return pl_buf_take(&out);
}

/* Where it is without links, as -P has it; NULL: that is no directory of the tree any more. */
static char *physical(const struct pl_shell *sh, const char *path)
{
	PL_AUTO(buf) out = {0};
	const struct pl_node *n = pl_shell_node(sh, path, true);
	pl_buf_addc(&out, '/');
	if (n)
		pl_tree_path(n, &out);
	return n && n->type == PL_TAR_DIR ? pl_buf_take(&out) : NULL;
}

/* -L and -P: the last one counts. What is behind them. */
static int take_place_options(int argc, char **argv, bool *ret_physical)
{
	int i = 1;
	for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		if (strcmp(argv[i], "--") == 0)
			return i + 1;
		*ret_physical = argv[i][strlen(argv[i]) - 1] == 'P';
	}
	return i;
}

int pl_sh_cd(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	bool links_gone = false;
	int i = take_place_options(argc, argv, &links_gone), rc;
	const char *to = i < argc ? argv[i] : pl_shell_value(sh, "HOME");
	bool back = to && strcmp(to, "-") == 0;
	if (back)
		to = pl_shell_value(sh, "OLDPWD");
	PL_AUTOFREE char *dir = to && *to ? logical(sh, to) : pl_xstrdup(sh->cwd);
	const char *elsewhere = pl_shell_value(sh, "CDPATH");
	if (elsewhere && *elsewhere && to && *to != '/' && *to != '.')
		return pl_sh_unknown(sh, err, "cd with CDPATH");
	pl_sh_files_sync(sh);
	PL_AUTOFREE char *real = physical(sh, dir);
	if (!real) {
		sh->status = 2;
		return pl_sh_say(sh, err, "cd: can't cd to %s", to);
	}
	rc = pl_sh_var_set(sh, PL_STR("OLDPWD"), sh->cwd, 0, err);
	free(sh->cwd);
	sh->cwd = links_gone ? pl_steal(&real) : pl_steal(&dir);
	if (rc == 0)
		rc = pl_sh_var_set(sh, PL_STR("PWD"), sh->cwd, 0, err);
	if (rc == 0 && back) {
		rc = pl_shell_write(sh, 1, pl_str_of(sh->cwd), err);
		if (rc == 0)
			rc = pl_shell_write(sh, 1, PL_STR("\n"), err);
	}
	return rc;
}

int pl_sh_pwd(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	bool links_gone = false;
	take_place_options(argc, argv, &links_gone);
	PL_AUTOFREE char *real = links_gone ? physical(sh, sh->cwd) : NULL;
	PL_AUTOFREE char *line = pl_xprintf("%s\n", real ? real : sh->cwd);
	return pl_shell_write(sh, 1, pl_str_of(line), err);
}

uint32_t pl_shell_umask(const struct pl_shell *sh) { return sh->umask; }

int pl_sh_umask(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	uint64_t mask;
	if (argc < 2) {
		PL_AUTOFREE char *line = pl_xprintf("%04o\n", sh->umask);
		return pl_shell_write(sh, 1, pl_str_of(line), err);
	}
	if (!pl_parse_octal(pl_str_of(argv[1]), 0777, &mask))
		return pl_fail(err, PL_SCRIPTS, "%s: line %u: umask %s is not known", sh->script,
			       sh->line, argv[1]);
	sh->umask = (uint32_t)mask;
	return 0;
}

/* -- names -- */

static const char *alias_of(const struct pl_shell *sh, const char *name)
{
	for (size_t i = 0; i < sh->aliases.n; i++)
		if (strcmp(sh->aliases.v[i].name, name) == 0)
			return sh->aliases.v[i].value;
	return NULL;
}

static bool is_keyword(const char *name)
{
	static const char *const words[] = {"if",   "then", "else", "elif",  "fi",    "do",
					    "done", "case", "esac", "while", "until", "for",
					    "{",    "}",    "!",    "in"};
	for (size_t i = 0; i < PL_COUNT(words); i++)
		if (strcmp(words[i], name) == 0)
			return true;
	return false;
}

/* What command -v (verbose: type) says of a name; false: nobody answers to it. */
static bool describe(const struct pl_shell *sh, const char *name, bool verbose, struct pl_buf *out)
{
	const char *alias = alias_of(sh, name);
	const struct pl_sh_builtin *b = pl_sh_builtin_find(sh, name);
	PL_AUTOFREE char *path = pl_shell_which(sh, name);
	if (is_keyword(name)) {
		pl_buf_addf(out, verbose ? "%s is a shell keyword\n" : "%s\n", name);
	} else if (alias) {
		pl_buf_addf(out, verbose ? "%s is an alias for %s\n" : "alias %s=", name, alias);
		if (!verbose) {
			pl_sh_quote(out, alias);
			pl_buf_addc(out, '\n');
		}
	} else if (pl_sh_function_find(sh, name)) {
		pl_buf_addf(out, verbose ? "%s is a shell function\n" : "%s\n", name);
	} else if (b) {
		pl_buf_addf(out, verbose ? "%s is a%s shell builtin\n" : "%s\n", name,
			    b->special ? " special" : "");
	} else if (path) {
		if (verbose)
			pl_buf_addf(out, "%s is %s\n", name, path);
		else
			pl_buf_addf(out, "%s\n", path);
	} else {
		return false;
	}
	return true;
}

static int describe_all(struct pl_shell *sh, int argc, char **argv, int i, bool verbose,
			struct pl_err *err)
{
	int rc = 0;
	for (; i < argc && rc == 0; i++) {
		PL_AUTO(buf) out = {.max = sh->common->limits.output};
		if (describe(sh, argv[i], verbose, &out)) {
			rc = pl_shell_write(sh, 1, pl_buf_str(&out), err);
			continue;
		}
		sh->status = sh->bash ? 1 : 127;
		if (verbose) { /* dash says so on standard output */
			pl_buf_addf(&out, "%s: not found\n", argv[i]);
			rc = pl_shell_write(sh, 1, pl_buf_str(&out), err);
		}
	}
	return rc;
}

int pl_sh_type(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	if (sh->bash && argc > 1 && argv[1][0] == '-')
		return pl_sh_unknown(sh, err, "type %s", argv[1]);
	return describe_all(sh, argc, argv, 1, true, err);
}

int pl_sh_command(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	int i = 1;
	for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		if (strcmp(argv[i], "-v") == 0 || strcmp(argv[i], "-V") == 0)
			/* dash answers for the first name alone */
			return describe_all(sh, sh->bash || argc < i + 2 ? argc : i + 2, argv,
					    i + 1, argv[i][1] == 'V', err);
		if (strcmp(argv[i], "--") == 0) {
			i++;
			break;
		}
	}
	if (i == argc)
		return 0;
	return pl_sh_call(sh, argc - i, argv + i, NULL, true, sh->tested, err);
}

static void drop_alias(struct pl_shell *sh, size_t i)
{
	struct pl_sh_alias *gone = &sh->aliases.v[i], *last = &sh->aliases.v[--sh->aliases.n];
	free(gone->name);
	free(gone->value);
	if (gone != last)
		*gone = *last;
	*last = (struct pl_sh_alias){0};
}

/* value NULL: it is none any more. */
static void set_alias(struct pl_shell *sh, struct pl_str name, const char *value)
{
	for (size_t i = 0; i < sh->aliases.n; i++)
		if (pl_str_is(name, sh->aliases.v[i].name)) {
			drop_alias(sh, i);
			break;
		}
	if (value)
		*pl_vec_push(&sh->aliases) =
			(struct pl_sh_alias){pl_str_dup(name), pl_xstrdup(value)};
}

int pl_sh_alias(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	int rc = 0;
	for (int i = 1; i < argc && rc == 0; i++) {
		struct pl_str text = pl_str_of(argv[i]);
		size_t eq = pl_str_find(text, '=');
		if (eq != SIZE_MAX && eq > 0) {
			set_alias(sh, pl_str_sub(text, 0, eq), argv[i] + eq + 1);
			rc = pl_sh_keep(sh, text.n, err);
			continue;
		}
		const char *value = alias_of(sh, argv[i]);
		PL_AUTO(buf) out = {.max = sh->common->limits.output};
		if (!value) {
			sh->status = 1;
			rc = pl_sh_say(sh, err, "alias: %s not found", argv[i]);
			continue;
		}
		pl_buf_addf(&out, "%s=", argv[i]);
		pl_sh_quote(&out, value);
		pl_buf_addc(&out, '\n');
		rc = pl_shell_write(sh, 1, pl_buf_str(&out), err);
	}
	return rc;
}

int pl_sh_unalias(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	int rc = 0;
	for (int i = 1; i < argc && rc == 0; i++) {
		if (strcmp(argv[i], "-a") == 0) {
			while (sh->aliases.n)
				drop_alias(sh, sh->aliases.n - 1);
		} else if (alias_of(sh, argv[i])) {
			set_alias(sh, pl_str_of(argv[i]), NULL);
		} else {
			sh->status = 1;
			rc = pl_sh_say(sh, err, "unalias: %s not found", argv[i]);
		}
	}
	return rc;
}

/* Asks for commands without a word about them. */
int pl_sh_hash(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	int rc = 0;
	for (int i = 1; i < argc && rc == 0; i++) {
		PL_AUTO(buf) ignored = {0};
		if (argv[i][0] == '-' || describe(sh, argv[i], false, &ignored))
			continue;
		sh->status = 1;
		rc = pl_sh_say(sh, err, "hash: %s: not found", argv[i]);
	}
	return rc;
}

int pl_sh_let(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	int64_t v = 0;
	int rc = 0;
	for (int i = 1; i < argc && rc == 0; i++)
		rc = pl_sh_arith(sh, pl_str_of(argv[i]), &v, err);
	if (rc == 0)
		sh->status = v == 0;
	return rc;
}
