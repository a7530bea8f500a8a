// SPDX-License-Identifier: Apache-2.0
/* dpkg-divert(1) and dpkg-statoverride(1). dpkg's databases are not written: what they do to files
 * is done, and what was said is remembered for the packages that come after. */
#include "debian/commands/commands_int.h"

#include "effects/edit.h"
#include "effects/owners.h"

#include <fnmatch.h>

static const char *path_of(const struct pl_shell_call *call, const char *path)
{
	PL_AUTO(buf) b = {0};
	pl_shell_path(call->shell, path, &b);
	return pl_arena_cstr(&pl_deb_world(call)->arena, pl_buf_str(&b));
}

static struct pl_debian_diversion *find_diversion(struct pl_debian_world *w, const char *path,
						  bool by_target)
{
	for (size_t i = 0; i < w->diversions.n; i++)
		if (strcmp(w->diversions.v[i].from, path) == 0 ||
		    (by_target && strcmp(w->diversions.v[i].to, path) == 0))
			return &w->diversions.v[i];
	return NULL;
}

struct divert {
	enum { ADD, REMOVE, LIST, TRUENAME, LISTPACKAGE } verb;
	bool rename, local;
	const char *package, *to;
	const char *operand;
};

static int divert_options(struct pl_shell_call *call, struct divert *d, struct pl_err *err)
{
	for (int i = 1; i < call->argc; i++) {
		const char *o = call->argv[i];
		if (strcmp(o, "--quiet") == 0 || strcmp(o, "--no-rename") == 0)
			continue;
		if (strcmp(o, "--add") == 0)
			d->verb = ADD;
		else if (strcmp(o, "--remove") == 0)
			d->verb = REMOVE;
		else if (strcmp(o, "--list") == 0)
			d->verb = LIST;
		else if (strcmp(o, "--truename") == 0)
			d->verb = TRUENAME;
		else if (strcmp(o, "--listpackage") == 0)
			d->verb = LISTPACKAGE;
		else if (strcmp(o, "--rename") == 0)
			d->rename = true;
		else if (strcmp(o, "--local") == 0)
			d->local = true;
		else if (strcmp(o, "--package") == 0 && i + 1 < call->argc)
			d->package = call->argv[++i];
		else if (strcmp(o, "--divert") == 0 && i + 1 < call->argc)
			d->to = call->argv[++i];
		else if (*o == '-' || d->operand)
			return pl_shell_unknown(call, err, o);
		else
			d->operand = o;
	}
	return 0;
}

static bool ships(const struct pl_debian_package *p, const char *path)
{
	for (size_t i = 0; p && i < p->paths.n; i++)
		if (strcmp(p->paths.v[i], path) == 0)
			return true;
	return false;
}

static int add_diversion(struct pl_shell_call *call, const struct divert *d, struct pl_err *err)
{
	struct pl_debian_world *w = pl_deb_world(call);
	const char *package =
		d->local     ? NULL
		: d->package ? pl_arena_cstr(&w->arena, pl_str_of(d->package))
			     : (w->current ? pl_arena_cstr(&w->arena, w->current->name) : NULL);
	const char *from = path_of(call, d->operand);
	const char *to =
		d->to ? path_of(call, d->to) : pl_arena_printf(&w->arena, "%s.distrib", from);
	const struct pl_debian_diversion *old = find_diversion(w, from, false);
	if (old && strcmp(old->to, to) == 0)
		return 0;
	if (old)
		return pl_shell_complain(call, 2, err, "'%s' clashes with another diversion", from);
	*pl_vec_push(&w->diversions) = (struct pl_debian_diversion){from, to, package};
	if (!d->rename || (package && ships(pl_debian_find(w, pl_str_of(package)), from)))
		return 0;
	return pl_edit_rename(w->tree, pl_str_of(from), pl_str_of(to), PL_EDIT_OPTIONAL, err);
}

static int remove_diversion(struct pl_shell_call *call, const struct divert *d, struct pl_err *err)
{
	struct pl_debian_world *w = pl_deb_world(call);
	struct pl_debian_diversion *old = find_diversion(w, path_of(call, d->operand), false);
	if (!old)
		return pl_deb_print(call, err, "No diversion '%s', none removed.\n", d->operand);
	struct pl_debian_diversion was = *old;
	*old = w->diversions.v[--w->diversions.n];
	return d->rename ? pl_edit_rename(w->tree, pl_str_of(was.to), pl_str_of(was.from),
					  PL_EDIT_OPTIONAL, err)
			 : 0;
}

static int list_diversions(struct pl_shell_call *call, const struct divert *d, struct pl_err *err)
{
	struct pl_debian_world *w = pl_deb_world(call);
	int rc = 0;
	for (size_t i = 0; i < w->diversions.n && rc == 0; i++) {
		const struct pl_debian_diversion *v = &w->diversions.v[i];
		PL_AUTOFREE char *from = pl_xprintf("/%s", v->from);
		PL_AUTOFREE char *to = pl_xprintf("/%s", v->to);
		if (d->operand && fnmatch(d->operand, from, 0) && fnmatch(d->operand, to, 0))
			continue;
		rc = v->package
			     ? pl_deb_print(call, err, "diversion of %s to %s by %s\n", from, to,
					    v->package)
			     : pl_deb_print(call, err, "local diversion of %s to %s\n", from, to);
	}
	return rc;
}

int pl_deb_dpkg_divert(struct pl_shell_call *call, struct pl_err *err)
{
	struct pl_debian_world *w = pl_deb_world(call);
	struct divert d = {.verb = ADD};
	int rc = divert_options(call, &d, err);
	if (rc < 0)
		return rc;
	if (d.verb == LIST)
		return list_diversions(call, &d, err);
	if (!d.operand)
		return pl_shell_complain(call, 2, err, "needs a single argument");
	if (d.verb == ADD)
		return add_diversion(call, &d, err);
	if (d.verb == REMOVE)
		return remove_diversion(call, &d, err);
	const struct pl_debian_diversion *v = find_diversion(w, path_of(call, d.operand), false);
	if (d.verb == LISTPACKAGE)
		return v ? pl_deb_print(call, err, "%s\n", v->package ? v->package : "LOCAL") : 0;
	return v ? pl_deb_print(call, err, "/%s\n", v->to)
		 : pl_deb_print(call, err, "%s\n", d.operand);
}

/* -- dpkg-statoverride -- */

static struct pl_debian_override *find_override(struct pl_debian_world *w, const char *path)
{
	for (size_t i = 0; i < w->overrides.n; i++)
		if (strcmp(w->overrides.v[i].path, path) == 0)
			return &w->overrides.v[i];
	return NULL;
}

static uint32_t mode_of(const char *text) { return (uint32_t)strtoul(text, NULL, 8) & 07777; }

static int apply_override(struct pl_debian_world *w, const struct pl_owners *owners,
			  const struct pl_debian_override *o, bool follow, struct pl_err *err)
{
	struct pl_node *n = pl_tree_resolve(w->tree, pl_str_of(o->path), follow);
	uint32_t uid, gid;
	if (!n)
		return 0;
	bool uid_said = *o->user == '#', gid_said = *o->group == '#';
	int rc = pl_owners_find(owners, uid_said ? PL_STR("root") : pl_str_of(o->user),
				gid_said ? PL_STR("root") : pl_str_of(o->group), &uid, &gid, err);
	if (rc < 0)
		return rc;
	n = pl_node_file(n);
	n->uid = uid_said ? (uint32_t)strtoul(o->user + 1, NULL, 10) : uid;
	n->gid = gid_said ? (uint32_t)strtoul(o->group + 1, NULL, 10) : gid;
	if (n->type != PL_TAR_SYMLINK)
		n->mode = mode_of(o->mode);
	return 0;
}

int pl_debian_overrides_apply(struct pl_debian_world *w, struct pl_err *err)
{
	struct pl_owners owners = {0};
	if (!w->overrides.n)
		return 0;
	int rc = pl_owners_load(&owners, w->tree, w->in, err);
	for (size_t i = 0; i < w->overrides.n && rc == 0; i++)
		rc = apply_override(w, &owners, &w->overrides.v[i], false, err);
	pl_owners_done(&owners);
	return rc < 0 ? rc : 0;
}

static int add_override(struct pl_shell_call *call, char *const *v, bool update, bool force,
			struct pl_err *err)
{
	struct pl_debian_world *w = pl_deb_world(call);
	const char *path = path_of(call, v[3]);
	struct pl_debian_override *o = find_override(w, path);
	struct pl_owners owners = {0};
	struct pl_err why = {0};
	if (o && !force)
		return pl_shell_complain(call, 2, err,
					 "an override for '%s' already exists; aborting", v[3]);
	struct pl_debian_override made = {path, pl_arena_cstr(&w->arena, pl_str_of(v[0])),
					  pl_arena_cstr(&w->arena, pl_str_of(v[1])),
					  pl_arena_cstr(&w->arena, pl_str_of(v[2]))};
	int rc = pl_owners_load(&owners, w->tree, w->in, err);
	/* --update changes what a link leads to (chown(2)); unpacking, the link. */
	if (rc == 0 && update && apply_override(w, &owners, &made, true, &why) < 0)
		rc = pl_shell_complain(call, 2, err, "%s", why.msg);
	pl_owners_done(&owners);
	if (rc == 0 && call->status == 0)
		*(o ? o : pl_vec_push(&w->overrides)) = made;
	return rc;
}

static int list_overrides(struct pl_shell_call *call, const char *pattern, struct pl_err *err)
{
	struct pl_debian_world *w = pl_deb_world(call);
	int rc = 0;
	call->status = 1;
	for (size_t i = 0; i < w->overrides.n && rc == 0; i++) {
		const struct pl_debian_override *o = &w->overrides.v[i];
		PL_AUTOFREE char *path = pl_xprintf("/%s", o->path);
		if (pattern && fnmatch(pattern, path, 0))
			continue;
		call->status = 0;
		rc = pl_deb_print(call, err, "%s %s %s %s\n", o->user, o->group, o->mode, path);
	}
	return rc;
}

int pl_deb_dpkg_statoverride(struct pl_shell_call *call, struct pl_err *err)
{
	struct pl_debian_world *w = pl_deb_world(call);
	bool update = false, force = false, quiet = false;
	char verb = 0;
	char **v = pl_arena_array(&w->arena, char *, (size_t)call->argc + 1);
	int n = 0;
	for (int i = 1; i < call->argc; i++) {
		char *o = call->argv[i];
		if (strcmp(o, "--update") == 0)
			update = true;
		else if (strncmp(o, "--force", 7) == 0)
			force = true;
		else if (strcmp(o, "--quiet") == 0)
			quiet = true;
		else if (strcmp(o, "--add") == 0 || strcmp(o, "--remove") == 0 ||
			 strcmp(o, "--list") == 0)
			verb = o[2];
		else if (*o == '-')
			return pl_shell_unknown(call, err, o);
		else
			v[n++] = o;
	}
	(void)quiet;
	if (verb == 'a' && n == 4)
		return add_override(call, v, update, force, err);
	if (verb == 'l') {
		int rc = n ? 0 : list_overrides(call, NULL, err);
		bool any = false;
		for (int i = 0; i < n && rc == 0; i++) {
			rc = list_overrides(call, v[i], err);
			any = any || call->status == 0;
		}
		call->status = any || (!n && !call->status) ? 0 : 1;
		return rc;
	}
	if (verb == 'r' && n == 1) {
		struct pl_debian_override *o = find_override(w, path_of(call, v[0]));
		if (!o) {
			call->status = force ? 0 : 2;
			return 0;
		}
		*o = w->overrides.v[--w->overrides.n];
		return 0;
	}
	return pl_shell_unknown(call, err, "this use");
}
