// SPDX-License-Identifier: Apache-2.0
/* Words: quoting (2.2) and the forms of expansion (2.6). */
#include "shell/parse_int.h"

/* A word while it is read: text collects until its kind changes. */
struct maker {
	struct pl_sh_parser *p;
	struct pl_sh_part **next;
	struct pl_buf text;
	bool quoted; /* of the text collected */
};

static struct pl_sh_part *add_part(struct maker *m, enum pl_sh_part_kind kind, bool quoted)
{
	struct pl_sh_part *part = pl_arena_new(m->p->arena, struct pl_sh_part);
	part->kind = kind;
	part->quoted = quoted;
	*m->next = part;
	m->next = &part->next;
	return part;
}

static void flush_text(struct maker *m)
{
	if (m->text.n == 0)
		return;
	struct pl_sh_part *part = add_part(m, PL_SH_TEXT, m->quoted);
	part->text = pl_arena_str(m->p->arena, pl_buf_str(&m->text));
	pl_buf_clear(&m->text);
}

static void add_byte(struct maker *m, int c, bool quoted)
{
	if (m->quoted != quoted)
		flush_text(m);
	m->quoted = quoted;
	pl_buf_addc(&m->text, (char)c);
}

static int take(struct pl_sh_parser *p)
{
	int c = pl_sh_peek(p);
	if (c != PL_SH_EOF)
		pl_sh_skip(p, 1);
	return c;
}

/* The next byte as it stands: between single quotes nothing is special. */
static int take_raw(struct pl_sh_parser *p)
{
	if (pl_sh_failed(p) || p->at >= p->text.n)
		return PL_SH_EOF;
	int c = (unsigned char)p->text.p[p->at];
	pl_sh_skip(p, 1);
	return c;
}

static bool in_quotes(enum pl_sh_mode mode)
{
	return mode == PL_SH_IN_QUOTES || mode == PL_SH_IN_DOCUMENT || mode == PL_SH_IN_ARITH ||
	       mode == PL_SH_IN_QUOTED_BRACES;
}

static void read_single_quotes(struct maker *m)
{
	int c;
	size_t before = m->text.n;
	bool was = m->quoted;
	pl_sh_skip(m->p, 1);
	while ((c = take_raw(m->p)) != '\'') {
		if (c == PL_SH_EOF) {
			pl_sh_fail(m->p, PL_INPUT, "a ' has no end");
			return;
		}
		add_byte(m, c, true);
	}
	if (m->text.n == before && was == m->quoted) {
		flush_text(m);
		add_part(m, PL_SH_AT_EMPTY, true);
	}
}

static int octal_escape(struct pl_sh_parser *p, int first)
{
	int v = first - '0';
	for (int i = 0; i < 2 && pl_sh_peek(p) >= '0' && pl_sh_peek(p) <= '7'; i++)
		v = v * 8 + (take(p) - '0');
	return v & 0xff;
}

static int hex_escape(struct pl_sh_parser *p)
{
	int v = 0;
	for (int i = 0; i < 2; i++) {
		int c = pl_sh_peek(p);
		int digit = c >= '0' && c <= '9'   ? c - '0'
			    : c >= 'a' && c <= 'f' ? c - 'a' + 10
			    : c >= 'A' && c <= 'F' ? c - 'A' + 10
						   : -1;
		if (digit < 0)
			break;
		v = v * 16 + digit;
		pl_sh_skip(p, 1);
	}
	return v;
}

/* $'...' (2.2.4). */
static void read_dollar_quotes(struct maker *m)
{
	static const char names[] = "abefnrtv\\'\"?", bytes[] = "\a\b\033\f\n\r\t\v\\'\"?";
	struct pl_sh_parser *p = m->p;
	int c;
	pl_sh_skip(p, 2);
	flush_text(m);
	add_part(m, PL_SH_AT_EMPTY, true);
	while ((c = take_raw(p)) != '\'') {
		if (c == '\\') {
			c = take_raw(p);
			const char *known = c > 0 ? strchr(names, c) : NULL;
			if (known)
				c = (unsigned char)bytes[known - names];
			else if (c >= '0' && c <= '7')
				c = octal_escape(p, c);
			else if (c == 'x')
				c = hex_escape(p);
			else if (c != PL_SH_EOF)
				add_byte(m, '\\', true);
			if (c == 0)
				pl_sh_fail(p, PL_INPUT, "$'...' holds a NUL");
		}
		if (c == PL_SH_EOF) {
			pl_sh_fail(p, PL_INPUT, "a $' has no end");
			return;
		}
		add_byte(m, c, true);
	}
}

static void read_parts(struct maker *m, enum pl_sh_mode mode);

static void read_double_quotes(struct maker *m)
{
	pl_sh_skip(m->p, 1);
	flush_text(m);
	add_part(m, PL_SH_AT_EMPTY, true);
	read_parts(m, PL_SH_IN_QUOTES);
	if (take(m->p) != '"')
		pl_sh_fail(m->p, PL_INPUT, "a \" has no end");
}

static void read_backslash(struct maker *m, enum pl_sh_mode mode)
{
	pl_sh_skip(m->p, 1);
	int c = take_raw(m->p);
	if (c == PL_SH_EOF) {
		add_byte(m, '\\', true);
		return;
	}
	/* In double quotes it quotes only what is special there (2.2.3). */
	const char *special = mode == PL_SH_IN_QUOTED_BRACES ? "$`\"\\}"
			      : mode == PL_SH_IN_DOCUMENT    ? "$`\\"
							     : "$`\"\\";
	if (in_quotes(mode) && !strchr(special, c))
		add_byte(m, '\\', true);
	add_byte(m, c, true);
}

/* `...`: a backslash before $, ` and \ goes, in double quotes also one before " (2.6.3). */
static void read_backquotes(struct maker *m, bool quoted)
{
	struct pl_sh_parser *p = m->p;
	PL_AUTO(buf) text = {0};
	unsigned line = p->line;
	int c;
	pl_sh_skip(p, 1);
	while ((c = take_raw(p)) != '`') {
		if (c == '\\') {
			c = take_raw(p);
			if (c != PL_SH_EOF && !strchr("$`\\", c) && !(quoted && c == '"'))
				pl_buf_addc(&text, '\\');
		}
		if (c == PL_SH_EOF) {
			pl_sh_fail(p, PL_INPUT, "a ` has no end");
			return;
		}
		pl_buf_addc(&text, (char)c);
	}
	flush_text(m);
	struct pl_sh_part *part = add_part(m, PL_SH_COMMAND, quoted);
	part->command = pl_sh_inner_parse(p, pl_arena_str(p->arena, pl_buf_str(&text)), line);
}

static void expect(struct pl_sh_parser *p, int c, const char *of)
{
	if (take(p) != c)
		pl_sh_fail(p, PL_INPUT, "%s has no %c", of, c);
}

static void read_command(struct maker *m, bool quoted)
{
	struct pl_sh_parser *p = m->p;
	struct pl_sh_here *pending = p->pending;
	pl_sh_skip(p, 2);
	flush_text(m);
	struct pl_sh_part *part = add_part(m, PL_SH_COMMAND, quoted);
	p->pending = NULL;
	part->command = pl_sh_commands_read(p);
	if (p->pending)
		pl_sh_fail(p, PL_INPUT, "a here-document in $(...) has no text");
	p->pending = pending;
	if (pl_sh_token_take(p).kind != PL_SH_T_CLOSE)
		pl_sh_fail(p, PL_INPUT, "$( has no )");
}

/* Does $(( begin arithmetic? In bash it may also be $( with a subshell first: whoever writes the
 * first has `))` where its parentheses end. To dash it is always arithmetic. */
static bool is_arith(struct pl_sh_parser *p)
{
	int depth = 0;
	for (size_t k = p->at + 3; k < p->text.n; k++) {
		char c = p->text.p[k];
		if (c == '(')
			depth++;
		else if (c == ')' && depth-- == 0)
			return k + 1 < p->text.n && p->text.p[k + 1] == ')';
	}
	return false;
}

static void read_arith(struct maker *m, bool quoted)
{
	struct pl_sh_parser *p = m->p;
	pl_sh_skip(p, 3);
	flush_text(m);
	struct pl_sh_part *part = add_part(m, PL_SH_ARITH, quoted);
	part->word = pl_sh_word_read(p, PL_SH_IN_ARITH);
	expect(p, ')', "$((");
	expect(p, ')', "$((");
}

/* -- ${...} -- */

static bool is_name_byte(int c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (!first && c >= '0' && c <= '9');
}

static bool is_special(int c) { return c > 0 && strchr("@*#?-$!", c); }

/* A parameter's name; empty when there is none. braces: numbers may have several digits. */
static struct pl_str read_name(struct pl_sh_parser *p, bool braces)
{
	PL_AUTO(buf) b = {0};
	int c = pl_sh_peek(p);
	if (is_special(c)) {
		pl_buf_addc(&b, (char)take(p));
	} else if (c >= '0' && c <= '9') {
		do
			pl_buf_addc(&b, (char)take(p));
		while (braces && (c = pl_sh_peek(p)) >= '0' && c <= '9');
	} else {
		while (is_name_byte(pl_sh_peek(p), b.n == 0))
			pl_buf_addc(&b, (char)take(p));
	}
	return pl_arena_str(p->arena, pl_buf_str(&b));
}

static void read_index(struct pl_sh_parser *p, struct pl_sh_part *part)
{
	if (!p->bash || pl_sh_peek(p) != '[')
		return;
	pl_sh_skip(p, 1);
	part->index = pl_sh_word_read(p, PL_SH_IN_INDEX);
	expect(p, ']', "${...[");
}

static bool take_twice(struct pl_sh_parser *p, int c)
{
	if (pl_sh_peek(p) != c)
		return false;
	pl_sh_skip(p, 1);
	return true;
}

/* The operators of bash alone; false: c is none of them. */
static bool read_bash_operator(struct pl_sh_parser *p, struct pl_sh_part *part, int c)
{
	if (c == '/') {
		part->op = take_twice(p, '/') ? PL_SH_REPLACE_ALL : PL_SH_REPLACE;
		part->word = pl_sh_word_read(p, PL_SH_IN_REPLACE);
		if (take_twice(p, '/'))
			part->second = pl_sh_word_read(p, PL_SH_IN_BRACES);
	} else if (c == ':') {
		part->op = PL_SH_SUBSTRING;
		part->word = pl_sh_word_read(p, PL_SH_IN_SUBSTRING);
		if (take_twice(p, ':'))
			part->second = pl_sh_word_read(p, PL_SH_IN_SUBSTRING);
	} else if (c == ',' && pl_sh_peek(p) == ',') {
		pl_sh_skip(p, 1);
		part->op = PL_SH_LOWER;
	} else if (c == '^' && pl_sh_peek(p) == '^') {
		pl_sh_skip(p, 1);
		part->op = PL_SH_UPPER;
	} else {
		return false;
	}
	return true;
}

static void read_operator(struct pl_sh_parser *p, struct pl_sh_part *part, bool quoted)
{
	static const char letters[] = "-+=?";
	static const enum pl_sh_op ops[] = {PL_SH_DEFAULT, PL_SH_ALTERNATE, PL_SH_ASSIGN,
					    PL_SH_ERROR};
	int c = take(p);
	if (c == ':' && pl_sh_peek(p) > 0 && strchr(letters, pl_sh_peek(p))) {
		part->colon = true;
		c = take(p);
	}
	const char *known = c > 0 ? strchr(letters, c) : NULL;
	if (known) {
		part->op = ops[known - letters];
		part->word = pl_sh_word_read(p, quoted ? PL_SH_IN_QUOTED_BRACES : PL_SH_IN_BRACES);
	} else if (c == '#' || c == '%') {
		part->op = c == '#' ? PL_SH_TRIM_HEAD : PL_SH_TRIM_TAIL;
		if (take_twice(p, c))
			part->op++;
		/* Quotes around do not reach the pattern (2.6.2). */
		part->word = pl_sh_word_read(p, PL_SH_IN_BRACES);
	} else if (!p->bash || !read_bash_operator(p, part, c)) {
		part->op = PL_SH_BAD;
		pl_sh_word_read(p, PL_SH_IN_BRACES);
	}
}

static void read_braces(struct maker *m, bool quoted)
{
	struct pl_sh_parser *p = m->p;
	pl_sh_skip(p, 2);
	flush_text(m);
	struct pl_sh_part *part = add_part(m, PL_SH_PARAM, quoted);
	bool length = pl_sh_peek(p) == '#' && pl_sh_peek_at(p, 1) != '}';
	bool indirect = p->bash && pl_sh_peek(p) == '!' && is_name_byte(pl_sh_peek_at(p, 1), true);
	/* ${#-x}, ${#:-x}, ${#%x}: $# with an operator, not a length. */
	if (length && strchr("-+=?:%", pl_sh_peek_at(p, 1)) && pl_sh_peek_at(p, 2) != '}')
		length = false;
	if (length || indirect)
		pl_sh_skip(p, 1);
	part->text = read_name(p, true);
	read_index(p, part);
	if (!part->text.n || (length && pl_sh_peek(p) != '}')) {
		part->op = PL_SH_BAD;
		pl_sh_word_read(p, PL_SH_IN_BRACES);
	} else if (length) {
		part->op = PL_SH_LENGTH;
	} else if (indirect) {
		part->op = part->index ? PL_SH_KEYS : PL_SH_INDIRECT;
	} else if (pl_sh_peek(p) != '}') {
		read_operator(p, part, quoted);
	}
	expect(p, '}', "${");
}

static void read_dollar(struct maker *m, enum pl_sh_mode mode)
{
	struct pl_sh_parser *p = m->p;
	bool quoted = in_quotes(mode);
	int c = pl_sh_peek_at(p, 1);
	if (!pl_sh_enter(p))
		return;
	if (c == '(') {
		if (pl_sh_peek_at(p, 2) == '(' && (!p->bash || is_arith(p)))
			read_arith(m, quoted);
		else
			read_command(m, quoted);
	} else if (c == '{') {
		read_braces(m, quoted);
	} else if (c == '\'' && p->bash && !quoted) {
		read_dollar_quotes(m);
	} else if (c == '"' && p->bash && !quoted) {
		pl_sh_skip(p, 1); /* a text to be translated: the C locale has it as it is */
	} else if (is_special(c) || is_name_byte(c, false)) {
		pl_sh_skip(p, 1);
		flush_text(m);
		struct pl_sh_part *part = add_part(m, PL_SH_PARAM, quoted);
		part->text = read_name(p, false);
	} else {
		pl_sh_skip(p, 1);
		add_byte(m, '$', quoted);
	}
	pl_sh_leave(p);
}

/* Does c end the word? depth: of parentheses in arithmetic and regular expressions. */
static bool ends_word(struct pl_sh_parser *p, enum pl_sh_mode mode, int c, unsigned depth)
{
	switch (mode) {
	case PL_SH_IN_COMMAND:
		return strchr(" \t\n;&|<>()", c);
	case PL_SH_IN_QUOTES:
		return c == '"';
	case PL_SH_IN_BRACES:
	case PL_SH_IN_QUOTED_BRACES:
		return c == '}';
	case PL_SH_IN_REPLACE:
		return c == '}' || c == '/';
	case PL_SH_IN_SUBSTRING:
		return c == '}' || c == ':';
	case PL_SH_IN_INDEX:
		return c == ']';
	case PL_SH_IN_ARITH:
		return c == ')' && depth == 0 && pl_sh_peek_at(p, 1) == ')';
	case PL_SH_IN_REGEX:
		return strchr(" \t\n", c) && depth == 0;
	case PL_SH_IN_DOCUMENT:
		break;
	}
	return false;
}

static void read_parts(struct maker *m, enum pl_sh_mode mode)
{
	struct pl_sh_parser *p = m->p;
	unsigned depth = 0;
	bool quoted = in_quotes(mode);
	int c;
	while ((c = pl_sh_peek(p)) != PL_SH_EOF && !ends_word(p, mode, c, depth)) {
		bool nests = mode == PL_SH_IN_ARITH || mode == PL_SH_IN_REGEX;
		if (c == '\\') {
			read_backslash(m, mode);
		} else if (c == '$') {
			read_dollar(m, mode);
		} else if (c == '`') {
			read_backquotes(m, quoted);
		} else if (c == '\'' && !quoted) {
			read_single_quotes(m);
		} else if (c == '"' && mode != PL_SH_IN_DOCUMENT && mode != PL_SH_IN_ARITH) {
			read_double_quotes(m);
		} else {
			if (nests && c == '(')
				depth++;
			else if (nests && c == ')' && depth)
				depth--;
			pl_sh_skip(p, 1);
			add_byte(m, c, quoted);
		}
	}
	flush_text(m);
}

struct pl_sh_word *pl_sh_word_read(struct pl_sh_parser *p, enum pl_sh_mode mode)
{
	struct pl_sh_word *w = pl_arena_new(p->arena, struct pl_sh_word);
	w->line = p->line;
	if (!pl_sh_enter(p))
		return w;
	struct maker m = {.p = p, .next = &w->parts};
	read_parts(&m, mode);
	pl_buf_done(&m.text);
	pl_sh_leave(p);
	return w;
}
