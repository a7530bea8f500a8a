// SPDX-License-Identifier: Apache-2.0
/* basename, dirname, readlink, realpath. */
#include "commands/commands_int.h"

static int print_text(struct pl_shell_call *call, const char *text, const char *end,
		      struct pl_err *err)
{
	PL_AUTO(buf) line = {0};
	pl_buf_adds(&line, text);
	pl_buf_adds(&line, end);
	return pl_shell_write(call->shell, 1, pl_buf_str(&line), err);
}

int pl_cmd_basename(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {
		{'a', "multiple", 0}, {'s', "suffix", PL_CMD_VALUE}, {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options, .in_order = true};
	const char *suffix = NULL;
	bool several = false;
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		several = true;
		suffix = a.letter == 's' ? a.value : suffix;
	}
	if (rc == 0 && (!a.n || (!several && a.n > 2)))
		rc = pl_shell_complain(call, 1, err, a.n ? "extra operand" : "missing operand");
	else if (rc == 0 && !several && a.n == 2)
		suffix = a.operands[1];
	for (int i = 0; i < (several ? a.n : a.n > 0) && rc == 0 && call->status == 0; i++) {
		PL_AUTOFREE char *name = pl_cmd_last_name(a.operands[i]);
		size_t n = strlen(name), cut = suffix ? strlen(suffix) : 0;
		if (cut && cut < n && strcmp(name + n - cut, suffix) == 0)
			name[n - cut] = '\0';
		rc = print_text(call, name, "\n", err);
	}
	pl_cmd_args_done(&a);
	return rc;
}

int pl_cmd_dirname(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options, .in_order = true};
	int rc = pl_cmd_next(&a, err);
	if (rc == 0 && !a.n)
		rc = pl_shell_complain(call, 1, err, "missing operand");
	for (int i = 0; i < a.n && rc == 0; i++) {
		struct pl_str s = pl_str_of(a.operands[i]);
		while (s.n > 1 && s.p[s.n - 1] == '/')
			s.n--;
		size_t slash = pl_str_rfind(s, '/');
		s.n = slash == SIZE_MAX ? 0 : slash;
		while (s.n > 1 && s.p[s.n - 1] == '/')
			s.n--;
		PL_AUTOFREE char *dir = s.n          ? pl_str_dup(s)
					: slash == 0 ? pl_xstrdup("/")
						     : pl_xstrdup(".");
		rc = print_text(call, dir, "\n", err);
	}
	pl_cmd_args_done(&a);
	return rc;
}

bool pl_cmd_canonical(struct pl_shell_call *call, const char *path, int how, struct pl_buf *ret)
{
	PL_AUTO(buf) at = {0};
	const struct pl_node *n = pl_cmd_node(call, path, true);
	pl_buf_clear(ret);
	pl_buf_addc(ret, '/');
	if (n) {
		pl_tree_path(n, &at);
		pl_buf_addstr(ret, pl_buf_str(&at));
		return true;
	}
	if (how == PL_CMD_EXISTING)
		return false;
	const struct pl_node *link = pl_cmd_node(call, path, false);
	if (link && link->type == PL_TAR_SYMLINK)
		return false; /* dangling: where it leads is not followed further */
	if (pl_cmd_place(call, path, &at)) {
		pl_buf_addstr(ret, pl_buf_str(&at));
		return true;
	}
	if (how != PL_CMD_MISSING)
		return false;
	pl_buf_clear(ret);
	pl_buf_addc(ret, '/');
	pl_shell_path(call->shell, path, &at);
	pl_buf_addstr(ret, pl_buf_str(&at));
	return true;
}

static int print_all(struct pl_shell_call *call, const struct pl_cmd_args *a, int how, bool quiet,
		     const char *end, struct pl_err *err)
{
	int rc = 0;
	for (int i = 0; i < a->n && rc == 0; i++) {
		PL_AUTO(buf) out = {0};
		const struct pl_node *n = pl_cmd_node(call, a->operands[i], false);
		bool is = how ? pl_cmd_canonical(call, a->operands[i], how, &out)
			      : n && n->type == PL_TAR_SYMLINK;
		if (!is) {
			call->status = 1;
			if (!quiet)
				rc = pl_shell_complain(call, 1, err,
						       "%s: No such file or directory",
						       a->operands[i]);
			continue;
		}
		if (!how)
			pl_buf_addstr(&out, n->link);
		rc = print_text(call, out.p, end, err);
	}
	return rc;
}

int pl_cmd_readlink(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'f', "canonicalize", 0},
						       {'e', "canonicalize-existing", 0},
						       {'m', "canonicalize-missing", 0},
						       {'n', "no-newline", 0},
						       {'q', "quiet", 0},
						       {'s', "silent", 0},
						       {'v', "verbose", 0},
						       {'z', "zero", 0},
						       {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	bool newline = true, quiet = true;
	int rc, how = 0;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		how = strchr("fem", a.letter) ? a.letter : how;
		newline = newline && a.letter != 'n';
		quiet = quiet && a.letter != 'v';
		if (a.letter == 'z')
			return pl_cmd_args_done(&a), pl_shell_unknown(call, err, "-z");
	}
	if (rc == 0 && !a.n)
		rc = pl_shell_complain(call, 1, err, "missing operand");
	if (rc == 0)
		rc = print_all(call, &a, how, quiet, newline || a.n > 1 ? "\n" : "", err);
	pl_cmd_args_done(&a);
	return rc;
}

int pl_cmd_realpath(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'e', "canonicalize-existing", 0},
						       {'m', "canonicalize-missing", 0},
						       {'q', "quiet", 0},
						       {'P', "physical", 0},
						       {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	int rc, how = PL_CMD_PARENT_EXISTS;
	bool quiet = false;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		how = a.letter == 'e' || a.letter == 'm' ? a.letter : how;
		quiet = quiet || a.letter == 'q';
	}
	if (rc == 0 && !a.n)
		rc = pl_shell_complain(call, 1, err, "missing operand");
	if (rc == 0)
		rc = print_all(call, &a, how, quiet, "\n", err);
	pl_cmd_args_done(&a);
	return rc;
}
