// SPDX-License-Identifier: Apache-2.0
/* The grammar (2.10). */
#include "shell/parse_int.h"

static struct pl_sh_node *read_list(struct pl_sh_parser *p, bool to_newline);

struct pl_sh_node *pl_sh_node_new(struct pl_sh_parser *p, enum pl_sh_kind kind, unsigned line)
{
	struct pl_sh_node *n = pl_arena_new(p->arena, struct pl_sh_node);
	n->kind = kind;
	n->line = line;
	return n;
}

bool pl_sh_is_name(struct pl_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
		      (i && c >= '0' && c <= '9')))
			return false;
	}
	return s.n > 0;
}

bool pl_sh_enter(struct pl_sh_parser *p)
{
	if (p->depth == PL_SH_DEPTH) {
		pl_sh_fail(p, PL_LIMIT, "more than %d constructs within each other", PL_SH_DEPTH);
		return false;
	}
	p->depth++;
	return true;
}

void pl_sh_leave(struct pl_sh_parser *p) { p->depth--; }

void pl_sh_unexpected(struct pl_sh_parser *p, const char *wanted)
{
	const struct pl_sh_token *t = pl_sh_token_peek(p);
	struct pl_str text = pl_str_sub(p->text, t->start, t->end - t->start);
	if (t->kind == PL_SH_T_END)
		pl_sh_fail(p, PL_INPUT, "the script ends where %s should be", wanted);
	else if (t->kind == PL_SH_T_NEWLINE)
		pl_sh_fail(p, PL_INPUT, "the line before ends where %s should be", wanted);
	else
		pl_sh_fail(p, PL_INPUT, "%s stands where %s should be", PL_SHOWN(text), wanted);
}

static void expect_keyword(struct pl_sh_parser *p, const char *word)
{
	if (!pl_sh_keyword_take(p, word))
		pl_sh_unexpected(p, word);
}

/* -- compound commands (2.9.4) -- */

/* What stands in a compound command up to one of its words. */
static struct pl_sh_node *read_body(struct pl_sh_parser *p, const char *of)
{
	struct pl_sh_node *n = read_list(p, false);
	if (!n)
		pl_sh_unexpected(p, of);
	return n;
}

static struct pl_sh_node *read_if(struct pl_sh_parser *p, unsigned line)
{
	struct pl_sh_node *n = pl_sh_node_new(p, PL_SH_IF, line);
	n->a = read_body(p, "the condition of if");
	expect_keyword(p, "then");
	n->b = read_body(p, "what then does");
	unsigned here = pl_sh_token_peek(p)->line;
	if (pl_sh_keyword_take(p, "elif")) {
		if (pl_sh_enter(p)) {
			n->else_ = read_if(p, here);
			pl_sh_leave(p);
		}
		return n; /* the inner one has taken fi */
	}
	if (pl_sh_keyword_take(p, "else"))
		n->else_ = read_body(p, "what else does");
	expect_keyword(p, "fi");
	return n;
}

static struct pl_sh_node *read_while(struct pl_sh_parser *p, enum pl_sh_kind kind, unsigned line)
{
	struct pl_sh_node *n = pl_sh_node_new(p, kind, line);
	n->a = read_body(p, "the condition of a loop");
	expect_keyword(p, "do");
	n->b = read_body(p, "what the loop does");
	expect_keyword(p, "done");
	return n;
}

static struct pl_sh_node *read_for(struct pl_sh_parser *p, unsigned line)
{
	struct pl_sh_node *n = pl_sh_node_new(p, PL_SH_FOR, line);
	struct pl_sh_word **last = &n->words;
	if (!pl_sh_token_peek(p)->literal.p || !pl_sh_is_name(pl_sh_token_peek(p)->literal)) {
		pl_sh_unexpected(p, "the name behind for");
		return n;
	}
	n->name = pl_sh_token_take(p).literal;
	pl_sh_newlines_take(p);
	n->has_words = pl_sh_keyword_take(p, "in");
	for (; n->has_words && pl_sh_token_peek(p)->kind == PL_SH_T_WORD; last = &(*last)->next)
		*last = pl_sh_token_take(p).word;
	if (pl_sh_token_peek(p)->kind == PL_SH_T_SEMI)
		pl_sh_token_take(p);
	pl_sh_newlines_take(p);
	bool braces = p->bash && pl_sh_keyword_take(p, "{");
	if (!braces)
		expect_keyword(p, "do");
	n->b = read_body(p, "what the loop does");
	expect_keyword(p, braces ? "}" : "done");
	return n;
}

static struct pl_sh_case *read_case_item(struct pl_sh_parser *p)
{
	struct pl_sh_case *c = pl_arena_new(p->arena, struct pl_sh_case);
	struct pl_sh_word **last = &c->patterns;
	if (pl_sh_token_peek(p)->kind == PL_SH_T_OPEN)
		pl_sh_token_take(p);
	do {
		if (pl_sh_token_peek(p)->kind != PL_SH_T_WORD) {
			pl_sh_unexpected(p, "a pattern");
			return c;
		}
		*last = pl_sh_token_take(p).word;
		last = &(*last)->next;
	} while (pl_sh_token_peek(p)->kind == PL_SH_T_PIPE &&
		 (pl_sh_token_take(p), !pl_sh_failed(p)));
	if (pl_sh_token_peek(p)->kind != PL_SH_T_CLOSE) {
		pl_sh_unexpected(p, "the ) behind a pattern");
		return c;
	}
	pl_sh_token_take(p);
	c->body = read_list(p, false);
	return c;
}

static struct pl_sh_node *read_case(struct pl_sh_parser *p, unsigned line)
{
	struct pl_sh_node *n = pl_sh_node_new(p, PL_SH_CASE, line);
	struct pl_sh_case **last = &n->cases;
	if (pl_sh_token_peek(p)->kind != PL_SH_T_WORD) {
		pl_sh_unexpected(p, "the word behind case");
		return n;
	}
	n->words = pl_sh_token_take(p).word;
	pl_sh_newlines_take(p);
	expect_keyword(p, "in");
	pl_sh_newlines_take(p);
	while (!pl_sh_failed(p) && !pl_sh_keyword_is(p, "esac")) {
		*last = read_case_item(p);
		enum pl_sh_token_kind end = pl_sh_token_peek(p)->kind;
		(*last)->falls_through = end == PL_SH_T_SEMI_AND;
		last = &(*last)->next;
		if (end != PL_SH_T_DSEMI && end != PL_SH_T_SEMI_AND)
			break;
		pl_sh_token_take(p);
		pl_sh_newlines_take(p);
	}
	expect_keyword(p, "esac");
	return n;
}

static struct pl_sh_node *read_group(struct pl_sh_parser *p, enum pl_sh_kind kind, unsigned line)
{
	struct pl_sh_node *n = pl_sh_node_new(p, kind, line);
	n->a = read_body(p, "a command");
	if (kind == PL_SH_GROUP)
		expect_keyword(p, "}");
	else if (pl_sh_token_take(p).kind != PL_SH_T_CLOSE)
		pl_sh_fail(p, PL_INPUT, "a ( has no )");
	return n;
}

static bool ends_list(struct pl_sh_parser *p)
{
	static const char *const words[] = {"then", "else", "elif", "fi",
					    "do",   "done", "esac", "}"};
	enum pl_sh_token_kind kind = pl_sh_token_peek(p)->kind;
	for (size_t i = 0; i < PL_COUNT(words); i++)
		if (pl_sh_keyword_is(p, words[i]))
			return true;
	return kind == PL_SH_T_END || kind == PL_SH_T_CLOSE || kind == PL_SH_T_DSEMI ||
	       kind == PL_SH_T_SEMI_AND;
}

static struct pl_sh_node *read_compound(struct pl_sh_parser *p)
{
	const struct pl_sh_token *t = pl_sh_token_peek(p);
	unsigned line = t->line;
	if (t->kind == PL_SH_T_OPEN) {
		size_t at = t->end;
		pl_sh_token_take(p);
		if (p->bash && at < p->text.n && p->text.p[at] == '(')
			return pl_sh_arith_test_read(p, line);
		return read_group(p, PL_SH_SUBSHELL, line);
	}
	if (pl_sh_keyword_take(p, "{"))
		return read_group(p, PL_SH_GROUP, line);
	if (pl_sh_keyword_take(p, "if"))
		return read_if(p, line);
	if (pl_sh_keyword_take(p, "while"))
		return read_while(p, PL_SH_WHILE, line);
	if (pl_sh_keyword_take(p, "until"))
		return read_while(p, PL_SH_UNTIL, line);
	if (pl_sh_keyword_take(p, "for"))
		return read_for(p, line);
	if (pl_sh_keyword_take(p, "case"))
		return read_case(p, line);
	if (p->bash && pl_sh_keyword_take(p, "[[")) {
		struct pl_sh_node *n = pl_sh_node_new(p, PL_SH_TEST, line);
		pl_sh_newlines_take(p);
		n->test = pl_sh_test_read(p);
		expect_keyword(p, "]]");
		return n;
	}
	return NULL;
}

/* A command with its redirections; NULL: there is none. */
struct pl_sh_node *pl_sh_command_read(struct pl_sh_parser *p)
{
	struct pl_sh_node *n = NULL;
	if (!pl_sh_enter(p))
		return NULL;
	while (pl_sh_alias_expand(p))
		;
	enum pl_sh_token_kind kind = pl_sh_token_peek(p)->kind;
	if (p->bash && pl_sh_keyword_take(p, "function")) {
		n = pl_sh_function_read(p, pl_sh_token_take(p));
	} else if (!ends_list(p) && !pl_sh_keyword_is(p, "!") &&
		   (kind == PL_SH_T_WORD || kind == PL_SH_T_OPEN || kind == PL_SH_T_REDIRECT)) {
		n = read_compound(p);
		if (n)
			pl_sh_redirects_read(p, n);
		else
			n = pl_sh_simple_read(p);
	}
	pl_sh_leave(p);
	return n;
}

static struct pl_sh_node *read_pipe(struct pl_sh_parser *p)
{
	unsigned line = pl_sh_token_peek(p)->line;
	bool negated = false;
	while ((p->bash || !negated) && pl_sh_keyword_take(p, "!"))
		negated = !negated;
	struct pl_sh_node *n = pl_sh_command_read(p), **last;
	if (!n) {
		pl_sh_unexpected(p, "a command");
		return NULL;
	}
	if (pl_sh_token_peek(p)->kind == PL_SH_T_PIPE) {
		struct pl_sh_node *pipe = pl_sh_node_new(p, PL_SH_PIPE, line);
		pipe->a = n;
		last = &n->next;
		while (pl_sh_token_peek(p)->kind == PL_SH_T_PIPE) {
			pl_sh_token_take(p);
			pl_sh_newlines_take(p);
			*last = pl_sh_command_read(p);
			if (!*last) {
				pl_sh_unexpected(p, "a command");
				return NULL;
			}
			last = &(*last)->next;
		}
		n = pipe;
	}
	if (negated) {
		struct pl_sh_node *negation = pl_sh_node_new(p, PL_SH_NOT, line);
		negation->a = n;
		n = negation;
	}
	return n;
}

static struct pl_sh_node *read_and_or(struct pl_sh_parser *p)
{
	struct pl_sh_node *n = read_pipe(p);
	for (;;) {
		enum pl_sh_token_kind kind = pl_sh_token_peek(p)->kind;
		if (!n || (kind != PL_SH_T_AND_IF && kind != PL_SH_T_OR_IF))
			return n;
		struct pl_sh_token t = pl_sh_token_take(p);
		struct pl_sh_node *both =
			pl_sh_node_new(p, kind == PL_SH_T_AND_IF ? PL_SH_AND : PL_SH_OR, t.line);
		pl_sh_newlines_take(p);
		both->a = n;
		both->b = read_pipe(p);
		n = both;
	}
}

/* Commands up to a word that ends them, or only to the end of the line; NULL: nothing. */
static struct pl_sh_node *read_list(struct pl_sh_parser *p, bool to_newline)
{
	struct pl_sh_node *first = NULL, **last = &first;
	unsigned line = pl_sh_token_peek(p)->line;
	while (!pl_sh_failed(p)) {
		if (!to_newline)
			pl_sh_newlines_take(p);
		if (to_newline ? pl_sh_token_peek(p)->kind == PL_SH_T_END : ends_list(p))
			break;
		struct pl_sh_node *n = read_and_or(p);
		if (!n)
			break;
		enum pl_sh_token_kind end = pl_sh_token_peek(p)->kind;
		if (end == PL_SH_T_AND) {
			struct pl_sh_node *back = pl_sh_node_new(p, PL_SH_BACKGROUND, n->line);
			back->a = n;
			n = back;
		}
		*last = n;
		last = &n->next;
		if (end == PL_SH_T_NEWLINE && to_newline)
			break;
		if (end != PL_SH_T_AND && end != PL_SH_T_SEMI && end != PL_SH_T_NEWLINE)
			break;
		pl_sh_token_take(p);
		if (to_newline && pl_sh_token_peek(p)->kind == PL_SH_T_NEWLINE)
			break;
	}
	if (!first || !first->next)
		return first;
	struct pl_sh_node *all = pl_sh_node_new(p, PL_SH_SEQUENCE, line);
	all->a = first;
	return all;
}

struct pl_sh_node *pl_sh_commands_read(struct pl_sh_parser *p)
{
	if (!pl_sh_enter(p))
		return NULL;
	struct pl_sh_node *n = read_list(p, false);
	pl_sh_leave(p);
	return n;
}

struct pl_sh_node *pl_sh_inner_parse(struct pl_sh_parser *p, struct pl_str text, unsigned line)
{
	struct pl_sh_parser inner = *p;
	inner.text = text;
	inner.at = 0;
	inner.line = line;
	inner.token = NULL;
	inner.pending = NULL;
	struct pl_sh_node *n = pl_sh_commands_read(&inner);
	if (!pl_sh_failed(&inner) && pl_sh_token_peek(&inner)->kind != PL_SH_T_END)
		pl_sh_unexpected(&inner, "a command");
	p->rc = inner.rc;
	return n;
}

int pl_sh_parse_next(struct pl_sh_parser *p, struct pl_sh_node **ret, struct pl_err *err)
{
	*ret = NULL;
	p->err = err;
	if (p->line == 0)
		p->line = 1;
	pl_sh_newlines_take(p);
	struct pl_sh_node *n = pl_sh_failed(p) ? NULL : read_list(p, true);
	if (!pl_sh_failed(p) && n && pl_sh_token_peek(p)->kind != PL_SH_T_NEWLINE &&
	    pl_sh_token_peek(p)->kind != PL_SH_T_END)
		pl_sh_unexpected(p, "the end of the command");
	if (!pl_sh_failed(p) && !n && pl_sh_token_peek(p)->kind != PL_SH_T_END)
		pl_sh_unexpected(p, "a command");
	if (pl_sh_failed(p))
		return p->rc;
	/* The newline is left until the next call: the rest of the text is then read with the
	 * aliases that this command makes. */
	*ret = n;
	return n ? 1 : 0;
}
