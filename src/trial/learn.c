// SPDX-License-Identifier: Apache-2.0
/* A recipe out of what a script did on a real machine: what is left different without it. */
#include "trial/trial_int.h"

#include "base/clock.h"

static const char *const machines[] = {"localhost", "elsewhere"};

/* A script that the recipe is to stand for. */
struct learnt_script {
	const char *name;
	struct pl_digest sha256;
};
struct learning {
	struct pl_trial *t;
	const char *package;
	const struct pl_lock_package *lock;
	PL_VEC(struct learnt_script) scripts;
	PL_VEC(const char *) left;
};

static int find_package(struct learning *l, struct pl_err *err)
{
	const struct pl_composed *c = l->t->composed;
	for (size_t i = 0; i < c->n_packages; i++)
		if (strcmp(c->packages[i]->name, l->package) == 0)
			l->lock = c->packages[i];
	if (l->lock)
		return 0;
	return pl_fail(err, PL_NOT_FOUND, "nothing that is installed is called %.80s", l->package);
}

static void want_script(struct learning *l, const char *name, const struct pl_digest *sha256)
{
	for (size_t i = 0; i < l->scripts.n; i++)
		if (strcmp(l->scripts.v[i].name, name) == 0)
			return;
	*pl_vec_push(&l->scripts) =
		(struct learnt_script){pl_arena_cstr(&l->t->arena, pl_str_of(name)), *sha256};
}

/* Those of the package that are refused. Nobody else's may be: what theirs would have done could
 * not be told from what the package's did. */
static int find_refused(struct learning *l, struct pl_err *err)
{
	const struct pl_composed *c = l->t->composed;
	for (size_t i = 0; i < c->n_notes; i++) {
		const struct pl_script_note *n = &c->notes[i];
		if (n->verdict != PL_SCRIPT_UNKNOWN)
			continue;
		if (strcmp(n->package->name, l->package) != 0)
			return pl_fail(err, PL_SCRIPTS,
				       "%s.%s is refused as well: begin with plimsoll recipe learn "
				       "%s --write",
				       n->package->name, n->script, n->package->name);
		want_script(l, n->script, &n->sha256);
	}
	return 0;
}

/* Nothing is refused, and still the trees differ: postinst is what does most. */
static int want_postinst(struct learning *l, struct pl_err *err)
{
	for (size_t i = 0; i < l->lock->n_scripts; i++)
		if (strcmp(l->lock->scripts[i].name, "postinst") == 0) {
			want_script(l, "postinst", &l->lock->scripts[i].sha256);
			return 0;
		}
	return pl_fail(err, PL_FAILURE,
		       "the trees differ, but %s has no postinst: what makes the difference is "
		       "another package; see plimsoll recipe check %s",
		       l->package, l->package);
}

static int compose_without(struct learning *l, struct pl_err *err)
{
	struct pl_image *i = &l->t->image;
	struct pl_ack *acks =
		pl_arena_array(&l->t->arena, struct pl_ack, i->n_acks + l->scripts.n + 1);
	for (size_t k = 0; k < i->n_acks; k++)
		acks[k] = i->acks[k];
	for (size_t k = 0; k < l->scripts.n; k++)
		acks[i->n_acks + k] = (struct pl_ack){l->package, l->scripts.v[k].name,
						      l->scripts.v[k].sha256, "being learnt"};
	const struct pl_image former = *i;
	i->acks = acks;
	i->n_acks += l->scripts.n;
	int rc = pl_trial_compose(l->t, err);
	i->acks = former.acks;
	i->n_acks = former.n_acks;
	return rc;
}

/* Does a text name the day? The machines have the same clock. */
static bool names_today(const struct learning *l, const struct pl_node *n)
{
	char today[PL_TIME_TEXT], dashed[PL_TIME_TEXT];
	const int64_t now = pl_env_now(l->t->env);
	pl_time_ymd(now, today);
	pl_time_rfc3339(now, dashed);
	dashed[strlen("2026-11-21")] = '\0';
	return n->body == PL_BODY_BYTES && n->bytes.n &&
	       (memmem(n->bytes.p, n->bytes.n, today, strlen(today)) ||
		memmem(n->bytes.p, n->bytes.n, dashed, strlen(dashed)));
}

/* The same on both machines? */
static bool is_stable(const struct learning *l, const struct pl_difference *d,
		      const struct pl_tree *second)
{
	const struct pl_node *there = pl_tree_get(second, pl_str_of(d->path));
	if (!d->installed || !there)
		return !d->installed && !there;
	const struct pl_node *a = pl_node_file(d->installed), *b = pl_node_file(there);
	return !names_today(l, a) && a->type == b->type && a->mode == b->mode &&
	       a->size == b->size &&
	       (a->type != PL_TAR_FILE || pl_digest_eq(&a->sha256, &b->sha256)) &&
	       (a->type != PL_TAR_SYMLINK || pl_str_eq(a->link, b->link));
}

static bool is_left(const struct learning *l, const char *path)
{
	for (size_t i = 0; i < l->left.n; i++)
		if (strcmp(l->left.v[i], path) == 0)
			return true;
	return false;
}

/* What is below a directory that is left. */
static bool is_below_left(const struct learning *l, const char *path)
{
	for (size_t i = 0; i < l->left.n; i++) {
		size_t n = strlen(l->left.v[i]);
		if (strncmp(path, l->left.v[i], n) == 0 && path[n] == '/')
			return true;
	}
	return false;
}

static bool is_account(const char *path)
{
	static const char *const files[] = {"etc/passwd", "etc/group", "etc/shadow", "etc/gshadow"};
	for (size_t i = 0; i < PL_COUNT(files); i++)
		if (strcmp(path, files[i]) == 0)
			return true;
	return false;
}

static int write_commands(struct learning *l, const struct pl_comparison *c,
			  const struct pl_tree *first, const struct pl_tree *second,
			  struct pl_learning *to, struct pl_err *err)
{
	struct pl_str passwd, group;
	int rc = pl_trial_text(l->t, first, "etc/passwd", &to->passwd, err);
	if (rc == 0)
		rc = pl_trial_text(l->t, first, "etc/group", &to->group, err);
	if (rc == 0)
		rc = pl_trial_text(l->t, NULL, "etc/passwd", &passwd, err);
	if (rc == 0)
		rc = pl_trial_text(l->t, NULL, "etc/group", &group, err);
	if (rc == 0)
		pl_learn_accounts(to, passwd, group);
	for (size_t i = 0; i < c->n && rc == 0; i++) {
		const struct pl_difference *d = &c->v[i];
		if (d->reason || is_account(d->path) || is_below_left(l, d->path))
			continue;
		if (!is_stable(l, d, second))
			*pl_vec_push(&l->left) = d->path;
		else
			rc = pl_learn_path(to, d, err);
	}
	return rc;
}

static const char *write_recipe(const struct learning *l, const struct pl_learning *from)
{
	PL_AUTO(buf) out = {0};
	char hex[PL_DIGEST_TEXT];
	for (size_t i = 0; i < l->left.n; i++)
		pl_buf_addf(&out, "# left to the first start, another each time: /%s\n",
			    l->left.v[i]);
	pl_buf_addf(&out, "package %s\n", l->package);
	for (size_t i = 0; i < l->scripts.n; i++) {
		/* The last of them has it all: it is postinst, where that is refused. */
		bool has_all = i + 1 == l->scripts.n;
		pl_buf_addf(&out, "script %s \"learnt from a real installation of %s\" %s\n",
			    l->scripts.v[i].name, l->lock->version,
			    pl_digest_hex(&l->scripts.v[i].sha256, hex));
		if (has_all) {
			pl_buf_adds(&out,
				    "[ \"$1\" = configure ] || [ \"$1\" = install ] || exit 0\n");
			pl_buf_addstr(&out, pl_buf_str(&from->commands));
		}
		pl_buf_adds(&out, "end\n");
	}
	return pl_arena_cstr(&l->t->arena, pl_buf_str(&out));
}

/* With the recipe, as if it were the fleet's: do the trees equal? */
static int try_recipe(struct learning *l, const char *text, const struct pl_tree *installed,
		      struct pl_err *err)
{
	struct pl_fleet *f = &l->t->fleet;
	const struct pl_fleet former = *f;
	struct pl_comparison c = {0};
	f->recipes = pl_arena_array(&l->t->arena, struct pl_recipe_file, former.n_recipes + 1);
	f->recipes[0] = (struct pl_recipe_file){"the learnt recipe", pl_str_of(text)};
	for (size_t i = 0; i < former.n_recipes; i++)
		f->recipes[i + 1] = former.recipes[i];
	f->n_recipes = former.n_recipes + 1;
	int rc = pl_trial_compose(l->t, err);
	if (rc == 0)
		rc = pl_trial_compare_with(l->t, installed, &c, err);
	f->recipes = former.recipes;
	f->n_recipes = former.n_recipes;
	for (size_t i = 0; rc == 0 && i < l->t->composed->n_notes; i++) {
		const struct pl_script_note *n = &l->t->composed->notes[i];
		if (n->verdict == PL_SCRIPT_UNKNOWN)
			rc = pl_fail(err, PL_FAILURE, "with the recipe %s.%s is refused still: %s",
				     n->package->name, n->script, n->why);
	}
	for (size_t i = 0; rc == 0 && i < c.n; i++)
		if (!c.v[i].reason && !is_left(l, c.v[i].path) && !is_below_left(l, c.v[i].path))
			rc = pl_fail(err, PL_FAILURE, "with the recipe /%s differs still: %s",
				     c.v[i].path, c.v[i].text);
	return rc;
}

static int learn_scripts(struct learning *l, const struct pl_tree *first, struct pl_learnt *ret,
			 struct pl_err *err)
{
	struct pl_tree second;
	struct pl_comparison c;
	struct pl_learning to = {.a = &l->t->arena};
	int rc = compose_without(l, err);
	if (rc == 0)
		rc = pl_trial_install(l->t, machines[1], &second, err);
	if (rc < 0)
		return rc;
	rc = pl_trial_compare_with(l->t, first, &c, err);
	if (rc == 0)
		rc = write_commands(l, &c, first, &second, &to, err);
	pl_tree_done(&second);
	if (rc == 0)
		ret->text = write_recipe(l, &to);
	pl_buf_done(&to.commands);
	if (rc == 0)
		rc = try_recipe(l, ret->text, first, err);
	*pl_vec_push(&l->left) = NULL;
	ret->left = pl_arena_dup(&l->t->arena, l->left.v, l->left.n, sizeof(*l->left.v));
	return rc;
}

/* Bytes of files are kept where they differ from ours: without the scripts, now. */
static int install_again(struct learning *l, struct pl_tree *first, struct pl_err *err)
{
	struct pl_tree again;
	int rc = compose_without(l, err);
	if (rc == 0)
		rc = pl_trial_install(l->t, machines[0], &again, err);
	if (rc < 0)
		return rc;
	pl_tree_done(first);
	*first = again;
	return 0;
}

int pl_trial_learn(struct pl_trial *t, const char *package, struct pl_learnt *ret,
		   struct pl_err *err)
{
	struct learning l = {.t = t, .package = package};
	struct pl_tree first;
	struct pl_comparison c;
	*ret = (struct pl_learnt){0};
	int rc = find_package(&l, err);
	if (rc == 0)
		rc = find_refused(&l, err);
	if (rc == 0 && l.scripts.n)
		rc = compose_without(&l, err);
	if (rc == 0)
		rc = pl_trial_install(t, machines[0], &first, err);
	if (rc < 0) {
		pl_vec_free(&l.scripts);
		return rc;
	}
	if (!l.scripts.n) {
		rc = pl_trial_compare_with(t, &first, &c, err);
		if (rc == 0 && !c.n_unexplained)
			ret->why_none = "its scripts are interpreted, and the trees are equal";
		else if (rc == 0)
			rc = want_postinst(&l, err);
		if (rc == 0 && !ret->why_none)
			rc = install_again(&l, &first, err);
	}
	if (rc == 0 && !ret->why_none)
		rc = learn_scripts(&l, &first, ret, err);
	pl_tree_done(&first);
	pl_vec_free(&l.scripts);
	pl_vec_free(&l.left);
	return rc;
}
