// SPDX-License-Identifier: Apache-2.0
#include "commands/awk_int.h"

#include "base/num.h"

#include <ctype.h>

static int wrong(const struct pl_awk_lexer *l, struct pl_err *err, const char *what)
{
	return pl_fail(err, PL_INPUT, "awk program, line %u: %s", l->line, what);
}

static char peek(const struct pl_awk_lexer *l, size_t k)
{
	return l->at + k < l->text.n ? l->text.p[l->at + k] : '\0';
}

/* Blanks, comments and continued lines. */
static void skip_blanks(struct pl_awk_lexer *l)
{
	for (;;) {
		char c = peek(l, 0);
		if (c == ' ' || c == '\t' || c == '\r') {
			l->at++;
		} else if (c == '\\' && peek(l, 1) == '\n') {
			l->at += 2;
			l->line++;
		} else if (c == '#') {
			while (l->at < l->text.n && peek(l, 0) != '\n')
				l->at++;
		} else {
			return;
		}
	}
}

void pl_awk_unescape(struct pl_str s, size_t *at, struct pl_buf *out)
{
	static const char names[] = "abfnrtv\\\"", bytes[] = "\a\b\f\n\r\t\v\\\"";
	if (*at == s.n) {
		pl_buf_addc(out, '\\');
		return;
	}
	char c = s.p[(*at)++];
	const char *known = c ? strchr(names, c) : NULL;
	if (known) {
		pl_buf_addc(out, bytes[known - names]);
	} else if (c >= '0' && c <= '7') {
		unsigned v = (unsigned)(c - '0');
		for (int i = 0; i < 2 && *at < s.n && s.p[*at] >= '0' && s.p[*at] <= '7'; i++)
			v = v * 8 + (unsigned)(s.p[(*at)++] - '0');
		pl_buf_addc(out, (char)v);
	} else if (c == 'x' && *at < s.n && pl_hex_value(s.p[*at]) >= 0) { /* two at most */
		int v = pl_hex_value(s.p[(*at)++]);
		if (*at < s.n && pl_hex_value(s.p[*at]) >= 0)
			v = v * 16 + pl_hex_value(s.p[(*at)++]);
		pl_buf_addc(out, (char)v);
	} else {
		pl_buf_addc(out, '\\');
		pl_buf_addc(out, c);
	}
}

static int take_string(struct pl_awk_lexer *l, struct pl_err *err)
{
	PL_AUTO(buf) b = {.max = l->text.n + 1};
	for (l->at++; peek(l, 0) != '"';) {
		if (l->at >= l->text.n || peek(l, 0) == '\n')
			return wrong(l, err, "a string does not end");
		char c = l->text.p[l->at++];
		if (c == '\\')
			pl_awk_unescape(l->text, &l->at, &b);
		else
			pl_buf_addc(&b, c);
	}
	l->at++;
	l->kind = PL_AWK_STRING;
	l->word = pl_arena_str(l->arena, pl_buf_str(&b));
	return 0;
}

static int take_regex(struct pl_awk_lexer *l, struct pl_err *err)
{
	size_t from = ++l->at;
	bool set = false;
	for (; peek(l, 0) != '/' || set; l->at++) {
		if (l->at >= l->text.n || peek(l, 0) == '\n')
			return wrong(l, err, "a regular expression does not end");
		if (peek(l, 0) == '\\')
			l->at++;
		else if (peek(l, 0) == '[' && !set)
			set = true;
		else if (peek(l, 0) == ']' && set && l->text.p[l->at - 1] != '[' &&
			 !(l->text.p[l->at - 1] == '^' && l->text.p[l->at - 2] == '['))
			set = false;
	}
	if (l->at > l->text.n)
		return wrong(l, err, "a regular expression does not end");
	l->kind = PL_AWK_REGEX;
	l->word = pl_arena_str(l->arena, pl_str_sub(l->text, from, l->at - from));
	l->at++;
	return 0;
}

static void take_number(struct pl_awk_lexer *l)
{
	size_t from = l->at;
	while (isdigit((unsigned char)peek(l, 0)) || peek(l, 0) == '.')
		l->at++;
	if (peek(l, 0) == 'e' || peek(l, 0) == 'E') {
		size_t sign = peek(l, 1) == '+' || peek(l, 1) == '-';
		if (isdigit((unsigned char)peek(l, 1 + sign))) {
			l->at += 1 + sign;
			while (isdigit((unsigned char)peek(l, 0)))
				l->at++;
		}
	}
	l->kind = PL_AWK_NUMERAL;
	l->word = pl_arena_str(l->arena, pl_str_sub(l->text, from, l->at - from));
	l->number = strtod(l->word.p, NULL);
}

static void take_name(struct pl_awk_lexer *l)
{
	static const char *const words[] = {"BEGIN",    "END",   "function", "func",     "if",
					    "else",     "while", "for",      "do",       "break",
					    "continue", "next",  "exit",     "delete",   "in",
					    "getline",  "print", "printf",   "nextfile", "switch"};
	size_t from = l->at;
	while (isalnum((unsigned char)peek(l, 0)) || peek(l, 0) == '_')
		l->at++;
	l->word = pl_arena_str(l->arena, pl_str_sub(l->text, from, l->at - from));
	l->kind = peek(l, 0) == '(' || pl_awk_is_function(l->word) ? PL_AWK_CALL : PL_AWK_NAME;
	for (size_t i = 0; i < PL_COUNT(words); i++)
		if (pl_str_is(l->word, words[i]))
			l->kind = PL_AWK_WORD;
}

static int take_sign(struct pl_awk_lexer *l, struct pl_err *err)
{
	static const char *const signs[] = {"**=", "&&", "||", "++", "--", "+=", "-=", "*=", "/=",
					    "%=",  "^=", "==", "<=", ">=", "!=", "!~", ">>", "**"};
	static const char letters[] = "{}()[],+-*/%^!><|?:~$=";
	struct pl_str rest = pl_str_sub(l->text, l->at, 3);
	l->kind = PL_AWK_SIGN;
	for (size_t i = 0; i < PL_COUNT(signs); i++)
		if (pl_str_starts(rest, signs[i])) {
			l->word = pl_str_of(signs[i]);
			l->at += l->word.n;
			return 0;
		}
	if (!rest.p[0] || !strchr(letters, rest.p[0]))
		return wrong(l, err, "a character that awk does not have");
	l->word = pl_arena_str(l->arena, pl_str_sub(rest, 0, 1));
	l->at++;
	return 0;
}

/* Behind these a / divides. */
static bool ends_operand(const struct pl_awk_lexer *l)
{
	switch (l->kind) {
	case PL_AWK_NAME:
	case PL_AWK_CALL:
	case PL_AWK_NUMERAL:
	case PL_AWK_STRING:
	case PL_AWK_REGEX:
		return true;
	case PL_AWK_SIGN:
		return pl_str_is(l->word, ")") || pl_str_is(l->word, "]") ||
		       pl_str_is(l->word, "++") || pl_str_is(l->word, "--");
	default:
		return false;
	}
}

int pl_awk_next(struct pl_awk_lexer *l, struct pl_err *err)
{
	bool divides = l->at > 0 && ends_operand(l);
	skip_blanks(l);
	char c = peek(l, 0);
	if (l->at >= l->text.n) {
		l->kind = PL_AWK_END;
		l->word = PL_STR("the end");
		return 0;
	}
	if (c == '\n' || c == ';') {
		l->kind = PL_AWK_NEWLINE;
		l->word = c == ';' ? PL_STR(";") : PL_STR("\n");
		l->line += c == '\n';
		l->at++;
		return 0;
	}
	if (c == '"')
		return take_string(l, err);
	if (c == '/' && !divides)
		return take_regex(l, err);
	if (isdigit((unsigned char)c) || (c == '.' && isdigit((unsigned char)peek(l, 1))))
		take_number(l);
	else if (isalpha((unsigned char)c) || c == '_')
		take_name(l);
	else
		return take_sign(l, err);
	return 0;
}
