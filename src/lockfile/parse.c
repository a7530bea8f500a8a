// SPDX-License-Identifier: Apache-2.0
/*
 * Reading a lock: everything is checked, because everything after trusts it: kinds and known keys,
 * grammar of names and paths, order, and that every reference meets what it names. Errors say the
 * place as a path in the document ("distros.bookworm.packages[17].sha256").
 */
#include "base/file.h"
#include "base/json.h"
#include "base/map.h"
#include "base/names.h"
#include "base/num.h"
#include "io/deflate.h"
#include "io/gzip_write.h"
#include "lockfile/lock_int.h"

struct reader {
	struct pl_arena *a;
	const char *what; /* the file */
	char at[300];     /* path of the object being read, without its last member */
};

static int bad(const struct reader *r, const char *key, struct pl_err *err, const char *why)
{
	return pl_fail(err, PL_INPUT, "%s: %s%s%s: %s", r->what, r->at,
		       r->at[0] && key[0] ? "." : "", key, why);
}

static int known(const struct reader *r, const struct pl_jval *o, const char *const *keys, size_t n,
		 struct pl_err *err)
{
	struct pl_str key;
	const struct pl_jval *v;
	if (pl_json_kind(o) != PL_JOBJECT)
		return bad(r, "", err, "must be an object");
	for (void *it = NULL; pl_json_next(o, &it, &key, &v);) {
		bool there = false;
		for (size_t i = 0; i < n; i++)
			there = there || pl_str_is(key, keys[i]);
		if (!there)
			return bad(r, PL_SHOWN(key), err, "unknown key");
	}
	return 0;
}
#define KNOWN(r, o, err, ...)                                                                      \
	known(r, o, (const char *const[]){__VA_ARGS__},                                            \
	      sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), err)

/* A text that check (NULL: any printable one) accepts. */
static int text(const struct reader *r, const struct pl_jval *o, const char *key,
		bool (*check)(struct pl_str), const char **ret, struct pl_err *err)
{
	struct pl_str s = pl_json_str(pl_json_get(o, key));
	if (!s.p)
		return bad(r, key, err, "must be a string");
	if (!(check ? check : pl_printable_ok)(s))
		return bad(r, key, err, "is not a value for this key");
	*ret = pl_arena_cstr(r->a, s);
	return 0;
}

static int text_if(const struct reader *r, const struct pl_jval *o, const char *key,
		   bool (*check)(struct pl_str), const char **ret, struct pl_err *err)
{
	return pl_json_get(o, key) ? text(r, o, key, check, ret, err) : 0;
}

static int number(const struct reader *r, const struct pl_jval *o, const char *key, uint64_t max,
		  uint64_t *ret, struct pl_err *err)
{
	uint64_t v;
	if (!pl_json_u64(pl_json_get(o, key), &v) || v > max)
		return bad(r, key, err, "must be a whole number of at least 0, and not too large");
	*ret = v;
	return 0;
}

static int date(const struct reader *r, const struct pl_jval *o, const char *key, int64_t *ret,
		struct pl_err *err)
{
	uint64_t v = 0;
	int rc = number(r, o, key, 253402300799u, &v, err); /* the end of year 9999 */
	if (rc == 0)
		*ret = (int64_t)v;
	return rc;
}

static int digest(const struct reader *r, const struct pl_jval *o, const char *key,
		  struct pl_digest *ret, struct pl_err *err)
{
	if (!pl_digest_parse(pl_json_str(pl_json_get(o, key)), ret))
		return bad(r, key, err, "must be \"sha256:\" and 64 lower-case hexadecimal digits");
	return 0;
}

/* The array at key; an absent one is an error. */
static int array(const struct reader *r, const struct pl_jval *o, const char *key,
		 const struct pl_jval **ret, size_t *ret_n, struct pl_err *err)
{
	const struct pl_jval *v = pl_json_get(o, key);
	if (pl_json_kind(v) != PL_JARRAY)
		return bad(r, key, err, "must be an array");
	*ret = v;
	*ret_n = pl_json_len(v);
	return 0;
}

/* Text for people only: a dependency as the archive wrote it may hold anything, a line end too. */
static bool any_ok(struct pl_str s)
{
	(void)s;
	return true;
}

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
	static const char *const verdicts[] = {"none", "covered", "ignorable", "deferred",
					       "unknown"};
	for (size_t i = 0; i < PL_COUNT(verdicts); i++)
		if (pl_str_is(s, verdicts[i]))
			return true;
	return false;
}

static int read_suite(struct reader *r, const struct pl_jval *o, struct pl_lock_suite *s,
		      struct pl_err *err)
{
	int rc = KNOWN(r, o, err, "suite", "date", "sha256", "fingerprint");
	if (rc == 0)
		rc = text(r, o, "suite", pl_inside_path_ok, &s->suite, err);
	if (rc == 0)
		rc = date(r, o, "date", &s->date, err);
	if (rc == 0)
		rc = digest(r, o, "sha256", &s->sha256, err);
	if (rc == 0)
		rc = text(r, o, "fingerprint", hex_ok, &s->fingerprint, err);
	return rc;
}

static int read_id(struct reader *r, const struct pl_jval *o, struct pl_lock_id *id,
		   struct pl_err *err)
{
	uint64_t n = 0;
	id->is_group = pl_json_get(o, "group") != NULL;
	int rc = KNOWN(r, o, err, id->is_group ? "group" : "user", "id");
	if (rc == 0)
		rc = text(r, o, id->is_group ? "group" : "user", account_ok, &id->name, err);
	if (rc == 0)
		rc = number(r, o, "id", UINT32_MAX - 1, &n, err);
	id->id = (uint32_t)n;
	return rc;
}

static int read_scripts(struct reader *r, const struct pl_jval *o, struct pl_lock_package *p,
			struct pl_err *err)
{
	const struct pl_jval *list = NULL;
	size_t before = strlen(r->at);
	if (!pl_json_get(o, "scripts"))
		return 0;
	int rc = array(r, o, "scripts", &list, &p->n_scripts, err);
	if (rc < 0)
		return rc;
	if (p->n_scripts == 0 || p->n_scripts > 16)
		return bad(r, "scripts", err, "must have 1 to 16 items, or be left out");
	p->scripts = pl_arena_array(r->a, struct pl_lock_script, p->n_scripts);
	for (size_t i = 0; i < p->n_scripts && rc == 0; i++) {
		const struct pl_jval *s = pl_json_at(list, i);
		snprintf(r->at + before, sizeof(r->at) - before, ".scripts[%zu]", i);
		rc = KNOWN(r, s, err, "name", "sha256", "verdict", "reason");
		if (rc == 0)
			rc = text(r, s, "name", word_ok, &p->scripts[i].name, err);
		if (rc == 0)
			rc = digest(r, s, "sha256", &p->scripts[i].sha256, err);
		if (rc == 0)
			rc = text(r, s, "verdict", verdict_ok, &p->scripts[i].verdict, err);
		if (rc == 0)
			rc = text_if(r, s, "reason", any_ok, &p->scripts[i].reason, err);
		for (size_t k = 0; rc == 0 && k < i; k++)
			if (strcmp(p->scripts[k].name, p->scripts[i].name) == 0)
				rc = bad(r, "name", err, "is given twice");
	}
	if (rc == 0)
		r->at[before] = '\0';
	return rc;
}

static int read_package(struct reader *r, const struct pl_jval *o, struct pl_lock_package *p,
			struct pl_err *err)
{
	int rc = KNOWN(r, o, err, "name", "version", "architecture", "source", "source_version",
		       "sha256", "size", "installed_kib", "filename", "suite", "why", "layer",
		       "scripts", "ecosystem");
	const struct {
		const char *key;
		bool (*check)(struct pl_str);
		const char **to;
	} texts[] = {{"name", pl_package_name_ok, &p->name},
		     {"version", pl_package_version_ok, &p->version},
		     {"architecture", word_ok, &p->architecture},
		     {"source", pl_package_name_ok, &p->source},
		     {"source_version", pl_package_version_ok, &p->source_version},
		     {"filename", pl_inside_path_ok, &p->filename},
		     {"suite", pl_inside_path_ok, &p->suite}};
	for (size_t i = 0; i < PL_COUNT(texts) && rc == 0; i++)
		rc = text(r, o, texts[i].key, texts[i].check, texts[i].to, err);
	if (rc == 0)
		rc = digest(r, o, "sha256", &p->sha256, err);
	if (rc == 0)
		rc = number(r, o, "size", INT64_MAX, &p->size, err);
	if (rc == 0)
		rc = number(r, o, "installed_kib", INT64_MAX, &p->installed_kib, err);
	if (rc == 0)
		rc = text_if(r, o, "why", any_ok, &p->why, err);
	if (rc == 0)
		rc = text_if(r, o, "layer", pl_printable_ok, &p->layer, err);
	p->ecosystem = PL_LOCK_ECOSYSTEM;
	if (rc == 0)
		rc = text_if(r, o, "ecosystem", word_ok, &p->ecosystem, err);
	return rc < 0 ? rc : read_scripts(r, o, p, err);
}

static int read_lists(struct reader *r, const struct pl_jval *o, struct pl_lock_distro *d,
		      struct pl_err *err)
{
	const struct pl_jval *suites = NULL, *ids = NULL, *packages = NULL;
	size_t before = strlen(r->at), left = sizeof(r->at) - before;
	int rc = array(r, o, "suites", &suites, &d->n_suites, err);
	if (rc == 0)
		rc = array(r, o, "ids", &ids, &d->n_ids, err);
	if (rc == 0)
		rc = array(r, o, "packages", &packages, &d->n_packages, err);
	if (rc < 0)
		return rc;
	d->suites = pl_arena_array(r->a, struct pl_lock_suite, d->n_suites);
	d->ids = pl_arena_array(r->a, struct pl_lock_id, d->n_ids);
	d->packages = pl_arena_array(r->a, struct pl_lock_package, d->n_packages);
	for (size_t i = 0; i < d->n_suites && rc == 0; i++) {
		snprintf(r->at + before, left, ".suites[%zu]", i);
		rc = read_suite(r, pl_json_at(suites, i), &d->suites[i], err);
	}
	for (size_t i = 0; i < d->n_ids && rc == 0; i++) {
		snprintf(r->at + before, left, ".ids[%zu]", i);
		rc = read_id(r, pl_json_at(ids, i), &d->ids[i], err);
		if (rc == 0 && i && pl_lock_id_cmp(&d->ids[i - 1], &d->ids[i]) >= 0)
			rc = bad(r, "", err, "is not in order (groups, then users, by name)");
	}
	for (size_t i = 0; i < d->n_packages && rc == 0; i++) {
		snprintf(r->at + before, left, ".packages[%zu]", i);
		d->packages[i].index = (unsigned)i;
		rc = read_package(r, pl_json_at(packages, i), &d->packages[i], err);
		if (rc == 0 && i && pl_lock_package_cmp(&d->packages[i - 1], &d->packages[i]) >= 0)
			rc = bad(r, "", err, "is not in order (name, version, architecture)");
	}
	return rc;
}

static int read_distros(struct reader *r, const struct pl_jval *o, struct pl_lock *l,
			struct pl_err *err)
{
	struct pl_str key;
	const struct pl_jval *v;
	size_t i = 0;
	if (pl_json_kind(o) != PL_JOBJECT)
		return bad(r, "distros", err, "must be an object");
	l->n_distros = pl_json_len(o);
	l->distros = pl_arena_array(r->a, struct pl_lock_distro, l->n_distros);
	for (void *it = NULL; pl_json_next(o, &it, &key, &v); i++) {
		struct pl_lock_distro *d = &l->distros[i];
		r->at[0] = '\0';
		if (!pl_distro_name_ok(key))
			return bad(r, "distros", err, "has a member that is not a distro's name");
		snprintf(r->at, sizeof(r->at), "distros.%s", key.p);
		d->name = pl_arena_cstr(r->a, key);
		int rc = KNOWN(r, v, err, "suites", "ids", "packages");
		if (rc == 0)
			rc = read_lists(r, v, d, err);
		if (rc < 0)
			return rc;
		if (i && strcmp(l->distros[i - 1].name, d->name) >= 0)
			return bad(r, "", err, "is not in order (by name)");
	}
	r->at[0] = '\0';
	return 0;
}

static int read_file(struct reader *r, const struct pl_jval *o, struct pl_lock_file *f,
		     struct pl_err *err)
{
	uint64_t mode = 0;
	int rc = KNOWN(r, o, err, "to", "from", "sha256", "size", "mode");
	if (rc == 0)
		rc = text(r, o, "to", pl_image_path_ok, &f->to, err);
	if (rc == 0)
		rc = text_if(r, o, "from", pl_inside_path_ok, &f->from, err);
	if (rc == 0)
		rc = digest(r, o, "sha256", &f->sha256, err);
	if (rc == 0)
		rc = number(r, o, "size", INT64_MAX, &f->size, err);
	if (rc < 0)
		return rc;
	struct pl_str text = pl_json_str(pl_json_get(o, "mode"));
	if (text.n != 4 || !pl_parse_octal(text, 07777, &mode))
		return bad(r, "mode", err, "must be four octal digits in a string");
	f->mode = (uint32_t)mode;
	return 0;
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

static int read_contents(struct reader *r, const struct pl_jval *o, const struct pl_map *refs,
			 struct pl_lock_image *i, struct pl_err *err)
{
	const struct pl_jval *packages = NULL, *files = NULL;
	size_t before = strlen(r->at), left = sizeof(r->at) - before;
	int rc = array(r, o, "packages", &packages, &i->n_packages, err);
	if (rc == 0)
		rc = array(r, o, "files", &files, &i->n_files, err);
	if (rc < 0)
		return rc;
	i->packages = pl_arena_array(r->a, struct pl_lock_package *, i->n_packages);
	i->files = pl_arena_array(r->a, struct pl_lock_file, i->n_files);
	for (size_t k = 0; k < i->n_packages; k++) {
		struct pl_str ref = pl_json_str(pl_json_at(packages, k));
		snprintf(r->at + before, left, ".packages[%zu]", k);
		i->packages[k] = ref.p ? pl_map_get(refs, ref) : NULL;
		if (!i->packages[k])
			return bad(r, "", err, "names no package of its distro's list");
		if (k && i->packages[k - 1]->index >= i->packages[k]->index)
			return bad(r, "", err, "is not in order");
	}
	for (size_t k = 0; k < i->n_files && rc == 0; k++) {
		snprintf(r->at + before, left, ".files[%zu]", k);
		rc = read_file(r, pl_json_at(files, k), &i->files[k], err);
		if (rc == 0 && k && strcmp(i->files[k - 1].to, i->files[k].to) >= 0)
			rc = bad(r, "to", err, "is not in order");
	}
	if (rc == 0)
		r->at[before] = '\0';
	return rc;
}

static int read_image(struct reader *r, const struct pl_jval *o, const struct pl_lock *l,
		      const struct pl_map *refs, struct pl_lock_image *i, struct pl_err *err)
{
	int rc = KNOWN(r, o, err, "id", "platform", "base", "distro", "definition", "packages",
		       "files");
	const char *platform = NULL;
	if (rc == 0)
		rc = text(r, o, "id", id_ok, &i->id, err);
	if (rc == 0)
		rc = text(r, o, "platform", pl_platform_ok, &platform, err);
	if (rc == 0)
		i->platform = pl_platform_find(pl_str_of(platform));
	if (rc == 0)
		rc = text_if(r, o, "base", id_ok, &i->base, err);
	if (rc == 0)
		rc = text(r, o, "distro", NULL, &i->distro, err);
	if (rc == 0)
		rc = digest(r, o, "definition", &i->definition, err);
	if (rc < 0)
		return rc;
	const struct pl_lock_distro *d = pl_lock_distro_find(l, i->distro);
	if (!d)
		return bad(r, "distro", err, "is not among the lock's distros");
	return read_contents(r, o, &refs[d - l->distros], i, err);
}

/* Every base is there, for the same platform and distro, and no chain of bases comes back. */
static int check_bases(struct reader *r, const struct pl_lock *l, struct pl_err *err)
{
	PL_AUTOFREE uint8_t *done = pl_xcalloc(l->n_images + 1, 1);
	for (size_t i = 0; i < l->n_images; i++) {
		size_t steps = 0;
		const struct pl_lock_image *at = &l->images[i];
		while (at->base && !done[at - l->images]) {
			const struct pl_lock_image *base =
				pl_lock_image_find(l, at->base, at->platform);
			snprintf(r->at, sizeof(r->at), "images[%zu]", (size_t)(at - l->images));
			if (!base || strcmp(base->distro, at->distro) != 0)
				return bad(r, "base", err,
					   "is not in the lock for this platform "
					   "and distro");
			if (++steps > l->n_images)
				return bad(r, "base", err, "leads back to the image itself");
			at = base;
		}
		for (at = &l->images[i]; at->base && !done[at - l->images];
		     at = pl_lock_image_find(l, at->base, at->platform))
			done[at - l->images] = 1;
	}
	return 0;
}

static int read_images(struct reader *r, const struct pl_jval *root, struct pl_lock *l,
		       struct pl_err *err)
{
	const struct pl_jval *list = NULL;
	int rc = array(r, root, "images", &list, &l->n_images, err);
	if (rc < 0)
		return rc;
	l->images = pl_arena_array(r->a, struct pl_lock_image, l->n_images);
	struct pl_map *refs = pl_xcalloc(l->n_distros + 1, sizeof(*refs));
	for (size_t i = 0; i < l->n_distros; i++)
		index_packages(r->a, &l->distros[i], &refs[i]);
	for (size_t i = 0; i < l->n_images && rc == 0; i++) {
		snprintf(r->at, sizeof(r->at), "images[%zu]", i);
		rc = read_image(r, pl_json_at(list, i), l, refs, &l->images[i], err);
		if (rc == 0 && i && pl_lock_image_cmp(&l->images[i - 1], &l->images[i]) >= 0)
			rc = bad(r, "", err, "is not in order (id, platform)");
	}
	for (size_t i = 0; i < l->n_distros; i++)
		pl_map_done(&refs[i]);
	free(refs);
	return rc < 0 ? rc : check_bases(r, l, err);
}

/* A lock of a newer encoder stands for bytes that we cannot make. One of an older encoder, or of
 * the library that wrote layers before we had our own, is built with ours: the same here as
 * anywhere. */
static int read_compressor(const struct reader *r, const struct pl_jval *root, struct pl_lock *l,
			   struct pl_err *err)
{
	uint64_t version;
	int rc = text(r, root, "compressor", NULL, &l->compressor, err);
	if (rc < 0)
		return rc;
	struct pl_str name = pl_str_of(l->compressor);
	if (!pl_str_starts(name, PL_COMPRESSOR_FAMILY) ||
	    pl_parse_u64(pl_str_sub(name, strlen(PL_COMPRESSOR_FAMILY), name.n), PL_DEFLATE_VERSION,
			 &version))
		return 0;
	return pl_fail(
		err, PL_INPUT,
		"%s: compressor \"%s\" is of a newer plimsoll (this one has %d); use that or "
		"a newer one",
		r->what, l->compressor, PL_DEFLATE_VERSION);
}

static int read_root(struct reader *r, const struct pl_jval *root, struct pl_lock *l,
		     struct pl_err *err)
{
	/* The format first: a newer lock's keys are not for us to call unknown. */
	if (pl_json_kind(root) != PL_JOBJECT)
		return bad(r, "", err, "a lock must be a JSON object");
	int rc = number(r, root, "format", INT64_MAX, &l->format, err);
	if (rc < 0)
		return rc;
	if (l->format > PL_LOCK_FORMAT)
		return pl_fail(err, PL_INPUT,
			       "%s: format %llu was written by a newer plimsoll (this one knows "
			       "%d); use that or a newer one",
			       r->what, (unsigned long long)l->format, PL_LOCK_FORMAT);
	if (l->format < 1)
		return bad(r, "format", err, "must be at least 1");
	rc = KNOWN(r, root, err, "format", "compressor", "distros", "images");
	if (rc == 0)
		rc = read_compressor(r, root, l, err);
	if (rc == 0)
		rc = read_distros(r, pl_json_get(root, "distros"), l, err);
	return rc < 0 ? rc : read_images(r, root, l, err);
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
	struct reader r = {.a = &l->arena, .what = what};
	rc = read_root(&r, root, l, err);
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
