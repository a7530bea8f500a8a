// SPDX-License-Identifier: Apache-2.0
/* awk: its statements, rules and input. */
#include "commands/awk_int.h"

static void run_statement(struct pl_awk *w, const struct pl_awk_node *n);

/* -- output -- */

static void flush(struct pl_awk *w)
{
	if (w->rc == 0)
		w->rc = pl_cmd_write(w->call, &w->out, w->err);
	pl_buf_clear(&w->out);
}

/* The first > of a path empties it, what follows is written behind. */
static void write_file(struct pl_awk *w, const struct pl_awk_node *n, struct pl_str text)
{
	PL_AUTO(buf) number = {0};
	struct pl_awk_value v = pl_awk_eval(w, n->b);
	PL_AUTOFREE char *path = pl_str_dup(pl_awk_to_text(&v, &number));
	bool opened = n->appends || strncmp(path, "/dev/", 5) == 0;
	pl_awk_value_done(&v);
	for (size_t i = 0; i < w->written.n; i++)
		opened = opened || strcmp(w->written.v[i], path) == 0;
	if (!opened)
		*pl_vec_push(&w->written) = pl_xstrdup(path);
	flush(w);
	w->wrote = true;
	if (w->rc)
		return;
	int rc = pl_shell_file_write(w->call->shell, path, text, opened, w->err);
	if (rc == 0) {
		w->flow = PL_AWK_EXITS;
		w->status = 2;
	}
	w->rc = rc < 0 ? rc : 0;
}

static void put_list(struct pl_awk *w, const struct pl_awk_node *list, struct pl_buf *out)
{
	PL_AUTOFREE char *between = pl_awk_variable_text(w, "OFS");
	PL_AUTOFREE char *end = pl_awk_variable_text(w, "ORS");
	struct pl_awk_value line = {0};
	PL_AUTO(buf) number = {0};
	if (!list)
		line = pl_awk_field(w, 0);
	if (!list)
		pl_buf_addstr(out, pl_awk_to_text(&line, &number));
	pl_awk_value_done(&line);
	for (const struct pl_awk_node *n = list; n; n = n->next) {
		struct pl_awk_value v = pl_awk_eval(w, n);
		PL_AUTO(buf) text = {0};
		if (n != list)
			pl_buf_adds(out, between);
		pl_buf_addstr(out, pl_awk_to_text(&v, &text));
		pl_awk_value_done(&v);
	}
	pl_buf_adds(out, end);
}

static void print(struct pl_awk *w, const struct pl_awk_node *n)
{
	PL_AUTO(buf) text = {.max = PL_CMD_TEXT_MAX};
	struct pl_buf *out = n->b ? &text : &w->out;
	if (n->kind == PL_AWK_PRINTF)
		pl_awk_format(w, n->a, out);
	else
		put_list(w, n->a, out);
	if (n->b && w->rc == 0)
		write_file(w, n, pl_buf_str(&text));
}

/* -- statements -- */

static bool holds(struct pl_awk *w, const struct pl_awk_node *n)
{
	struct pl_awk_value v = pl_awk_eval(w, n);
	bool is = pl_awk_is_true(&v);
	pl_awk_value_done(&v);
	return is && w->rc == 0;
}

static void discard(struct pl_awk *w, const struct pl_awk_node *n)
{
	struct pl_awk_value v = pl_awk_eval(w, n);
	pl_awk_value_done(&v);
}

/* One turn of a loop; false: it is left. */
static bool turn(struct pl_awk *w, const struct pl_awk_node *body)
{
	if (w->rc == 0)
		w->rc = pl_shell_step(w->call->shell, w->err);
	if (body)
		run_statement(w, body);
	if (w->flow == PL_AWK_CONTINUES)
		w->flow = PL_AWK_GO;
	if (w->flow == PL_AWK_BREAKS) {
		w->flow = PL_AWK_GO;
		return false;
	}
	return w->rc == 0 && w->flow == PL_AWK_GO;
}

static void run_for(struct pl_awk *w, const struct pl_awk_node *n)
{
	if (n->a)
		run_statement(w, n->a);
	while (w->rc == 0 && (!n->b || holds(w, n->b)) && turn(w, n->d))
		if (n->c)
			run_statement(w, n->c);
}

/* The order of several keys is another one in each awk: a program that has such a loop runs twice,
 * in this order and the other way round, and what comes of it must be the same (pl_cmd_awk). */
static void run_for_in(struct pl_awk *w, const struct pl_awk_node *n)
{
	struct pl_awk_array *a = pl_awk_array(w, n->name);
	PL_VEC(struct pl_str) keys = {0};
	if (pl_str_is(n->name, "ENVIRON")) {
		pl_awk_fail(w, n->line, "for (... in ENVIRON) is not known");
		return;
	}
	for (size_t i = 0; i < a->items.n; i++)
		if (a->items.items[i].value)
			*pl_vec_push(&keys) = a->items.items[i].key;
	w->has_order = w->has_order || keys.n > 1;
	for (size_t i = 0; i < keys.n; i++) {
		struct pl_str key = keys.v[w->descending ? keys.n - 1 - i : i];
		if (!pl_map_get(&a->items, key)) {
			pl_awk_fail(w, n->line, "delete of a key that a loop has not come to");
			break;
		}
		pl_awk_assign(w, n->a, pl_awk_text(key, PL_AWK_INPUT));
		if (!turn(w, n->d))
			break;
	}
	pl_vec_free(&keys);
}

static void delete (struct pl_awk *w, const struct pl_awk_node *n)
{
	struct pl_awk_array *a = pl_awk_array(w, n->name);
	PL_AUTO(buf) number = {0};
	if (!n->a) {
		pl_awk_array_clear(a);
		return;
	}
	if (n->a->next) {
		pl_awk_fail(w, n->line, "delete of a key of several parts is not known");
		return;
	}
	struct pl_awk_value key = pl_awk_eval(w, n->a);
	struct pl_str k = pl_awk_to_text(&key, &number);
	struct pl_awk_value *v = pl_map_get(&a->items, k);
	if (v) {
		pl_map_put(&a->items, k, NULL);
		pl_awk_value_done(v);
		free(v);
		a->n--;
	}
	pl_awk_value_done(&key);
}

static void leave(struct pl_awk *w, const struct pl_awk_node *n)
{
	if (n->a) {
		struct pl_awk_value v = pl_awk_eval(w, n->a);
		double status = pl_awk_to_number(&v);
		pl_awk_value_done(&v);
		w->status = status >= 0 && status < 256 ? (int)status : 2;
	}
	w->flow = PL_AWK_EXITS;
}

static void run_statement(struct pl_awk *w, const struct pl_awk_node *n)
{
	if (w->rc || w->flow != PL_AWK_GO)
		return;
	switch (n->kind) {
	case PL_AWK_EXPRESSION:
		discard(w, n->a);
		return;
	case PL_AWK_PRINT:
	case PL_AWK_PRINTF:
		print(w, n);
		return;
	case PL_AWK_BLOCK:
		for (const struct pl_awk_node *s = n->a; s; s = s->next)
			run_statement(w, s);
		return;
	case PL_AWK_IF:
		n = holds(w, n->a) ? n->b : n->c;
		if (n)
			run_statement(w, n);
		return;
	case PL_AWK_WHILE:
		while (holds(w, n->a) && turn(w, n->b))
			;
		return;
	case PL_AWK_DO:
		while (turn(w, n->b) && holds(w, n->a))
			;
		return;
	case PL_AWK_FOR:
		run_for(w, n);
		return;
	case PL_AWK_FOR_IN:
		run_for_in(w, n);
		return;
	case PL_AWK_BREAK:
		w->flow = PL_AWK_BREAKS;
		return;
	case PL_AWK_CONTINUE:
		w->flow = PL_AWK_CONTINUES;
		return;
	case PL_AWK_NEXT:
		w->flow = PL_AWK_NEXTS;
		return;
	case PL_AWK_DELETE:
		delete (w, n);
		return;
	default: /* PL_AWK_EXIT */
		leave(w, n);
	}
}

/* -- rules -- */

static bool applies(struct pl_awk *w, struct pl_awk_rule *r)
{
	if (r->when == PL_AWK_LINE_RULE)
		return !r->pattern || holds(w, r->pattern);
	if (!r->in_range && !holds(w, r->pattern))
		return false;
	r->in_range = !holds(w, r->last);
	return true;
}

static void run_body(struct pl_awk *w, const struct pl_awk_rule *r)
{
	static const struct pl_awk_node line = {.kind = PL_AWK_PRINT};
	run_statement(w, r->body ? r->body : &line);
	if (w->flow == PL_AWK_BREAKS || w->flow == PL_AWK_CONTINUES)
		w->flow = PL_AWK_GO; /* outside a loop they are nothing */
}

static void run_rules(struct pl_awk *w, int when)
{
	for (size_t i = 0; i < w->program.rules.n && w->rc == 0; i++)
		if ((int)w->program.rules.v[i].when == when && w->flow == PL_AWK_GO)
			run_body(w, &w->program.rules.v[i]);
}

static void run_line(struct pl_awk *w, struct pl_str line)
{
	static const char *const counts[] = {"NR", "FNR"};
	for (size_t i = 0; i < PL_COUNT(counts); i++)
		pl_awk_variable_set(
			w, counts[i],
			pl_awk_number(pl_awk_to_number(pl_awk_variable(w, counts[i])) + 1));
	pl_awk_line_set(w, line);
	if (w->rc == 0)
		w->rc = pl_shell_step(w->call->shell, w->err);
	for (size_t i = 0; i < w->program.rules.n && w->rc == 0 && w->flow == PL_AWK_GO; i++) {
		struct pl_awk_rule *r = &w->program.rules.v[i];
		if ((r->when == PL_AWK_LINE_RULE || r->when == PL_AWK_RANGE_RULE) && applies(w, r))
			run_body(w, r);
	}
	if (w->flow == PL_AWK_NEXTS)
		w->flow = PL_AWK_GO;
}

static void set_text(struct pl_awk *w, const char *name, const char *value)
{
	pl_awk_variable_set(w, name, pl_awk_text(pl_str_of(value), PL_AWK_INPUT));
}

/* The records of a file, or of standard input. */
static void run_file(struct pl_awk *w, const char *path)
{
	PL_AUTO(buf) text = {.max = PL_CMD_TEXT_MAX};
	PL_AUTOFREE char *separator = pl_awk_variable_text(w, "RS");
	bool is_file = path && strcmp(path, "-") != 0;
	int rc = pl_cmd_read(w->call, path, is_file ? &text : w->input, w->err);
	struct pl_str rest = pl_buf_str(is_file ? &text : w->input);
	pl_awk_variable_set(w, "FNR", pl_awk_number(0));
	if (rc > 0 && strlen(separator) != 1)
		pl_awk_fail(w, 0, "such a record separator is not known");
	else if (rc < 0)
		w->rc = rc;
	else if (rc == 0)
		w->status = 2;
	if (path)
		set_text(w, "FILENAME", path);
	if (rc > 0 && *separator != '\n' && rest.n && rest.p[rest.n - 1] == '\n')
		pl_awk_fail(w, 0, "a record separator and a newline at the end are not known");
	while (rc > 0 && rest.n && w->rc == 0 && w->flow == PL_AWK_GO) {
		PL_AUTOFREE char *line = NULL;
		struct pl_str cut = pl_str_cut(&rest, *separator);
		line = pl_xstrndup(cut.p, cut.n); /* expressions want a NUL at its end */
		run_line(w, (struct pl_str){line, cut.n});
	}
}

static bool is_assignment(const char *word)
{
	size_t n = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
	return n && word[n] == '=' && !strchr("0123456789", *word);
}

/* NAME=VALUE of -v and among the files, with a string's escapes. */
static void assign(struct pl_awk *w, const char *word)
{
	struct pl_str value = pl_str_of(word), name = pl_str_cut(&value, '=');
	PL_AUTO(buf) text = {.max = PL_CMD_TEXT_MAX};
	PL_AUTOFREE char *to = pl_str_dup(name);
	for (size_t at = 0; at < value.n;) {
		char c = value.p[at++];
		if (c == '\\')
			pl_awk_unescape(value, &at, &text);
		else
			pl_buf_addc(&text, c);
	}
	if (pl_str_is(name, "NF"))
		pl_awk_fail(w, 0, "NF cannot be set from outside");
	else
		set_text(w, to, text.p ? text.p : "");
}

static bool has_rule(const struct pl_awk *w, int when)
{
	for (size_t i = 0; i < w->program.rules.n; i++)
		if ((int)w->program.rules.v[i].when == when)
			return true;
	return false;
}

static void run_program(struct pl_awk *w, char **v, int n)
{
	bool any = false;
	bool reads = has_rule(w, PL_AWK_LINE_RULE) || has_rule(w, PL_AWK_RANGE_RULE) ||
		     has_rule(w, PL_AWK_END_RULE);
	run_rules(w, PL_AWK_BEGIN_RULE);
	for (int i = 0; i < n && reads && w->rc == 0 && w->flow == PL_AWK_GO; i++) {
		if (is_assignment(v[i])) {
			assign(w, v[i]);
		} else if (*v[i]) {
			any = true;
			run_file(w, v[i]);
		}
	}
	if (!any && reads && w->rc == 0 && w->flow == PL_AWK_GO)
		run_file(w, NULL);
	/* exit in BEGIN or a rule goes to END's rules; in END it ends. */
	if (w->flow == PL_AWK_EXITS)
		w->flow = PL_AWK_GO;
	if (w->rc == 0)
		run_rules(w, PL_AWK_END_RULE);
}

static void set_up(struct pl_awk *w)
{
	w->out.max = PL_CMD_TEXT_MAX;
	pl_awk_line_set(w, PL_STR(""));
	set_text(w, "FS", " ");
	set_text(w, "OFS", " ");
	set_text(w, "RS", "\n");
	set_text(w, "ORS", "\n");
	set_text(w, "SUBSEP", "\034");
}

static void awk_done(struct pl_awk *w)
{
	for (size_t i = 0; i < w->variables.n; i++) {
		pl_awk_value_done(w->variables.items[i].value);
		free(w->variables.items[i].value);
	}
	for (size_t i = 0; i < w->arrays.n; i++) {
		pl_awk_array_clear(w->arrays.items[i].value);
		free(w->arrays.items[i].value);
	}
	for (size_t i = 0; i < w->fields.n; i++)
		pl_awk_value_done(&w->fields.v[i]);
	for (size_t i = 0; i < w->written.n; i++)
		free(w->written.v[i]);
	pl_map_done(&w->variables);
	pl_map_done(&w->arrays);
	pl_vec_free(&w->fields);
	pl_vec_free(&w->written);
	pl_buf_done(&w->out);
	pl_arena_done(&w->names);
	pl_awk_program_done(&w->program);
}

/* -F t is a tab (POSIX), which mawk does not know; a regular expression has to be one. */
static int take_option(struct pl_awk *w, const struct pl_cmd_args *a, struct pl_buf *program)
{
	if (a->letter == 'v' && !is_assignment(a->value))
		return pl_shell_unknown(a->call, w->err, "such an assignment");
	if (a->letter == 'v') {
		assign(w, a->value);
	} else if (a->letter == 'F') {
		PL_AUTOFREE char *word = pl_xprintf("FS=%s", a->value);
		if (strcmp(a->value, "t") == 0)
			return pl_shell_unknown(a->call, w->err, "-F t");
		assign(w, word);
	} else {
		int rc = pl_cmd_read(a->call, a->value, program, w->err);
		if (rc > 0)
			pl_buf_addc(program, '\n');
		return rc == 0 ? pl_shell_unknown(a->call, w->err, "a program that is not there")
			       : rc;
	}
	return w->rc;
}

/* The program of a call; its output stays in w. */
static int run_once(struct pl_awk *w)
{
	static const struct pl_cmd_option options[] = {{'F', NULL, PL_CMD_VALUE},
						       {'v', NULL, PL_CMD_VALUE},
						       {'f', NULL, PL_CMD_VALUE},
						       {0, NULL, 0}};
	struct pl_cmd_args a = {.call = w->call, .options = options, .in_order = true};
	PL_AUTO(buf) program = {.max = 1 << 16};
	bool from_file = false;
	int rc, i = 0;
	set_up(w);
	while ((rc = pl_cmd_next(&a, w->err)) > 0) {
		rc = take_option(w, &a, &program);
		from_file = from_file || a.letter == 'f';
		if (rc < 0)
			break;
	}
	if (rc == 0 && !from_file && !a.n)
		rc = pl_shell_unknown(w->call, w->err, "no program");
	else if (rc == 0 && !from_file)
		pl_buf_adds(&program, a.operands[i++]);
	if (rc == 0)
		rc = pl_buf_check(&program, "an awk program", w->err);
	if (rc == 0 && pl_awk_parse(&w->program, pl_buf_str(&program), w->err) < 0)
		rc = pl_ctx(w->err, "%s: line %u", w->call->script, w->call->line);
	if (rc == 0) {
		run_program(w, a.operands + i, a.n - i);
		rc = w->rc;
	}
	pl_cmd_args_done(&a);
	return rc;
}

int pl_cmd_awk(struct pl_shell_call *call, struct pl_err *err)
{
	PL_AUTO(buf) input = {.max = PL_CMD_TEXT_MAX};
	struct pl_awk w = {.call = call, .err = err, .input = &input}, again = w;
	again.descending = true;
	int rc = run_once(&w);
	if (rc == 0 && w.has_order) {
		rc = w.wrote ? 0 : run_once(&again);
		bool same = !w.wrote && !again.wrote && w.status == again.status &&
			    pl_str_eq(pl_buf_str(&w.out), pl_buf_str(&again.out));
		if (rc == 0 && !same)
			rc = pl_shell_unknown(call, err, "for (... in ...) whose order counts");
	}
	if (rc == 0) {
		flush(&w);
		rc = w.rc;
		call->status = w.status;
	}
	awk_done(&w);
	awk_done(&again);
	return rc;
}
