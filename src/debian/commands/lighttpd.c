// SPDX-License-Identifier: Apache-2.0
/* lighty-enable-mod(1) for /etc/lighttpd as it is shipped: links in conf-enabled to the files of
 * conf-available, whose names are NUMBER-MODULE.conf. */
#include "debian/commands/commands_int.h"

#include "effects/edit.h"

#define AVAILABLE "etc/lighttpd/conf-available"
#define ENABLED "etc/lighttpd/conf-enabled"

static const struct pl_node *find_module(const struct pl_shell_call *call, const char *directory,
					 const char *module)
{
	const struct pl_node *d = pl_tree_resolve(call->world->tree, pl_str_of(directory), true);
	PL_AUTOFREE char *end = pl_xprintf("-%s.conf", module);
	for (uint32_t i = 0; d && i < d->n_children; i++) {
		struct pl_str name = d->children[i]->name;
		size_t digits = strspn(name.p, "0123456789");
		if (digits && pl_str_is(pl_str_sub(name, digits, name.n), end))
			return d->children[i];
	}
	return NULL;
}

static int enable(struct pl_shell_call *call, const char *module, struct pl_err *err)
{
	const struct pl_debian_world *w = pl_deb_world(call);
	const struct pl_node *n = find_module(call, AVAILABLE, module);
	PL_AUTO(buf) text = {.max = 1 << 20};
	if (!n) {
		call->status = 2;
		return pl_deb_print(call, err, "Ignoring unknown module: %s\n", module);
	}
	PL_AUTOFREE char *path = pl_xprintf(ENABLED "/%s", n->name.p);
	PL_AUTOFREE char *target = pl_xprintf("../conf-available/%s", n->name.p);
	if (pl_tree_get(w->tree, pl_str_of(path))) {
		call->status = 2;
		return pl_deb_print(call, err, "already enabled\n");
	}
	int rc = pl_shell_file_read(call->shell, pl_node_file(n), &text, err);
	if (rc < 0)
		return rc;
	if (memmem(text.p, text.n, "# -*- depends:", 14) ||
	    memmem(text.p, text.n, "# -*- conflicts:", 16))
		return pl_shell_unknown(call, err, "a module that names others");
	rc = pl_edit_link(w->tree, w->in, pl_str_of(path), pl_str_of(target), PL_EDIT_KEEP, err);
	return rc < 0 ? rc : pl_deb_print(call, err, "Enabling %s: ok\n", module);
}

int pl_deb_lighty_enable_mod(struct pl_shell_call *call, struct pl_err *err)
{
	int rc = 0;
	if (call->argc < 2)
		return pl_shell_unknown(call, err, "no module");
	for (int i = 1; i < call->argc && rc == 0; i++)
		rc = enable(call, call->argv[i], err);
	return rc < 0 ? rc
		      : pl_deb_print(call, err,
				     "Run \"service lighttpd force-reload\" to enable changes\n");
}
