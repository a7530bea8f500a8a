// SPDX-License-Identifier: Apache-2.0
/* Pattern matching notation (2.14 of POSIX.1-2024's shell, 2.13 before), bytewise as in the C
 * locale. */
#include "shell/shell_int.h"

#include <ctype.h>

static bool is_quoted(struct pl_sh_pattern p, size_t i)
{
	return p.marks && (unsigned char)p.marks[i] & PL_SH_QUOTED;
}

bool pl_sh_is_pattern(struct pl_sh_pattern p)
{
	bool bracket = false;
	for (size_t i = 0; i < p.text.n; i++) {
		char c = p.text.p[i];
		if (is_quoted(p, i))
			continue;
		if (c == '\\' && i + 1 < p.text.n) {
			i++;
			continue;
		}
		if (c == '*' || c == '?' || (c == ']' && bracket))
			return true;
		bracket = bracket || c == '[';
	}
	return false;
}

/* [:name:] at p[*i]: is it one, and is c in it? */
static bool match_class(struct pl_str t, size_t *i, unsigned char c, bool *ret)
{
	static const struct {
		const char *name;
		int (*is)(int);
	} classes[] = {
		{"alnum", isalnum}, {"alpha", isalpha}, {"blank", isblank}, {"cntrl", iscntrl},
		{"digit", isdigit}, {"graph", isgraph}, {"lower", islower}, {"print", isprint},
		{"punct", ispunct}, {"space", isspace}, {"upper", isupper}, {"xdigit", isxdigit},
	};
	for (size_t k = 0; k < PL_COUNT(classes); k++) {
		size_t n = strlen(classes[k].name);
		struct pl_str here = pl_str_sub(t, *i, n + 4);
		if (here.n == n + 4 && memcmp(here.p, "[:", 2) == 0 &&
		    memcmp(here.p + 2, classes[k].name, n) == 0 &&
		    memcmp(here.p + 2 + n, ":]", 2) == 0) {
			*ret = *ret || classes[k].is(c);
			*i += n + 4;
			return true;
		}
	}
	return false;
}

/* A bracket expression at p[i], the '[': how long it is, 0 when it has no end (then [ is itself).
 */
static size_t match_bracket(struct pl_sh_pattern p, size_t i, unsigned char c, bool *ret)
{
	struct pl_str t = p.text;
	size_t k = i + 1;
	bool in = false,
	     negated = k < t.n && !is_quoted(p, k) && (t.p[k] == '!' || (p.bash && t.p[k] == '^'));
	k += negated;
	for (bool first = true; k < t.n; first = false) {
		if (t.p[k] == ']' && !first && !is_quoted(p, k)) {
			*ret = in != negated;
			return k + 1 - i;
		}
		if (!is_quoted(p, k) && match_class(t, &k, c, &in))
			continue;
		if (t.p[k] == '\\' && !is_quoted(p, k) && k + 1 < t.n)
			k++;
		unsigned char low = (unsigned char)t.p[k++], high = low;
		if (k + 1 < t.n && t.p[k] == '-' && !is_quoted(p, k) &&
		    (t.p[k + 1] != ']' || is_quoted(p, k + 1))) {
			k++;
			if (t.p[k] == '\\' && !is_quoted(p, k) && k + 1 < t.n)
				k++;
			high = (unsigned char)t.p[k++];
		}
		in = in || (c >= low && c <= high);
	}
	return 0;
}

/* One byte c against p[i]: how much of the pattern it takes, 0: it does not match. */
static size_t match_one(struct pl_sh_pattern p, size_t i, char c)
{
	bool in = false;
	char at = p.text.p[i];
	if (is_quoted(p, i))
		return at == c;
	if (at == '?')
		return 1;
	if (at == '[') {
		size_t n = match_bracket(p, i, (unsigned char)c, &in);
		if (n)
			return in ? n : 0;
	}
	if (at == '\\' && i + 1 < p.text.n)
		return p.text.p[i + 1] == c ? 2 : 0;
	return at == c;
}

/* Backtracks to the last * alone: enough, since a later one can take whatever an earlier could. */
bool pl_sh_match(struct pl_sh_pattern p, struct pl_str s)
{
	size_t i = 0, k = 0, star = SIZE_MAX, from = 0;
	while (k < s.n || i < p.text.n) {
		size_t n = 0;
		if (i < p.text.n && p.text.p[i] == '*' && !is_quoted(p, i)) {
			star = ++i;
			from = k;
			continue;
		}
		if (i < p.text.n && k < s.n)
			n = match_one(p, i, s.p[k]);
		if (n) {
			i += n;
			k++;
		} else if (star != SIZE_MAX && from < s.n) {
			i = star;
			k = ++from;
		} else {
			return false;
		}
	}
	return true;
}
