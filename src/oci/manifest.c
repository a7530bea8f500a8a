// SPDX-License-Identifier: Apache-2.0
#include "oci/manifest_int.h"

#include "base/env.h"

const char *pl_shown(struct pl_arena *a, struct pl_str s)
{
	char text[100];
	return pl_arena_printf(a, "%s", pl_escape(text, sizeof(text), s.p, s.n > 90 ? 90 : s.n));
}

const char *pl_annotation_get(const struct pl_annotation *v, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].key, key) == 0)
			return v[i].value;
	return NULL;
}

int pl_annotation_qsort(const void *a, const void *b)
{
	return strcmp(((const struct pl_annotation *)a)->key,
		      ((const struct pl_annotation *)b)->key);
}

void pl_annotations_read(const struct pl_jr *r, struct pl_annotation **ret, size_t *ret_n)
{
	size_t n = 0;
	struct pl_str key;
	const struct pl_jval *item;
	if (!pl_jr_ok(r) || pl_json_kind(r->value) == PL_JNULL)
		return;
	if (pl_json_kind(r->value) != PL_JOBJECT) {
		pl_jr_fail(r, "", "must be an object of strings");
		return;
	}
	struct pl_arena *a = r->doc->arena;
	struct pl_annotation *out =
		pl_arena_array(a, struct pl_annotation, pl_json_len(r->value) + 1);
	for (void *it = NULL; pl_json_next(r->value, &it, &key, &item); n++) {
		if (pl_json_kind(item) != PL_JSTR) {
			pl_jr_fail(r, pl_shown(a, key), "must be a string");
			return;
		}
		out[n].key = pl_arena_cstr(a, key);
		out[n].value = pl_arena_cstr(a, pl_json_str(item));
	}
	qsort(out, n, sizeof(*out), pl_annotation_qsort);
	*ret = out;
	*ret_n = n;
}

void pl_annotations_format(struct pl_jw *w, const char *key, const struct pl_annotation *v,
			   size_t n)
{
	if (n == 0)
		return;
	pl_jw_key(w, key);
	pl_jw_object(w);
	for (size_t i = 0; i < n; i++)
		pl_jw_kcstr(w, v[i].key, v[i].value);
	pl_jw_end_object(w);
}

void pl_optional_read(const struct pl_jr *r, const char *key, const char **ret)
{
	const char *s = "";
	pl_jr_text_if(r, key, NULL, &s);
	if (*s)
		*ret = s;
}

static void read_platform(const struct pl_jr *r, struct pl_descriptor *d)
{
	struct pl_jr inner = pl_jr_inner(r, "platform");
	if (pl_json_kind(inner.value) == PL_JNULL)
		return;
	if (pl_json_kind(inner.value) != PL_JOBJECT)
		pl_jr_fail(r, "platform", "must be an object");
	PL_JR_EXACT(&inner, "architecture", "os", "os.version", "os.features", "variant",
		    "features");
	pl_optional_read(&inner, "os", &d->os);
	pl_optional_read(&inner, "architecture", &d->architecture);
	pl_optional_read(&inner, "variant", &d->variant);
	if (!d->os || !d->architecture)
		pl_jr_fail(r, "platform", "lacks os or architecture");
}

/* image-spec descriptor.md. Only sha256 is accepted: the one algorithm every registry has. */
static void read_descriptor(const struct pl_jr *r, struct pl_descriptor *d)
{
	const char *digest = "";
	if (pl_json_kind(r->value) != PL_JOBJECT)
		pl_jr_fail(r, "", "must be a descriptor");
	PL_JR_EXACT(r, "mediaType", "digest", "size", "urls", "annotations", "data", "platform",
		    "artifactType");
	pl_jr_text(r, "mediaType", NULL, &d->media_type);
	pl_jr_text(r, "digest", NULL, &digest);
	pl_jr_u64(r, "size", INT64_MAX, &d->size);
	if (!pl_jr_ok(r))
		return;
	if (!*d->media_type)
		pl_jr_fail(r, "mediaType", "is empty");
	if (!pl_digest_parse(pl_str_of(digest), &d->digest))
		pl_jr_fail(r, "digest", "is '%s', not sha256:<64 hex digits>",
			   pl_shown(r->doc->arena, pl_str_of(digest)));
	if (d->size > PL_JSON_SAFE_INT)
		pl_jr_fail(r, "size", "is over 2^53");
	read_platform(r, d);
	struct pl_jr annotations = pl_jr_inner(r, "annotations");
	pl_annotations_read(&annotations, &d->annotations, &d->n_annotations);
}

/* Member order of image-spec's own Go types, so that a diff against other tools' output is small.
 */
void pl_descriptor_format(struct pl_jw *w, const struct pl_descriptor *d)
{
	pl_jw_object(w);
	pl_jw_kcstr(w, "mediaType", d->media_type);
	pl_jw_kdigest(w, "digest", d->digest.b);
	pl_jw_ku64(w, "size", d->size);
	pl_annotations_format(w, "annotations", d->annotations, d->n_annotations);
	if (d->os) {
		pl_jw_key(w, "platform");
		pl_jw_object(w);
		pl_jw_kcstr(w, "architecture", d->architecture);
		pl_jw_kcstr(w, "os", d->os);
		if (d->variant)
			pl_jw_kcstr(w, "variant", d->variant);
		pl_jw_end_object(w);
	}
	pl_jw_end_object(w);
}

static void format_list(struct pl_jw *w, const char *key, const struct pl_descriptor *v, size_t n)
{
	pl_jw_key(w, key);
	pl_jw_array(w);
	for (size_t i = 0; i < n; i++)
		pl_descriptor_format(w, &v[i]);
	pl_jw_end_array(w);
}

static void format_head(struct pl_jw *w, struct pl_buf *out, const char *media_type)
{
	pl_jw_init(w, out, 0);
	pl_jw_object(w);
	pl_jw_ku64(w, "schemaVersion", 2);
	pl_jw_kcstr(w, "mediaType", media_type);
}

void pl_manifest_format(const struct pl_manifest *m, struct pl_buf *ret)
{
	struct pl_jw w;
	format_head(&w, ret, m->media_type ? m->media_type : PL_MT_MANIFEST);
	pl_jw_key(&w, "config");
	pl_descriptor_format(&w, &m->config);
	format_list(&w, "layers", m->layers, m->n_layers);
	pl_annotations_format(&w, "annotations", m->annotations, m->n_annotations);
	pl_jw_end_object(&w);
}

void pl_oci_index_format(const struct pl_oci_index *m, struct pl_buf *ret)
{
	struct pl_jw w;
	format_head(&w, ret, m->media_type ? m->media_type : PL_MT_INDEX);
	format_list(&w, "manifests", m->manifests, m->n_manifests);
	pl_annotations_format(&w, "annotations", m->annotations, m->n_annotations);
	pl_jw_end_object(&w);
}

int pl_object_parse(struct pl_str text, uint64_t max, const char *what, struct pl_jval **ret,
		    struct pl_err *err)
{
	PL_AUTO_FREE(jval) root = NULL;
	if (text.n > max)
		return pl_fail(err, PL_LIMIT, "%s: larger than %llu bytes", what,
			       (unsigned long long)max);
	int rc = pl_json_parse(text, what, &root, err);
	if (rc < 0)
		return rc;
	if (pl_json_kind(root) != PL_JOBJECT)
		return pl_fail(err, PL_INPUT, "%s: must be a JSON object", what);
	*ret = pl_steal(&root);
	return 0;
}

/*
 * Version and media type. A document that could be read both as a manifest and as an index is
 * refused (distribution-spec's advice after CVE-2021-41190), as is one whose mediaType says the
 * other kind.
 */
static void read_head(const struct pl_jr *r, const char *oci_type, const char *docker_type,
		      const char *const *foreign, const char **ret_type)
{
	uint64_t version = 0;
	const char *type = oci_type;
	PL_JR_EXACT(r, "schemaVersion", "mediaType", "artifactType", "config", "layers",
		    "manifests", "fsLayers", "subject", "annotations");
	pl_jr_u64(r, "schemaVersion", INT64_MAX, &version);
	pl_jr_text_if(r, "mediaType", NULL, &type);
	if (version != 2)
		pl_jr_fail(r, "",
			   "schemaVersion %llu is not supported, only 2; push the image "
			   "again with a current tool",
			   (unsigned long long)version);
	for (; *foreign; foreign++)
		if (pl_json_get(r->value, *foreign))
			pl_jr_fail(r, "", "is both a manifest and an index (has '%s'); refused",
				   *foreign);
	if (strcmp(type, oci_type) != 0 && strcmp(type, docker_type) != 0)
		pl_jr_fail(r, "", "mediaType is '%s', expected %s or %s",
			   pl_shown(r->doc->arena, pl_str_of(type)), oci_type, docker_type);
	*ret_type = strcmp(type, docker_type) == 0 ? docker_type : oci_type;
}

static void read_descriptors(const struct pl_jr *r, const char *key, struct pl_descriptor **ret,
			     size_t *ret_n)
{
	struct pl_jr list = pl_jr_member(r, key);
	if (pl_json_kind(list.value) != PL_JARRAY)
		pl_jr_fail(r, key, "must be an array");
	if (!pl_jr_ok(r))
		return;
	*ret_n = pl_json_len(list.value);
	*ret = pl_arena_array(r->doc->arena, struct pl_descriptor, *ret_n + 1);
	for (size_t i = 0; i < *ret_n && pl_jr_ok(r); i++) {
		struct pl_jr item = pl_jr_item(&list, i);
		read_descriptor(&item, &(*ret)[i]);
	}
}

int pl_manifest_parse(struct pl_arena *a, struct pl_str text, const char *what,
		      struct pl_manifest *ret, struct pl_err *err)
{
	static const char *const foreign[] = {"manifests", "fsLayers", NULL};
	PL_AUTO_FREE(jval) root = NULL;
	struct pl_manifest m = {0};
	int rc = pl_object_parse(text, pl_limits_default.manifest_bytes, what, &root, err);
	if (rc < 0)
		return rc;
	struct pl_jr_doc doc = {a, what, PL_JR_QUOTED, err, 0};
	struct pl_jr r = pl_jr_root(&doc, root), config = pl_jr_member(&r, "config"),
		     annotations = pl_jr_inner(&r, "annotations");
	read_head(&r, PL_MT_MANIFEST, PL_MT_DOCKER_MANIFEST, foreign, &m.media_type);
	read_descriptor(&config, &m.config);
	read_descriptors(&r, "layers", &m.layers, &m.n_layers);
	pl_annotations_read(&annotations, &m.annotations, &m.n_annotations);
	if (doc.rc == 0)
		*ret = m;
	return doc.rc;
}

int pl_oci_index_parse(struct pl_arena *a, struct pl_str text, const char *what,
		       struct pl_oci_index *ret, struct pl_err *err)
{
	static const char *const foreign[] = {"config", "layers", "fsLayers", NULL};
	PL_AUTO_FREE(jval) root = NULL;
	struct pl_oci_index m = {0};
	int rc = pl_object_parse(text, pl_limits_default.manifest_bytes, what, &root, err);
	if (rc < 0)
		return rc;
	struct pl_jr_doc doc = {a, what, PL_JR_QUOTED, err, 0};
	struct pl_jr r = pl_jr_root(&doc, root), annotations = pl_jr_inner(&r, "annotations");
	read_head(&r, PL_MT_INDEX, PL_MT_DOCKER_LIST, foreign, &m.media_type);
	read_descriptors(&r, "manifests", &m.manifests, &m.n_manifests);
	pl_annotations_read(&annotations, &m.annotations, &m.n_annotations);
	if (doc.rc == 0)
		*ret = m;
	return doc.rc;
}

bool pl_is_layer_type(const char *media_type)
{
#define OCI_LAYER "application/vnd.oci.image.layer."
#define DOCKER_LAYER "application/vnd.docker.image.rootfs."
	static const char *const types[] = {
		OCI_LAYER "v1.tar",
		PL_MT_LAYER_GZIP,
		OCI_LAYER "v1.tar+zstd",
		OCI_LAYER "nondistributable.v1.tar",
		OCI_LAYER "nondistributable.v1.tar+gzip",
		OCI_LAYER "nondistributable.v1.tar+zstd",
		DOCKER_LAYER "diff.tar",
		DOCKER_LAYER "diff.tar.gzip",
		DOCKER_LAYER "diff.tar.zstd",
		DOCKER_LAYER "foreign.diff.tar",
		DOCKER_LAYER "foreign.diff.tar.gzip",
	};
#undef OCI_LAYER
#undef DOCKER_LAYER
	for (size_t i = 0; i < PL_COUNT(types); i++)
		if (strcmp(media_type, types[i]) == 0)
			return true;
	return false;
}

bool pl_text_is_index(struct pl_str text, const char *media_type)
{
	struct pl_err ignored = {0}; /* what is no JSON is no index; its parser says why */
	PL_AUTO_FREE(jval) root = NULL;
	if (media_type &&
	    (strcmp(media_type, PL_MT_INDEX) == 0 || strcmp(media_type, PL_MT_DOCKER_LIST) == 0))
		return true;
	if (media_type && (strcmp(media_type, PL_MT_MANIFEST) == 0 ||
			   strcmp(media_type, PL_MT_DOCKER_MANIFEST) == 0))
		return false;
	if (pl_object_parse(text, pl_limits_default.manifest_bytes, "", &root, &ignored) < 0)
		return false;
	struct pl_str type = pl_json_str(pl_json_get(root, "mediaType"));
	if (pl_str_is(type, PL_MT_INDEX) || pl_str_is(type, PL_MT_DOCKER_LIST))
		return true;
	return !type.p && pl_json_kind(pl_json_get(root, "manifests")) == PL_JARRAY;
}
