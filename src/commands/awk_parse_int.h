// SPDX-License-Identifier: Apache-2.0
/* Between the parts of awk's parser: tokens and expressions (awk_expression.c), statements and
 * rules (awk_parse.c). An error sticks in the parser (rc); after one every function does as at the
 * end. */
#pragma once

#include "commands/awk_int.h"

struct pl_awk_parser {
	struct pl_awk_program *program;
	struct pl_awk_lexer l;
	struct pl_err *err;
	int rc; /* sticky */
	unsigned depth;
	bool no_greater; /* of print: > is a redirection */
	bool no_in;      /* for (x in a) */
};

/* Note the first error: PL_INPUT, and PL_SCRIPTS for what this awk does not know. */
void pl_awk_parse_wrong(struct pl_awk_parser *p, const char *what);
void pl_awk_parse_unknown(struct pl_awk_parser *p, const char *what);
/* One level deeper: false when it is too deep. Who was let in takes one from depth. */
bool pl_awk_parse_deeper(struct pl_awk_parser *p);

/* -- tokens -- */

void pl_awk_token_next(struct pl_awk_parser *p);
bool pl_awk_token_is(const struct pl_awk_parser *p, enum pl_awk_token kind, const char *word);
bool pl_awk_sign_is(const struct pl_awk_parser *p, const char *sign);
/* Take it if it is next. */
bool pl_awk_sign_take(struct pl_awk_parser *p, const char *sign);
bool pl_awk_word_take(struct pl_awk_parser *p, const char *word);
/* Takes it, or fails. */
void pl_awk_sign_expect(struct pl_awk_parser *p, const char *sign);
/* What may stand where a line goes on, and what ends a statement. */
void pl_awk_newlines_skip(struct pl_awk_parser *p);
void pl_awk_ends_skip(struct pl_awk_parser *p);

/* -- expressions -- */

struct pl_awk_node *pl_awk_node_new(struct pl_awk_parser *p, enum pl_awk_kind kind,
				    struct pl_awk_node *a, struct pl_awk_node *b);
struct pl_awk_node *pl_awk_parse_expression(struct pl_awk_parser *p);
/* Without comparison and what binds less: of print's redirection. */
struct pl_awk_node *pl_awk_parse_concat(struct pl_awk_parser *p);
/* Expressions with commas between, up to a sign that is not taken. */
struct pl_awk_node *pl_awk_parse_list(struct pl_awk_parser *p, const char *end);
