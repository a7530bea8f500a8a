// SPDX-License-Identifier: Apache-2.0
/* awk's expressions (POSIX awk, "Grammar"), by precedence. */
#include "commands/awk_parse_int.h"

#define NESTING_MAX 100
#define HEIGHT_MAX 400 /* of an expression's tree */

void pl_awk_parse_wrong(struct pl_awk_parser *p, const char *what)
{
	if (p->rc == 0)
		p->rc = pl_fail(p->err, PL_INPUT, "awk program, line %u: %s at '" PL_STR_FMT "'",
				p->l.line, what, PL_STR_ARG(p->l.word));
}

void pl_awk_parse_unknown(struct pl_awk_parser *p, const char *what)
{
	if (p->rc == 0)
		p->rc = pl_fail(p->err, PL_SCRIPTS, "awk program, line %u: %s is not known",
				p->l.line, what);
}

void pl_awk_token_next(struct pl_awk_parser *p)
{
	if (p->rc == 0)
		p->rc = pl_awk_next(&p->l, p->err);
	if (p->rc)
		p->l.kind = PL_AWK_END;
}

bool pl_awk_token_is(const struct pl_awk_parser *p, enum pl_awk_token kind, const char *word)
{
	return p->rc == 0 && p->l.kind == kind && pl_str_is(p->l.word, word);
}

bool pl_awk_sign_is(const struct pl_awk_parser *p, const char *sign)
{
	return pl_awk_token_is(p, PL_AWK_SIGN, sign);
}

bool pl_awk_sign_take(struct pl_awk_parser *p, const char *sign)
{
	if (!pl_awk_sign_is(p, sign))
		return false;
	pl_awk_token_next(p);
	return true;
}

bool pl_awk_word_take(struct pl_awk_parser *p, const char *word)
{
	if (!pl_awk_token_is(p, PL_AWK_WORD, word))
		return false;
	pl_awk_token_next(p);
	return true;
}

void pl_awk_sign_expect(struct pl_awk_parser *p, const char *sign)
{
	if (!pl_awk_sign_take(p, sign))
		pl_awk_parse_wrong(p, "something is missing");
}

void pl_awk_newlines_skip(struct pl_awk_parser *p)
{
	while (pl_awk_token_is(p, PL_AWK_NEWLINE, "\n"))
		pl_awk_token_next(p);
}

void pl_awk_ends_skip(struct pl_awk_parser *p)
{
	while (p->rc == 0 && p->l.kind == PL_AWK_NEWLINE)
		pl_awk_token_next(p);
}

bool pl_awk_parse_deeper(struct pl_awk_parser *p)
{
	if (p->depth >= NESTING_MAX)
		pl_awk_parse_wrong(p, "it nests too deep");
	p->depth++;
	return p->rc == 0;
}

struct pl_awk_node *pl_awk_node_new(struct pl_awk_parser *p, enum pl_awk_kind kind,
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
		pl_awk_parse_wrong(p, "so long an expression");
	return n;
}

static struct pl_awk_node *new_op(struct pl_awk_parser *p, enum pl_awk_kind kind, char op,
				  struct pl_awk_node *a, struct pl_awk_node *b)
{
	struct pl_awk_node *n = pl_awk_node_new(p, kind, a, b);
	n->op = op;
	return n;
}

/* -- operands -- */

struct pl_awk_node *pl_awk_parse_list(struct pl_awk_parser *p, const char *end)
{
	struct pl_awk_node *first = NULL, **last = &first;
	while (p->rc == 0 && !pl_awk_sign_is(p, end)) {
		*last = pl_awk_parse_expression(p);
		if (!*last)
			break;
		last = &(*last)->next;
		if (!pl_awk_sign_take(p, ","))
			break;
		pl_awk_newlines_skip(p);
	}
	return first;
}

static struct pl_awk_node *parse_regex(struct pl_awk_parser *p)
{
	struct pl_awk_node *n = pl_awk_node_new(p, PL_AWK_MATCH_LINE, NULL, NULL);
	struct pl_cmd_regex *r = pl_arena_new(&p->program->arena, struct pl_cmd_regex);
	if (p->rc == 0)
		p->rc = pl_awk_regex(p->l.word.p, r, p->err);
	*pl_vec_push(&p->program->regexes) = r;
	n->regex = r;
	n->name = p->l.word;
	pl_awk_token_next(p);
	return n;
}

static struct pl_awk_node *parse_name(struct pl_awk_parser *p)
{
	static const char *const others[] = {"ARGV",       "ARGC",        "RT",  "PROCINFO",
					     "IGNORECASE", "FIELDWIDTHS", "FPAT"};
	struct pl_awk_node *n = pl_awk_node_new(p, PL_AWK_VARIABLE, NULL, NULL);
	n->name = p->l.word;
	for (size_t i = 0; i < PL_COUNT(others); i++)
		if (pl_str_is(n->name, others[i]))
			pl_awk_parse_unknown(p, others[i]);
	pl_awk_token_next(p);
	if (!pl_awk_sign_take(p, "["))
		return n;
	n->kind = PL_AWK_ELEMENT;
	n->a = pl_awk_parse_list(p, "]");
	pl_awk_sign_expect(p, "]");
	return n;
}

static struct pl_awk_node *parse_call(struct pl_awk_parser *p)
{
	struct pl_awk_node *n = pl_awk_node_new(p, PL_AWK_FUNCTION, NULL, NULL);
	n->name = p->l.word;
	if (!pl_awk_is_function(n->name)) {
		PL_AUTOFREE char *name = pl_xprintf("function " PL_STR_FMT, PL_STR_ARG(n->name));
		pl_awk_parse_unknown(p, name);
	}
	pl_awk_token_next(p);
	if (pl_awk_sign_take(p, "(")) {
		n->a = pl_awk_parse_list(p, ")");
		pl_awk_sign_expect(p, ")");
	} else if (!pl_str_is(n->name, "length")) {
		pl_awk_parse_wrong(p, "a function without arguments");
	}
	return n;
}

/* ( ): one expression, or a list for print or for in. */
static struct pl_awk_node *parse_group(struct pl_awk_parser *p)
{
	bool no_greater = p->no_greater, no_in = p->no_in;
	p->no_greater = p->no_in = false;
	pl_awk_token_next(p);
	struct pl_awk_node *list = pl_awk_parse_list(p, ")");
	p->no_greater = no_greater;
	p->no_in = no_in;
	pl_awk_sign_expect(p, ")");
	if (!list)
		pl_awk_parse_wrong(p, "nothing in parentheses");
	return pl_awk_node_new(p, PL_AWK_GROUP, list, NULL);
}

static struct pl_awk_node *parse_unary(struct pl_awk_parser *p);

static struct pl_awk_node *parse_increase(struct pl_awk_parser *p, struct pl_awk_node *to, char op,
					  bool after)
{
	struct pl_awk_node *n = new_op(p, PL_AWK_INCREASE, op, to, NULL);
	n->after = after;
	if (!to ||
	    (to->kind != PL_AWK_VARIABLE && to->kind != PL_AWK_FIELD && to->kind != PL_AWK_ELEMENT))
		pl_awk_parse_wrong(p, "++ or -- of no variable");
	return n;
}

static struct pl_awk_node *parse_primary(struct pl_awk_parser *p)
{
	struct pl_awk_node *n = NULL;
	if (!pl_awk_parse_deeper(p))
		return NULL;
	if (pl_awk_sign_is(p, "++") || pl_awk_sign_is(p, "--")) {
		char op = *p->l.word.p;
		pl_awk_token_next(p);
		n = parse_increase(p, parse_primary(p), op, false);
	} else if (pl_awk_sign_take(p, "$")) {
		/* $NF-1 is ($NF)-1, $i++ is ($i)++ */
		struct pl_awk_node *index;
		if (pl_awk_sign_is(p, "-") || pl_awk_sign_is(p, "+") || pl_awk_sign_is(p, "!"))
			index = parse_unary(p);
		else
			index = parse_primary(p);
		n = pl_awk_node_new(p, PL_AWK_FIELD, index, NULL);
	} else if (pl_awk_sign_is(p, "(")) {
		n = parse_group(p);
	} else if (p->l.kind == PL_AWK_REGEX) {
		n = parse_regex(p);
	} else if (p->l.kind == PL_AWK_CALL) {
		n = parse_call(p);
	} else if (p->l.kind == PL_AWK_NAME) {
		n = parse_name(p);
	} else if (p->l.kind == PL_AWK_NUMERAL || p->l.kind == PL_AWK_STRING) {
		n = pl_awk_node_new(p, PL_AWK_CONSTANT, NULL, NULL);
		n->value = (struct pl_awk_value){
			p->l.kind == PL_AWK_STRING ? PL_AWK_TEXT : PL_AWK_NUMBER, p->l.number,
			(char *)(uintptr_t)p->l.word.p, p->l.word.n};
		pl_awk_token_next(p);
	} else if (pl_awk_token_is(p, PL_AWK_WORD, "getline")) {
		pl_awk_parse_unknown(p, "getline");
	} else {
		pl_awk_parse_wrong(p, "an operand is missing");
	}
	p->depth--;
	return n;
}

static struct pl_awk_node *parse_postfix(struct pl_awk_parser *p)
{
	struct pl_awk_node *n = parse_primary(p);
	if (n && (pl_awk_sign_is(p, "++") || pl_awk_sign_is(p, "--")) &&
	    (n->kind == PL_AWK_VARIABLE || n->kind == PL_AWK_FIELD || n->kind == PL_AWK_ELEMENT)) {
		char op = *p->l.word.p;
		/* The value of $ binds tighter: $i++ increases the field. */
		pl_awk_token_next(p);
		n = parse_increase(p, n, op, true);
	}
	return n;
}

/* -- operators -- */

static struct pl_awk_node *parse_power(struct pl_awk_parser *p)
{
	struct pl_awk_node *n = parse_postfix(p);
	if (pl_awk_sign_is(p, "^") || pl_awk_sign_is(p, "**")) {
		pl_awk_token_next(p);
		bool sign =
			pl_awk_sign_is(p, "-") || pl_awk_sign_is(p, "+") || pl_awk_sign_is(p, "!");
		if (pl_awk_parse_deeper(p))
			n = new_op(p, PL_AWK_BINARY, '^', n,
				   sign ? parse_unary(p) : parse_power(p));
		p->depth--;
	}
	return n;
}

static struct pl_awk_node *parse_unary(struct pl_awk_parser *p)
{
	struct pl_awk_node *n = NULL;
	char op = pl_awk_sign_is(p, "!")   ? '!'
		  : pl_awk_sign_is(p, "-") ? '-'
		  : pl_awk_sign_is(p, "+") ? '+'
					   : 0;
	if (!op)
		return parse_power(p);
	if (pl_awk_parse_deeper(p)) {
		pl_awk_token_next(p);
		n = new_op(p, PL_AWK_UNARY, op, parse_unary(p), NULL);
	}
	p->depth--;
	return n;
}

static struct pl_awk_node *parse_product(struct pl_awk_parser *p)
{
	struct pl_awk_node *n = parse_unary(p);
	while (pl_awk_sign_is(p, "*") || pl_awk_sign_is(p, "/") || pl_awk_sign_is(p, "%")) {
		char op = *p->l.word.p;
		pl_awk_token_next(p);
		n = new_op(p, PL_AWK_BINARY, op, n, parse_unary(p));
	}
	return n;
}

static struct pl_awk_node *parse_sum(struct pl_awk_parser *p)
{
	struct pl_awk_node *n = parse_product(p);
	while (pl_awk_sign_is(p, "+") || pl_awk_sign_is(p, "-")) {
		char op = *p->l.word.p;
		pl_awk_token_next(p);
		n = new_op(p, PL_AWK_BINARY, op, n, parse_product(p));
	}
	return n;
}

static bool begins_operand(const struct pl_awk_parser *p)
{
	switch (p->l.kind) {
	case PL_AWK_NAME:
	case PL_AWK_CALL:
	case PL_AWK_NUMERAL:
	case PL_AWK_STRING:
		return p->rc == 0;
	default:
		return pl_awk_sign_is(p, "$") || pl_awk_sign_is(p, "(") || pl_awk_sign_is(p, "!") ||
		       pl_awk_sign_is(p, "-") || pl_awk_sign_is(p, "+") ||
		       pl_awk_sign_is(p, "++") || pl_awk_sign_is(p, "--");
	}
}

struct pl_awk_node *pl_awk_parse_concat(struct pl_awk_parser *p)
{
	struct pl_awk_node *n = parse_sum(p);
	while (begins_operand(p) && !pl_awk_sign_is(p, "!"))
		n = pl_awk_node_new(p, PL_AWK_CONCAT, n, parse_sum(p));
	return n;
}

static struct pl_awk_node *parse_comparison(struct pl_awk_parser *p)
{
	static const struct {
		const char *sign;
		char op;
	} signs[] = {{"<", '<'}, {"<=", 'l'}, {"==", 'e'}, {"!=", 'n'}, {">", '>'}, {">=", 'g'}};
	struct pl_awk_node *n = pl_awk_parse_concat(p);
	for (size_t i = 0; i < PL_COUNT(signs); i++) {
		if (!pl_awk_sign_is(p, signs[i].sign) || (signs[i].op == '>' && p->no_greater))
			continue;
		pl_awk_token_next(p);
		return new_op(p, PL_AWK_BINARY, signs[i].op, n, pl_awk_parse_concat(p));
	}
	if (pl_awk_sign_is(p, "|") && !p->no_greater)
		pl_awk_parse_unknown(p, "a pipe");
	return n;
}

static struct pl_awk_node *parse_match(struct pl_awk_parser *p)
{
	struct pl_awk_node *n = parse_comparison(p);
	while (pl_awk_sign_is(p, "~") || pl_awk_sign_is(p, "!~")) {
		bool negated = *p->l.word.p == '!';
		pl_awk_token_next(p);
		n = pl_awk_node_new(p, PL_AWK_MATCH, n, parse_comparison(p));
		n->negated = negated;
	}
	return n;
}

static struct pl_awk_node *parse_in(struct pl_awk_parser *p)
{
	struct pl_awk_node *n = parse_match(p);
	while (!p->no_in && pl_awk_word_take(p, "in")) {
		n = pl_awk_node_new(p, PL_AWK_IN, n && n->kind == PL_AWK_GROUP ? n->a : n, NULL);
		n->name = p->l.word;
		if (p->l.kind != PL_AWK_NAME)
			pl_awk_parse_wrong(p, "in wants an array");
		pl_awk_token_next(p);
	}
	return n;
}

static struct pl_awk_node *parse_and(struct pl_awk_parser *p)
{
	struct pl_awk_node *n = parse_in(p);
	while (pl_awk_sign_take(p, "&&")) {
		pl_awk_newlines_skip(p);
		n = pl_awk_node_new(p, PL_AWK_AND, n, parse_in(p));
	}
	return n;
}

static struct pl_awk_node *parse_or(struct pl_awk_parser *p)
{
	struct pl_awk_node *n = parse_and(p);
	while (pl_awk_sign_take(p, "||")) {
		pl_awk_newlines_skip(p);
		n = pl_awk_node_new(p, PL_AWK_OR, n, parse_and(p));
	}
	return n;
}

static bool is_assignment(const struct pl_awk_parser *p)
{
	struct pl_str w = p->l.word;
	return p->rc == 0 && p->l.kind == PL_AWK_SIGN && w.n && w.p[w.n - 1] == '=' &&
	       (w.n == 1 || strchr("+-*/%^", *w.p));
}

struct pl_awk_node *pl_awk_parse_expression(struct pl_awk_parser *p)
{
	struct pl_awk_node *n = NULL;
	if (!pl_awk_parse_deeper(p)) {
		p->depth--;
		return NULL;
	}
	n = parse_or(p);
	if (pl_awk_sign_take(p, "?")) {
		pl_awk_newlines_skip(p);
		struct pl_awk_node *yes = pl_awk_parse_expression(p);
		pl_awk_newlines_skip(p);
		pl_awk_sign_expect(p, ":");
		pl_awk_newlines_skip(p);
		struct pl_awk_node *no = pl_awk_parse_expression(p);
		struct pl_awk_node *sides = pl_awk_node_new(p, PL_AWK_CONDITION, yes, no);
		sides->c = n;
		n = sides;
	} else if (n && is_assignment(p)) {
		char op = *p->l.word.p;
		if (n->kind != PL_AWK_VARIABLE && n->kind != PL_AWK_FIELD &&
		    n->kind != PL_AWK_ELEMENT)
			pl_awk_parse_wrong(p, "an assignment to no variable");
		pl_awk_token_next(p);
		pl_awk_newlines_skip(p);
		n = new_op(p, PL_AWK_ASSIGN, op, n, pl_awk_parse_expression(p));
	}
	p->depth--;
	return n;
}
