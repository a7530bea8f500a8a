// SPDX-License-Identifier: Apache-2.0
/* grep, egrep, fgrep. */
#include "commands/commands_int.h"
#include "commands/regex_int.h"

#include "base/num.h"

#include <ctype.h>

enum { OPT_COLOR = 256, OPT_NO_MESSAGES };

struct grep {
	struct pl_shell_call *call;
	bool extended, fixed, fold, inverts, counts, names, no_names, only, words, whole, numbers;
	bool quiet, silent, recurses, with_file, no_file, as_text;
	bool binary; /* a line of a file with NUL bytes was to be printed */
	uint64_t most;
	PL_VEC(struct pl_cmd_regex) regexes;
	struct pl_buf patterns; /* a line each */
	bool has_patterns, any_pattern, found, failed;
	struct pl_buf out;
};

/* A fixed text as a regular expression. */
static void quote_fixed(struct pl_str text, struct pl_buf *out)
{
	for (size_t i = 0; i < text.n; i++) {
		if (strchr("\\.[]*^$", text.p[i]))
			pl_buf_addc(out, '\\');
		pl_buf_addc(out, text.p[i]);
	}
}

/* Where a bracket expression ends that begins at from. */
static size_t end_of_set(struct pl_str s, size_t from)
{
	size_t i = from + 1;
	i += i < s.n && s.p[i] == '^';
	i += i < s.n && s.p[i] == ']';
	for (; i < s.n && s.p[i] != ']'; i++)
		if (s.p[i] == '[' && i + 1 < s.n && strchr(":.=", s.p[i + 1])) {
			char kind = s.p[i + 1];
			for (i += 2; i + 1 < s.n && !(s.p[i] == kind && s.p[i + 1] == ']');)
				i++;
			i++;
		}
	return i < s.n ? i : s.n - 1;
}

/* A repetition with nothing before it repeats nothing (RE_CONTEXT_INDEP_OPS), where regcomp(3) has
 * an error: grep's expressions differ from POSIX's in that. */
static void add_extended(struct pl_str text, struct pl_buf *out)
{
	bool begins = true;
	for (size_t i = 0; i < text.n; i++) {
		size_t from = i;
		if (begins && strchr("*+?", text.p[i]))
			continue;
		begins = text.p[i] == '(' || text.p[i] == '|';
		if (text.p[i] == '\\')
			i++;
		else if (text.p[i] == '[')
			i = end_of_set(text, i);
		pl_buf_addstr(out, pl_str_sub(text, from, i + 1 - from));
	}
}

static int compile(struct grep *g, struct pl_err *err)
{
	struct pl_str rest = pl_buf_str(&g->patterns);
	int rc = 0;
	/* An empty pattern is one, no pattern (an empty -f) is none. */
	while (g->any_pattern && rest.p && rc == 0) {
		struct pl_str line = pl_str_cut(&rest, '\n');
		PL_AUTO(buf) text = {0};
		if (g->whole)
			pl_buf_adds(&text, g->extended ? "^(" : "^\\(");
		if (g->fixed)
			quote_fixed(line, &text);
		else if (g->extended)
			add_extended(line, &text);
		else
			pl_buf_addstr(&text, line);
		if (g->whole)
			pl_buf_adds(&text, g->extended ? ")$" : "\\)$");
		rc = pl_cmd_regex_init(pl_vec_push(&g->regexes), text.p ? text.p : "",
				       (g->extended ? REG_EXTENDED : 0) | (g->fold ? REG_ICASE : 0),
				       err);
	}
	return rc < 0 ? pl_ctx(err, "%s: line %u: grep", g->call->script, g->call->line) : 0;
}

static bool is_word(struct pl_str line, const struct pl_cmd_match *m)
{
	unsigned char before = m->from ? (unsigned char)line.p[m->from - 1] : ' ';
	unsigned char after = m->to < line.n ? (unsigned char)line.p[m->to] : ' ';
	return !isalnum(before) && before != '_' && !isalnum(after) && after != '_';
}

/* The leftmost, then longest, match of all patterns. */
static bool find_match(const struct grep *g, struct pl_str line, size_t from,
		       struct pl_cmd_match *ret)
{
	bool any = false;
	for (size_t i = 0; i < g->regexes.n; i++) {
		struct pl_cmd_match m;
		size_t at = from;
		bool is = pl_cmd_regex_find(&g->regexes.v[i], line, at, &m);
		while (is && g->words && !is_word(line, &m) && at < line.n)
			is = pl_cmd_regex_find(&g->regexes.v[i], line, ++at, &m);
		if (!is || (g->words && !is_word(line, &m)))
			continue;
		if (!any || m.from < ret->from || (m.from == ret->from && m.to > ret->to))
			*ret = m;
		any = true;
	}
	return any;
}

static void print_line(struct grep *g, const char *file, uint64_t number, struct pl_str line)
{
	struct pl_cmd_match m;
	size_t at = 0;
	do {
		struct pl_str text = line;
		if (g->only) {
			if (!find_match(g, line, at, &m))
				return;
			at = m.to > m.from ? m.to : m.to + 1;
			text = pl_str_sub(line, m.from, m.to - m.from);
			if (!text.n)
				continue;
		}
		if (g->with_file)
			pl_buf_addf(&g->out, "%s:", file);
		if (g->numbers)
			pl_buf_addf(&g->out, "%llu:", (unsigned long long)number);
		pl_buf_addstr(&g->out, text);
		pl_buf_addc(&g->out, '\n');
	} while (g->only && at <= line.n);
}

static void search(struct grep *g, const char *file, struct pl_buf *text)
{
	struct pl_str rest = pl_buf_str(text);
	uint64_t count = 0, number = 0;
	bool prints = !g->quiet && !g->counts && !g->names && !g->no_names;
	bool binary = prints && !g->as_text && memchr(rest.p ? rest.p : "", 0, rest.n);
	while (rest.p && rest.n && count < g->most) {
		struct pl_str line = pl_str_cut(&rest, '\n');
		struct pl_cmd_match m;
		number++;
		/* Where the line ends, the expression's text must end too. */
		((char *)(uintptr_t)line.p)[line.n] = '\0';
		if (find_match(g, line, 0, &m) == g->inverts)
			continue;
		count++;
		g->binary = g->binary || binary;
		if (prints)
			print_line(g, file, number, line);
	}
	g->found = g->found || count;
	if (g->quiet)
		return;
	if (g->counts) {
		if (g->with_file)
			pl_buf_addf(&g->out, "%s:", file);
		pl_buf_addf(&g->out, "%llu\n", (unsigned long long)count);
	}
	if ((g->names && count) || (g->no_names && !count))
		pl_buf_addf(&g->out, "%s\n", file);
}

static int search_path(struct grep *g, const char *path, struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = 16 << 20};
	struct pl_node *n = path ? pl_cmd_node(g->call, path, true) : NULL;
	bool is_file = !path || strcmp(path, "-") == 0 || strcmp(path, "/dev/null") == 0 ||
		       (n && pl_node_file(n)->type == PL_TAR_FILE);
	if (!is_file) {
		g->failed = true;
		return g->silent ? 0
				 : pl_shell_complain(g->call, 2, err, "%s: %s", path,
						     n ? "Is a directory"
						       : "No such file or directory");
	}
	int rc = pl_cmd_read(g->call, path, &text, err);
	if (rc > 0)
		search(g, path && strcmp(path, "-") != 0 ? path : "(standard input)", &text);
	return rc < 0 ? rc : 0;
}

static int search_below(struct grep *g, const char *path, unsigned depth, struct pl_err *err)
{
	const struct pl_node *n = pl_cmd_node(g->call, path, depth == 0);
	int rc = 0;
	if (!n || n->type != PL_TAR_DIR)
		return n && n->type == PL_TAR_SYMLINK ? 0 : search_path(g, path, err);
	for (uint32_t i = 0; i < n->n_children && rc == 0 && depth < 200; i++) {
		PL_AUTOFREE char *inner = pl_cmd_join(path, n->children[i]->name.p);
		rc = search_below(g, inner, depth + 1, err);
	}
	return rc;
}

static int search_all(struct grep *g, char **v, int n, struct pl_err *err)
{
	int rc = 0;
	g->with_file = (n > 1 || g->recurses || g->with_file) && !g->no_file;
	if (n == 0)
		return g->recurses ? search_below(g, ".", 0, err) : search_path(g, NULL, err);
	for (int i = 0; i < n && rc == 0; i++)
		rc = g->recurses ? search_below(g, v[i], 0, err) : search_path(g, v[i], err);
	return rc;
}

static void add_pattern(struct grep *g, const char *text)
{
	if (g->any_pattern)
		pl_buf_addc(&g->patterns, '\n');
	pl_buf_adds(&g->patterns, text);
	g->has_patterns = g->any_pattern = true;
}

/* -f: a pattern each line, and none in an empty file. */
static int add_patterns_of(struct grep *g, const char *path, struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = PL_CMD_TEXT_MAX};
	int rc = pl_cmd_read(g->call, path, &text, err);
	if (rc <= 0)
		return rc < 0 ? rc : pl_shell_unknown(g->call, err, "-f of what is not there");
	if (text.n && text.p[text.n - 1] == '\n')
		text.p[text.n - 1] = '\0';
	if (text.n)
		add_pattern(g, text.p);
	g->has_patterns = true;
	return 0;
}

static int take_option(struct grep *g, const struct pl_cmd_args *a, struct pl_err *err)
{
	switch (a->letter) {
	case 'E':
		g->extended = true;
		g->fixed = false;
		break;
	case 'F':
		g->fixed = true;
		g->extended = false;
		break;
	case 'e':
		add_pattern(g, a->value);
		break;
	case 'f':
		return add_patterns_of(g, a->value, err);
	case 'm':
		if (!pl_parse_u64(pl_str_of(a->value), INT64_MAX, &g->most))
			return pl_shell_unknown(a->call, err, "such a number");
		break;
	case OPT_NO_MESSAGES:
	case 's':
		g->silent = true;
		break;
	default:
		g->fold = g->fold || a->letter == 'i' || a->letter == 'y';
		g->inverts = g->inverts || a->letter == 'v';
		g->counts = g->counts || a->letter == 'c';
		g->names = g->names || a->letter == 'l';
		g->no_names = g->no_names || a->letter == 'L';
		g->only = g->only || a->letter == 'o';
		g->words = g->words || a->letter == 'w';
		g->whole = g->whole || a->letter == 'x';
		g->numbers = g->numbers || a->letter == 'n';
		g->quiet = g->quiet || a->letter == 'q';
		g->recurses = g->recurses || a->letter == 'r' || a->letter == 'R';
		g->with_file = g->with_file || a->letter == 'H';
		g->no_file = g->no_file || a->letter == 'h';
		g->as_text = g->as_text || a->letter == 'a';
	}
	return 0;
}

int pl_cmd_grep(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'E', "extended-regexp", 0},
						       {'F', "fixed-strings", 0},
						       {'G', "basic-regexp", 0},
						       {'e', "regexp", PL_CMD_VALUE},
						       {'f', "file", PL_CMD_VALUE},
						       {'i', "ignore-case", 0},
						       {'y', NULL, 0},
						       {'v', "invert-match", 0},
						       {'c', "count", 0},
						       {'l', "files-with-matches", 0},
						       {'L', "files-without-match", 0},
						       {'o', "only-matching", 0},
						       {'w', "word-regexp", 0},
						       {'x', "line-regexp", 0},
						       {'n', "line-number", 0},
						       {'q', "quiet", 0},
						       {'q', "silent", 0},
						       {'s', "no-messages", 0},
						       {'r', "recursive", 0},
						       {'R', NULL, 0},
						       {'H', "with-filename", 0},
						       {'h', "no-filename", 0},
						       {'m', "max-count", PL_CMD_VALUE},
						       {'a', "text", 0},
						       {OPT_COLOR, "color", PL_CMD_MAYBE},
						       {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	struct grep g = {.call = call, .most = UINT64_MAX};
	int rc, i = 0;
	g.out.max = g.patterns.max = 16 << 20;
	g.extended = strcmp(call->argv[0], "egrep") == 0;
	g.fixed = strcmp(call->argv[0], "fgrep") == 0;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		rc = take_option(&g, &a, err);
		if (rc < 0)
			break;
	}
	if (rc == 0 && !g.has_patterns && a.n)
		add_pattern(&g, a.operands[i++]);
	if (rc == 0 && !g.has_patterns)
		rc = pl_shell_unknown(call, err, "no pattern");
	if (rc == 0)
		rc = compile(&g, err);
	if (rc == 0)
		rc = search_all(&g, a.operands + i, a.n - i, err);
	if (rc == 0 && g.binary)
		rc = pl_shell_unknown(call, err, "to print of a file with NUL bytes");
	if (rc == 0)
		rc = pl_buf_check(&g.out, "what grep writes", err);
	if (rc == 0)
		rc = pl_shell_write(call->shell, 1, pl_buf_str(&g.out), err);
	call->status = g.failed && !(g.quiet && g.found) ? 2 : !g.found;
	for (size_t k = 0; k < g.regexes.n; k++)
		pl_cmd_regex_done(&g.regexes.v[k]);
	pl_vec_free(&g.regexes);
	pl_buf_done(&g.patterns);
	pl_buf_done(&g.out);
	pl_cmd_args_done(&a);
	return rc;
}
