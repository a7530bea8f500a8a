// SPDX-License-Identifier: Apache-2.0
/* Simple commands (2.9.1) with assignments and redirections (2.7), and functions (2.9.5). */
#include "shell/parse_int.h"

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
		pl_sh_unexpected(p, "the target of a redirection");
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

void pl_sh_redirects_read(struct pl_sh_parser *p, struct pl_sh_node *n)
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
	a->value->assigned = true;
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

struct pl_sh_node *pl_sh_function_read(struct pl_sh_parser *p, struct pl_sh_token name)
{
	struct pl_sh_node *n = pl_sh_node_new(p, PL_SH_FUNCTION, name.line);
	if (pl_sh_token_peek(p)->kind == PL_SH_T_OPEN) {
		pl_sh_token_take(p);
		if (pl_sh_token_take(p).kind != PL_SH_T_CLOSE)
			pl_sh_fail(p, PL_INPUT, "function %s: ( without )", PL_SHOWN(name.literal));
	}
	n->name = name.literal;
	pl_sh_newlines_take(p);
	n->a = pl_sh_command_read(p);
	if (!n->a)
		pl_sh_unexpected(p, "the body of a function");
	return n;
}

struct pl_sh_node *pl_sh_simple_read(struct pl_sh_parser *p)
{
	struct pl_sh_node *n = pl_sh_node_new(p, PL_SH_SIMPLE, pl_sh_token_peek(p)->line);
	struct pl_sh_word **word = &n->words;
	struct pl_sh_assign **assign = &n->assigns;
	for (;;) {
		while (!n->words && pl_sh_alias_expand(p))
			;
		const struct pl_sh_token *t = pl_sh_token_peek(p);
		if (t->kind == PL_SH_T_REDIRECT) {
			pl_sh_redirects_read(p, n);
			continue;
		}
		if (t->kind == PL_SH_T_OPEN && n->words && !n->words->next && !n->assigns)
			return pl_sh_unexpected(p, "a command"),
			       n; /* name( is a function: see below */
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
			return pl_sh_function_read(p, taken);
		*word = taken.word;
		word = &taken.word->next;
	}
}
