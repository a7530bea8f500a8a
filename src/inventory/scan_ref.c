// SPDX-License-Identifier: Apache-2.0
/* From a reference to facts: manifest, config, layers as streams, and what it is based on. */
#include "inventory/scan_ref.h"

#include "inventory/inventory_int.h"
#include "oci/manifest.h"
#include "oci/repository.h"

#include <stdio.h>
#include <sys/utsname.h>

#define LAYERS_MAX 1024

struct work {
	const struct pl_env *env;
	struct pl_registries *registries;
	struct pl_arena *a;
	const struct pl_ref *ref;
	struct pl_inv *inv;
	struct pl_repo *repo;
	struct pl_descriptor top;  /* what the reference names */
	struct pl_oci_index index; /* if that is an index */
	bool has_index;
	struct pl_manifest manifest; /* of the platform */
	struct pl_config config;
};

/* This machine's, in the image specification's words. */
static const char *own_platform(struct pl_arena *a)
{
	static const char *const names[][2] = {
		{"x86_64", "amd64"},    {"aarch64", "arm64"},   {"armv7l", "arm"},
		{"i686", "386"},        {"ppc64le", "ppc64le"}, {"s390x", "s390x"},
		{"riscv64", "riscv64"},
	};
	struct utsname u;
	if (uname(&u) < 0)
		return "linux/amd64";
	for (size_t i = 0; i < PL_COUNT(names); i++)
		if (strcmp(u.machine, names[i][0]) == 0)
			return pl_arena_printf(a, "linux/%s", names[i][1]);
	return pl_arena_printf(a, "linux/%s", u.machine);
}

static const char *platform_of(struct pl_arena *a, const char *os, const char *arch,
			       const char *variant)
{
	/* arm64/v8 and arm64 are the same (containerd's platforms). */
	bool plain = !variant || !*variant ||
		     (arch && strcmp(arch, "arm64") == 0 && strcmp(variant, "v8") == 0);
	return pl_arena_printf(a, "%s/%s%s%s", os ? os : "linux", arch ? arch : "unknown",
			       plain ? "" : "/", plain ? "" : variant);
}

static bool is_image(const struct pl_descriptor *d)
{
	/* Attestations stand in indexes as images of no platform. */
	return !(d->os && strcmp(d->os, "unknown") == 0) &&
	       !pl_annotation_get(d->annotations, d->n_annotations, "vnd.docker.reference.type");
}

static int choose(struct work *w, const char *platform, struct pl_descriptor *ret,
		  struct pl_err *err)
{
	const char *want = platform ? platform : own_platform(w->a);
	const struct pl_descriptor *first = NULL;
	PL_AUTO(buf) there = {.max = 300};
	for (size_t i = 0; i < w->index.n_manifests; i++) {
		const struct pl_descriptor *d = &w->index.manifests[i];
		if (!is_image(d))
			continue;
		const char *has = platform_of(w->a, d->os, d->architecture, d->variant);
		if (!first)
			first = d;
		if (strcmp(has, want) == 0 || (platform && strcmp(want, "linux/arm64/v8") == 0 &&
					       strcmp(has, "linux/arm64") == 0)) {
			*ret = *d;
			return 0;
		}
		pl_buf_addf(&there, "%s%s", there.n ? ", " : "", has);
	}
	if (platform && first)
		return pl_fail(err, PL_NOT_FOUND, "%s: has no image for %s; it has %s",
			       w->ref->text, platform, there.p ? there.p : "none");
	if (!first)
		return pl_fail(err, PL_INPUT, "%s: the index names no image", w->ref->text);
	*ret = *first;
	return 0;
}

static int open_manifest(struct work *w, const char *platform, struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = (size_t)w->env->limits->manifest_bytes};
	PL_AUTO(buf) inner = {.max = (size_t)w->env->limits->manifest_bytes};
	const char *tag = w->ref->tag;
	int rc = pl_repo_open(w->registries, w->ref, false, &w->repo, err);
	if (rc == 0)
		rc = pl_repo_manifest(w->repo, w->ref->has_digest ? NULL : tag,
				      w->ref->has_digest ? &w->ref->digest : NULL, w->a, &w->top,
				      &text, err);
	if (rc < 0)
		return rc;
	if (rc == 0)
		return pl_fail(err, PL_NOT_FOUND, "%s: there is no such image", w->ref->text);
	if (!pl_text_is_index(pl_buf_str(&text), w->top.media_type))
		return pl_manifest_parse(w->a, pl_buf_str(&text), w->ref->text, &w->manifest, err);
	struct pl_descriptor d, found;
	w->has_index = true;
	rc = pl_oci_index_parse(w->a, pl_buf_str(&text), w->ref->text, &w->index, err);
	if (rc == 0)
		rc = choose(w, platform, &d, err);
	if (rc == 0)
		rc = pl_repo_manifest(w->repo, NULL, &d.digest, w->a, &found, &inner, err);
	if (rc < 0)
		return rc;
	if (rc == 0)
		return pl_fail(err, PL_NOT_FOUND,
			       "%s: the manifest %s that its index names is missing", w->ref->text,
			       PL_DIGEST_STR(&d.digest));
	return pl_manifest_parse(w->a, pl_buf_str(&inner), w->ref->text, &w->manifest, err);
}

static int read_config(struct work *w, struct pl_err *err)
{
	PL_AUTO_FREE(source) s = NULL;
	PL_AUTO(buf) text = {.max = (size_t)w->env->limits->json_bytes};
	if (w->manifest.config.size > w->env->limits->json_bytes)
		return pl_fail(err, PL_LIMIT, "%s: its config is too large", w->ref->text);
	int rc = pl_repo_blob(w->repo, &w->manifest.config, &s, err);
	if (rc == 0)
		rc = pl_source_read_all(s, &text, w->ref->text, err);
	if (rc == 0)
		rc = pl_config_parse(w->a, pl_buf_str(&text), w->ref->text, &w->config, err);
	if (rc < 0)
		return rc;
	if (w->config.n_diff_ids != w->manifest.n_layers)
		return pl_fail(err, PL_INPUT, "%s: %zu layers but %zu diff_ids in its config",
			       w->ref->text, w->manifest.n_layers, w->config.n_diff_ids);
	if (w->manifest.n_layers > LAYERS_MAX)
		return pl_fail(err, PL_LIMIT, "%s: more than %d layers", w->ref->text, LAYERS_MAX);
	return 0;
}

static int scan_one(struct work *w, struct pl_scan *scan, size_t i, struct pl_err *err)
{
	const struct pl_descriptor *d = &w->manifest.layers[i];
	struct pl_source *blob, *tar;
	const char *what = pl_arena_printf(w->a, "%s layer %zu (%s)", w->ref->text, i + 1,
					   PL_DIGEST_STR(&d->digest));
	int rc = pl_repo_blob(w->repo, d, &blob, err);
	if (rc == 0)
		rc = pl_source_decompress(blob, w->env->limits, what, &tar, err);
	if (rc < 0)
		return rc;
	/* The diff_id is what bases are found by: it must be true. */
	tar = pl_source_verify(tar, UINT64_MAX, &w->config.diff_ids[i], what);
	return pl_scan_layer(scan, tar, what, err);
}

static int scan_layers(struct work *w, struct pl_scan_result *ret, struct pl_err *err)
{
	PL_AUTO_FREE(scan) scan = pl_scan_new(w->env, w->a);
	int rc = 0;
	pl_progress_begin(w->env, "scan", w->manifest.n_layers, "");
	for (size_t i = 0; rc == 0 && i < w->manifest.n_layers; i++) {
		rc = pl_env_check(w->env, err);
		if (rc == 0)
			rc = scan_one(w, scan, i, err);
		pl_progress_step(w->env, "scan", 1, w->ref->text);
	}
	if (rc == 0)
		rc = pl_scan_finish(scan, ret, err);
	pl_progress_end(w->env, "scan", "%s", rc == 0 ? w->ref->text : "failed");
	return rc;
}

/* Our own record: the inventory knows this very content. */
static int base_by_record(struct work *w, struct pl_scanned *s, struct pl_err *err)
{
	PL_AUTO(tx) tx = {0};
	int64_t id;
	struct pl_inv_image image;
	int rc = pl_tx_read(w->inv->db, &tx, err);
	if (rc == 0)
		rc = pl_inv_content_by_digest(w->inv, &s->digest, &id, err);
	if (rc <= 0)
		return rc;
	const struct pl_named at = {.content_id = id};
	rc = pl_inv_image_of(w->inv, w->a, s->ref.text, &at, &image, err);
	if (rc < 0 || !image.base)
		return rc;
	s->base = image.base;
	s->base_evidence = image.base_evidence;
	s->has_base_digest = image.has_base_digest;
	s->base_digest = image.base_digest;
	return 1;
}

/* image-spec annotations.md; a name without a tag or a digest names nothing. */
static int base_by_annotation(struct work *w, struct pl_scanned *s)
{
	const struct {
		const struct pl_annotation *v;
		size_t n;
	} places[] = {
		{w->manifest.annotations, w->manifest.n_annotations},
		{w->index.annotations, w->index.n_annotations},
		{w->config.labels, w->config.n_labels},
	};
	for (size_t i = 0; i < PL_COUNT(places); i++) {
		const char *name = pl_annotation_get(places[i].v, places[i].n,
						     "org.opencontainers.image.base.name");
		const char *digest = pl_annotation_get(places[i].v, places[i].n,
						       "org.opencontainers.image.base.digest");
		struct pl_err unused = {0};
		struct pl_ref n;
		struct pl_digest d;
		bool has = digest && pl_digest_parse(pl_str_of(digest), &d);
		if (!name)
			continue;
		if (has && pl_ref_parse_name(w->a, pl_str_of(name), &n, &unused) < 0)
			name = pl_arena_printf(w->a, "%s@%s", name, digest);
		if (pl_ref_parse_name(w->a, pl_str_of(name), &n, &unused) < 0)
			continue;
		s->base = name;
		s->base_evidence = "annotation";
		s->has_base_digest = has;
		if (has)
			s->base_digest = d;
		return 1;
	}
	return 0;
}

static int find_base(struct work *w, struct pl_scanned *s, struct pl_err *err)
{
	bool local = w->inv && w->inv->db;
	int rc = local ? base_by_record(w, s, err) : 0;
	if (rc == 0)
		rc = base_by_annotation(w, s);
	if (rc == 0 && local) {
		rc = pl_inv_base_by_layers(w->inv, w->a, s->diff_ids, s->n_diff_ids, &s->base,
					   &s->base_digest, err);
		if (rc == 1) {
			s->base_evidence = "layers";
			s->has_base_digest = true;
		}
	}
	return rc < 0 ? rc : 0;
}

int pl_scan_ref(const struct pl_env *env, struct pl_registries *registries, struct pl_arena *a,
		const struct pl_ref *ref, const char *platform, struct pl_inv *inv,
		struct pl_scanned *ret, struct pl_err *err)
{
	struct work w = {.env = env, .registries = registries, .a = a, .ref = ref, .inv = inv};
	struct pl_scanned s = {.ref = *ref};
	if (ref->kind == PL_REF_DIR)
		return pl_fail(err, PL_USAGE,
			       "%s: a root file system is not an image; scan a registry reference, "
			       "oci:DIR or docker-archive:FILE",
			       ref->text);
	int rc = open_manifest(&w, platform, err);
	if (rc == 0)
		rc = read_config(&w, err);
	if (rc == 0) {
		s.digest = w.top.digest;
		s.platform = platform_of(a, w.config.os, w.config.architecture, w.config.variant);
		s.diff_ids = w.config.diff_ids;
		s.n_diff_ids = w.config.n_diff_ids;
		if (platform && !w.has_index && strcmp(platform, s.platform) != 0)
			rc = pl_fail(err, PL_NOT_FOUND, "%s: is for %s, not for %s", ref->text,
				     s.platform, platform);
	}
	if (rc == 0)
		rc = scan_layers(&w, &s.result, err);
	if (rc == 0)
		rc = find_base(&w, &s, err);
	pl_repo_free(w.repo);
	if (rc == 0)
		*ret = s;
	return rc;
}

static bool same_package(const struct pl_inv_package *p, const struct pl_found_package *f)
{
	return strcmp(p->name, f->name) == 0 && strcmp(p->version, f->version) == 0 &&
	       strcmp(p->ecosystem, f->ecosystem) == 0 &&
	       (!*p->architecture || strcmp(p->architecture, f->architecture) == 0);
}

/* What the image has that its base has not, and the other way round. */
static void subtract(struct pl_arena *a, const struct pl_scanned *s,
		     const struct pl_inv_package *base, size_t n_base, struct pl_registration *r)
{
	const struct pl_scan_result *all = &s->result;
	r->packages = pl_arena_array(a, struct pl_inv_package, all->n_packages + 1);
	r->removed = pl_arena_array(a, const char *, n_base + 1);
	size_t removed = 0;
	/* Both lists are in order of names, so one walk would do; some hundreds need no such care.
	 */
	for (size_t i = 0; i < all->n_packages; i++) {
		const struct pl_found_package *f = &all->packages[i];
		bool inherited = false;
		for (size_t k = 0; !inherited && k < n_base; k++)
			inherited = same_package(&base[k], f);
		if (!inherited)
			r->packages[r->n_packages++] = (struct pl_inv_package){
				f->name,   f->version,        f->architecture,
				f->source, f->source_version, f->ecosystem};
	}
	for (size_t k = 0; k < n_base; k++) {
		bool kept = false;
		/* A base registered for all platforms holds other architectures' packages, which
		 * one platform's scan says nothing about. */
		const char *arch = base[k].architecture, *slash = strchr(s->platform, '/');
		bool ours = !*arch || strcmp(arch, "all") == 0 || !slash ||
			    strcmp(arch, slash + 1) == 0;
		for (size_t i = 0; !kept && i < all->n_packages; i++)
			kept = strcmp(base[k].name, all->packages[i].name) == 0 &&
			       (!*arch || strcmp(arch, all->packages[i].architecture) == 0);
		if (!kept && ours)
			r->removed[removed++] =
				*arch ? pl_arena_printf(a, "%s:%s", base[k].name, arch)
				      : base[k].name;
	}
	if (removed == 0)
		r->removed = NULL;
}

/* Are the packages of this content known for all its platforms (from a build)? Then one platform's
 * scan says nothing new. */
static int known_whole(struct pl_inv *inv, const struct pl_digest *digest, struct pl_err *err)
{
	PL_AUTO(stmt) q = {0};
	int rc = pl_db_query(inv->db,
			     "SELECT 1 FROM content c JOIN facts f ON f.content_id = c.id"
			     " WHERE c.digest = $1 AND f.platform = ''",
			     &q, err);
	if (rc < 0)
		return rc;
	pl_stmt_blob(&q, 1, digest->b, sizeof(digest->b));
	return pl_stmt_step(&q, err);
}

int pl_scan_register(struct pl_inv *inv, const struct pl_scanned *s, const char *name,
		     struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	struct pl_inv_package *base = NULL;
	size_t n_base = 0;
	int rc = 0;
	if (inv->db) {
		struct pl_inv_image known;
		struct pl_err unused = {0};
		rc = known_whole(inv, &s->digest, err);
		if (rc < 0)
			return rc;
		if (rc == 1 && pl_inv_image_get(inv, &a, pl_str_of(name), &known, &unused) == 0 &&
		    pl_digest_eq(&known.digest, &s->digest))
			return 0;
		if (rc == 1)
			return pl_fail(
				err, PL_CONFLICT,
				"%s: %s is registered by its build for all platforms already; "
				"a scan of %s adds nothing",
				name, PL_DIGEST_STR(&s->digest), s->platform);
	}
	struct pl_registration r = {
		.base_evidence = s->base ? s->base_evidence : NULL,
		.has_digest = true,
		.digest = s->digest,
		.has_base_digest = s->base && s->has_base_digest,
		.base_digest = s->base_digest,
		.diff_ids = s->diff_ids,
		.n_diff_ids = s->n_diff_ids,
		.platform = s->platform,
	};
	rc = pl_ref_parse_name(&a, pl_str_of(name), &r.name, err);
	if (rc < 0)
		return rc;
	if (s->base && pl_ref_parse_name(&a, pl_str_of(s->base), &r.base, err) < 0)
		return pl_ctx(err, "base of %s", name);
	if (s->base && inv->db) {
		struct pl_err unused = {0};
		const char *at = s->base;
		if (s->has_base_digest && !strchr(at, '@'))
			at = pl_arena_printf(&a, "%s@%s", at, PL_DIGEST_STR(&s->base_digest));
		/* An unknown base gives nothing to subtract: all packages are the image's own. */
		if (pl_inv_image_packages(inv, &a, pl_str_of(at), true, &base, &n_base, &unused) <
			    0 &&
		    unused.code != PL_NOT_FOUND) {
			*err = unused;
			return -(int)err->code;
		}
	}
	subtract(&a, s, base, n_base, &r);
	return pl_inv_put(inv, &r, PL_PUT_UPSERT, err);
}
