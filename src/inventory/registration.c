// SPDX-License-Identifier: Apache-2.0
#include "inventory/registration.h"

static const char *const members[] = {
	"base",          "digest",   "packages", "removed",    "base_digest",
	"base_evidence", "diff_ids", "platform", "definition", "aliases",
};
static const char *const package_members[] = {
	"name", "version", "architecture", "source", "source_version", "ecosystem",
};

static int check_members(const struct pl_jval *obj, const char *where, const char *const *known,
			 size_t n, struct pl_err *err)
{
	struct pl_str key;
	const struct pl_jval *val;
	if (pl_json_kind(obj) != PL_JOBJECT)
		return pl_fail(err, PL_INPUT, "%s: must be an object", where);
	for (void *it = NULL; pl_json_next(obj, &it, &key, &val);) {
		size_t i = 0;
		while (i < n && !pl_str_is(key, known[i]))
			i++;
		if (i < n)
			continue;
		char shown[100];
		const char *near = pl_nearest(key, known, n);
		pl_escape(shown, sizeof(shown), key.p, key.n);
		return pl_fail(err, PL_INPUT, "%s: unknown member '%s'%s%s%s", where, shown,
			       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	}
	return 0;
}

static int opt_text(struct pl_arena *a, const struct pl_jval *obj, const char *key,
		    const char *where, const char **ret, struct pl_err *err)
{
	struct pl_str s = {0};
	int rc = pl_json_opt_str(obj, key, where, &s, err);
	if (rc == 0 && s.p)
		*ret = pl_arena_cstr(a, s);
	return rc;
}

static int opt_digest(const struct pl_jval *obj, const char *key, const char *where, bool *ret_has,
		      struct pl_digest *ret, struct pl_err *err)
{
	struct pl_str s = {0};
	int rc = pl_json_opt_str(obj, key, where, &s, err);
	if (rc < 0 || !s.p)
		return rc;
	if (!pl_digest_parse(s, ret))
		return pl_fail(err, PL_INPUT,
			       "%s: '%s' must be sha256: and 64 lower-case hex digits", where, key);
	*ret_has = true;
	return 0;
}

/* An optional array: its length, 0 if absent. */
static int opt_array(const struct pl_jval *obj, const char *key, const char *where,
		     const struct pl_jval **ret, size_t *ret_n, struct pl_err *err)
{
	const struct pl_jval *v = pl_json_get(obj, key);
	*ret = v;
	*ret_n = 0;
	if (pl_json_kind(v) == PL_JNULL)
		return 0;
	if (pl_json_kind(v) != PL_JARRAY)
		return pl_fail(err, PL_INPUT, "%s: '%s' must be an array", where, key);
	*ret_n = pl_json_len(v);
	return 0;
}

static int texts(struct pl_arena *a, const struct pl_jval *obj, const char *key, const char *where,
		 const char ***ret, struct pl_err *err)
{
	const struct pl_jval *v;
	size_t n;
	int rc = opt_array(obj, key, where, &v, &n, err);
	if (rc < 0 || n == 0)
		return rc;
	const char **out = pl_arena_array(a, const char *, n + 1);
	for (size_t i = 0; i < n; i++) {
		struct pl_str s = pl_json_str(pl_json_at(v, i));
		if (!s.p)
			return pl_fail(err, PL_INPUT, "%s: %s[%zu] must be a string", where, key,
				       i);
		out[i] = pl_arena_cstr(a, s);
	}
	*ret = out;
	return 0;
}

static int package(struct pl_arena *a, const struct pl_jval *v, size_t i,
		   struct pl_inv_package *ret, struct pl_err *err)
{
	char where[64];
	struct pl_str name = {0}, version = {0};
	snprintf(where, sizeof(where), "registration: packages[%zu]", i);
	int rc = check_members(v, where, package_members, PL_COUNT(package_members), err);
	if (rc == 0)
		rc = pl_json_need_str(v, "name", where, &name, err);
	if (rc == 0)
		rc = pl_json_need_str(v, "version", where, &version, err);
	if (rc == 0)
		rc = opt_text(a, v, "architecture", where, &ret->architecture, err);
	if (rc == 0)
		rc = opt_text(a, v, "source", where, &ret->source, err);
	if (rc == 0)
		rc = opt_text(a, v, "source_version", where, &ret->source_version, err);
	if (rc == 0)
		rc = opt_text(a, v, "ecosystem", where, &ret->ecosystem, err);
	if (rc < 0)
		return rc;
	ret->name = pl_arena_cstr(a, name);
	ret->version = pl_arena_cstr(a, version);
	return 0;
}

static int packages(struct pl_arena *a, const struct pl_jval *root, struct pl_registration *r,
		    struct pl_err *err)
{
	const struct pl_jval *v;
	int rc = opt_array(root, "packages", "registration", &v, &r->n_packages, err);
	if (rc < 0)
		return rc;
	if (pl_json_kind(v) == PL_JNULL)
		return pl_fail(err, PL_INPUT,
			       "registration: 'packages' is missing; write [] for a stage that "
			       "installs none");
	r->packages = pl_arena_array(a, struct pl_inv_package, r->n_packages + 1);
	for (size_t i = 0; rc == 0 && i < r->n_packages; i++)
		rc = package(a, pl_json_at(v, i), i, &r->packages[i], err);
	return rc;
}

static int diff_ids(struct pl_arena *a, const struct pl_jval *root, struct pl_registration *r,
		    struct pl_err *err)
{
	const struct pl_jval *v;
	int rc = opt_array(root, "diff_ids", "registration", &v, &r->n_diff_ids, err);
	if (rc < 0 || r->n_diff_ids == 0)
		return rc;
	/* Docker and containerd stop at 127 layers; far more is a mistake. */
	if (r->n_diff_ids > 1024)
		return pl_fail(err, PL_LIMIT, "registration: more than 1024 diff_ids");
	r->diff_ids = pl_arena_array(a, struct pl_digest, r->n_diff_ids);
	for (size_t i = 0; i < r->n_diff_ids; i++)
		if (!pl_digest_parse(pl_json_str(pl_json_at(v, i)), &r->diff_ids[i]))
			return pl_fail(err, PL_INPUT,
				       "registration: diff_ids[%zu] must be sha256: and 64 "
				       "lower-case hex digits",
				       i);
	return 0;
}

static int parse_base(struct pl_arena *a, const struct pl_jval *root, struct pl_registration *r,
		      struct pl_err *err)
{
	struct pl_str s = {0};
	int rc = pl_json_opt_str(root, "base", "registration", &s, err);
	if (rc < 0 || s.n == 0)
		return rc;
	rc = pl_ref_parse_name(a, s, &r->base, err);
	return rc < 0 ? pl_ctx(err, "base of %s", r->name.text) : 0;
}

static int parse_aliases(struct pl_arena *a, const struct pl_jval *root, struct pl_registration *r,
			 struct pl_err *err)
{
	const char **list = NULL;
	size_t n = 0;
	int rc = texts(a, root, "aliases", "registration", &list, err);
	while (list && list[n])
		n++;
	struct pl_ref *out = pl_arena_array(a, struct pl_ref, n + 1);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = pl_ref_parse_name(a, pl_str_of(list[i]), &out[i], err);
		if (rc < 0)
			rc = pl_ctx(err, "alias of %s", r->name.text);
	}
	r->aliases = out;
	r->n_aliases = n;
	return rc;
}

int pl_registration_parse(struct pl_arena *a, struct pl_str text, const struct pl_ref *name,
			  struct pl_registration *ret, struct pl_err *err)
{
	static const char where[] = "registration";
	PL_AUTO_FREE(jval) root = NULL;
	struct pl_registration r = {.name = *name};
	int rc = pl_json_parse(text, where, &root, err);
	if (rc == 0)
		rc = check_members(root, where, members, PL_COUNT(members), err);
	if (rc == 0)
		rc = parse_base(a, root, &r, err);
	if (rc == 0)
		rc = opt_digest(root, "digest", where, &r.has_digest, &r.digest, err);
	if (rc == 0)
		rc = opt_digest(root, "base_digest", where, &r.has_base_digest, &r.base_digest,
				err);
	if (rc == 0)
		rc = opt_text(a, root, "base_evidence", where, &r.base_evidence, err);
	if (rc == 0)
		rc = opt_text(a, root, "platform", where, &r.platform, err);
	if (rc == 0)
		rc = opt_text(a, root, "definition", where, &r.definition, err);
	if (rc == 0)
		rc = packages(a, root, &r, err);
	if (rc == 0)
		rc = texts(a, root, "removed", where, &r.removed, err);
	if (rc == 0)
		rc = diff_ids(a, root, &r, err);
	if (rc == 0)
		rc = parse_aliases(a, root, &r, err);
	if (rc == 0)
		*ret = r;
	return rc;
}

static void format_texts(struct pl_jw *w, const char *key, const char *const *v)
{
	if (!v)
		return;
	pl_jw_key(w, key);
	pl_jw_array(w);
	for (; *v; v++)
		pl_jw_cstr(w, *v);
	pl_jw_end_array(w);
}

static void opt(struct pl_jw *w, const char *key, const char *value)
{
	if (value)
		pl_jw_kcstr(w, key, value);
}

void pl_registration_format(const struct pl_registration *r, struct pl_buf *ret)
{
	struct pl_jw w;
	pl_jw_init(&w, ret, 0);
	pl_jw_object(&w);
	pl_jw_kcstr(&w, "base", r->base.repository ? r->base.text : NULL);
	if (r->has_digest)
		pl_jw_kdigest(&w, "digest", r->digest.b);
	if (r->has_base_digest)
		pl_jw_kdigest(&w, "base_digest", r->base_digest.b);
	opt(&w, "base_evidence", r->base_evidence);
	opt(&w, "platform", r->platform);
	opt(&w, "definition", r->definition);
	pl_jw_key(&w, "packages");
	pl_jw_array(&w);
	for (size_t i = 0; i < r->n_packages; i++) {
		const struct pl_inv_package *p = &r->packages[i];
		pl_jw_object(&w);
		pl_jw_kcstr(&w, "name", p->name);
		pl_jw_kcstr(&w, "version", p->version);
		opt(&w, "architecture", p->architecture);
		opt(&w, "source", p->source);
		opt(&w, "source_version", p->source_version);
		opt(&w, "ecosystem", p->ecosystem);
		pl_jw_end_object(&w);
	}
	pl_jw_end_array(&w);
	format_texts(&w, "removed", (const char *const *)r->removed);
	if (r->n_aliases) {
		pl_jw_key(&w, "aliases");
		pl_jw_array(&w);
		for (size_t i = 0; i < r->n_aliases; i++)
			pl_jw_cstr(&w, r->aliases[i].text);
		pl_jw_end_array(&w);
	}
	if (r->n_diff_ids) {
		pl_jw_key(&w, "diff_ids");
		pl_jw_array(&w);
		for (size_t i = 0; i < r->n_diff_ids; i++)
			pl_jw_cstr(&w, PL_DIGEST_STR(&r->diff_ids[i]));
		pl_jw_end_array(&w);
	}
	pl_jw_end_object(&w);
}
