// SPDX-License-Identifier: Apache-2.0
/* Files of accounts and of sysusers.d, parted by NULs, and the commands that work on them. */
#include "commands/commands.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char script[] = "systemd-sysusers\n"
			     "systemd-sysusers t.conf\n"
			     "adduser --quiet --system --group a\n"
			     "adduser --quiet --disabled-password --gecos x,y,z b\n"
			     "addgroup --system c; adduser b c; gpasswd -d b c; gpasswd -M a,b c\n"
			     "useradd -m -G c d; useradd -r e; usermod -l f e; usermod -u 77 d\n"
			     "groupmod -n g c; passwd -l d; passwd -S d; chfn -r x d\n"
			     "getent passwd; getent group 0 root; id d; id 0; groups root\n"
			     "shadowconfig on; deluser a; userdel -r d; delgroup g\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = {
		"etc/passwd",  "etc/group",  "etc/sysusers.d/t.conf", "etc/shadow",
		"etc/gshadow", "etc/subuid", "etc/adduser.conf",      "etc/login.defs"};
	static const char *const programs[] = {
		"addgroup",     "adduser",          "chfn",   "delgroup", "deluser",
		"gpasswd",      "groupmod",         "passwd", "useradd",  "userdel",
		"shadowconfig", "systemd-sysusers", "usermod"};
	struct pl_effect_input in = {.epoch = 86400};
	struct pl_command_world own = {.in = &in, .as_real = true};
	struct pl_str rest = {(const char *)data, size};
	struct pl_tree tree;
	struct pl_err err = {0};
	int status = -1, rc = 0;
	pl_tree_init(&tree);
	for (size_t i = 0; i < PL_COUNT(programs) && rc == 0; i++) {
		PL_AUTOFREE char *path = pl_xprintf("usr/sbin/%s", programs[i]);
		rc = pl_tree_file(&tree, pl_str_of(path), PL_STR(""), 0755, 0, 0, 1, NULL, &err);
	}
	for (size_t i = 0; i < PL_COUNT(paths) && rest.p && rc == 0; i++)
		rc = pl_tree_file(&tree, pl_str_of(paths[i]), pl_str_cut(&rest, '\0'), 0644, 0, 0,
				  1, NULL, &err);
	assert(rc == 0);
	struct pl_shell_world world = {.tree = &tree,
				       .epoch = in.epoch,
				       .commands = pl_unix_commands,
				       .n_commands = pl_unix_commands_n,
				       .own = &own};
	struct pl_shell *sh = pl_shell_new(&world);
	pl_shell_export(sh, "PATH", "/usr/sbin:/usr/bin");
	rc = pl_shell_run(sh, "fuzz", pl_str_of(script), false, NULL, 0, &status, &err);
	assert(rc < 0 ? err.msg[0] != 0 : rc == 0 && status >= 0);
	pl_shell_free(sh);
	pl_tree_done(&tree);
	return 0;
}
