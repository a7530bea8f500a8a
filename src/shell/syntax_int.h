// SPDX-License-Identifier: Apache-2.0
/*
 * A shell script as a syntax tree (POSIX.1-2024, Shell Command Language, chapter 2; dash where it
 * is silent; bash's arrays, [[, (( and <<< for scripts that ask for bash). The parser is pure: text
 * in, one complete command after the other out, so that an alias counts from the next line on, as
 * in dash. Ownership: everything lives in the arena given; words are slices of the text or of the
 * arena. Limits: depth of nesting (PL_LIMIT); the caller bounds the text.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

struct pl_sh_node;
struct pl_sh_word;

enum pl_sh_part_kind {
	PL_SH_TEXT,     /* literal text */
	PL_SH_PARAM,    /* $x, ${x...} */
	PL_SH_COMMAND,  /* $(...), `...` */
	PL_SH_ARITH,    /* $((...)) */
	PL_SH_AT_EMPTY, /* "" or '': a field even if nothing else is in it */
	PL_SH_ARRAY,    /* bash: (...) after NAME= */
};

/* What ${...} does with a value (2.6.2). */
enum pl_sh_op {
	PL_SH_VALUE,
	PL_SH_LENGTH,    /* ${#x} */
	PL_SH_DEFAULT,   /* - */
	PL_SH_ALTERNATE, /* + */
	PL_SH_ASSIGN,    /* = */
	PL_SH_ERROR,     /* ? */
	PL_SH_TRIM_HEAD, /* # */
	PL_SH_TRIM_HEAD_LONGEST,
	PL_SH_TRIM_TAIL, /* % */
	PL_SH_TRIM_TAIL_LONGEST,
	PL_SH_REPLACE,     /* bash: ${x/p/r} */
	PL_SH_REPLACE_ALL, /* bash: ${x//p/r} */
	PL_SH_SUBSTRING,   /* bash: ${x:offset:length} */
	PL_SH_INDIRECT,    /* bash: ${!x} */
	PL_SH_KEYS,        /* bash: ${!x[@]} */
	PL_SH_LOWER,       /* bash: ${x,,} */
	PL_SH_UPPER,       /* bash: ${x^^} */
	PL_SH_BAD,         /* what is none: an error once it is expanded, as in dash */
};

struct pl_sh_part {
	enum pl_sh_part_kind kind;
	bool quoted; /* inside quotes, or behind a backslash */
	struct pl_sh_part *next;
	struct pl_str text;         /* TEXT; PARAM: the name */
	enum pl_sh_op op;           /* PARAM */
	bool colon;                 /* PARAM: an empty value is as none */
	struct pl_sh_word *word;    /* PARAM: behind op; ARITH: the expression; ARRAY: its items */
	struct pl_sh_word *second;  /* PARAM: replacement, or length of a substring; NULL: none */
	struct pl_sh_word *index;   /* PARAM: bash's [...], NULL: none */
	struct pl_sh_node *command; /* COMMAND; NULL: nothing in it */
};

struct pl_sh_word {
	struct pl_sh_part *parts; /* NULL: the empty text, unquoted */
	struct pl_sh_word *next;
	unsigned line;
	bool assigned; /* the value of an assignment: ~ counts behind : too (2.6.1) */
};

struct pl_sh_assign {
	struct pl_str name;
	struct pl_sh_word *value; /* of (...): one ARRAY part */
	struct pl_sh_word *index; /* bash: NAME[...]= */
	bool append;              /* bash: += */
	struct pl_sh_assign *next;
};

enum pl_sh_redirect_kind {
	PL_SH_READ,       /* < */
	PL_SH_WRITE,      /* > */
	PL_SH_CLOBBER,    /* >|: whatever set -C says */
	PL_SH_APPEND,     /* >> */
	PL_SH_READ_WRITE, /* <> */
	PL_SH_DUP,        /* <& and >&: a number, or - */
	PL_SH_HERE,       /* <<, and bash's <<< */
	PL_SH_WRITE_BOTH, /* bash: &> */
	PL_SH_APPEND_BOTH,
};
struct pl_sh_redirect {
	enum pl_sh_redirect_kind kind;
	int fd;
	struct pl_sh_word *word; /* HERE: the document */
	struct pl_sh_redirect *next;
};

enum pl_sh_kind {
	PL_SH_SIMPLE,
	PL_SH_PIPE,
	PL_SH_NOT,
	PL_SH_AND,
	PL_SH_OR,
	PL_SH_SEQUENCE,
	PL_SH_BACKGROUND,
	PL_SH_SUBSHELL,
	PL_SH_GROUP,
	PL_SH_IF,
	PL_SH_FOR,
	PL_SH_WHILE,
	PL_SH_UNTIL,
	PL_SH_CASE,
	PL_SH_FUNCTION,
	PL_SH_TEST,       /* bash: [[ */
	PL_SH_ARITH_TEST, /* bash: (( */
};

struct pl_sh_case {
	struct pl_sh_word *patterns;
	struct pl_sh_node *body; /* NULL: nothing */
	bool falls_through;      /* ;& */
	struct pl_sh_case *next;
};

/* What [[ tests: words and operators in a tree of their own. */
enum pl_sh_test_kind { PL_SH_TEST_AND, PL_SH_TEST_OR, PL_SH_TEST_NOT, PL_SH_TEST_WORDS };
struct pl_sh_test {
	enum pl_sh_test_kind kind;
	struct pl_sh_test *a, *b;
	struct pl_sh_word *words[3]; /* one: is it not empty; two: operator, operand; three */
	int n_words;
};

struct pl_sh_node {
	enum pl_sh_kind kind;
	unsigned line;
	struct pl_sh_redirect *redirects;
	struct pl_sh_node *next; /* of PIPE's and SEQUENCE's parts */
	/* SIMPLE: words, assigns. FOR: name, words (has_words: "in" was there). CASE: words (one).
	 * FUNCTION: name, a. IF: a, b, else_. WHILE, UNTIL: a, b. PIPE, SEQUENCE: a is the first
	 * part. NOT, BACKGROUND, SUBSHELL, GROUP: a. AND, OR: a, b. FOR: b is its body. */
	struct pl_sh_node *a, *b, *else_;
	struct pl_sh_word *words;
	struct pl_sh_assign *assigns;
	struct pl_sh_case *cases;
	struct pl_sh_test *test;
	struct pl_str name;
	bool has_words;
};

struct pl_sh_parser {
	struct pl_arena *arena;
	struct pl_str text;
	const char *what; /* for messages: whose script */
	unsigned line;    /* of text's next byte, from 1 */
	bool bash;
	/* The text of an alias, {NULL, 0}: it is none. NULL: there are no aliases. */
	struct pl_str (*alias)(void *ctx, struct pl_str name);
	void *alias_ctx;

	/* The parser's own. */
	size_t at;
	unsigned depth;
	struct pl_sh_token *token;
	struct pl_sh_here *pending; /* here-documents whose text begins behind the line */
	struct pl_str aliases[8];   /* being expanded, and how much text is behind each */
	size_t alias_rest[8];
	size_t n_aliases, n_expanded;
	struct pl_err *err;
	int rc;
};

/* The next complete command, with what is on its lines: 1 and *ret; 0: the text is at its end (*ret
 * is NULL); PL_INPUT with what, line and column; PL_LIMIT for nesting. A failed parser stays so. */
int pl_sh_parse_next(struct pl_sh_parser *p, struct pl_sh_node **ret,
		     struct pl_err *err) PL_MUST_USE;

/* A name: letters, digits and underscores, no digit first (3.216). */
bool pl_sh_is_name(struct pl_str s);
