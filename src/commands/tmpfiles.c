// SPDX-License-Identifier: Apache-2.0
/* systemd-tmpfiles --create: what effects/tmpfiles.h makes of its files (/run and what leads there
 * is a tmpfs when a container starts). */
#include "commands/commands_int.h"

#include "effects/tmpfiles.h"

static const char *const directories[] = {"/etc/tmpfiles.d", "/run/tmpfiles.d",
					  "/usr/local/lib/tmpfiles.d", "/usr/lib/tmpfiles.d"};

static int apply(struct pl_shell_call *call, const char *path, const char *prefix,
		 struct pl_err *err)
{
	PL_AUTO(buf) at = {.max = 1 << 13};
	pl_shell_path(call->shell, path, &at);
	int rc = pl_buf_check(&at, path, err);
	if (rc >= 0)
		rc = pl_tmpfiles_apply(call->world->tree, pl_cmd_in(call), pl_buf_str(&at), prefix,
				       err);
	if (rc > 0)
		call->status = 65; /* EX_DATAERR: a line whose owner is unknown */
	return rc < 0 ? pl_ctx(err, "%s: line %u: %s", call->script, call->line, call->argv[0]) : 0;
}

/* A file that is named: below the directories where it has no slash. */
static int apply_named(struct pl_shell_call *call, const char *name, const char *prefix,
		       struct pl_err *err)
{
	for (size_t i = 0; i < PL_COUNT(directories) && !strchr(name, '/'); i++) {
		PL_AUTOFREE char *path = pl_cmd_join(directories[i], name);
		if (pl_cmd_node(call, path, true))
			return apply(call, path, prefix, err);
	}
	if (strchr(name, '/') && pl_cmd_node(call, name, true))
		return apply(call, name, prefix, err);
	call->status = 1;
	PL_AUTOFREE char *text =
		pl_xprintf("Failed to open '%s', ignoring: No such file or directory\n", name);
	return pl_shell_write(call->shell, 2, pl_str_of(text), err);
}

/* All files by their names; of one name the first directory's. */
static int apply_all(struct pl_shell_call *call, const char *prefix, struct pl_err *err)
{
	PL_VEC(struct pl_str) names = {0};
	int rc = 0;
	for (size_t i = 0; i < PL_COUNT(directories); i++) {
		const struct pl_node *d = pl_cmd_node(call, directories[i], true);
		for (uint32_t k = 0; d && k < d->n_children; k++)
			if (pl_str_ends(d->children[k]->name, ".conf"))
				*pl_vec_push(&names) = d->children[k]->name;
	}
	if (names.n)
		qsort(names.v, names.n, sizeof(*names.v), pl_str_qsort);
	for (size_t i = 0; i < names.n && rc >= 0; i++) {
		PL_AUTOFREE char *name = pl_str_dup(names.v[i]);
		if (i == 0 || !pl_str_eq(names.v[i], names.v[i - 1]))
			rc = apply_named(call, name, prefix, err);
	}
	pl_vec_free(&names);
	return rc;
}

int pl_cmd_systemd_tmpfiles(struct pl_shell_call *call, struct pl_err *err)
{
	enum { OPT_CREATE = 256, OPT_PREFIX, OPT_REMOVE, OPT_GRACEFUL, OPT_ROOT };
	static const struct pl_cmd_option options[] = {{OPT_CREATE, "create", 0},
						       {OPT_PREFIX, "prefix", PL_CMD_VALUE},
						       {OPT_REMOVE, "remove", 0},
						       {OPT_GRACEFUL, "graceful", 0},
						       {'E', NULL, 0},
						       {OPT_ROOT, "root", PL_CMD_VALUE},
						       {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	const char *prefix = NULL;
	bool creates = false, other = false;
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		creates = creates || a.letter == OPT_CREATE;
		other = other || a.letter == OPT_REMOVE || (prefix && a.letter == OPT_PREFIX) ||
			(a.letter == OPT_ROOT && *a.value && strcmp(a.value, "/") != 0);
		prefix = a.letter == OPT_PREFIX ? a.value : prefix;
	}
	if (rc == 0 && (!creates || other))
		rc = pl_shell_unknown(call, err, "other than --create, in this root");
	else if (rc == 0 && !a.n)
		rc = apply_all(call, prefix, err);
	for (int i = 0; i < a.n && rc == 0; i++)
		rc = apply_named(call, a.operands[i], prefix, err);
	pl_cmd_args_done(&a);
	return rc;
}
