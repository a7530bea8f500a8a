// SPDX-License-Identifier: Apache-2.0
/* a2enmod(8) and its like, a2query(1), for /etc/apache2 as it is shipped: links in the -enabled
 * directories, and a marker that says who enabled what. */
#include "debian/commands/commands_int.h"

#include "effects/edit.h"

#define DEPTH 20

struct apache {
	struct pl_shell_call *call;
	struct pl_debian_world *w;
	bool enable, maint;
	const char *object, *dir, *suffix; /* "module", "mods", ".load" */
};

static const struct pl_node *find_file(const struct apache *a, const char *which, const char *name,
				       const char *suffix)
{
	PL_AUTOFREE char *path = pl_xprintf("etc/apache2/%s-%s/%s%s", a->dir, which, name, suffix);
	return pl_tree_get(a->w->tree, pl_str_of(path));
}

static int enable_file(const struct apache *a, const char *name, const char *suffix,
		       struct pl_err *err)
{
	PL_AUTOFREE char *path = pl_xprintf("etc/apache2/%s-enabled/%s%s", a->dir, name, suffix);
	PL_AUTOFREE char *target = pl_xprintf("../%s-available/%s%s", a->dir, name, suffix);
	return pl_edit_link(a->w->tree, a->w->in, pl_str_of(path), pl_str_of(target), PL_EDIT_KEEP,
			    err);
}

static int mark(const struct apache *a, const char *name, struct pl_err *err)
{
	static const char *const states[] = {"enabled_by_maint", "enabled_by_admin",
					     "disabled_by_maint", "disabled_by_admin"};
	const char *mine = states[(a->enable ? 0 : 2) + (a->maint ? 0 : 1)];
	for (size_t i = 0; i < PL_COUNT(states); i++) {
		PL_AUTOFREE char *path =
			pl_xprintf("var/lib/apache2/%s/%s/%s", a->object, states[i], name);
		pl_edit_remove(a->w->tree, pl_str_of(path));
	}
	PL_AUTOFREE char *path = pl_xprintf("var/lib/apache2/%s/%s/%s", a->object, mine, name);
	return pl_tree_file(a->w->tree, pl_str_of(path), PL_STR(""), 0644, 0, 0, a->w->in->epoch,
			    NULL, err);
}

/* The names of "# Depends: a b" in a module's file; the caller's. */
static int read_header(const struct apache *a, const char *name, const char *header,
		       struct pl_buf *ret, struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = 1 << 20};
	PL_AUTOFREE char *begin = pl_xprintf("# %s:", header);
	const struct pl_node *n = find_file(a, "available", name, a->suffix);
	int rc = n ? pl_shell_file_read(a->call->shell, n, &text, err) : 0;
	struct pl_str rest = pl_buf_str(&text);
	while (rc == 0 && rest.p && rest.n) {
		struct pl_str line = pl_str_cut(&rest, '\n');
		if (!pl_str_starts(line, begin))
			continue;
		pl_buf_addstr(ret, pl_str_trim(pl_str_sub(line, strlen(begin), line.n)));
		return 0;
	}
	return rc;
}

static int enable(struct apache *a, const char *name, unsigned depth, struct pl_err *err);

/* 1: all are there; 0: not, and the command's status says so. */
static int meet_header(struct apache *a, const char *name, const char *header, unsigned depth,
		       struct pl_err *err)
{
	PL_AUTO(buf) names = {.max = 1 << 16};
	bool conflicts = strcmp(header, "Conflicts") == 0;
	int rc = read_header(a, name, header, &names, err);
	struct pl_str rest = pl_buf_str(&names);
	while (rc == 0 && rest.p && rest.n) {
		struct pl_str one = pl_str_cut(&rest, ' ');
		PL_AUTOFREE char *other = pl_str_dup(one);
		if (!one.n)
			continue;
		bool is = find_file(a, "enabled", other, a->suffix);
		if (conflicts && is)
			return pl_shell_complain(a->call, 1, err, "Module %s conflicts with %s",
						 name, other);
		if (!conflicts && !is && depth > 0)
			rc = enable(a, other, depth - 1, err);
	}
	return rc < 0 ? rc : a->call->status == 0;
}

static int enable(struct apache *a, const char *name, unsigned depth, struct pl_err *err)
{
	bool module = strcmp(a->object, "module") == 0;
	if (module && strcmp(name, "cgi") == 0 && !find_file(a, "enabled", "mpm_prefork", ".load"))
		name = "cgid";
	if (!find_file(a, "available", name, a->suffix))
		return pl_shell_complain(a->call, 1, err, "%s %s does not exist!", a->object, name);
	int rc = module ? meet_header(a, name, "Depends", depth, err) : 1;
	if (rc > 0 && module)
		rc = meet_header(a, name, "Conflicts", depth, err);
	if (rc <= 0)
		return rc;
	bool was = find_file(a, "enabled", name, a->suffix);
	rc = 0;
	if (module && find_file(a, "available", name, ".conf"))
		rc = enable_file(a, name, ".conf", err);
	if (rc == 0 && !was)
		rc = enable_file(a, name, a->suffix, err);
	return rc < 0 || was ? rc : mark(a, name, err);
}

static int disable(struct apache *a, const char *name, struct pl_err *err)
{
	static const char *const suffixes[] = {".load", ".conf"};
	if (!find_file(a, "available", name, a->suffix))
		return pl_shell_complain(a->call, 1, err, "%s %s does not exist!", a->object, name);
	if (!find_file(a, "enabled", name, a->suffix))
		return 0;
	for (size_t i = 0; i < PL_COUNT(suffixes); i++) {
		PL_AUTOFREE char *path =
			pl_xprintf("etc/apache2/%s-enabled/%s%s", a->dir, name, suffixes[i]);
		pl_edit_remove(a->w->tree, pl_str_of(path));
	}
	return mark(a, name, err);
}

int pl_deb_a2enmod(struct pl_shell_call *call, struct pl_err *err)
{
	const char *slash = strrchr(call->argv[0], '/');
	const char *name = slash ? slash + 1 : call->argv[0];
	struct apache a = {.call = call, .w = pl_deb_world(call)};
	a.enable = strncmp(name, "a2en", 4) == 0;
	const char *kind = name + (a.enable ? 4 : 5);
	a.object = strcmp(kind, "mod") == 0 ? "module" : kind;
	a.dir = strcmp(kind, "mod") == 0 ? "mods" : strcmp(kind, "site") == 0 ? "sites" : "conf";
	a.suffix = strcmp(kind, "mod") == 0 ? ".load" : ".conf";
	int rc = 0;
	for (int i = 1; i < call->argc && rc == 0; i++) {
		const char *o = call->argv[i];
		if (*o == '-') {
			if (o[1 + strspn(o + 1, "mqf")] && strcmp(o, "--quiet") != 0 &&
			    strcmp(o, "--maintmode") != 0 && strcmp(o, "--force") != 0)
				return pl_shell_unknown(call, err, o);
			a.maint = a.maint || strcmp(o, "--maintmode") == 0 ||
				  (o[1] != '-' && strchr(o, 'm'));
			continue;
		}
		if (strpbrk(o, "*?["))
			return pl_shell_unknown(call, err, "a pattern");
		struct pl_str bare = pl_str_of(o);
		if (pl_str_ends(bare, a.suffix))
			bare.n -= strlen(a.suffix);
		PL_AUTOFREE char *one = pl_str_dup(bare);
		rc = a.enable ? enable(&a, one, DEPTH, err) : disable(&a, one, err);
	}
	return rc;
}

/* 0: enabled; 32: disabled by the administrator; 1: not known. */
int pl_deb_a2query(struct pl_shell_call *call, struct pl_err *err)
{
	struct apache a = {.call = call, .w = pl_deb_world(call)};
	const char *o = call->argc > 1 ? call->argv[1] : "";
	if (call->argc == 2 && strcmp(o, "-M") == 0) {
		static const char *const mpms[] = {"event", "worker", "prefork"};
		a.dir = "mods";
		for (size_t i = 0; i < PL_COUNT(mpms); i++) {
			PL_AUTOFREE char *name = pl_xprintf("mpm_%s", mpms[i]);
			if (find_file(&a, "enabled", name, ".load"))
				return pl_deb_print(call, err, "%s\n", mpms[i]);
		}
		call->status = 1;
		return 0;
	}
	a.dir = strcmp(o, "-m") == 0   ? "mods"
		: strcmp(o, "-s") == 0 ? "sites"
		: strcmp(o, "-c") == 0 ? "conf"
				       : NULL;
	if (!a.dir || call->argc != 3)
		return pl_shell_unknown(call, err, "this use");
	bool is = find_file(&a, "enabled", call->argv[2],
			    strcmp(a.dir, "mods") == 0 ? ".load" : ".conf");
	call->status = is ? 0 : 1;
	return is ? pl_deb_print(call, err, "%s (enabled by maintainer script)\n", call->argv[2])
		  : pl_shell_complain(call, 1, err, "No %s matches %s", a.dir, call->argv[2]);
}
