// SPDX-License-Identifier: Apache-2.0
#include "effects/nsswitch.h"

#include "effects/effects_int.h"

#define CONF "etc/nsswitch.conf"

/* Without the file glibc asks services that an image does not have, and other resolvers (musl's,
 * Go's) guess. The lines are Debian's; a service is named when its module is there (files and dns
 * are in libc itself). */
int pl_nsswitch_make(struct pl_tree *t, const struct pl_effect_input *in, struct pl_err *err)
{
	static const struct {
		const char *line, *service, *rest;
	} lines[] = {
		{"passwd:         files", NULL, "\n"},     {"group:          files", NULL, "\n"},
		{"shadow:         files", NULL, "\n"},     {"gshadow:        files", NULL, "\n\n"},
		{"hosts:          files dns", NULL, "\n"}, {"networks:       files", NULL, "\n\n"},
		{"protocols:      ", "db", "files\n"},     {"services:       ", "db", "files\n"},
		{"ethers:         ", "db", "files\n"},     {"rpc:            ", "db", "files\n"},
	};
	const char *triplet = in->platform->triplet;
	PL_AUTO(buf) b = {0};
	if (pl_tree_resolve(t, PL_STR(CONF), true))
		return 0;
	for (size_t i = 0; i < PL_COUNT(lines); i++) {
		const char *service = lines[i].service;
		PL_AUTOFREE char *module =
			pl_xprintf("usr/lib/%s/libnss_%s.so.2", triplet, service ? service : "");
		bool has = service && pl_tree_resolve(t, pl_str_of(module), true);
		pl_buf_addf(&b, "%s%s%s%s", lines[i].line, has ? service : "", has ? " " : "",
			    lines[i].rest);
	}
	return pl_effect_write(t, in, CONF, pl_buf_str(&b), 0644, err);
}
