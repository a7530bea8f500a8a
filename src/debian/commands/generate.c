// SPDX-License-Identifier: Apache-2.0
/* Commands whose files are computed from the whole tree: noted here, made when all scripts have
 * run; and those that begin passwd, group and their shadows. */
#include "debian/commands/commands_int.h"

#include "effects/accounts.h"
#include "effects/shells.h"

int pl_deb_generate(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct {
		const char *name;
		unsigned generator;
	} names[] = {
		{"add-shell", PL_DEBIAN_SHELLS},
		{"remove-shell", PL_DEBIAN_SHELLS},
		{"update-shells", PL_DEBIAN_SHELLS},
		{"pam-auth-update", PL_DEBIAN_PAM},
		{"update-ca-certificates", PL_DEBIAN_CA_CERTIFICATES},
	};
	const char *slash = strrchr(call->argv[0], '/');
	for (size_t i = 0; i < PL_COUNT(names); i++) {
		if (strcmp(slash ? slash + 1 : call->argv[0], names[i].name) != 0)
			continue;
		pl_deb_world(call)->generators |= names[i].generator;
		return 0;
	}
	return pl_shell_unknown(call, err, "this use");
}

static const struct pl_account_templates masters = {
	.passwd = "usr/share/base-passwd/passwd.master",
	.group = "usr/share/base-passwd/group.master",
};

int pl_deb_update_passwd(struct pl_shell_call *call, struct pl_err *err)
{
	const struct pl_debian_world *w = pl_deb_world(call);
	bool shadowed = pl_tree_get(w->tree, PL_STR("etc/shadow"));
	return pl_accounts_make(w->tree, w->in, &masters, shadowed, NULL, 0, err);
}
