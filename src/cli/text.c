// SPDX-License-Identifier: Apache-2.0
/* Text for people: tables that fit the terminal, and paragraphs. */
#include "cli/cli_int.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define SHORTEST 12 /* a column is not made narrower */
#define GAP 2       /* between columns */

size_t pl_terminal_columns(int fd)
{
	struct winsize size;
	if (!isatty(fd))
		return SIZE_MAX;
	bool known = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
	return known ? size.ws_col : 80;
}

void pl_out_text(struct pl_buf *out, const char *s)
{
	size_t n = strlen(s), room = 4 * n + 1;
	char *to = pl_buf_room(out, room);
	if (!to)
		return;
	pl_escape(to, room, s, n);
	out->n += strlen(to);
}

static struct pl_str next_word(struct pl_str *rest)
{
	size_t n = 0;
	while (rest->n && (rest->p[0] == ' ' || rest->p[0] == '\n'))
		*rest = pl_str_sub(*rest, 1, rest->n);
	while (n < rest->n && rest->p[n] != ' ' && rest->p[n] != '\n')
		n++;
	struct pl_str word = pl_str_sub(*rest, 0, n);
	*rest = pl_str_sub(*rest, n, rest->n);
	return word;
}

void pl_out_wrapped(struct pl_buf *out, const char *text, size_t at, size_t indent, size_t columns)
{
	struct pl_str rest = pl_str_of(text), word;
	bool begun = false;
	while ((word = next_word(&rest)).n) {
		if (begun && at + 1 + word.n > columns) {
			pl_buf_addf(out, "\n%*s", (int)indent, "");
			at = indent;
			begun = false;
		}
		pl_buf_addf(out, "%s" PL_STR_FMT, begun ? " " : "", PL_STR_ARG(word));
		at += word.n + begun;
		begun = true;
	}
	pl_buf_addc(out, '\n');
}

void pl_table_add(struct pl_table *t, const char *cell)
{
	PL_AUTO(buf) b = {0};
	pl_out_text(&b, cell ? cell : "-");
	*pl_vec_push(&t->cells) = pl_arena_cstr(t->a, pl_buf_str(&b));
}

void pl_table_addf(struct pl_table *t, const char *fmt, ...)
{
	PL_AUTO(buf) b = {0};
	va_list ap;
	va_start(ap, fmt);
	pl_buf_vaddf(&b, fmt, ap);
	va_end(ap);
	pl_table_add(t, pl_buf_str(&b).p);
}

const char *pl_cli_digest(struct pl_cli *c, const struct pl_digest *d)
{
	struct pl_str s = pl_str_of(PL_DIGEST_STR(d));
	struct pl_str hex = pl_str_sub(s, pl_str_find(s, ':') + 1, c->args.full ? s.n : 12);
	return pl_arena_printf(&c->arena, "%s" PL_STR_FMT, c->args.full ? "sha256:" : "",
			       PL_STR_ARG(hex));
}

struct column {
	size_t width;
	enum pl_column kind;
};

static size_t total_width(const struct column *v, size_t n)
{
	size_t sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += v[i].width ? v[i].width + GAP : 0;
	return sum ? sum - GAP : 0;
}

/* What says least is left out first, then the widest becomes narrower, until all fits. */
static void fit(struct column *v, size_t n, size_t columns)
{
	for (size_t i = n; i-- > 0 && total_width(v, n) > columns;)
		if (v[i].kind == PL_COLUMN_OPTIONAL)
			v[i].width = 0;
	while (total_width(v, n) > columns) {
		struct column *widest = NULL;
		for (size_t i = 0; i < n; i++)
			if (v[i].kind != PL_COLUMN_WHOLE && v[i].width > SHORTEST &&
			    (!widest || v[i].width > widest->width))
				widest = &v[i];
		if (!widest)
			return;
		widest->width--;
	}
}

static bool within_character(char c) { return ((unsigned char)c & 0xc0) == 0x80; } /* of UTF-8 */

/* A name's end says most: "...platform/velero:1.12.3-aws1.8.2". */
static const char *shortened(struct pl_arena *a, const char *cell, const struct column *c)
{
	struct pl_str s = pl_str_of(cell);
	if (s.n <= c->width)
		return cell;
	size_t n = c->width - 3;
	if (c->kind != PL_COLUMN_NAME) {
		while (n && within_character(s.p[n]))
			n--;
		return pl_arena_printf(a, PL_STR_FMT "...", (int)n, s.p);
	}
	struct pl_str tail = pl_str_sub(s, s.n - n, n);
	while (tail.n && within_character(tail.p[0]))
		tail = pl_str_sub(tail, 1, tail.n);
	size_t slash = pl_str_find(tail, '/');
	if (slash < tail.n / 2)
		tail = pl_str_sub(tail, slash, tail.n);
	return pl_arena_printf(a, "..." PL_STR_FMT, PL_STR_ARG(tail));
}

static const char *fitted(struct pl_cli *c, const char *text, size_t taken, enum pl_column kind)
{
	PL_AUTO(buf) b = {0};
	size_t columns = c->args.full ? SIZE_MAX : pl_terminal_columns(STDOUT_FILENO);
	struct column one = {columns > taken + SHORTEST ? columns - taken : SHORTEST, kind};
	pl_out_text(&b, text);
	return shortened(&c->arena, pl_arena_cstr(&c->arena, pl_buf_str(&b)), &one);
}

const char *pl_cli_fitted_name(struct pl_cli *c, const char *name, size_t taken)
{
	return fitted(c, name, taken, PL_COLUMN_NAME);
}

const char *pl_cli_fitted_text(struct pl_cli *c, const char *text, size_t taken)
{
	return fitted(c, text, taken, PL_COLUMN_TEXT);
}

static void measure(const struct pl_table *t, struct column *v)
{
	for (size_t i = 0; i < t->columns; i++)
		v[i].width = 0;
	for (size_t i = 0; i < t->cells.n; i++)
		if (strlen(t->cells.v[i]) > v[i % t->columns].width)
			v[i % t->columns].width = strlen(t->cells.v[i]);
}

/* Cells of a column that is left out are empty then. */
static void make_fit(struct pl_table *t, struct column *v)
{
	measure(t, v);
	fit(v, t->columns, pl_terminal_columns(STDOUT_FILENO));
	for (size_t i = 0; i < t->cells.n; i++) {
		const struct column *c = &v[i % t->columns];
		t->cells.v[i] = c->width ? shortened(t->a, t->cells.v[i], c) : "";
	}
}

void pl_table_print(struct pl_table *t, struct pl_cli *c)
{
	assert(t->columns);
	struct column *v = pl_arena_array(t->a, struct column, t->columns);
	for (size_t i = 0; i < t->columns; i++)
		v[i].kind = t->kinds ? t->kinds[i] : PL_COLUMN_WHOLE;
	if (!c->args.full)
		make_fit(t, v);
	measure(t, v);
	for (size_t row = 0; row < t->cells.n; row += t->columns) {
		size_t gap = 0; /* no blanks at the end of a line */
		for (size_t i = 0; i < t->columns; i++) {
			const char *cell = t->cells.v[row + i];
			if (v[i].width == 0)
				continue;
			if (cell[0])
				pl_buf_addf(&c->out, "%*s%s", (int)gap, "", cell);
			gap = (cell[0] ? 0 : gap) + v[i].width - strlen(cell) + GAP;
		}
		pl_buf_addc(&c->out, '\n');
	}
	pl_vec_free(&t->cells);
}
