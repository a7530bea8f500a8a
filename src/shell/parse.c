// SPDX-License-Identifier: Apache-2.0
/* The grammar (2.10). */
#include "shell/parse_int.h"

static struct pl_sh_node *read_list(struct pl_sh_parser *p, bool to_newline);
static struct pl_sh_node *read_command(struct pl_sh_parser *p);

static struct pl_sh_node *new_node(struct pl_sh_parser *p, enum pl_sh_kind kind, unsigned line)
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

/* What is there instead of what should be. */
static void unexpected(struct pl_sh_parser *p, const char *wanted)
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
		unexpected(p, word);
}

/* -- redirections -- */

static struct pl_sh_redirect *read_redirect(struct pl_sh_parser *p)
{
	struct pl_sh_token t = pl_sh_token_take(p);
	struct pl_sh_redirect *r = pl_arena_new(p->arena, struct pl_sh_redirect);
	bool reads = t.redirect == PL_SH_READ || t.redirect == PL_SH_READ_WRITE ||
		     t.redirect == PL_SH_HERE;
	struct pl_str op = pl_str_sub(p->text, t.start, t.end - t.start);
	r->kind = t.redirect;
	r->fd = t.fd >= 0 ? t.fd : reads || pl_str_is(op, "<&") ? 0 : 1;
	if (pl_sh_token_peek(p)->kind != PL_SH_T_WORD) {
		unexpected(p, "the target of a redirection");
		return r;
	}
	struct pl_sh_word *w = pl_sh_token_take(p).word;
	if (t.redirect == PL_SH_HERE && !t.is_string) {
		pl_sh_here_expect(p, r, w, t.strip_tabs);
		return r;
	}
	r->word = w;
	if (t.is_string) { /* <<<: the word, unsplit, and a newline */
		struct pl_sh_part **last = &w->parts;
		while (*last)
			last = &(*last)->next;
		*last = pl_arena_new(p->arena, struct pl_sh_part);
		(*last)->quoted = true;
		(*last)->text = PL_STR("\n");
	}
	return r;
}

static void read_redirects(struct pl_sh_parser *p, struct pl_sh_node *n)
{
	struct pl_sh_redirect **last = &n->redirects;
	while (*last)
		last = &(*last)->next;
	for (; pl_sh_token_peek(p)->kind == PL_SH_T_REDIRECT; last = &(*last)->next)
		*last = read_redirect(p);
}

/* -- simple commands (2.9.1) -- */

static struct pl_sh_word *read_array_items(struct pl_sh_parser *p)
{
	struct pl_sh_word *first = NULL, **last = &first;
	for (;;) {
		pl_sh_newlines_take(p);
		if (pl_sh_token_peek(p)->kind != PL_SH_T_WORD)
			break;
		*last = pl_sh_token_take(p).word;
		last = &(*last)->next;
	}
	if (pl_sh_token_take(p).kind != PL_SH_T_CLOSE)
		pl_sh_fail(p, PL_INPUT, "an array's ( has no )");
	return first;
}

/* bash's NAME[INDEX]=: how much of the text the part in brackets takes; 0: there is none. */
static size_t index_length(struct pl_str s)
{
	size_t close = pl_str_find(s, ']');
	return s.n && *s.p == '[' && close != SIZE_MAX ? close + 1 : 0;
}

/* Is it NAME=VALUE? The name and the = must be plain text. */
static struct pl_sh_assign *assign_of(struct pl_sh_parser *p, const struct pl_sh_token *t)
{
	struct pl_sh_part *part = t->word->parts;
	if (!part || part->kind != PL_SH_TEXT || part->quoted)
		return NULL;
	size_t n = 0;
	while (n < part->text.n && pl_sh_is_name(pl_str_sub(part->text, 0, n + 1)))
		n++;
	struct pl_str rest = pl_str_sub(part->text, n, part->text.n);
	size_t index = p->bash ? index_length(rest) : 0;
	bool append = p->bash && index + 1 < rest.n && rest.p[index] == '+';
	if (n == 0 || index + append >= rest.n || rest.p[index + append] != '=')
		return NULL;
	struct pl_sh_assign *a = pl_arena_new(p->arena, struct pl_sh_assign);
	a->name = pl_str_sub(part->text, 0, n);
	a->append = append;
	if (index) {
		struct pl_sh_parser inner = *p;
		inner.text = pl_str_sub(rest, 1, index - 2);
		inner.at = 0;
		a->index = pl_sh_word_read(&inner, PL_SH_IN_INDEX);
	}
	a->value = pl_arena_dup(p->arena, t->word, 1, sizeof(*t->word));
	struct pl_sh_part *value = pl_arena_dup(p->arena, part, 1, sizeof(*part));
	value->text = pl_str_sub(rest, index + append + 1, rest.n);
	a->value->parts = value->text.n ? value : value->next;
	return a;
}

/* NAME=( right behind it: an array. */
static void read_array(struct pl_sh_parser *p, struct pl_sh_assign *a)
{
	const struct pl_sh_token *t;
	size_t end = p->at;
	if (!p->bash || a->value->parts)
		return;
	t = pl_sh_token_peek(p);
	if (t->kind != PL_SH_T_OPEN || t->start != end)
		return;
	pl_sh_token_take(p);
	struct pl_sh_part *part = pl_arena_new(p->arena, struct pl_sh_part);
	part->kind = PL_SH_ARRAY;
	part->word = read_array_items(p);
	a->value->parts = part;
}

/* declare, local, export ... of bash take arrays too. */
static bool declares(const struct pl_sh_node *n)
{
	static const char *const names[] = {"declare", "typeset", "local", "readonly", "export"};
	const struct pl_sh_part *part = n->words ? n->words->parts : NULL;
	for (size_t i = 0; part && part->kind == PL_SH_TEXT && i < PL_COUNT(names); i++)
		if (pl_str_is(part->text, names[i]))
			return true;
	return false;
}

static struct pl_sh_node *read_function(struct pl_sh_parser *p, struct pl_sh_token name)
{
	struct pl_sh_node *n = new_node(p, PL_SH_FUNCTION, name.line);
	if (pl_sh_token_peek(p)->kind == PL_SH_T_OPEN) {
		pl_sh_token_take(p);
		if (pl_sh_token_take(p).kind != PL_SH_T_CLOSE)
			pl_sh_fail(p, PL_INPUT, "function %s: ( without )", PL_SHOWN(name.literal));
	}
	n->name = name.literal;
	pl_sh_newlines_take(p);
	n->a = read_command(p);
	if (!n->a)
		unexpected(p, "the body of a function");
	return n;
}

static struct pl_sh_node *read_simple(struct pl_sh_parser *p)
{
	struct pl_sh_node *n = new_node(p, PL_SH_SIMPLE, pl_sh_token_peek(p)->line);
	struct pl_sh_word **word = &n->words;
	struct pl_sh_assign **assign = &n->assigns;
	for (;;) {
		while (!n->words && pl_sh_alias_expand(p))
			;
		const struct pl_sh_token *t = pl_sh_token_peek(p);
		if (t->kind == PL_SH_T_REDIRECT) {
			read_redirects(p, n);
			continue;
		}
		if (t->kind == PL_SH_T_OPEN && n->words && !n->words->next && !n->assigns)
			return unexpected(p, "a command"), n; /* name( is a function: see below */
		if (t->kind != PL_SH_T_WORD)
			return n;
		struct pl_sh_token taken = pl_sh_token_take(p);
		struct pl_sh_assign *a =
			!n->words || (p->bash && declares(n)) ? assign_of(p, &taken) : NULL;
		if (a)
			read_array(p, a);
		bool is_array = a && a->value->parts && a->value->parts->kind == PL_SH_ARRAY;
		if (a && (!n->words || is_array)) {
			*assign = a;
			assign = &a->next;
			continue;
		}
		if (!n->words && !n->assigns && !n->redirects && taken.literal.p &&
		    pl_sh_token_peek(p)->kind == PL_SH_T_OPEN)
			return read_function(p, taken);
		*word = taken.word;
		word = &taken.word->next;
	}
}

/* -- compound commands (2.9.4) -- */

/* What stands in a compound command up to one of its words. */
static struct pl_sh_node *read_body(struct pl_sh_parser *p, const char *of)
{
	struct pl_sh_node *n = read_list(p, false);
	if (!n)
		unexpected(p, of);
	return n;
}

static struct pl_sh_node *read_if(struct pl_sh_parser *p, unsigned line)
{
	struct pl_sh_node *n = new_node(p, PL_SH_IF, line);
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
	struct pl_sh_node *n = new_node(p, kind, line);
	n->a = read_body(p, "the condition of a loop");
	expect_keyword(p, "do");
	n->b = read_body(p, "what the loop does");
	expect_keyword(p, "done");
	return n;
}

static struct pl_sh_node *read_for(struct pl_sh_parser *p, unsigned line)
{
	struct pl_sh_node *n = new_node(p, PL_SH_FOR, line);
	struct pl_sh_word **last = &n->words;
	if (!pl_sh_token_peek(p)->literal.p || !pl_sh_is_name(pl_sh_token_peek(p)->literal)) {
		unexpected(p, "the name behind for");
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
			unexpected(p, "a pattern");
			return c;
		}
		*last = pl_sh_token_take(p).word;
		last = &(*last)->next;
	} while (pl_sh_token_peek(p)->kind == PL_SH_T_PIPE &&
		 (pl_sh_token_take(p), !pl_sh_failed(p)));
	if (pl_sh_token_peek(p)->kind != PL_SH_T_CLOSE) {
		unexpected(p, "the ) behind a pattern");
		return c;
	}
	pl_sh_token_take(p);
	c->body = read_list(p, false);
	return c;
}

static struct pl_sh_node *read_case(struct pl_sh_parser *p, unsigned line)
{
	struct pl_sh_node *n = new_node(p, PL_SH_CASE, line);
	struct pl_sh_case **last = &n->cases;
	if (pl_sh_token_peek(p)->kind != PL_SH_T_WORD) {
		unexpected(p, "the word behind case");
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

/* -- bash's [[ and (( -- */

static struct pl_sh_test *read_test_or(struct pl_sh_parser *p);

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
		unexpected(p, "an operand of [[");
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
		t = read_test_or(p);
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

static struct pl_sh_test *read_test_or(struct pl_sh_parser *p)
{
	struct pl_sh_test *t = read_test_and(p);
	while (pl_sh_token_peek(p)->kind == PL_SH_T_OR_IF) {
		pl_sh_token_take(p);
		pl_sh_newlines_take(p);
		t = new_test(p, PL_SH_TEST_OR, t, read_test_and(p));
	}
	return t;
}

static struct pl_sh_node *read_arith_test(struct pl_sh_parser *p, unsigned line)
{
	struct pl_sh_node *n = new_node(p, PL_SH_ARITH_TEST, line);
	pl_sh_skip(p, 1);
	n->words = pl_sh_word_read(p, PL_SH_IN_ARITH);
	if (pl_sh_peek(p) != ')' || pl_sh_peek_at(p, 1) != ')')
		pl_sh_fail(p, PL_INPUT, "(( has no ))");
	pl_sh_skip(p, 2);
	return n;
}

static struct pl_sh_node *read_group(struct pl_sh_parser *p, enum pl_sh_kind kind, unsigned line)
{
	struct pl_sh_node *n = new_node(p, kind, line);
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
			return read_arith_test(p, line);
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
		struct pl_sh_node *n = new_node(p, PL_SH_TEST, line);
		pl_sh_newlines_take(p);
		n->test = read_test_or(p);
		expect_keyword(p, "]]");
		return n;
	}
	return NULL;
}

/* A command with its redirections; NULL: there is none. */
static struct pl_sh_node *read_command(struct pl_sh_parser *p)
{
	struct pl_sh_node *n = NULL;
	if (!pl_sh_enter(p))
		return NULL;
	while (pl_sh_alias_expand(p))
		;
	enum pl_sh_token_kind kind = pl_sh_token_peek(p)->kind;
	if (p->bash && pl_sh_keyword_take(p, "function")) {
		n = read_function(p, pl_sh_token_take(p));
	} else if (!ends_list(p) && !pl_sh_keyword_is(p, "!") &&
		   (kind == PL_SH_T_WORD || kind == PL_SH_T_OPEN || kind == PL_SH_T_REDIRECT)) {
		n = read_compound(p);
		if (n)
			read_redirects(p, n);
		else
			n = read_simple(p);
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
	struct pl_sh_node *n = read_command(p), **last;
	if (!n) {
		unexpected(p, "a command");
		return NULL;
	}
	if (pl_sh_token_peek(p)->kind == PL_SH_T_PIPE) {
		struct pl_sh_node *pipe = new_node(p, PL_SH_PIPE, line);
		pipe->a = n;
		last = &n->next;
		while (pl_sh_token_peek(p)->kind == PL_SH_T_PIPE) {
			pl_sh_token_take(p);
			pl_sh_newlines_take(p);
			*last = read_command(p);
			if (!*last) {
				unexpected(p, "a command");
				return NULL;
			}
			last = &(*last)->next;
		}
		n = pipe;
	}
	if (negated) {
		struct pl_sh_node *negation = new_node(p, PL_SH_NOT, line);
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
			new_node(p, kind == PL_SH_T_AND_IF ? PL_SH_AND : PL_SH_OR, t.line);
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
			struct pl_sh_node *back = new_node(p, PL_SH_BACKGROUND, n->line);
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
	struct pl_sh_node *all = new_node(p, PL_SH_SEQUENCE, line);
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
		unexpected(&inner, "a command");
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
		unexpected(p, "the end of the command");
	if (!pl_sh_failed(p) && !n && pl_sh_token_peek(p)->kind != PL_SH_T_END)
		unexpected(p, "a command");
	if (pl_sh_failed(p))
		return p->rc;
	/* The newline is left until the next call: the rest of the text is then read with the
	 * aliases that this command makes. */
	*ret = n;
	return n ? 1 : 0;
}
