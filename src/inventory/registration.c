// SPDX-License-Identifier: Apache-2.0
#include "inventory/registration.h"

#include "base/json_read.h"

/* NULL-terminated; an absent list leaves its place as it is. */
static void read_texts(const struct pl_jr *r, const char *key, const char ***ret)
{
	struct pl_jr list;
	size_t n = pl_jr_array_if(r, key, &list);
	if (n == 0)
		return;
	const char **out = pl_arena_array(r->doc->arena, const char *, n + 1);
	for (size_t i = 0; i < n && pl_jr_ok(r); i++) {
		struct pl_str s = pl_json_str(pl_json_at(list.value, i));
		if (s.p)
			out[i] = pl_arena_cstr(r->doc->arena, s);
		else
			pl_jr_fail(r, "", "%s[%zu] must be a string", key, i);
	}
	*ret = out;
}

static void read_package(const struct pl_jr *r, struct pl_inv_package *p)
{
	PL_JR_KNOWN(r, "name", "version", "architecture", "source", "source_version", "ecosystem");
	pl_jr_text(r, "name", NULL, &p->name);
	pl_jr_text(r, "version", NULL, &p->version);
	pl_jr_text_if(r, "architecture", NULL, &p->architecture);
	pl_jr_text_if(r, "source", NULL, &p->source);
	pl_jr_text_if(r, "source_version", NULL, &p->source_version);
	pl_jr_text_if(r, "ecosystem", NULL, &p->ecosystem);
}

static void read_packages(const struct pl_jr *r, struct pl_registration *reg)
{
	struct pl_jr list;
	if (pl_json_kind(pl_json_get(r->value, "packages")) == PL_JNULL)
		pl_jr_fail(r, "packages", "is missing; write [] for a stage that installs none");
	reg->n_packages = pl_jr_array(r, "packages", &list);
	reg->packages = pl_arena_array(r->doc->arena, struct pl_inv_package, reg->n_packages + 1);
	for (size_t i = 0; i < reg->n_packages && pl_jr_ok(r); i++) {
		struct pl_jr item = pl_jr_item(&list, i);
		read_package(&item, &reg->packages[i]);
	}
}

/* Docker and containerd stop at 127 layers, and no image is for dozens of platforms; far more is a
 * mistake. */
#define MAX_LAYERS 1024
#define MAX_PLATFORMS 64

static size_t count_bounded(const struct pl_jr *r, const char *key, size_t max, struct pl_jr *ret)
{
	size_t n = pl_jr_array_if(r, key, ret);
	if (n <= max)
		return n;
	if (pl_jr_ok(r))
		r->doc->rc = pl_fail(r->doc->err, PL_LIMIT, "%s: more than %zu %s", r->doc->what,
				     max, key);
	return 0;
}

/* The items of a list of digests; shown: what the list is called. */
static struct pl_digest *read_digests(const struct pl_jr *r, const char *shown,
				      const struct pl_jr *list, size_t n)
{
	struct pl_digest *out = pl_arena_array(r->doc->arena, struct pl_digest, n);
	for (size_t i = 0; i < n && pl_jr_ok(r); i++)
		if (!pl_digest_parse(pl_json_str(pl_json_at(list->value, i)), &out[i]))
			pl_jr_fail(r, "", "%s[%zu] must be sha256: and 64 lower-case hex digits",
				   shown, i);
	return out;
}

static void read_diff_ids(const struct pl_jr *r, struct pl_registration *reg)
{
	struct pl_jr list;
	size_t n = count_bounded(r, "diff_ids", MAX_LAYERS, &list);
	if (n == 0)
		return;
	reg->n_diff_ids = n;
	reg->diff_ids = read_digests(r, "diff_ids", &list, n);
}

/* One list for each further platform. */
static void read_more_diff_ids(const struct pl_jr *r, struct pl_registration *reg)
{
	struct pl_arena *a = r->doc->arena;
	struct pl_jr lists;
	size_t n = count_bounded(r, "more_diff_ids", MAX_PLATFORMS, &lists);
	if (n == 0)
		return;
	const struct pl_digest **out = pl_arena_array(a, const struct pl_digest *, n);
	size_t *n_out = pl_arena_array(a, size_t, n);
	for (size_t i = 0; i < n && pl_jr_ok(r); i++) {
		const char *shown = pl_arena_printf(a, "more_diff_ids[%zu]", i);
		struct pl_jr list = pl_jr_item(&lists, i);
		size_t layers = pl_json_len(list.value);
		if (pl_json_kind(list.value) != PL_JARRAY || layers == 0 || layers > MAX_LAYERS) {
			pl_jr_fail(r, "", "%s must be a list of 1 to %d digests", shown,
				   MAX_LAYERS);
			return;
		}
		out[i] = read_digests(r, shown, &list, layers);
		n_out[i] = layers;
	}
	reg->more_diff_ids = out;
	reg->more_n_diff_ids = n_out;
	reg->n_more = n;
}

/* A name, as what: "base" or "alias". */
static void parse_name(const struct pl_jr *r, const char *text, const char *what,
		       const struct pl_ref *of, struct pl_ref *ret)
{
	struct pl_jr_doc *doc = r->doc;
	doc->rc = pl_ref_parse_name(doc->arena, pl_str_of(text), ret, doc->err);
	if (doc->rc < 0)
		doc->rc = pl_ctx(doc->err, "%s of %s", what, of->text);
}

static void read_base(const struct pl_jr *r, struct pl_registration *reg)
{
	const char *text = "";
	pl_jr_text_if(r, "base", NULL, &text);
	if (*text)
		parse_name(r, text, "base", &reg->name, &reg->base);
}

static void read_aliases(const struct pl_jr *r, struct pl_registration *reg)
{
	const char **list = NULL;
	size_t n = 0;
	read_texts(r, "aliases", &list);
	while (pl_jr_ok(r) && list && list[n])
		n++;
	struct pl_ref *out = pl_arena_array(r->doc->arena, struct pl_ref, n + 1);
	for (size_t i = 0; i < n && pl_jr_ok(r); i++)
		parse_name(r, list[i], "alias", &reg->name, &out[i]);
	reg->aliases = out;
	reg->n_aliases = n;
}

int pl_registration_parse(struct pl_arena *a, struct pl_str text, const struct pl_ref *name,
			  struct pl_registration *ret, struct pl_err *err)
{
	PL_AUTO_FREE(jval) root = NULL;
	struct pl_registration reg = {.name = *name};
	struct pl_jr_doc doc = {a, "registration", PL_JR_QUOTED, err, 0};
	int rc = pl_json_parse(text, doc.what, &root, err);
	if (rc < 0)
		return rc;
	struct pl_jr r = pl_jr_root(&doc, root);
	PL_JR_KNOWN(&r, "base", "digest", "packages", "removed", "base_digest", "base_evidence",
		    "diff_ids", "more_diff_ids", "platform", "definition", "aliases");
	read_base(&r, &reg);
	reg.has_digest = pl_jr_digest_if(&r, "digest", &reg.digest);
	reg.has_base_digest = pl_jr_digest_if(&r, "base_digest", &reg.base_digest);
	pl_jr_text_if(&r, "base_evidence", NULL, &reg.base_evidence);
	pl_jr_text_if(&r, "platform", NULL, &reg.platform);
	pl_jr_text_if(&r, "definition", NULL, &reg.definition);
	read_packages(&r, &reg);
	read_texts(&r, "removed", &reg.removed);
	read_diff_ids(&r, &reg);
	read_more_diff_ids(&r, &reg);
	read_aliases(&r, &reg);
	if (doc.rc == 0)
		*ret = reg;
	return doc.rc;
}

static void write_digests(struct pl_jw *w, const struct pl_digest *v, size_t n)
{
	pl_jw_array(w);
	for (size_t i = 0; i < n; i++)
		pl_jw_cstr(w, PL_DIGEST_STR(&v[i]));
	pl_jw_end_array(w);
}

/* A platform without layers has no chain to be found by: it is left out. */
static void write_more_diff_ids(struct pl_jw *w, const struct pl_registration *r)
{
	size_t written = 0;
	for (size_t i = 0; i < r->n_more; i++) {
		if (r->more_n_diff_ids[i] == 0)
			continue;
		if (written++ == 0) {
			pl_jw_key(w, "more_diff_ids");
			pl_jw_array(w);
		}
		write_digests(w, r->more_diff_ids[i], r->more_n_diff_ids[i]);
	}
	if (written)
		pl_jw_end_array(w);
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
	pl_jw_kopt(&w, "base_evidence", r->base_evidence);
	pl_jw_kopt(&w, "platform", r->platform);
	pl_jw_kopt(&w, "definition", r->definition);
	pl_jw_key(&w, "packages");
	pl_jw_array(&w);
	for (size_t i = 0; i < r->n_packages; i++) {
		const struct pl_inv_package *p = &r->packages[i];
		pl_jw_object(&w);
		pl_jw_kcstr(&w, "name", p->name);
		pl_jw_kcstr(&w, "version", p->version);
		pl_jw_kopt(&w, "architecture", p->architecture);
		pl_jw_kopt(&w, "source", p->source);
		pl_jw_kopt(&w, "source_version", p->source_version);
		pl_jw_kopt(&w, "ecosystem", p->ecosystem);
		pl_jw_end_object(&w);
	}
	pl_jw_end_array(&w);
	pl_jw_kcstrs(&w, "removed", (const char *const *)r->removed);
	if (r->n_aliases) {
		pl_jw_key(&w, "aliases");
		pl_jw_array(&w);
		for (size_t i = 0; i < r->n_aliases; i++)
			pl_jw_cstr(&w, r->aliases[i].text);
		pl_jw_end_array(&w);
	}
	if (r->n_diff_ids) {
		pl_jw_key(&w, "diff_ids");
		write_digests(&w, r->diff_ids, r->n_diff_ids);
	}
	write_more_diff_ids(&w, r);
	pl_jw_end_object(&w);
}
