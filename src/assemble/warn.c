// SPDX-License-Identifier: Apache-2.0
#include "assemble/warn_int.h"
#include "base/num.h"

#include <assert.h>
#include <stdarg.h>

bool pl_warner_accepts(const struct pl_warner *w, const char *kind, const char *about,
		       const char *path)
{
	const struct pl_image *i = w->t->image;
	for (size_t k = 0; k < i->n_accepted; k++) {
		const struct pl_accepted *a = &i->accepted[k];
		if (strcmp(a->warning, kind) == 0 && (!a->about || strcmp(a->about, about) == 0 ||
						      (path && strcmp(a->about, path) == 0)))
			return true;
	}
	return false;
}

void pl_warn(struct pl_warner *w, const char *kind, const char *about, const char *fmt, ...)
{
	PL_AUTO(buf) text = {0};
	va_list ap;
	size_t k = 0;
	while (pl_warning_kinds[k] && strcmp(pl_warning_kinds[k], kind) != 0)
		k++;
	assert(pl_warning_kinds[k]); /* or nobody could acknowledge it */
	if (pl_warner_accepts(w, kind, about, NULL))
		return;
	va_start(ap, fmt);
	pl_buf_vaddf(&text, fmt, ap);
	va_end(ap);
	*pl_vec_push(&w->v) =
		(struct pl_warning){kind, about, pl_arena_cstr(w->a, pl_buf_str(&text))};
}

const char *pl_warner_mend(const struct pl_warner *w, const char *path)
{
	const char *package = w->format ? w->format->ships(path) : NULL;
	return package ? pl_arena_printf(w->a, "add %s to 'packages'", package)
		       : "add what brings it to 'packages' or 'files'";
}

static void warn_of_release(struct pl_warner *w)
{
	if (!w->t->base && !pl_tree_resolve(&w->t->tree, PL_STR("etc/os-release"), true) &&
	    !pl_tree_resolve(&w->t->tree, PL_STR("usr/lib/os-release"), true))
		pl_warn(w, "no-os-release", "/etc/os-release",
			"/etc/os-release is not in the image, so scanners cannot tell the "
			"distribution and find nothing: %s",
			pl_warner_mend(w, "/etc/os-release"));
}

/* `user:` by number runs, but nobody knows its name; by a name that is not there, nothing starts.
 */
static void warn_of_name(struct pl_warner *w, const struct pl_buf *text, const char *what,
			 const char *file, struct pl_str name)
{
	bool is_group = strcmp(what, "group") == 0;
	uint64_t id;
	const char *shown = pl_arena_cstr(w->a, name);
	if (pl_parse_u64(name, UINT32_MAX, &id)) {
		if (!is_group && !pl_account_line(pl_buf_str(text), 2, name).p)
			pl_warn(w, "no-passwd-line", shown,
				"user %s has no line in /etc/passwd, where programs look for its "
				"name and home (os.userInfo(), getpass.getuser() and "
				"user.Current() fail): write accounts: [{user: NAME, uid: %s}]",
				shown, shown);
	} else if (!pl_account_line(pl_buf_str(text), 0, name).p) {
		pl_warn(w, is_group ? "no-group" : "no-user", shown,
			"%s %s is not in the image's /%s, so no container starts: write accounts: "
			"[{%s: %s, %s: NUMBER}]",
			what, shown, file, what, shown, is_group ? "gid" : "uid");
	}
}

static int warn_of_user(struct pl_warner *w, struct pl_err *err)
{
	const struct pl_image *i = w->t->image;
	PL_AUTO(buf) passwd = {.max = (size_t)1 << 20}, group = {.max = (size_t)1 << 20};
	if (!i->user || (i->base && i->base->user && strcmp(i->base->user, i->user) == 0))
		return 0;
	int rc = pl_target_account_file(w->b, w->t, "etc/passwd", &passwd, err);
	if (rc == 0)
		rc = pl_target_account_file(w->b, w->t, "etc/group", &group, err);
	if (rc < 0)
		return rc == -PL_LIMIT ? 0 : rc; /* larger than such files are: who knows */
	struct pl_str rest = pl_str_of(i->user), user = pl_str_cut(&rest, ':');
	warn_of_name(w, &passwd, "user", "etc/passwd", user);
	if (rest.p)
		warn_of_name(w, &group, "group", "etc/group", rest);
	return 0;
}

static void find_own(struct pl_warner *w)
{
	const struct pl_target *t = w->t;
	w->is_own = pl_arena_array(w->a, bool, t->n_effective + 1);
	for (size_t i = 0, k = 0; i < t->n_effective; i++) {
		for (k = 0; k < t->n_packages && t->packages[k] != t->effective[i]; k++)
			;
		w->is_own[i] = k < t->n_packages;
	}
}

static void find_path(struct pl_warner *w)
{
	const struct pl_image *i = w->t->image;
	w->path = PL_DEFAULT_PATH;
	for (size_t k = 0; k < i->n_env; k++)
		if (strcmp(i->env[k].key, "PATH") == 0)
			w->path = i->env[k].value;
	for (struct pl_str rest = pl_str_of(w->path); rest.p;) {
		struct pl_str dir = pl_str_cut(&rest, ':');
		const struct pl_node *n = pl_tree_resolve(&w->t->tree, dir, true);
		if (dir.n && n && n->type == PL_TAR_DIR)
			*pl_vec_push(&w->dirs) = n;
	}
}

static void warner_done(struct pl_warner *w)
{
	pl_vec_free(&w->dirs);
	pl_vec_free(&w->judged);
	pl_vec_free(&w->lacks);
	pl_map_done(&w->libraries);
	pl_vec_free(&w->v);
}

int pl_target_warn(struct pl_builder *b, struct pl_target *t, struct pl_err *err)
{
	struct pl_warner w = {.b = b,
			      .t = t,
			      .a = &t->arena,
			      .format = pl_format_find(b->env, t->image->distro->ecosystem)};
	find_own(&w);
	find_path(&w);
	warn_of_release(&w);
	int rc = warn_of_user(&w, err);
	if (rc == 0)
		rc = pl_warn_commands(&w, err);
	if (rc == 0)
		rc = pl_warn_programs(&w, err);
	t->built.warnings = pl_arena_dup(&t->arena, w.v.v, w.v.n, sizeof(*w.v.v));
	t->built.n_warnings = w.v.n;
	warner_done(&w);
	return rc < 0 ? pl_ctx(err, "%s (%s)", t->image->id, t->platform->name) : 0;
}
