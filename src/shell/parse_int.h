// SPDX-License-Identifier: Apache-2.0
/* Between the parts of the parser: characters, words (word.c), tokens and here-documents (lex.c),
 * the grammar (parse.c). An error sticks in the parser (rc); after one every function does as at
 * the end of the text, so that callers need not look. */
#pragma once

#include "shell/syntax_int.h"

#include "base/buf.h"

enum pl_sh_token_kind {
	PL_SH_T_NONE, /* none was read ahead */
	PL_SH_T_END,
	PL_SH_T_NEWLINE,
	PL_SH_T_WORD,
	PL_SH_T_AND_IF,
	PL_SH_T_OR_IF,
	PL_SH_T_SEMI,
	PL_SH_T_DSEMI,
	PL_SH_T_SEMI_AND,
	PL_SH_T_AND,
	PL_SH_T_PIPE,
	PL_SH_T_OPEN,
	PL_SH_T_CLOSE,
	PL_SH_T_REDIRECT,
};
struct pl_sh_token {
	enum pl_sh_token_kind kind;
	unsigned line;
	size_t start, end; /* in the text */
	struct pl_sh_word *word;
	struct pl_str literal; /* of a word that is plain unquoted text; p NULL: it is not */
	enum pl_sh_redirect_kind redirect;
	int fd;          /* of a redirection: -1: not given */
	bool strip_tabs; /* <<- */
	bool is_string;  /* <<< */
};
/* A here-document whose text is still to come. */
struct pl_sh_here {
	struct pl_sh_redirect *redirect;
	struct pl_str end; /* its delimiter without quotes */
	bool quoted, strip_tabs;
	struct pl_sh_here *next;
};

#define PL_SH_DEPTH 200 /* constructs within each other */
#define PL_SH_EOF (-1)

/* -- characters -- */

/* The byte at the text's place, k bytes on; line continuations at the place are skipped first. */
int pl_sh_peek(struct pl_sh_parser *p);
int pl_sh_peek_at(struct pl_sh_parser *p, size_t k);
void pl_sh_skip(struct pl_sh_parser *p, size_t n); /* counts lines */
bool pl_sh_failed(const struct pl_sh_parser *p);
/* Notes the first error: what, line and column of the text's place, then the text. */
void pl_sh_fail(struct pl_sh_parser *p, enum pl_code code, const char *fmt, ...) PL_PRINTF(3, 4);

/* -- words (word.c) -- */

enum pl_sh_mode {
	PL_SH_IN_COMMAND,       /* to a blank or an operator */
	PL_SH_IN_QUOTES,        /* "...": to the quote */
	PL_SH_IN_BRACES,        /* behind an operator of ${...}: to the brace */
	PL_SH_IN_QUOTED_BRACES, /* the same in quotes: ' is itself (2.6.2) */
	PL_SH_IN_REPLACE,       /* bash ${x/...: to / or } */
	PL_SH_IN_SUBSTRING,     /* bash ${x:...: to : or } */
	PL_SH_IN_INDEX,         /* bash x[...: to ] */
	PL_SH_IN_ARITH,         /* $((...)): to )) */
	PL_SH_IN_DOCUMENT,      /* a here-document: to the end of the text */
	PL_SH_IN_REGEX,         /* bash: behind =~ */
};
/* Reads the parts of a word up to what ends it in that mode, which is left in the text. */
struct pl_sh_word *pl_sh_word_read(struct pl_sh_parser *p, enum pl_sh_mode mode);

/* -- tokens (lex.c) -- */

/* The next token, which stays until it is taken. */
const struct pl_sh_token *pl_sh_token_peek(struct pl_sh_parser *p);
struct pl_sh_token pl_sh_token_take(struct pl_sh_parser *p);
/* Is it a word that says just this? Takes it then. */
bool pl_sh_keyword_take(struct pl_sh_parser *p, const char *word);
bool pl_sh_keyword_is(struct pl_sh_parser *p, const char *word);
/* Takes the newlines that are next. */
void pl_sh_newlines_take(struct pl_sh_parser *p);
/* A here-document begins behind the current line. */
void pl_sh_here_expect(struct pl_sh_parser *p, struct pl_sh_redirect *r, struct pl_sh_word *end,
		       bool strip_tabs);
/* Puts an alias's text into the place of the word that was next. false: it is none. */
bool pl_sh_alias_expand(struct pl_sh_parser *p);

/* -- the grammar (parse.c) -- */

struct pl_sh_node *pl_sh_node_new(struct pl_sh_parser *p, enum pl_sh_kind kind, unsigned line);
/* What is there instead of what should be: fails. */
void pl_sh_unexpected(struct pl_sh_parser *p, const char *wanted);
/* A command with its redirections; NULL: there is none. */
struct pl_sh_node *pl_sh_command_read(struct pl_sh_parser *p);

/* What stands up to `)` or the end of the text; NULL: nothing. */
struct pl_sh_node *pl_sh_commands_read(struct pl_sh_parser *p);
/* The commands of a text of its own, such as that between backquotes. */
struct pl_sh_node *pl_sh_inner_parse(struct pl_sh_parser *p, struct pl_str text, unsigned line);
/* One level deeper: false when it is too deep. Every enter that was true has its leave. */
bool pl_sh_enter(struct pl_sh_parser *p);
void pl_sh_leave(struct pl_sh_parser *p);

/* -- simple commands (parse_simple.c) -- */

struct pl_sh_node *pl_sh_simple_read(struct pl_sh_parser *p);
/* Behind its name. */
struct pl_sh_node *pl_sh_function_read(struct pl_sh_parser *p, struct pl_sh_token name);
/* Adds the redirections that are next. */
void pl_sh_redirects_read(struct pl_sh_parser *p, struct pl_sh_node *n);

/* -- bash's (parse_test.c) -- */

/* What stands in [[ ]], behind the first. */
struct pl_sh_test *pl_sh_test_read(struct pl_sh_parser *p);
/* Behind the first parenthesis of ((. */
struct pl_sh_node *pl_sh_arith_test_read(struct pl_sh_parser *p, unsigned line);
