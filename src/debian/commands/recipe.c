// SPDX-License-Identifier: Apache-2.0
#include "debian/commands/recipe.h"

#include "debian/commands/commands_int.h"

#include <fnmatch.h>

#define WORDS_MAX 40

struct parser {
	struct pl_arena *a;
	const char *what;
	unsigned line;
	const char *words[WORDS_MAX];
	size_t n;
	const char *package;
	PL_VEC(struct pl_recipe_answer) answers;
	PL_VEC(struct pl_recipe_script) scripts;
	bool in_script;     /* lines are the last script's */
	struct pl_buf text; /* its lines so far */
};

static int wrong(const struct parser *p, struct pl_err *err, const char *why)
{
	return pl_fail(err, PL_INPUT, "%s:%u: %s", p->what, p->line, why);
}

/* A word in double quotes, with \n, \t, \" and \\; *s is behind the opening one, then behind the
 * closing one. */
static int take_quoted(const struct parser *p, struct pl_str *s, struct pl_buf *b,
		       struct pl_err *err)
{
	static const char from[] = "nt\"\\", to[] = "\n\t\"\\";
	for (; s->n && s->p[0] != '"'; *s = pl_str_sub(*s, 1, s->n)) {
		const char *at;
		if (s->p[0] != '\\') {
			pl_buf_addc(b, s->p[0]);
			continue;
		}
		*s = pl_str_sub(*s, 1, s->n);
		at = s->n && s->p[0] ? strchr(from, s->p[0]) : NULL;
		if (!at)
			return wrong(p, err, "only \\n, \\t, \\\" and \\\\ are known");
		pl_buf_addc(b, to[at - from]);
	}
	if (!s->n)
		return wrong(p, err, "a word in quotes has no end");
	*s = pl_str_sub(*s, 1, s->n);
	return 0;
}

static int split_words(struct parser *p, struct pl_str s, struct pl_err *err)
{
	p->n = 0;
	for (s = pl_str_trim(s); s.n && s.p[0] != '#'; s = pl_str_trim(s)) {
		PL_AUTO(buf) word = {.max = 1 << 12};
		int rc = 0;
		if (p->n == WORDS_MAX)
			return wrong(p, err,
				     "too many words (a word with blanks is put in quotes)");
		if (s.p[0] == '"') {
			s = pl_str_sub(s, 1, s.n);
			rc = take_quoted(p, &s, &word, err);
		} else
			for (; s.n && s.p[0] != ' ' && s.p[0] != '\t'; s = pl_str_sub(s, 1, s.n))
				pl_buf_addc(&word, s.p[0]);
		if (rc == 0)
			rc = pl_buf_check(&word, "a word", err);
		if (rc < 0)
			return rc;
		p->words[p->n++] = pl_arena_cstr(p->a, pl_buf_str(&word));
	}
	return 0;
}

const char *const pl_recipe_kinds[PL_RECIPE_KINDS] = {
	[PL_RECIPE_SKIPPED] = "skipped",   [PL_RECIPE_CACHED] = "cached",
	[PL_RECIPE_DEFERRED] = "deferred", [PL_RECIPE_SECRET] = "secret",
	[PL_RECIPE_PRINTS] = "prints",     [PL_RECIPE_FAILS] = "fails",
	[PL_RECIPE_RUNS] = "runs",
};

static bool parse_kind(const char *word, enum pl_recipe_answer_kind *ret)
{
	for (size_t i = 0; i < PL_RECIPE_KINDS; i++)
		if (strcmp(pl_recipe_kinds[i], word) == 0) {
			*ret = (enum pl_recipe_answer_kind)i;
			return true;
		}
	return false;
}

static int parse_command(struct parser *p, struct pl_err *err)
{
	struct pl_recipe_answer r = {.package = p->package};
	if (!p->package || p->n != 4)
		return wrong(p, err,
			     !p->package ? "no 'package NAME' before it"
					 : "wanted: command \"WORDS\" KIND \"TEXT\"");
	if (!parse_kind(p->words[2], &r.kind))
		return wrong(p, err,
			     "wanted skipped, cached, deferred, secret, prints, fails or runs");
	r.command = p->words[1];
	r.text = p->words[3];
	struct pl_str rest = pl_str_of(r.command), first = pl_str_cut(&rest, ' ');
	size_t slash = pl_str_rfind(first, '/');
	if (slash != SIZE_MAX)
		first = pl_str_sub(first, slash + 1, first.n);
	r.program = pl_arena_cstr(p->a, first);
	if (!first.n || strpbrk(r.program, "*?["))
		return wrong(p, err, "the program's name itself is no pattern");
	*pl_vec_push(&p->answers) = r;
	return 0;
}

/* script NAME "REASON" SHA256... and what stands for it, up to "end" */
static int parse_script(struct parser *p, struct pl_err *err)
{
	struct pl_recipe_script s = {.package = p->package};
	if (!p->package || p->n < 4)
		return wrong(p, err,
			     !p->package ? "no 'package NAME' before it"
					 : "wanted: script NAME \"REASON\" SHA256...");
	s.script = p->words[1];
	s.reason = p->words[2];
	s.n_digests = p->n - 3;
	s.digests = pl_arena_array(p->a, struct pl_digest, s.n_digests);
	for (size_t i = 0; i < s.n_digests; i++)
		if (!pl_digest_parse_hex(pl_str_of(p->words[3 + i]), &s.digests[i]))
			return wrong(p, err, "wanted the hash of a script, 64 hexadecimal digits");
	*pl_vec_push(&p->scripts) = s;
	p->in_script = true;
	return 0;
}

/* A line of a script: as it stands. */
static void add_line(struct parser *p, struct pl_str line)
{
	struct pl_recipe_script *s = &p->scripts.v[p->scripts.n - 1];
	if (!pl_str_is(pl_str_trim(line), "end")) {
		pl_buf_addstr(&p->text, line);
		pl_buf_addc(&p->text, '\n');
		return;
	}
	s->text = pl_arena_str(p->a, pl_buf_str(&p->text));
	pl_buf_clear(&p->text);
	p->in_script = false;
}

static int parse_line(struct parser *p, struct pl_str line, struct pl_err *err)
{
	if (p->in_script) {
		add_line(p, line);
		return 0;
	}
	int rc = split_words(p, line, err);
	if (rc < 0 || p->n == 0)
		return rc;
	if (strcmp(p->words[0], "command") == 0)
		return parse_command(p, err);
	if (strcmp(p->words[0], "script") == 0)
		return parse_script(p, err);
	if (strcmp(p->words[0], "package") != 0)
		return wrong(p, err, "wanted 'package', 'command' or 'script'");
	if (p->n != 2)
		return wrong(p, err, "wanted: package NAME");
	p->package = p->words[1];
	return 0;
}

int pl_recipes_parse(struct pl_arena *a, struct pl_str text, const char *what,
		     struct pl_recipes *ret, struct pl_err *err)
{
	struct parser p = {.a = a, .what = what};
	for (size_t i = 0; i < ret->n; i++)
		*pl_vec_push(&p.answers) = ret->v[i];
	for (size_t i = 0; i < ret->n_scripts; i++)
		*pl_vec_push(&p.scripts) = ret->scripts[i];
	int rc = 0;
	while (rc == 0 && text.p && text.n) {
		p.line++;
		rc = parse_line(&p, pl_str_cut(&text, '\n'), err);
	}
	if (rc == 0 && p.in_script)
		rc = wrong(&p, err, "a script has no 'end'");
	pl_buf_done(&p.text);
	ret->scripts = pl_arena_dup(a, p.scripts.v, p.scripts.n, sizeof(*p.scripts.v));
	ret->n_scripts = p.scripts.n;
	pl_vec_free(&p.scripts);
	ret->v = pl_arena_dup(a, p.answers.v, p.answers.n, sizeof(*p.answers.v));
	ret->n = p.answers.n;
	pl_vec_free(&p.answers);
	return rc;
}

const struct pl_recipe_script *pl_recipe_script_find(const struct pl_recipes *r,
						     struct pl_str package, const char *script,
						     const struct pl_digest *sha256)
{
	PL_AUTOFREE char *name = pl_str_dup(package);
	for (size_t i = 0; i < r->n_scripts; i++) {
		const struct pl_recipe_script *s = &r->scripts[i];
		if (strcmp(s->script, script) != 0 || fnmatch(s->package, name, 0) != 0)
			continue;
		for (size_t k = 0; k < s->n_digests; k++)
			if (pl_digest_eq(&s->digests[k], sha256))
				return s;
	}
	return NULL;
}

/* -- the command -- */

static const struct pl_recipe_answer *find_answer(const struct pl_shell_call *call)
{
	const struct pl_debian_world *w = pl_deb_world(call);
	const char *slash = strrchr(call->argv[0], '/');
	const char *name = slash ? slash + 1 : call->argv[0];
	PL_AUTOFREE char *package = w->current ? pl_str_dup(w->current->name) : pl_xstrdup("");
	PL_AUTO(buf) words = {.max = 1 << 16};
	for (int i = 0; i < call->argc; i++)
		pl_buf_addf(&words, "%s%s", i ? " " : "", i ? call->argv[i] : name);
	for (size_t i = 0; i < w->recipes.n; i++) {
		const struct pl_recipe_answer *r = &w->recipes.v[i];
		const char *from = strchr(r->command, ' ');
		PL_AUTOFREE char *pattern = pl_xprintf("%s%s", r->program, from ? from : "");
		if (strcmp(r->program, name) == 0 && fnmatch(r->package, package, 0) == 0 &&
		    fnmatch(pattern, words.p, 0) == 0)
			return r;
	}
	return NULL;
}

/* Without an answer a script of the tree is interpreted, and any other program refused. */
bool pl_deb_recipe_applies(const struct pl_shell_call *call) { return find_answer(call) != NULL; }

static int run_commands(struct pl_shell_call *call, const char *text, struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	size_t n = (size_t)call->argc;
	char **argv = pl_arena_array(&a, char *, n + 4);
	argv[0] = pl_arena_cstr(&a, PL_STR("sh"));
	argv[1] = pl_arena_cstr(&a, PL_STR("-ec"));
	argv[2] = pl_arena_cstr(&a, pl_str_of(text));
	memcpy(argv + 3, call->argv, n * sizeof(*argv)); /* $0 is its name */
	return pl_shell_external(call, call->argc + 3, argv, NULL, 0, err);
}

int pl_deb_recipe(struct pl_shell_call *call, struct pl_err *err)
{
	static const enum pl_install_event_kind events[] = {
		[PL_RECIPE_SKIPPED] = PL_INSTALL_RUNNING,
		[PL_RECIPE_CACHED] = PL_INSTALL_RUN_TIME,
		[PL_RECIPE_DEFERRED] = PL_INSTALL_DEFERRED,
		[PL_RECIPE_SECRET] = PL_INSTALL_DEFERRED,
		[PL_RECIPE_FAILS] = PL_INSTALL_RUNNING,
	};
	const struct pl_recipe_answer *r = find_answer(call);
	const char *slash = strrchr(call->argv[0], '/');
	const struct pl_shell_command *model = pl_deb_model(slash ? slash + 1 : call->argv[0]);
	if (!r)
		return model ? model->run(call, err) : pl_deb_left(call, err);
	if (r->kind == PL_RECIPE_RUNS)
		return run_commands(call, r->text, err);
	if (r->kind == PL_RECIPE_PRINTS)
		return pl_deb_print(call, err, "%s", r->text);
	pl_deb_find(call, events[r->kind], r->text);
	call->status = r->kind == PL_RECIPE_FAILS;
	return r->kind == PL_RECIPE_SECRET ? pl_deb_print_secret(call, err) : 0;
}
