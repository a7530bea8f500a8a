// SPDX-License-Identifier: Apache-2.0
#include "commands/sed_int.h"

#include <ctype.h>

#define STEPS_MAX 1000000

struct sed_run {
	struct pl_shell_call *call;
	struct pl_sed *s;
	struct pl_str rest; /* of the input */
	/* Does the text of a space come from a last line without newline? What is written last? */
	bool space_lacks, hold_lacks, owes_newline;
	struct pl_buf space, hold, out, after; /* after: what a and r append */
	uint64_t line, steps;
	int last_regex; /* -1: none was used */
	bool replaced, quits;
	struct pl_err *err;
	int rc;
};

static bool at_end(const struct sed_run *r) { return r->rest.n == 0; }

/* Only the last line that is written may lack its newline. */
static struct pl_buf *output(struct sed_run *r)
{
	if (r->owes_newline)
		pl_buf_addc(&r->out, r->s->zero ? '\0' : '\n');
	r->owes_newline = false;
	return &r->out;
}

static void print(struct sed_run *r, const struct pl_buf *b)
{
	pl_buf_addstr(output(r), pl_buf_str(b));
	r->owes_newline = r->space_lacks;
	if (!r->owes_newline)
		pl_buf_addc(&r->out, r->s->zero ? '\0' : '\n');
}

/* The next line into the pattern space, behind what is there when joins. */
static bool next_line(struct sed_run *r, bool joins)
{
	if (at_end(r))
		return false;
	size_t end = pl_str_find(r->rest, r->s->zero ? '\0' : '\n');
	struct pl_str line = pl_str_sub(r->rest, 0, end == SIZE_MAX ? r->rest.n : end);
	r->space_lacks = end == SIZE_MAX;
	r->rest = pl_str_sub(r->rest, line.n + (end != SIZE_MAX), r->rest.n);
	if (joins)
		pl_buf_addc(&r->space, r->s->zero ? '\0' : '\n');
	else
		pl_buf_clear(&r->space);
	pl_buf_addstr(&r->space, line);
	r->line++;
	return true;
}

static void flush_after(struct sed_run *r)
{
	if (r->after.n)
		pl_buf_addstr(output(r), pl_buf_str(&r->after));
	pl_buf_clear(&r->after);
}

static const struct pl_cmd_regex *regex_of(struct sed_run *r, int index)
{
	if (index >= 0)
		r->last_regex = index;
	if (r->last_regex >= 0)
		return &r->s->regexes.v[r->last_regex];
	if (r->rc == 0)
		r->rc = pl_fail(r->err, PL_SCRIPTS, "sed: no previous regular expression");
	return NULL;
}

static bool find_match(struct sed_run *r, int index, size_t from, struct pl_cmd_match *m)
{
	const struct pl_cmd_regex *re = regex_of(r, index);
	return re && pl_cmd_regex_find(re, pl_buf_str(&r->space), from, m);
}

static bool matches(struct sed_run *r, const struct pl_sed_address *a)
{
	struct pl_cmd_match m;
	switch (a->kind) {
	case PL_SED_NONE:
		return true;
	case PL_SED_LINE:
		return r->line == a->line;
	case PL_SED_STEP:
		return a->step ? r->line >= a->line && (r->line - a->line) % a->step == 0
			       : r->line == a->line;
	case PL_SED_LAST:
		return at_end(r);
	case PL_SED_REGEX:
		return find_match(r, a->regex, 0, &m);
	case PL_SED_PLUS:
		break;
	}
	return false;
}

/* Does the command apply to this line? A range's second address is looked for from the next line.
 */
static bool is_selected(struct sed_run *r, struct pl_sed_command *c)
{
	if (c->b.kind == PL_SED_NONE)
		return matches(r, &c->a);
	if (!c->in_range && c->a.kind == PL_SED_LINE && c->a.line == 0) {
		c->in_range = r->line == 1; /* 0,/re/: the expression counts on line 1 too */
		if (!c->in_range)
			return false;
		c->a.line = UINT64_MAX;
	} else if (!c->in_range) {
		if (!matches(r, &c->a))
			return false;
		c->in_range = true;
		if (c->b.kind == PL_SED_PLUS)
			c->range_end = r->line + c->b.line;
		else if (c->b.kind == PL_SED_LINE)
			c->range_end = c->b.line;
		if (c->b.kind == PL_SED_REGEX)
			return true;
	}
	if (c->b.kind == PL_SED_LINE || c->b.kind == PL_SED_PLUS) {
		c->in_range = r->line < c->range_end;
		return r->line <= c->range_end || c->range_end < c->a.line || matches(r, &c->a);
	}
	c->in_range = !matches(r, &c->b);
	return true;
}

/* -- s -- */

/* Case of what follows in a replacement: \U, \L, \u, \l, \E (GNU). */
struct casing {
	char all, next;
};

static void put(struct sed_run *r, struct pl_buf *out, struct pl_str s, struct casing *c)
{
	(void)r;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char b = (unsigned char)s.p[i];
		char how = c->next ? c->next : c->all;
		c->next = 0;
		pl_buf_addc(out, (char)(how == 'U' || how == 'u'   ? toupper(b)
					: how == 'L' || how == 'l' ? tolower(b)
								   : b));
	}
}

static void put_group(struct sed_run *r, const struct pl_cmd_match *m, int group, struct casing *c,
		      struct pl_buf *out)
{
	const regmatch_t *g = &m->groups[group];
	if (g->rm_so >= 0)
		put(r, out,
		    pl_str_sub(pl_buf_str(&r->space), (size_t)g->rm_so,
			       (size_t)(g->rm_eo - g->rm_so)),
		    c);
}

static void replace(struct sed_run *r, struct pl_str by, const struct pl_cmd_match *m,
		    struct pl_buf *out)
{
	struct casing c = {0};
	for (size_t i = 0; i < by.n; i++) {
		if (by.p[i] == '&') {
			put_group(r, m, 0, &c, out);
		} else if (by.p[i] == '\\' && i + 1 < by.n) {
			char e = by.p[++i];
			if (e >= '0' && e <= '9')
				put_group(r, m, e - '0', &c, out);
			else if (e == 'U' || e == 'L')
				c.all = e;
			else if (e == 'E')
				c = (struct casing){0};
			else if (e == 'u' || e == 'l')
				c.next = e;
			else
				put(r, out, (struct pl_str){e == 'n' ? "\n" : &by.p[i], 1}, &c);
		} else {
			put(r, out, pl_str_sub(by, i, 1), &c);
		}
	}
}

/* An empty match right behind a match is none. */
static void substitute(struct sed_run *r, const struct pl_sed_command *c)
{
	PL_AUTO(buf) out = {.max = 1 << 20};
	struct pl_str space = pl_buf_str(&r->space);
	struct pl_cmd_match m;
	size_t at = 0, behind = SIZE_MAX;
	uint64_t n = 0;
	bool any = false, more = true;
	while (more && at <= space.n && find_match(r, c->regex, at, &m)) {
		bool empty = m.from == m.to, counts = !(empty && m.from == behind);
		n += counts;
		pl_buf_addstr(&out, pl_str_sub(space, at, m.from - at));
		if (counts && n >= (c->number ? c->number : 1)) {
			replace(r, c->text, &m, &out);
			any = true;
			more = c->global;
		} else {
			pl_buf_addstr(&out, pl_str_sub(space, m.from, m.to - m.from));
		}
		at = m.to;
		behind = empty ? SIZE_MAX : m.to;
		if (empty && more) {
			pl_buf_addstr(&out, pl_str_sub(space, at, 1));
			at++;
		}
	}
	if (!any)
		return;
	if (at < space.n)
		pl_buf_addstr(&out, pl_str_sub(space, at, space.n));
	if (r->rc == 0)
		r->rc = pl_buf_check(&out, "sed's pattern space", r->err);
	pl_buf_clear(&r->space);
	pl_buf_addstr(&r->space, pl_buf_str(&out));
	r->replaced = true;
	if (c->prints)
		print(r, &r->space);
}

static void transliterate(struct sed_run *r, const struct pl_sed_command *c)
{
	for (size_t i = 0; i < r->space.n; i++) {
		size_t k = pl_str_find(c->text, r->space.p[i]);
		if (k != SIZE_MAX)
			r->space.p[i] = c->other.p[k];
	}
}

static void append_file(struct sed_run *r, const struct pl_sed_command *c)
{
	PL_AUTOFREE char *path = pl_str_dup(c->text);
	const struct pl_node *n = pl_cmd_node(r->call, path, true);
	if (n && pl_node_file(n)->type == PL_TAR_FILE)
		r->rc = pl_shell_file_read(r->call->shell, n, &r->after, r->err);
}

enum next { GO_ON, NEXT_CYCLE, AGAIN /* D: without a new line */ };

static void first_line_gone(struct sed_run *r)
{
	size_t end = pl_str_find(pl_buf_str(&r->space), '\n');
	PL_AUTOFREE char *rest = pl_str_dup(pl_str_sub(pl_buf_str(&r->space), end + 1, r->space.n));
	pl_buf_clear(&r->space);
	pl_buf_adds(&r->space, rest);
}

static void swap(struct sed_run *r)
{
	struct pl_buf b = r->space;
	bool lacks = r->space_lacks;
	r->space = r->hold;
	r->hold = b;
	r->space_lacks = r->hold_lacks;
	r->hold_lacks = lacks;
}

static void copy(struct pl_buf *to, const struct pl_buf *from, bool joins)
{
	if (joins)
		pl_buf_addc(to, '\n');
	else
		pl_buf_clear(to);
	pl_buf_addstr(to, pl_buf_str(from));
}

/* A command; *at is the next one's number. */
static enum next run_command(struct sed_run *r, struct pl_sed_command *c, unsigned *at)
{
	if (r->s->zero && strchr("DGHP", c->name)) {
		r->rc = pl_shell_unknown(r->call, r->err, "such a command with -z");
		return NEXT_CYCLE;
	}
	switch (c->name) {
	case 's':
		substitute(r, c);
		break;
	case 'y':
		transliterate(r, c);
		break;
	case 'p':
		print(r, &r->space);
		break;
	case 'P':
		pl_buf_addstr(output(r), pl_str_sub(pl_buf_str(&r->space), 0,
						    pl_str_find(pl_buf_str(&r->space), '\n')));
		pl_buf_addc(&r->out, '\n');
		break;
	case 'd':
		return NEXT_CYCLE;
	case 'D':
		if (pl_str_find(pl_buf_str(&r->space), '\n') == SIZE_MAX)
			return NEXT_CYCLE;
		first_line_gone(r);
		return AGAIN;
	case 'n':
		if (at_end(r)) { /* GNU: prints, then ends */
			r->quits = true;
			if (!r->s->silent)
				print(r, &r->space);
			return NEXT_CYCLE;
		}
		if (!r->s->silent)
			print(r, &r->space);
		flush_after(r);
		next_line(r, false);
		break;
	case 'N':
		if (!at_end(r)) {
			flush_after(r);
			next_line(r, true);
			break;
		}
		r->quits = true;
		if (!r->s->silent)
			print(r, &r->space);
		return NEXT_CYCLE;
	case 'a':
		pl_buf_addstr(&r->after, c->text);
		break;
	case 'i':
		pl_buf_addstr(output(r), c->text);
		break;
	case 'c':
		if (c->b.kind == PL_SED_NONE || !c->in_range || c->negated)
			pl_buf_addstr(output(r), c->text);
		return NEXT_CYCLE;
	case 'r':
		append_file(r, c);
		break;
	case '=':
		pl_buf_addf(output(r), "%llu\n", (unsigned long long)r->line);
		break;
	case 'h':
	case 'H':
		copy(&r->hold, &r->space, c->name == 'H');
		r->hold_lacks = r->space_lacks;
		break;
	case 'g':
	case 'G':
		copy(&r->space, &r->hold, c->name == 'G');
		r->space_lacks = r->hold_lacks;
		break;
	case 'x':
		swap(r);
		break;
	case 'b':
		*at = c->end;
		break;
	case 't':
	case 'T':
		if (r->replaced == (c->name == 't'))
			*at = c->end;
		r->replaced = false;
		break;
	case 'q':
	case 'Q':
		r->quits = true;
		r->call->status = (int)(c->number & 0xff);
		if (c->name == 'q' && !r->s->silent)
			print(r, &r->space);
		return NEXT_CYCLE;
	default:
		break;
	}
	return GO_ON;
}

/* A cycle: all commands over the pattern space. */
static enum next run_cycle(struct sed_run *r)
{
	for (unsigned at = 0; at < r->s->commands.n && r->rc == 0;) {
		struct pl_sed_command *c = &r->s->commands.v[at++];
		if (++r->steps > STEPS_MAX) {
			r->rc = pl_fail(r->err, PL_LIMIT, "sed: more than %d commands", STEPS_MAX);
			break;
		}
		if (is_selected(r, c) == c->negated) {
			if (c->name == '{')
				at = c->end;
			continue;
		}
		enum next next = run_command(r, c, &at);
		if (next != GO_ON)
			return next;
	}
	if (!r->s->silent)
		print(r, &r->space);
	return NEXT_CYCLE;
}

static void run_text(struct sed_run *r, struct pl_str text)
{
	bool again = false;
	r->rest = text;
	while (r->rc == 0 && !r->quits && (again || next_line(r, false))) {
		r->replaced = again && r->replaced;
		again = run_cycle(r) == AGAIN;
		flush_after(r);
		if (r->rc == 0)
			r->rc = pl_buf_check(&r->out, "what sed writes", r->err);
		if (r->rc == 0)
			r->rc = pl_buf_check(&r->space, "sed's pattern space", r->err);
	}
}

/* -i: a file by itself, replaced; lines count from 1 in each. */
static void edit_file(struct sed_run *r, const char *path, const char *suffix)
{
	PL_AUTO(buf) text = {.max = 16 << 20};
	struct pl_node *n = pl_cmd_node(r->call, path, false);
	if (!n || pl_node_file(n)->type != PL_TAR_FILE) {
		r->rc = pl_shell_complain(r->call, n ? 4 : 2, r->err,
					  n ? "couldn't edit %s: not a regular file"
					    : "can't read %s: No such file or directory",
					  path);
		return;
	}
	r->rc = pl_shell_file_read(r->call->shell, n, &text, r->err);
	if (r->rc == 0 && suffix) {
		PL_AUTO(buf) at = {0};
		PL_AUTOFREE char *backup = pl_xprintf("%s%s", path, suffix);
		if (pl_cmd_place(r->call, backup, &at))
			r->rc = pl_tree_duplicate(r->call->world->tree, n, pl_buf_str(&at), NULL,
						  r->err);
	}
	r->line = 0;
	r->owes_newline = false;
	pl_buf_clear(&r->out);
	if (r->rc == 0)
		run_text(r, pl_buf_str(&text));
	r->quits = false;
	if (r->rc == 0)
		r->rc = pl_shell_file_write(r->call->shell, path, pl_buf_str(&r->out), false,
					    r->err);
	r->rc = r->rc > 0 ? 0 : r->rc;
}

static void edit_stream(struct sed_run *r, char **v, int n)
{
	PL_AUTO(buf) text = {.max = 16 << 20};
	for (int i = 0; i < (n ? n : 1) && r->rc >= 0; i++) {
		if (text.n && text.p[text.n - 1] != '\n')
			pl_buf_addc(&text, '\n');
		r->rc = pl_cmd_read(r->call, n ? v[i] : NULL, &text, r->err);
		if (r->rc == 0)
			r->call->status = 2;
	}
	if (r->rc < 0)
		return;
	r->rc = 0;
	int before = r->call->status;
	r->call->status = 0;
	run_text(r, pl_buf_str(&text));
	if (!r->call->status)
		r->call->status = before;
	if (r->rc == 0)
		r->rc = pl_shell_write(r->call->shell, 1, pl_buf_str(&r->out), r->err);
}

enum { OPT_POSIX = 256 };

int pl_cmd_sed(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'n', "quiet", 0},
						       {'n', "silent", 0},
						       {'e', "expression", PL_CMD_VALUE},
						       {'f', "file", PL_CMD_VALUE},
						       {'E', "regexp-extended", 0},
						       {'r', NULL, 0},
						       {'s', "separate", 0},
						       {'u', "unbuffered", 0},
						       {'z', "null-data", 0},
						       {OPT_POSIX, "posix", 0},
						       {'i', "in-place", PL_CMD_MAYBE},
						       {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	struct pl_sed s = {0};
	struct sed_run r = {.call = call, .s = &s, .last_regex = -1, .err = err};
	PL_AUTO(buf) script = {.max = 1 << 16};
	bool has_script = false, in_place = false, separate = false;
	const char *suffix = NULL;
	int rc, i = 0;
	r.space.max = r.hold.max = r.after.max = 1 << 20;
	r.out.max = 16 << 20;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		s.zero = s.zero || a.letter == 'z';
		s.silent = s.silent || a.letter == 'n';
		separate = separate || a.letter == 's';
		s.extended = s.extended || a.letter == 'E' || a.letter == 'r';
		if (a.letter == 'i') {
			in_place = true;
			suffix = a.value;
			if (a.rest && *a.rest) { /* -iSUFFIX */
				suffix = a.rest;
				a.rest = NULL;
			}
		}
		if (a.letter == 'e' || a.letter == 'f') {
			if (has_script)
				pl_buf_addc(&script, '\n');
			has_script = true;
		}
		if (a.letter == 'e')
			pl_buf_adds(&script, a.value);
		else if (a.letter == 'f' && pl_cmd_read(call, a.value, &script, err) < 0)
			rc = -err->code;
		if (rc < 0)
			break;
	}
	if (rc == 0 && !has_script && a.n)
		pl_buf_adds(&script, a.operands[i++]);
	else if (rc == 0 && !has_script)
		rc = pl_shell_unknown(call, err, "a call without a script");
	if (rc == 0 && separate && !in_place && a.n - i > 1)
		rc = pl_shell_unknown(call, err, "-s with several files");
	if (rc == 0)
		rc = pl_buf_check(&script, "a script of sed", err);
	if (rc == 0)
		rc = pl_sed_parse(&s, pl_buf_str(&script), err);
	for (; rc == 0 && in_place && i < a.n && r.rc == 0; i++)
		edit_file(&r, a.operands[i], suffix);
	if (rc == 0 && !in_place)
		edit_stream(&r, a.operands + i, a.n - i);
	rc = rc ? rc : r.rc;
	pl_buf_done(&r.space);
	pl_buf_done(&r.hold);
	pl_buf_done(&r.out);
	pl_buf_done(&r.after);
	pl_sed_done(&s);
	pl_cmd_args_done(&a);
	return rc < 0 ? pl_ctx(err, "%s: line %u", call->script, call->line) : 0;
}
