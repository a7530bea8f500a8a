// SPDX-License-Identifier: Apache-2.0
/* cat, head, tail, wc, tee, cut. Texts are bytes, as in the C locale. */
#include "commands/commands_int.h"

#include "base/num.h"

int pl_cmd_cat(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'u', NULL, 0}, {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	PL_AUTO(buf) text = {.max = 16 << 20};
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0)
		;
	if (rc == 0)
		rc = pl_cmd_read_all(&a, &text, err);
	pl_cmd_args_done(&a);
	return rc < 0 ? rc : pl_cmd_write(call, &text, err);
}

/* -- head, tail -- */

/* Where the n-th line of a text begins (0: the first); its end when it has fewer. */
static size_t line_start(struct pl_str s, uint64_t n)
{
	size_t at = 0;
	for (; n && at < s.n; n--) {
		size_t end = pl_str_find(pl_str_sub(s, at, s.n), '\n');
		at = end == SIZE_MAX ? s.n : at + end + 1;
	}
	return at;
}

static uint64_t count_lines(struct pl_str s)
{
	uint64_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '\n';
	return n + (s.n && s.p[s.n - 1] != '\n');
}

struct cut_part {
	bool bytes, from_start, but_last; /* tail -n +N, head -n -N */
	uint64_t n;
};

static struct pl_str part_of(struct pl_str s, const struct cut_part *p, bool tail)
{
	uint64_t all = p->bytes ? s.n : count_lines(s), n = p->n;
	uint64_t first = 0, count = all;
	if (tail)
		first = p->from_start ? (n ? n - 1 : 0) : n < all ? all - n : 0;
	else
		count = p->but_last ? (n < all ? all - n : 0) : n;
	size_t from = p->bytes ? (size_t)(first < s.n ? first : s.n) : line_start(s, first);
	size_t to = count >= all ? s.n : p->bytes ? (size_t)count : line_start(s, count);
	return pl_str_sub(s, from, to > from ? to - from : 0);
}

static bool parse_part(const char *text, bool tail, struct cut_part *p)
{
	p->from_start = tail && *text == '+';
	p->but_last = !tail && *text == '-';
	if (p->from_start || p->but_last || (tail && *text == '-'))
		text++;
	return pl_parse_u64(pl_str_of(text), INT64_MAX, &p->n);
}

static int run_part(struct pl_shell_call *call, bool tail, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'n', "lines", PL_CMD_VALUE},
						       {'c', "bytes", PL_CMD_VALUE},
						       {'q', "quiet", 0},
						       {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	struct cut_part p = {.n = 10};
	PL_AUTO(buf) text = {.max = 16 << 20};
	PL_AUTO(buf) out = {.max = 16 << 20};
	bool fine = true;
	/* -5: as -n 5 */
	if (call->argc > 1 && call->argv[1][0] == '-' &&
	    pl_parse_u64(pl_str_of(call->argv[1] + 1), INT64_MAX, &p.n))
		a.at = 2;
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		if (a.letter == 'q')
			continue;
		p.bytes = a.letter == 'c';
		fine = fine && parse_part(a.value, tail, &p);
	}
	if (rc == 0 && !fine)
		rc = pl_shell_unknown(call, err, "such a number");
	else if (rc == 0 && a.n > 1)
		rc = pl_shell_unknown(call, err, "more than one file");
	if (rc == 0)
		rc = pl_cmd_read_all(&a, &text, err);
	pl_cmd_args_done(&a);
	if (rc == 0)
		pl_buf_addstr(&out, part_of(pl_buf_str(&text), &p, tail));
	return rc < 0 ? rc : pl_cmd_write_made(call, pl_buf_str(&text), &out, err);
}

int pl_cmd_head(struct pl_shell_call *call, struct pl_err *err)
{
	return run_part(call, false, err);
}
int pl_cmd_tail(struct pl_shell_call *call, struct pl_err *err)
{
	return run_part(call, true, err);
}

/* -- wc, tee -- */

int pl_cmd_wc(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'l', "lines", 0},
						       {'w', "words", 0},
						       {'c', "bytes", 0},
						       {'m', "chars", 0},
						       {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	PL_AUTO(buf) text = {.max = 16 << 20};
	int rc, what = 0;
	bool several = false;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		several = several || what;
		what = a.letter;
	}
	if (rc == 0 && (several || !what || a.n > 1))
		rc = pl_shell_unknown(call, err, "any form but one count of one file");
	if (rc == 0)
		rc = pl_cmd_read_all(&a, &text, err);
	uint64_t n = what == 'l' || what == 'w' ? 0 : text.n;
	for (size_t i = 0; i < text.n; i++) {
		bool blank = strchr(" \t\n\v\f\r", text.p[i]);
		bool before = i == 0 || strchr(" \t\n\v\f\r", text.p[i - 1]);
		n += what == 'l' ? text.p[i] == '\n' : what == 'w' ? !blank && before : 0;
	}
	if (rc == 0 && call->status == 0) {
		PL_AUTOFREE char *line = pl_xprintf("%llu%s%s\n", (unsigned long long)n,
						    a.n ? " " : "", a.n ? a.operands[0] : "");
		rc = pl_shell_write(call->shell, 1, pl_str_of(line), err);
	}
	pl_cmd_args_done(&a);
	return rc;
}

int pl_cmd_tee(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {
		{'a', "append", 0}, {'i', "ignore-interrupts", 0}, {'p', NULL, 0}, {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	PL_AUTO(buf) text = {.max = 16 << 20};
	bool append = false;
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0)
		append = append || a.letter == 'a';
	if (rc == 0)
		rc = pl_cmd_read(call, NULL, &text, err);
	for (int i = 0; i < a.n && rc >= 0; i++)
		rc = pl_shell_file_write(call->shell, a.operands[i], pl_buf_str(&text), append,
					 err);
	pl_cmd_args_done(&a);
	return rc < 0 ? rc : pl_cmd_write(call, &text, err);
}

/* -- cut -- */

struct range {
	uint64_t from, to;
};
struct cut {
	struct range ranges[64];
	size_t n;
	int what; /* b, c or f */
	char delimiter;
	const char *output;
	bool only_delimited, complement;
};

static bool parse_ranges(struct cut *c, const char *text)
{
	struct pl_str rest = pl_str_of(text);
	while (rest.p) {
		struct pl_str part = pl_str_cut(&rest, ',');
		size_t dash = pl_str_find(part, '-');
		struct range *r = &c->ranges[c->n++];
		struct pl_str low = pl_str_sub(part, 0, dash == SIZE_MAX ? part.n : dash);
		struct pl_str high = dash == SIZE_MAX ? low : pl_str_sub(part, dash + 1, part.n);
		r->from = 1;
		r->to = UINT64_MAX;
		if (c->n == PL_COUNT(c->ranges) || (!low.n && !high.n) ||
		    (low.n && !pl_parse_u64(low, INT64_MAX, &r->from)) ||
		    (high.n && !pl_parse_u64(high, INT64_MAX, &r->to)) || r->from == 0)
			return false;
	}
	return true;
}

static bool is_chosen(const struct cut *c, uint64_t k)
{
	for (size_t i = 0; i < c->n; i++)
		if (k >= c->ranges[i].from && k <= c->ranges[i].to)
			return !c->complement;
	return c->complement;
}

static void cut_line(const struct cut *c, struct pl_str line, struct pl_buf *out)
{
	bool first = true;
	if (c->what != 'f') {
		for (size_t i = 0; i < line.n; i++)
			if (is_chosen(c, i + 1))
				pl_buf_addc(out, line.p[i]);
	} else if (pl_str_find(line, c->delimiter) == SIZE_MAX) {
		if (c->only_delimited)
			return;
		pl_buf_addstr(out, line);
	} else {
		struct pl_str rest = line;
		for (uint64_t k = 1; rest.p; k++) {
			struct pl_str field = pl_str_cut(&rest, c->delimiter);
			if (!is_chosen(c, k))
				continue;
			if (!first)
				pl_buf_adds(out, c->output);
			first = false;
			pl_buf_addstr(out, field);
		}
	}
	pl_buf_addc(out, '\n');
}

int pl_cmd_cut(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'b', "bytes", PL_CMD_VALUE},
						       {'c', "characters", PL_CMD_VALUE},
						       {'f', "fields", PL_CMD_VALUE},
						       {'d', "delimiter", PL_CMD_VALUE},
						       {'s', "only-delimited", 0},
						       {256, "output-delimiter", PL_CMD_VALUE},
						       {257, "complement", 0},
						       {'n', NULL, 0},
						       {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	struct cut c = {.delimiter = '\t'};
	PL_AUTO(buf) text = {.max = 16 << 20};
	PL_AUTO(buf) out = {.max = 16 << 20};
	char usual[2];
	bool fine = true;
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		if (a.letter < 256 && strchr("bcf", a.letter)) {
			fine = fine && !c.what && parse_ranges(&c, a.value);
			c.what = a.letter;
		}
		fine = fine && (a.letter != 'd' || strlen(a.value) == 1);
		c.delimiter = a.letter == 'd' ? *a.value : c.delimiter;
		c.only_delimited = c.only_delimited || a.letter == 's';
		c.output = a.letter == 256 ? a.value : c.output;
		c.complement = c.complement || a.letter == 257;
	}
	usual[0] = c.delimiter;
	usual[1] = '\0';
	c.output = c.output ? c.output : usual;
	if (rc == 0 && (!fine || !c.what))
		rc = pl_shell_unknown(call, err, "such a list");
	if (rc == 0)
		rc = pl_cmd_read_all(&a, &text, err);
	pl_cmd_args_done(&a);
	struct pl_str rest = pl_buf_str(&text);
	while (rc == 0 && rest.p && rest.n)
		cut_line(&c, pl_str_cut(&rest, '\n'), &out);
	return rc < 0 ? rc : pl_cmd_write_made(call, pl_buf_str(&text), &out, err);
}
