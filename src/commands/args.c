// SPDX-License-Identifier: Apache-2.0
/* Options as getopt_long(3) takes them: among the operands, letters in one word, names shortened.
 */
#include "commands/commands_int.h"

static int unknown(const struct pl_cmd_args *a, const char *what, struct pl_err *err)
{
	return pl_shell_unknown(a->call, err, what);
}

static const struct pl_cmd_option *find_letter(const struct pl_cmd_args *a, char c)
{
	for (const struct pl_cmd_option *o = a->options; o->letter; o++)
		if (o->letter == (unsigned char)c)
			return o;
	return NULL;
}

/* A name may be cut where it stays the only one (but the exact one goes first). */
static const struct pl_cmd_option *find_name(const struct pl_cmd_args *a, struct pl_str name)
{
	const struct pl_cmd_option *found = NULL;
	for (const struct pl_cmd_option *o = a->options; o->letter; o++) {
		if (!o->name || strncmp(o->name, name.p, name.n) != 0)
			continue;
		if (strlen(o->name) == name.n)
			return o;
		if (found && found->letter != o->letter)
			return NULL;
		found = o;
	}
	return found;
}

static int take_value(struct pl_cmd_args *a, const char *word, struct pl_err *err)
{
	if (a->at >= a->call->argc)
		return unknown(a, word, err);
	a->value = a->call->argv[a->at++];
	return 1;
}

static int next_letter(struct pl_cmd_args *a, struct pl_err *err)
{
	const struct pl_cmd_option *o = find_letter(a, *a->rest);
	char word[3] = {'-', *a->rest, 0};
	if (!o)
		return unknown(a, word, err);
	a->letter = o->letter;
	a->rest++;
	if (o->value != PL_CMD_VALUE)
		return 1;
	if (!*a->rest)
		return take_value(a, word, err);
	a->value = a->rest;
	a->rest = NULL;
	return 1;
}

static int next_name(struct pl_cmd_args *a, const char *word, struct pl_err *err)
{
	struct pl_str text = pl_str_of(word + 2);
	size_t eq = pl_str_find(text, '=');
	const struct pl_cmd_option *o =
		find_name(a, pl_str_sub(text, 0, eq == SIZE_MAX ? text.n : eq));
	if (!o || (eq != SIZE_MAX && o->value == PL_CMD_NONE))
		return unknown(a, word, err);
	a->letter = o->letter;
	if (eq != SIZE_MAX)
		a->value = word + 2 + eq + 1;
	else if (o->value == PL_CMD_VALUE)
		return take_value(a, word, err);
	return 1;
}

static void add_operand(struct pl_cmd_args *a, char *word)
{
	if (!a->operands)
		a->operands = pl_xcalloc((size_t)a->call->argc + 1, sizeof(*a->operands));
	a->operands[a->n++] = word;
}

int pl_cmd_next(struct pl_cmd_args *a, struct pl_err *err)
{
	a->value = NULL;
	if (a->rest && *a->rest)
		return next_letter(a, err);
	if (a->at == 0)
		a->at = 1;
	while (a->at < a->call->argc) {
		char *word = a->call->argv[a->at++];
		if (a->ended || word[0] != '-' || !word[1]) {
			add_operand(a, word);
			a->ended = a->ended || a->in_order;
		} else if (strcmp(word, "--") == 0) {
			a->ended = true;
		} else if (word[1] == '-') {
			return next_name(a, word, err);
		} else {
			a->rest = word + 1;
			return next_letter(a, err);
		}
	}
	if (!a->operands)
		a->operands = pl_xcalloc(1, sizeof(*a->operands));
	return 0;
}

void pl_cmd_args_done(struct pl_cmd_args *a)
{
	free(a->operands);
	a->operands = NULL;
}

int pl_cmd_cannot(struct pl_shell_call *call, struct pl_err *err, const char *what,
		  const char *path, const char *why)
{
	return pl_shell_complain(call, 1, err, "cannot %s '%s': %s", what, path, why);
}

char *pl_cmd_join(const char *dir, const char *path)
{
	size_t n = strlen(dir);
	return pl_xprintf("%s%s%s", dir, n && dir[n - 1] == '/' ? "" : "/", path);
}

char *pl_cmd_last_name(const char *path)
{
	struct pl_str s = pl_str_of(path);
	while (s.n > 1 && s.p[s.n - 1] == '/')
		s.n--;
	size_t slash = pl_str_rfind(s, '/');
	if (slash != SIZE_MAX && s.n > 1)
		s = pl_str_sub(s, slash + 1, s.n);
	return pl_str_dup(s);
}

int pl_cmd_read(struct pl_shell_call *call, const char *path, struct pl_buf *ret,
		struct pl_err *err)
{
	if (!path || strcmp(path, "-") == 0 || strcmp(path, "/dev/stdin") == 0 ||
	    strcmp(path, "/dev/fd/0") == 0) {
		int rc = pl_shell_input(call->shell, ret, err);
		return rc < 0 ? rc : 1;
	}
	if (strcmp(path, "/dev/null") == 0)
		return 1;
	if (pl_shell_is_chance(path)) {
		int rc = pl_shell_chance(call->shell, path, ret, err);
		return rc < 0 ? rc : 1;
	}
	const struct pl_node *n = pl_cmd_node(call, path, true);
	const char *why = !n                                     ? "No such file or directory"
			  : n->type == PL_TAR_DIR                ? "Is a directory"
			  : pl_node_file(n)->type != PL_TAR_FILE ? "No such device or address"
								 : NULL;
	if (why)
		return pl_shell_complain(call, 1, err, "%s: %s", path, why);
	int rc = pl_shell_file_read(call->shell, n, ret, err);
	if (rc == 0)
		rc = pl_buf_check(ret, path, err);
	return rc < 0 ? rc : 1;
}

int pl_cmd_read_all(struct pl_cmd_args *a, struct pl_buf *ret, struct pl_err *err)
{
	int rc = 0;
	if (a->n == 0)
		rc = pl_cmd_read(a->call, NULL, ret, err);
	for (int i = 0; i < a->n && rc >= 0; i++)
		rc = pl_cmd_read(a->call, a->operands[i], ret, err);
	return rc < 0 ? rc : 0;
}

int pl_cmd_write(struct pl_shell_call *call, const struct pl_buf *out, struct pl_err *err)
{
	int rc = pl_buf_check(out, "what a command writes", err);
	return rc < 0 ? rc : pl_shell_write(call->shell, 1, pl_buf_str(out), err);
}

int pl_cmd_write_made(struct pl_shell_call *call, struct pl_str from, struct pl_buf *out,
		      struct pl_err *err)
{
	if (pl_shell_is_secret(from) && !pl_shell_is_secret(pl_buf_str(out))) {
		pl_buf_clear(out);
		pl_buf_adds(out, PL_SHELL_SECRET PL_SHELL_SECRET "\n");
	}
	return pl_cmd_write(call, out, err);
}

int pl_cmd_no_option(struct pl_cmd_args *a, struct pl_err *err)
{
	static const struct pl_cmd_option none[] = {{0, NULL, 0}};
	a->options = none;
	int rc = pl_cmd_next(a, err);
	return rc > 0 ? 0 : rc;
}
