// SPDX-License-Identifier: Apache-2.0
/* One package as assembling sees it: its .deb, and how scanners find it. Its facts are its control
 * data (struct pl_control). */
#include "debian/debian_int.h"

#include "base/deb822.h"
#include "base/map.h"
#include "debian/deb/deps.h"
#include "debian/scripts/scripts.h"
#include "store/fields.h"
#include "tree/usrmerge.h"

/* The seam's reader is the .deb itself. */
static struct pl_deb *deb_of(struct pl_package_reader *r) { return (struct pl_deb *)(void *)r; }

int pl_debian_open(const struct pl_env *env, struct pl_store *store,
		   const struct pl_lock_package *p, struct pl_arena *a, const void **ret_facts,
		   struct pl_package_reader **ret, struct pl_err *err)
{
	struct pl_source *in;
	int rc = pl_store_read(store, PL_STORE_INPUTS, &p->sha256, true, &in, err);
	if (rc < 0)
		return pl_ctx(err, "package %s %s", p->name, p->version);
	struct pl_control *c = pl_arena_new(a, struct pl_control);
	struct pl_deb *deb;
	rc = pl_deb_open(in, env->limits, p->name, a, c, &deb, err);
	if (rc < 0)
		return rc;
	*ret_facts = c;
	*ret = (struct pl_package_reader *)(void *)deb;
	return 0;
}

void pl_debian_judge(const struct pl_package_ref *p, struct pl_arena *a,
		     struct pl_lock_script **ret, size_t *ret_n)
{
	struct pl_script_verdict *v;
	size_t n;
	pl_scripts_judge(a, p->facts, &v, &n);
	struct pl_lock_script *scripts = pl_arena_array(a, struct pl_lock_script, n + 1);
	for (size_t i = 0; i < n; i++)
		scripts[i] = (struct pl_lock_script){v[i].script, v[i].normalised,
						     pl_verdict_name(v[i].verdict), v[i].reason};
	*ret = scripts;
	*ret_n = n;
}

int pl_debian_scripts(const void *facts, struct pl_arena *a, struct pl_package_scripts *ret,
		      struct pl_err *err)
{
	const struct pl_control *c = facts;
	struct pl_deb822_reader r = {.rest = c->control, .what = "control"};
	struct pl_deb822 control;
	int rc = pl_deb822_next(&r, false, &control, err);
	if (rc <= 0)
		return rc < 0 ? rc : pl_fail(err, PL_INPUT, "control is empty");
	*ret = (struct pl_package_scripts){
		.name = pl_arena_str(a, pl_deb822_get(&control, "Package")),
		.version = pl_arena_str(a, pl_deb822_get(&control, "Version")),
		.architecture = pl_arena_str(a, pl_deb822_get(&control, "Architecture")),
		.v = pl_arena_array(a, struct pl_script_text, c->n_scripts + 1),
		.n = c->n_scripts};
	for (size_t i = 0; i < c->n_scripts; i++)
		ret->v[i] = (struct pl_script_text){c->scripts[i].name, c->scripts[i].text,
						    c->scripts[i].normalised};
	return 0;
}

/* The index says what a .deb is, the .deb says it again; scanners will believe the latter, the
 * inventory the lock. */
int pl_debian_identify(const struct pl_package_ref *p, struct pl_err *err)
{
	const struct pl_lock_package *l = p->lock;
	struct pl_deb822_reader r = {.rest = ((const struct pl_control *)p->facts)->control,
				     .what = l->name};
	struct pl_deb822 control;
	int rc = pl_deb822_next(&r, false, &control, err);
	if (rc <= 0)
		return rc < 0 ? rc : pl_fail(err, PL_INPUT, "%s: its control is empty", l->name);
	struct pl_str source = pl_deb822_get(&control, "Package"), source_version;
	source_version = pl_deb822_get(&control, "Version");
	if (!pl_source_parse(pl_deb822_get(&control, "Source"), &source, &source_version))
		return pl_fail(err, PL_INPUT, "%s %s: its .deb's Source is no name and version",
			       l->name, l->version);
	const struct {
		const char *field, *want;
		struct pl_str is;
	} v[] = {{"Package", l->name, pl_deb822_get(&control, "Package")},
		 {"Version", l->version, pl_deb822_get(&control, "Version")},
		 {"Architecture", l->architecture, pl_deb822_get(&control, "Architecture")},
		 {"Source", l->source, source},
		 {"Source version", l->source_version, source_version}};
	for (size_t i = 0; i < PL_COUNT(v); i++)
		if (!pl_str_is(v[i].is, v[i].want))
			return pl_fail(err, PL_INPUT,
				       "%s %s: its .deb says %s: %s, where it was named with %s",
				       l->name, l->version, v[i].field, PL_SHOWN(v[i].is),
				       v[i].want);
	return 0;
}

/* What scanners believe about an image is written here alone: a package that ships dpkg's database,
 * or turns the way to it into a link, would hide versions or make some up. */
static bool is_database(const struct pl_tar_entry *e)
{
	static const char *const way[] = {"var", "var/lib", "var/lib/dpkg", PL_STATUS_D};
	for (size_t i = 0; i < PL_COUNT(way); i++)
		if (pl_str_is(e->path, way[i]))
			return e->type != PL_TAR_DIR;
	return pl_str_is(e->path, "var/lib/dpkg/status") ||
	       pl_str_is(e->path, "var/lib/dpkg/status-old") ||
	       pl_str_starts(e->path, PL_STATUS_D "/");
}

int pl_debian_next(struct pl_package_reader *r, struct pl_tar_entry *ret, struct pl_err *err)
{
	int rc = pl_deb_next(deb_of(r), ret, err);
	if (rc > 0 && is_database(ret))
		return pl_fail(err, PL_INPUT,
			       "%s: ships /%s: that is dpkg's database, which no package may bring",
			       pl_deb_what(deb_of(r)), PL_SHOWN(ret->path));
	return rc;
}

int64_t pl_debian_read(struct pl_package_reader *r, void *p, size_t n, struct pl_err *err)
{
	return pl_deb_read(deb_of(r), p, n, err);
}

void pl_debian_close(struct pl_package_reader *r) { pl_deb_free(deb_of(r)); }

/* The md5sums of what is really shipped, paths as they are in the image. */
static void shipped_md5sums(const struct pl_map *shipped, struct pl_str md5sums, struct pl_buf *out)
{
	PL_AUTO(arena) a = {0};
	struct pl_str rest = md5sums;
	while (rest.p && rest.n) {
		struct pl_str line = pl_str_cut(&rest, '\n');
		if (line.n < 35 || line.p[32] != ' ' || line.p[33] != ' ')
			continue; /* scanners reject the whole file for one such line */
		struct pl_str path = pl_usrmerge_path(&a, pl_str_sub(line, 34, line.n));
		if (!pl_map_has(shipped, path))
			continue;
		pl_buf_add(out, line.p, 34);
		pl_buf_addstr(out, path);
		pl_buf_addc(out, '\n');
	}
}

int pl_debian_describe(const struct pl_package_ref *p, const struct pl_map *shipped,
		       pl_package_add_fn *add, void *ctx, struct pl_err *err)
{
	const struct pl_control *c = p->facts;
	PL_AUTO(buf) md5sums = {0};
	PL_AUTOFREE char *status = pl_xprintf(PL_STATUS_D "/%s", p->lock->name);
	PL_AUTOFREE char *sums = pl_xprintf("%s.md5sums", status);
	shipped_md5sums(shipped, c->md5sums, &md5sums);
	int rc = add(ctx, status, c->control, err);
	if (rc == 0 && md5sums.n)
		rc = add(ctx, sums, pl_buf_str(&md5sums), err);
	return rc;
}

void pl_debian_facts_format(const void *facts, struct pl_buf *b)
{
	const struct pl_control *c = facts;
	pl_put_str(b, c->control);
	pl_put_str(b, c->md5sums);
	pl_put_str(b, c->conffiles);
	pl_put_str(b, c->templates);
	pl_put_u64(b, c->n_scripts);
	for (size_t i = 0; i < c->n_scripts; i++) {
		pl_put_str(b, pl_str_of(c->scripts[i].name));
		pl_put_str(b, c->scripts[i].text);
		pl_put_digest(b, &c->scripts[i].normalised);
	}
}

bool pl_debian_facts_parse(struct pl_arena *a, struct pl_str bytes, const void **ret)
{
	struct pl_fields f = {bytes, a, false};
	struct pl_control *c = pl_arena_new(a, struct pl_control);
	c->control = pl_get_str(&f);
	c->md5sums = pl_get_str(&f);
	c->conffiles = pl_get_str(&f);
	c->templates = pl_get_str(&f);
	c->n_scripts = pl_get_count(&f, sizeof(struct pl_digest));
	if (c->n_scripts > PL_LOCK_SCRIPTS_MAX)
		return false;
	c->scripts = pl_arena_array(a, struct pl_script, c->n_scripts + 1);
	for (size_t i = 0; i < c->n_scripts; i++) {
		c->scripts[i].name = pl_get_str(&f).p;
		c->scripts[i].text = pl_get_str(&f);
		pl_get_digest(&f, &c->scripts[i].normalised);
	}
	if (!pl_fields_end(&f))
		return false;
	*ret = c;
	return true;
}

/* Policy 7.6.1: a package may take over files of those that its Replaces names. */
bool pl_debian_replaces(const struct pl_package_ref *a, const struct pl_package_ref *b)
{
	const struct pl_control *c = a->facts;
	struct pl_deb822_reader r = {.rest = c->control, .what = a->lock->name};
	struct pl_deb822 p;
	PL_AUTO(arena) arena = {0};
	struct pl_deps deps;
	struct pl_err err = {0};
	if (pl_deb822_next(&r, false, &p, &err) != 1 ||
	    pl_deps_parse(&arena, pl_deb822_get(&p, "Replaces"), a->lock->name, &deps, &err) < 0)
		return false;
	for (size_t i = 0; i < deps.n; i++)
		for (size_t k = 0; k < deps.v[i].n; k++) {
			const struct pl_dep *d = &deps.v[i].alt[k];
			if (pl_str_is(d->name, b->lock->name) &&
			    pl_debver_meets(pl_str_of(b->lock->version), d->rel, d->version))
				return true;
		}
	return false;
}
