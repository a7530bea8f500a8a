// SPDX-License-Identifier: Apache-2.0
/* bash's [[ and ((. */
#include "shell/parse_int.h"

static struct pl_sh_test *new_test(struct pl_sh_parser *p, enum pl_sh_test_kind kind,
				   struct pl_sh_test *a, struct pl_sh_test *b)
{
	struct pl_sh_test *t = pl_arena_new(p->arena, struct pl_sh_test);
	t->kind = kind;
	t->a = a;
	t->b = b;
	return t;
}

static bool is_unary(struct pl_str s)
{
	return s.p && s.n == 2 && s.p[0] == '-' && strchr("abcdefghknoprstuvwxzGLNORS", s.p[1]);
}

/* < and > compare texts here. */
static struct pl_sh_word *take_test_operator(struct pl_sh_parser *p, bool *ret_regex)
{
	const struct pl_sh_token *t = pl_sh_token_peek(p);
	struct pl_str text = pl_str_sub(p->text, t->start, t->end - t->start);
	*ret_regex = pl_str_is(text, "=~");
	bool compares = t->kind == PL_SH_T_REDIRECT && text.n == 1;
	if ((t->kind != PL_SH_T_WORD || pl_str_is(text, "]]")) && !compares)
		return NULL;
	struct pl_sh_word *w = pl_arena_new(p->arena, struct pl_sh_word);
	w->parts = pl_arena_new(p->arena, struct pl_sh_part);
	w->parts->quoted = true;
	w->parts->text = text;
	pl_sh_token_take(p);
	return w;
}

static struct pl_sh_word *take_operand(struct pl_sh_parser *p, bool regex)
{
	if (regex) {
		while (pl_sh_peek(p) == ' ' || pl_sh_peek(p) == '\t')
			pl_sh_skip(p, 1);
		return pl_sh_word_read(p, PL_SH_IN_REGEX);
	}
	if (pl_sh_token_peek(p)->kind != PL_SH_T_WORD)
		pl_sh_unexpected(p, "an operand of [[");
	return pl_sh_token_take(p).word;
}

static struct pl_sh_test *read_test_words(struct pl_sh_parser *p)
{
	struct pl_sh_test *t = new_test(p, PL_SH_TEST_WORDS, NULL, NULL);
	bool regex;
	struct pl_str first = pl_sh_token_peek(p)->literal;
	t->words[t->n_words++] = take_operand(p, false);
	if (is_unary(first) && pl_sh_token_peek(p)->kind == PL_SH_T_WORD &&
	    !pl_sh_keyword_is(p, "]]")) {
		t->words[t->n_words++] = take_operand(p, false);
		return t;
	}
	struct pl_sh_word *op = take_test_operator(p, &regex);
	if (op) {
		t->words[t->n_words++] = op;
		t->words[t->n_words++] = take_operand(p, regex);
	}
	return t;
}

static struct pl_sh_test *read_test_not(struct pl_sh_parser *p)
{
	struct pl_sh_test *t;
	if (!pl_sh_enter(p))
		return new_test(p, PL_SH_TEST_WORDS, NULL, NULL);
	if (pl_sh_keyword_take(p, "!")) {
		t = new_test(p, PL_SH_TEST_NOT, read_test_not(p), NULL);
	} else if (pl_sh_token_peek(p)->kind == PL_SH_T_OPEN) {
		pl_sh_token_take(p);
		t = pl_sh_test_read(p);
		if (pl_sh_token_take(p).kind != PL_SH_T_CLOSE)
			pl_sh_fail(p, PL_INPUT, "a ( in [[ has no )");
	} else {
		t = read_test_words(p);
	}
	pl_sh_newlines_take(p);
	pl_sh_leave(p);
	return t;
}

static struct pl_sh_test *read_test_and(struct pl_sh_parser *p)
{
	struct pl_sh_test *t = read_test_not(p);
	while (pl_sh_token_peek(p)->kind == PL_SH_T_AND_IF) {
		pl_sh_token_take(p);
		pl_sh_newlines_take(p);
		t = new_test(p, PL_SH_TEST_AND, t, read_test_not(p));
	}
	return t;
}

struct pl_sh_test *pl_sh_test_read(struct pl_sh_parser *p)
{
	struct pl_sh_test *t = read_test_and(p);
	while (pl_sh_token_peek(p)->kind == PL_SH_T_OR_IF) {
		pl_sh_token_take(p);
		pl_sh_newlines_take(p);
		t = new_test(p, PL_SH_TEST_OR, t, read_test_and(p));
	}
	return t;
}

struct pl_sh_node *pl_sh_arith_test_read(struct pl_sh_parser *p, unsigned line)
{
	struct pl_sh_node *n = pl_sh_node_new(p, PL_SH_ARITH_TEST, line);
	pl_sh_skip(p, 1);
	n->words = pl_sh_word_read(p, PL_SH_IN_ARITH);
	if (pl_sh_peek(p) != ')' || pl_sh_peek_at(p, 1) != ')')
		pl_sh_fail(p, PL_INPUT, "(( has no ))");
	pl_sh_skip(p, 2);
	return n;
}
