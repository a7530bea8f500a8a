// SPDX-License-Identifier: Apache-2.0
/* awk's statements and rules (POSIX awk, "Grammar"). */
#include "commands/awk_parse_int.h"

static struct pl_awk_node *parse_statement(struct pl_awk_parser *p);
static struct pl_awk_node *parse_block(struct pl_awk_parser *p);

static struct pl_awk_node *parse_print(struct pl_awk_parser *p)
{
	bool format = pl_awk_token_is(p, PL_AWK_WORD, "printf");
	struct pl_awk_node *n =
		pl_awk_node_new(p, format ? PL_AWK_PRINTF : PL_AWK_PRINT, NULL, NULL);
	pl_awk_token_next(p);
	p->no_greater = true;
	if (p->l.kind != PL_AWK_NEWLINE && p->l.kind != PL_AWK_END && !pl_awk_sign_is(p, "}") &&
	    !pl_awk_sign_is(p, ">") && !pl_awk_sign_is(p, ">>") && !pl_awk_sign_is(p, "|"))
		n->a = pl_awk_parse_list(p, "}");
	p->no_greater = false;
	if (n->a && n->a->kind == PL_AWK_GROUP && !n->a->next)
		n->a = n->a->a;
	if (pl_awk_sign_is(p, ">") || pl_awk_sign_is(p, ">>")) {
		n->appends = p->l.word.n == 2;
		pl_awk_token_next(p);
		n->b = pl_awk_parse_concat(p);
	} else if (pl_awk_sign_is(p, "|")) {
		pl_awk_parse_unknown(p, "a pipe");
	}
	if (format && !n->a)
		pl_awk_parse_wrong(p, "printf without a format");
	return n;
}

static struct pl_awk_node *parse_body(struct pl_awk_parser *p)
{
	pl_awk_newlines_skip(p);
	if (pl_awk_token_is(p, PL_AWK_NEWLINE, ";")) {
		pl_awk_token_next(p);
		return pl_awk_node_new(p, PL_AWK_BLOCK, NULL, NULL);
	}
	return parse_statement(p);
}

static struct pl_awk_node *parse_condition(struct pl_awk_parser *p)
{
	pl_awk_sign_expect(p, "(");
	struct pl_awk_node *n = pl_awk_parse_expression(p);
	pl_awk_sign_expect(p, ")");
	return n;
}

static struct pl_awk_node *parse_if(struct pl_awk_parser *p)
{
	struct pl_awk_node *n = pl_awk_node_new(p, PL_AWK_IF, parse_condition(p), NULL);
	n->b = parse_body(p);
	struct pl_awk_lexer before = p->l;
	pl_awk_ends_skip(p);
	if (pl_awk_word_take(p, "else"))
		n->c = parse_body(p);
	else if (p->rc == 0)
		p->l = before;
	return n;
}

/* A simple statement of for ( ; ; ), or none. */
static struct pl_awk_node *parse_part(struct pl_awk_parser *p)
{
	if (p->l.kind == PL_AWK_NEWLINE || pl_awk_sign_is(p, ")"))
		return NULL;
	return pl_awk_node_new(p, PL_AWK_EXPRESSION, pl_awk_parse_expression(p), NULL);
}

static void expect_semicolon(struct pl_awk_parser *p)
{
	if (!pl_awk_token_is(p, PL_AWK_NEWLINE, ";"))
		pl_awk_parse_wrong(p, "a ; is missing");
	pl_awk_token_next(p);
	pl_awk_newlines_skip(p);
}

static struct pl_awk_node *parse_for(struct pl_awk_parser *p)
{
	struct pl_awk_node *n = pl_awk_node_new(p, PL_AWK_FOR, NULL, NULL);
	pl_awk_sign_expect(p, "(");
	struct pl_awk_lexer before = p->l;
	if (p->l.kind == PL_AWK_NAME) { /* NAME in NAME ) */
		struct pl_str name = p->l.word;
		pl_awk_token_next(p);
		if (pl_awk_word_take(p, "in") && p->l.kind == PL_AWK_NAME) {
			struct pl_str array = p->l.word;
			pl_awk_token_next(p);
			if (pl_awk_sign_take(p, ")")) {
				n->kind = PL_AWK_FOR_IN;
				n->name = array;
				n->a = pl_awk_node_new(p, PL_AWK_VARIABLE, NULL, NULL);
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
	n->b = p->l.kind == PL_AWK_NEWLINE ? NULL : pl_awk_parse_expression(p);
	expect_semicolon(p);
	n->c = parse_part(p);
	pl_awk_sign_expect(p, ")");
	n->d = parse_body(p);
	return n;
}

static struct pl_awk_node *parse_do(struct pl_awk_parser *p)
{
	struct pl_awk_node *n = pl_awk_node_new(p, PL_AWK_DO, NULL, NULL);
	n->b = parse_body(p);
	pl_awk_ends_skip(p);
	if (!pl_awk_word_take(p, "while"))
		pl_awk_parse_wrong(p, "do without while");
	n->a = parse_condition(p);
	return n;
}

static struct pl_awk_node *parse_delete(struct pl_awk_parser *p)
{
	struct pl_awk_node *n = pl_awk_node_new(p, PL_AWK_DELETE, NULL, NULL);
	if (p->l.kind != PL_AWK_NAME && p->l.kind != PL_AWK_CALL)
		pl_awk_parse_wrong(p, "delete wants an array");
	n->name = p->l.word;
	pl_awk_token_next(p);
	if (pl_awk_sign_take(p, "[")) {
		n->a = pl_awk_parse_list(p, "]");
		pl_awk_sign_expect(p, "]");
	}
	return n;
}

static struct pl_awk_node *parse_exit(struct pl_awk_parser *p)
{
	struct pl_awk_node *n = pl_awk_node_new(p, PL_AWK_EXIT, NULL, NULL);
	if (p->l.kind != PL_AWK_NEWLINE && p->l.kind != PL_AWK_END && !pl_awk_sign_is(p, "}"))
		n->a = pl_awk_parse_expression(p);
	return n;
}

static struct pl_awk_node *parse_simple(struct pl_awk_parser *p)
{
	static const struct {
		const char *word;
		enum pl_awk_kind kind;
	} plain[] = {{"break", PL_AWK_BREAK}, {"continue", PL_AWK_CONTINUE}, {"next", PL_AWK_NEXT}};
	if (pl_awk_token_is(p, PL_AWK_WORD, "print") || pl_awk_token_is(p, PL_AWK_WORD, "printf"))
		return parse_print(p);
	for (size_t i = 0; i < PL_COUNT(plain); i++)
		if (pl_awk_word_take(p, plain[i].word))
			return pl_awk_node_new(p, plain[i].kind, NULL, NULL);
	if (pl_awk_word_take(p, "exit"))
		return parse_exit(p);
	if (pl_awk_word_take(p, "delete"))
		return parse_delete(p);
	if (p->l.kind == PL_AWK_WORD)
		pl_awk_parse_unknown(p, p->l.word.p);
	return pl_awk_node_new(p, PL_AWK_EXPRESSION, pl_awk_parse_expression(p), NULL);
}

static struct pl_awk_node *parse_statement(struct pl_awk_parser *p)
{
	struct pl_awk_node *n = NULL;
	if (!pl_awk_parse_deeper(p))
		;
	else if (pl_awk_sign_is(p, "{"))
		n = parse_block(p);
	else if (pl_awk_word_take(p, "if"))
		n = parse_if(p);
	else if (pl_awk_word_take(p, "for"))
		n = parse_for(p);
	else if (pl_awk_word_take(p, "do"))
		n = parse_do(p);
	else if (pl_awk_word_take(p, "while")) {
		n = pl_awk_node_new(p, PL_AWK_WHILE, parse_condition(p), NULL);
		n->b = parse_body(p);
	} else {
		n = parse_simple(p);
		if (p->rc == 0 && p->l.kind != PL_AWK_NEWLINE && p->l.kind != PL_AWK_END &&
		    !pl_awk_sign_is(p, "}"))
			pl_awk_parse_wrong(p, "a statement does not end");
	}
	p->depth--;
	return n;
}

static struct pl_awk_node *parse_block(struct pl_awk_parser *p)
{
	struct pl_awk_node *block = pl_awk_node_new(p, PL_AWK_BLOCK, NULL, NULL),
			   **last = &block->a;
	pl_awk_sign_expect(p, "{");
	pl_awk_ends_skip(p);
	while (p->rc == 0 && !pl_awk_sign_is(p, "}")) {
		if (p->l.kind == PL_AWK_END) {
			pl_awk_parse_wrong(p, "a } is missing");
			break;
		}
		*last = parse_statement(p);
		if (*last)
			last = &(*last)->next;
		pl_awk_ends_skip(p);
	}
	pl_awk_sign_expect(p, "}");
	return block;
}

static void parse_rule(struct pl_awk_parser *p)
{
	struct pl_awk_rule *r = pl_vec_push(&p->program->rules);
	r->when = PL_AWK_LINE_RULE;
	if (pl_awk_word_take(p, "BEGIN")) {
		r->when = PL_AWK_BEGIN_RULE;
	} else if (pl_awk_word_take(p, "END")) {
		r->when = PL_AWK_END_RULE;
	} else if (p->l.kind == PL_AWK_WORD) {
		pl_awk_parse_unknown(p, p->l.word.p);
	} else if (!pl_awk_sign_is(p, "{")) {
		r->pattern = pl_awk_parse_expression(p);
		if (pl_awk_sign_take(p, ",")) {
			pl_awk_newlines_skip(p);
			r->last = pl_awk_parse_expression(p);
			r->when = PL_AWK_RANGE_RULE;
		}
	}
	if (pl_awk_sign_is(p, "{"))
		r->body = parse_block(p);
	else if (!r->pattern)
		pl_awk_parse_wrong(p, "a { is missing");
}

int pl_awk_parse(struct pl_awk_program *program, struct pl_str text, struct pl_err *err)
{
	struct pl_awk_parser p = {.program = program, .err = err};
	p.l = (struct pl_awk_lexer){.arena = &program->arena, .text = text, .line = 1};
	if (text.n > 1 << 16)
		return pl_fail(err, PL_LIMIT, "an awk program of %zu bytes", text.n);
	pl_awk_token_next(&p);
	pl_awk_ends_skip(&p);
	while (p.rc == 0 && p.l.kind != PL_AWK_END) {
		parse_rule(&p);
		pl_awk_ends_skip(&p);
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
