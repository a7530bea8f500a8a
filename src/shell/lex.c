// SPDX-License-Identifier: Apache-2.0
/* Characters and tokens (2.3), here-documents (2.7.4), aliases (2.3.1). */
#include "shell/parse_int.h"

bool pl_sh_failed(const struct pl_sh_parser *p) { return p->rc < 0; }

void pl_sh_fail(struct pl_sh_parser *p, enum pl_code code, const char *fmt, ...)
{
	char text[256];
	unsigned column = 1;
	va_list ap;
	if (pl_sh_failed(p))
		return;
	va_start(ap, fmt);
	(void)!vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (size_t k = p->at; k > 0 && p->text.p[k - 1] != '\n'; k--)
		column++;
	p->rc = pl_fail(p->err, code, "%s: line %u, column %u: %s", p->what, p->line, column, text);
}

static void skip_continuations(struct pl_sh_parser *p)
{
	while (p->at + 1 < p->text.n && p->text.p[p->at] == '\\' && p->text.p[p->at + 1] == '\n') {
		p->at += 2;
		p->line++;
	}
}

int pl_sh_peek(struct pl_sh_parser *p)
{
	skip_continuations(p);
	return pl_sh_peek_at(p, 0);
}

int pl_sh_peek_at(struct pl_sh_parser *p, size_t k)
{
	if (pl_sh_failed(p) || p->at + k >= p->text.n)
		return PL_SH_EOF;
	return (unsigned char)p->text.p[p->at + k];
}

void pl_sh_skip(struct pl_sh_parser *p, size_t n)
{
	for (; n && p->at < p->text.n; n--)
		if (p->text.p[p->at++] == '\n')
			p->line++;
}

/* -- here-documents -- */

/* The delimiter as it is compared: its quotes taken away. */
static struct pl_str delimiter_of(struct pl_sh_parser *p, const struct pl_sh_word *w,
				  bool *ret_quoted)
{
	PL_AUTO(buf) b = {0};
	*ret_quoted = false;
	for (const struct pl_sh_part *part = w->parts; part; part = part->next) {
		*ret_quoted = *ret_quoted || part->quoted;
		if (part->kind == PL_SH_TEXT)
			pl_buf_addstr(&b, part->text);
		else if (part->kind != PL_SH_AT_EMPTY)
			pl_sh_fail(p, PL_INPUT, "the end of a here-document may hold no expansion");
	}
	return pl_arena_str(p->arena, pl_buf_str(&b));
}

void pl_sh_here_expect(struct pl_sh_parser *p, struct pl_sh_redirect *r, struct pl_sh_word *end,
		       bool strip_tabs)
{
	struct pl_sh_here *h = pl_arena_new(p->arena, struct pl_sh_here), **last = &p->pending;
	h->redirect = r;
	h->end = delimiter_of(p, end, &h->quoted);
	h->strip_tabs = strip_tabs;
	while (*last)
		last = &(*last)->next;
	*last = h;
}

/* A line without its newline; *ret_more: there was one. */
static struct pl_str take_line(struct pl_sh_parser *p, bool *ret_more)
{
	struct pl_str line = pl_str_sub(p->text, p->at, p->text.n);
	line.n = pl_str_find(line, '\n') == SIZE_MAX ? line.n : pl_str_find(line, '\n');
	pl_sh_skip(p, line.n);
	*ret_more = p->at < p->text.n;
	pl_sh_skip(p, *ret_more);
	return line;
}

static bool is_continued(struct pl_str line)
{
	size_t n = 0;
	while (n < line.n && line.p[line.n - 1 - n] == '\\')
		n++;
	return n % 2;
}

static struct pl_sh_word *document_word(struct pl_sh_parser *p, const struct pl_sh_here *h,
					struct pl_str text, unsigned line)
{
	struct pl_sh_word *w = pl_arena_new(p->arena, struct pl_sh_word);
	w->line = line;
	if (!h->quoted) {
		struct pl_sh_parser inner = *p;
		inner.text = text;
		inner.at = 0;
		inner.line = line;
		inner.pending = NULL;
		w = pl_sh_word_read(&inner, PL_SH_IN_DOCUMENT);
		p->rc = inner.rc;
	} else if (text.n) {
		w->parts = pl_arena_new(p->arena, struct pl_sh_part);
		w->parts->kind = PL_SH_TEXT;
		w->parts->quoted = true;
		w->parts->text = text;
	}
	return w;
}

static void read_document(struct pl_sh_parser *p, const struct pl_sh_here *h)
{
	PL_AUTO(buf) text = {0};
	unsigned first = p->line;
	bool more = p->at < p->text.n, continued = false;
	while (more) {
		struct pl_str line = take_line(p, &more);
		for (; h->strip_tabs && !continued && line.n && *line.p == '\t'; line.n--)
			line.p++;
		if (!continued && pl_str_eq(line, h->end)) {
			h->redirect->word = document_word(
				p, h, pl_arena_str(p->arena, pl_buf_str(&text)), first);
			return;
		}
		continued = !h->quoted && is_continued(line);
		pl_buf_addstr(&text, line);
		pl_buf_addc(&text, '\n');
	}
	pl_sh_fail(p, PL_INPUT, "the here-document from line %u has no end: no line says %s", first,
		   PL_SHOWN(h->end));
}

static void read_documents(struct pl_sh_parser *p)
{
	struct pl_sh_here *h = p->pending;
	p->pending = NULL;
	for (; h && !pl_sh_failed(p); h = h->next)
		read_document(p, h);
}

/* -- tokens -- */

static void skip_blanks(struct pl_sh_parser *p)
{
	int c;
	while ((c = pl_sh_peek(p)) == ' ' || c == '\t')
		pl_sh_skip(p, 1);
	if (c != '#')
		return;
	while (p->at < p->text.n && p->text.p[p->at] != '\n')
		p->at++;
}

struct operator
{
	const char *text;
	enum pl_sh_token_kind kind;
	enum pl_sh_redirect_kind redirect;
	bool bash, strip_tabs, is_string;
};
/* The longest first. */
static const struct operator operators[] = {
	{.text = "&>>", .kind = PL_SH_T_REDIRECT, .redirect = PL_SH_APPEND_BOTH, .bash = true},
	{.text = "<<<",
	 .kind = PL_SH_T_REDIRECT,
	 .redirect = PL_SH_HERE,
	 .bash = true,
	 .is_string = true},
	{.text = "<<-", .kind = PL_SH_T_REDIRECT, .redirect = PL_SH_HERE, .strip_tabs = true},
	{.text = "&>", .kind = PL_SH_T_REDIRECT, .redirect = PL_SH_WRITE_BOTH, .bash = true},
	{.text = "<<", .kind = PL_SH_T_REDIRECT, .redirect = PL_SH_HERE},
	{.text = "<&", .kind = PL_SH_T_REDIRECT, .redirect = PL_SH_DUP},
	{.text = "<>", .kind = PL_SH_T_REDIRECT, .redirect = PL_SH_READ_WRITE},
	{.text = "<", .kind = PL_SH_T_REDIRECT, .redirect = PL_SH_READ},
	{.text = ">>", .kind = PL_SH_T_REDIRECT, .redirect = PL_SH_APPEND},
	{.text = ">&", .kind = PL_SH_T_REDIRECT, .redirect = PL_SH_DUP},
	{.text = ">|", .kind = PL_SH_T_REDIRECT, .redirect = PL_SH_CLOBBER},
	{.text = ">", .kind = PL_SH_T_REDIRECT, .redirect = PL_SH_WRITE},
	{.text = "&&", .kind = PL_SH_T_AND_IF},
	{.text = "||", .kind = PL_SH_T_OR_IF},
	{.text = ";;", .kind = PL_SH_T_DSEMI},
	{.text = ";&", .kind = PL_SH_T_SEMI_AND, .bash = true},
	{.text = "&", .kind = PL_SH_T_AND},
	{.text = "|", .kind = PL_SH_T_PIPE},
	{.text = ";", .kind = PL_SH_T_SEMI},
	{.text = "(", .kind = PL_SH_T_OPEN},
	{.text = ")", .kind = PL_SH_T_CLOSE},
};

/* Operators may have continuations within them: they are compared byte by byte. */
static bool matches(struct pl_sh_parser *p, const char *text)
{
	struct pl_sh_parser at = *p;
	for (; *text; text++) {
		if (pl_sh_peek(&at) != *text)
			return false;
		pl_sh_skip(&at, 1);
	}
	p->at = at.at;
	p->line = at.line;
	return true;
}

static bool read_operator(struct pl_sh_parser *p, struct pl_sh_token *t)
{
	for (size_t i = 0; i < PL_COUNT(operators); i++) {
		const struct operator* o = & operators[i];
		if ((o->bash && !p->bash) || !matches(p, o->text))
			continue;
		t->kind = o->kind;
		t->redirect = o->redirect;
		t->strip_tabs = o->strip_tabs;
		t->is_string = o->is_string;
		return true;
	}
	return false;
}

/* A number right before < or > is a descriptor (2.10.1, rule 2). */
static bool read_descriptor(struct pl_sh_parser *p, struct pl_sh_token *t)
{
	int c = pl_sh_peek(p), after = pl_sh_peek_at(p, 1);
	if (c < '0' || c > '9' || (after != '<' && after != '>'))
		return false;
	pl_sh_skip(p, 1);
	t->fd = c - '0';
	return read_operator(p, t);
}

/* The text of a word that nothing quotes and nothing expands in. */
static struct pl_str literal_of(const struct pl_sh_word *w)
{
	const struct pl_sh_part *part = w->parts;
	if (part && part->kind == PL_SH_TEXT && !part->quoted && !part->next)
		return part->text;
	return (struct pl_str){NULL, 0};
}

static struct pl_sh_token read_token(struct pl_sh_parser *p)
{
	struct pl_sh_token t = {.fd = -1};
	skip_blanks(p);
	t.line = p->line;
	int c = pl_sh_peek(p);
	t.start = p->at;
	if (c == PL_SH_EOF) {
		t.kind = PL_SH_T_END;
		if (p->pending)
			read_documents(p);
	} else if (c == '\n') {
		t.kind = PL_SH_T_NEWLINE;
		pl_sh_skip(p, 1);
		read_documents(p);
	} else if (c == 0) {
		pl_sh_fail(p, PL_INPUT, "a NUL byte");
		t.kind = PL_SH_T_END;
	} else if (!read_descriptor(p, &t) && !read_operator(p, &t)) {
		t.kind = PL_SH_T_WORD;
		t.word = pl_sh_word_read(p, PL_SH_IN_COMMAND);
		t.literal = literal_of(t.word);
	}
	t.end = p->at;
	return t;
}

const struct pl_sh_token *pl_sh_token_peek(struct pl_sh_parser *p)
{
	if (!p->token) {
		struct pl_sh_token t = read_token(p);
		p->token = pl_arena_dup(p->arena, &t, 1, sizeof(t));
	}
	if (pl_sh_failed(p))
		p->token->kind = PL_SH_T_END;
	return p->token;
}

struct pl_sh_token pl_sh_token_take(struct pl_sh_parser *p)
{
	struct pl_sh_token t = *pl_sh_token_peek(p);
	p->token = NULL;
	return t;
}

bool pl_sh_keyword_is(struct pl_sh_parser *p, const char *word)
{
	const struct pl_sh_token *t = pl_sh_token_peek(p);
	return t->kind == PL_SH_T_WORD && t->literal.p && pl_str_is(t->literal, word);
}

bool pl_sh_keyword_take(struct pl_sh_parser *p, const char *word)
{
	bool is = pl_sh_keyword_is(p, word);
	if (is)
		p->token = NULL;
	return is;
}

void pl_sh_newlines_take(struct pl_sh_parser *p)
{
	while (pl_sh_token_peek(p)->kind == PL_SH_T_NEWLINE)
		p->token = NULL;
}

/* -- aliases -- */

#define EXPANSIONS_MAX 1000

/* An alias is not looked for in its own text. */
static bool is_expanding(struct pl_sh_parser *p, struct pl_str name)
{
	while (p->n_aliases && p->text.n - p->token->start <= p->alias_rest[p->n_aliases - 1])
		p->n_aliases--;
	for (size_t i = 0; i < p->n_aliases; i++)
		if (pl_str_eq(p->aliases[i], name))
			return true;
	return false;
}

bool pl_sh_alias_expand(struct pl_sh_parser *p)
{
	const struct pl_sh_token *t = pl_sh_token_peek(p);
	if (!p->alias || t->kind != PL_SH_T_WORD || !t->literal.p || is_expanding(p, t->literal))
		return false;
	struct pl_str value = p->alias(p->alias_ctx, t->literal);
	if (!value.p)
		return false;
	if (p->n_aliases == PL_COUNT(p->aliases) || p->n_expanded++ == EXPANSIONS_MAX) {
		pl_sh_fail(p, PL_LIMIT, "too many aliases at %s", PL_SHOWN(t->literal));
		return false;
	}
	p->aliases[p->n_aliases] = t->literal;
	p->alias_rest[p->n_aliases++] = p->text.n - t->end;
	PL_AUTO(buf) text = {0};
	pl_buf_addstr(&text, value);
	pl_buf_addc(&text, ' ');
	pl_buf_addstr(&text, pl_str_sub(p->text, t->end, p->text.n));
	p->line = t->line;
	p->text = pl_arena_str(p->arena, pl_buf_str(&text));
	p->at = 0;
	p->token = NULL;
	return true;
}
