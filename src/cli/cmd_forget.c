// SPDX-License-Identifier: Apache-2.0
/* Taking names of images out of the inventory and of the store. What they mean stays in registries.
 */
#include "base/map.h"
#include "base/num.h"
#include "cli/cli_int.h"
#include "oci/repository.h"

#include <fnmatch.h>

#define KEEP_MAX 100000
#define DAYS_MAX 36500
#define DAY 86400

static const struct pl_option options[] = {
	{"apply", 0, NULL, "do it (default: print the plan, status 4)",
	 offsetof(struct pl_args, apply), NULL},
	{"force", 0, NULL, "also images that others are based on", offsetof(struct pl_args, force),
	 NULL},
	{"keep", 0, "N", "only immutable tags, but each image's N newest",
	 offsetof(struct pl_args, keep), NULL},
	{"older-than", 0, "DAYS", "only names that have meant the same for that long",
	 offsetof(struct pl_args, older_than), NULL},
};

/* A name that is known to the store or the inventory. */
struct known_name {
	const char *name;   /* whole */
	const char *stored; /* as index.json has it; NULL: not there */
	const char *image;  /* that it is an immutable tag of */
	bool registered, wanted;
	int64_t since;         /* registered ones */
	const char **children; /* registered images on it that stay; NULL-terminated */
};
struct forgetting {
	struct pl_cli *c;
	struct pl_fleet *fleet;
	struct pl_store *store;
	struct pl_repo *layout;
	struct pl_registrar to;
	PL_VEC(struct known_name) all;
	struct pl_map by_name; /* number in all, + 1 */
	uint64_t keep, days;
	struct known_name **wanted; /* sorted by name */
	size_t n_wanted, n_blocked;
};

static void forgetting_done(struct forgetting *f)
{
	pl_map_done(&f->by_name);
	pl_vec_free(&f->all);
	pl_registrar_done(&f->to);
	pl_repo_free(f->layout);
	pl_store_free(f->store);
	pl_fleet_free(f->fleet);
}

static struct known_name *find_name(const struct forgetting *f, const char *name)
{
	size_t at = (size_t)(uintptr_t)pl_map_get(&f->by_name, pl_str_of(name));
	return at ? &f->all.v[at - 1] : NULL;
}

static struct known_name *add_name(struct forgetting *f, const char *name)
{
	struct known_name *x = find_name(f, name);
	if (x)
		return x;
	x = pl_vec_push(&f->all);
	x->name = name;
	pl_map_put(&f->by_name, pl_str_of(name), (void *)(uintptr_t)f->all.n);
	return x;
}

static int read_options(struct forgetting *f, struct pl_err *err)
{
	const struct pl_args *a = &f->c->args;
	if (a->keep && !pl_parse_u64(pl_str_of(a->keep), KEEP_MAX, &f->keep))
		return pl_fail(err, PL_USAGE, "--keep %.40s: give a number from 0 to %d", a->keep,
			       KEEP_MAX);
	if (a->older_than && !pl_parse_u64(pl_str_of(a->older_than), DAYS_MAX, &f->days))
		return pl_fail(err, PL_USAGE, "--older-than %.40s: give days, from 0 to %d",
			       a->older_than, DAYS_MAX);
	return 0;
}

static int open_places(struct forgetting *f, struct pl_err *err)
{
	struct pl_cli *c = f->c;
	int rc = pl_cli_fleet_here(c, &f->fleet, err);
	if (rc == 0)
		rc = pl_store_open(&c->env, c->args.store, &f->store, err);
	if (rc == 0)
		rc = pl_layout_open(&c->env, pl_store_dir(f->store), false, &f->layout, err);
	return rc < 0 ? rc : pl_cli_registrar(c, f->fleet, &f->to, err);
}

static int read_names(struct forgetting *f, struct pl_err *err)
{
	const char **stored;
	struct pl_inv_name *registered;
	size_t n;
	int rc = pl_repo_tags(f->layout, &f->c->arena, &stored, &n, err);
	for (size_t i = 0; rc == 0 && i < n; i++)
		add_name(f, pl_cli_name_whole(f->c, stored[i]))->stored = stored[i];
	if (rc < 0 || !f->to.inv)
		return rc;
	rc = pl_inv_names(f->to.inv, &f->c->arena, &registered, &n, err);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct known_name *x = add_name(f, registered[i].name);
		x->registered = true;
		x->image = registered[i].image;
		x->since = registered[i].since;
	}
	return rc;
}

static bool is_pattern(const char *typed) { return strpbrk(typed, "*?[") != NULL; }

static size_t want_pattern(struct forgetting *f, const char *typed)
{
	size_t n = 0;
	for (size_t i = 0; i < f->all.n; i++) {
		struct known_name *x = &f->all.v[i];
		if (fnmatch(typed, x->name, 0) == 0 ||
		    fnmatch(typed, pl_cli_name_shown(f->c, x->name), 0) == 0) {
			x->wanted = true;
			n++;
		}
	}
	return n;
}

/* A server lists no names to us, so what is not in the store may be there. */
static size_t want_names(struct forgetting *f, const char *typed)
{
	struct pl_cli_names meant;
	size_t n = 0;
	pl_cli_names_meant(f->c, f->fleet, typed, &meant);
	for (size_t i = 0; i < meant.n; i++)
		if (f->to.url || pl_map_has(&f->by_name, pl_str_of(meant.v[i]))) {
			add_name(f, meant.v[i])->wanted = true;
			n++;
		}
	return n;
}

static int want_operands(struct forgetting *f, struct pl_err *err)
{
	const struct pl_args *a = &f->c->args;
	for (size_t i = 0; i < a->n_operands; i++) {
		const char *typed = a->operands[i];
		if (f->to.url && (is_pattern(typed) || a->keep || a->older_than))
			return pl_fail(err, PL_INPUT,
				       "patterns, --keep and --older-than need the inventory's "
				       "database, not its server %s: run it there, or give names",
				       f->to.url);
		if ((is_pattern(typed) ? want_pattern(f, typed) : want_names(f, typed)) == 0)
			return pl_fail(err, PL_NOT_FOUND,
				       "%.200s: neither the inventory nor the store %s knows such "
				       "an image",
				       typed, pl_store_dir(f->store));
	}
	return 0;
}

/* How many tags of the same image are newer? */
static size_t newer_than(const struct forgetting *f, const struct known_name *x)
{
	size_t n = 0;
	for (size_t i = 0; i < f->all.n; i++) {
		const struct known_name *y = &f->all.v[i];
		if (y->image && strcmp(y->image, x->image) == 0 &&
		    (y->since > x->since || (y->since == x->since && strcmp(y->name, x->name) > 0)))
			n++;
	}
	return n;
}

/* An image's immutable tags go with it. */
static void want_tags(struct forgetting *f)
{
	for (size_t i = 0; i < f->all.n; i++) {
		struct known_name *x = &f->all.v[i];
		const struct known_name *image = x->image ? find_name(f, x->image) : NULL;
		x->wanted = x->wanted || (image && image->wanted);
	}
}

static void narrow(struct forgetting *f)
{
	const struct pl_args *a = &f->c->args;
	int64_t before = pl_env_now(&f->c->env) - (int64_t)f->days * DAY;
	for (size_t i = 0; i < f->all.n; i++) {
		struct known_name *x = &f->all.v[i];
		if (a->keep && (!x->image || newer_than(f, x) < f->keep))
			x->wanted = false;
		if (a->older_than && (!x->registered || x->since > before))
			x->wanted = false;
	}
}

static int by_whole_name(const void *a, const void *b)
{
	return strcmp((*(struct known_name *const *)a)->name,
		      (*(struct known_name *const *)b)->name);
}

static void list_wanted(struct forgetting *f)
{
	f->wanted = pl_arena_array(&f->c->arena, struct known_name *, f->all.n + 1);
	for (size_t i = 0; i < f->all.n; i++) {
		if (f->all.v[i].wanted)
			f->wanted[f->n_wanted++] = &f->all.v[i];
	}
	qsort(f->wanted, f->n_wanted, sizeof(struct known_name *), by_whole_name);
}

static int find_children(struct forgetting *f, struct known_name *x, struct pl_err *err)
{
	struct pl_inv_images v = {0};
	size_t n = 0;
	int rc = pl_inv_children(f->to.inv, &f->c->arena, pl_str_of(x->name), false, &v, err);
	if (rc < 0)
		return rc;
	x->children = pl_arena_array(&f->c->arena, const char *, v.n + 1);
	for (size_t i = 0; i < v.n; i++) {
		const struct known_name *child = find_name(f, v.v[i].name);
		if (!child || !child->wanted)
			x->children[n++] = v.v[i].name;
	}
	f->n_blocked += n > 0;
	return 0;
}

static int find_all_children(struct forgetting *f, struct pl_err *err)
{
	int rc = 0;
	for (size_t i = 0; f->to.inv && rc == 0 && i < f->n_wanted; i++)
		if (f->wanted[i]->registered && !f->wanted[i]->image)
			rc = find_children(f, f->wanted[i], err);
	return rc;
}

static void print_text(struct forgetting *f, bool done)
{
	struct pl_cli *c = f->c;
	static const enum pl_column kinds[] = {PL_COLUMN_NAME, PL_COLUMN_WHOLE, PL_COLUMN_TEXT};
	struct pl_table t = {.a = &c->arena, .columns = 3, .kinds = kinds};
	for (size_t i = 0; i < f->n_wanted; i++) {
		const struct known_name *x = f->wanted[i];
		PL_AUTO(buf) on_it = {0};
		for (const char **k = x->children; k && *k; k++)
			pl_buf_addf(&on_it, "%s%s", k == x->children ? "based on it: " : ", ",
				    pl_cli_name_shown(c, *k));
		pl_table_add(&t, pl_cli_name_shown(c, x->name));
		pl_table_addf(&t, "%s%s%s", x->stored ? "store" : "",
			      x->stored && (x->registered || f->to.url) ? ", " : "",
			      x->registered ? "inventory"
			      : f->to.url   ? "inventory?"
					    : "");
		pl_table_add(&t, on_it.n ? on_it.p : x->image ? "immutable tag" : "");
	}
	pl_table_print(&t, c);
	pl_buf_addf(&c->out, "%s %s; registries keep theirs, store gc frees the space\n",
		    PL_COUNTED(f->n_wanted, "name"), done ? "forgotten" : "would be forgotten");
}

static void print_json(struct forgetting *f)
{
	struct pl_jw w;
	pl_json_begin(f->c, &w);
	pl_jw_kbool(&w, "applied", f->c->args.apply);
	pl_jw_key(&w, "images");
	pl_jw_array(&w);
	for (size_t i = 0; i < f->n_wanted; i++) {
		const struct known_name *x = f->wanted[i];
		pl_jw_object(&w);
		pl_jw_kcstr(&w, "name", x->name);
		pl_jw_kbool(&w, "in_store", x->stored != NULL);
		pl_jw_key(&w, "in_inventory");
		if (f->to.url)
			pl_jw_null(&w);
		else
			pl_jw_bool(&w, x->registered);
		pl_jw_kcstr(&w, "tag_of", x->image);
		pl_jw_key(&w, "children");
		pl_jw_array(&w);
		for (const char **k = x->children; k && *k; k++)
			pl_jw_cstr(&w, *k);
		pl_jw_end_array(&w);
		pl_jw_end_object(&w);
	}
	pl_jw_end_array(&w);
	pl_json_end(f->c, &w);
}

/* One round: deletes what nothing is based on any more. What is refused for its children waits for
 * the next one. */
static int delete_round(struct forgetting *f, bool *done, size_t *ret_progress, size_t *ret_left,
			struct pl_err *err)
{
	size_t progress = 0, left = 0;
	for (size_t i = 0; i < f->n_wanted; i++) {
		const struct known_name *x = f->wanted[i];
		struct pl_err why = {0};
		if (done[i])
			continue;
		int rc = pl_registrar_delete(&f->to, x->name, f->c->args.force, &why);
		bool known = x->stored || x->registered || x->image;
		if (rc < 0)
			*err = why;
		if (rc == -PL_CONFLICT) {
			left++;
			continue;
		}
		/* It may have gone with its image, or in a run that was killed. */
		if (rc < 0 && (rc != -PL_NOT_FOUND || !known))
			return rc;
		done[i] = true;
		progress++;
	}
	*ret_progress = progress;
	*ret_left = left;
	return 0;
}

static int delete_registered(struct forgetting *f, struct pl_err *err)
{
	bool *done = pl_arena_array(&f->c->arena, bool, f->n_wanted + 1);
	size_t progress = 1, left = 1;
	struct pl_err last = {0};
	while (left) {
		int rc = delete_round(f, done, &progress, &left, &last);
		if (rc < 0 || (left && !progress)) {
			*err = last;
			return -(int)err->code;
		}
	}
	return 0;
}

/* The inventory first: a name that is left in the store is found again by the next run. */
static int apply(struct forgetting *f, struct pl_err *err)
{
	const char **tags = pl_arena_array(&f->c->arena, const char *, f->n_wanted + 1);
	size_t n = 0;
	if (f->n_blocked && !f->c->args.force)
		return pl_fail(err, PL_CONFLICT,
			       "nothing is forgotten: other images are based on %zu of them; "
			       "forget those too, or --force",
			       f->n_blocked);
	int rc = delete_registered(f, err);
	for (size_t i = 0; i < f->n_wanted; i++)
		if (f->wanted[i]->stored)
			tags[n++] = f->wanted[i]->stored;
	return rc < 0 ? rc : pl_layout_untag(f->layout, tags, err);
}

static int forget_images(struct pl_cli *c, struct pl_err *err)
{
	__attribute__((cleanup(forgetting_done))) struct forgetting f = {.c = c};
	int rc = read_options(&f, err);
	if (rc == 0)
		rc = open_places(&f, err);
	if (rc == 0)
		rc = read_names(&f, err);
	if (rc == 0)
		rc = want_operands(&f, err);
	if (rc < 0)
		return rc;
	want_tags(&f);
	narrow(&f);
	want_tags(&f);
	list_wanted(&f);
	rc = find_all_children(&f, err);
	if (rc == 0 && c->args.apply)
		rc = apply(&f, err);
	if (rc < 0 && (rc != -PL_CONFLICT || c->json))
		return rc;
	if (c->json)
		print_json(&f);
	else
		print_text(&f, rc == 0 && c->args.apply);
	if (rc == 0 && !c->args.apply && f.n_wanted) {
		err->msg[0] = '\0'; /* not an error: the status says that there is work */
		return -PL_CHANGES;
	}
	return rc;
}

const struct pl_command pl_cmd_forget = {
	.name = "forget",
	.operands = "IMAGE...",
	.summary = "take images out of the inventory and the store, not out of registries",
	.about =
		"Prints which names would go, and which images are based on them; --apply does it. "
		"IMAGE is an image of the\n"
		"fleet (velero:aws), a registered name, or a pattern in quotes "
		"('registry.example.org/app:*'). An image's\n"
		"immutable tags go with it. Registries, and the directory that registry names, "
		"keep "
		"what was pushed. The\n"
		"next build names a fleet's image again; store gc frees the space. Without --apply "
		"the status is 4.",
	.examples = "plimsoll forget registry.example.org/app:1.0\nplimsoll forget "
		    "'registry.example.org/app:*' --keep 3 --apply\nplimsoll forget '*' "
		    "--older-than 90",
	.options = options,
	.n_options = PL_COUNT(options),
	.min_operands = 1,
	.max_operands = 10000,
	.run = forget_images,
};
