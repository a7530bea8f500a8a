// SPDX-License-Identifier: Apache-2.0
/* Parameter expansion (2.6.2), and bash's forms of it. */
#include "shell/shell_int.h"

#include "base/num.h"

#include <ctype.h>

/* The values that a parameter stands for: one, or those of $@, $* and an array's [@]. */
struct values {
	const char **v;
	size_t n, cap;
	bool is_list, joined; /* $* and [*] */
	struct pl_buf text;   /* of computed ones */
};

static void values_done(struct values *v)
{
	free(v->v);
	pl_buf_done(&v->text);
}

static void add_value(struct values *v, const char *s)
{
	if (v->n == v->cap) {
		v->cap = v->cap ? 2 * v->cap : 4;
		v->v = pl_xrealloc(v->v, v->cap, sizeof(*v->v));
	}
	v->v[v->n++] = s;
}

static int array_values(struct pl_shell *sh, const struct pl_sh_part *part, struct values *v,
			struct pl_err *err)
{
	PL_AUTO(buf) index = {.max = 1 << 16};
	const struct pl_sh_var *var = pl_sh_var_get(sh, part->text);
	int rc = pl_sh_expand_text(sh, part->index, &index, err);
	if (rc)
		return rc;
	bool at = pl_str_is(pl_buf_str(&index), "@");
	v->joined = pl_str_is(pl_buf_str(&index), "*");
	v->is_list = at || v->joined;
	if (v->is_list && part->op == PL_SH_KEYS) {
		for (size_t i = 0; var && i < var->n_items; i++)
			add_value(v, var->items[i].key);
		return 0;
	}
	if (var && !(var->flags & PL_SH_IS_ARRAY)) { /* a plain value is item 0 */
		if (var->value && (v->is_list || pl_str_is(pl_buf_str(&index), "0")))
			add_value(v, var->value);
		return 0;
	}
	int64_t number = 0;
	if (!v->is_list)
		rc = pl_sh_arith(sh, pl_buf_str(&index), &number, err);
	if (rc)
		return rc;
	if (number < 0) /* from behind the last */
		number += var && var->n_items ? var->items[var->n_items - 1].number + 1 : 0;
	for (size_t i = 0; var && i < var->n_items; i++)
		if (v->is_list || var->items[i].number == number)
			add_value(v, var->items[i].value);
	return 0;
}

/* What bash itself sets, and we do not. */
static bool is_bashs_own(const struct pl_shell *sh, struct pl_str name)
{
	static const char *const names[] = {
		"BASHPID",      "BASH_LINENO", "BASH_REMATCH", "BASH_SOURCE", "BASH_VERSINFO",
		"BASH_VERSION", "DIRSTACK",    "EPOCHSECONDS", "EUID",        "FUNCNAME",
		"GROUPS",       "HOSTNAME",    "HOSTTYPE",     "MACHTYPE",    "OSTYPE",
		"PIPESTATUS",   "RANDOM",      "SECONDS",      "SRANDOM",     "UID"};
	for (size_t i = 0; i < PL_COUNT(names) && sh->bash; i++)
		if (pl_str_is(name, names[i]))
			return !pl_sh_var_get(sh, name);
	return false;
}

static int values_of(struct pl_shell *sh, const struct pl_sh_part *part, struct values *v,
		     struct pl_err *err)
{
	if (is_bashs_own(sh, part->text))
		return pl_sh_unknown(sh, err, "bash's " PL_STR_FMT, PL_STR_ARG(part->text));
	if (part->index)
		return array_values(sh, part, v, err);
	if (pl_str_is(part->text, "@") || pl_str_is(part->text, "*")) {
		v->is_list = true;
		v->joined = *part->text.p == '*';
		for (size_t i = 0; i < sh->n_args; i++)
			add_value(v, sh->args[i]);
		return 0;
	}
	const char *s = pl_sh_param(sh, part->text, &v->text);
	if (s && part->op == PL_SH_INDIRECT) {
		PL_AUTO(buf) name = {0};
		pl_buf_adds(&name, s);
		pl_buf_clear(&v->text);
		s = pl_sh_param(sh, pl_buf_str(&name), &v->text);
	}
	if (s)
		add_value(v, s);
	return 0;
}

struct pl_str pl_sh_joint(const struct pl_shell *sh)
{
	const char *ifs = pl_shell_value(sh, "IFS");
	return ifs ? pl_str_sub(pl_str_of(ifs), 0, 1) : PL_STR(" ");
}

static void emit(struct pl_shell *sh, const struct pl_sh_part *part, const struct values *v,
		 struct pl_sh_marked *out)
{
	unsigned mark = part->quoted ? PL_SH_QUOTED : PL_SH_SPLITS;
	bool fields = v->is_list && !(v->joined && part->quoted);
	if (fields && part->quoted && v->n == 0 && part->op == PL_SH_VALUE)
		pl_sh_marked_mark(out, PL_SH_NOBODY);
	for (size_t i = 0; i < v->n; i++) {
		if (i && fields)
			pl_sh_marked_mark(out, PL_SH_FIELD_END | (v->joined ? PL_SH_SPLITS : 0));
		else if (i)
			pl_sh_marked_add(out, pl_sh_joint(sh), mark);
		if (fields && part->quoted)
			pl_sh_marked_mark(out, PL_SH_HOLLOW);
		pl_sh_marked_add(out, pl_str_of(v->v[i]), mark);
	}
}

/* The word behind an operator, in the value's place: split as a value is. */
static int emit_word(struct pl_shell *sh, const struct pl_sh_part *part, struct pl_sh_marked *out,
		     struct pl_err *err)
{
	size_t from = out->marks.n;
	int rc = pl_sh_expand_parts(sh, part->word, true, out, err);
	for (size_t i = from; i < out->marks.n && !part->quoted; i++)
		if (out->marks.p[i] == 0)
			out->marks.p[i] = PL_SH_SPLITS;
	return rc;
}

static int assign_default(struct pl_shell *sh, const struct pl_sh_part *part,
			  struct pl_sh_marked *out, struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = sh->common->limits.output};
	if (!pl_sh_is_name(part->text) || part->index)
		return pl_sh_die(sh, err, PL_STR_FMT ": cannot be assigned",
				 PL_STR_ARG(part->text));
	int rc = pl_sh_expand_text(sh, part->word, &text, err);
	if (rc == 0)
		rc = pl_sh_var_set(sh, part->text, text.p ? text.p : "", 0, err);
	if (rc == 0)
		pl_sh_marked_add(out, pl_buf_str(&text),
				 part->quoted ? PL_SH_QUOTED : PL_SH_SPLITS);
	return rc;
}

static int complain(struct pl_shell *sh, const struct pl_sh_part *part, struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = sh->common->limits.output};
	int rc = pl_sh_expand_text(sh, part->word, &text, err);
	if (rc)
		return rc;
	return pl_sh_die(sh, err, PL_STR_FMT ": %s", PL_STR_ARG(part->text),
			 text.n        ? text.p
			 : part->colon ? "parameter not set or null"
				       : "parameter not set");
}

/* -- patterns -- */

static struct pl_str trim(struct pl_str s, struct pl_sh_pattern p, enum pl_sh_op op)
{
	bool longest = op == PL_SH_TRIM_HEAD_LONGEST || op == PL_SH_TRIM_TAIL_LONGEST;
	bool head = op == PL_SH_TRIM_HEAD || op == PL_SH_TRIM_HEAD_LONGEST;
	for (size_t k = 0; k <= s.n; k++) {
		size_t n = longest ? s.n - k : k; /* how much is cut */
		struct pl_str cut = head ? pl_str_sub(s, 0, n) : pl_str_sub(s, s.n - n, n);
		if (pl_sh_match(p, cut))
			return head ? pl_str_sub(s, n, s.n) : pl_str_sub(s, 0, s.n - n);
	}
	return s;
}

/* The longest match at s[from], SIZE_MAX: none. */
static size_t match_at(struct pl_sh_pattern p, struct pl_str s, size_t from)
{
	for (size_t n = s.n - from + 1; n-- > 0;)
		if (pl_sh_match(p, pl_str_sub(s, from, n)))
			return n;
	return SIZE_MAX;
}

static void replace(struct pl_str s, struct pl_sh_pattern p, struct pl_str by, bool all,
		    struct pl_buf *out)
{
	bool head = p.text.n && *p.text.p == '#', tail = p.text.n && *p.text.p == '%';
	bool done = false;
	if (head || tail) {
		p.text = pl_str_sub(p.text, 1, p.text.n);
		p.marks++;
		done = p.text.n == 0;
	}
	if (done && head) /* nothing at an end: there it is put */
		pl_buf_addstr(out, by);
	for (size_t i = 0; i < s.n;) {
		size_t n = done || (head && i) ? SIZE_MAX : match_at(p, s, i);
		if (n == SIZE_MAX || n == 0 || (tail && i + n != s.n)) {
			pl_buf_addc(out, s.p[i++]);
			continue;
		}
		pl_buf_addstr(out, by);
		i += n;
		done = !all;
	}
	if (tail && p.text.n == 0)
		pl_buf_addstr(out, by);
}

/* Matching takes the product of the lengths in the worst case. */
#define MATCH_MAX ((uint64_t)1 << 24)

static int match_cost(struct pl_shell *sh, struct pl_str s, struct pl_sh_pattern p,
		      struct pl_err *err)
{
	if ((uint64_t)s.n * s.n * (p.text.n + 1) / 64 < MATCH_MAX)
		return 0;
	return pl_fail(err, PL_LIMIT, "%s: line %u: a pattern of %zu bytes is cut from %zu bytes",
		       sh->script, sh->line, p.text.n, s.n);
}

static int with_pattern(struct pl_shell *sh, const struct pl_sh_part *part, struct values *v,
			struct pl_err *err)
{
	PL_AUTO(sh_marked) m = {0};
	PL_AUTO(buf) by = {.max = sh->common->limits.output};
	PL_AUTO(buf) all = {.max = sh->common->limits.output};
	if (v->n > 1 && !sh->bash) /* dash cuts from the text of all, and loses some */
		return pl_sh_unknown(sh, err, "a pattern cut from $@ or $*");
	size_t *ends = pl_xcalloc(v->n + 1, sizeof(*ends));
	int rc = pl_sh_expand_pattern(sh, part->word, &m, err);
	if (rc == 0 && part->second)
		rc = pl_sh_expand_text(sh, part->second, &by, err);
	struct pl_sh_pattern p = {pl_buf_str(&m.text), m.marks.p ? m.marks.p : "", sh->bash};
	for (size_t i = 0; i < v->n && rc == 0; i++) {
		struct pl_str s = pl_str_of(v->v[i]);
		rc = match_cost(sh, s, p, err);
		if (rc == 0 && (part->op == PL_SH_REPLACE || part->op == PL_SH_REPLACE_ALL))
			replace(s, p, pl_buf_str(&by), part->op == PL_SH_REPLACE_ALL, &all);
		else if (rc == 0)
			pl_buf_addstr(&all, trim(s, p, part->op));
		pl_buf_addc(&all, '\0');
		ends[i] = all.n;
	}
	if (rc == 0)
		rc = pl_buf_check(&all, "an expansion", err);
	pl_buf_done(&v->text);
	v->text = all;
	all = (struct pl_buf){0};
	for (size_t i = 0; i < v->n && rc == 0; i++)
		v->v[i] = v->text.p + (i ? ends[i - 1] : 0);
	free(ends);
	return rc;
}

static int substring(struct pl_shell *sh, const struct pl_sh_part *part, struct values *v,
		     struct pl_err *err)
{
	PL_AUTO(buf) from = {.max = 1 << 16};
	PL_AUTO(buf) length = {.max = 1 << 16};
	int64_t at = 0, n = INT64_MAX;
	if (v->is_list)
		return pl_sh_unknown(sh, err, "${...:...} of a list");
	int64_t size = v->n ? (int64_t)strlen(v->v[0]) : 0;
	int rc = pl_sh_expand_text(sh, part->word, &from, err);
	if (rc == 0)
		rc = pl_sh_arith(sh, pl_buf_str(&from), &at, err);
	if (rc == 0 && part->second)
		rc = pl_sh_expand_text(sh, part->second, &length, err);
	if (rc == 0 && part->second)
		rc = pl_sh_arith(sh, pl_buf_str(&length), &n, err);
	if (rc || v->n == 0)
		return rc;
	at = at < 0 ? at + size : at;
	if (at < 0 || at > size)
		at = size;
	if (n < 0)
		n = size - at + n < 0 ? 0 : size - at + n;
	PL_AUTOFREE char *copy =
		pl_str_dup(pl_str_sub(pl_str_of(v->v[0]), (size_t)at, (uint64_t)n));
	pl_buf_clear(&v->text);
	pl_buf_adds(&v->text, copy);
	v->v[0] = v->text.p;
	return 0;
}

static void change_case(const struct pl_sh_part *part, struct values *v)
{
	PL_AUTO(buf) text = {0};
	if (v->n != 1)
		return;
	for (const char *s = v->v[0]; *s; s++)
		pl_buf_addc(&text, (char)(part->op == PL_SH_LOWER ? tolower((unsigned char)*s)
								  : toupper((unsigned char)*s)));
	pl_buf_clear(&v->text);
	pl_buf_adds(&v->text, text.p ? text.p : "");
	v->v[0] = v->text.p;
}

static void emit_length(const struct pl_shell *sh, const struct pl_sh_part *part,
			const struct values *v, struct pl_sh_marked *out)
{
	char number[32];
	size_t n = v->is_list && sh->bash ? v->n : 0;
	if (!v->is_list || !sh->bash) /* to dash ${#@} is the length of all */
		for (size_t i = 0; i < v->n; i++)
			n += strlen(v->v[i]) + (i ? pl_sh_joint(sh).n : 0);
	snprintf(number, sizeof(number), "%zu", n);
	pl_sh_marked_add(out, pl_str_of(number), part->quoted ? PL_SH_QUOTED : PL_SH_SPLITS);
}

static int expand_values(struct pl_shell *sh, const struct pl_sh_part *part, struct values *v,
			 struct pl_sh_marked *out, struct pl_err *err)
{
	/* To dash $@ and $* are always set. */
	bool is_set = v->n > 0 || (v->is_list && !sh->bash);
	bool has = is_set && !(part->colon && (v->n == 0 || (v->n == 1 && !*v->v[0])));
	int rc = 0;
	switch (part->op) {
	case PL_SH_DEFAULT:
		if (!has)
			return emit_word(sh, part, out, err);
		break;
	case PL_SH_ALTERNATE:
		return has ? emit_word(sh, part, out, err) : 0;
	case PL_SH_ASSIGN:
		if (!has)
			return assign_default(sh, part, out, err);
		break;
	case PL_SH_ERROR:
		if (!has)
			return complain(sh, part, err);
		break;
	default:
		if (!is_set && !v->is_list && sh->options & PL_SH_NOUNSET)
			return pl_sh_die(sh, err, PL_STR_FMT ": parameter not set",
					 PL_STR_ARG(part->text));
		if (part->op == PL_SH_LENGTH)
			emit_length(sh, part, v, out);
		else if (part->op == PL_SH_SUBSTRING)
			rc = substring(sh, part, v, err);
		else if (part->op == PL_SH_LOWER || part->op == PL_SH_UPPER)
			change_case(part, v);
		else if (part->op >= PL_SH_TRIM_HEAD && part->op <= PL_SH_REPLACE_ALL)
			rc = with_pattern(sh, part, v, err);
	}
	if (rc == 0 && part->op != PL_SH_LENGTH)
		emit(sh, part, v, out);
	return rc;
}

int pl_sh_expand_param(struct pl_shell *sh, const struct pl_sh_part *part, struct pl_sh_marked *out,
		       struct pl_err *err)
{
	struct values v = {0};
	if (part->op == PL_SH_BAD && sh->bash)
		return pl_sh_unknown(sh, err, "${" PL_STR_FMT "...}", PL_STR_ARG(part->text));
	if (part->op == PL_SH_BAD)
		return pl_sh_die(sh, err, "Bad substitution");
	int rc = values_of(sh, part, &v, err);
	if (rc == 0)
		rc = expand_values(sh, part, &v, out, err);
	values_done(&v);
	return rc;
}
