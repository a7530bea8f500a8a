// SPDX-License-Identifier: Apache-2.0
#include "commands/sed_int.h"

#include "base/num.h"

#include <ctype.h>

struct reader {
	struct pl_sed *s;
	struct pl_str t;
	size_t at;
	struct pl_err *err;
	int rc;
};

static int peek(const struct reader *r)
{
	return r->at < r->t.n ? (unsigned char)r->t.p[r->at] : -1;
}

static void fail(struct reader *r, const char *why)
{
	if (r->rc == 0)
		r->rc = pl_fail(r->err, PL_SCRIPTS, "sed: %s, at byte %zu of '%s'", why, r->at + 1,
				PL_SHOWN(r->t));
}

static void skip_blanks(struct reader *r)
{
	while (peek(r) == ' ' || peek(r) == '\t')
		r->at++;
}

static bool take_number(struct reader *r, uint64_t *ret)
{
	size_t from = r->at;
	while (isdigit(peek(r)))
		r->at++;
	return r->at > from && pl_parse_u64(pl_str_sub(r->t, from, r->at - from), UINT32_MAX, ret);
}

/* What stands up to the delimiter, whose backslash goes; \n is a newline. In a bracket expression
 * nothing is special. */
static struct pl_str take_part(struct reader *r, int delimiter, bool regex)
{
	PL_AUTO(buf) out = {.max = 1 << 16};
	size_t bracket = 0; /* where one began, + 1 */
	for (;;) {
		int c = peek(r);
		if (c < 0 || (c == '\n' && regex)) {
			fail(r, "an expression has no end");
			break;
		}
		r->at++;
		if (bracket) {
			size_t in = r->at - bracket;
			bool first = in == 1 || (in == 2 && r->t.p[r->at - 2] == '^');
			if (c == '[' && peek(r) >= 0 && strchr(":.=", peek(r))) {
				char kind = r->t.p[r->at];
				do {
					pl_buf_addc(&out, (char)c);
					c = peek(r);
					r->at++;
				} while (c >= 0 && !(c == ']' && r->t.p[r->at - 2] == kind &&
						     out.p[out.n - 1] == kind));
			} else if (c == ']' && !first) {
				bracket = 0;
			} else if (c == '\\' && peek(r) == 'n') {
				c = '\n';
				r->at++;
			}
			if (c < 0)
				continue;
		} else if (c == '\\') {
			int next = peek(r);
			r->at += next >= 0;
			if (next == delimiter) {
				/* It is the byte itself; one that was special stays quoted. */
				if (regex && strchr("*.[]^$+?(){}|", next))
					pl_buf_addc(&out, '\\');
				c = next;
			} else if (next == 'n' && regex) {
				c = '\n';
			} else {
				pl_buf_addc(&out, '\\');
				c = next;
			}
			if (c < 0)
				continue;
		} else if (c == delimiter) {
			break;
		} else if (c == '[' && regex) {
			bracket = r->at;
		}
		pl_buf_addc(&out, (char)c);
	}
	return pl_arena_str(&r->s->arena, pl_buf_str(&out));
}

/* \t and its like, which GNU has in expressions and replacements. */
static struct pl_str unescape(struct reader *r, struct pl_str s)
{
	static const char names[] = "tfvar", bytes[] = "\t\f\v\a\r";
	PL_AUTO(buf) out = {0};
	for (size_t i = 0; i < s.n; i++) {
		const char *known =
			s.p[i] == '\\' && i + 1 < s.n ? strchr(names, s.p[i + 1]) : NULL;
		if (known) {
			pl_buf_addc(&out, bytes[known - names]);
			i++;
		} else {
			pl_buf_addc(&out, s.p[i]);
			if (s.p[i] == '\\' && i + 1 < s.n)
				pl_buf_addc(&out, s.p[++i]);
		}
	}
	return pl_arena_str(&r->s->arena, pl_buf_str(&out));
}

/* An expression; the empty one is the last that was used. */
static int add_regex(struct reader *r, struct pl_str text, bool fold)
{
	if (r->rc || text.n == 0)
		return -1;
	r->rc = pl_cmd_regex_init(pl_vec_push(&r->s->regexes), unescape(r, text).p,
				  (r->s->extended ? REG_EXTENDED : 0) | (fold ? REG_ICASE : 0),
				  r->err);
	return (int)r->s->regexes.n - 1;
}

static bool take_address(struct reader *r, struct pl_sed_address *ret)
{
	int c = peek(r);
	if (isdigit(c)) {
		ret->kind = PL_SED_LINE;
		take_number(r, &ret->line);
		if (peek(r) == '~') {
			r->at++;
			ret->kind = PL_SED_STEP;
			take_number(r, &ret->step);
		}
	} else if (c == '$') {
		r->at++;
		ret->kind = PL_SED_LAST;
	} else if (c == '/' || c == '\\') {
		r->at += c == '\\' ? 1 : 0;
		int delimiter = peek(r);
		r->at++;
		struct pl_str text = take_part(r, delimiter, true);
		bool fold = peek(r) == 'I';
		r->at += fold;
		ret->kind = PL_SED_REGEX;
		ret->regex = add_regex(r, text, fold);
	} else {
		return false;
	}
	return true;
}

static void take_addresses(struct reader *r, struct pl_sed_command *c)
{
	skip_blanks(r);
	if (!take_address(r, &c->a))
		return;
	skip_blanks(r);
	if (peek(r) != ',')
		return;
	r->at++;
	skip_blanks(r);
	if (peek(r) == '+') {
		r->at++;
		c->b.kind = PL_SED_PLUS;
		if (!take_number(r, &c->b.line))
			fail(r, "a number should follow");
	} else if (!take_address(r, &c->b)) {
		fail(r, "an address should follow");
	}
}

/* The text of a, i and c: from the next line (a\), or, as GNU has it, from this one. Lines go on
 * behind a backslash. */
static struct pl_str take_text(struct reader *r)
{
	PL_AUTO(buf) out = {.max = 1 << 16};
	skip_blanks(r);
	if (peek(r) == '\\') {
		size_t from = ++r->at;
		skip_blanks(r);
		if (peek(r) == '\n')
			r->at++;
		else
			r->at = from; /* a\  TEXT keeps its blanks */
	}
	while (peek(r) >= 0 && peek(r) != '\n') {
		if (peek(r) == '\\') {
			r->at++;
			if (peek(r) < 0)
				break;
		}
		pl_buf_addc(&out, (char)peek(r));
		r->at++;
	}
	pl_buf_addc(&out, '\n');
	return pl_arena_str(&r->s->arena, pl_buf_str(&out));
}

static struct pl_str take_line(struct reader *r)
{
	skip_blanks(r);
	size_t from = r->at;
	while (peek(r) >= 0 && peek(r) != '\n')
		r->at++;
	return pl_str_trim(pl_str_sub(r->t, from, r->at - from));
}

/* GNU's end at a blank, too: what follows ":a" on its line is the next command. */
static struct pl_str take_label(struct reader *r)
{
	skip_blanks(r);
	size_t from = r->at;
	while (peek(r) >= 0 && !strchr(" \t\n;}", peek(r)))
		r->at++;
	return pl_str_sub(r->t, from, r->at - from);
}

static void take_flags(struct reader *r, struct pl_sed_command *c, bool *ret_fold)
{
	for (;;) {
		int f = peek(r);
		if (f == 'g')
			c->global = true;
		else if (f == 'p')
			c->prints = true;
		else if (f == 'i' || f == 'I')
			*ret_fold = true;
		else if (f >= '0' && f <= '9') {
			if (!take_number(r, &c->number) || !c->number)
				fail(r, "no such match");
			continue;
		} else {
			if (f >= 0 && strchr("wemM", f))
				fail(r, "a flag that is not known");
			if (f != ' ' && f != '\t') /* GNU skips blanks between them */
				return;
		}
		r->at++;
	}
}

static void take_substitute(struct reader *r, struct pl_sed_command *c)
{
	int delimiter = peek(r);
	bool fold = false;
	if (delimiter < 0 || delimiter == '\n' || delimiter == '\\') {
		fail(r, "no such delimiter");
		return;
	}
	r->at++;
	struct pl_str text = take_part(r, delimiter, true);
	c->text = unescape(r, take_part(r, delimiter, false));
	take_flags(r, c, &fold);
	c->regex = add_regex(r, text, fold);
}

static struct pl_str plain(struct reader *r, struct pl_str s)
{
	PL_AUTO(buf) out = {0};
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n) {
			i++;
			pl_buf_addc(&out, s.p[i] == 'n' ? '\n' : s.p[i] == 't' ? '\t' : s.p[i]);
		} else {
			pl_buf_addc(&out, s.p[i]);
		}
	}
	return pl_arena_str(&r->s->arena, pl_buf_str(&out));
}

static void take_sets(struct reader *r, struct pl_sed_command *c)
{
	int delimiter = peek(r);
	r->at++;
	c->text = plain(r, take_part(r, delimiter, false));
	c->other = plain(r, take_part(r, delimiter, false));
	if (c->text.n != c->other.n)
		fail(r, "y's sets are not of one length");
}

static void take_arguments(struct reader *r, struct pl_sed_command *c)
{
	switch (c->name) {
	case 's':
		take_substitute(r, c);
		break;
	case 'y':
		take_sets(r, c);
		break;
	case 'a':
	case 'i':
	case 'c':
		c->text = take_text(r);
		break;
	case ':':
	case 'b':
	case 't':
	case 'T':
		c->text = take_label(r);
		break;
	case 'r':
		c->text = take_line(r);
		break;
	case 'q':
	case 'Q':
		skip_blanks(r);
		take_number(r, &c->number);
		break;
	case '{':
	case '}':
	case '=':
	case 'd':
	case 'D':
	case 'g':
	case 'G':
	case 'h':
	case 'H':
	case 'n':
	case 'N':
	case 'p':
	case 'P':
	case 'x':
		break;
	default:
		fail(r, "a command that is not known");
	}
}

static void take_command(struct reader *r)
{
	struct pl_sed_command c = {.regex = -1};
	c.a.regex = c.b.regex = -1;
	take_addresses(r, &c);
	skip_blanks(r);
	while (peek(r) == '!') {
		c.negated = true;
		r->at++;
		skip_blanks(r);
	}
	if (peek(r) < 0) {
		fail(r, "a command should follow");
		return;
	}
	c.name = (char)peek(r);
	r->at++;
	take_arguments(r, &c);
	*pl_vec_push(&r->s->commands) = c;
	if (c.name == '{' || c.name == '}' || c.name == ':')
		return;
	skip_blanks(r);
	if (peek(r) >= 0 && !strchr("\n;}#", peek(r)))
		fail(r, "more than a command");
}

/* Where { and the branches go. */
static void link_commands(struct reader *r)
{
	unsigned open[64], depth = 0;
	for (unsigned i = 0; i < r->s->commands.n; i++) {
		struct pl_sed_command *c = &r->s->commands.v[i];
		if (c->name == '{') {
			if (depth == PL_COUNT(open)) {
				fail(r, "too many {");
				return;
			}
			open[depth++] = i;
		} else if (c->name == '}') {
			if (!depth) {
				fail(r, "a } without {");
				return;
			}
			r->s->commands.v[open[--depth]].end = i + 1;
		} else if (strchr("btT", c->name)) {
			c->end = (unsigned)r->s->commands.n;
			bool known = c->text.n == 0;
			for (unsigned k = 0; k < r->s->commands.n && !known; k++) {
				known = r->s->commands.v[k].name == ':' &&
					pl_str_eq(r->s->commands.v[k].text, c->text);
				c->end = known ? k : c->end;
			}
			if (!known)
				fail(r, "a label that is nowhere");
		}
	}
	if (depth)
		fail(r, "a { without }");
}

int pl_sed_parse(struct pl_sed *s, struct pl_str text, struct pl_err *err)
{
	struct reader r = {s, text, 0, err, 0};
	while (r.rc == 0) {
		while (peek(&r) >= 0 && strchr(" \t\n;", peek(&r)))
			r.at++;
		if (peek(&r) < 0)
			break;
		if (peek(&r) == '#') {
			while (peek(&r) >= 0 && peek(&r) != '\n')
				r.at++;
			continue;
		}
		take_command(&r);
	}
	if (r.rc == 0)
		link_commands(&r);
	return r.rc;
}

void pl_sed_done(struct pl_sed *s)
{
	for (size_t i = 0; i < s->regexes.n; i++)
		pl_cmd_regex_done(&s->regexes.v[i]);
	pl_vec_free(&s->regexes);
	pl_vec_free(&s->commands);
	pl_arena_done(&s->arena);
}
