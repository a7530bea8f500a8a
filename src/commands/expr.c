// SPDX-License-Identifier: Apache-2.0
/* expr: POSIX's grammar with GNU's match, substr, index, length and +. */
#include "commands/commands_int.h"
#include "commands/regex_int.h"

#include "base/num.h"

#define NESTING_MAX 100

struct expr {
	struct pl_shell_call *call;
	char **v;
	int n, at;
	unsigned depth;
	bool skips; /* the side of | or & that is not asked: nothing is an error in it */
	struct pl_err *err;
	int rc; /* sticky: 1: wrong, and said */
};

static char *parse_or(struct expr *e);

static char *wrong(struct expr *e, const char *why)
{
	if (e->rc == 0) {
		e->rc = pl_shell_complain(e->call, 2, e->err, "%s", why);
		e->rc = e->rc < 0 ? e->rc : 1;
	}
	return pl_xstrdup("");
}

static bool take(struct expr *e, const char *word)
{
	if (e->rc || e->at >= e->n || strcmp(e->v[e->at], word) != 0)
		return false;
	e->at++;
	return true;
}

static bool integer(const char *s, int64_t *ret)
{
	uint64_t v;
	bool negative = *s == '-';
	if (!pl_parse_u64(pl_str_of(s + negative), INT64_MAX, &v))
		return false;
	*ret = negative ? -(int64_t)v : (int64_t)v;
	return true;
}

static char *number(int64_t v) { return pl_xprintf("%lld", (long long)v); }

/* Empty, or a zero however it is written. */
static bool is_null(const char *s)
{
	s += *s == '-';
	return strspn(s, "0") == strlen(s);
}

/* The number of bytes that match from the first on, or what the first group holds. */
static char *match(struct expr *e, const char *text, const char *pattern)
{
	struct pl_cmd_regex r = {0};
	struct pl_cmd_match m = {0};
	struct pl_err why = {0};
	if (pl_cmd_regex_init(&r, pattern, 0, &why) < 0)
		return wrong(e, why.msg);
	/* The leftmost match is at 0 if there is one there. */
	bool is = pl_cmd_regex_find(&r, pl_str_of(text), 0, &m) && m.from == 0;
	bool group = r.re.re_nsub > 0;
	char *ret;
	if (!group)
		ret = number(is ? (int64_t)m.to : 0);
	else if (!is || m.groups[1].rm_so < 0)
		ret = pl_xstrdup("");
	else
		ret = pl_xstrndup(text + m.groups[1].rm_so,
				  (size_t)(m.groups[1].rm_eo - m.groups[1].rm_so));
	pl_cmd_regex_done(&r);
	return ret;
}

static char *substr(const char *text, const char *from, const char *count)
{
	int64_t at, n;
	uint64_t length = strlen(text);
	if (!integer(from, &at) || !integer(count, &n) || at <= 0 || n <= 0 ||
	    (uint64_t)at > length)
		return pl_xstrdup("");
	uint64_t left = length - (uint64_t)at + 1;
	return pl_xstrndup(text + at - 1, (uint64_t)n < left ? (size_t)n : (size_t)left);
}

static char *parse_primary(struct expr *e)
{
	if (e->rc || e->at >= e->n)
		return wrong(e, "syntax error: missing argument");
	if (take(e, "(")) {
		char *inner = parse_or(e);
		if (take(e, ")"))
			return inner;
		free(inner);
		return wrong(e, "syntax error: expecting ')'");
	}
	if (take(e, ")"))
		return wrong(e, "syntax error: unexpected ')'");
	if (take(e, "+") && e->at >= e->n)
		return wrong(e, "syntax error: missing argument");
	return pl_xstrdup(e->v[e->at++]);
}

static char *parse_function(struct expr *e)
{
	static const char *const names[] = {"match", "substr", "index", "length"};
	size_t which = 0;
	while (which < PL_COUNT(names) && !take(e, names[which]))
		which++;
	if (which == PL_COUNT(names))
		return parse_primary(e);
	PL_AUTOFREE char *a = parse_function(e);
	if (which == 3)
		return number((int64_t)strlen(a));
	PL_AUTOFREE char *b = parse_function(e);
	if (which == 2) {
		size_t at = strcspn(a, b);
		return number(a[at] ? (int64_t)at + 1 : 0);
	}
	if (which == 0)
		return match(e, a, b);
	PL_AUTOFREE char *c = parse_function(e);
	return substr(a, b, c);
}

static char *parse_match(struct expr *e)
{
	char *a = parse_function(e);
	while (take(e, ":")) {
		PL_AUTOFREE char *left = a;
		PL_AUTOFREE char *b = parse_function(e);
		a = match(e, left, b);
	}
	return a;
}

/* 0 when an operand is no number or the result has no room: said. */
static char *calculate(struct expr *e, const char *a, char op, const char *b)
{
	int64_t x, y, v = 0;
	bool over = false;
	if (e->skips)
		return number(0);
	if (!integer(a, &x) || !integer(b, &y))
		return wrong(e, "non-integer argument");
	if (strchr("/%", op) && y == 0)
		return wrong(e, "division by zero");
	switch (op) {
	case '+':
		over = __builtin_add_overflow(x, y, &v);
		break;
	case '-':
		over = __builtin_sub_overflow(x, y, &v);
		break;
	case '*':
		over = __builtin_mul_overflow(x, y, &v);
		break;
	default:
		over = x == INT64_MIN && y == -1;
		v = over ? 0 : op == '/' ? x / y : x % y;
	}
	return over ? wrong(e, "the number is too large") : number(v);
}

static char *parse_product(struct expr *e)
{
	char *a = parse_match(e);
	for (;;) {
		char op = take(e, "*") ? '*' : take(e, "/") ? '/' : take(e, "%") ? '%' : 0;
		if (!op)
			return a;
		PL_AUTOFREE char *left = a;
		PL_AUTOFREE char *b = parse_match(e);
		a = calculate(e, left, op, b);
	}
}

static char *parse_sum(struct expr *e)
{
	char *a = parse_product(e);
	for (;;) {
		char op = take(e, "+") ? '+' : take(e, "-") ? '-' : 0;
		if (!op)
			return a;
		PL_AUTOFREE char *left = a;
		PL_AUTOFREE char *b = parse_product(e);
		a = calculate(e, left, op, b);
	}
}

static char *parse_comparison(struct expr *e)
{
	static const char *const names[] = {"<", "<=", "=", "==", "!=", ">=", ">"};
	char *a = parse_sum(e);
	for (;;) {
		size_t op = 0;
		while (op < PL_COUNT(names) && !take(e, names[op]))
			op++;
		if (op == PL_COUNT(names))
			return a;
		PL_AUTOFREE char *left = a;
		PL_AUTOFREE char *b = parse_sum(e);
		int64_t x, y;
		int c = strcmp(left, b);
		if (integer(left, &x) && integer(b, &y))
			c = (x > y) - (x < y);
		bool is[] = {c<0, c <= 0, c == 0, c == 0, c != 0, c >= 0, c> 0};
		a = number(is[op]);
	}
}

static char *parse_and(struct expr *e)
{
	char *a = parse_comparison(e);
	while (take(e, "&")) {
		PL_AUTOFREE char *left = a;
		bool skips = e->skips;
		e->skips = skips || is_null(left);
		PL_AUTOFREE char *b = parse_comparison(e);
		e->skips = skips;
		a = is_null(left) || is_null(b) ? number(0) : pl_xstrdup(left);
	}
	return a;
}

static char *parse_or(struct expr *e)
{
	if (e->depth >= NESTING_MAX)
		return wrong(e, "parentheses nest too deep");
	e->depth++;
	char *a = parse_and(e);
	while (take(e, "|")) {
		PL_AUTOFREE char *left = a;
		bool skips = e->skips;
		e->skips = skips || !is_null(left);
		PL_AUTOFREE char *b = parse_and(e);
		e->skips = skips;
		a = !is_null(left) ? pl_xstrdup(left) : is_null(b) ? number(0) : pl_xstrdup(b);
	}
	e->depth--;
	return a;
}

int pl_cmd_expr(struct pl_shell_call *call, struct pl_err *err)
{
	struct expr e = {.call = call, .v = call->argv + 1, .n = call->argc - 1, .err = err};
	if (e.n && strcmp(e.v[0], "--") == 0) {
		e.v++;
		e.n--;
	}
	if (e.n > 1000)
		return pl_shell_unknown(call, err, "so long an expression");
	PL_AUTOFREE char *result = parse_or(&e);
	if (e.rc == 0 && e.at < e.n)
		free(wrong(&e, "syntax error: unexpected argument"));
	if (e.rc)
		return e.rc < 0 ? e.rc : 0;
	PL_AUTOFREE char *line = pl_xprintf("%s\n", result);
	call->status = is_null(result);
	return pl_shell_write(call->shell, 1, pl_str_of(line), err);
}
