// SPDX-License-Identifier: Apache-2.0
/* Arithmetic expansion (2.6.4): C's operators on signed 64-bit numbers, as dash has them. */
#include "shell/shell_int.h"

#include <ctype.h>

struct arith {
	struct pl_shell *sh;
	struct pl_str text;
	size_t at;
	unsigned depth;
	bool off; /* the branch is not taken: nothing is assigned, nothing divides */
	int rc;
	struct pl_err *err;
};

static int64_t read_assign(struct arith *a);

static int64_t broken(struct arith *a, const char *why)
{
	/* bash has more operators, and goes on behind an error. */
	if (a->rc == 0 && a->sh->bash)
		a->rc = pl_sh_unknown(a->sh, a->err, "arithmetic expression: %s: \"%s\"", why,
				      PL_SHOWN(a->text));
	if (a->rc == 0)
		a->rc = pl_sh_die(a->sh, a->err, "arithmetic expression: %s: \"%s\"", why,
				  PL_SHOWN(a->text));
	return 0;
}

static void skip_space(struct arith *a)
{
	while (a->at < a->text.n && isspace((unsigned char)a->text.p[a->at]))
		a->at++;
}

/* Takes an operator, unless one of the letters of `unless` follows it. */
static bool take(struct arith *a, const char *op, const char *unless)
{
	size_t n = strlen(op);
	skip_space(a);
	if (a->rc || !pl_str_is(pl_str_sub(a->text, a->at, n), op))
		return false;
	if (a->at + n < a->text.n && strchr(unless, a->text.p[a->at + n]) && *unless)
		return false;
	a->at += n;
	return true;
}

/* A number as strtoimax reads it: decimal, 0 octal, 0x hexadecimal. */
static bool parse_number(struct pl_str s, int64_t *ret)
{
	unsigned base = 10;
	uint64_t v = 0;
	bool negative = s.n && *s.p == '-';
	if (s.n && (*s.p == '-' || *s.p == '+'))
		s = pl_str_sub(s, 1, s.n);
	if (s.n > 2 && s.p[0] == '0' && (s.p[1] == 'x' || s.p[1] == 'X')) {
		base = 16;
		s = pl_str_sub(s, 2, s.n);
	} else if (s.n > 1 && *s.p == '0') {
		base = 8;
	}
	for (size_t i = 0; i < s.n; i++) {
		int c = tolower((unsigned char)s.p[i]);
		unsigned digit = isdigit(c)    ? (unsigned)c - '0'
				 : isxdigit(c) ? (unsigned)c - 'a' + 10
					       : 99;
		if (digit >= base)
			return false;
		if (v > ((uint64_t)INT64_MAX - digit) / base)
			v = INT64_MAX; /* as strtoimax */
		else
			v = v * base + digit;
	}
	*ret = negative ? -(int64_t)v : (int64_t)v;
	return s.n > 0;
}

static int64_t value_of(struct arith *a, struct pl_str name)
{
	PL_AUTO(buf) buf = {0};
	int64_t v = 0;
	const char *s = pl_sh_param(a->sh, name, &buf);
	/* dash does not ask set -u here. */
	if (!s && a->sh->bash && a->sh->options & PL_SH_NOUNSET && !a->off) {
		if (a->rc == 0)
			a->rc = pl_sh_die(a->sh, a->err, PL_STR_FMT ": parameter not set",
					  PL_STR_ARG(name));
		return 0;
	}
	struct pl_str text = pl_str_trim(pl_str_of(s ? s : ""));
	if (text.n && !parse_number(text, &v))
		return a->sh->bash && pl_sh_is_name(text) && a->depth++ < 20
			       ? value_of(a, text)
			       : broken(a, "illegal number");
	return v;
}

static struct pl_str read_word(struct arith *a)
{
	size_t from = a->at;
	while (a->at < a->text.n &&
	       (isalnum((unsigned char)a->text.p[a->at]) || a->text.p[a->at] == '_'))
		a->at++;
	return pl_str_sub(a->text, from, a->at - from);
}

static void set_value(struct arith *a, struct pl_str name, int64_t v)
{
	char text[32];
	snprintf(text, sizeof(text), "%lld", (long long)v);
	if (a->rc == 0 && !a->off)
		a->rc = pl_sh_var_set(a->sh, name, text, 0, a->err);
}

/* bash's ++ and --: 1, -1, or 0 when neither is there. */
static int64_t take_step(struct arith *a)
{
	if (!a->sh->bash)
		return 0;
	return take(a, "++", "") ? 1 : take(a, "--", "") ? -1 : 0;
}

static int64_t step_first(struct arith *a, int64_t step)
{
	skip_space(a);
	struct pl_str name = read_word(a);
	if (!pl_sh_is_name(name))
		return broken(a, "expecting a name");
	int64_t v = (int64_t)((uint64_t)value_of(a, name) + (uint64_t)step);
	set_value(a, name, v);
	return v;
}

static int64_t read_primary(struct arith *a)
{
	int64_t v = 0;
	skip_space(a);
	if (take(a, "(", "")) {
		v = read_assign(a);
		if (!take(a, ")", ""))
			return broken(a, "expecting ')'");
		return v;
	}
	struct pl_str word = read_word(a);
	if (word.n == 0)
		return broken(a, "expecting primary");
	if (isdigit((unsigned char)*word.p))
		return parse_number(word, &v) ? v : broken(a, "illegal number");
	v = value_of(a, word);
	int64_t step = take_step(a);
	if (step)
		set_value(a, word, (int64_t)((uint64_t)v + (uint64_t)step));
	return v;
}

#define ARITH_DEPTH 100

static int64_t read_unary(struct arith *a)
{
	int64_t v = 0;
	if (a->depth++ >= ARITH_DEPTH)
		return broken(a, "too deep");
	int64_t step = take_step(a);
	if (step)
		v = step_first(a, step);
	else if (take(a, "!", "="))
		v = !read_unary(a);
	else if (take(a, "~", ""))
		v = ~read_unary(a);
	else if (take(a, "-", ""))
		v = (int64_t)(0 - (uint64_t)read_unary(a));
	else if (take(a, "+", ""))
		v = read_unary(a);
	else
		v = read_primary(a);
	a->depth--;
	return v;
}

static int64_t divide(struct arith *a, int64_t x, int64_t y, bool rest)
{
	if (a->off)
		return 0;
	if (y == 0)
		return broken(a, "division by zero");
	if (x == INT64_MIN && y == -1)
		return rest ? 0 : x;
	return rest ? x % y : x / y;
}

static int64_t read_product(struct arith *a)
{
	int64_t v = read_unary(a);
	for (;;) {
		if (take(a, "*", "="))
			v = (int64_t)((uint64_t)v * (uint64_t)read_unary(a));
		else if (take(a, "/", "="))
			v = divide(a, v, read_unary(a), false);
		else if (take(a, "%", "="))
			v = divide(a, v, read_unary(a), true);
		else
			return v;
	}
}

static int64_t read_sum(struct arith *a)
{
	int64_t v = read_product(a);
	for (;;) {
		if (take(a, "+", "="))
			v = (int64_t)((uint64_t)v + (uint64_t)read_product(a));
		else if (take(a, "-", "="))
			v = (int64_t)((uint64_t)v - (uint64_t)read_product(a));
		else
			return v;
	}
}

static int64_t shift(int64_t v, int64_t by, bool left)
{
	unsigned n = (unsigned)by & 63;
	return left ? (int64_t)((uint64_t)v << n) : v >> n;
}

static int64_t read_shift(struct arith *a)
{
	int64_t v = read_sum(a);
	for (;;) {
		if (take(a, "<<", "="))
			v = shift(v, read_sum(a), true);
		else if (take(a, ">>", "="))
			v = shift(v, read_sum(a), false);
		else
			return v;
	}
}

static int64_t read_order(struct arith *a)
{
	int64_t v = read_shift(a);
	for (;;) {
		if (take(a, "<=", ""))
			v = v <= read_shift(a);
		else if (take(a, ">=", ""))
			v = v >= read_shift(a);
		else if (take(a, "<", "<"))
			v = v < read_shift(a);
		else if (take(a, ">", ">"))
			v = v > read_shift(a);
		else
			return v;
	}
}

static int64_t read_equality(struct arith *a)
{
	int64_t v = read_order(a);
	for (;;) {
		if (take(a, "==", ""))
			v = v == read_order(a);
		else if (take(a, "!=", ""))
			v = v != read_order(a);
		else
			return v;
	}
}

static int64_t read_bits_and(struct arith *a)
{
	int64_t v = read_equality(a);
	while (take(a, "&", "&="))
		v &= read_equality(a);
	return v;
}

static int64_t read_bits_xor(struct arith *a)
{
	int64_t v = read_bits_and(a);
	while (take(a, "^", "="))
		v ^= read_bits_and(a);
	return v;
}

static int64_t read_bits_or(struct arith *a)
{
	int64_t v = read_bits_xor(a);
	while (take(a, "|", "|="))
		v |= read_bits_xor(a);
	return v;
}

static int64_t read_and(struct arith *a)
{
	int64_t v = read_bits_or(a);
	while (take(a, "&&", "")) {
		bool off = a->off;
		a->off = off || !v;
		bool right = read_bits_or(a);
		v = v && right;
		a->off = off;
	}
	return v;
}

static int64_t read_or(struct arith *a)
{
	int64_t v = read_and(a);
	while (take(a, "||", "")) {
		bool off = a->off;
		a->off = off || v;
		bool right = read_and(a);
		v = v || right;
		a->off = off;
	}
	return v;
}

static int64_t read_choice(struct arith *a)
{
	int64_t v = read_or(a);
	if (!take(a, "?", ""))
		return v;
	bool off = a->off;
	a->off = off || !v;
	int64_t yes = read_assign(a);
	if (!take(a, ":", ""))
		return broken(a, "expecting ':'");
	a->off = off || v;
	int64_t no = read_choice(a);
	a->off = off;
	return v ? yes : no;
}

static int64_t combine(struct arith *a, int op, int64_t x, int64_t y)
{
	switch (op) {
	case '*':
		return (int64_t)((uint64_t)x * (uint64_t)y);
	case '/':
	case '%':
		return divide(a, x, y, op == '%');
	case '+':
		return (int64_t)((uint64_t)x + (uint64_t)y);
	case '-':
		return (int64_t)((uint64_t)x - (uint64_t)y);
	case '<':
	case '>':
		return shift(x, y, op == '<');
	case '&':
		return x & y;
	case '^':
		return x ^ y;
	case '|':
		return x | y;
	default:
		return y;
	}
}

/* NAME OP= ...: which; 0 and the place restored when it is no assignment. */
static int assign_operator(struct arith *a, struct pl_str *ret_name)
{
	static const char *const ops[] = {
		"=", "*=", "/=", "%=", "+=", "-=", "<<=", ">>=", "&=", "^=", "|="};
	size_t at = a->at;
	skip_space(a);
	*ret_name = read_word(a);
	for (size_t i = 0; pl_sh_is_name(*ret_name) && i < PL_COUNT(ops); i++)
		if (take(a, ops[i], "="))
			return *ops[i];
	a->at = at;
	return 0;
}

static int64_t read_assign(struct arith *a)
{
	struct pl_str name;
	if (a->depth++ >= ARITH_DEPTH)
		return broken(a, "too deep");
	int op = assign_operator(a, &name);
	int64_t v;
	if (op) {
		int64_t old = op == '=' ? 0 : value_of(a, name);
		v = combine(a, op, old, read_assign(a));
		set_value(a, name, v);
	} else {
		v = read_choice(a);
	}
	a->depth--;
	return v;
}

int pl_sh_arith(struct pl_shell *sh, struct pl_str text, int64_t *ret, struct pl_err *err)
{
	struct arith a = {.sh = sh, .text = text, .err = err};
	int64_t v = 0;
	skip_space(&a);
	if (a.at < text.n || !sh->bash)
		v = read_assign(&a);
	skip_space(&a);
	if (a.rc == 0 && a.at < text.n)
		broken(&a, "expecting EOF");
	if (a.rc == 0)
		*ret = v;
	return a.rc;
}
