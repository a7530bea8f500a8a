// SPDX-License-Identifier: Apache-2.0
/* awk's values: numbers, texts, and texts that may be numbers. */
#include "commands/awk_int.h"

#include <ctype.h>
#include <stdio.h>

struct pl_awk_value pl_awk_number(double v)
{
	return (struct pl_awk_value){PL_AWK_NUMBER, v, NULL, 0};
}

struct pl_awk_value pl_awk_text(struct pl_str s, enum pl_awk_type type)
{
	return (struct pl_awk_value){type, 0, pl_str_dup(s), s.n};
}

struct pl_awk_value pl_awk_copy(const struct pl_awk_value *v)
{
	if (v->type == PL_AWK_TEXT || v->type == PL_AWK_INPUT)
		return pl_awk_text((struct pl_str){v->text, v->n}, v->type);
	return *v;
}

void pl_awk_value_done(struct pl_awk_value *v)
{
	if (v->type == PL_AWK_TEXT || v->type == PL_AWK_INPUT)
		free(v->text);
	*v = (struct pl_awk_value){0};
}

/* The decimal number that a text begins with: its length, 0 for none. */
static size_t number_length(const char *s)
{
	size_t n = s[0] == '+' || s[0] == '-', digits = 0;
	for (; isdigit((unsigned char)s[n]); n++)
		digits++;
	if (s[n] == '.')
		for (n++; isdigit((unsigned char)s[n]); n++)
			digits++;
	if (!digits)
		return 0;
	if (s[n] == 'e' || s[n] == 'E') {
		size_t k = n + 1 + (s[n + 1] == '+' || s[n + 1] == '-');
		if (isdigit((unsigned char)s[k])) {
			while (isdigit((unsigned char)s[k]))
				k++;
			n = k;
		}
	}
	return n;
}

static const char *skip_space(const char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	return s;
}

double pl_awk_to_number(const struct pl_awk_value *v)
{
	if (v->type == PL_AWK_NUMBER)
		return v->number;
	if (v->type == PL_AWK_UNSET)
		return 0;
	const char *s = skip_space(v->text);
	size_t n = number_length(s);
	PL_AUTOFREE char *digits = pl_xstrndup(s, n);
	return n ? strtod(digits, NULL) : 0;
}

static bool is_numeric(const struct pl_awk_value *v)
{
	if (v->type != PL_AWK_INPUT)
		return v->type != PL_AWK_TEXT;
	const char *s = skip_space(v->text);
	size_t n = number_length(s);
	return n && (size_t)(skip_space(s + n) - v->text) == v->n;
}

/* mawk's whole numbers end at 31 bits; gawk's do not, but Debian's awk is mawk. */
struct pl_str pl_awk_to_text(const struct pl_awk_value *v, struct pl_buf *buf)
{
	char text[64];
	int n;
	if (v->type == PL_AWK_UNSET)
		return PL_STR("");
	if (v->type != PL_AWK_NUMBER)
		return (struct pl_str){v->text, v->n};
	if (v->number < 2147483648.0 && v->number > -2147483648.0 &&
	    v->number == (double)(int64_t)v->number)
		n = snprintf(text, sizeof(text), "%lld", (long long)v->number);
	else
		n = snprintf(text, sizeof(text), "%.6g", v->number);
	pl_buf_add(buf, text, n > 0 ? (size_t)n : 0);
	return pl_buf_str(buf);
}

double pl_awk_whole(double v)
{
	return v > -9e18 && v < 9e18 ? (double)(int64_t)v : v; /* one so large is whole */
}

bool pl_awk_is_true(const struct pl_awk_value *v)
{
	if (v->type == PL_AWK_TEXT || (v->type == PL_AWK_INPUT && !is_numeric(v)))
		return v->n > 0;
	return pl_awk_to_number(v) != 0;
}

int pl_awk_compare(const struct pl_awk_value *a, const struct pl_awk_value *b)
{
	PL_AUTO(buf) x = {0};
	PL_AUTO(buf) y = {0};
	if (is_numeric(a) && is_numeric(b)) {
		double m = pl_awk_to_number(a), n = pl_awk_to_number(b);
		return (m > n) - (m < n);
	}
	return pl_str_cmp(pl_awk_to_text(a, &x), pl_awk_to_text(b, &y));
}
