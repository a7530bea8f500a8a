// SPDX-License-Identifier: Apache-2.0
/* update-catalog(8): SGML's catalogs, of a package below /etc/sgml and of all of these. */
#include "debian/commands/commands_int.h"

#define SUPER "/var/lib/sgml-base/supercatalog"
#define TEMPLATE "/usr/share/sgml-base/catalog.centralized"

static int read_file(const struct pl_shell_call *call, const char *path, struct pl_buf *ret,
		     struct pl_err *err)
{
	const struct pl_node *n = pl_shell_node(call->shell, path, true);
	if (!n || pl_node_file(n)->type != PL_TAR_FILE)
		return pl_shell_unknown(call, err, path);
	int rc = pl_shell_file_read(call->shell, pl_node_file(n), ret, err);
	return rc < 0 ? rc : pl_buf_check(ret, path, err);
}

static int write_file(struct pl_shell_call *call, const char *path, const struct pl_buf *text,
		      struct pl_err *err)
{
	int rc = pl_shell_file_write(call->shell, path, pl_buf_str(text), false, err);
	call->status = rc > 0 ? 0 : 1;
	return rc < 0 ? rc : 0;
}

/* One that names a catalog which is not there does not count. 1, 0. */
static int counts(struct pl_shell_call *call, const char *path, struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = 1 << 20};
	int rc = read_file(call, path, &text, err);
	struct pl_str rest = pl_buf_str(&text);
	for (bool comment = false; rc == 0 && rest.p && rest.n;) {
		struct pl_str line = pl_str_trim(pl_str_cut(&rest, '\n'));
		bool ends = pl_str_is(line, "--");
		if (comment || ends || !line.n) {
			comment = comment != ends;
			continue;
		}
		struct pl_str word = pl_str_cut(&line, ' ');
		if (!pl_str_is(word, "CATALOG") || !pl_str_starts(line, "/"))
			return pl_shell_unknown(call, err, path);
		PL_AUTOFREE char *other = pl_str_dup(line);
		const struct pl_node *n = pl_shell_node(call->shell, other, true);
		if (!n || n->type != PL_TAR_FILE)
			return 0;
	}
	return rc < 0 ? rc : 1;
}

static int update_super(struct pl_shell_call *call, struct pl_err *err)
{
	const struct pl_node *d = pl_shell_node(call->shell, "/etc/sgml", true);
	PL_AUTO(buf) text = {.max = 1 << 20};
	pl_buf_adds(&text, "--\n"
			   "## This file is created by update-catalog with update-super.\n"
			   "## Please see update-catalog(8) for how to modify this file.\n"
			   "--\n");
	for (uint32_t i = 0; d && i < d->n_children; i++) {
		struct pl_str name = d->children[i]->name;
		PL_AUTOFREE char *path = pl_xprintf("/etc/sgml/%s", name.p);
		if (*name.p == '.' || name.n < 5 || !pl_str_ends(name, ".cat"))
			continue;
		int rc = counts(call, path, err);
		if (rc < 0)
			return rc;
		if (rc > 0)
			pl_buf_addf(&text, "CATALOG %s\n", path);
	}
	PL_AUTO(buf) old = {.max = 1 << 20};
	bool is = pl_shell_node(call->shell, SUPER, true);
	int rc = is ? read_file(call, SUPER, &old, err) : 0;
	if (rc == 0 && is)
		rc = write_file(call, SUPER ".old", &old, err);
	return rc < 0 ? rc : write_file(call, SUPER, &text, err);
}

/* --add CENTRALISED ORDINARY: a new one begins with the template's text. */
static int add_entry(struct pl_shell_call *call, const char *catalog, const char *entry,
		     struct pl_err *err)
{
	PL_AUTO(buf) old = {.max = 1 << 20};
	PL_AUTO(buf) text = {.max = 1 << 20};
	bool is = pl_shell_node(call->shell, catalog, true);
	int rc = read_file(call, is ? catalog : TEMPLATE, &old, err);
	if (rc == 0 && is)
		return pl_shell_unknown(call, err, "a catalog that is there already");
	struct pl_str rest = pl_buf_str(&old);
	while (rc == 0 && rest.p && rest.n) {
		struct pl_str line = pl_str_cut(&rest, '\n');
		size_t at = 0;
		while (at + 7 <= line.n && memcmp(line.p + at, "CATALOG", 7) != 0)
			at++;
		if (at + 7 <= line.n)
			pl_buf_addf(&text, PL_STR_FMT "%s" PL_STR_FMT "\n", (int)at, line.p,
				    catalog, PL_STR_ARG(pl_str_sub(line, at + 7, line.n)));
		else
			pl_buf_addf(&text, PL_STR_FMT "\n", PL_STR_ARG(line));
	}
	pl_buf_addf(&text, "CATALOG %s\n", entry);
	return rc < 0 ? rc : write_file(call, catalog, &text, err);
}

int pl_deb_update_catalog(struct pl_shell_call *call, struct pl_err *err)
{
	bool quiet = call->argc > 1 && strcmp(call->argv[1], "--quiet") == 0;
	const char *const *v = (const char *const *)call->argv + quiet;
	int n = call->argc - quiet;
	if (!quiet) /* what it says is not told */
		return pl_shell_unknown(call, err, "without --quiet");
	if (n == 2 && strcmp(v[1], "--update-super") == 0)
		return update_super(call, err);
	if (n == 4 && strcmp(v[1], "--add") == 0 && strcmp(v[2], "--super") == 0) {
		pl_debian_trigger(pl_deb_world(call), "/etc/sgml");
		return 0;
	}
	if (n == 4 && strcmp(v[1], "--add") == 0)
		return add_entry(call, v[2], v[3], err);
	return pl_shell_unknown(call, err, n > 1 ? v[1] : "this use");
}
