// SPDX-License-Identifier: Apache-2.0
/* Commands that run another one: xargs, env, and those that change what an image has not (nice,
 * nohup, ionice, timeout, setsid, stdbuf). */
#include "commands/commands_int.h"

#include "base/num.h"

/* -- xargs -- */

struct xargs {
	struct pl_shell_call *call;
	char **argv; /* the command */
	int argc;
	PL_VEC(char *) words;
	PL_VEC(size_t) lines; /* index of the first word of each line */
	const char *replaced; /* -I */
	uint64_t most, most_lines;
	int delimiter; /* -1: blanks, with quotes */
	bool not_empty;
	int worst;
};

static void add_word(struct xargs *x, struct pl_str text)
{
	*pl_vec_push(&x->words) = pl_str_dup(text);
}

/* A word of blank-separated input: quotes go as in a shell, but within one line. false: one is not
 * closed. */
static bool take_word(struct pl_str in, size_t *at, bool whole_line, struct pl_buf *word)
{
	for (; *at < in.n && in.p[*at] != '\n'; (*at)++) {
		char c = in.p[*at];
		if (!whole_line && (c == ' ' || c == '\t'))
			return true;
		if (c == '\\' && *at + 1 < in.n) {
			pl_buf_addc(word, in.p[++*at]);
		} else if (c == '\'' || c == '"') {
			size_t from = *at + 1;
			size_t n = pl_str_find(pl_str_sub(in, from, in.n), c);
			if (n == SIZE_MAX || pl_str_find(pl_str_sub(in, from, n), '\n') != SIZE_MAX)
				return false;
			pl_buf_add(word, in.p + from, n);
			*at = from + n;
		} else {
			pl_buf_addc(word, c);
		}
	}
	return true;
}

static bool split_blanks(struct xargs *x, struct pl_str in)
{
	bool new_line = true;
	for (size_t at = 0; at < in.n;) {
		PL_AUTO(buf) word = {.max = PL_CMD_TEXT_MAX};
		if (in.p[at] == ' ' || in.p[at] == '\t' || in.p[at] == '\n') {
			/* -L: a blank at the end joins the next line. */
			new_line = new_line || (in.p[at] == '\n' && at && in.p[at - 1] != ' ' &&
						in.p[at - 1] != '\t');
			at++;
			continue;
		}
		if (new_line)
			*pl_vec_push(&x->lines) = x->words.n;
		new_line = false;
		if (!take_word(in, &at, x->replaced != NULL, &word))
			return false;
		add_word(x, pl_buf_str(&word));
	}
	return true;
}

static void split_at(struct xargs *x, struct pl_str in)
{
	if (in.n && in.p[in.n - 1] == x->delimiter)
		in.n--;
	else if (!in.n)
		return;
	while (in.p) {
		*pl_vec_push(&x->lines) = x->words.n;
		add_word(x, pl_str_cut(&in, (char)x->delimiter));
	}
}

static int run_external(struct xargs *x, int argc, char **argv, struct pl_err *err)
{
	int rc = pl_shell_external(x->call, argc, argv, NULL, 0, err);
	int status = x->call->status;
	if (status == 127 || status == 126)
		x->worst = status;
	else if (status)
		x->worst = status == 255 ? 124 : 123;
	return rc;
}

static bool is_over(const struct xargs *x) { return x->worst && x->worst != 123; }

static int run_batch(struct xargs *x, size_t from, size_t to, struct pl_err *err)
{
	int argc = x->argc + (int)(to - from);
	char **argv = pl_xcalloc((size_t)argc + 1, sizeof(*argv));
	for (int i = 0; i < argc; i++)
		argv[i] = i < x->argc ? x->argv[i] : x->words.v[from + (size_t)(i - x->argc)];
	int rc = run_external(x, argc, argv, err);
	free(argv);
	return rc;
}

static char *replace(const struct xargs *x, const char *in, const char *by)
{
	PL_AUTO(buf) out = {.max = PL_CMD_TEXT_MAX};
	const char *at;
	for (; (at = strstr(in, x->replaced)); in = at + strlen(x->replaced)) {
		pl_buf_add(&out, in, (size_t)(at - in));
		pl_buf_adds(&out, by);
	}
	pl_buf_adds(&out, in);
	return pl_buf_take(&out);
}

static int run_replaced(struct xargs *x, const char *word, struct pl_err *err)
{
	char **argv = pl_xcalloc((size_t)x->argc + 1, sizeof(*argv));
	for (int i = 0; i < x->argc; i++)
		argv[i] = i ? replace(x, x->argv[i], word) : pl_xstrdup(x->argv[i]);
	int rc = run_external(x, x->argc, argv, err);
	for (int i = 0; i < x->argc; i++)
		free(argv[i]);
	free(argv);
	return rc;
}

/* The index behind a batch that begins at from. */
static size_t batch_end(const struct xargs *x, size_t from)
{
	size_t to = x->words.n, line = 0;
	if (x->most && from + x->most < to)
		to = from + (size_t)x->most;
	while (x->most_lines && line < x->lines.n && x->lines.v[line] <= from)
		line++;
	line += x->most_lines ? (size_t)x->most_lines - 1 : 0;
	return x->most_lines && line < x->lines.n && x->lines.v[line] < to ? x->lines.v[line] : to;
}

static int run_all(struct xargs *x, struct pl_err *err)
{
	int rc = 0;
	if (x->replaced) {
		for (size_t i = 0; i < x->words.n && rc == 0 && !is_over(x); i++)
			rc = run_replaced(x, x->words.v[i], err);
		return rc;
	}
	if (!x->words.n && !x->not_empty)
		return run_batch(x, 0, 0, err);
	for (size_t from = 0; from < x->words.n && rc == 0 && !is_over(x);) {
		size_t to = batch_end(x, from);
		rc = run_batch(x, from, to, err);
		from = to;
	}
	return rc;
}

static bool take_option(struct xargs *x, const struct pl_cmd_args *a, const char **ret_file)
{
	static const char escapes[] = "nt0\\", bytes[] = "\n\t\0\\";
	const char *v = a->value;
	switch (a->letter) {
	case '0':
		x->delimiter = 0;
		return true;
	case 'd':
		if (v[0] == '\\' && v[1] && !v[2] && strchr(escapes, v[1]))
			x->delimiter = (unsigned char)bytes[strchr(escapes, v[1]) - escapes];
		else if (v[0] && !v[1])
			x->delimiter = (unsigned char)v[0];
		else
			return false;
		return true;
	case 'r':
		return x->not_empty = true;
	case 'a':
		*ret_file = v;
		return true;
	case 'I':
	case 'i':
		x->replaced = v && *v ? v : "{}";
		return true;
	case 'n':
		x->most_lines = 0;
		return pl_parse_u64(pl_str_of(v), INT32_MAX, &x->most) && x->most;
	case 'L':
		x->most = 0;
		return pl_parse_u64(pl_str_of(v), INT32_MAX, &x->most_lines) && x->most_lines;
	default: /* P, s, x: how, not what */
		return a->letter != 't';
	}
}

int pl_cmd_xargs(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'0', "null", 0},
						       {'d', "delimiter", PL_CMD_VALUE},
						       {'r', "no-run-if-empty", 0},
						       {'a', "arg-file", PL_CMD_VALUE},
						       {'I', NULL, PL_CMD_VALUE},
						       {'i', "replace", PL_CMD_MAYBE},
						       {'n', "max-args", PL_CMD_VALUE},
						       {'L', NULL, PL_CMD_VALUE},
						       {'P', "max-procs", PL_CMD_VALUE},
						       {'s', "max-chars", PL_CMD_VALUE},
						       {'t', "verbose", 0},
						       {'x', "exit", 0},
						       {0, NULL, 0}};
	static char echo[] = "echo";
	char *usual[] = {echo, NULL};
	struct pl_cmd_args a = {.call = call, .options = options, .in_order = true};
	struct xargs x = {.call = call, .delimiter = -1};
	PL_AUTO(buf) in = {.max = PL_CMD_TEXT_MAX};
	const char *file = NULL;
	bool fine = true;
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0)
		fine = fine && take_option(&x, &a, &file);
	x.argv = rc == 0 && a.n ? a.operands : usual;
	x.argc = rc == 0 && a.n ? a.n : 1;
	if (rc == 0 && !fine)
		rc = pl_shell_unknown(call, err, "such an option");
	if (rc == 0)
		rc = pl_cmd_read(call, file, &in, err);
	if (rc > 0) {
		fine = true;
		if (x.delimiter >= 0)
			split_at(&x, pl_buf_str(&in));
		else
			fine = split_blanks(&x, pl_buf_str(&in));
		rc = fine ? run_all(&x, err) : pl_shell_complain(call, 1, err, "unmatched quote");
		call->status = fine ? x.worst : 1;
	}
	for (size_t i = 0; i < x.words.n; i++)
		free(x.words.v[i]);
	pl_vec_free(&x.words);
	pl_vec_free(&x.lines);
	pl_cmd_args_done(&a);
	return rc;
}

/* -- env -- */

int pl_cmd_env(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {
		{'i', "ignore-environment", 0}, {'u', "unset", PL_CMD_VALUE}, {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options, .in_order = true};
	PL_VEC(char *) env = {0};
	static char clears[] = "-";
	int rc, i = 0;
	while ((rc = pl_cmd_next(&a, err)) > 0)
		*pl_vec_push(&env) = a.letter == 'i' ? clears : (char *)(uintptr_t)a.value;
	for (; rc == 0 && i < a.n && strchr(a.operands[i], '='); i++)
		*pl_vec_push(&env) = a.operands[i];
	if (rc == 0 && i == a.n)
		rc = pl_shell_unknown(call, err, "printing the environment");
	if (rc == 0)
		rc = pl_shell_external(call, a.n - i, a.operands + i, env.v, env.n, err);
	pl_vec_free(&env);
	pl_cmd_args_done(&a);
	return rc;
}

/* printenv NAME... */
int pl_cmd_printenv(struct pl_shell_call *call, struct pl_err *err)
{
	struct pl_cmd_args a = {.call = call};
	int rc = pl_cmd_no_option(&a, err);
	if (rc == 0 && !a.n)
		rc = pl_shell_unknown(call, err, "printing the environment");
	for (int i = 0; i < a.n && rc == 0; i++) {
		const char *value = pl_shell_exported(call->shell, a.operands[i]);
		PL_AUTOFREE char *line = value ? pl_xprintf("%s\n", value) : NULL;
		if (line)
			rc = pl_shell_write(call->shell, 1, pl_str_of(line), err);
		else
			call->status = 1;
	}
	pl_cmd_args_done(&a);
	return rc;
}

/* -- how a process runs, which is nothing here -- */

int pl_cmd_nice(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'n', "adjustment", PL_CMD_VALUE},
						       {'c', "class", PL_CMD_VALUE},
						       {'t', "ignore", 0},
						       {'s', "signal", PL_CMD_VALUE},
						       {'k', "kill-after", PL_CMD_VALUE},
						       {'o', "output", PL_CMD_VALUE},
						       {'e', "error", PL_CMD_VALUE},
						       {'w', "wait", 0},
						       {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options, .in_order = true};
	int rc, skipped = strcmp(call->argv[0], "timeout") == 0; /* its DURATION */
	while ((rc = pl_cmd_next(&a, err)) > 0)
		;
	if (rc == 0 && a.n <= skipped)
		rc = pl_shell_unknown(call, err, "no command");
	if (rc == 0)
		rc = pl_shell_external(call, a.n - skipped, a.operands + skipped, NULL, 0, err);
	pl_cmd_args_done(&a);
	return rc;
}
