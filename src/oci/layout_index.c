// SPDX-License-Identifier: Apache-2.0
/* index.json of a layout: tags to manifests, and back. */
#include "oci/layout_int.h"

#include "base/file.h"

#define LOCK_WAIT_S 60

int pl_layout_lock(const char *dir, int *ret_fd, struct pl_err *err)
{
	PL_AUTOFREE char *path = pl_path_join(dir, ".index.lock");
	return pl_lock_file(path, LOCK_WAIT_S, ret_fd, err);
}

static char *index_path(const struct layout *l) { return pl_path_join(l->dir, "index.json"); }

static int read_index(struct layout *l, struct pl_buf *text, struct pl_err *err)
{
	PL_AUTOFREE char *path = index_path(l);
	return pl_file_read(path, l->repo.env->limits->manifest_bytes, text, err);
}

static const char *ref_name(const struct pl_descriptor *d)
{
	return pl_annotation_get(d->annotations, d->n_annotations, PL_ANNOTATION_REF_NAME);
}

/* "a, b, c and 4 more", for an error. */
static const char *list_names(struct pl_arena *a, const struct pl_oci_index *x)
{
	PL_AUTO(buf) b = {.max = 240};
	size_t shown = 0;
	for (size_t i = 0; i < x->n_manifests && shown < 6; i++) {
		const char *name = ref_name(&x->manifests[i]);
		if (name)
			pl_buf_addf(&b, "%s%s", shown++ ? ", " : "", pl_shown(a, pl_str_of(name)));
	}
	return pl_arena_printf(a, "%s", shown ? b.p : "none of them has a name");
}

/* The entry for a tag, or the only one there is: 1 found, 0 absent. */
static int find_tag(struct layout *l, const struct pl_oci_index *x, const char *tag,
		    struct pl_arena *a, const struct pl_descriptor **ret, struct pl_err *err)
{
	const struct pl_descriptor *found = NULL;
	if (!tag && x->n_manifests > 1)
		return pl_fail(err, PL_INPUT, "%s: holds %zu images, name one (oci:DIR:NAME): %s",
			       l->repo.name, x->n_manifests, list_names(a, x));
	for (size_t i = 0; i < x->n_manifests; i++) {
		const char *name = ref_name(&x->manifests[i]);
		if (tag && (!name || strcmp(name, tag) != 0))
			continue;
		if (found && !pl_digest_eq(&found->digest, &x->manifests[i].digest))
			return pl_fail(err, PL_INPUT,
				       "%s: index.json names two different images '%s'",
				       l->repo.name, pl_shown(a, pl_str_of(tag)));
		found = &x->manifests[i];
	}
	*ret = found;
	return found != NULL;
}

/* A manifest's verified text. */
static int read_text(struct layout *l, const struct pl_digest *d, struct pl_buf *text,
		     struct pl_err *err)
{
	PL_AUTOFREE char *path = pl_layout_blob_path(l, d);
	int rc = pl_file_read(path, l->repo.env->limits->manifest_bytes, text, err);
	if (rc < 0)
		return rc;
	struct pl_digest got = pl_sha256_of(pl_buf_str(text));
	if (!pl_digest_eq(&got, d))
		return pl_fail(err, PL_VERIFY, "%s: is damaged, its digest is %s", path,
			       PL_DIGEST_STR(&got));
	return 0;
}

int pl_layout_manifest(struct pl_repo *repo, const char *tag, const struct pl_digest *digest,
		       struct pl_arena *a, struct pl_descriptor *ret, struct pl_buf *ret_text,
		       struct pl_err *err)
{
	struct layout *l = (struct layout *)repo;
	PL_AUTO(buf) index_text = {.max = repo->env->limits->manifest_bytes + 65537};
	PL_AUTO(buf) text = {.max = repo->env->limits->manifest_bytes + 65537};
	PL_AUTOFREE char *path = index_path(l);
	struct pl_oci_index x;
	struct pl_descriptor d = {0};
	const struct pl_descriptor *entry = NULL;
	const char *said = NULL;
	int rc;
	if (digest) {
		d.digest = *digest; /* a child of an index is not in index.json */
	} else {
		rc = read_index(l, &index_text, err);
		if (rc == 0)
			rc = pl_oci_index_parse(a, pl_buf_str(&index_text), path, &x, err);
		if (rc == 0)
			rc = find_tag(l, &x, tag, a, &entry, err);
		if (rc <= 0)
			return rc;
		d = *entry;
		said = d.media_type;
	}
	rc = read_text(l, &d.digest, &text, err);
	if (rc == -PL_NOT_FOUND && digest)
		return 0;
	if (rc < 0)
		return rc;
	PL_AUTOFREE char *what =
		pl_xprintf("%s: manifest %s", repo->name, PL_DIGEST_STR(&d.digest));
	if (!digest && d.size != text.n)
		return pl_fail(err, PL_VERIFY, "%s: has %zu bytes, index.json says %llu", what,
			       text.n, (unsigned long long)d.size);
	d.size = text.n;
	rc = pl_manifest_type(a, pl_buf_str(&text), said, what, &d.media_type, err);
	if (rc < 0)
		return rc;
	if (ret_text)
		pl_buf_addstr(ret_text, pl_buf_str(&text));
	*ret = d;
	return 1;
}

int pl_layout_tags(struct pl_repo *repo, struct pl_arena *a, const char ***ret, size_t *ret_n,
		   struct pl_err *err)
{
	struct layout *l = (struct layout *)repo;
	PL_AUTO(buf) text = {.max = repo->env->limits->manifest_bytes + 65537};
	PL_AUTOFREE char *path = index_path(l);
	struct pl_oci_index x;
	int rc = read_index(l, &text, err);
	if (rc == 0)
		rc = pl_oci_index_parse(a, pl_buf_str(&text), path, &x, err);
	if (rc < 0)
		return rc;
	const char **tags = pl_arena_array(a, const char *, x.n_manifests + 1);
	size_t n = 0;
	for (size_t i = 0; i < x.n_manifests; i++)
		if (ref_name(&x.manifests[i]))
			tags[n++] = ref_name(&x.manifests[i]);
	pl_sort_tags(tags, &n);
	*ret = tags;
	*ret_n = n;
	return 0;
}

/* A name to set. */
struct naming {
	const char *tag;
	bool claim; /* may not move */
	struct pl_descriptor d;
	const struct pl_jval *same; /* the entry that says so already */
};
typedef PL_VEC(struct naming) naming_list;

/* One entry of "manifests" with what it is sorted by. */
struct index_entry {
	struct pl_str name, digest;
	const struct pl_jval *value; /* NULL: a new one, ours */
	const struct naming *ours;
};

static int entry_qsort(const void *a, const void *b)
{
	const struct index_entry *x = a, *y = b;
	int c = pl_str_cmp(x->name, y->name);
	return c ? c : pl_str_cmp(x->digest, y->digest);
}

static void write_naming(struct pl_jw *w, const struct naming *n)
{
	struct pl_annotation name = {PL_ANNOTATION_REF_NAME, n->tag};
	struct pl_descriptor d = n->d;
	d.annotations = &name;
	d.n_annotations = 1;
	pl_descriptor_format(w, &d);
}

static void write_index(const struct pl_jval *root, const struct index_entry *v, size_t n,
			struct pl_buf *out)
{
	struct pl_jw w;
	struct pl_str key;
	const struct pl_jval *item;
	pl_jw_init(&w, out, 0);
	pl_jw_object(&w);
	pl_jw_ku64(&w, "schemaVersion", 2);
	pl_jw_kcstr(&w, "mediaType", PL_MT_INDEX);
	pl_jw_key(&w, "manifests");
	pl_jw_array(&w);
	for (size_t i = 0; i < n; i++) {
		if (v[i].value)
			pl_jw_value(&w, v[i].value);
		else
			write_naming(&w, v[i].ours);
	}
	pl_jw_end_array(&w);
	for (void *it = NULL; pl_json_next(root, &it, &key, &item);) {
		if (pl_str_is(key, "schemaVersion") || pl_str_is(key, "mediaType") ||
		    pl_str_is(key, "manifests"))
			continue;
		pl_jw_key(&w, key.p);
		pl_jw_value(&w, item);
	}
	pl_jw_end_object(&w);
}

/* The entries that stay as they are: what has one of our names goes, unless it says the same. */
static size_t keep_entries(const struct pl_oci_index *x, const struct pl_jval *list,
			   const struct pl_map *ours, struct index_entry *v)
{
	size_t n = 0;
	for (size_t i = 0; i < x->n_manifests; i++) {
		const struct pl_jval *value = pl_json_at(list, i);
		struct pl_str name = pl_str_of(ref_name(&x->manifests[i]));
		struct naming *our = name.p ? pl_map_get(ours, name) : NULL;
		if (!our)
			v[n++] = (struct index_entry){
				name, pl_json_str(pl_json_get(value, "digest")), value, NULL};
		else if (pl_digest_eq(&x->manifests[i].digest, &our->d.digest))
			our->same = value; /* what it says beyond our members stays */
	}
	return n;
}

/* Sets names in the text of index.json. Sorted by name, so that the order in which several pushes
 * end does not show. Of one name given twice, the last counts. */
static int set_names(struct pl_arena *a, struct pl_str text, const char *path,
		     const naming_list *names, struct pl_buf *out, struct pl_err *err)
{
	PL_AUTO_FREE(jval) root = NULL;
	PL_AUTO(map) ours = {0};
	struct pl_oci_index x;
	int rc = pl_oci_index_parse(a, text, path, &x, err);
	if (rc == 0)
		rc = pl_json_parse(text, path, &root, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < names->n; i++)
		pl_map_put(&ours, pl_str_of(names->v[i].tag), &names->v[i]);
	struct index_entry *v = pl_arena_array(a, struct index_entry, x.n_manifests + ours.n + 1);
	size_t n = keep_entries(&x, pl_json_get(root, "manifests"), &ours, v);
	for (size_t i = 0; i < ours.n; i++) {
		const struct naming *our = ours.items[i].value;
		const char *digest = pl_arena_printf(a, "%s", PL_DIGEST_STR(&our->d.digest));
		v[n++] = (struct index_entry){ours.items[i].key, pl_str_of(digest), our->same, our};
	}
	qsort(v, n, sizeof(*v), entry_qsort);
	write_index(root, v, n, out);
	return pl_buf_check(out, path, err);
}

/* Does index.json give one of the claimed names to another image? */
static int find_lost_claim(struct pl_arena *a, struct pl_str text, const char *path,
			   const naming_list *names, struct pl_err *err)
{
	struct pl_oci_index x;
	int rc = pl_oci_index_parse(a, text, path, &x, err);
	for (size_t i = 0; rc == 0 && i < x.n_manifests; i++) {
		const char *name = ref_name(&x.manifests[i]);
		for (size_t k = 0; name && k < names->n; k++)
			if (names->v[k].claim && strcmp(name, names->v[k].tag) == 0 &&
			    !pl_digest_eq(&x.manifests[i].digest, &names->v[k].d.digest))
				return 1;
	}
	return rc;
}

/* 1: a claim is lost, and nothing is written. */
static int update_index(struct layout *l, const naming_list *names, struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	PL_AUTO(buf) text = {.max = l->repo.env->limits->manifest_bytes + 65537};
	PL_AUTO(buf) out = {.max = l->repo.env->limits->manifest_bytes};
	PL_AUTOFREE char *path = index_path(l);
	PL_AUTOFD int lock = -1;
	int rc = pl_layout_lock(l->dir, &lock, err);
	if (rc == 0)
		rc = read_index(l, &text, err);
	if (rc == 0)
		rc = find_lost_claim(&a, pl_buf_str(&text), path, names, err);
	if (rc == 0)
		rc = set_names(&a, pl_buf_str(&text), path, names, &out, err);
	if (rc == 0 && !pl_str_eq(pl_buf_str(&text), pl_buf_str(&out)))
		rc = pl_file_write(path, pl_buf_str(&out), 0644, err);
	return rc;
}

static bool is_among(const char *const *names, const char *name)
{
	while (name && *names)
		if (strcmp(*names++, name) == 0)
			return true;
	return false;
}

/* The text of index.json without these names. */
static int drop_names(struct pl_arena *a, struct pl_str text, const char *path,
		      const char *const *names, struct pl_buf *out, struct pl_err *err)
{
	PL_AUTO_FREE(jval) root = NULL;
	struct pl_oci_index x;
	size_t n = 0;
	int rc = pl_oci_index_parse(a, text, path, &x, err);
	if (rc == 0)
		rc = pl_json_parse(text, path, &root, err);
	if (rc < 0)
		return rc;
	struct index_entry *v = pl_arena_array(a, struct index_entry, x.n_manifests + 1);
	for (size_t i = 0; i < x.n_manifests; i++)
		if (!is_among(names, ref_name(&x.manifests[i])))
			v[n++].value = pl_json_at(pl_json_get(root, "manifests"), i);
	write_index(root, v, n, out);
	return pl_buf_check(out, path, err);
}

int pl_layout_untag(struct pl_repo *layout, const char *const *tags, struct pl_err *err)
{
	struct layout *l = (struct layout *)layout;
	PL_AUTO(arena) a = {0};
	PL_AUTO(buf) text = {.max = layout->env->limits->manifest_bytes + 65537};
	PL_AUTO(buf) out = {.max = layout->env->limits->manifest_bytes};
	PL_AUTOFREE char *path = index_path(l);
	PL_AUTOFD int lock = -1;
	int rc = pl_layout_lock(l->dir, &lock, err);
	if (rc == 0)
		rc = read_index(l, &text, err);
	if (rc == 0)
		rc = drop_names(&a, pl_buf_str(&text), path, tags, &out, err);
	if (rc == 0 && !pl_str_eq(pl_buf_str(&text), pl_buf_str(&out)))
		rc = pl_file_write(path, pl_buf_str(&out), 0644, err);
	return rc;
}

/* Makes the manifest's blob present, written again where it is damaged. */
static int put_text(struct layout *l, const struct pl_descriptor *d, struct pl_str text,
		    struct pl_err *err)
{
	PL_AUTO(buf) there = {.max = l->repo.env->limits->manifest_bytes + 65537};
	struct pl_err none = {0}; /* absent or damaged */
	if (read_text(l, &d->digest, &there, &none) == 0)
		return 0;
	PL_AUTO_FREE(source) in = pl_source_mem(text);
	int rc = pl_layout_write_blob(l, &d->digest, in, err);
	if (rc == 0)
		pl_repo_count(&l->repo.stats.manifests_put, 1);
	return rc;
}

int pl_layout_put_tags(struct pl_repo *repo, const struct pl_tagged *v, size_t n,
		       struct pl_err *err)
{
	struct layout *l = (struct layout *)repo;
	naming_list names = {0};
	int rc = 0;
	for (size_t i = 0; i < n && rc == 0; i++) {
		const struct pl_descriptor d = {.media_type = v[i].media_type,
						.digest = pl_sha256_of(v[i].text),
						.size = v[i].text.n};
		rc = put_text(l, &d, v[i].text, err);
		if (v[i].claim)
			*pl_vec_push(&names) =
				(struct naming){.tag = v[i].claim, .claim = true, .d = d};
		for (const char *const *t = v[i].tags; t && *t; t++)
			*pl_vec_push(&names) = (struct naming){.tag = *t, .d = d};
	}
	if (rc == 0 && names.n)
		rc = update_index(l, &names, err);
	pl_vec_free(&names);
	return rc;
}
