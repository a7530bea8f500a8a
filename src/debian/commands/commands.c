// SPDX-License-Identifier: Apache-2.0
/* Which model answers to which name. */
#include "debian/commands/commands_int.h"

#include <stdlib.h>

static const struct pl_shell_command table[] = {
	{.name = "/etc/init.d/", .run = pl_deb_init_script, .anywhere = true},
	{.name = "a2disconf", .run = pl_deb_a2enmod},
	{.name = "a2dismod", .run = pl_deb_a2enmod},
	{.name = "a2dissite", .run = pl_deb_a2enmod},
	{.name = "a2enconf", .run = pl_deb_a2enmod},
	{.name = "a2enmod", .run = pl_deb_a2enmod},
	{.name = "a2ensite", .run = pl_deb_a2enmod},
	{.name = "a2query", .run = pl_deb_a2query},
	{.name = "certtool", .run = pl_deb_certtool},
	{.name = "deb-systemd-helper", .run = pl_deb_deb_systemd_helper, .always = true},
	{.name = "debconf-model", .run = pl_deb_debconf, .always = true},
	{.name = "dpkg", .run = pl_deb_dpkg, .always = true},
	{.name = "dpkg-divert", .run = pl_deb_dpkg_divert, .always = true},
	{.name = "dpkg-maintscript-helper", .run = pl_deb_dpkg_maintscript_helper, .always = true},
	{.name = "dpkg-query", .run = pl_deb_dpkg_query, .always = true},
	{.name = "dpkg-realpath", .run = pl_deb_dpkg_realpath, .always = true},
	{.name = "dpkg-statoverride", .run = pl_deb_dpkg_statoverride, .always = true},
	{.name = "dpkg-trigger", .run = pl_deb_dpkg_trigger, .always = true},
	{.name = "gdk-pixbuf-query-loaders", .run = pl_deb_modules_cache, .anywhere = true},
	{.name = "gtk-query-immodules-2.0", .run = pl_deb_modules_cache, .anywhere = true},
	{.name = "gtk-query-immodules-3.0", .run = pl_deb_modules_cache, .anywhere = true},
	{.name = "lighty-enable-mod", .run = pl_deb_lighty_enable_mod},
	{.name = "locale", .run = pl_deb_locale},
	{.name = "openssl", .run = pl_deb_openssl},
	{.name = "pam-auth-update", .run = pl_deb_generate},
	{.name = "paperconf", .run = pl_deb_paperconf},
	{.name = "run-parts", .run = pl_deb_run_parts, .always = true},
	{.name = "dd", .run = pl_deb_dd, .always = true},
	{.name = "invoke-rc.d", .run = pl_deb_invoke_rc_d, .always = true},
	{.name = "java", .run = pl_deb_java},
	{.name = "gunzip", .run = pl_deb_essential, .always = true},
	{.name = "gzip", .run = pl_deb_essential, .always = true},
	{.name = "perl", .run = pl_deb_perl, .always = true},
	{.name = "tar", .run = pl_deb_essential, .always = true},
	{.name = "zcat", .run = pl_deb_essential, .always = true},
	{.name = "pg_updatedicts", .run = pl_deb_pg_updatedicts},
	{.name = "postconf", .run = pl_deb_postconf},
	{.name = "python3.11", .run = pl_deb_python},
	{.name = "python3.13", .run = pl_deb_python},
	{.name = "setpriv", .run = pl_deb_setpriv},
	{.name = "sqlite3", .run = pl_deb_sqlite3},
	{.name = "rndc-confgen", .run = pl_deb_rndc_confgen},
	{.name = "ss", .run = pl_deb_ss},
	{.name = "ssh-keygen", .run = pl_deb_ssh_keygen},
	{.name = "systemctl", .run = pl_deb_systemctl},
	{.name = "ucf", .run = pl_deb_ucf},
	{.name = "update-alternatives", .run = pl_deb_update_alternatives, .always = true},
	{.name = "update-ca-certificates", .run = pl_deb_update_ca_certificates},
	{.name = "update-catalog", .run = pl_deb_update_catalog},
	{.name = "update-inetd", .run = pl_deb_update_inetd},
	{.name = "update-locale", .run = pl_deb_update_locale},
	{.name = "update-mime", .run = pl_deb_update_mime},
	{.name = "update-passwd", .run = pl_deb_update_passwd},
	{.name = "update-xmlcatalog", .run = pl_deb_update_xmlcatalog},
	{.name = "uuidgen", .run = pl_deb_uuidgen},
};

const struct pl_shell_command *pl_deb_model(const char *name)
{
	for (size_t i = 0; i < PL_COUNT(table); i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	for (size_t i = 0; i < pl_unix_commands_n; i++)
		if (strcmp(pl_unix_commands[i].name, name) == 0)
			return &pl_unix_commands[i];
	return NULL;
}

int pl_deb_unix(struct pl_shell_call *call, const char *name, struct pl_err *err)
{
	for (size_t i = 0; i < pl_unix_commands_n; i++)
		if (strcmp(pl_unix_commands[i].name, name) == 0)
			return pl_unix_commands[i].run(call, err);
	return pl_shell_unknown(call, err, name);
}

static struct pl_shell_command *find_command(struct pl_debian_world *w, const char *name)
{
	for (size_t i = 0; i < w->n_commands; i++)
		if (strcmp(w->commands[i].name, name) == 0)
			return &w->commands[i];
	return NULL;
}

static void add_command(struct pl_debian_world *w, struct pl_shell_command c)
{
	if (!find_command(w, c.name))
		w->commands[w->n_commands++] = c;
}

/* A recipe answers before a model. */
static void add_recipes(struct pl_debian_world *w)
{
	for (size_t i = 0; i < w->recipes.n; i++) {
		struct pl_shell_command *known = find_command(w, w->recipes.v[i].program);
		if (known)
			known->run = pl_deb_recipe;
		else
			add_command(w, (struct pl_shell_command){.name = w->recipes.v[i].program,
								 .run = pl_deb_recipe,
								 .anywhere = true,
								 .applies = pl_deb_recipe_applies});
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct pl_shell_command *)a)->name,
		      ((const struct pl_shell_command *)b)->name);
}

/* The fleet's, then the program's: the first that speaks of a command answers. */
static int load_recipes(struct pl_debian_world *w, struct pl_err *err)
{
	const struct pl_installation *from = w->installation;
	int rc = 0;
	for (size_t i = 0; from && i < from->n_recipes && rc == 0; i++)
		rc = pl_recipes_parse(&w->arena, from->recipes[i].text, from->recipes[i].name,
				      &w->recipes, err);
	return rc < 0 ? rc
		      : pl_recipes_parse(&w->arena, pl_str_of(pl_recipes_text), "recipes",
					 &w->recipes, err);
}

int pl_debian_world_init(struct pl_debian_world *w, struct pl_tree *tree,
			 const struct pl_effect_input *in, size_t n,
			 const struct pl_installation *from, struct pl_err *err)
{
	size_t n_left = pl_deb_left_commands(NULL);
	*w = (struct pl_debian_world){.unix_world.in = in, .tree = tree, .in = in, .n_packages = n};
	w->installation = from;
	int rc = load_recipes(w, err);
	w->packages = pl_arena_array(&w->arena, struct pl_debian_package, n + 1);
	w->commands = pl_arena_array(&w->arena, struct pl_shell_command,
				     pl_unix_commands_n + PL_COUNT(table) + n_left + w->recipes.n);
	for (size_t i = 0; i < PL_COUNT(table); i++)
		add_command(w, table[i]);
	for (size_t i = 0; i < pl_unix_commands_n; i++)
		add_command(w, pl_unix_commands[i]);
	struct pl_shell_command *left = pl_arena_array(&w->arena, struct pl_shell_command, n_left);
	pl_deb_left_commands(left);
	for (size_t i = 0; i < n_left; i++)
		add_command(w, left[i]);
	add_recipes(w);
	qsort(w->commands, w->n_commands, sizeof(*w->commands), by_name);
	return rc;
}
