// SPDX-License-Identifier: Apache-2.0
/* awk's grammar (POSIX awk, "Grammar"), by precedence. */
#include "commands/awk_int.h"

#define NESTING_MAX 100
#define HEIGHT_MAX 400 /* of an expression's tree */

struct awk_parser {
	struct pl_awk_program *program;
	struct pl_awk_lexer l;
	struct pl_err *err;
	int rc; /* sticky */
	unsigned depth;
	bool no_greater; /* of print: > is a redirection */
	bool no_in;      /* for (x in a) */
};

static struct pl_awk_node *parse_expression(struct awk_parser *p);
static struct pl_awk_node *parse_statement(struct awk_parser *p);
static struct pl_awk_node *parse_block(struct awk_parser *p);

static void wrong(struct awk_parser *p, const char *what)
{
	if (p->rc == 0)
		p->rc = pl_fail(p->err, PL_INPUT, "awk program, line %u: %s at '" PL_STR_FMT "'",
				p->l.line, what, PL_STR_ARG(p->l.word));
}

static void unknown(struct awk_parser *p, const char *what)
{
	if (p->rc == 0)
		p->rc = pl_fail(p->err, PL_SCRIPTS, "awk program, line %u: %s is not known",
				p->l.line, what);
}

static void next(struct awk_parser *p)
{
	if (p->rc == 0)
		p->rc = pl_awk_next(&p->l, p->err);
	if (p->rc)
		p->l.kind = PL_AWK_END;
}

static bool is(const struct awk_parser *p, enum pl_awk_token kind, const char *word)
{
	return p->rc == 0 && p->l.kind == kind && pl_str_is(p->l.word, word);
}

static bool is_sign(const struct awk_parser *p, const char *sign)
{
	return is(p, PL_AWK_SIGN, sign);
}

static bool take(struct awk_parser *p, const char *sign)
{
	if (!is_sign(p, sign))
		return false;
	next(p);
	return true;
}

static bool take_word(struct awk_parser *p, const char *word)
{
	if (!is(p, PL_AWK_WORD, word))
		return false;
	next(p);
	return true;
}

static void expect(struct awk_parser *p, const char *sign)
{
	if (!take(p, sign))
		wrong(p, "something is missing");
}

static void skip_newlines(struct awk_parser *p)
{
	while (is(p, PL_AWK_NEWLINE, "\n"))
		next(p);
}

static void skip_ends(struct awk_parser *p)
{
	while (p->rc == 0 && p->l.kind == PL_AWK_NEWLINE)
		next(p);
}

static bool goes_deeper(struct awk_parser *p)
{
	if (p->depth >= NESTING_MAX)
		wrong(p, "it nests too deep");
	p->depth++;
	return p->rc == 0;
}

static struct pl_awk_node *new_node(struct awk_parser *p, enum pl_awk_kind kind,
				    struct pl_awk_node *a, struct pl_awk_node *b)
{
	struct pl_awk_node *n = pl_arena_new(&p->program->arena, struct pl_awk_node);
	unsigned x = a ? a->height : 0, y = b ? b->height : 0;
	n->kind = kind;
	n->line = p->l.line;
	n->a = a;
	n->b = b;
	n->height = (x > y ? x : y) + 1;
	if (n->height > HEIGHT_MAX)
		wrong(p, "so long an expression");
	return n;
}

static struct pl_awk_node *new_op(struct awk_parser *p, enum pl_awk_kind kind, char op,
				  struct pl_awk_node *a, struct pl_awk_node *b)
{
	struct pl_awk_node *n = new_node(p, kind, a, b);
	n->op = op;
	return n;
}

/* -- operands -- */

static struct pl_awk_node *parse_list(struct awk_parser *p, const char *end)
{
	struct pl_awk_node *first = NULL, **last = &first;
	while (p->rc == 0 && !is_sign(p, end)) {
		*last = parse_expression(p);
		if (!*last)
			break;
		last = &(*last)->next;
		if (!take(p, ","))
			break;
		skip_newlines(p);
	}
	return first;
}

static struct pl_awk_node *parse_regex(struct awk_parser *p)
{
	struct pl_awk_node *n = new_node(p, PL_AWK_MATCH_LINE, NULL, NULL);
	struct pl_cmd_regex *r = pl_arena_new(&p->program->arena, struct pl_cmd_regex);
	if (p->rc == 0)
		p->rc = pl_awk_regex(p->l.word.p, r, p->err);
	*pl_vec_push(&p->program->regexes) = r;
	n->regex = r;
	n->name = p->l.word;
	next(p);
	return n;
}

static struct pl_awk_node *parse_name(struct awk_parser *p)
{
	static const char *const others[] = {"ARGV",       "ARGC",        "RT",  "PROCINFO",
					     "IGNORECASE", "FIELDWIDTHS", "FPAT"};
	struct pl_awk_node *n = new_node(p, PL_AWK_VARIABLE, NULL, NULL);
	n->name = p->l.word;
	for (size_t i = 0; i < PL_COUNT(others); i++)
		if (pl_str_is(n->name, others[i]))
			unknown(p, others[i]);
	next(p);
	if (!take(p, "["))
		return n;
	n->kind = PL_AWK_ELEMENT;
	n->a = parse_list(p, "]");
	expect(p, "]");
	return n;
}

static struct pl_awk_node *parse_call(struct awk_parser *p)
{
	struct pl_awk_node *n = new_node(p, PL_AWK_FUNCTION, NULL, NULL);
	n->name = p->l.word;
	if (!pl_awk_is_function(n->name)) {
		PL_AUTOFREE char *name = pl_xprintf("function " PL_STR_FMT, PL_STR_ARG(n->name));
		unknown(p, name);
	}
	next(p);
	if (take(p, "(")) {
		n->a = parse_list(p, ")");
		expect(p, ")");
	} else if (!pl_str_is(n->name, "length")) {
		wrong(p, "a function without arguments");
	}
	return n;
}

/* ( ): one expression, or a list for print or for in. */
static struct pl_awk_node *parse_group(struct awk_parser *p)
{
	bool no_greater = p->no_greater, no_in = p->no_in;
	p->no_greater = p->no_in = false;
	next(p);
	struct pl_awk_node *list = parse_list(p, ")");
	p->no_greater = no_greater;
	p->no_in = no_in;
	expect(p, ")");
	if (!list)
		wrong(p, "nothing in parentheses");
	return new_node(p, PL_AWK_GROUP, list, NULL);
}

static struct pl_awk_node *parse_unary(struct awk_parser *p);

static struct pl_awk_node *parse_increase(struct awk_parser *p, struct pl_awk_node *to, char op,
					  bool after)
{
	struct pl_awk_node *n = new_op(p, PL_AWK_INCREASE, op, to, NULL);
	n->after = after;
	if (!to ||
	    (to->kind != PL_AWK_VARIABLE && to->kind != PL_AWK_FIELD && to->kind != PL_AWK_ELEMENT))
		wrong(p, "++ or -- of no variable");
	return n;
}

static struct pl_awk_node *parse_primary(struct awk_parser *p)
{
	struct pl_awk_node *n = NULL;
	if (!goes_deeper(p))
		return NULL;
	if (is_sign(p, "++") || is_sign(p, "--")) {
		char op = *p->l.word.p;
		next(p);
		n = parse_increase(p, parse_primary(p), op, false);
	} else if (take(p, "$")) {
		/* $NF-1 is ($NF)-1, $i++ is ($i)++ */
		struct pl_awk_node *index;
		if (is_sign(p, "-") || is_sign(p, "+") || is_sign(p, "!"))
			index = parse_unary(p);
		else
			index = parse_primary(p);
		n = new_node(p, PL_AWK_FIELD, index, NULL);
	} else if (is_sign(p, "(")) {
		n = parse_group(p);
	} else if (p->l.kind == PL_AWK_REGEX) {
		n = parse_regex(p);
	} else if (p->l.kind == PL_AWK_CALL) {
		n = parse_call(p);
	} else if (p->l.kind == PL_AWK_NAME) {
		n = parse_name(p);
	} else if (p->l.kind == PL_AWK_NUMERAL || p->l.kind == PL_AWK_STRING) {
		n = new_node(p, PL_AWK_CONSTANT, NULL, NULL);
		n->value = (struct pl_awk_value){
			p->l.kind == PL_AWK_STRING ? PL_AWK_TEXT : PL_AWK_NUMBER, p->l.number,
			(char *)(uintptr_t)p->l.word.p, p->l.word.n};
		next(p);
	} else if (is(p, PL_AWK_WORD, "getline")) {
		unknown(p, "getline");
	} else {
		wrong(p, "an operand is missing");
	}
	p->depth--;
	return n;
}

static struct pl_awk_node *parse_postfix(struct awk_parser *p)
{
	struct pl_awk_node *n = parse_primary(p);
	if (n && (is_sign(p, "++") || is_sign(p, "--")) &&
	    (n->kind == PL_AWK_VARIABLE || n->kind == PL_AWK_FIELD || n->kind == PL_AWK_ELEMENT)) {
		char op = *p->l.word.p;
		/* The value of $ binds tighter: $i++ increases the field. */
		next(p);
		n = parse_increase(p, n, op, true);
	}
	return n;
}

/* -- operators -- */

static struct pl_awk_node *parse_power(struct awk_parser *p)
{
	struct pl_awk_node *n = parse_postfix(p);
	if (is_sign(p, "^") || is_sign(p, "**")) {
		next(p);
		bool sign = is_sign(p, "-") || is_sign(p, "+") || is_sign(p, "!");
		if (goes_deeper(p))
			n = new_op(p, PL_AWK_BINARY, '^', n,
				   sign ? parse_unary(p) : parse_power(p));
		p->depth--;
	}
	return n;
}

static struct pl_awk_node *parse_unary(struct awk_parser *p)
{
	struct pl_awk_node *n = NULL;
	char op = is_sign(p, "!") ? '!' : is_sign(p, "-") ? '-' : is_sign(p, "+") ? '+' : 0;
	if (!op)
		return parse_power(p);
	if (goes_deeper(p)) {
		next(p);
		n = new_op(p, PL_AWK_UNARY, op, parse_unary(p), NULL);
	}
	p->depth--;
	return n;
}

static struct pl_awk_node *parse_product(struct awk_parser *p)
{
	struct pl_awk_node *n = parse_unary(p);
	while (is_sign(p, "*") || is_sign(p, "/") || is_sign(p, "%")) {
		char op = *p->l.word.p;
		next(p);
		n = new_op(p, PL_AWK_BINARY, op, n, parse_unary(p));
	}
	return n;
}

static struct pl_awk_node *parse_sum(struct awk_parser *p)
{
	struct pl_awk_node *n = parse_product(p);
	while (is_sign(p, "+") || is_sign(p, "-")) {
		char op = *p->l.word.p;
		next(p);
		n = new_op(p, PL_AWK_BINARY, op, n, parse_product(p));
	}
	return n;
}

static bool begins_operand(const struct awk_parser *p)
{
	switch (p->l.kind) {
	case PL_AWK_NAME:
	case PL_AWK_CALL:
	case PL_AWK_NUMERAL:
	case PL_AWK_STRING:
		return p->rc == 0;
	default:
		return is_sign(p, "$") || is_sign(p, "(") || is_sign(p, "!") || is_sign(p, "-") ||
		       is_sign(p, "+") || is_sign(p, "++") || is_sign(p, "--");
	}
}

static struct pl_awk_node *parse_concat(struct awk_parser *p)
{
	struct pl_awk_node *n = parse_sum(p);
	while (begins_operand(p) && !is_sign(p, "!"))
		n = new_node(p, PL_AWK_CONCAT, n, parse_sum(p));
	return n;
}

static struct pl_awk_node *parse_comparison(struct awk_parser *p)
{
	static const struct {
		const char *sign;
		char op;
	} signs[] = {{"<", '<'}, {"<=", 'l'}, {"==", 'e'}, {"!=", 'n'}, {">", '>'}, {">=", 'g'}};
	struct pl_awk_node *n = parse_concat(p);
	for (size_t i = 0; i < PL_COUNT(signs); i++) {
		if (!is_sign(p, signs[i].sign) || (signs[i].op == '>' && p->no_greater))
			continue;
		next(p);
		return new_op(p, PL_AWK_BINARY, signs[i].op, n, parse_concat(p));
	}
	if (is_sign(p, "|") && !p->no_greater)
		unknown(p, "a pipe");
	return n;
}

static struct pl_awk_node *parse_match(struct awk_parser *p)
{
	struct pl_awk_node *n = parse_comparison(p);
	while (is_sign(p, "~") || is_sign(p, "!~")) {
		bool negated = *p->l.word.p == '!';
		next(p);
		n = new_node(p, PL_AWK_MATCH, n, parse_comparison(p));
		n->negated = negated;
	}
	return n;
}

static struct pl_awk_node *parse_in(struct awk_parser *p)
{
	struct pl_awk_node *n = parse_match(p);
	while (!p->no_in && take_word(p, "in")) {
		n = new_node(p, PL_AWK_IN, n && n->kind == PL_AWK_GROUP ? n->a : n, NULL);
		n->name = p->l.word;
		if (p->l.kind != PL_AWK_NAME)
			wrong(p, "in wants an array");
		next(p);
	}
	return n;
}

static struct pl_awk_node *parse_and(struct awk_parser *p)
{
	struct pl_awk_node *n = parse_in(p);
	while (take(p, "&&")) {
		skip_newlines(p);
		n = new_node(p, PL_AWK_AND, n, parse_in(p));
	}
	return n;
}

static struct pl_awk_node *parse_or(struct awk_parser *p)
{
	struct pl_awk_node *n = parse_and(p);
	while (take(p, "||")) {
		skip_newlines(p);
		n = new_node(p, PL_AWK_OR, n, parse_and(p));
	}
	return n;
}

static bool is_assignment(const struct awk_parser *p)
{
	struct pl_str w = p->l.word;
	return p->rc == 0 && p->l.kind == PL_AWK_SIGN && w.n && w.p[w.n - 1] == '=' &&
	       (w.n == 1 || strchr("+-*/%^", *w.p));
}

static struct pl_awk_node *parse_expression(struct awk_parser *p)
{
	struct pl_awk_node *n = NULL;
	if (!goes_deeper(p)) {
		p->depth--;
		return NULL;
	}
	n = parse_or(p);
	if (take(p, "?")) {
		skip_newlines(p);
		struct pl_awk_node *yes = parse_expression(p);
		skip_newlines(p);
		expect(p, ":");
		skip_newlines(p);
		struct pl_awk_node *no = parse_expression(p);
		struct pl_awk_node *sides = new_node(p, PL_AWK_CONDITION, yes, no);
		sides->c = n;
		n = sides;
	} else if (n && is_assignment(p)) {
		char op = *p->l.word.p;
		if (n->kind != PL_AWK_VARIABLE && n->kind != PL_AWK_FIELD &&
		    n->kind != PL_AWK_ELEMENT)
			wrong(p, "an assignment to no variable");
		next(p);
		skip_newlines(p);
		n = new_op(p, PL_AWK_ASSIGN, op, n, parse_expression(p));
	}
	p->depth--;
	return n;
}

/* -- statements -- */

static struct pl_awk_node *parse_print(struct awk_parser *p)
{
	bool format = is(p, PL_AWK_WORD, "printf");
	struct pl_awk_node *n = new_node(p, format ? PL_AWK_PRINTF : PL_AWK_PRINT, NULL, NULL);
	next(p);
	p->no_greater = true;
	if (p->l.kind != PL_AWK_NEWLINE && p->l.kind != PL_AWK_END && !is_sign(p, "}") &&
	    !is_sign(p, ">") && !is_sign(p, ">>") && !is_sign(p, "|"))
		n->a = parse_list(p, "}");
	p->no_greater = false;
	if (n->a && n->a->kind == PL_AWK_GROUP && !n->a->next)
		n->a = n->a->a;
	if (is_sign(p, ">") || is_sign(p, ">>")) {
		n->appends = p->l.word.n == 2;
		next(p);
		n->b = parse_concat(p);
	} else if (is_sign(p, "|")) {
		unknown(p, "a pipe");
	}
	if (format && !n->a)
		wrong(p, "printf without a format");
	return n;
}

static struct pl_awk_node *parse_body(struct awk_parser *p)
{
	skip_newlines(p);
	if (is(p, PL_AWK_NEWLINE, ";")) {
		next(p);
		return new_node(p, PL_AWK_BLOCK, NULL, NULL);
	}
	return parse_statement(p);
}

static struct pl_awk_node *parse_condition(struct awk_parser *p)
{
	expect(p, "(");
	struct pl_awk_node *n = parse_expression(p);
	expect(p, ")");
	return n;
}

static struct pl_awk_node *parse_if(struct awk_parser *p)
{
	struct pl_awk_node *n = new_node(p, PL_AWK_IF, parse_condition(p), NULL);
	n->b = parse_body(p);
	struct pl_awk_lexer before = p->l;
	skip_ends(p);
	if (take_word(p, "else"))
		n->c = parse_body(p);
	else if (p->rc == 0)
		p->l = before;
	return n;
}

/* A simple statement of for ( ; ; ), or none. */
static struct pl_awk_node *parse_part(struct awk_parser *p)
{
	if (p->l.kind == PL_AWK_NEWLINE || is_sign(p, ")"))
		return NULL;
	return new_node(p, PL_AWK_EXPRESSION, parse_expression(p), NULL);
}

static void expect_semicolon(struct awk_parser *p)
{
	if (!is(p, PL_AWK_NEWLINE, ";"))
		wrong(p, "a ; is missing");
	next(p);
	skip_newlines(p);
}

static struct pl_awk_node *parse_for(struct awk_parser *p)
{
	struct pl_awk_node *n = new_node(p, PL_AWK_FOR, NULL, NULL);
	expect(p, "(");
	struct pl_awk_lexer before = p->l;
	if (p->l.kind == PL_AWK_NAME) { /* NAME in NAME ) */
		struct pl_str name = p->l.word;
		next(p);
		if (take_word(p, "in") && p->l.kind == PL_AWK_NAME) {
			struct pl_str array = p->l.word;
			next(p);
			if (take(p, ")")) {
				n->kind = PL_AWK_FOR_IN;
				n->name = array;
				n->a = new_node(p, PL_AWK_VARIABLE, NULL, NULL);
				n->a->name = name;
				n->d = parse_body(p);
				return n;
			}
		}
		if (p->rc == 0)
			p->l = before;
	}
	n->a = parse_part(p);
	expect_semicolon(p);
	n->b = p->l.kind == PL_AWK_NEWLINE ? NULL : parse_expression(p);
	expect_semicolon(p);
	n->c = parse_part(p);
	expect(p, ")");
	n->d = parse_body(p);
	return n;
}

static struct pl_awk_node *parse_do(struct awk_parser *p)
{
	struct pl_awk_node *n = new_node(p, PL_AWK_DO, NULL, NULL);
	n->b = parse_body(p);
	skip_ends(p);
	if (!take_word(p, "while"))
		wrong(p, "do without while");
	n->a = parse_condition(p);
	return n;
}

static struct pl_awk_node *parse_delete(struct awk_parser *p)
{
	struct pl_awk_node *n = new_node(p, PL_AWK_DELETE, NULL, NULL);
	if (p->l.kind != PL_AWK_NAME && p->l.kind != PL_AWK_CALL)
		wrong(p, "delete wants an array");
	n->name = p->l.word;
	next(p);
	if (take(p, "[")) {
		n->a = parse_list(p, "]");
		expect(p, "]");
	}
	return n;
}

static struct pl_awk_node *parse_exit(struct awk_parser *p)
{
	struct pl_awk_node *n = new_node(p, PL_AWK_EXIT, NULL, NULL);
	if (p->l.kind != PL_AWK_NEWLINE && p->l.kind != PL_AWK_END && !is_sign(p, "}"))
		n->a = parse_expression(p);
	return n;
}

static struct pl_awk_node *parse_simple(struct awk_parser *p)
{
	static const struct {
		const char *word;
		enum pl_awk_kind kind;
	} plain[] = {{"break", PL_AWK_BREAK}, {"continue", PL_AWK_CONTINUE}, {"next", PL_AWK_NEXT}};
	if (is(p, PL_AWK_WORD, "print") || is(p, PL_AWK_WORD, "printf"))
		return parse_print(p);
	for (size_t i = 0; i < PL_COUNT(plain); i++)
		if (take_word(p, plain[i].word))
			return new_node(p, plain[i].kind, NULL, NULL);
	if (take_word(p, "exit"))
		return parse_exit(p);
	if (take_word(p, "delete"))
		return parse_delete(p);
	if (p->l.kind == PL_AWK_WORD)
		unknown(p, p->l.word.p);
	return new_node(p, PL_AWK_EXPRESSION, parse_expression(p), NULL);
}

static struct pl_awk_node *parse_statement(struct awk_parser *p)
{
	struct pl_awk_node *n = NULL;
	if (!goes_deeper(p))
		;
	else if (is_sign(p, "{"))
		n = parse_block(p);
	else if (take_word(p, "if"))
		n = parse_if(p);
	else if (take_word(p, "for"))
		n = parse_for(p);
	else if (take_word(p, "do"))
		n = parse_do(p);
	else if (take_word(p, "while")) {
		n = new_node(p, PL_AWK_WHILE, parse_condition(p), NULL);
		n->b = parse_body(p);
	} else {
		n = parse_simple(p);
		if (p->rc == 0 && p->l.kind != PL_AWK_NEWLINE && p->l.kind != PL_AWK_END &&
		    !is_sign(p, "}"))
			wrong(p, "a statement does not end");
	}
	p->depth--;
	return n;
}

static struct pl_awk_node *parse_block(struct awk_parser *p)
{
	struct pl_awk_node *block = new_node(p, PL_AWK_BLOCK, NULL, NULL), **last = &block->a;
	expect(p, "{");
	skip_ends(p);
	while (p->rc == 0 && !is_sign(p, "}")) {
		if (p->l.kind == PL_AWK_END) {
			wrong(p, "a } is missing");
			break;
		}
		*last = parse_statement(p);
		if (*last)
			last = &(*last)->next;
		skip_ends(p);
	}
	expect(p, "}");
	return block;
}

static void parse_rule(struct awk_parser *p)
{
	struct pl_awk_rule *r = pl_vec_push(&p->program->rules);
	r->when = PL_AWK_LINE_RULE;
	if (take_word(p, "BEGIN")) {
		r->when = PL_AWK_BEGIN_RULE;
	} else if (take_word(p, "END")) {
		r->when = PL_AWK_END_RULE;
	} else if (p->l.kind == PL_AWK_WORD) {
		unknown(p, p->l.word.p);
	} else if (!is_sign(p, "{")) {
		r->pattern = parse_expression(p);
		if (take(p, ",")) {
			skip_newlines(p);
			r->last = parse_expression(p);
			r->when = PL_AWK_RANGE_RULE;
		}
	}
	if (is_sign(p, "{"))
		r->body = parse_block(p);
	else if (!r->pattern)
		wrong(p, "a { is missing");
}

int pl_awk_parse(struct pl_awk_program *program, struct pl_str text, struct pl_err *err)
{
	struct awk_parser p = {.program = program, .err = err};
	p.l = (struct pl_awk_lexer){.arena = &program->arena, .text = text, .line = 1};
	if (text.n > 1 << 16)
		return pl_fail(err, PL_LIMIT, "an awk program of %zu bytes", text.n);
	next(&p);
	skip_ends(&p);
	while (p.rc == 0 && p.l.kind != PL_AWK_END) {
		parse_rule(&p);
		skip_ends(&p);
	}
	return p.rc;
}

void pl_awk_program_done(struct pl_awk_program *p)
{
	for (size_t i = 0; i < p->regexes.n; i++)
		pl_cmd_regex_done(p->regexes.v[i]);
	pl_vec_free(&p->regexes);
	pl_vec_free(&p->rules);
	pl_arena_done(&p->arena);
}
