// SPDX-License-Identifier: Apache-2.0
/* sort, uniq, tr, seq. */
#include "commands/commands_int.h"

#include "base/num.h"

#include <ctype.h>

struct sort_lines {
	PL_VEC(struct pl_str) v;
	struct pl_buf text;
	bool zero; /* lines end with NUL */
};

static int read_lines(struct pl_cmd_args *a, struct sort_lines *ret, struct pl_err *err)
{
	int rc = 0;
	char end = ret->zero ? '\0' : '\n';
	ret->text.max = 16 << 20;
	if (a->n == 0)
		rc = pl_cmd_read(a->call, NULL, &ret->text, err);
	for (int i = 0; i < a->n && rc >= 0; i++) {
		rc = pl_cmd_read(a->call, a->operands[i], &ret->text, err);
		if (ret->text.n && ret->text.p[ret->text.n - 1] != end)
			pl_buf_addc(&ret->text, end);
	}
	struct pl_str rest = pl_buf_str(&ret->text);
	while (rc >= 0 && rest.p && rest.n)
		*pl_vec_push(&ret->v) = pl_str_cut(&rest, end);
	return rc < 0 ? rc : 0;
}

static void lines_done(struct sort_lines *l)
{
	pl_vec_free(&l->v);
	pl_buf_done(&l->text);
}

/* -- sort -- */

struct order {
	bool numeric, reverse, unique, version, fold;
	char separator;    /* 0: blanks */
	uint64_t from, to; /* fields of the key; 0: the whole line */
};
static struct pl_str key_of(const struct order *o, struct pl_str line)
{
	size_t at = 0, end = line.n;
	uint64_t field = 1;
	if (!o->from)
		return line;
	for (size_t i = 0; i < line.n; i++) {
		bool ends = o->separator ? line.p[i] == o->separator
					 : i && isblank((unsigned char)line.p[i]) &&
						   !isblank((unsigned char)line.p[i - 1]);
		if (!ends)
			continue;
		field++;
		if (field == o->from)
			at = i + (o->separator != 0);
		if (o->to && field == o->to + 1) {
			end = i;
			break;
		}
	}
	if (field < o->from)
		return PL_STR("");
	return pl_str_sub(line, at, end > at ? end - at : 0);
}

/* strtod is not exact for long numbers; what scripts sort are whole ones with a fraction at most.
 */
static int compare_numbers(struct pl_str a, struct pl_str b)
{
	PL_AUTOFREE char *x = pl_str_dup(a), *y = pl_str_dup(b);
	double u = strtod(x, NULL), v = strtod(y, NULL);
	return (u > v) - (u < v);
}

static int compare_folded(struct pl_str a, struct pl_str b)
{
	for (size_t i = 0; i < a.n && i < b.n; i++) {
		int c = toupper((unsigned char)a.p[i]) - toupper((unsigned char)b.p[i]);
		if (c)
			return c;
	}
	return (a.n > b.n) - (a.n < b.n);
}

static int compare_keys(const struct order *o, struct pl_str a, struct pl_str b)
{
	struct pl_str x = key_of(o, a), y = key_of(o, b);
	int c = o->numeric ? compare_numbers(x, y)
		: o->fold  ? compare_folded(x, y)
			   : pl_str_cmp(x, y);
	return o->reverse ? -c : c;
}

/* Equal keys are ordered by the whole line, unless only the first of them stays. */
static int compare_lines(const void *a, const void *b, void *ctx)
{
	const struct order *o = ctx;
	const struct pl_str *x = a, *y = b;
	int c = compare_keys(o, *x, *y);
	if (c || o->unique)
		return c;
	c = pl_str_cmp(*x, *y);
	return o->reverse ? -c : c;
}

/* A stable sort: with -u the first of equal lines is the one that stays. */
static void sort_lines(struct pl_str *v, struct pl_str *spare, size_t n, struct order *o)
{
	if (n < 2)
		return;
	size_t half = n / 2, i = 0, k = half, at = 0;
	sort_lines(v, spare, half, o);
	sort_lines(v + half, spare, n - half, o);
	while (at < n)
		spare[at++] = k == n || (i < half && compare_lines(&v[i], &v[k], o) <= 0) ? v[i++]
											  : v[k++];
	memcpy(v, spare, n * sizeof(*v));
}

static bool parse_key(const char *text, struct order *o)
{
	char *end;
	o->from = strtoull(text, &end, 10);
	o->to = 0;
	for (; *end && strchr("nrf", *end); end++) {
		o->numeric = o->numeric || *end == 'n';
		o->reverse = o->reverse || *end == 'r';
		o->fold = o->fold || *end == 'f';
	}
	if (*end == ',')
		o->to = strtoull(end + 1, &end, 10);
	for (; *end && strchr("nrf", *end); end++) {
		o->numeric = o->numeric || *end == 'n';
		o->reverse = o->reverse || *end == 'r';
	}
	return o->from && !*end;
}

int pl_cmd_sort(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'n', "numeric-sort", 0},
						       {'g', "general-numeric-sort", 0},
						       {'r', "reverse", 0},
						       {'u', "unique", 0},
						       {'f', "ignore-case", 0},
						       {'t', "field-separator", PL_CMD_VALUE},
						       {'k', "key", PL_CMD_VALUE},
						       {'o', "output", PL_CMD_VALUE},
						       {'s', "stable", 0},
						       {'z', "zero-terminated", 0},
						       {'b', NULL, 0},
						       {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	struct order o = {0};
	struct sort_lines l = {0};
	PL_AUTO(buf) out = {.max = 16 << 20};
	const char *to = NULL;
	bool fine = true, keyed = false;
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		o.numeric = o.numeric || a.letter == 'n' || a.letter == 'g';
		o.reverse = o.reverse || a.letter == 'r';
		o.unique = o.unique || a.letter == 'u';
		o.fold = o.fold || a.letter == 'f';
		to = a.letter == 'o' ? a.value : to;
		if (a.letter == 't')
			o.separator = *a.value;
		if (a.letter == 'k')
			fine = fine && !keyed && parse_key(a.value, &o);
		keyed = keyed || a.letter == 'k';
		l.zero = l.zero || a.letter == 'z';
		fine = fine && a.letter != 's' && a.letter != 'b';
	}
	if (rc == 0 && !fine)
		rc = pl_shell_unknown(call, err, "such an order");
	if (rc == 0)
		rc = read_lines(&a, &l, err);
	struct pl_str *spare = pl_xcalloc(l.v.n + 1, sizeof(*spare));
	sort_lines(l.v.v, spare, l.v.n, &o);
	free(spare);
	for (size_t i = 0; i < l.v.n; i++) {
		if (o.unique && i && compare_keys(&o, l.v.v[i - 1], l.v.v[i]) == 0)
			continue;
		pl_buf_addstr(&out, l.v.v[i]);
		pl_buf_addc(&out, l.zero ? '\0' : '\n');
	}
	if (rc == 0 && to)
		rc = pl_shell_file_write(call->shell, to, pl_buf_str(&out), false, err);
	else if (rc == 0)
		rc = pl_cmd_write(call, &out, err);
	lines_done(&l);
	pl_cmd_args_done(&a);
	return rc < 0 ? rc : 0;
}

/* -- uniq -- */

int pl_cmd_uniq(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {
		{'c', "count", 0}, {'d', "repeated", 0}, {'u', "unique", 0}, {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	struct sort_lines l = {0};
	PL_AUTO(buf) out = {.max = 16 << 20};
	bool count = false, repeated = false, single = false;
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		count = count || a.letter == 'c';
		repeated = repeated || a.letter == 'd';
		single = single || a.letter == 'u';
	}
	if (rc == 0 && a.n > 1)
		rc = pl_shell_unknown(call, err, "an output file");
	if (rc == 0)
		rc = read_lines(&a, &l, err);
	for (size_t i = 0, n; i < l.v.n; i += n) {
		for (n = 1; i + n < l.v.n && pl_str_eq(l.v.v[i], l.v.v[i + n]); n++)
			;
		if ((repeated && n == 1) || (single && n > 1))
			continue;
		if (count)
			pl_buf_addf(&out, "%7zu ", n);
		pl_buf_addstr(&out, l.v.v[i]);
		pl_buf_addc(&out, '\n');
	}
	if (rc == 0)
		rc = pl_cmd_write(call, &out, err);
	lines_done(&l);
	pl_cmd_args_done(&a);
	return rc;
}

/* -- tr -- */

struct set {
	unsigned char v[4096];
	size_t n;
};

static void add_range(struct set *s, unsigned low, unsigned high)
{
	for (unsigned c = low; c <= high && s->n < sizeof(s->v); c++)
		s->v[s->n++] = (unsigned char)c;
}

static bool add_class(struct set *s, const char **text)
{
	static const struct {
		const char *name;
		int (*is)(int);
	} classes[] = {{"[:alnum:]", isalnum}, {"[:alpha:]", isalpha}, {"[:blank:]", isblank},
		       {"[:cntrl:]", iscntrl}, {"[:digit:]", isdigit}, {"[:graph:]", isgraph},
		       {"[:lower:]", islower}, {"[:print:]", isprint}, {"[:punct:]", ispunct},
		       {"[:space:]", isspace}, {"[:upper:]", isupper}, {"[:xdigit:]", isxdigit}};
	for (size_t i = 0; i < PL_COUNT(classes); i++) {
		size_t n = strlen(classes[i].name);
		if (strncmp(*text, classes[i].name, n) != 0)
			continue;
		for (int c = 0; c < 256; c++)
			if (classes[i].is(c))
				add_range(s, (unsigned)c, (unsigned)c);
		*text += n;
		return true;
	}
	return false;
}

static unsigned take_byte(const char **text)
{
	static const char names[] = "abfnrtv\\", bytes[] = "\a\b\f\n\r\t\v\\";
	unsigned char c = (unsigned char)*(*text)++;
	if (c != '\\' || !**text)
		return c;
	c = (unsigned char)*(*text)++;
	const char *known = strchr(names, c);
	if (known)
		return (unsigned char)bytes[known - names];
	unsigned v = c;
	if (c >= '0' && c <= '7') {
		v = c - '0';
		for (int i = 0; i < 2 && **text >= '0' && **text <= '7'; i++)
			v = v * 8 + (unsigned)(*(*text)++ - '0');
	}
	return v & 0xff;
}

/* false: a form that is not known ([=c=], [c*n]). */
static bool parse_set(const char *text, struct set *s)
{
	while (*text) {
		if (add_class(s, &text))
			continue;
		if (*text == '[' && (text[1] == '=' || (text[1] && text[2] == '*')))
			return false;
		unsigned low = take_byte(&text), high = low;
		if (*text == '-' && text[1]) {
			text++;
			high = take_byte(&text);
			if (high < low)
				return false;
		}
		add_range(s, low, high);
	}
	return s->n < sizeof(s->v);
}

static void complement(struct set *s)
{
	bool in[256] = {false};
	for (size_t i = 0; i < s->n; i++)
		in[s->v[i]] = true;
	s->n = 0;
	for (unsigned c = 0; c < 256; c++)
		if (!in[c])
			add_range(s, c, c);
}

struct translation {
	bool deletes, squeezes, complements, truncates;
	struct set a, b;
};

static void translate(struct translation *t, bool two, struct pl_str text, struct pl_buf *out)
{
	bool in[256] = {false}, squeezed[256] = {false};
	unsigned char to[256];
	for (unsigned c = 0; c < 256; c++)
		to[c] = (unsigned char)c;
	for (size_t i = 0; i < t->a.n; i++) {
		in[t->a.v[i]] = true;
		if (two && !t->deletes && t->b.n)
			to[t->a.v[i]] = t->b.v[i < t->b.n ? i : t->b.n - 1];
	}
	const struct set *s = two ? &t->b : &t->a;
	for (size_t i = 0; t->squeezes && i < s->n; i++)
		squeezed[s->v[i]] = true;
	int last = -1;
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		if (t->deletes && in[c])
			continue;
		c = to[c];
		if (last == c && squeezed[c])
			continue;
		last = c;
		pl_buf_addc(out, (char)c);
	}
}

int pl_cmd_tr(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'d', "delete", 0},
						       {'s', "squeeze-repeats", 0},
						       {'c', "complement", 0},
						       {'C', NULL, 0},
						       {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options, .in_order = true};
	struct translation *t = pl_xcalloc(1, sizeof(*t));
	PL_AUTO(buf) text = {.max = 16 << 20};
	PL_AUTO(buf) out = {.max = 16 << 20};
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		t->deletes = t->deletes || a.letter == 'd';
		t->squeezes = t->squeezes || a.letter == 's';
		t->complements = t->complements || a.letter == 'c' || a.letter == 'C';
	}
	bool fine = rc == 0 && a.n >= 1 && a.n <= 2 && parse_set(a.operands[0], &t->a) &&
		    (a.n < 2 || parse_set(a.operands[1], &t->b));
	fine = fine && (a.n == 2 || t->deletes || t->squeezes);
	if (rc == 0 && !fine)
		rc = pl_shell_unknown(call, err, "such sets");
	if (t->complements)
		complement(&t->a);
	if (rc == 0)
		rc = pl_shell_input(call->shell, &text, err);
	if (rc == 0)
		translate(t, a.n == 2, pl_buf_str(&text), &out);
	free(t);
	pl_cmd_args_done(&a);
	return rc < 0 ? rc : pl_cmd_write_made(call, pl_buf_str(&text), &out, err);
}

/* -- seq -- */

static bool parse_integer(const char *s, int64_t *ret)
{
	uint64_t v;
	bool negative = *s == '-';
	if (!pl_parse_u64(pl_str_of(s + negative), INT32_MAX, &v))
		return false;
	*ret = negative ? -(int64_t)v : (int64_t)v;
	return true;
}

int pl_cmd_seq(struct pl_shell_call *call, struct pl_err *err)
{
	int64_t first = 1, step = 1, last = 0;
	char **v = call->argv + 1;
	int n = call->argc - 1;
	PL_AUTO(buf) out = {.max = 1 << 20};
	bool fine = n >= 1 && n <= 3 && parse_integer(v[n - 1], &last) &&
		    (n < 2 || parse_integer(v[0], &first)) && (n < 3 || parse_integer(v[1], &step));
	if (!fine || step == 0)
		return pl_shell_unknown(call, err, "anything but whole numbers");
	for (int64_t i = first; (step > 0 ? i <= last : i >= last) && !out.overflow; i += step)
		pl_buf_addf(&out, "%lld\n", (long long)i);
	return pl_cmd_write(call, &out, err);
}
