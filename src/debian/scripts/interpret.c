// SPDX-License-Identifier: Apache-2.0
#include "debian/scripts/interpret.h"

#include "debian/scripts/apply_int.h"
#include "debian/scripts/order_int.h"
#include "effects/java_keystore.h"
#include "effects/nsswitch.h"
#include "effects/pam.h"
#include "effects/skeleton.h"

/* What keeps services from being started while packages are installed. */
#define POLICY "usr/sbin/policy-rc.d"
/* Rounds of triggers that make each other pending. */
#define TRIGGER_ROUNDS 16

static const struct pl_script *find_script(const struct pl_debian_package *p, const char *name)
{
	for (size_t i = 0; p->control && i < p->control->n_scripts; i++)
		if (strcmp(p->control->scripts[i].name, name) == 0)
			return &p->control->scripts[i];
	return NULL;
}

/* dash, or bash where the first line says so. 0: it is no shell script. */
static int shell_of(struct pl_str text, bool *ret_bash)
{
	struct pl_str line = pl_str_cut(&text, '\n');
	if (!pl_str_starts(line, "#!"))
		return 0;
	line = pl_str_trim(pl_str_sub(line, 2, line.n));
	struct pl_str program = pl_str_cut(&line, ' ');
	*ret_bash = pl_str_ends(program, "/bash");
	return *ret_bash || pl_str_ends(program, "/sh") || pl_str_ends(program, "/dash");
}

static void set_environment(struct pl_shell *sh, const struct pl_debian_world *w,
			    const struct pl_debian_package *p, const char *script)
{
	PL_AUTOFREE char *name = pl_str_dup(p->name);
	const struct {
		const char *name, *value;
	} vars[] = {
		{"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
		{"HOME", "/root"},
		{"LC_ALL", "C.UTF-8"},
		{"DEBIAN_FRONTEND", "noninteractive"},
		{"DEBCONF_NONINTERACTIVE_SEEN", "true"},
		{"DPKG_ADMINDIR", "/var/lib/dpkg"},
		{"DPKG_ROOT", ""},
		{"DPKG_MAINTSCRIPT_PACKAGE", name},
		{"DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT", "1"},
		{"DPKG_MAINTSCRIPT_ARCH", w->in->platform->debian},
		{"DPKG_MAINTSCRIPT_NAME", script},
	};
	for (size_t i = 0; i < PL_COUNT(vars); i++)
		pl_shell_export(sh, vars[i].name, vars[i].value);
}

/* The last lines of what a script wrote. */
static struct pl_str last_words(struct pl_str text)
{
	text = pl_str_trim(text);
	return text.n > 240 ? pl_str_sub(text, text.n - 240, 240) : text;
}

/* A command's answer depends on what an image has not: the time, a machine's name. */
static void note_finding(void *ctx, const char *script, unsigned line, const char *command,
			 const char *what)
{
	struct pl_debian_world *w = ctx;
	(void)script;
	*pl_vec_push(&w->findings) = (struct pl_debian_finding){
		.kind = PL_DEBIAN_MACHINE,
		.package = w->current->name,
		.script = w->script,
		.text = pl_arena_printf(&w->arena, "%s: %s", command, what),
		.line = line,
	};
}

static int run_text(struct pl_interpretation *run, struct pl_debian_package *p, const char *script,
		    struct pl_str text, const char *const *args, size_t n_args, struct pl_err *err)
{
	struct pl_debian_world *w = run->world;
	const struct pl_shell_world world = {
		.tree = w->tree,
		.epoch = w->in->epoch,
		.commands = w->commands,
		.n_commands = w->n_commands,
		.read = w->in->read,
		.read_ctx = w->in->read_ctx,
		.trace = run->trace,
		.trace_ctx = run->ctx,
		.sourced = pl_debconf_sourced,
		.finding = note_finding,
		.finding_ctx = w,
		.own = w,
	};
	bool bash = false;
	int status = 0;
	if (!shell_of(text, &bash))
		return pl_fail(err, PL_SCRIPTS, PL_STR_FMT ": %s is no shell script",
			       PL_STR_ARG(p->name), script);
	PL_AUTOFREE char *name =
		pl_xprintf("/var/lib/dpkg/info/" PL_STR_FMT ".%s", PL_STR_ARG(p->name), script);
	PL_AUTO_FREE(shell) sh = pl_shell_new(&world);
	set_environment(sh, w, p, script);
	w->current = p;
	w->script = script;
	int rc = pl_shell_run(sh, name, text, bash, args, n_args, &status, err);
	if (rc == 0 && status)
		rc = pl_fail(err, PL_SCRIPTS, "%s ends with status %d: %s", script, status,
			     PL_SHOWN(last_words(pl_shell_errors(sh))));
	return rc < 0 ? pl_ctx(err, "package " PL_STR_FMT, PL_STR_ARG(p->name)) : 0;
}

static int run_script(struct pl_interpretation *run, struct pl_debian_package *p,
		      const char *script, const char *const *args, size_t n_args,
		      struct pl_err *err)
{
	const struct pl_script *s = find_script(p, script);
	struct pl_err why = {0};
	if (!s)
		return 0;
	int rc = run_text(run, p, script, s->text, args, n_args, &why);
	if (rc < 0 && run->refused && run->refused(run->ctx, p, script, &why))
		return 0;
	if (rc < 0)
		*err = why;
	return rc;
}

/* -- the steps -- */

static int unpack(struct pl_interpretation *run, size_t i, struct pl_err *err)
{
	static const char *const args[] = {"install"};
	struct pl_debian_world *w = run->world;
	struct pl_debian_package *p = &w->packages[i];
	p->state = PL_DEBIAN_HALF_INSTALLED;
	int rc = pl_debconf_load(w, p, err);
	if (rc == 0)
		rc = run_script(run, p, "preinst", args, 1, err);
	if (rc == 0)
		rc = run->unpack(run->ctx, i, err);
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

static int configure(struct pl_interpretation *run, size_t i, struct pl_err *err)
{
	static const char *const args[] = {"configure", ""};
	struct pl_debian_package *p = &run->world->packages[i];
	int rc = run_script(run, p, "config", args, 2, err);
	p->state = PL_DEBIAN_CONFIGURING;
	p->triggers.n = 0; /* configuring does all that they would */
	if (rc == 0)
		rc = run_script(run, p, "postinst", args, 2, err);
	if (rc < 0)
		return rc;
	p->state = PL_DEBIAN_INSTALLED;
	activate(run->world, p);
	return 0;
}

static int run_triggers(struct pl_interpretation *run, struct pl_err *err)
{
	struct pl_debian_world *w = run->world;
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
			int rc = run_script(run, p, "postinst", args, 2, err);
			if (rc < 0)
				return rc;
		}
		if (!any)
			return 0;
	}
	return pl_fail(err, PL_SCRIPTS, "triggers make each other pending without end");
}

/* What every image begins with. */
static int begin(struct pl_debian_world *w, struct pl_err *err)
{
	static const struct pl_account_templates none = {NULL, NULL};
	int rc = pl_skeleton_make(w->tree, w->in, err);
	if (rc >= 0) /* as in a chroot: invoke-rc.d(8), and scripts that ask by themselves */
		rc = pl_tree_file(w->tree, PL_STR(POLICY), PL_STR("#!/bin/sh\nexit 101\n"), 0755, 0,
				  0, w->in->epoch, NULL, err);
	*pl_vec_push(&w->absent) = POLICY;
	if (rc >= 0 && !pl_debian_find(w, PL_STR("base-passwd")))
		rc = pl_accounts_make_least(w->tree, w->in, &none, err);
	return rc < 0 ? rc : 0;
}

static void empty_directory(struct pl_tree *t, const char *path)
{
	struct pl_node *n = pl_tree_get(t, pl_str_of(path));
	while (n && n->type == PL_TAR_DIR && n->n_children)
		pl_tree_remove(t, n->children[n->n_children - 1]);
}

/* What is computed from the whole tree; and what scripts leave behind that is of no image: /run is
 * a tmpfs, and ucf's database knows no package. */
static int finish(struct pl_debian_world *w, struct pl_err *err)
{
	int rc = pl_skeleton_make(w->tree, w->in, err); /* usr/lib64 is there only now */
	pl_debian_absent_remove(w);
	empty_directory(w->tree, "run");
	empty_directory(w->tree, "tmp");
	empty_directory(w->tree, "var/lib/ucf");
	if (rc < 0)
		return rc;
	if (!pl_debian_find(w, PL_STR("libc-bin")))
		rc = pl_nsswitch_make(w->tree, w->in, err);
	if (rc >= 0 && w->generators & PL_DEBIAN_PAM)
		rc = pl_pam_make(w->tree, w->in, err);
	if (rc >= 0 && w->generators & PL_DEBIAN_JAVA_KEYSTORE)
		rc = pl_java_keystore_make(w->tree, w->in, err);
	if (rc >= 0 && pl_debian_find(w, PL_STR("libc6")))
		rc = pl_generate_ld_so_cache(w->tree, w->in, err);
	return rc < 0 ? rc : 0;
}

int pl_debian_interpret(struct pl_interpretation *run, struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	struct pl_order_step *steps;
	size_t n;
	int rc = pl_order_make(&a, run->world, &steps, &n, err);
	if (rc == 0)
		rc = begin(run->world, err);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = steps[i].action == PL_ORDER_UNPACK ? unpack(run, steps[i].package, err)
							: configure(run, steps[i].package, err);
	if (rc == 0)
		rc = run_triggers(run, err);
	return rc < 0 ? rc : finish(run->world, err);
}
