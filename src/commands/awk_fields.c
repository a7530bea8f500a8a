// SPDX-License-Identifier: Apache-2.0
/* A record and its fields, each made of the other when it is asked for. */
#include "commands/awk_int.h"

#define FIELDS_MAX 100000

struct pl_awk_value pl_awk_fail(struct pl_awk *w, unsigned line, const char *what)
{
	if (w->rc == 0)
		w->rc = pl_fail(w->err, PL_SCRIPTS, "%s: line %u: awk program, line %u: %s",
				w->call->script, w->call->line, line, what);
	return (struct pl_awk_value){0};
}

bool pl_awk_account(struct pl_awk *w, size_t n)
{
	w->made += n;
	if (w->rc == 0 && (n > PL_CMD_TEXT_MAX || w->made > (uint64_t)256 << 20))
		w->rc = pl_fail(w->err, PL_LIMIT, "%s: line %u: awk: texts that are too large",
				w->call->script, w->call->line);
	return w->rc == 0;
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

static void split_blanks(struct pl_str text, void (*add)(void *ctx, struct pl_str part), void *ctx)
{
	for (size_t at = 0;;) {
		while (at < text.n && is_blank(text.p[at]))
			at++;
		size_t from = at;
		while (at < text.n && !is_blank(text.p[at]))
			at++;
		if (at == from)
			return;
		add(ctx, pl_str_sub(text, from, at - from));
	}
}

static void split_regex(struct pl_awk *w, struct pl_str text, const char *separator,
			void (*add)(void *ctx, struct pl_str part), void *ctx)
{
	struct pl_cmd_regex r = {0};
	struct pl_cmd_match m;
	size_t at = 0;
	if (pl_awk_regex(separator, &r, w->err) < 0) {
		w->rc = pl_ctx(w->err, "%s: line %u", w->call->script, w->call->line);
		return;
	}
	for (size_t from = 0; from <= text.n && pl_cmd_regex_find(&r, text, from, &m);) {
		if (m.to == m.from) {
			from = m.to + 1;
			continue;
		}
		add(ctx, pl_str_sub(text, at, m.from - at));
		at = from = m.to;
	}
	add(ctx, pl_str_sub(text, at, text.n));
	pl_cmd_regex_done(&r);
}

void pl_awk_split(struct pl_awk *w, struct pl_str text, const char *separator,
		  void (*add)(void *ctx, struct pl_str part), void *ctx)
{
	if (text.n == 0)
		return;
	if (strcmp(separator, " ") == 0) {
		split_blanks(text, add, ctx);
	} else if (!*separator) {
		pl_awk_fail(w, 0, "an empty separator is not known");
	} else if (separator[1]) {
		split_regex(w, text, separator, add, ctx);
	} else {
		while (text.p)
			add(ctx, pl_str_cut(&text, *separator));
	}
}

static void add_field(void *ctx, struct pl_str part)
{
	struct pl_awk *w = ctx;
	if (w->fields.n <= FIELDS_MAX)
		*pl_vec_push(&w->fields) = pl_awk_text(part, PL_AWK_INPUT);
	else
		pl_awk_fail(w, 0, "so many fields");
}

static void clear_fields(struct pl_awk *w, size_t from)
{
	while (w->fields.n > from)
		pl_awk_value_done(&w->fields.v[--w->fields.n]);
}

static void make_fields(struct pl_awk *w)
{
	if (!w->fields_old)
		return;
	PL_AUTOFREE char *separator = pl_awk_variable_text(w, "FS");
	PL_AUTOFREE char *line = pl_xstrndup(w->fields.v[0].text, w->fields.v[0].n);
	w->fields_old = false;
	clear_fields(w, 1);
	pl_awk_split(w, (struct pl_str){line, w->fields.v[0].n}, separator, add_field, w);
}

static void make_line(struct pl_awk *w)
{
	if (!w->line_old)
		return;
	PL_AUTOFREE char *separator = pl_awk_variable_text(w, "OFS");
	PL_AUTO(buf) line = {.max = PL_CMD_TEXT_MAX};
	for (size_t i = 1; i < w->fields.n; i++) {
		PL_AUTO(buf) number = {0};
		if (i > 1)
			pl_buf_adds(&line, separator);
		pl_buf_addstr(&line, pl_awk_to_text(&w->fields.v[i], &number));
	}
	w->line_old = false;
	pl_awk_account(w, line.n);
	pl_awk_value_done(&w->fields.v[0]);
	w->fields.v[0] = pl_awk_text(pl_buf_str(&line), PL_AWK_INPUT);
}

void pl_awk_line_set(struct pl_awk *w, struct pl_str line)
{
	clear_fields(w, 0);
	pl_awk_account(w, line.n);
	*pl_vec_push(&w->fields) = pl_awk_text(line, PL_AWK_INPUT);
	w->fields_old = true;
	w->line_old = false;
}

struct pl_awk_value pl_awk_field(struct pl_awk *w, double index)
{
	if (index < 0 || index > FIELDS_MAX)
		return pl_awk_fail(w, 0, "there is no such field");
	if (index < 1) {
		make_line(w);
		return pl_awk_copy(&w->fields.v[0]);
	}
	make_fields(w);
	return (size_t)index < w->fields.n ? pl_awk_copy(&w->fields.v[(size_t)index])
					   : (struct pl_awk_value){0};
}

/* Fields that are not there yet become empty ones. */
static void extend(struct pl_awk *w, size_t n)
{
	while (w->fields.n <= n)
		*pl_vec_push(&w->fields) = pl_awk_text(PL_STR(""), PL_AWK_INPUT);
}

void pl_awk_field_set(struct pl_awk *w, double index, struct pl_awk_value v)
{
	PL_AUTO(buf) number = {0};
	if (index < 0 || index > FIELDS_MAX) {
		pl_awk_fail(w, 0, "there is no such field");
	} else if (index < 1) {
		pl_awk_line_set(w, pl_awk_to_text(&v, &number));
	} else {
		make_fields(w);
		extend(w, (size_t)index);
		pl_awk_value_done(&w->fields.v[(size_t)index]);
		w->fields.v[(size_t)index] = pl_awk_copy(&v);
		w->line_old = true;
	}
	pl_awk_value_done(&v);
}

size_t pl_awk_field_count(struct pl_awk *w)
{
	make_fields(w);
	return w->fields.n - 1;
}

void pl_awk_field_count_set(struct pl_awk *w, double n)
{
	if (n < 0 || n > FIELDS_MAX) {
		pl_awk_fail(w, 0, "such a number of fields");
		return;
	}
	make_fields(w);
	extend(w, (size_t)n);
	clear_fields(w, (size_t)n + 1);
	w->line_old = true;
}
