// SPDX-License-Identifier: Apache-2.0
/* postconf(1) on /etc/postfix/main.cf: -e changes and adds lines, -h tells what they say. What
 * Postfix itself has for a parameter that the file does not name is known of one alone. */
#include "debian/commands/commands_int.h"

#define MAIN_CF "/etc/postfix/main.cf"

/* The name that a line of main.cf begins with; empty for a comment and what continues a line. */
static struct pl_str name_of(struct pl_str line)
{
	size_t n = 0;
	while (n < line.n && line.p[n] && !strchr(" \t\r\n=#", line.p[n]))
		n++;
	return pl_str_sub(line, 0, n);
}

static bool is_continued(struct pl_str line)
{
	struct pl_str rest = pl_str_trim(line);
	return rest.n && rest.p[0] != '#' && (line.p[0] == ' ' || line.p[0] == '\t');
}

static struct pl_str value_of(struct pl_str line)
{
	size_t at = pl_str_find(line, '=');
	return at >= line.n ? (struct pl_str){NULL, 0}
			    : pl_str_trim(pl_str_sub(line, at + 1, line.n));
}

/* One NAME=VALUE: every line of that name, with those that continue it, or a new one at the end. */
static bool edit_parameter(struct pl_str text, struct pl_str setting, struct pl_buf *ret)
{
	struct pl_str name = pl_str_trim(pl_str_sub(setting, 0, pl_str_find(setting, '=')));
	bool found = false, within = false;
	while (text.p && text.n) {
		struct pl_str line = pl_str_cut(&text, '\n');
		if (is_continued(line)) {
			if (!within)
				pl_buf_addf(ret, PL_STR_FMT "\n", PL_STR_ARG(line));
			continue;
		}
		bool comment = !name_of(line).n; /* it ends nothing (postconf(5)) */
		bool ours = !comment && pl_str_eq(name_of(line), name);
		within = comment ? within : ours;
		found = found || ours;
		pl_buf_addf(ret, PL_STR_FMT, PL_STR_ARG(ours ? name : line));
		if (ours)
			pl_buf_addf(ret, " = " PL_STR_FMT, PL_STR_ARG(value_of(setting)));
		pl_buf_addc(ret, '\n');
	}
	if (!found)
		pl_buf_addf(ret, PL_STR_FMT " = " PL_STR_FMT "\n", PL_STR_ARG(name),
			    PL_STR_ARG(value_of(setting)));
	return found;
}

static int edit(struct pl_shell_call *call, int from, struct pl_buf *text, struct pl_err *err)
{
	unsigned added = 0;
	for (int i = from; i < call->argc; i++) {
		PL_AUTO(buf) out = {.max = 1 << 20};
		added += !edit_parameter(pl_buf_str(text), pl_str_of(call->argv[i]), &out);
		int rc = pl_buf_check(&out, MAIN_CF, err);
		if (rc < 0)
			return rc;
		pl_buf_clear(text);
		pl_buf_addstr(text, pl_buf_str(&out));
	}
	if (added > 1) /* in the order of its hash table */
		return pl_shell_unknown(call, err, "adding several parameters");
	int rc = pl_shell_file_write(call->shell, MAIN_CF, pl_buf_str(text), false, err);
	call->status = rc > 0 ? 0 : 1;
	return rc < 0 ? rc : 0;
}

static int tell(struct pl_shell_call *call, struct pl_str text, const char *name, bool expanded,
		struct pl_err *err)
{
	struct pl_str value = {NULL, 0};
	bool within = false;
	while (text.p && text.n) {
		struct pl_str line = pl_str_cut(&text, '\n');
		if (within && is_continued(line))
			return pl_shell_unknown(call, err, "a value of several lines");
		if (!name_of(line).n)
			continue;
		within = pl_str_is(name_of(line), name);
		if (within)
			value = value_of(line);
	}
	if (!value.p && strcmp(name, "default_transport") == 0)
		value = PL_STR("smtp");
	if (!value.p)
		return pl_shell_unknown(call, err, name);
	if (expanded && pl_str_find(value, '$') < value.n)
		return pl_shell_unknown(call, err, "a value that names another");
	return pl_deb_print(call, err, PL_STR_FMT "\n", PL_STR_ARG(value));
}

int pl_deb_postconf(struct pl_shell_call *call, struct pl_err *err)
{
	const char *option = call->argc > 2 ? call->argv[1] : "";
	const struct pl_node *n = pl_shell_node(call->shell, MAIN_CF, true);
	PL_AUTO(buf) text = {.max = 1 << 20};
	bool edits = strcmp(option, "-e") == 0, expanded = strcmp(option, "-hx") == 0;
	if (!edits && ((!expanded && strcmp(option, "-h") != 0) || call->argc != 3))
		return pl_shell_unknown(call, err, "this use");
	for (int i = 2; i < call->argc; i++)
		if (edits != !!strchr(call->argv[i], '=') || call->argv[i][0] == '-')
			return pl_shell_unknown(call, err, call->argv[i]);
	if (!n)
		return pl_shell_complain(call, 1, err,
					 "fatal: open " MAIN_CF ": No such file or directory");
	int rc = pl_shell_file_read(call->shell, n, &text, err);
	if (rc < 0)
		return rc;
	return edits ? edit(call, 2, &text, err)
		     : tell(call, pl_buf_str(&text), call->argv[2], expanded, err);
}
