// SPDX-License-Identifier: Apache-2.0
#include "debian/scripts/interpret.h"

#include "debian/scripts/finish_int.h"
#include "debian/scripts/order_int.h"
#include "debian/scripts/scripted_int.h"
#include "debian/scripts/scripts.h"

/* Rounds of triggers that make each other pending. */
#define TRIGGER_ROUNDS 16

static const struct pl_script *find_script(const struct pl_debian_package *p, const char *name)
{
	for (size_t i = 0; p->control && i < p->control->n_scripts; i++)
		if (strcmp(p->control->scripts[i].name, name) == 0)
			return &p->control->scripts[i];
	return NULL;
}

const struct pl_debian_variable *pl_debian_environment(struct pl_debian_world *w,
						       const struct pl_debian_package *p,
						       const char *script, size_t *ret_n)
{
	const struct pl_debian_variable vars[] = {
		{"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
		{"HOME", "/root"},
		{"LC_ALL", "C.UTF-8"},
		{"DEBIAN_FRONTEND", "noninteractive"},
		{"DEBCONF_NONINTERACTIVE_SEEN", "true"},
		{"DPKG_ADMINDIR", "/var/lib/dpkg"},
		{"DPKG_ROOT", ""},
		{"DPKG_MAINTSCRIPT_PACKAGE", pl_arena_cstr(&w->arena, p->name)},
		{"DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT", "1"},
		{"DPKG_MAINTSCRIPT_ARCH", pl_arena_cstr(&w->arena, p->architecture)},
		{"DPKG_MAINTSCRIPT_NAME", script},
	};
	*ret_n = PL_COUNT(vars);
	return pl_arena_dup(&w->arena, vars, PL_COUNT(vars), sizeof(*vars));
}

static void set_environment(struct pl_shell *sh, struct pl_debian_world *w,
			    const struct pl_debian_package *p, const char *script)
{
	size_t n;
	const struct pl_debian_variable *v = pl_debian_environment(w, p, script, &n);
	for (size_t i = 0; i < n; i++)
		pl_shell_export(sh, v[i].name, v[i].value);
}

/* The last lines of what a script wrote. */
static struct pl_str last_words(struct pl_str text)
{
	text = pl_str_trim(text);
	return text.n > 240 ? pl_str_sub(text, text.n - 240, 240) : text;
}

/* A script that gave up: what it said at last, and where that was unless it says so itself. */
static int ended(const struct pl_shell *sh, const char *script, int status, struct pl_err *err)
{
	unsigned line;
	const char *file = pl_shell_where(sh, &line);
	struct pl_str words = last_words(pl_shell_errors(sh));
	size_t newline = pl_str_rfind(words, '\n');
	struct pl_str last = newline == SIZE_MAX ? words : pl_str_sub(words, newline + 1, words.n);
	if (pl_str_starts(last, file))
		return pl_fail(err, PL_SCRIPTS, "%s ends with status %d: %s", script, status,
			       PL_SHOWN(words));
	return pl_fail(err, PL_SCRIPTS, "%s ends with status %d: %s: line %u%s%s", script, status,
		       file, line, words.n ? ": " : "", PL_SHOWN(words));
}

/* A command's answer depends on what an image has not: the time, a machine's name. */
static void note_finding(void *ctx, const char *script, unsigned line, const char *command,
			 const char *what)
{
	PL_AUTO(buf) text = {.max = 1 << 10};
	pl_buf_addf(&text, "%s: %s", command, what);
	pl_debian_tell(ctx, PL_INSTALL_MACHINE, script, line, pl_buf_str(&text));
}

/* What is made of chance is found when the script has run. */
static void note_secret(void *ctx, const char *script, unsigned line, const char *path)
{
	struct pl_debian_world *w = ctx;
	PL_AUTOFREE char *text = pl_xprintf("a secret, made of %s", path);
	w->secrets = true;
	pl_debian_tell(w, PL_INSTALL_DEFERRED, script, line, pl_str_of(text));
}

static void note_command(void *ctx, const char *script, unsigned line, struct pl_str text)
{
	pl_debian_tell(ctx, PL_INSTALL_COMMAND, script, line, text);
}

static int run_text(struct pl_debian_world *w, struct pl_debian_package *p, const char *script,
		    struct pl_str text, const char *const *args, size_t n_args, struct pl_err *err)
{
	const struct pl_shell_world world = {
		.tree = w->tree,
		.epoch = w->in->epoch,
		.commands = w->commands,
		.n_commands = w->n_commands,
		.read = w->in->read,
		.read_ctx = w->in->read_ctx,
		.trace = w->installation->trace ? note_command : NULL,
		.trace_ctx = w,
		.sourced = pl_debconf_sourced,
		.finding = note_finding,
		.finding_ctx = w,
		.secret = note_secret,
		.secret_ctx = w,
		.own = w,
	};
	bool bash = false;
	int status = 0;
	/* A text without an interpreter is sh's: execvp(3), by which dpkg runs scripts. */
	if (pl_str_starts(text, "#!") && !pl_script_shell(text, &bash))
		return pl_fail(err, PL_SCRIPTS, PL_STR_FMT ": %s is no shell script",
			       PL_STR_ARG(p->name), script);
	PL_AUTOFREE char *name =
		pl_xprintf("/var/lib/dpkg/info/" PL_STR_FMT ".%s", PL_STR_ARG(p->name), script);
	PL_AUTO_FREE(shell) sh = pl_shell_new(&world);
	set_environment(sh, w, p, script);
	w->current = p;
	w->script = script;
	pl_debian_tell(w, PL_INSTALL_BEGIN, name, 0, PL_STR(""));
	int rc = pl_shell_run(sh, name, text, bash, args, n_args, &status, err);
	pl_debian_tell(w, PL_INSTALL_END, name, 0, PL_STR(""));
	if (rc == 0 && status)
		rc = ended(sh, script, status, err);
	if (rc == 0 && w->secrets)
		rc = pl_debian_secrets_find(w, err);
	return rc < 0 ? pl_ctx(err, "package " PL_STR_FMT, PL_STR_ARG(p->name)) : 0;
}

static int run_recipe(struct pl_debian_world *w, struct pl_debian_package *p, const char *script,
		      const struct pl_recipe_script *recipe, const char *const *args, size_t n_args,
		      struct pl_err *err)
{
	PL_AUTO(buf) text = {0};
	pl_buf_adds(&text, "#!/bin/sh\nset -e\n");
	pl_buf_addstr(&text, recipe->text);
	int rc = run_text(w, p, script, pl_buf_str(&text), args, n_args, err);
	return rc < 0 ? pl_ctx(err, "the recipe") : 0;
}

/* What is refused as it is (a command, a syntax, a limit of one script): the rest can go on without
 * it, so that all that is refused is said at once. */
static bool is_of_script(const struct pl_err *why)
{
	return why->code == PL_SCRIPTS || why->code == PL_INPUT || why->code == PL_LIMIT ||
	       why->code == PL_CONFLICT || why->code == PL_NOT_FOUND;
}

static int run_script(struct pl_debian_world *w, struct pl_debian_package *p, const char *script,
		      const char *const *args, size_t n_args, struct pl_err *err)
{
	const struct pl_installation *to = w->installation;
	const struct pl_script *s = find_script(p, script);
	size_t i = (size_t)(p - w->packages);
	struct pl_err why = {0};
	if (!s || (to->acknowledged && to->acknowledged(to->ctx, i, script, &s->normalised)))
		return 0;
	const struct pl_recipe_script *recipe =
		pl_recipe_script_find(&w->recipes, p->name, script, &s->normalised);
	const bool scripted = to->scripted && to->scripted(to->ctx, i);
	int rc;
	if (scripted)
		rc = pl_debian_run_scripted(w, p, script, args, n_args, &why);
	else if (recipe)
		rc = run_recipe(w, p, script, recipe, args, n_args, &why);
	else
		rc = run_text(w, p, script, s->text, args, n_args, &why);
	if (rc == 0 && to->accounted && (scripted || recipe))
		to->accounted(to->ctx, i, script, scripted ? PL_SCRIPT_SCRIPTED : PL_SCRIPT_COVERED,
			      scripted ? "run twice in a sandbox, with equal results"
				       : recipe->reason);
	if (rc < 0 && is_of_script(&why) && to->refused &&
	    to->refused(to->ctx, i, script, &s->normalised, &why))
		return 0;
	if (rc < 0)
		*err = why;
	return rc;
}

/* -- the steps -- */

static const char *place(void *ctx, const char *path)
{
	struct pl_debian_world *w = ctx;
	return pl_debian_place(w, w->unpacking, path);
}

static int unpack(struct pl_debian_world *w, size_t i, struct pl_err *err)
{
	static const char *const args[] = {"install"};
	const struct pl_installation *to = w->installation;
	struct pl_debian_package *p = &w->packages[i];
	p->state = PL_DEBIAN_HALF_INSTALLED;
	w->unpacking = p;
	int rc = pl_debconf_load(w, p, err);
	if (rc == 0)
		rc = run_script(w, p, "preinst", args, 1, err);
	if (rc == 0)
		rc = to->unpack(to->ctx, i, place, w, err);
	if (rc == 0)
		rc = pl_debian_overrides_apply(w, err);
	if (rc < 0)
		return rc;
	p->state = PL_DEBIAN_UNPACKED;
	for (size_t k = 0; k < p->paths.n; k++)
		pl_debian_trigger_path(w, p, p->paths.v[k]);
	return 0;
}

static void activate(struct pl_debian_world *w, const struct pl_debian_package *p)
{
	const struct pl_script *s = find_script(p, "triggers");
	struct pl_str rest = s ? s->text : (struct pl_str){NULL, 0};
	while (rest.p && rest.n) {
		struct pl_str line = pl_str_trim(pl_str_cut(&rest, '\n'));
		if (!pl_str_starts(line, "activate"))
			continue;
		pl_str_cut(&line, ' ');
		if (line.p)
			pl_debian_trigger(w, pl_arena_cstr(&w->arena, pl_str_trim(line)));
	}
}

static int configure(struct pl_debian_world *w, size_t i, struct pl_err *err)
{
	static const char *const args[] = {"configure", ""};
	struct pl_debian_package *p = &w->packages[i];
	int rc = run_script(w, p, "config", args, 2, err);
	p->state = PL_DEBIAN_CONFIGURING;
	p->triggers.n = 0; /* configuring does all that they would */
	if (rc == 0)
		rc = run_script(w, p, "postinst", args, 2, err);
	if (rc < 0)
		return rc;
	p->state = PL_DEBIAN_INSTALLED;
	activate(w, p);
	return 0;
}

static int run_triggers(struct pl_debian_world *w, struct pl_err *err)
{
	for (unsigned round = 0; round < TRIGGER_ROUNDS; round++) {
		bool any = false;
		for (size_t i = 0; i < w->n_packages; i++) {
			struct pl_debian_package *p = &w->packages[i];
			PL_AUTO(buf) names = {.max = 1 << 16};
			if (!p->triggers.n)
				continue;
			for (size_t k = 0; k < p->triggers.n; k++)
				pl_buf_addf(&names, "%s%s", k ? " " : "", p->triggers.v[k]);
			p->triggers.n = 0;
			any = true;
			const char *const args[] = {"triggered", names.p};
			int rc = run_script(w, p, "postinst", args, 2, err);
			if (rc < 0)
				return rc;
		}
		if (!any)
			return 0;
	}
	return pl_fail(err, PL_SCRIPTS, "triggers make each other pending without end");
}

static void load_packages(struct pl_debian_world *w)
{
	for (size_t i = 0; i < w->n_packages; i++) {
		const struct pl_effect_package *p = &w->in->packages[i];
		w->packages[i].name = p->name;
		w->packages[i].version = p->version;
		w->packages[i].architecture = p->architecture;
		w->packages[i].control = p->own;
	}
}

static int install_all(struct pl_debian_world *w, struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	struct pl_order_step *steps;
	size_t n;
	int rc = pl_order_make(&a, w, &steps, &n, err);
	if (rc == 0)
		rc = pl_debian_begin(w, err);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = steps[i].action == PL_ORDER_UNPACK ? unpack(w, steps[i].package, err)
							: configure(w, steps[i].package, err);
	if (rc == 0)
		rc = run_triggers(w, err);
	return rc < 0 ? rc : pl_debian_finish(w, err);
}

int pl_debian_install(const struct pl_installation *i, struct pl_err *err)
{
	struct pl_debian_world w;
	int rc = pl_debian_world_init(&w, i->tree, i->in, i->in->n_packages, i, err);
	load_packages(&w);
	if (rc == 0)
		rc = install_all(&w, err);
	pl_debian_world_done(&w);
	return rc;
}
