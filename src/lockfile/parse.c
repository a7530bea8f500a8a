// SPDX-License-Identifier: Apache-2.0
/*
 * Reading a lock: everything is checked, because everything after trusts it: kinds and known keys,
 * grammar of names and paths, order, and that every reference meets what it names. Errors say the
 * place as a path in the document ("distros.bookworm.packages[17].sha256").
 */
#include "base/file.h"
#include "base/json_read.h"
#include "base/map.h"
#include "base/names.h"
#include "base/num.h"
#include "io/deflate.h"
#include "io/gzip_write.h"
#include "lockfile/lock_int.h"

static bool hex_ok(struct pl_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'A' && s.p[i] <= 'F') &&
		    !(s.p[i] >= 'a' && s.p[i] <= 'f'))
			return false;
	return s.n > 0 && s.n <= 128;
}

/* An architecture, a script's name, a verdict: a short word. */
static bool word_ok(struct pl_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && !(s.p[i] >= '0' && s.p[i] <= '9') &&
		    s.p[i] != '-')
			return false;
	return s.n > 0 && s.n <= 32;
}

static bool account_ok(struct pl_str s) { return pl_user_ok(s) && pl_str_find(s, ':') == SIZE_MAX; }

static bool id_ok(struct pl_str s)
{
	struct pl_str rest = s;
	struct pl_str name = pl_str_cut(&rest, ':');
	return pl_image_name_ok(name) && (!rest.p || pl_distro_name_ok(rest));
}

static bool verdict_ok(struct pl_str s)
{
	static const char *const verdicts[] = {"none",      "interpreted", "covered", "scripted",
					       "ignorable", "deferred",    "unknown"};
	for (size_t i = 0; i < PL_COUNT(verdicts); i++)
		if (pl_str_is(s, verdicts[i]))
			return true;
	return false;
}

static void read_suite(const struct pl_jr *r, struct pl_lock_suite *s)
{
	uint64_t date = 0;
	PL_JR_KNOWN(r, "suite", "date", "sha256", "fingerprint");
	pl_jr_text(r, "suite", pl_inside_path_ok, &s->suite);
	pl_jr_u64(r, "date", 253402300799u, &date); /* the end of year 9999 */
	pl_jr_digest(r, "sha256", &s->sha256);
	pl_jr_text(r, "fingerprint", hex_ok, &s->fingerprint);
	s->date = (int64_t)date;
}

static void read_id(const struct pl_jr *r, struct pl_lock_id *id)
{
	uint64_t n = 0;
	id->is_group = pl_json_get(r->value, "group") != NULL;
	const char *kind = id->is_group ? "group" : "user";
	PL_JR_KNOWN(r, kind, "id");
	pl_jr_text(r, kind, account_ok, &id->name);
	pl_jr_u64(r, "id", UINT32_MAX - 1, &n);
	id->id = (uint32_t)n;
}

static void read_script(const struct pl_jr *r, struct pl_lock_script *s)
{
	PL_JR_KNOWN(r, "name", "sha256", "verdict", "reason");
	pl_jr_text(r, "name", word_ok, &s->name);
	pl_jr_digest(r, "sha256", &s->sha256);
	pl_jr_text(r, "verdict", verdict_ok, &s->verdict);
	pl_jr_text_if(r, "reason", NULL, &s->reason);
}

static void read_scripts(const struct pl_jr *r, struct pl_lock_package *p)
{
	struct pl_jr list;
	size_t n = pl_jr_array_if(r, "scripts", &list);
	if (!list.value || !pl_jr_ok(r))
		return;
	if (n == 0 || n > PL_LOCK_SCRIPTS_MAX) {
		pl_jr_fail(r, "scripts", "must have 1 to %d items, or be left out",
			   PL_LOCK_SCRIPTS_MAX);
		return;
	}
	p->n_scripts = n;
	p->scripts = pl_arena_array(r->doc->arena, struct pl_lock_script, n);
	for (size_t i = 0; i < n && pl_jr_ok(r); i++) {
		struct pl_jr item = pl_jr_item(&list, i);
		read_script(&item, &p->scripts[i]);
		for (size_t k = 0; k < i && pl_jr_ok(r); k++)
			if (strcmp(p->scripts[k].name, p->scripts[i].name) == 0)
				pl_jr_fail(&item, "name", "is given twice");
	}
}

static void read_package(const struct pl_jr *r, struct pl_lock_package *p)
{
	PL_JR_KNOWN(r, "name", "version", "architecture", "source", "source_version", "sha256",
		    "size", "installed_kib", "filename", "suite", "why", "layer", "scripts",
		    "ecosystem");
	pl_jr_text(r, "name", pl_package_name_ok, &p->name);
	pl_jr_text(r, "version", pl_package_version_ok, &p->version);
	pl_jr_text(r, "architecture", word_ok, &p->architecture);
	pl_jr_text(r, "source", pl_package_name_ok, &p->source);
	pl_jr_text(r, "source_version", pl_package_version_ok, &p->source_version);
	pl_jr_text(r, "filename", pl_inside_path_ok, &p->filename);
	pl_jr_text(r, "suite", pl_inside_path_ok, &p->suite);
	pl_jr_digest(r, "sha256", &p->sha256);
	pl_jr_u64(r, "size", INT64_MAX, &p->size);
	pl_jr_u64(r, "installed_kib", INT64_MAX, &p->installed_kib);
	/* For people only: a dependency as the archive wrote it may hold anything, a line end too.
	 */
	pl_jr_text_if(r, "why", NULL, &p->why);
	pl_jr_text_if(r, "layer", pl_printable_ok, &p->layer);
	p->ecosystem = PL_LOCK_ECOSYSTEM;
	pl_jr_text_if(r, "ecosystem", word_ok, &p->ecosystem);
	read_scripts(r, p);
}

static void read_distro(const struct pl_jr *r, struct pl_lock_distro *d)
{
	struct pl_arena *a = r->doc->arena;
	struct pl_jr suites, ids, packages;
	PL_JR_KNOWN(r, "suites", "ids", "packages");
	d->n_suites = pl_jr_array(r, "suites", &suites);
	d->n_ids = pl_jr_array(r, "ids", &ids);
	d->n_packages = pl_jr_array(r, "packages", &packages);
	if (!pl_jr_ok(r))
		return;
	d->suites = pl_arena_array(a, struct pl_lock_suite, d->n_suites);
	d->ids = pl_arena_array(a, struct pl_lock_id, d->n_ids);
	d->packages = pl_arena_array(a, struct pl_lock_package, d->n_packages);
	for (size_t i = 0; i < d->n_suites && pl_jr_ok(r); i++) {
		struct pl_jr item = pl_jr_item(&suites, i);
		read_suite(&item, &d->suites[i]);
	}
	for (size_t i = 0; i < d->n_ids && pl_jr_ok(r); i++) {
		struct pl_jr item = pl_jr_item(&ids, i);
		read_id(&item, &d->ids[i]);
		if (pl_jr_ok(r) && i && pl_lock_id_cmp(&d->ids[i - 1], &d->ids[i]) >= 0)
			pl_jr_fail(&item, "", "is not in order (groups, then users, by name)");
	}
	for (size_t i = 0; i < d->n_packages && pl_jr_ok(r); i++) {
		struct pl_jr item = pl_jr_item(&packages, i);
		struct pl_lock_package *p = &d->packages[i];
		p->index = (unsigned)i;
		read_package(&item, p);
		if (pl_jr_ok(r) && i && pl_lock_package_cmp(p - 1, p) >= 0)
			pl_jr_fail(&item, "", "is not in order (name, version, architecture)");
	}
}

static void read_distros(const struct pl_jr *root, struct pl_lock *l)
{
	struct pl_jr r = pl_jr_member(root, "distros");
	struct pl_str key;
	const struct pl_jval *v;
	size_t i = 0;
	if (pl_jr_ok(&r) && pl_json_kind(r.value) != PL_JOBJECT)
		pl_jr_fail(&r, "", "must be an object");
	if (!pl_jr_ok(&r))
		return;
	l->n_distros = pl_json_len(r.value);
	l->distros = pl_arena_array(&l->arena, struct pl_lock_distro, l->n_distros);
	for (void *it = NULL; pl_jr_ok(&r) && pl_json_next(r.value, &it, &key, &v); i++) {
		struct pl_lock_distro *d = &l->distros[i];
		if (!pl_distro_name_ok(key)) {
			pl_jr_fail(&r, "", "has a member that is not a distro's name");
			return;
		}
		struct pl_jr item = pl_jr_member(&r, key.p);
		d->name = pl_arena_cstr(&l->arena, key);
		read_distro(&item, d);
		if (pl_jr_ok(&r) && i && strcmp(l->distros[i - 1].name, d->name) >= 0)
			pl_jr_fail(&item, "", "is not in order (by name)");
	}
}

static void read_file(const struct pl_jr *r, struct pl_lock_file *f)
{
	uint64_t mode = 0;
	PL_JR_KNOWN(r, "to", "from", "sha256", "size", "mode");
	pl_jr_text(r, "to", pl_image_path_ok, &f->to);
	pl_jr_text_if(r, "from", pl_inside_path_ok, &f->from);
	pl_jr_digest(r, "sha256", &f->sha256);
	pl_jr_u64(r, "size", INT64_MAX, &f->size);
	struct pl_str digits = pl_json_str(pl_json_get(r->value, "mode"));
	if (digits.n != 4 || !pl_parse_octal(digits, 07777, &mode))
		pl_jr_fail(r, "mode", "must be four octal digits in a string");
	f->mode = (uint32_t)mode;
}

/* What an image's texts may refer to: a distro's packages by reference. */
static void index_packages(struct pl_arena *a, const struct pl_lock_distro *d, struct pl_map *refs)
{
	PL_AUTO(buf) b = {0};
	for (size_t i = 0; i < d->n_packages; i++) {
		pl_lock_reference(d, &d->packages[i], &b);
		pl_map_put(refs, pl_arena_str(a, pl_buf_str(&b)), &d->packages[i]);
	}
}

/* refs: the packages of its distro. */
static void read_contents(const struct pl_jr *r, const struct pl_map *refs, struct pl_lock_image *i)
{
	struct pl_jr packages, files;
	i->n_packages = pl_jr_array(r, "packages", &packages);
	i->n_files = pl_jr_array(r, "files", &files);
	if (!pl_jr_ok(r))
		return;
	i->packages = pl_arena_array(r->doc->arena, struct pl_lock_package *, i->n_packages);
	i->files = pl_arena_array(r->doc->arena, struct pl_lock_file, i->n_files);
	for (size_t k = 0; k < i->n_packages && pl_jr_ok(r); k++) {
		struct pl_jr item = pl_jr_item(&packages, k);
		struct pl_str ref = pl_json_str(item.value);
		i->packages[k] = ref.p ? pl_map_get(refs, ref) : NULL;
		if (!i->packages[k])
			pl_jr_fail(&item, "", "names no package of its distro's list");
		else if (k && i->packages[k - 1]->index >= i->packages[k]->index)
			pl_jr_fail(&item, "", "is not in order");
	}
	for (size_t k = 0; k < i->n_files && pl_jr_ok(r); k++) {
		struct pl_jr item = pl_jr_item(&files, k);
		read_file(&item, &i->files[k]);
		if (pl_jr_ok(r) && k && strcmp(i->files[k - 1].to, i->files[k].to) >= 0)
			pl_jr_fail(&item, "to", "is not in order");
	}
}

/* refs: the packages of each distro of the lock. */
static void read_image(const struct pl_jr *r, const struct pl_lock *l, const struct pl_map *refs,
		       struct pl_lock_image *i)
{
	const char *platform = NULL;
	PL_JR_KNOWN(r, "id", "platform", "base", "distro", "definition", "inputs", "packages",
		    "files");
	pl_jr_text(r, "id", id_ok, &i->id);
	pl_jr_text(r, "platform", pl_platform_ok, &platform);
	pl_jr_text_if(r, "base", id_ok, &i->base);
	pl_jr_text(r, "distro", pl_printable_ok, &i->distro);
	pl_jr_digest(r, "definition", &i->definition);
	if (l->format >= PL_LOCK_FORMAT_INPUTS)
		pl_jr_digest(r, "inputs", &i->inputs);
	if (!pl_jr_ok(r))
		return;
	i->platform = pl_platform_find(pl_str_of(platform));
	const struct pl_lock_distro *d = pl_lock_distro_find(l, i->distro);
	if (d)
		read_contents(r, &refs[d - l->distros], i);
	else
		pl_jr_fail(r, "distro", "is not among the lock's distros");
}

static void read_images(const struct pl_jr *root, struct pl_lock *l)
{
	struct pl_jr list;
	l->n_images = pl_jr_array(root, "images", &list);
	if (!pl_jr_ok(root))
		return;
	l->images = pl_arena_array(&l->arena, struct pl_lock_image, l->n_images);
	struct pl_map *refs = pl_xcalloc(l->n_distros + 1, sizeof(*refs));
	for (size_t i = 0; i < l->n_distros; i++)
		index_packages(&l->arena, &l->distros[i], &refs[i]);
	for (size_t i = 0; i < l->n_images && pl_jr_ok(root); i++) {
		struct pl_jr item = pl_jr_item(&list, i);
		read_image(&item, l, refs, &l->images[i]);
		if (pl_jr_ok(root) && i && pl_lock_image_cmp(&l->images[i - 1], &l->images[i]) >= 0)
			pl_jr_fail(&item, "", "is not in order (id, platform)");
	}
	for (size_t i = 0; i < l->n_distros; i++)
		pl_map_done(&refs[i]);
	free(refs);
}

/* Every base is there, for the same platform and distro, and no chain of bases comes back. */
static int check_bases(const struct pl_lock *l, const char *what, struct pl_err *err)
{
	PL_AUTOFREE uint8_t *done = pl_xcalloc(l->n_images + 1, 1);
	for (size_t i = 0; i < l->n_images; i++) {
		size_t steps = 0;
		const struct pl_lock_image *at = &l->images[i];
		while (at->base && !done[at - l->images]) {
			const struct pl_lock_image *base =
				pl_lock_image_find(l, at->base, at->platform);
			const char *why = NULL;
			if (!base || strcmp(base->distro, at->distro) != 0)
				why = "is not in the lock for this platform and distro";
			else if (++steps > l->n_images)
				why = "leads back to the image itself";
			if (why)
				return pl_fail(err, PL_INPUT, "%s: images[%zu].base: %s", what,
					       (size_t)(at - l->images), why);
			at = base;
		}
		for (at = &l->images[i]; at->base && !done[at - l->images];
		     at = pl_lock_image_find(l, at->base, at->platform))
			done[at - l->images] = 1;
	}
	return 0;
}

static int read_root(const struct pl_jr *r, struct pl_lock *l, struct pl_err *err)
{
	if (pl_json_kind(r->value) != PL_JOBJECT)
		pl_jr_fail(r, "", "a lock must be a JSON object");
	/* The format first: a newer lock's keys are not for us to call unknown. */
	pl_jr_u64(r, "format", INT64_MAX, &l->format);
	if (pl_jr_ok(r) && l->format > PL_LOCK_FORMAT)
		return pl_fail(err, PL_INPUT,
			       "%s: format %llu was written by a newer plimsoll (this one knows "
			       "%d); use that or a newer one",
			       r->doc->what, (unsigned long long)l->format, PL_LOCK_FORMAT);
	if (l->format < 1)
		pl_jr_fail(r, "format", "must be at least 1");
	PL_JR_KNOWN(r, "format", "compressor", "recipes", "distros", "images");
	pl_jr_text(r, "compressor", pl_printable_ok, &l->compressor);
	if (pl_json_get(r->value, "recipes"))
		pl_jr_digest(r, "recipes", &l->recipes);
	read_distros(r, l);
	read_images(r, l);
	return r->doc->rc < 0 ? r->doc->rc : check_bases(l, r->doc->what, err);
}

int pl_lock_parse(struct pl_str text, const char *what, struct pl_lock **ret, struct pl_err *err)
{
	if (text.n > PL_LOCK_MAX)
		return pl_fail(err, PL_LIMIT, "%s: larger than 64 MiB", what);
	PL_AUTO_FREE(jval) root = NULL;
	int rc = pl_json_parse(text, what, &root, err);
	if (rc < 0)
		return rc;
	PL_AUTO_FREE(lock) l = pl_lock_new();
	struct pl_jr_doc doc = {&l->arena, what, PL_JR_PATH, err, 0};
	struct pl_jr r = pl_jr_root(&doc, root);
	rc = read_root(&r, l, err);
	if (rc < 0)
		return rc;
	*ret = pl_steal(&l);
	return 0;
}

int pl_lock_load(const struct pl_env *env, const char *path, struct pl_lock **ret,
		 struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = PL_LOCK_MAX + 131072};
	int rc = pl_env_check(env, err);
	if (rc == 0)
		rc = pl_file_read(path, PL_LOCK_MAX, &text, err);
	if (rc < 0 && err->code == PL_NOT_FOUND)
		return pl_fail(err, PL_NOT_FOUND,
			       "%s: no such file; run 'plimsoll lock' to make it", path);
	return rc < 0 ? rc : pl_lock_parse(pl_buf_str(&text), path, ret, err);
}
