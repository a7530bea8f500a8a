// SPDX-License-Identifier: Apache-2.0
/* A fleet read from its directory: fleet.yaml, then images/, then everything expanded in order. */
#include "base/file.h"
#include "fleet/fleet_int.h"

#include <errno.h>

const char *const pl_keys_fleet[] = {"registry",  "platforms",  "distros",
				     "inventory", "parameters", NULL};
const char *const pl_keys_distro[] = {"suites",    "components", "mirror",
				      "signed_by", "sources",    NULL};
const char *const pl_keys_source[] = {"suites", "components", "mirror", "signed_by", NULL};

void pl_loader_done(struct pl_loader *l)
{
	pl_vec_free(&l->docs);
	pl_vec_free(&l->images);
	pl_vec_free(&l->drafts);
	pl_map_done(&l->by_file);
	pl_map_done(&l->by_name);
	pl_map_done(&l->by_id);
	free(l->root);
}

void pl_fleet_free(struct pl_fleet *f)
{
	if (!f)
		return;
	pl_arena_done(&f->arena);
	free(f);
}

int pl_loader_budget(const struct pl_loader *l, const struct pl_yaml *at, struct pl_err *err)
{
	if (l->a->used <= PL_FLEET_BYTES_MAX)
		return 0;
	return pl_fail(err, PL_LIMIT, "%s:%u:%u: the fleet takes more than 512 MiB once expanded",
		       at->file, at->line, at->column);
}

int pl_loader_yaml(struct pl_loader *l, const char *name, struct pl_yaml **ret, struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = PL_FLEET_FILE_MAX + 65537};
	if (!l->root)
		return pl_fail(err, PL_NOT_FOUND, "%s: no such file", name);
	PL_AUTO(paths) one = {0};
	bool directory = false;
	int rc = pl_directory_list(l, NULL, name, &one, &directory, err);
	if (rc < 0)
		return rc;
	if (directory)
		return pl_fail(err, PL_INPUT, "%s: a directory, not a definition", name);
	PL_AUTOFREE char *path = pl_path_join(l->root, name);
	rc = pl_file_read(path, PL_FLEET_FILE_MAX, &text, err);
	return rc < 0 ? rc : pl_yaml_parse(l->a, pl_buf_str(&text), name, ret, err);
}

static int check_mirrors(const struct pl_yaml *v, const char **list, struct pl_err *err)
{
	for (size_t i = 0; list[i]; i++) {
		struct pl_str s = pl_str_of(list[i]);
		const struct pl_yaml *at = v->kind == PL_YAML_LIST ? v->item[i] : v;
		if (!pl_printable_ok(s) || pl_str_find(s, ' ') != SIZE_MAX ||
		    (!pl_str_starts(s, "http://") && !pl_str_starts(s, "https://") &&
		     !pl_str_starts(s, "file:/")))
			return pl_yaml_fail(at, err,
					    "mirror '%s' must be an http://, https:// or file:/ "
					    "address",
					    PL_SHOWN(s));
	}
	return 0;
}

/* Suites, components: [A-Za-z0-9] and then "._/-" too, no "..": they become parts of URLs. */
static int check_names(const struct pl_yaml *v, const char *key, const char **list, size_t n,
		       struct pl_err *err)
{
	if (n == 0)
		return pl_yaml_fail(v, err, "'%s' is empty", key);
	for (size_t i = 0; i < n; i++) {
		struct pl_str s = pl_str_of(list[i]);
		bool ok = pl_inside_path_ok(s) && s.n <= 128;
		for (struct pl_str rest = s; ok && rest.p;)
			ok = pl_tag_valid(pl_str_cut(&rest, '/'));
		if (!ok)
			return pl_yaml_fail(v->item[i], err, "'%s' is not a name for '%s'",
					    PL_SHOWN(s), key);
		for (size_t k = 0; k < i; k++)
			if (pl_str_is(s, list[k]))
				return pl_yaml_fail(v->item[i], err, "'%s' is given twice", s.p);
	}
	return 0;
}

static void read_names(struct pl_yr *yr, const char *key, const char ***ret)
{
	size_t n = 0;
	const struct pl_yaml *v = pl_yr_texts(yr, key, ret, &n);
	if (v)
		yr->rc = check_names(v, key, *ret, n, yr->err);
}

/* A text, or a list of them. */
static void read_mirrors(struct pl_yr *yr, const char ***ret)
{
	size_t n = 0;
	const struct pl_yaml *v = pl_yr_get(yr, "mirror");
	if (!v)
		return;
	if (v->kind != PL_YAML_LIST)
		*ret = pl_arena_array(yr->r->a, const char *, 2);
	v = v->kind == PL_YAML_LIST ? pl_yr_texts(yr, "mirror", ret, &n)
				    : pl_yr_text(yr, "mirror", &(*ret)[0]);
	if (v)
		yr->rc = check_mirrors(v, *ret, yr->err);
}

static void read_keyring(struct pl_yr *yr, const char **ret)
{
	const struct pl_yaml *v = pl_yr_text(yr, "signed_by", ret);
	if (!v)
		return;
	struct pl_str s = pl_str_of(*ret);
	if (!pl_image_path_ok(s) && !pl_inside_path_ok(s)) {
		yr->rc = pl_yaml_fail(v, yr->err,
				      "signed_by '%s' must be a keyring's path, absolute or "
				      "below the fleet's directory",
				      PL_SHOWN(s));
		return;
	}
	/* Absolute: what verifies refuses a path that depends on where the command runs. */
	const char *root = yr->r->l->root;
	PL_AUTOFREE char *path = pl_path_join(root ? root : "/", *ret);
	*ret = pl_arena_strn(yr->r->a, path, strlen(path));
}

/* The keys of a source, of the distro itself or of an item of its `sources`. */
static void read_source(struct pl_yr *yr, struct pl_origin_source *s)
{
	static const char *const main_only[] = {"main", NULL};
	s->mirrors = pl_arena_array(yr->r->a, const char *, 1);
	s->components = pl_arena_dup(yr->r->a, main_only, 2, sizeof(*main_only));
	read_names(yr, "suites", &s->suites);
	read_names(yr, "components", &s->components);
	read_mirrors(yr, &s->mirrors);
	read_keyring(yr, &s->signed_by);
}

/* A package of the lock names its suite, and that has to mean one archive. */
static int check_suites_differ(const struct pl_yaml *at, const struct pl_origin_source *v, size_t n,
			       struct pl_err *err)
{
	for (const char **new = v[n].suites; *new; new ++)
		for (size_t i = 0; i < n; i++)
			for (const char **old = v[i].suites; *old; old++)
				if (strcmp(*old, *new) == 0)
					return pl_yaml_fail(at, err,
							    "suite '%s' is in another source too; "
							    "addresses of one archive are a list: "
							    "mirror: [URL, URL]",
							    *new);
	return 0;
}

static int read_sources(struct pl_reader *r, const struct pl_yaml *distro, const struct pl_yaml *v,
			struct pl_origin *o, struct pl_err *err)
{
	for (const char *const *key = pl_keys_source; *key; key++)
		if (pl_yaml_get(distro, *key))
			return pl_yaml_fail(pl_yaml_get(distro, *key), err,
					    "'%s' beside 'sources' belongs into one of them: "
					    "sources: [{suites: [...], %s: ...}, ...]",
					    *key, *key);
	int rc = pl_need_list(v, "sources", err);
	if (rc == 0 && v->n == 0)
		rc = pl_yaml_fail(v, err, "'sources' is empty");
	if (rc < 0)
		return rc;
	struct pl_origin_source *list = pl_arena_array(r->a, struct pl_origin_source, v->n);
	for (size_t i = 0; i < v->n; i++) {
		struct pl_yr yr = {r, v->item[i], err, pl_need_map(v->item[i], "sources", err)};
		pl_yr_known(&yr, pl_keys_source);
		if (yr.rc == 0 && !pl_yr_get(&yr, "suites"))
			return pl_yaml_fail(v->item[i], err, "a source needs 'suites'");
		read_source(&yr, &list[i]);
		if (yr.rc == 0)
			yr.rc = check_suites_differ(v->item[i], list, i, err);
		if (yr.rc < 0)
			return yr.rc;
	}
	o->sources = list;
	o->n_sources = v->n;
	return 0;
}

static int read_distro(struct pl_reader *r, const struct pl_yaml *key, const struct pl_yaml *v,
		       struct pl_distro *d, struct pl_err *err)
{
	if (!pl_distro_name_ok(key->text))
		return pl_yaml_fail(key, err,
				    "distro '%s' must be lower-case letters and digits, "
				    "with '.', '_' or '-' between",
				    PL_SHOWN(key->text));
	struct pl_yr yr = {r, v, err, pl_need_map(v, key->text.p, err)};
	pl_yr_known(&yr, pl_keys_distro);
	d->name = d->origin.distro = key->text.p;
	d->ecosystem = "debian";
	const struct pl_yaml *sources = pl_yr_get(&yr, "sources");
	if (sources)
		return read_sources(r, v, sources, &d->origin, err);
	if (yr.rc == 0 && !pl_yr_get(&yr, "suites"))
		return pl_yaml_fail(key, err, "distro '%s' needs 'suites'", key->text.p);
	struct pl_origin_source *one = pl_arena_new(r->a, struct pl_origin_source);
	d->origin.sources = one;
	d->origin.n_sources = 1;
	read_source(&yr, one);
	return yr.rc;
}

static int distro_order(const void *a, const void *b)
{
	return strcmp(((const struct pl_distro *)a)->name, ((const struct pl_distro *)b)->name);
}

static int read_distros(struct pl_reader *r, const struct pl_yaml *v, struct pl_fleet *f,
			struct pl_err *err)
{
	int rc = pl_need_map(v, "distros", err);
	if (rc < 0)
		return rc;
	f->distros = pl_arena_array(r->a, struct pl_distro, v->n);
	f->n_distros = v->n;
	for (size_t i = 0; i < v->n && rc == 0; i++)
		rc = read_distro(r, v->key[i], v->item[i], &f->distros[i], err);
	if (rc == 0 && v->n)
		qsort(f->distros, v->n, sizeof(*f->distros), distro_order);
	return rc;
}

/* "HOST[:PORT]/PATH" or "oci:DIR". Whether the host exists is the push's business. */
static int check_registry(const struct pl_yaml *v, const char *text, struct pl_err *err)
{
	struct pl_str s = pl_str_of(text);
	if (!pl_printable_ok(s) || pl_str_find(s, ' ') != SIZE_MAX)
		return pl_yaml_fail(v, err, "'registry' has blanks or control bytes");
	if (pl_str_starts(s, "http://") || pl_str_starts(s, "https://"))
		return pl_yaml_fail(v, err, "registry '%s': write it without the scheme",
				    PL_SHOWN(s));
	if (pl_str_starts(s, "oci:")) {
		if (s.n > 4)
			return 0;
		return pl_yaml_fail(v, err, "'oci:' needs a directory, for example oci:out");
	}
	struct pl_str rest = s;
	struct pl_str host = pl_str_cut(&rest, '/');
	if (host.n == 0 || pl_str_find(s, '@') != SIZE_MAX || (rest.p && !pl_image_name_ok(rest)))
		return pl_yaml_fail(v, err,
				    "registry '%s' must be HOST[:PORT]/PATH with a "
				    "lower-case path, or oci:DIRECTORY",
				    PL_SHOWN(s));
	return 0;
}

static const char *place_of(struct pl_arena *a, const struct pl_yaml *v)
{
	return pl_arena_printf(a, "%s:%u:%u", v->file, v->line, v->column);
}

int pl_fleet_read_root(struct pl_loader *l, const struct pl_yaml *root, struct pl_err *err)
{
	const struct pl_platform *usual[] = {pl_platform_find(PL_STR("linux/amd64")),
					     pl_platform_find(PL_STR("linux/arm64")), NULL};
	struct pl_fleet *f = l->f;
	struct pl_reader r = {.l = l, .a = l->a, .vars = {.image = "fleet.yaml"}};
	if (root->kind != PL_YAML_MAP)
		return pl_yaml_fail(root, err, "fleet.yaml must be a map of keys and values");
	struct pl_yr yr = {&r, root, err, 0};
	f->platforms = pl_arena_dup(l->a, usual, 3, sizeof(*usual));
	f->registry = "oci:out"; /* image layouts in the fleet's directory: no server is needed to
				    begin */
	pl_yr_known(&yr, pl_keys_fleet);
	const struct pl_yaml *v = pl_yr_text(&yr, "registry", &f->registry);
	if (v) {
		f->registry_at = place_of(l->a, v);
		yr.rc = check_registry(v, f->registry, err);
	}
	v = pl_yr_get(&yr, "platforms");
	if (v)
		yr.rc = pl_read_platforms(l->a, v, &f->platforms, err);
	v = pl_yr_text(&yr, "inventory", &f->inventory);
	if (v)
		f->inventory_at = place_of(l->a, v);
	if (v && !pl_printable_ok(pl_str_of(f->inventory)))
		return pl_yaml_fail(v, err, "'inventory' must be a path or an https:// URL");
	if (yr.rc < 0)
		return yr.rc;
	v = pl_yr_get(&yr, "distros");
	if (!v)
		return pl_yaml_fail(root, err,
				    "'distros' is missing, for example: distros: "
				    "{bookworm: {suites: [bookworm, bookworm-updates, "
				    "bookworm-security]}}");
	yr.rc = read_distros(&r, v, f, err);
	v = pl_yr_get(&yr, "parameters");
	return v ? pl_fleet_read_parameters(&r, v, err) : yr.rc;
}

int pl_fleet_expand(struct pl_loader *l, struct pl_err *err)
{
	int rc = pl_fleet_draft(l, err);
	if (rc == 0)
		rc = pl_fleet_link(l, err);
	if (rc == 0)
		rc = pl_fleet_tags_differ(l, err);
	for (size_t i = 0; i < l->drafts.n && rc == 0; i++) {
		rc = pl_env_check(l->env, err);
		if (rc == 0)
			rc = pl_image_read(l, l->drafts.v[i], err);
	}
	if (rc < 0)
		return rc;
	l->f->images = pl_arena_array(l->a, struct pl_image *, l->drafts.n);
	l->f->n_images = l->drafts.n;
	for (size_t i = 0; i < l->drafts.n; i++) {
		l->f->images[i] = l->drafts.v[i]->image;
		l->f->images[i]->declared = l->f->images[i];
	}
	return 0;
}

/* The same definitions, as they were read, once more without --set. */
static int expand_declared(struct pl_loader *l, struct pl_err *err)
{
	struct pl_fleet *f = pl_arena_new(l->a, struct pl_fleet); /* goes with the fleet's arena */
	PL_AUTO(loader) d = *l;
	PL_AUTO(map) by_id = {0};
	*f = *l->f;
	f->arena = (struct pl_arena){0};
	d.f = f;
	d.is_declared = true;
	d.n_listed = 0;
	d.root = l->root ? pl_xstrdup(l->root) : NULL;
	memset(&d.images, 0, sizeof(d.images));
	memset(&d.drafts, 0, sizeof(d.drafts));
	d.by_name = d.by_id = (struct pl_map){0};
	int rc = pl_fleet_expand(&d, err);
	for (size_t i = 0; i < f->n_images && rc == 0; i++)
		pl_map_put(&by_id, pl_str_of(f->images[i]->id), f->images[i]);
	for (size_t i = 0; i < l->f->n_images && rc == 0; i++) /* parameters are in no id */
		l->f->images[i]->declared = pl_map_get(&by_id, pl_str_of(l->f->images[i]->id));
	l->by_file = d.by_file; /* lent */
	d.by_file = (struct pl_map){0};
	memset(&d.docs, 0, sizeof(d.docs));
	return rc;
}

static int load(struct pl_loader *l, const char *dir, const char *const *set, struct pl_err *err)
{
	struct pl_yaml *root = NULL;
	PL_AUTOFREE char *path = pl_path_join(dir, "fleet.yaml");
	l->root = realpath(dir, NULL);
	if (!l->root && errno != ENOENT)
		return pl_fail_sys(err, errno, "%s", dir);
	if (!l->root || !pl_file_exists(path))
		return pl_fail(err, PL_NOT_FOUND,
			       "%s: no such file; run this in a fleet's directory, or name it with "
			       "-C",
			       path);
	int rc = pl_loader_yaml(l, "fleet.yaml", &root, err);
	if (rc == 0)
		rc = pl_fleet_read_root(l, root, err);
	if (rc == 0)
		rc = pl_fleet_set(l, set, err);
	if (rc == 0)
		rc = pl_directory_definitions(l, err);
	if (rc == 0)
		rc = pl_directory_recipes(l, err);
	if (rc == 0)
		rc = pl_fleet_expand(l, err);
	return rc == 0 && set ? expand_declared(l, err) : rc;
}

int pl_fleet_load(const struct pl_env *env, const char *dir, struct pl_fleet **ret,
		  struct pl_err *err)
{
	return pl_fleet_load_set(env, dir, NULL, ret, err);
}

int pl_fleet_load_set(const struct pl_env *env, const char *dir, const char *const *set,
		      struct pl_fleet **ret, struct pl_err *err)
{
	PL_AUTO_FREE(fleet) f = pl_xcalloc(1, sizeof(*f));
	PL_AUTO(loader) l = {.env = env, .f = f, .a = &f->arena};
	f->dir = pl_arena_strn(&f->arena, dir, strlen(dir));
	int rc = load(&l, dir, set, err);
	if (rc < 0)
		return rc;
	*ret = pl_steal(&f);
	return 0;
}

struct pl_image *pl_fleet_find(const struct pl_fleet *f, struct pl_str id)
{
	for (size_t i = 0; i < f->n_images; i++)
		if (pl_str_is(id, f->images[i]->id))
			return f->images[i];
	return NULL;
}
