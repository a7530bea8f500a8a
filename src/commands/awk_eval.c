// SPDX-License-Identifier: Apache-2.0
/* awk's expressions. What goes wrong is kept in the state (its rc); a value is always returned. */
#include "commands/awk_int.h"

/* -- variables and arrays -- */

struct pl_awk_value *pl_awk_variable(struct pl_awk *w, const char *name)
{
	struct pl_awk_value *v = pl_map_get(&w->variables, pl_str_of(name));
	if (!v) {
		v = pl_xcalloc(1, sizeof(*v));
		pl_map_put(&w->variables, pl_arena_str(&w->names, pl_str_of(name)), v);
	}
	return v;
}

void pl_awk_variable_set(struct pl_awk *w, const char *name, struct pl_awk_value v)
{
	struct pl_awk_value *at = pl_awk_variable(w, name);
	pl_awk_value_done(at);
	*at = v;
}

char *pl_awk_variable_text(struct pl_awk *w, const char *name)
{
	PL_AUTO(buf) number = {0};
	return pl_str_dup(pl_awk_to_text(pl_awk_variable(w, name), &number));
}

struct pl_awk_array *pl_awk_array(struct pl_awk *w, struct pl_str name)
{
	struct pl_awk_array *a = pl_map_get(&w->arrays, name);
	if (!a) {
		a = pl_xcalloc(1, sizeof(*a));
		pl_map_put(&w->arrays, pl_arena_str(&w->names, name), a);
	}
	return a;
}

struct pl_awk_value *pl_awk_item(struct pl_awk_array *a, struct pl_str key)
{
	struct pl_awk_value *v = pl_map_get(&a->items, key);
	if (v)
		return v;
	v = pl_xcalloc(1, sizeof(*v));
	pl_map_put(&a->items, pl_map_has(&a->items, key) ? key : pl_arena_str(&a->keys, key), v);
	a->n++;
	return v;
}

void pl_awk_array_clear(struct pl_awk_array *a)
{
	for (size_t i = 0; i < a->items.n; i++) {
		struct pl_awk_value *v = a->items.items[i].value;
		if (v)
			pl_awk_value_done(v);
		free(v);
	}
	pl_map_done(&a->items);
	pl_arena_done(&a->keys);
	*a = (struct pl_awk_array){0};
}

/* a[x, y] is a[x SUBSEP y]. */
static void put_key(struct pl_awk *w, const struct pl_awk_node *list, struct pl_buf *ret)
{
	PL_AUTOFREE char *separator = pl_awk_variable_text(w, "SUBSEP");
	ret->max = PL_CMD_TEXT_MAX;
	for (const struct pl_awk_node *n = list; n; n = n->next) {
		PL_AUTO(buf) number = {0};
		struct pl_awk_value v = pl_awk_eval(w, n);
		if (n != list)
			pl_buf_adds(ret, separator);
		pl_buf_addstr(ret, pl_awk_to_text(&v, &number));
		pl_awk_value_done(&v);
	}
	pl_awk_account(w, ret->n);
}

static struct pl_awk_value element(struct pl_awk *w, const struct pl_awk_node *n)
{
	PL_AUTO(buf) key = {0};
	put_key(w, n->a, &key);
	if (pl_str_is(n->name, "ENVIRON")) {
		const char *v = pl_shell_exported(w->call->shell, key.p ? key.p : "");
		return v ? pl_awk_text(pl_str_of(v), PL_AWK_INPUT) : (struct pl_awk_value){0};
	}
	return pl_awk_copy(pl_awk_item(pl_awk_array(w, n->name), pl_buf_str(&key)));
}

static struct pl_awk_value is_in(struct pl_awk *w, const struct pl_awk_node *n)
{
	PL_AUTO(buf) key = {0};
	put_key(w, n->a, &key);
	if (pl_str_is(n->name, "ENVIRON"))
		return pl_awk_number(pl_shell_exported(w->call->shell, key.p ? key.p : "") != NULL);
	return pl_awk_number(pl_map_get(&pl_awk_array(w, n->name)->items, pl_buf_str(&key)) !=
			     NULL);
}

/* -- assignment -- */

static double number_of(struct pl_awk *w, const struct pl_awk_node *n)
{
	struct pl_awk_value v = pl_awk_eval(w, n);
	double d = pl_awk_to_number(&v);
	pl_awk_value_done(&v);
	return d;
}

void pl_awk_assign(struct pl_awk *w, const struct pl_awk_node *to, struct pl_awk_value v)
{
	PL_AUTO(buf) key = {0};
	struct pl_awk_value *at;
	pl_awk_account(w, v.n);
	if (to->kind == PL_AWK_FIELD) {
		pl_awk_field_set(w, number_of(w, to->a), v);
		return;
	}
	if (to->kind == PL_AWK_VARIABLE && pl_str_is(to->name, "NF")) {
		pl_awk_field_count_set(w, pl_awk_to_number(&v));
		pl_awk_value_done(&v);
		return;
	}
	if (to->kind == PL_AWK_ELEMENT) {
		put_key(w, to->a, &key);
		at = pl_awk_item(pl_awk_array(w, to->name), pl_buf_str(&key));
	} else {
		at = pl_awk_variable(w, to->name.p);
	}
	pl_awk_value_done(at);
	*at = v;
}

/* Whole powers, and remainders of whole numbers: others would want libm. */
static double power(struct pl_awk *w, unsigned line, double a, double b)
{
	double v = 1;
	if (b != pl_awk_whole(b) || b > 1024 || b < -1024) {
		pl_awk_fail(w, line, "such a power is not known");
		return 0;
	}
	for (int n = (int)(b < 0 ? -b : b); n > 0; n--)
		v *= a;
	return b < 0 ? 1 / v : v;
}

static double remainder_of(struct pl_awk *w, unsigned line, double a, double b)
{
	if (a != pl_awk_whole(a) || b != pl_awk_whole(b) || a > 9e15 || a < -9e15 || b > 9e15 ||
	    b < -9e15) {
		pl_awk_fail(w, line, "such a remainder is not known");
		return 0;
	}
	return (double)((int64_t)a % (int64_t)b);
}

static double calculate(struct pl_awk *w, unsigned line, char op, double a, double b)
{
	switch (op) {
	case '+':
		return a + b;
	case '-':
		return a - b;
	case '*':
		return a * b;
	case '^':
		return power(w, line, a, b);
	default:
		if (b == 0) {
			pl_awk_fail(w, line, "division by zero");
			return 0;
		}
		return op == '/' ? a / b : remainder_of(w, line, a, b);
	}
}

static struct pl_awk_value assign(struct pl_awk *w, const struct pl_awk_node *n)
{
	struct pl_awk_value v = pl_awk_eval(w, n->b);
	if (n->op != '=') {
		double b = pl_awk_to_number(&v);
		pl_awk_value_done(&v);
		v = pl_awk_number(calculate(w, n->line, n->op, number_of(w, n->a), b));
	}
	pl_awk_assign(w, n->a, pl_awk_copy(&v));
	return v;
}

static struct pl_awk_value increase(struct pl_awk *w, const struct pl_awk_node *n)
{
	double before = number_of(w, n->a), after = n->op == '+' ? before + 1 : before - 1;
	pl_awk_assign(w, n->a, pl_awk_number(after));
	return pl_awk_number(n->after ? before : after);
}

/* -- operators -- */

static bool truth(struct pl_awk *w, const struct pl_awk_node *n)
{
	struct pl_awk_value v = pl_awk_eval(w, n);
	bool is = pl_awk_is_true(&v);
	pl_awk_value_done(&v);
	return is;
}

static struct pl_awk_value concat(struct pl_awk *w, const struct pl_awk_node *n)
{
	PL_AUTO(buf) out = {.max = PL_CMD_TEXT_MAX + 1};
	struct pl_awk_value v[2] = {pl_awk_eval(w, n->a), pl_awk_eval(w, n->b)};
	for (int i = 0; i < 2; i++) {
		PL_AUTO(buf) number = {0};
		pl_buf_addstr(&out, pl_awk_to_text(&v[i], &number));
		pl_awk_value_done(&v[i]);
	}
	if (!pl_awk_account(w, out.overflow ? SIZE_MAX >> 1 : out.n))
		return (struct pl_awk_value){0};
	return pl_awk_text(pl_buf_str(&out), PL_AWK_TEXT);
}

static struct pl_awk_value binary(struct pl_awk *w, const struct pl_awk_node *n)
{
	struct pl_awk_value a = pl_awk_eval(w, n->a), b = pl_awk_eval(w, n->b), v;
	int c;
	switch (n->op) {
	case '<':
	case 'l':
	case 'e':
	case 'n':
	case '>':
	case 'g':
		c = pl_awk_compare(&a, &b);
		v = pl_awk_number(n->op == '<'   ? c < 0
				  : n->op == 'l' ? c <= 0
				  : n->op == 'e' ? c == 0
				  : n->op == 'n' ? c != 0
				  : n->op == '>' ? c > 0
						 : c >= 0);
		break;
	default:
		v = pl_awk_number(
			calculate(w, n->line, n->op, pl_awk_to_number(&a), pl_awk_to_number(&b)));
	}
	pl_awk_value_done(&a);
	pl_awk_value_done(&b);
	return v;
}

static struct pl_awk_value unary(struct pl_awk *w, const struct pl_awk_node *n)
{
	if (n->op == '!')
		return pl_awk_number(!truth(w, n->a));
	double v = number_of(w, n->a);
	return pl_awk_number(n->op == '-' ? -v : v);
}

static struct pl_awk_value match(struct pl_awk *w, const struct pl_awk_node *n)
{
	PL_AUTO(buf) number = {0};
	struct pl_cmd_match m;
	struct pl_awk_value v = n->kind == PL_AWK_MATCH ? pl_awk_eval(w, n->a) : pl_awk_field(w, 0);
	bool is = pl_awk_is_match(w, n->kind == PL_AWK_MATCH ? n->b : n,
				  pl_awk_to_text(&v, &number), 0, &m);
	pl_awk_value_done(&v);
	return pl_awk_number(is != n->negated);
}

struct pl_awk_value pl_awk_eval(struct pl_awk *w, const struct pl_awk_node *n)
{
	if (w->rc || !n)
		return (struct pl_awk_value){0};
	switch (n->kind) {
	case PL_AWK_CONSTANT:
		return pl_awk_copy(&n->value);
	case PL_AWK_MATCH_LINE:
	case PL_AWK_MATCH:
		return match(w, n);
	case PL_AWK_VARIABLE:
		if (pl_str_is(n->name, "NF"))
			return pl_awk_number((double)pl_awk_field_count(w));
		return pl_awk_copy(pl_awk_variable(w, n->name.p));
	case PL_AWK_FIELD:
		return pl_awk_field(w, number_of(w, n->a));
	case PL_AWK_ELEMENT:
		return element(w, n);
	case PL_AWK_IN:
		return is_in(w, n);
	case PL_AWK_GROUP:
		return n->a->next ? pl_awk_fail(w, n->line, "a list that is no list")
				  : pl_awk_eval(w, n->a);
	case PL_AWK_ASSIGN:
		return assign(w, n);
	case PL_AWK_INCREASE:
		return increase(w, n);
	case PL_AWK_UNARY:
		return unary(w, n);
	case PL_AWK_BINARY:
		return binary(w, n);
	case PL_AWK_CONCAT:
		return concat(w, n);
	case PL_AWK_AND:
		return pl_awk_number(truth(w, n->a) && truth(w, n->b));
	case PL_AWK_OR:
		return pl_awk_number(truth(w, n->a) || truth(w, n->b));
	case PL_AWK_CONDITION:
		return pl_awk_eval(w, truth(w, n->c) ? n->a : n->b);
	default: /* PL_AWK_FUNCTION */
		return pl_awk_call(w, n);
	}
}
