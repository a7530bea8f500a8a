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

static int annotation_qsort(const void *a, const void *b)
{
	return strcmp(((const struct pl_annotation *)a)->key,
		      ((const struct pl_annotation *)b)->key);
}

int pl_annotations_parse(struct pl_arena *a, const struct pl_jval *v, const char *where,
			 struct pl_annotation **ret, size_t *ret_n, struct pl_err *err)
{
	if (pl_json_kind(v) == PL_JNULL) {
		*ret = NULL;
		*ret_n = 0;
		return 0;
	}
	if (pl_json_kind(v) != PL_JOBJECT)
		return pl_fail(err, PL_INPUT, "%s: must be an object of strings", where);
	size_t n = 0;
	struct pl_annotation *out = pl_arena_array(a, struct pl_annotation, pl_json_len(v) + 1);
	struct pl_str key;
	const struct pl_jval *item;
	for (void *it = NULL; pl_json_next(v, &it, &key, &item); n++) {
		if (pl_json_kind(item) != PL_JSTR)
			return pl_fail(err, PL_INPUT, "%s: '%s' must be a string", where,
				       pl_shown(a, key));
		out[n].key = pl_arena_cstr(a, key);
		out[n].value = pl_arena_cstr(a, pl_json_str(item));
	}
	qsort(out, n, sizeof(*out), annotation_qsort);
	*ret = out;
	*ret_n = n;
	return 0;
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

/* An optional string member; "" counts as absent, as Go's omitempty writes it. */
static int opt_cstr(struct pl_arena *a, const struct pl_jval *obj, const char *key,
		    const char *where, const char **ret, struct pl_err *err)
{
	struct pl_str s = {NULL, 0};
	int rc = pl_json_opt_str(obj, key, where, &s, err);
	if (rc == 0 && s.n)
		*ret = pl_arena_cstr(a, s);
	return rc;
}

static int platform_parse(struct pl_arena *a, const struct pl_jval *v, const char *where,
			  struct pl_descriptor *d, struct pl_err *err)
{
	if (pl_json_kind(v) == PL_JNULL)
		return 0;
	if (pl_json_kind(v) != PL_JOBJECT)
		return pl_fail(err, PL_INPUT, "%s: 'platform' must be an object", where);
	int rc = opt_cstr(a, v, "os", where, &d->os, err);
	if (rc == 0)
		rc = opt_cstr(a, v, "architecture", where, &d->architecture, err);
	if (rc == 0)
		rc = opt_cstr(a, v, "variant", where, &d->variant, err);
	if (rc == 0 && (!d->os || !d->architecture))
		rc = pl_fail(err, PL_INPUT, "%s: 'platform' lacks os or architecture", where);
	return rc;
}

/* image-spec descriptor.md. Only sha256 is accepted: the one algorithm every registry has. */
static int parse_descriptor(struct pl_arena *a, const struct pl_jval *v, const char *where,
			    struct pl_descriptor *ret, struct pl_err *err)
{
	struct pl_descriptor d = {0};
	struct pl_str type, digest;
	if (pl_json_kind(v) != PL_JOBJECT)
		return pl_fail(err, PL_INPUT, "%s: must be a descriptor", where);
	int rc = pl_json_need_str(v, "mediaType", where, &type, err);
	if (rc == 0)
		rc = pl_json_need_str(v, "digest", where, &digest, err);
	if (rc == 0)
		rc = pl_json_need_u64(v, "size", where, &d.size, err);
	if (rc < 0)
		return rc;
	if (type.n == 0)
		return pl_fail(err, PL_INPUT, "%s: 'mediaType' is empty", where);
	if (!pl_digest_parse(digest, &d.digest))
		return pl_fail(err, PL_INPUT, "%s: 'digest' is '%s', not sha256:<64 hex digits>",
			       where, pl_shown(a, digest));
	if (d.size > PL_JSON_SAFE_INT)
		return pl_fail(err, PL_INPUT, "%s: 'size' is over 2^53", where);
	d.media_type = pl_arena_cstr(a, type);
	rc = platform_parse(a, pl_json_get(v, "platform"), where, &d, err);
	if (rc == 0)
		rc = pl_annotations_parse(a, pl_json_get(v, "annotations"), where, &d.annotations,
					  &d.n_annotations, err);
	if (rc == 0)
		*ret = d;
	return rc;
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
static int parse_head(struct pl_arena *a, const struct pl_jval *v, const char *what,
		      const char *oci_type, const char *docker_type, const char *const *foreign,
		      const char **ret_type, struct pl_err *err)
{
	uint64_t version;
	struct pl_str type = {NULL, 0};
	int rc = pl_json_need_u64(v, "schemaVersion", what, &version, err);
	if (rc == 0)
		rc = pl_json_opt_str(v, "mediaType", what, &type, err);
	if (rc < 0)
		return rc;
	if (version != 2)
		return pl_fail(err, PL_INPUT,
			       "%s: schemaVersion %llu is not supported, only 2; push the image "
			       "again with a current tool",
			       what, (unsigned long long)version);
	for (; *foreign; foreign++)
		if (pl_json_get(v, *foreign))
			return pl_fail(err, PL_INPUT,
				       "%s: is both a manifest and an index (has '%s'); refused",
				       what, *foreign);
	if (!type.p || pl_str_is(type, oci_type))
		*ret_type = oci_type;
	else if (pl_str_is(type, docker_type))
		*ret_type = docker_type;
	else
		return pl_fail(err, PL_INPUT, "%s: mediaType is '%s', expected %s or %s", what,
			       pl_shown(a, type), oci_type, docker_type);
	return 0;
}

static int parse_list(struct pl_arena *a, const struct pl_jval *root, const char *key,
		      const char *what, struct pl_descriptor **ret, size_t *ret_n,
		      struct pl_err *err)
{
	const struct pl_jval *v = pl_json_get(root, key);
	if (pl_json_kind(v) != PL_JARRAY)
		return pl_fail(err, PL_INPUT, "%s: '%s' must be an array", what, key);
	size_t n = pl_json_len(v);
	struct pl_descriptor *list = pl_arena_array(a, struct pl_descriptor, n + 1);
	for (size_t i = 0; i < n; i++) {
		char where[300];
		snprintf(where, sizeof(where), "%.240s: %s[%zu]", what, key, i);
		int rc = parse_descriptor(a, pl_json_at(v, i), where, &list[i], err);
		if (rc < 0)
			return rc;
	}
	*ret = list;
	*ret_n = n;
	return 0;
}

int pl_manifest_parse(struct pl_arena *a, struct pl_str text, const char *what,
		      struct pl_manifest *ret, struct pl_err *err)
{
	static const char *const foreign[] = {"manifests", "fsLayers", NULL};
	PL_AUTO_FREE(jval) root = NULL;
	struct pl_manifest m = {0};
	char where[300];
	int rc = pl_object_parse(text, pl_limits_default.manifest_bytes, what, &root, err);
	if (rc == 0)
		rc = parse_head(a, root, what, PL_MT_MANIFEST, PL_MT_DOCKER_MANIFEST, foreign,
				&m.media_type, err);
	if (rc < 0)
		return rc;
	snprintf(where, sizeof(where), "%.240s: config", what);
	rc = parse_descriptor(a, pl_json_get(root, "config"), where, &m.config, err);
	if (rc == 0)
		rc = parse_list(a, root, "layers", what, &m.layers, &m.n_layers, err);
	if (rc == 0)
		rc = pl_annotations_parse(a, pl_json_get(root, "annotations"), what, &m.annotations,
					  &m.n_annotations, err);
	if (rc == 0)
		*ret = m;
	return rc;
}

int pl_oci_index_parse(struct pl_arena *a, struct pl_str text, const char *what,
		       struct pl_oci_index *ret, struct pl_err *err)
{
	static const char *const foreign[] = {"config", "layers", "fsLayers", NULL};
	PL_AUTO_FREE(jval) root = NULL;
	struct pl_oci_index m = {0};
	int rc = pl_object_parse(text, pl_limits_default.manifest_bytes, what, &root, err);
	if (rc == 0)
		rc = parse_head(a, root, what, PL_MT_INDEX, PL_MT_DOCKER_LIST, foreign,
				&m.media_type, err);
	if (rc == 0)
		rc = parse_list(a, root, "manifests", what, &m.manifests, &m.n_manifests, err);
	if (rc == 0)
		rc = pl_annotations_parse(a, pl_json_get(root, "annotations"), what, &m.annotations,
					  &m.n_annotations, err);
	if (rc == 0)
		*ret = m;
	return rc;
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
