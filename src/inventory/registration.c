// SPDX-License-Identifier: Apache-2.0
#include "inventory/registration.h"

static const char *const known_members[] = {
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

/* Reads members of one object. Sticky: after the first that is not as it should be, nothing more is
 * read, and rc says so at the end. What is absent leaves its place as it is. */
struct members {
	struct pl_arena *a;
	const struct pl_jval *obj;
	const char *where;
	struct pl_err *err;
	int rc;
};

static void read_text(struct members *m, const char *key, const char **ret)
{
	struct pl_str s = {0};
	if (m->rc == 0)
		m->rc = pl_json_opt_str(m->obj, key, m->where, &s, m->err);
	if (m->rc == 0 && s.p)
		*ret = pl_arena_cstr(m->a, s);
}

static void read_required(struct members *m, const char *key, const char **ret)
{
	struct pl_str s = {0};
	if (m->rc == 0)
		m->rc = pl_json_need_str(m->obj, key, m->where, &s, m->err);
	if (m->rc == 0)
		*ret = pl_arena_cstr(m->a, s);
}

static void read_digest(struct members *m, const char *key, bool *ret_has, struct pl_digest *ret)
{
	struct pl_str s = {0};
	if (m->rc == 0)
		m->rc = pl_json_opt_str(m->obj, key, m->where, &s, m->err);
	if (m->rc < 0 || !s.p)
		return;
	*ret_has = pl_digest_parse(s, ret);
	if (!*ret_has)
		m->rc = pl_fail(m->err, PL_INPUT,
				"%s: '%s' must be sha256: and 64 lower-case hex digits", m->where,
				key);
}

/* Its length; 0 if absent or not to be read. */
static size_t read_array(struct members *m, const char *key, const struct pl_jval **ret)
{
	const struct pl_jval *v = m->rc == 0 ? pl_json_get(m->obj, key) : NULL;
	*ret = v;
	if (pl_json_kind(v) == PL_JNULL)
		return 0;
	if (pl_json_kind(v) == PL_JARRAY)
		return pl_json_len(v);
	m->rc = pl_fail(m->err, PL_INPUT, "%s: '%s' must be an array", m->where, key);
	return 0;
}

static void read_texts(struct members *m, const char *key, const char ***ret)
{
	const struct pl_jval *v;
	size_t n = read_array(m, key, &v);
	if (n == 0)
		return;
	const char **out = pl_arena_array(m->a, const char *, n + 1);
	for (size_t i = 0; m->rc == 0 && i < n; i++) {
		struct pl_str s = pl_json_str(pl_json_at(v, i));
		if (s.p)
			out[i] = pl_arena_cstr(m->a, s);
		else
			m->rc = pl_fail(m->err, PL_INPUT, "%s: %s[%zu] must be a string", m->where,
					key, i);
	}
	*ret = out;
}

static int read_package(struct pl_arena *a, const struct pl_jval *v, size_t i,
			struct pl_inv_package *ret, struct pl_err *err)
{
	char where[64];
	snprintf(where, sizeof(where), "registration: packages[%zu]", i);
	int rc = check_members(v, where, package_members, PL_COUNT(package_members), err);
	if (rc < 0)
		return rc;
	struct members m = {.a = a, .obj = v, .where = where, .err = err};
	read_required(&m, "name", &ret->name);
	read_required(&m, "version", &ret->version);
	read_text(&m, "architecture", &ret->architecture);
	read_text(&m, "source", &ret->source);
	read_text(&m, "source_version", &ret->source_version);
	read_text(&m, "ecosystem", &ret->ecosystem);
	return m.rc;
}

static void read_packages(struct members *m, struct pl_registration *r)
{
	const struct pl_jval *v;
	size_t n = read_array(m, "packages", &v);
	if (m->rc < 0)
		return;
	if (pl_json_kind(v) == PL_JNULL) {
		m->rc = pl_fail(m->err, PL_INPUT,
				"registration: 'packages' is missing; write [] for a stage that "
				"installs none");
		return;
	}
	r->n_packages = n;
	r->packages = pl_arena_array(m->a, struct pl_inv_package, n + 1);
	for (size_t i = 0; m->rc == 0 && i < n; i++)
		m->rc = read_package(m->a, pl_json_at(v, i), i, &r->packages[i], m->err);
}

static void read_diff_ids(struct members *m, struct pl_registration *r)
{
	const struct pl_jval *v;
	size_t n = read_array(m, "diff_ids", &v);
	/* Docker and containerd stop at 127 layers; far more is a mistake. */
	if (n > 1024)
		m->rc = pl_fail(m->err, PL_LIMIT, "registration: more than 1024 diff_ids");
	if (n == 0 || m->rc < 0)
		return;
	r->n_diff_ids = n;
	r->diff_ids = pl_arena_array(m->a, struct pl_digest, n);
	for (size_t i = 0; m->rc == 0 && i < n; i++)
		if (!pl_digest_parse(pl_json_str(pl_json_at(v, i)), &r->diff_ids[i]))
			m->rc = pl_fail(m->err, PL_INPUT,
					"registration: diff_ids[%zu] must be sha256: and 64 "
					"lower-case hex digits",
					i);
}

/* A name, as what: "base" or "alias". */
static void parse_name(struct members *m, struct pl_str text, const char *what,
		       const struct pl_ref *of, struct pl_ref *ret)
{
	m->rc = pl_ref_parse_name(m->a, text, ret, m->err);
	if (m->rc < 0)
		m->rc = pl_ctx(m->err, "%s of %s", what, of->text);
}

static void read_base(struct members *m, struct pl_registration *r)
{
	const char *text = NULL;
	read_text(m, "base", &text);
	if (m->rc == 0 && text && *text)
		parse_name(m, pl_str_of(text), "base", &r->name, &r->base);
}

static void read_aliases(struct members *m, struct pl_registration *r)
{
	const char **list = NULL;
	size_t n = 0;
	read_texts(m, "aliases", &list);
	while (m->rc == 0 && list && list[n])
		n++;
	struct pl_ref *out = pl_arena_array(m->a, struct pl_ref, n + 1);
	for (size_t i = 0; m->rc == 0 && i < n; i++)
		parse_name(m, pl_str_of(list[i]), "alias", &r->name, &out[i]);
	r->aliases = out;
	r->n_aliases = n;
}

int pl_registration_parse(struct pl_arena *a, struct pl_str text, const struct pl_ref *name,
			  struct pl_registration *ret, struct pl_err *err)
{
	static const char where[] = "registration";
	PL_AUTO_FREE(jval) root = NULL;
	struct pl_registration r = {.name = *name};
	int rc = pl_json_parse(text, where, &root, err);
	if (rc == 0)
		rc = check_members(root, where, known_members, PL_COUNT(known_members), err);
	if (rc < 0)
		return rc;
	struct members m = {.a = a, .obj = root, .where = where, .err = err};
	read_base(&m, &r);
	read_digest(&m, "digest", &r.has_digest, &r.digest);
	read_digest(&m, "base_digest", &r.has_base_digest, &r.base_digest);
	read_text(&m, "base_evidence", &r.base_evidence);
	read_text(&m, "platform", &r.platform);
	read_text(&m, "definition", &r.definition);
	read_packages(&m, &r);
	read_texts(&m, "removed", &r.removed);
	read_diff_ids(&m, &r);
	read_aliases(&m, &r);
	if (m.rc == 0)
		*ret = r;
	return m.rc;
}

static void write_texts(struct pl_jw *w, const char *key, const char *const *v)
{
	if (!v)
		return;
	pl_jw_key(w, key);
	pl_jw_array(w);
	for (; *v; v++)
		pl_jw_cstr(w, *v);
	pl_jw_end_array(w);
}

static void write_opt(struct pl_jw *w, const char *key, const char *value)
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
	write_opt(&w, "base_evidence", r->base_evidence);
	write_opt(&w, "platform", r->platform);
	write_opt(&w, "definition", r->definition);
	pl_jw_key(&w, "packages");
	pl_jw_array(&w);
	for (size_t i = 0; i < r->n_packages; i++) {
		const struct pl_inv_package *p = &r->packages[i];
		pl_jw_object(&w);
		pl_jw_kcstr(&w, "name", p->name);
		pl_jw_kcstr(&w, "version", p->version);
		write_opt(&w, "architecture", p->architecture);
		write_opt(&w, "source", p->source);
		write_opt(&w, "source_version", p->source_version);
		write_opt(&w, "ecosystem", p->ecosystem);
		pl_jw_end_object(&w);
	}
	pl_jw_end_array(&w);
	write_texts(&w, "removed", (const char *const *)r->removed);
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
