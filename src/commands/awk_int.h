// SPDX-License-Identifier: Apache-2.0
/*
 * awk, as POSIX has it and mawk and gawk agree: parsed (awk_lex.c, awk_parse.c) into a tree and run
 * (awk_run.c over awk_eval.c, awk_value.c, awk_text.c). Not known, and refused: functions of the
 * program's own, getline, commands, time and chance, {n} in expressions, for (k in a) over several
 * keys (whose order is nobody's), a field or record separator of several meanings.
 *
 * Ownership: the program's arena owns syntax; values own their texts. Limits: those of the shell's
 * steps, texts of 16 MiB, 256 MiB made in all, nesting 100.
 */
#pragma once

#include "base/arena.h"
#include "base/map.h"
#include "commands/commands_int.h"
#include "commands/regex_int.h"

/* -- values (awk_value.c) -- */

enum pl_awk_type {
	PL_AWK_UNSET,
	PL_AWK_NUMBER,
	PL_AWK_TEXT,
	PL_AWK_INPUT, /* a text from outside: compared as a number where it looks like one */
};
struct pl_awk_value {
	enum pl_awk_type type;
	double number;
	char *text; /* of TEXT and INPUT; NUL-terminated */
	size_t n;
};
struct pl_awk_value pl_awk_number(double v);
struct pl_awk_value pl_awk_text(struct pl_str s, enum pl_awk_type type); /* copies */
struct pl_awk_value pl_awk_copy(const struct pl_awk_value *v);
void pl_awk_value_done(struct pl_awk_value *v);
double pl_awk_to_number(const struct pl_awk_value *v);
/* As a text; a number goes into buf, an integer of 31 bits as one, others as CONVFMT's "%.6g" has
 * it. */
struct pl_str pl_awk_to_text(const struct pl_awk_value *v, struct pl_buf *buf);
double pl_awk_whole(double v); /* cut towards 0 */
bool pl_awk_is_true(const struct pl_awk_value *v);
/* <0, 0, >0: as numbers when both are, else as texts. */
int pl_awk_compare(const struct pl_awk_value *a, const struct pl_awk_value *b);

/* -- syntax -- */

enum pl_awk_token {
	PL_AWK_END,
	PL_AWK_NEWLINE, /* or ; (then the letter) */
	PL_AWK_NAME,
	PL_AWK_CALL, /* a name with ( directly behind it, or a function of awk's own */
	PL_AWK_NUMERAL,
	PL_AWK_STRING,
	PL_AWK_REGEX,
	PL_AWK_WORD, /* a reserved word */
	PL_AWK_SIGN, /* up to three letters */
};
struct pl_awk_lexer {
	struct pl_arena *arena;
	struct pl_str text;
	size_t at;
	unsigned line;
	enum pl_awk_token kind;
	struct pl_str word; /* the token's text; a string's and regex's without its quotes */
	double number;
};
/* The next token. PL_INPUT names what is wrong, by line. */
int pl_awk_next(struct pl_awk_lexer *l, struct pl_err *err) PL_MUST_USE;

enum pl_awk_kind {
	/* expressions */
	PL_AWK_CONSTANT,
	PL_AWK_MATCH_LINE, /* /re/ alone */
	PL_AWK_VARIABLE,
	PL_AWK_FIELD,
	PL_AWK_ELEMENT,
	PL_AWK_IN,
	PL_AWK_GROUP,    /* ( ) */
	PL_AWK_ASSIGN,   /* op: '=' or the operator of += ... */
	PL_AWK_INCREASE, /* op '+' or '-'; after: x++ */
	PL_AWK_UNARY,
	PL_AWK_BINARY, /* op; '<=' is 'l', '>=' 'g', '!=' 'n', '==' 'e' */
	PL_AWK_CONCAT,
	PL_AWK_MATCH,
	PL_AWK_AND,
	PL_AWK_OR,
	PL_AWK_CONDITION,
	PL_AWK_FUNCTION,
	/* statements */
	PL_AWK_EXPRESSION,
	PL_AWK_PRINT,
	PL_AWK_PRINTF,
	PL_AWK_BLOCK,
	PL_AWK_IF,
	PL_AWK_WHILE,
	PL_AWK_DO,
	PL_AWK_FOR,
	PL_AWK_FOR_IN,
	PL_AWK_BREAK,
	PL_AWK_CONTINUE,
	PL_AWK_NEXT,
	PL_AWK_EXIT,
	PL_AWK_DELETE,
};
struct pl_awk_node {
	enum pl_awk_kind kind;
	char op;
	bool after, negated, appends;
	unsigned line, height;
	struct pl_awk_node *a, *b, *c, *d, *next;
	struct pl_str name; /* a variable's, a function's, a regex's text */
	struct pl_awk_value value;
	struct pl_cmd_regex *regex;
};
struct pl_awk_rule {
	enum { PL_AWK_BEGIN_RULE, PL_AWK_LINE_RULE, PL_AWK_RANGE_RULE, PL_AWK_END_RULE } when;
	struct pl_awk_node *pattern, *last; /* NULL: always */
	struct pl_awk_node *body;           /* NULL: print */
	bool in_range;
};
struct pl_awk_program {
	struct pl_arena arena;
	PL_VEC(struct pl_awk_rule) rules;
	PL_VEC(struct pl_cmd_regex *) regexes;
};
/* PL_INPUT: no awk; PL_SCRIPTS: what is not known. Both name the line in the program. */
int pl_awk_parse(struct pl_awk_program *p, struct pl_str text, struct pl_err *err) PL_MUST_USE;
void pl_awk_program_done(struct pl_awk_program *p);
/* An awk expression (its escapes) as POSIX's. */
int pl_awk_regex(const char *text, struct pl_cmd_regex *ret, struct pl_err *err) PL_MUST_USE;
/* The escapes of a string or of -v's value, at *at behind the backslash. */
void pl_awk_unescape(struct pl_str s, size_t *at, struct pl_buf *out);

/* -- running -- */

enum pl_awk_flow {
	PL_AWK_GO,
	PL_AWK_BREAKS,
	PL_AWK_CONTINUES,
	PL_AWK_NEXTS,
	PL_AWK_EXITS,
};
struct pl_awk {
	struct pl_shell_call *call;
	struct pl_err *err;
	int rc; /* sticky: negative */
	struct pl_awk_program program;
	struct pl_arena names;              /* of variables */
	struct pl_map variables;            /* name -> struct pl_awk_value */
	struct pl_map arrays;               /* name -> struct pl_awk_array */
	PL_VEC(struct pl_awk_value) fields; /* $0 is [0] */
	bool fields_old, line_old;          /* $1... or $0 must be made anew */
	PL_VEC(char *) written;             /* paths that were opened for > */
	bool wrote;                         /* into a file */
	struct pl_buf out;
	struct pl_buf *input; /* all of standard input, once it was read */
	bool descending;      /* the order of keys in this run */
	bool has_order;       /* there was one to choose */
	uint64_t made;        /* bytes of texts */
	enum pl_awk_flow flow;
	int status;
};
struct pl_awk_array {
	struct pl_arena keys;
	struct pl_map items; /* key -> struct pl_awk_value, NULL: deleted */
	size_t n;
};

/* Says what went wrong, once; what it returns is unset. */
struct pl_awk_value pl_awk_fail(struct pl_awk *w, unsigned line, const char *what);
bool pl_awk_account(struct pl_awk *w, size_t n); /* n bytes are made; false: too many */
/* awk_fields.c */
void pl_awk_line_set(struct pl_awk *w, struct pl_str line);
struct pl_awk_value pl_awk_field(struct pl_awk *w, double index);
void pl_awk_field_set(struct pl_awk *w, double index, struct pl_awk_value v); /* takes v */
size_t pl_awk_field_count(struct pl_awk *w);
void pl_awk_field_count_set(struct pl_awk *w, double n);
/* Cuts a text at a separator; add gets each part. */
void pl_awk_split(struct pl_awk *w, struct pl_str text, const char *separator,
		  void (*add)(void *ctx, struct pl_str part), void *ctx);
/* awk_eval.c */
struct pl_awk_value pl_awk_eval(struct pl_awk *w, const struct pl_awk_node *n);
struct pl_awk_value *pl_awk_variable(struct pl_awk *w, const char *name);
/* Takes v over. */
void pl_awk_variable_set(struct pl_awk *w, const char *name, struct pl_awk_value v);
/* The value as a text; the caller's. */
char *pl_awk_variable_text(struct pl_awk *w, const char *name);
void pl_awk_assign(struct pl_awk *w, const struct pl_awk_node *to, struct pl_awk_value v);
struct pl_awk_array *pl_awk_array(struct pl_awk *w, struct pl_str name);
struct pl_awk_value *pl_awk_item(struct pl_awk_array *a, struct pl_str key);
void pl_awk_array_clear(struct pl_awk_array *a);
/* awk_text.c */
struct pl_awk_value pl_awk_call(struct pl_awk *w, const struct pl_awk_node *n);
/* printf's and sprintf's: the format and its arguments, evaluated. */
void pl_awk_format(struct pl_awk *w, const struct pl_awk_node *args, struct pl_buf *out);
bool pl_awk_is_match(struct pl_awk *w, const struct pl_awk_node *re, struct pl_str text,
		     size_t from, struct pl_cmd_match *ret);
bool pl_awk_is_function(struct pl_str name);
