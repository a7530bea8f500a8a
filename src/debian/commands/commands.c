// SPDX-License-Identifier: Apache-2.0
/* Which model answers to which name. */
#include "debian/commands/commands_int.h"

#include <stdlib.h>

static const struct pl_shell_command table[] = {
	{.name = "a2disconf", .run = pl_deb_a2enmod},
	{.name = "a2dismod", .run = pl_deb_a2enmod},
	{.name = "a2dissite", .run = pl_deb_a2enmod},
	{.name = "a2enconf", .run = pl_deb_a2enmod},
	{.name = "a2enmod", .run = pl_deb_a2enmod},
	{.name = "a2ensite", .run = pl_deb_a2enmod},
	{.name = "a2query", .run = pl_deb_a2query},
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
	{.name = "invoke-rc.d", .run = pl_deb_invoke_rc_d},
	{.name = "java", .run = pl_deb_java},
	{.name = "pg_updatedicts", .run = pl_deb_pg_updatedicts},
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
	{.name = "update-locale", .run = pl_deb_update_locale},
	{.name = "update-passwd", .run = pl_deb_update_passwd},
	{.name = "update-xmlcatalog", .run = pl_deb_update_xmlcatalog},
};

static bool is_ours(const char *name)
{
	for (size_t i = 0; i < PL_COUNT(table); i++)
		if (strcmp(table[i].name, name) == 0)
			return true;
	return false;
}

int pl_deb_unix(struct pl_shell_call *call, const char *name, struct pl_err *err)
{
	for (size_t i = 0; i < pl_commands_n; i++)
		if (strcmp(pl_commands[i].name, name) == 0)
			return pl_commands[i].run(call, err);
	return pl_shell_unknown(call, err, name);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct pl_shell_command *)a)->name,
		      ((const struct pl_shell_command *)b)->name);
}

void pl_debian_world_init(struct pl_debian_world *w, struct pl_tree *tree,
			  const struct pl_effect_input *in, size_t n)
{
	const char *const *left;
	size_t n_left = pl_deb_left_names(&left);
	*w = (struct pl_debian_world){.unix_world.in = in, .tree = tree, .in = in, .n_packages = n};
	w->packages = pl_arena_array(&w->arena, struct pl_debian_package, n + 1);
	w->commands = pl_arena_array(&w->arena, struct pl_shell_command,
				     pl_commands_n + PL_COUNT(table) + n_left);
	memcpy(w->commands, table, sizeof(table));
	w->n_commands = PL_COUNT(table);
	for (size_t i = 0; i < pl_commands_n; i++)
		if (!is_ours(pl_commands[i].name))
			w->commands[w->n_commands++] = pl_commands[i];
	for (size_t i = 0; i < n_left; i++)
		w->commands[w->n_commands++] = (struct pl_shell_command){
			.name = left[i], .run = pl_deb_left, .anywhere = true};
	qsort(w->commands, w->n_commands, sizeof(*w->commands), by_name);
}
