// SPDX-License-Identifier: Apache-2.0
/* util-linux's getopt(1) in its enhanced form: -o OPTIONS, -l LONG... and the words of a script,
 * which come back sorted and quoted for eval. */
#include "commands/commands_int.h"

struct getopt {
	struct pl_shell_call *call;
	const char *letters; /* a letter, and ":" or "::" */
	PL_VEC(struct pl_str) names;
	PL_VEC(const char *) operands;
	struct pl_buf out;
	char **words;
	int n, at;
};

static void add_quoted(struct pl_buf *out, const char *text)
{
	pl_buf_adds(out, " '");
	for (; *text; text++) {
		if (*text == '\'')
			pl_buf_adds(out, "'\\''");
		else
			pl_buf_addc(out, *text);
	}
	pl_buf_addc(out, '\'');
}

/* The value of an option that takes one (colons 1) or may (2): behind it, or the next word. */
static int add_value(struct getopt *g, unsigned colons, const char *value, struct pl_err *err)
{
	if (colons == 1 && !value) {
		if (g->at == g->n)
			return pl_shell_unknown(g->call, err, "an option without its value");
		value = g->words[g->at++];
	}
	if (colons)
		add_quoted(&g->out, value ? value : "");
	return 0;
}

static unsigned count_colons(struct pl_str *name)
{
	unsigned n = 0;
	for (; name->n && name->p[name->n - 1] == ':'; name->n--)
		n++;
	return n;
}

static int take_long(struct getopt *g, const char *word, struct pl_err *err)
{
	const char *eq = strchr(word, '=');
	struct pl_str given = {word, eq ? (size_t)(eq - word) : strlen(word)}, found = {NULL, 0};
	unsigned colons = 0;
	for (size_t i = 0; i < g->names.n; i++) {
		struct pl_str name = g->names.v[i];
		unsigned c = count_colons(&name);
		bool whole = pl_str_eq(name, given);
		if (name.n < given.n || memcmp(name.p, given.p, given.n) != 0)
			continue;
		if (found.p && !whole)
			return pl_shell_unknown(g->call, err, word); /* of two, or found already */
		found = name;
		colons = c;
		if (whole)
			break;
	}
	if (!found.p || (eq && !colons))
		return pl_shell_unknown(g->call, err, word);
	pl_buf_addf(&g->out, " --" PL_STR_FMT, PL_STR_ARG(found));
	return add_value(g, colons, eq ? eq + 1 : NULL, err);
}

static int take_letters(struct getopt *g, const char *word, struct pl_err *err)
{
	for (; *word; word++) {
		const char *found = *word == ':' ? NULL : strchr(g->letters, *word);
		if (!found)
			return pl_shell_unknown(g->call, err, word);
		unsigned colons = found[1] != ':' ? 0 : found[2] != ':' ? 1 : 2;
		pl_buf_addf(&g->out, " -%c", *word);
		if (colons)
			return add_value(g, colons, word[1] ? word + 1 : NULL, err);
	}
	return 0;
}

static int sort_words(struct getopt *g, struct pl_err *err)
{
	bool in_order = *g->letters == '+';
	int rc = 0;
	g->letters += in_order;
	while (g->at < g->n && rc == 0) {
		const char *word = g->words[g->at];
		bool operand = word[0] != '-' || !word[1];
		if (operand && in_order)
			break;
		g->at++;
		if (strcmp(word, "--") == 0)
			break;
		if (operand)
			*pl_vec_push(&g->operands) = word;
		else
			rc = word[1] == '-' ? take_long(g, word + 2, err)
					    : take_letters(g, word + 1, err);
	}
	pl_buf_adds(&g->out, " --");
	for (size_t i = 0; i < g->operands.n; i++)
		add_quoted(&g->out, g->operands.v[i]);
	for (; g->at < g->n; g->at++)
		add_quoted(&g->out, g->words[g->at]);
	pl_buf_addc(&g->out, '\n');
	return rc;
}

static void add_names(struct getopt *g, const char *list)
{
	while (*list) {
		size_t n = strcspn(list, ", \t\n");
		if (n)
			*pl_vec_push(&g->names) = (struct pl_str){list, n};
		list += n + (list[n] != 0);
	}
}

int pl_cmd_getopt(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {
		{'o', "options", PL_CMD_VALUE}, {'l', "longoptions", PL_CMD_VALUE},
		{'n', "name", PL_CMD_VALUE},    {'q', "quiet", 0},
		{'s', "shell", PL_CMD_VALUE},   {'T', "test", 0},
		{0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options, .in_order = true};
	struct getopt g = {.call = call, .out = {.max = PL_CMD_TEXT_MAX}};
	bool test = false;
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		test = test || a.letter == 'T';
		g.letters = a.letter == 'o' ? a.value : g.letters;
		if (a.letter == 'l')
			add_names(&g, a.value);
		if (a.letter == 's' && strcmp(a.value, "sh") != 0 && strcmp(a.value, "bash") != 0)
			break;
	}
	if (test && rc == 0) {
		call->status = 4;
	} else if (rc == 0 && g.letters && *g.letters != '-') {
		g.words = a.operands;
		g.n = a.n;
		rc = sort_words(&g, err);
		if (rc == 0)
			rc = pl_cmd_write(call, &g.out, err);
	} else if (rc >= 0) {
		rc = pl_shell_unknown(call, err, "other than -o OPTIONS for sh");
	}
	pl_buf_done(&g.out);
	pl_vec_free(&g.names);
	pl_vec_free(&g.operands);
	pl_cmd_args_done(&a);
	return rc;
}
