// SPDX-License-Identifier: Apache-2.0
/* awk's functions, printf's formats, and regular expressions. */
#include "commands/awk_int.h"

#include <ctype.h>
#include <stdio.h>

/* -- regular expressions -- */

/* Of a bracket expression awk takes escapes, POSIX's does not. */
static bool put_set(const char **text, struct pl_buf *out)
{
	const char *s = *text;
	pl_buf_addc(out, *s++);
	if (*s == '^')
		pl_buf_addc(out, *s++);
	if (*s == ']')
		pl_buf_addc(out, *s++);
	while (*s && *s != ']') {
		if (*s == '[' && (s[1] == ':' || s[1] == '.' || s[1] == '=')) {
			const char *end = strchr(s + 2, s[1]);
			if (!end || end[1] != ']')
				return false;
			pl_buf_add(out, s, (size_t)(end - s) + 2);
			s = end + 2;
		} else if (*s == '\\') {
			struct pl_str rest = pl_str_of(s);
			size_t at = 1;
			if (!s[1] || !strchr("\\/\"abfnrtv.$*+?(){}|-", s[1]) ||
			    (s[1] == '-' && s[2] != ']'))
				return false;
			if (strchr(".$*+?(){}|/-", s[1]))
				pl_buf_addc(out, s[at++]);
			else
				pl_awk_unescape(rest, &at, out);
			s += at;
		} else {
			pl_buf_addc(out, *s++);
		}
	}
	if (*s)
		pl_buf_addc(out, *s++);
	*text = s;
	return true;
}

int pl_awk_regex(const char *text, struct pl_cmd_regex *ret, struct pl_err *err)
{
	PL_AUTO(buf) out = {.max = 1 << 16};
	bool fine = true;
	for (const char *s = text; *s && fine;) {
		if (*s == '[') {
			fine = put_set(&s, &out);
		} else if (*s == '{') {
			fine = false; /* mawk and gawk do not agree */
		} else if (*s == '\\' && s[1] && strchr("\"abfnrtv", s[1])) {
			size_t at = 1;
			pl_awk_unescape(pl_str_of(s), &at, &out);
			s += at;
		} else if (*s == '\\') {
			fine = s[1] && ispunct((unsigned char)s[1]) && !strchr("<>`'", s[1]);
			pl_buf_add(&out, s, 2);
			s += 2;
		} else {
			pl_buf_addc(&out, *s++);
		}
	}
	if (!fine)
		return pl_fail(err, PL_SCRIPTS, "awk's expression /%s/ is not known", text);
	return pl_cmd_regex_init(ret, out.p ? out.p : "", REG_EXTENDED, err);
}

static int find_once(const char *re, struct pl_str text, size_t from, bool *ret_is,
		     struct pl_cmd_match *ret, struct pl_err *err)
{
	struct pl_cmd_regex r = {0};
	int rc = pl_awk_regex(re, &r, err);
	if (rc == 0)
		*ret_is = pl_cmd_regex_find(&r, text, from, ret);
	pl_cmd_regex_done(&r);
	return rc;
}

/* \s is s to mawk and a blank to gawk: known where both find the same. */
static int find_match(const char *re, struct pl_str text, size_t from, bool *ret_is,
		      struct pl_cmd_match *ret, struct pl_err *err)
{
	PL_AUTO(buf) letter = {.max = 1 << 16};
	PL_AUTO(buf) blank = {.max = 1 << 16};
	struct pl_cmd_match other = {0};
	bool is = false, differs = false;
	for (const char *s = re; *s; s++) {
		bool here = s[0] == '\\' && s[1] == 's';
		differs = differs || here;
		pl_buf_add(&letter, here ? "s" : s, s[0] == '\\' && s[1] && !here ? 2 : 1);
		pl_buf_add(&blank, here ? "[[:space:]]" : s,
			   here                   ? 11
			   : s[0] == '\\' && s[1] ? 2
						  : 1);
		s += s[0] == '\\' && s[1];
	}
	if (!differs)
		return find_once(re, text, from, ret_is, ret, err);
	int rc = find_once(letter.p, text, from, ret_is, ret, err);
	if (rc == 0)
		rc = find_once(blank.p, text, from, &is, &other, err);
	if (rc == 0 && (is != *ret_is || (is && (other.from != ret->from || other.to != ret->to))))
		rc = pl_fail(err, PL_SCRIPTS, "awk's expression /%s/ is not known", re);
	return rc;
}

bool pl_awk_is_match(struct pl_awk *w, const struct pl_awk_node *re, struct pl_str text,
		     size_t from, struct pl_cmd_match *ret)
{
	PL_AUTO(buf) number = {0};
	if (re->kind == PL_AWK_MATCH_LINE)
		return w->rc == 0 && pl_cmd_regex_find(re->regex, text, from, ret);
	struct pl_awk_value v = pl_awk_eval(w, re);
	bool is = false;
	if (w->rc == 0)
		w->rc = find_match(pl_awk_to_text(&v, &number).p, text, from, &is, ret, w->err);
	if (w->rc < 0)
		w->rc = pl_ctx(w->err, "%s: line %u", w->call->script, w->call->line);
	pl_awk_value_done(&v);
	return is;
}

/* -- printf -- */

struct formatter {
	struct pl_awk *w;
	const struct pl_awk_node *args;
	struct pl_buf *out;
};

static struct pl_awk_value next_arg(struct formatter *f, unsigned line)
{
	const struct pl_awk_node *n = f->args;
	if (!n)
		return pl_awk_fail(f->w, line, "printf has too few arguments");
	f->args = n->next;
	return pl_awk_eval(f->w, n);
}

static void put_padded(struct pl_buf *out, struct pl_str s, int width, bool left)
{
	size_t pad = width > 0 && (size_t)width > s.n ? (size_t)width - s.n : 0;
	for (size_t i = 0; i < pad && !left; i++)
		pl_buf_addc(out, ' ');
	pl_buf_addstr(out, s);
	for (size_t i = 0; i < pad && left; i++)
		pl_buf_addc(out, ' ');
}

struct conversion {
	char flags[8];
	int width, precision; /* -1: none */
	char letter;
};

static int take_number(struct formatter *f, const char **s)
{
	int v = 0;
	if (**s == '*') {
		struct pl_awk_value a = next_arg(f, 0);
		double d = pl_awk_to_number(&a);
		(*s)++;
		pl_awk_value_done(&a);
		return d >= 0 && d < 1000 ? (int)d : 0;
	}
	for (; isdigit((unsigned char)**s); (*s)++)
		v = v < 1000 ? v * 10 + (**s - '0') : v;
	return v < 1000 ? v : 999;
}

static void put_text(struct formatter *f, const struct conversion *c, struct pl_awk_value *v)
{
	PL_AUTO(buf) number = {0};
	struct pl_str s = pl_awk_to_text(v, &number);
	char byte = 0;
	if (c->letter == 'c' && v->type == PL_AWK_NUMBER) {
		byte = (char)(unsigned char)pl_awk_to_number(v);
		s = (struct pl_str){&byte, 1};
	} else if (c->letter == 'c') {
		s.n = s.n ? 1 : 0;
	} else if (c->precision >= 0 && (size_t)c->precision < s.n) {
		s.n = (size_t)c->precision;
	}
	put_padded(f->out, s, c->width, strchr(c->flags, '-'));
}

static void put_number(struct formatter *f, const struct conversion *c, double v)
{
	char format[32], text[2048];
	bool whole = strchr("dixXou", c->letter);
	int n;
	if (whole && !(v > -9e18 && v < 9e18)) {
		pl_awk_fail(f->w, 0, "printf of so large a number");
		return;
	}
	snprintf(format, sizeof(format), "%%%s*%s%s%c", c->flags, c->precision >= 0 ? ".*" : "",
		 whole ? "ll" : "", c->letter == 'i' ? 'd' : c->letter);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	if (whole && c->precision >= 0)
		n = snprintf(text, sizeof(text), format, c->width, c->precision, (long long)v);
	else if (whole)
		n = snprintf(text, sizeof(text), format, c->width, (long long)v);
	else if (c->precision >= 0)
		n = snprintf(text, sizeof(text), format, c->width, c->precision, v);
	else
		n = snprintf(text, sizeof(text), format, c->width, v);
#pragma GCC diagnostic pop
	if (n > 0 && (size_t)n < sizeof(text))
		pl_buf_add(f->out, text, (size_t)n);
}

static void put_conversion(struct formatter *f, const char **s, unsigned line)
{
	struct conversion c = {.precision = -1};
	size_t n = 0;
	for (; **s && strchr("-+ #0", **s); (*s)++)
		if (n + 1 < sizeof(c.flags) && !strchr(c.flags, **s))
			c.flags[n++] = **s;
	c.width = take_number(f, s);
	if (**s == '.') {
		(*s)++;
		c.precision = take_number(f, s);
	}
	c.letter = **s;
	if (!c.letter || !strchr("dioxXucsfFeEgG", c.letter)) {
		pl_awk_fail(f->w, line, "printf has no such conversion");
		return;
	}
	(*s)++;
	struct pl_awk_value v = next_arg(f, line);
	if (c.letter == 's' || c.letter == 'c')
		put_text(f, &c, &v);
	else
		put_number(f, &c, pl_awk_to_number(&v));
	pl_awk_value_done(&v);
}

void pl_awk_format(struct pl_awk *w, const struct pl_awk_node *args, struct pl_buf *out)
{
	PL_AUTO(buf) number = {0};
	struct pl_awk_value format = pl_awk_eval(w, args);
	struct formatter f = {w, args->next, out};
	PL_AUTOFREE char *text = pl_str_dup(pl_awk_to_text(&format, &number));
	for (const char *s = text; *s && w->rc == 0;) {
		if (*s == '%' && s[1] == '%') {
			pl_buf_addc(out, '%');
			s += 2;
		} else if (*s == '%') {
			s++;
			put_conversion(&f, &s, args->line);
		} else {
			pl_buf_addc(out, *s++);
		}
	}
	pl_awk_value_done(&format);
	pl_awk_account(w, out->overflow ? SIZE_MAX >> 1 : 0);
}

/* -- functions -- */

typedef struct pl_awk_value function(struct pl_awk *w, const struct pl_awk_node *n);

static struct pl_awk_value text_arg(struct pl_awk *w, const struct pl_awk_node *n, char **ret,
				    size_t *ret_n)
{
	PL_AUTO(buf) number = {0};
	struct pl_awk_value v = n ? pl_awk_eval(w, n) : pl_awk_field(w, 0);
	struct pl_str s = pl_awk_to_text(&v, &number);
	*ret_n = s.n;
	*ret = pl_str_dup(s);
	return v;
}

static double number_arg(struct pl_awk *w, const struct pl_awk_node *n)
{
	struct pl_awk_value v = pl_awk_eval(w, n);
	double d = pl_awk_to_number(&v);
	pl_awk_value_done(&v);
	return d;
}

static struct pl_awk_value do_length(struct pl_awk *w, const struct pl_awk_node *n)
{
	PL_AUTOFREE char *s = NULL;
	size_t count;
	if (n->a && n->a->kind == PL_AWK_VARIABLE && pl_map_has(&w->arrays, n->a->name))
		return pl_awk_number((double)pl_awk_array(w, n->a->name)->n);
	struct pl_awk_value v = text_arg(w, n->a, &s, &count);
	pl_awk_value_done(&v);
	return pl_awk_number((double)count);
}

/* Where a part begins before the text, or at a half, mawk and gawk do not agree. */
static struct pl_awk_value do_substr(struct pl_awk *w, const struct pl_awk_node *n)
{
	PL_AUTOFREE char *s = NULL;
	size_t count;
	struct pl_awk_value v = text_arg(w, n->a, &s, &count);
	double from = number_arg(w, n->a->next), to = (double)count + 1;
	pl_awk_value_done(&v);
	if (n->a->next->next)
		to = from + number_arg(w, n->a->next->next);
	if (from != pl_awk_whole(from) || to != pl_awk_whole(to) || (from < 1 && n->a->next->next))
		return pl_awk_fail(w, n->line, "substr from before a text, or by halves");
	from = from < 1 ? 1 : from;
	to = to > (double)count + 1 ? (double)count + 1 : to;
	if (!(to > from))
		return pl_awk_text(PL_STR(""), PL_AWK_TEXT);
	struct pl_str part = {s + (size_t)from - 1, (size_t)(to - from)};
	pl_awk_account(w, part.n);
	return pl_awk_text(part, PL_AWK_TEXT);
}

static struct pl_awk_value do_index(struct pl_awk *w, const struct pl_awk_node *n)
{
	PL_AUTOFREE char *s = NULL;
	PL_AUTOFREE char *t = NULL;
	size_t ignored;
	struct pl_awk_value a = text_arg(w, n->a, &s, &ignored);
	struct pl_awk_value b = text_arg(w, n->a->next, &t, &ignored);
	const char *at = strstr(s, t);
	pl_awk_value_done(&a);
	pl_awk_value_done(&b);
	return pl_awk_number(at ? (double)(at - s) + 1 : 0);
}

struct splitting {
	struct pl_awk_array *array;
	size_t n;
};

static void add_part(void *ctx, struct pl_str part)
{
	struct splitting *s = ctx;
	char key[24];
	int n = snprintf(key, sizeof(key), "%zu", ++s->n);
	*pl_awk_item(s->array, (struct pl_str){key, (size_t)n}) = pl_awk_text(part, PL_AWK_INPUT);
}

static struct pl_awk_value do_split(struct pl_awk *w, const struct pl_awk_node *n)
{
	PL_AUTOFREE char *s = NULL;
	PL_AUTOFREE char *separator = NULL;
	size_t count, ignored;
	const struct pl_awk_node *name = n->a->next, *by = name->next;
	if (name->kind != PL_AWK_VARIABLE)
		return pl_awk_fail(w, n->line, "split wants an array");
	struct pl_awk_value v = text_arg(w, n->a, &s, &count), b = {0};
	if (by && by->kind == PL_AWK_MATCH_LINE)
		separator = pl_xprintf("%s", by->name.p);
	else if (by)
		b = text_arg(w, by, &separator, &ignored);
	else
		separator = pl_awk_variable_text(w, "FS");
	struct splitting to = {pl_awk_array(w, name->name), 0};
	pl_awk_array_clear(to.array);
	if (pl_awk_account(w, count))
		pl_awk_split(w, (struct pl_str){s, count}, separator, add_part, &to);
	pl_awk_value_done(&v);
	pl_awk_value_done(&b);
	return pl_awk_number((double)to.n);
}

/* & is the match, \& itself. */
static void put_replacement(struct pl_buf *out, const char *by, struct pl_str match)
{
	for (; *by; by++) {
		if (*by == '\\' && (by[1] == '&' || by[1] == '\\'))
			pl_buf_addc(out, *++by);
		else if (*by == '&')
			pl_buf_addstr(out, match);
		else
			pl_buf_addc(out, *by);
	}
}

static struct pl_awk_value do_sub(struct pl_awk *w, const struct pl_awk_node *n)
{
	static const struct pl_awk_node zero = {.kind = PL_AWK_CONSTANT,
						.value = {.type = PL_AWK_NUMBER}};
	static const struct pl_awk_node line = {.kind = PL_AWK_FIELD,
						.a = (struct pl_awk_node *)(uintptr_t)&zero};
	const struct pl_awk_node *to = n->a->next->next ? n->a->next->next : &line;
	bool all = n->name.p[0] == 'g';
	PL_AUTOFREE char *by = NULL;
	PL_AUTOFREE char *s = NULL;
	PL_AUTO(buf) out = {.max = PL_CMD_TEXT_MAX + 1};
	size_t count, ignored, at = 0, found = 0;
	bool behind = false; /* the last match, which was not empty */
	struct pl_cmd_match m;
	struct pl_awk_value b = text_arg(w, n->a->next, &by, &ignored);
	struct pl_awk_value v = text_arg(w, to, &s, &count);
	struct pl_str text = {s, count};
	pl_awk_value_done(&b);
	pl_awk_value_done(&v);
	if (to->kind != PL_AWK_VARIABLE && to->kind != PL_AWK_FIELD && to->kind != PL_AWK_ELEMENT)
		return pl_awk_fail(w, n->line, "sub wants a variable");
	for (size_t from = 0; from <= count && w->rc == 0 && (all || !found);) {
		if (!pl_awk_is_match(w, n->a, text, from, &m))
			break;
		bool empty = m.to == m.from;
		pl_buf_addstr(&out, pl_str_sub(text, at, m.from - at));
		/* An empty match right behind another one is none. */
		if (!empty || !behind || m.from != at) {
			put_replacement(&out, by, pl_str_sub(text, m.from, m.to - m.from));
			found++;
		}
		behind = !empty;
		at = m.to;
		if (empty && at < count)
			pl_buf_addc(&out, s[at]);
		at += empty;
		from = at;
	}
	if (!found || w->rc)
		return pl_awk_number(0);
	pl_buf_addstr(&out, pl_str_sub(text, at < count ? at : count, count));
	if (pl_awk_account(w, out.overflow ? SIZE_MAX >> 1 : out.n))
		pl_awk_assign(w, to, pl_awk_text(pl_buf_str(&out), PL_AWK_TEXT));
	return pl_awk_number((double)found);
}

static struct pl_awk_value do_match(struct pl_awk *w, const struct pl_awk_node *n)
{
	PL_AUTOFREE char *s = NULL;
	size_t count;
	struct pl_cmd_match m = {0};
	struct pl_awk_value v = text_arg(w, n->a, &s, &count);
	bool is = pl_awk_is_match(w, n->a->next, (struct pl_str){s, count}, 0, &m);
	pl_awk_value_done(&v);
	pl_awk_variable_set(w, "RSTART", pl_awk_number(is ? (double)m.from + 1 : 0));
	pl_awk_variable_set(w, "RLENGTH", pl_awk_number(is ? (double)(m.to - m.from) : -1));
	return pl_awk_number(is ? (double)m.from + 1 : 0);
}

static struct pl_awk_value do_sprintf(struct pl_awk *w, const struct pl_awk_node *n)
{
	PL_AUTO(buf) out = {.max = PL_CMD_TEXT_MAX};
	pl_awk_format(w, n->a, &out);
	pl_awk_account(w, out.n);
	return pl_awk_text(pl_buf_str(&out), PL_AWK_TEXT);
}

static struct pl_awk_value do_case(struct pl_awk *w, const struct pl_awk_node *n)
{
	PL_AUTOFREE char *s = NULL;
	size_t count;
	struct pl_awk_value v = text_arg(w, n->a, &s, &count);
	bool up = pl_str_is(n->name, "toupper");
	pl_awk_value_done(&v);
	for (size_t i = 0; i < count; i++)
		s[i] = (char)(up ? toupper((unsigned char)s[i]) : tolower((unsigned char)s[i]));
	pl_awk_account(w, count);
	return pl_awk_text((struct pl_str){s, count}, PL_AWK_TEXT);
}

static struct pl_awk_value do_int(struct pl_awk *w, const struct pl_awk_node *n)
{
	return pl_awk_number(pl_awk_whole(number_arg(w, n->a)));
}

/* close and fflush: every text is where it belongs at once. */
static struct pl_awk_value do_close(struct pl_awk *w, const struct pl_awk_node *n)
{
	struct pl_awk_value v = n->a ? pl_awk_eval(w, n->a) : (struct pl_awk_value){0};
	pl_awk_value_done(&v);
	return pl_awk_number(0);
}

static const struct {
	const char *name;
	function *run;
	unsigned least, most;
} functions[] = {
	{"close", do_close, 1, 1},  {"fflush", do_close, 0, 1},  {"gsub", do_sub, 2, 3},
	{"index", do_index, 2, 2},  {"int", do_int, 1, 1},       {"length", do_length, 0, 1},
	{"match", do_match, 2, 2},  {"split", do_split, 2, 3},   {"sprintf", do_sprintf, 1, 100},
	{"sub", do_sub, 2, 3},      {"substr", do_substr, 2, 3}, {"tolower", do_case, 1, 1},
	{"toupper", do_case, 1, 1},
};

bool pl_awk_is_function(struct pl_str name)
{
	for (size_t i = 0; i < PL_COUNT(functions); i++)
		if (pl_str_is(name, functions[i].name))
			return true;
	return false;
}

struct pl_awk_value pl_awk_call(struct pl_awk *w, const struct pl_awk_node *n)
{
	unsigned count = 0;
	for (const struct pl_awk_node *a = n->a; a; a = a->next)
		count++;
	for (size_t i = 0; i < PL_COUNT(functions); i++)
		if (pl_str_is(n->name, functions[i].name) && count >= functions[i].least &&
		    count <= functions[i].most)
			return functions[i].run(w, n);
	return pl_awk_fail(w, n->line, "a function with such arguments is not known");
}
