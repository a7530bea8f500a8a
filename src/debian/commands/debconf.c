// SPDX-License-Identifier: Apache-2.0
/*
 * debconf (debconf-devel(7), the specification's 3.2) with the noninteractive frontend: nothing is
 * shown, answers are the templates' defaults. A script sources confmodule, for which our text
 * stands: each db_* hands its words to the command debconf-model and takes its output as $RET.
 */
#include "debian/commands/debconf_int.h"

const char *pl_debconf_sourced(void *ctx, const char *path)
{
	(void)ctx;
	if (strcmp(path, "/usr/share/debconf/confmodule") != 0 &&
	    strcmp(path, "/usr/share/debconf/confmodule.sh") != 0)
		return NULL;
	return "DEBIAN_HAS_FRONTEND=1\nexport DEBIAN_HAS_FRONTEND\n"
	       "if [ -z \"${DEBCONF_REDIR:-}\" ]; then exec 3>&1; exec 1>&2; DEBCONF_REDIR=1; "
	       "export DEBCONF_REDIR; fi\n"
	       "db_capb() { RET=$(debconf-model CAPB \"$*\"); }\n"
	       "db_set() { RET=$(debconf-model SET \"$*\"); }\n"
	       "db_reset() { RET=$(debconf-model RESET \"$*\"); }\n"
	       "db_title() { RET=$(debconf-model TITLE \"$*\"); }\n"
	       "db_input() { RET=$(debconf-model INPUT \"$*\"); }\n"
	       "db_beginblock() { RET=$(debconf-model BEGINBLOCK \"$*\"); }\n"
	       "db_endblock() { RET=$(debconf-model ENDBLOCK \"$*\"); }\n"
	       "db_go() { RET=$(debconf-model GO \"$*\"); }\n"
	       "db_get() { RET=$(debconf-model GET \"$*\"); }\n"
	       "db_register() { RET=$(debconf-model REGISTER \"$*\"); }\n"
	       "db_unregister() { RET=$(debconf-model UNREGISTER \"$*\"); }\n"
	       "db_subst() { RET=$(debconf-model SUBST \"$*\"); }\n"
	       "db_fset() { RET=$(debconf-model FSET \"$*\"); }\n"
	       "db_fget() { RET=$(debconf-model FGET \"$*\"); }\n"
	       "db_purge() { RET=$(debconf-model PURGE \"$*\"); }\n"
	       "db_metaget() { RET=$(debconf-model METAGET \"$*\"); }\n"
	       "db_version() { RET=$(debconf-model VERSION \"$*\"); }\n"
	       "db_clear() { RET=$(debconf-model CLEAR \"$*\"); }\n"
	       "db_settitle() { RET=$(debconf-model SETTITLE \"$*\"); }\n"
	       "db_previous_module() { RET=$(debconf-model PREVIOUS_MODULE \"$*\"); }\n"
	       "db_info() { RET=$(debconf-model INFO \"$*\"); }\n"
	       "db_progress() { RET=$(debconf-model PROGRESS \"$*\"); }\n"
	       "db_data() { RET=$(debconf-model DATA \"$*\"); }\n"
	       "db_x_loadtemplatefile() { RET=$(debconf-model X_LOADTEMPLATEFILE \"$*\"); }\n"
	       "db_text() { db_input $@; }\n"
	       "db_stop() { :; }\n";
}

/* -- templates (debconf-devel(7), THE TEMPLATES FILE) -- */

/* What the definition answers is as preseeded: debconf takes it for seen (debconf(7), PRESEEDING).
 */
static void preseed(struct pl_debian_world *w, struct pl_debian_question *q)
{
	const struct pl_installation *from = w->installation;
	q->value = from && from->answer ? from->answer(from->ctx, q->name) : NULL;
	if (q->value)
		*pl_vec_push(&q->flags) = (struct pl_debconf_pair){"seen", "true"};
}

static struct pl_debian_question *add_question(struct pl_debian_world *w, struct pl_str name,
					       const struct pl_debconf_template *t)
{
	struct pl_debian_question *q = pl_map_get(&w->questions, name);
	if (!q) {
		q = pl_arena_new(&w->arena, struct pl_debian_question);
		q->name = pl_arena_cstr(&w->arena, name);
		pl_map_put(&w->questions, pl_str_of(q->name), q);
		preseed(w, q);
	}
	q->t = t;
	return q;
}

/* A field's lines: the first, then those that begin with a blank. */
static struct pl_str field_value(struct pl_debian_world *w, struct pl_str first,
				 struct pl_str *rest)
{
	PL_AUTO(buf) b = {.max = 1 << 20};
	pl_buf_addstr(&b, pl_str_trim(first));
	while (rest->p && rest->n && (rest->p[0] == ' ' || rest->p[0] == '\t')) {
		struct pl_str line = pl_str_cut(rest, '\n');
		pl_buf_addc(&b, '\n');
		pl_buf_addstr(&b, pl_str_trim(line));
	}
	return pl_arena_str(&w->arena, pl_buf_str(&b));
}

static int load_templates(struct pl_debian_world *w, struct pl_str text, const char *what,
			  struct pl_err *err)
{
	struct pl_debconf_template *t = NULL;
	struct pl_str rest = text;
	while (rest.p && rest.n) {
		struct pl_str line = pl_str_cut(&rest, '\n');
		if (!pl_str_trim(line).n) {
			t = NULL;
			continue;
		}
		if (line.p[0] == '#')
			continue;
		struct pl_str name = pl_str_cut(&line, ':');
		if (!line.p)
			return pl_fail(err, PL_INPUT, "%s: templates: '%s' is no field", what,
				       PL_SHOWN(name));
		struct pl_str value = field_value(w, line, &rest);
		if (pl_str_is(name, "Template")) {
			t = pl_arena_new(&w->arena, struct pl_debconf_template);
			t->name = value;
			pl_map_put(&w->templates, value, t);
			add_question(w, value, t);
		} else if (!t) {
			return pl_fail(err, PL_INPUT, "%s: templates: one without a name", what);
		} else if (pl_str_is(name, "Type")) {
			t->type = value;
		} else if (pl_str_is(name, "Default")) {
			t->fallback = value;
		} else if (pl_str_is(name, "Choices-C") ||
			   (pl_str_is(name, "Choices") && !t->choices.p)) {
			t->choices = value; /* what is no translation goes first */
		} else if (pl_str_is(name, "Description")) {
			t->description = value;
		}
	}
	return 0;
}

int pl_debconf_load(struct pl_debian_world *w, const struct pl_debian_package *p,
		    struct pl_err *err)
{
	const char *name = pl_arena_cstr(&w->arena, p->name);
	return p->control ? load_templates(w, p->control->templates, name, err) : 0;
}

/* -- commands -- */

struct request {
	struct pl_shell_call *call;
	struct pl_debian_world *w;
	struct pl_str rest; /* the words behind the command's */
};

static struct pl_str next_word(struct request *r)
{
	while (r->rest.n && (r->rest.p[0] == ' ' || r->rest.p[0] == '\n'))
		r->rest = pl_str_sub(r->rest, 1, r->rest.n);
	return pl_str_cut(&r->rest, ' ');
}

static struct pl_debian_question *next_question(struct request *r, int *ret_rc, struct pl_err *err)
{
	struct pl_str name = next_word(r);
	struct pl_debian_question *q = pl_map_get(&r->w->questions, name);
	*ret_rc = 0;
	if (q)
		return q;
	r->call->status = 10;
	*ret_rc = pl_deb_print(r->call, err, PL_STR_FMT " doesn't exist", PL_STR_ARG(name));
	return NULL;
}

/* ${key} in choices and descriptions. */
static void substitute(const struct pl_debian_question *q, struct pl_str text, struct pl_buf *out)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] != '$' || i + 1 >= text.n || text.p[i + 1] != '{') {
			pl_buf_addc(out, text.p[i]);
			continue;
		}
		struct pl_str key = pl_str_sub(text, i + 2, text.n);
		size_t end = pl_str_find(key, '}');
		if (end == SIZE_MAX) {
			pl_buf_addc(out, text.p[i]);
			continue;
		}
		key.n = end;
		for (size_t k = 0; k < q->substitutions.n; k++)
			if (pl_str_is(key, q->substitutions.v[k].key))
				pl_buf_adds(out, q->substitutions.v[k].value);
		i += end + 2;
	}
}

static void value_of(const struct pl_debian_question *q, struct pl_buf *out)
{
	if (q->value)
		pl_buf_adds(out, q->value);
	else
		pl_buf_addstr(out, q->t->fallback);
}

static int do_get(struct request *r, struct pl_err *err)
{
	int rc;
	struct pl_debian_question *q = next_question(r, &rc, err);
	PL_AUTO(buf) b = {.max = 1 << 20};
	if (!q)
		return rc;
	value_of(q, &b);
	return pl_shell_write(r->call->shell, 1, pl_buf_str(&b), err);
}

static int do_set(struct request *r, struct pl_err *err)
{
	int rc;
	struct pl_debian_question *q = next_question(r, &rc, err);
	if (q)
		q->value =
			pl_arena_cstr(&r->w->arena, r->rest.p ? r->rest : (struct pl_str){"", 0});
	return rc;
}

static int do_reset(struct request *r, struct pl_err *err)
{
	int rc;
	struct pl_debian_question *q = next_question(r, &rc, err);
	if (q) {
		q->value = NULL;
		q->flags.n = 0;
	}
	return rc;
}

static int do_input(struct request *r, struct pl_err *err)
{
	int rc;
	next_word(r);
	struct pl_debian_question *q = next_question(r, &rc, err);
	if (!q)
		return rc;
	q->input = true;
	r->call->status = 30;
	return pl_deb_print(r->call, err, "question skipped");
}

/* Noninteractive's select takes the first choice where the value is none of them. */
static void answer(struct pl_debian_world *w, struct pl_debian_question *q)
{
	PL_AUTO(buf) choices = {.max = 1 << 20};
	PL_AUTO(buf) value = {.max = 1 << 20};
	q->input = false;
	if (!pl_str_is(q->t->type, "select"))
		return;
	substitute(q, q->t->choices, &choices);
	value_of(q, &value);
	struct pl_str rest = pl_buf_str(&choices), first = {NULL, 0};
	while (rest.p) {
		struct pl_str one = pl_str_trim(pl_str_cut(&rest, ','));
		if (!first.p)
			first = one;
		if (pl_str_eq(one, pl_buf_str(&value)))
			return;
	}
	q->value = pl_arena_cstr(&w->arena, first);
}

static int do_go(struct request *r, struct pl_err *err)
{
	(void)err;
	for (size_t i = 0; i < r->w->questions.n; i++) {
		struct pl_debian_question *q = r->w->questions.items[i].value;
		if (q && q->input)
			answer(r->w, q);
	}
	return 0;
}

static void set_pair(struct request *r, struct pl_debconf_pairs *p, struct pl_str key,
		     struct pl_str value)
{
	struct pl_debconf_pair *found = NULL;
	for (size_t i = 0; i < p->n; i++)
		if (pl_str_is(key, p->v[i].key))
			found = &p->v[i];
	if (!found) {
		found = pl_vec_push(p);
		found->key = pl_arena_cstr(&r->w->arena, key);
	}
	found->value = pl_arena_cstr(&r->w->arena, value);
}

static int do_subst(struct request *r, struct pl_err *err)
{
	int rc;
	struct pl_debian_question *q = next_question(r, &rc, err);
	if (!q)
		return rc;
	struct pl_str key = next_word(r), value = r->rest.p ? r->rest : PL_STR("");
	set_pair(r, &q->substitutions, key, value);
	return 0;
}

static int do_fset(struct request *r, struct pl_err *err)
{
	int rc;
	struct pl_debian_question *q = next_question(r, &rc, err);
	if (!q)
		return rc;
	struct pl_str flag = next_word(r), value = next_word(r);
	set_pair(r, &q->flags, flag, pl_str_is(value, "true") ? PL_STR("true") : PL_STR("false"));
	return 0;
}

static int do_fget(struct request *r, struct pl_err *err)
{
	int rc;
	struct pl_debian_question *q = next_question(r, &rc, err);
	if (!q)
		return rc;
	struct pl_str flag = next_word(r);
	const char *value = "false";
	for (size_t i = 0; i < q->flags.n; i++)
		if (pl_str_is(flag, q->flags.v[i].key))
			value = q->flags.v[i].value;
	return pl_deb_print(r->call, err, "%s", value);
}

static int do_metaget(struct request *r, struct pl_err *err)
{
	int rc;
	struct pl_debian_question *q = next_question(r, &rc, err);
	PL_AUTO(buf) b = {.max = 1 << 20};
	if (!q)
		return rc;
	struct pl_str name = next_word(r), value = {"", 0};
	if (pl_str_is(name, "value")) {
		value_of(q, &b);
		return pl_shell_write(r->call->shell, 1, pl_buf_str(&b), err);
	}
	if (pl_str_is(name, "type"))
		value = q->t->type;
	else if (pl_str_is(name, "default"))
		value = q->t->fallback;
	else if (pl_str_is(name, "choices") || pl_str_is(name, "choices-c") ||
		 pl_str_is(name, "choices-C"))
		value = q->t->choices;
	else if (pl_str_is(name, "template"))
		value = q->t->name;
	else if (pl_str_is(name, "description"))
		value = pl_str_cut(&(struct pl_str){q->t->description.p, q->t->description.n},
				   '\n');
	else
		return pl_shell_unknown(r->call, err, "a field that is asked for");
	substitute(q, value, &b);
	return pl_shell_write(r->call->shell, 1, pl_buf_str(&b), err);
}

static int do_register(struct request *r, struct pl_err *err)
{
	struct pl_str template = next_word(r), name = next_word(r);
	const struct pl_debconf_template *t = pl_map_get(&r->w->templates, template);
	if (!t) {
		r->call->status = 10;
		return pl_deb_print(r->call, err, "No such template, \"" PL_STR_FMT "\"",
				    PL_STR_ARG(template));
	}
	add_question(r->w, name, t);
	return 0;
}

static int do_unregister(struct request *r, struct pl_err *err)
{
	int rc;
	struct pl_debian_question *q = next_question(r, &rc, err);
	if (q)
		pl_map_put(&r->w->questions, pl_str_of(q->name), NULL);
	return rc;
}

static int do_purge(struct request *r, struct pl_err *err)
{
	(void)r, (void)err;
	return 0;
}

static int do_load(struct request *r, struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = 1 << 20};
	const char *path = pl_arena_cstr(&r->w->arena, next_word(r));
	const struct pl_node *n = pl_shell_node(r->call->shell, path, true);
	if (!n)
		return pl_shell_unknown(r->call, err, "a template file that is not there");
	int rc = pl_shell_file_read(r->call->shell, n, &text, err);
	return rc < 0 ? rc
		      : load_templates(r->w, pl_arena_str(&r->w->arena, pl_buf_str(&text)), path,
				       err);
}

static int do_version(struct request *r, struct pl_err *err)
{
	return pl_deb_print(r->call, err, "2.0");
}
static int do_capb(struct request *r, struct pl_err *err)
{
	return pl_deb_print(r->call, err, "multiselect escape");
}

int pl_deb_debconf(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct {
		const char *name;
		int (*run)(struct request *r, struct pl_err *err);
	} commands[] = {
		{"GET", do_get},
		{"SET", do_set},
		{"RESET", do_reset},
		{"INPUT", do_input},
		{"GO", do_go},
		{"SUBST", do_subst},
		{"FSET", do_fset},
		{"FGET", do_fget},
		{"METAGET", do_metaget},
		{"REGISTER", do_register},
		{"PURGE", do_purge},
		{"UNREGISTER", do_unregister},
		{"VERSION", do_version},
		{"CAPB", do_capb},
		{"TITLE", do_purge},
		{"SETTITLE", do_purge},
		{"INFO", do_purge},
		{"PROGRESS", do_purge},
		{"BEGINBLOCK", do_purge},
		{"ENDBLOCK", do_purge},
		{"CLEAR", do_purge},
		{"X_LOADTEMPLATEFILE", do_load},
	};
	struct request r = {call, pl_deb_world(call),
			    pl_str_of(call->argc > 2 ? call->argv[2] : "")};
	for (size_t i = 0; i < PL_COUNT(commands); i++)
		if (call->argc > 1 && strcmp(call->argv[1], commands[i].name) == 0)
			return commands[i].run(&r, err);
	return pl_shell_unknown(call, err, call->argc > 1 ? call->argv[1] : "nothing");
}

void pl_debconf_done(struct pl_debian_world *w)
{
	for (size_t i = 0; i < w->questions.n; i++) {
		struct pl_debian_question *q = w->questions.items[i].value;
		if (q) {
			pl_vec_free(&q->substitutions);
			pl_vec_free(&q->flags);
		}
	}
}
