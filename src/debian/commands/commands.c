// SPDX-License-Identifier: Apache-2.0
/* Which model answers to which name. */
#include "debian/commands/commands_int.h"

#include <stdlib.h>

static const struct pl_shell_command table[] = {
	{"add-shell", pl_deb_generate, true},
	{"deb-systemd-helper", pl_deb_deb_systemd_helper, true},
	{"debconf-model", pl_deb_debconf, true},
	{"dpkg", pl_deb_dpkg, true},
	{"dpkg-divert", pl_deb_dpkg_divert, true},
	{"dpkg-maintscript-helper", pl_deb_dpkg_maintscript_helper, true},
	{"dpkg-query", pl_deb_dpkg_query, true},
	{"dpkg-statoverride", pl_deb_dpkg_statoverride, true},
	{"dpkg-trigger", pl_deb_dpkg_trigger, true},
	{"pam-auth-update", pl_deb_generate, false},
	{"remove-shell", pl_deb_generate, true},
	{"shadowconfig", pl_deb_shadowconfig, false},
	{"systemctl", pl_deb_systemctl, false},
	{"ucf", pl_deb_ucf, false},
	{"update-alternatives", pl_deb_update_alternatives, true},
	{"update-ca-certificates", pl_deb_generate, false},
	{"update-passwd", pl_deb_update_passwd, false},
	{"update-shells", pl_deb_generate, false},
};

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
	memcpy(w->commands, pl_commands, pl_commands_n * sizeof(*pl_commands));
	memcpy(w->commands + pl_commands_n, table, sizeof(table));
	w->n_commands = pl_commands_n + PL_COUNT(table);
	for (size_t i = 0; i < n_left; i++)
		w->commands[w->n_commands++] =
			(struct pl_shell_command){left[i], pl_deb_left, false};
	qsort(w->commands, w->n_commands, sizeof(*w->commands), by_name);
}
