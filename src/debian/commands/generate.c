// SPDX-License-Identifier: Apache-2.0
/* Commands whose files are computed from the whole tree: noted here, made when all scripts have
 * run; and those that begin passwd, group and their shadows. */
#include "debian/commands/commands_int.h"

#include "effects/accounts.h"
#include "effects/ca_certificates.h"

/* At once, for scripts look at the links; and its hooks. */
int pl_deb_update_ca_certificates(struct pl_shell_call *call, struct pl_err *err)
{
	const struct pl_debian_world *w = pl_deb_world(call);
	const struct pl_node *hooks =
		pl_tree_resolve(w->tree, PL_STR("etc/ca-certificates/update.d"), true);
	pl_deb_world(call)->generators |= PL_DEBIAN_CA_CERTIFICATES;
	int rc = pl_ca_certificates_make(w->tree, w->in, err);
	for (uint32_t i = 0; rc == 0 && hooks && i < hooks->n_children; i++) {
		if (pl_node_file(hooks->children[i])->type != PL_TAR_FILE ||
		    !(pl_node_file(hooks->children[i])->mode & 0111))
			continue;
		PL_AUTOFREE char *path =
			pl_xprintf("/etc/ca-certificates/update.d/%s", hooks->children[i]->name.p);
		char *argv[] = {path, NULL};
		rc = pl_shell_external(call, 1, argv, NULL, 0, err);
	}
	return rc;
}

int pl_deb_generate(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct {
		const char *name;
		unsigned generator;
	} names[] = {
		{"pam-auth-update", PL_DEBIAN_PAM},
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

/* ca-certificates-java's program makes the keystore. */
int pl_deb_java(struct pl_shell_call *call, struct pl_err *err)
{
	for (int i = 1; i < call->argc; i++)
		if (pl_str_ends(pl_str_of(call->argv[i]), "/ca-certificates-java.jar")) {
			pl_deb_world(call)->generators |= PL_DEBIAN_JAVA_KEYSTORE;
			return 0;
		}
	if (call->argc == 2 && strcmp(call->argv[1], "-version") == 0)
		return 0;
	return pl_shell_unknown(call, err, "a program");
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
